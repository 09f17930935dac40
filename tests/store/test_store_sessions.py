"""What is stored, and what happens when it cannot be."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.domain import Cue, EventKind, Fault, GaitEvent, Metrics, MetricValue, Quality, SessionInfo, Side, View
from kiosk.gait.metrics import StrideValue
from kiosk.screen import Summary
from kiosk.store import SessionStore, StoreError, session, sessions
from kiosk.store.database import NAME

INFO = SessionInfo("2026-11-21T10:00:00+00:00", View.RIGHT, 10.8, "lightning", "video demo.mp4", {"program": "test"})
METRICS: Metrics = {
    "cadence_spm": MetricValue(162.0, None, None, 20, 0.4, Quality.GOOD, ""),
    "contact_ms": MetricValue(reason="The frames do not cover the stride."),
}
FAULT = Fault("overstride", "overstride_ratio", 0.31, 0.2, 0.3, 1.2, Side.RIGHT, "Land closer beneath you", "A", "ours", "drill", "")

WRITER = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_store_sessions import INFO, Side, StrideValue
from kiosk.store import SessionStore
store = SessionStore.open(Path(sys.argv[1]))
number = store.begin(INFO)
start = time.monotonic()
while True:
    t = time.monotonic() - start
    store.strides(number, t, [StrideValue("cadence_spm", Side.LEFT, t, 160.0)])
    store.heartbeat(number, t)
    print(t, flush=True)
    time.sleep(0.05)
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SessionStore]:
    found = SessionStore.open(tmp_path / "kiosk")
    yield found
    found.close()


def summary(number: int) -> Summary:
    return Summary(number, 17.0, 44, METRICS, (), ("Land closer beneath you",))


def test_a_whole_session_comes_back(store: SessionStore) -> None:
    """Values, cues, times and the state of a finished session are read as they were written."""
    number = store.begin(INFO)
    store.strides(number, 5.0, [StrideValue("cadence_spm", Side.LEFT, 4.2, 161.0)])
    store.events(number, [GaitEvent(4.2, Side.LEFT, EventKind.CONTACT)])
    store.cue(number, 6.0, Cue(FAULT, FAULT.cue, "", 106.0))
    store.metrics(number, METRICS)
    store.end(number, summary(number))
    back = session(store.path.parent, number)
    assert back is not None
    assert (back.state, back.duration_s, back.strides, back.view, back.speed_kmh) == ("done", 17.0, 44, "right", 10.8)
    assert back.metrics == METRICS
    assert back.cues == ("Land closer beneath you",)
    assert back.extra == {"program": "test"}


def test_sessions_are_newest_first_and_numbered_on(tmp_path: Path) -> None:
    """A store that is opened again goes on counting."""
    for _ in range(2):
        store = SessionStore.open(tmp_path)
        number = store.begin(INFO)
        store.end(number, summary(number))
        store.close()
    assert [s.id for s in sessions(tmp_path)] == [2, 1]


def test_only_the_owner_can_read(store: SessionStore) -> None:
    """Folder 0700, database 0600."""
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_second_kiosk_is_told(store: SessionStore) -> None:
    """Two writers on one folder: the second gets a sentence, the first goes on."""
    with pytest.raises(StoreError, match="another kiosk"):
        SessionStore.open(store.path.parent)
    number = store.begin(INFO)
    assert store.flush(5)
    assert session(store.path.parent, number) is not None


def test_kill_9_loses_less_than_a_second(tmp_path: Path) -> None:
    """A writer that is killed keeps everything older than a second, and its session is marked interrupted."""
    code = WRITER.format(tests=str(Path(__file__).parent))
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        last = 0.0
        while last < 3.0:
            last = float(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
    SessionStore.open(tmp_path).close()
    (back,) = sessions(tmp_path)
    assert back.state == "interrupted"
    assert back.duration_s > last - 1.0
    with closing(sqlite3.connect(tmp_path / NAME)) as database:
        (newest,) = database.execute("SELECT max(start_s) FROM stride_metric").fetchone()
    assert newest > last - 1.0


def test_full_disk_is_said_and_nothing_is_lost(store: SessionStore) -> None:
    """While the database may not grow `problem` says so; when it may again, all that waited is stored."""
    number = store.begin(INFO)
    assert store.flush(5)
    store._writer.send(lambda db: db.execute("PRAGMA max_page_count = 1"))
    assert store.flush(5)
    rows = [StrideValue("cadence_spm", Side.LEFT, float(i), 160.0) for i in range(3000)]
    store.strides(number, 1.0, rows)
    until = time.monotonic() + 10
    while not store.problem and time.monotonic() < until:
        time.sleep(0.05)
    assert "cannot be stored now" in store.problem
    store._database.execute("PRAGMA max_page_count = 1000000")
    until = time.monotonic() + 10
    while store.problem and time.monotonic() < until:
        time.sleep(0.05)
    assert store.problem == ""
    with closing(sqlite3.connect(store.path)) as database:
        assert database.execute("SELECT count(*) FROM stride_metric").fetchone() == (3000,)


@pytest.mark.parametrize(("content", "words"), [(b"this is no database" * 100, "cannot be used"), (None, "newer Treadside")])
def test_file_that_cannot_be_used(tmp_path: Path, content: bytes | None, words: str) -> None:
    """A damaged file and one of a newer version are refused and left as they are."""
    path = tmp_path / NAME
    if content is None:
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA user_version = 99")
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=words):
        SessionStore.open(tmp_path)
    assert path.read_bytes()[:1000] == before[:1000]


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    """A file in the place of the folder is named."""
    (tmp_path / "x").write_text("")
    with pytest.raises(StoreError, match="not a folder"):
        SessionStore.open(tmp_path / "x")


def test_reading_where_nothing_is(tmp_path: Path) -> None:
    """A folder without a store says so."""
    with pytest.raises(StoreError, match="no sessions"):
        sessions(tmp_path)
