"""What a visit says and what a runner comes back to: kept, found again, forgotten in time, and never in the way of the run."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiosk.config import ConfigError, load
from kiosk.domain import MetricValue, Moment, Quality, SessionInfo, Side, TypicalStride, View
from kiosk.screen import Answer, Finding, FormScore, Summary, Verdict
from kiosk.store import SessionStore, StoreError, database, session, writer
from kiosk.store.database import MIGRATIONS, NAME
from kiosk.store.nouns import stride_from, stride_text
from kiosk.words import Language, Phrase

INFO = SessionInfo("2026-11-21T10:00:00+00:00", View.RIGHT, 10.8, "lightning", "video demo.mp4")
LABEL = Phrase("Cadence")
FINDING = Finding(
    Phrase(
        "{label} {value:.0f} ± {spread:.0f}: within {low:.0f} to {high:.0f}.", label=LABEL, value=171.2, spread=1.0, low=145.0, high=193.0
    ),
    "cadence_spm",
    True,
    grade="A",
    label=LABEL,
    value=171.2,
    side=Side.LEFT,
    moment=Moment.CONTACT,
    marks=((11, 13), (13, 15)),
)
REASON = Phrase("Not known at {fps:.0f} pictures a second.", fps=8.0)
SUMMARY = Summary(
    session_id=1,
    duration_s=17.0,
    strides=44,
    metrics={"cadence_spm": MetricValue(171.2, n=44, spread=1.0, quality=Quality.GOOD), "contact_ms": MetricValue(reason=REASON)},
    findings=(FINDING,),
    cues=(Phrase("Land closer beneath you"),),
    reason_ended=Phrase("You stepped off."),
    drift=(Phrase("Your lean grew by {value:.1f} degrees.", value=2.3),),
    next_time=Phrase("Next time: {minutes} minutes.", minutes=2),
)
SCORE = FormScore(0.8, 0.6, Phrase("{with_:.0f} % with, {without:.0f} % without feedback.", with_=80.0, without=60.0))
VERDICT = Verdict(Answer.CONFIRMED, Phrase("The landing moved by {value:.2f}.", value=0.05), "arm_swing_deg", "overstride_ratio")
STRIDE = TypicalStride(
    View.LEFT, np.linspace(-1, 1, 60 * 17 * 2).reshape(60, 17, 2), 0.72, {Side.LEFT: 0.0, Side.RIGHT: 0.5}, {Side.LEFT: 0.35}, 21
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SessionStore]:
    found = SessionStore.open(tmp_path / "kiosk")
    yield found
    found.close()


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def wait_for_commit(store: SessionStore) -> None:
    assert store.flush(5), store.problem


# ---- a whole visit ----


def test_a_whole_visit_comes_back(store: SessionStore) -> None:
    """Findings with pictures' moments, score, self-tests, answers, stride, language and why it ended are read as they were written."""
    number = store.begin(INFO, Language.DE)
    store.outcome(number, "overstride", 0.75, SCORE, (VERDICT,))
    store.end(number, replace(SUMMARY, stride=STRIDE))
    store.answers(number, (Phrase("Shin or kneecap"), Phrase("A little")))
    wait_for_commit(store)
    back = session(store.path.parent, number)
    assert back is not None
    assert (back.language, back.skill, back.exposure, back.score, back.verdicts) == ("de", "overstride", 0.75, SCORE, (VERDICT,))
    assert (back.told.findings, back.told.reason_ended, back.told.drift) == ((FINDING,), SUMMARY.reason_ended, SUMMARY.drift)
    assert back.answers == ("Shin or kneecap", "A little")
    assert back.stride is not None
    assert np.abs(back.stride.xy - STRIDE.xy).max() < 0.001
    assert (back.stride.contact, back.stride.toe_off, back.stride.view) == (STRIDE.contact, STRIDE.toe_off, View.LEFT)


def test_sentences_keep_their_pattern(store: SessionStore) -> None:
    """A stored sentence, also one inside another and the reason of a metric, can still be said in another language."""
    number = store.begin(INFO)
    store.end(number, SUMMARY)
    back = session(store.path.parent, number)
    assert back is not None
    text, reason = back.told.findings[0].text, back.metrics["contact_ms"].reason
    assert isinstance(text, Phrase)
    assert isinstance(reason, Phrase)
    assert (text.pattern, text.values["label"]) == (FINDING.text.pattern, LABEL)
    assert (reason.pattern, reason.values) == (REASON.pattern, {"fps": 8.0})


def test_answers_after_the_end_replace_earlier_ones(store: SessionStore) -> None:
    """The questions come after the session was closed; the last answers count, none is no answer, and the session stays done."""
    number = store.begin(INFO)
    store.end(number, SUMMARY)
    store.answers(number, ("neck", "a lot"))
    store.answers(number, ("nothing",))
    wait_for_commit(store)
    back = session(store.path.parent, number)
    assert back is not None
    assert (back.state, back.answers) == ("done", ("nothing",))


def test_answers_that_never_come_lose_nothing(store: SessionStore) -> None:
    """A runner who walks away from the questions leaves a whole session without answers."""
    number = store.begin(INFO)
    store.end(number, SUMMARY)
    back = session(store.path.parent, number)
    assert back is not None
    assert (back.state, back.answers, len(back.told.findings)) == ("done", (), 1)


def test_unknown_points_of_a_stride_stay_unknown() -> None:
    """NaN goes through JSON as NaN."""
    xy = STRIDE.xy.copy()
    xy[:, 10] = np.nan
    back = stride_from(stride_text(replace(STRIDE, xy=xy)))
    assert np.isnan(back.xy[:, 10]).all()
    assert np.isfinite(np.delete(back.xy, 10, axis=1)).all()


# ---- runners ----


def test_a_code_brings_its_progress_back(tmp_path: Path) -> None:
    """Kept at once and after the kiosk was started again; an unknown code is None; no name is anywhere."""
    store = SessionStore.open(tmp_path)
    number = store.begin(INFO)
    store.keep_runner("4711", '{"runs": 1}', number)
    assert (store.runner("4711"), store.knows("4711"), store.runner("1234"), store.knows("1234")) == ('{"runs": 1}', True, None, False)
    store.keep_runner("4711", '{"runs": 2}', number)
    store.close()
    store = SessionStore.open(tmp_path)
    assert store.runner("4711") == '{"runs": 2}'
    store.close()
    assert rows(tmp_path / NAME, "SELECT code, progress, last_session, updated_day FROM runner") == [
        ("4711", '{"runs": 2}', number, "2026-11-21")
    ]


def test_code_without_a_session_is_kept(store: SessionStore) -> None:
    """A run that could not be stored can still be come back to."""
    store.keep_runner("4711", "{}", None)
    wait_for_commit(store)
    ((session_id, day),) = rows(store.path, "SELECT last_session, updated_day FROM runner")
    assert (session_id, len(str(day))) == (None, 10)


def test_days_are_checked(tmp_path: Path) -> None:
    """[store] runners_days is a number of days from 1 to ten years."""
    file = tmp_path / "kiosk.toml"
    file.write_text("[store]\nrunners_days = 30\n")
    assert load(file).store.runners_days == 30
    file.write_text("[store]\nrunners_days = 0\n")
    with pytest.raises(ConfigError, match="runners_days"):
        load(file)


# ---- disks ----


def test_code_is_known_while_the_disk_is_full(store: SessionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A code that was just given can be typed in at once, whatever the disk does."""
    monkeypatch.setattr(writer, "RETRY_S", 0.05)
    store.begin(INFO)
    wait_for_commit(store)
    store._writer.send(lambda db: db.execute("PRAGMA max_page_count = 1"))
    wait_for_commit(store)
    store.keep_runner("4711", "x" * 200_000, None)
    assert not store.flush(2)
    assert store.runner("4711") == "x" * 200_000
    store._database.execute("PRAGMA max_page_count = 1000000")


def test_damaged_codes_are_a_sentence(tmp_path: Path) -> None:
    """Looking up a code on a damaged disk says so and does not raise; a code that cannot be told is not given to somebody else."""
    store = SessionStore.open(tmp_path)
    store.keep_runner("4711", "{}", None)
    store.close()
    store = SessionStore.open(tmp_path)
    store._database.execute("PRAGMA writable_schema = ON")
    store._database.execute("UPDATE sqlite_schema SET sql = 'CREATE nonsense' WHERE name = 'runner'")
    assert (store.runner("4711"), store.knows("4711")) == (None, None)
    assert "Take-away codes cannot be read now" in store.problem
    store.close()


def test_locked_file_is_waited_for_shortly(store: SessionStore) -> None:
    """Somebody else's lock on the file holds a look-up up for less than a second, with a sentence."""
    store.begin(INFO)
    wait_for_commit(store)
    store.close()
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        started_s = time.monotonic()
        assert store.runner("4711") is None
        assert time.monotonic() - started_s < 2
    assert "locked" in store.problem


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_store_visit import INFO, SUMMARY
from kiosk.store import SessionStore
store = SessionStore.open(Path(sys.argv[1]))
number = store.begin(INFO)
store.end(number, SUMMARY)
store.keep_runner("4711", "kept", number)
assert store.flush(5)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_before_the_answers(tmp_path: Path) -> None:
    """A cut of power between the end and the questions keeps the session done, its findings and the code."""
    code = KILLED.format(tests=str(Path(__file__).parent))
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    store = SessionStore.open(tmp_path)
    back = session(tmp_path, 1)
    assert back is not None
    assert (back.state, len(back.told.findings), store.runner("4711")) == ("done", 1, "kept")
    store.close()


# ---- versions ----


def old_store(folder: Path) -> Path:
    """A store of schema 1 with one session."""
    folder.mkdir(exist_ok=True)
    path = folder / NAME
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{MIGRATIONS[0][1]}; PRAGMA user_version = 1;")
        connection.execute(
            "INSERT INTO session (id, uuid, started_utc, view, model, source, extra, state, strides)"
            " VALUES (1, 'u', '2026-01-01T00:00:00', 'left', 'thunder', 'camera', '{}', 'done', 40)"
        )
        connection.execute("INSERT INTO cue VALUES (1, 3.0, 'Soft knees', 'stiff', 'knee_stance_peak_deg', 33)")
        connection.execute("INSERT INTO metric VALUES (1, 'cadence_spm', 160, NULL, NULL, 40, 1.0, 'good', '')")
        connection.commit()
    return path


def test_store_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """Its sessions are all there, have nothing of what is new, and new ones go beside them."""
    old_store(tmp_path)
    store = SessionStore.open(tmp_path)
    store.end(store.begin(INFO), SUMMARY)
    store.close()
    back = session(tmp_path, 1)
    assert back is not None
    assert (back.strides, back.cues, back.metrics["cadence_spm"].value) == (40, ("Soft knees",), 160.0)
    assert (back.language, back.told.findings, back.score, back.stride, back.answers) == ("en", (), None, None, ())
    assert rows(tmp_path / NAME, "PRAGMA user_version") == [(MIGRATIONS[-1][0],)]


def test_reading_an_old_store_says_what_to_do(tmp_path: Path) -> None:
    """Before the new kiosk was started once, its file is old, not damaged."""
    old_store(tmp_path)
    with pytest.raises(StoreError, match=r"older Treadside. Start the kiosk once"):
        session(tmp_path, 1)


def test_update_that_fails_leaves_the_old_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses in the middle of the update, the old file is whole and the next start finishes it."""
    path = old_store(tmp_path)
    broken = (MIGRATIONS[0], (2, MIGRATIONS[1][1] + "; INSERT INTO nowhere VALUES (1)"))
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", broken)
        with pytest.raises(StoreError, match="cannot be used"):
            SessionStore.open(tmp_path)
    assert rows(path, "PRAGMA user_version") == [(1,)]
    SessionStore.open(tmp_path).close()
    assert rows(path, "SELECT language FROM session") == [("en",)]
