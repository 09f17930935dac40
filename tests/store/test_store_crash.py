"""Disks that are full, slow or damaged: what is said, and what is still there afterwards."""

import os
import queue
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.domain import EventKind, GaitEvent, SessionInfo, Side, View
from kiosk.gait.metrics import StrideValue
from kiosk.screen import Summary
from kiosk.store import SessionStore, StoreError, session, sessions, writer
from kiosk.store.database import NAME

INFO = SessionInfo("2026-11-21T10:00:00+00:00", View.RIGHT, 10.8, "lightning", "video demo.mp4")
CONTACT = GaitEvent(4.2, Side.LEFT, EventKind.CONTACT)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionStore]:
    monkeypatch.setattr(writer, "RETRY_S", 0.05)
    found = SessionStore.open(tmp_path / "kiosk")
    yield found
    found.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 600 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", folder], check=False).returncode:
        pytest.skip("a small file system can be mounted by root only")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def summary(number: int) -> Summary:
    return Summary(number, 17.0, 44, {}, (), ())


def wait_for(done: Callable[[], bool]) -> bool:
    until_s = time.monotonic() + 10
    while not done() and time.monotonic() < until_s:
        time.sleep(0.02)
    return done()


def count(store: SessionStore, table: str) -> int:
    with closing(sqlite3.connect(store.path)) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_full_file_system(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on while the disk is full; once there is space, every value of the session is there exactly once."""
    monkeypatch.setattr(writer, "RETRY_S", 0.05)
    store = SessionStore.open(small_disk / "kiosk")
    number = store.begin(INFO)
    assert store.flush(5)
    (small_disk / "filler").write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize - 20_000))
    sent = 0
    while not store.problem and sent < 100:
        store.strides(number, 1.0, [StrideValue("cadence_spm", Side.LEFT, float(i), 160.0) for i in range(100)])
        sent += 1
        store.flush(5)
    assert "Sessions cannot be stored now" in store.problem
    store.end(number, summary(number))
    (small_disk / "filler").unlink()
    assert wait_for(lambda: not store.problem)
    store.close()
    stored = session(small_disk / "kiosk", number)
    assert stored is not None
    assert (stored.state, count(store, "stride_metric")) == ("done", 100 * sent)


def test_disk_that_fails_after_the_commit(store: SessionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the commit went well and only the last step to the disk failed, that step is repeated and nothing is stored twice."""
    failures = iter([sqlite3.OperationalError("disk I/O error")])
    checkpoint = store._writer._checkpoint

    def failing() -> None:
        for error in failures:
            raise error
        checkpoint()

    monkeypatch.setattr(store._writer, "_checkpoint", failing)
    number = store.begin(INFO)
    store.events(number, [CONTACT])
    store.end(number, summary(number))
    assert wait_for(lambda: not store.problem and (store._writer._done.peek() or 0) == store._writer._sent)
    assert (count(store, "session"), count(store, "event")) == (1, 1)


def test_ended_session_is_in_the_file_itself(store: SessionStore) -> None:
    """After `end` the database file holds the session without its write-ahead log, so a cut of power keeps it."""
    number = store.begin(INFO)
    store.end(number, summary(number))
    copy = store.path.with_name("copy")
    copy.write_bytes(store.path.read_bytes())
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT id, state FROM session").fetchall() == [(number, "done")]


def test_value_that_cannot_be_stored_does_not_hold_up_the_others(store: SessionStore) -> None:
    """Work that no retry can save (here: of a session that does not exist) is left out and told; the rest is stored."""
    number = store.begin(INFO)
    store.events(99, [CONTACT])
    store.events(number, [CONTACT])
    assert store.flush(5)
    assert "could not be stored (FOREIGN KEY constraint failed)" in store.problem
    assert count(store, "event") == 1


def test_nan_is_no_row(store: SessionStore) -> None:
    """A stride value that is not known is left out without a word."""
    number = store.begin(INFO)
    store.strides(number, 1.0, [StrideValue("contact_ms", Side.LEFT, 0.5, v) for v in (float("nan"), 250.0)])
    assert store.flush(5)
    assert (count(store, "stride_metric"), store.problem) == (1, "")


def test_lost_part_is_told_until_the_next_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When too much waits for a stuck disk the rest of it is lost; this stays on the screen after the disk works again."""
    monkeypatch.setattr(writer, "MOST_WAITING", 10)
    store = SessionStore.open(tmp_path)
    number = store.begin(INFO)
    assert store.flush(5)
    stuck: queue.Queue[None] = queue.Queue()
    store._writer.send(lambda db: stuck.get(timeout=10))
    assert wait_for(store._writer._jobs.empty)
    time.sleep(2 * writer.COMMIT_S)  # now the writer is in the stuck job
    started_s = time.monotonic()
    for _ in range(15):
        store.events(number, [CONTACT])
    assert time.monotonic() - started_s < 1
    assert "part of this session is lost" in store.problem
    stuck.put(None)
    assert store.flush(5)
    assert "part of this session is lost" in store.problem
    store.begin(INFO)
    assert store.flush(5)
    store.close()
    assert (store.problem, count(store, "event")) == ("", 10)


def test_a_fault_in_one_piece_of_work_costs_that_piece_only(store: SessionStore) -> None:
    """A fault of the program in the writer: it is said, the work before and after it is on the disk, and nobody is told of an end."""
    ended: list[str] = []
    store.on_crash(lambda name, error: ended.append(name))
    store.begin(INFO)
    store._writer.send(lambda db: {}["missing"])
    store.begin(INFO)
    assert store.flush(5)
    assert "could not be stored" in store.problem
    assert (count(store, "session"), ended) == (2, [])


def test_nobody_waits_for_work_that_is_left_out(store: SessionStore) -> None:
    """A fault in the only piece of work there is: `flush`, for which a runner's screen waits, does not wait until its time is over."""
    store.begin(INFO)
    assert store.flush(5)
    store._writer.send(lambda db: {}["missing"])
    started_s = time.monotonic()
    assert store.flush(5)
    assert time.monotonic() - started_s < 2


def test_a_writer_that_faults_again_is_told(store: SessionStore) -> None:
    """The second fault within a minute ends the storing, not the run: the screen says so, the owner is told, and `end` does not hang."""
    ended: list[str] = []
    store.on_crash(lambda name, error: ended.append(f"{name} {error!r}"))
    number = store.begin(INFO)
    store._writer.send(lambda db: {}["missing"])
    store._writer.send(lambda db: {}["missing"])
    assert wait_for(lambda: bool(ended))
    started_s = time.monotonic()
    store.end(number, summary(number))
    assert time.monotonic() - started_s < 1
    assert "no longer stored" in store.problem
    assert ended == ["store KeyError('missing')"]


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        pytest.param(b"CREATE TABLE metric", b"CREATE \xff\xfe\xfdLE metric", id="table of contents"),
        pytest.param(b"2026-11-21T10", b"2026-\xff1-21T10", id="a value"),
    ],
)
def test_damaged_file_is_told(tmp_path: Path, find: bytes, replace: bytes) -> None:
    """Damage inside the file is a sentence for readers, never another error."""
    store = SessionStore.open(tmp_path)
    number = store.begin(INFO)
    store.end(number, summary(number))
    store.close()
    whole = store.path.read_bytes()
    assert find in whole
    store.path.write_bytes(whole.replace(find, replace))
    with pytest.raises(StoreError, match="cannot be read"):
        sessions(tmp_path)


def test_damaged_contents_are_refused(tmp_path: Path) -> None:
    """A database whose table of contents is damaged is refused with advice each time (the folder is let go), and left as it is."""
    SessionStore.open(tmp_path).close()
    path = tmp_path / NAME
    damaged = path.read_bytes().replace(b"CREATE TABLE cue", b"CREATE \xff\xfe\xfdLE cue")
    path.write_bytes(damaged)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"cannot be used .* Move the file away"):
            SessionStore.open(tmp_path)
    assert path.read_bytes() == damaged


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder in a place where nothing can be made is a sentence with the setting to change."""
    with pytest.raises(StoreError, match=r"cannot be written .* \[store\] folder"):
        SessionStore.open(Path("/proc/treadside"))
