"""Writing sessions: what is stored of a run, as work for the one writer (writer.py), which commits at least once a second.

The pipeline never waits for the disk. When the disk does not take it, the work is kept and tried again, and `problem`
says so on the screen.
"""

import json
import math
import sqlite3
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TypeVar

from kiosk.domain import Cue, GaitEvent, Metrics, SessionInfo, TypicalStride
from kiosk.gait.metrics import StrideValue
from kiosk.screen import FormScore, Summary, Verdict
from kiosk.store.database import DAMAGED, NAME, StoreError, lock_folder, open_database, read_only, reason
from kiosk.store.nouns import phrase_text, stride_text, told_text
from kiosk.store.writer import PERFORM_WAIT_S, Writer
from kiosk.threads import monotonic_s
from kiosk.words import NOTHING, Language, Phrase

END_WAIT_S = 5.0
DATE_OFF_S = 5.0
"""Our choice: a date is told to the minute."""
READ_WAIT_S = 0.5
"""Longest wait for a lock when a code is looked up: a person waits, and so does the pipeline (our choice)."""

NO_CODES = Phrase("Take-away codes cannot be read now ({error}). Check {folder}.")

T = TypeVar("T")


class SessionStore:
    """Keeps sessions; every method but `end` and `close` returns at once."""

    def __init__(self, folder: Path, database: sqlite3.Connection, lock: IO[str]) -> None:
        self.path = folder / NAME
        self._database = database
        self._lock = lock
        self._next_id = self._first_free_id()
        self._writer = Writer(database, folder)
        self._unreadable = False
        """The last look for a code failed."""
        self._kept: dict[str, str] = {}
        self._begun_s: dict[int, float] = {}
        """Session of this process -> when it began, monotonic."""

    @property
    def problem(self) -> str:
        """A sentence for the screen while sessions cannot be stored; "" when all is well."""
        return self._writer.problem

    @problem.setter
    def problem(self, sentence: str) -> None:
        self._writer.trouble(sentence)

    def on_crash(self, told: Callable[[str, Exception], None]) -> None:
        """Tell this when the writing thread has ended for good: only a new process stores again."""
        self._writer.on_crash = told

    @classmethod
    def open(cls, folder: Path) -> "SessionStore":
        """Open or make the store; sessions that a crash left running are marked interrupted and keep their data.

        Raises:
            StoreError: the folder or the file cannot be used.
        """
        lock = lock_folder(folder)
        try:
            database = open_database(folder)
        except StoreError:
            lock.close()
            raise
        return cls(folder, database, lock)

    def begin(self, info: SessionInfo, language: Language = Language.EN) -> int:
        """Start a session in the language of the screen and return its number (given here: there is one writer)."""
        self._writer.new_session()
        number, self._next_id = self._next_id, self._next_id + 1
        self._begun_s[number] = monotonic_s()
        row = (
            number,
            str(uuid.uuid4()),
            info.started_utc,
            info.view,
            info.speed_kmh,
            info.model,
            info.source,
            json.dumps(dict(info.extra)),
            language,
        )
        columns = "id, uuid, started_utc, view, speed_kmh, model, source, extra, language, state"
        sql = f"INSERT INTO session ({columns}) VALUES (?,?,?,?,?,?,?,?,?,'running')"
        self._writer.send(lambda db: db.execute(sql, row))
        return number

    def move_dates(self, now_utc: datetime) -> None:
        """The wall clock was set: the sessions that began in this process get the dates of the new clock.

        How long ago each began is known on the monotonic clock; a date that fits already, within DATE_OFF_S, is left as it is.
        """
        now_s = monotonic_s()
        dates = {number: now_utc - timedelta(seconds=now_s - begun_s) for number, begun_s in dict(self._begun_s).items()}
        rows = [(date.isoformat(timespec="seconds"), number, date.timestamp(), DATE_OFF_S) for number, date in dates.items()]
        sql = "UPDATE session SET started_utc = ? WHERE id = ? AND abs(unixepoch(started_utc) - ?) > ?"
        if rows:
            self._writer.send(lambda db: db.executemany(sql, rows))

    def strides(self, session_id: int, t_s: float, rows: Sequence[StrideValue]) -> None:
        """Values of strides that became known at `t_s`, seconds from the start; NaN is no value and no row."""
        values = [(session_id, r.start_s, r.side or "", r.metric, r.value) for r in rows if math.isfinite(r.value)]
        if values:
            self._writer.send(lambda db: db.executemany("INSERT INTO stride_metric VALUES (?,?,?,?,?)", values))

    def events(self, session_id: int, events: Sequence[GaitEvent]) -> None:
        """Contacts and toe offs, seconds from the start."""
        values = [(session_id, e.t_s, e.side, e.kind) for e in events]
        if values:
            self._writer.send(lambda db: db.executemany("INSERT INTO event VALUES (?,?,?,?)", values))

    def cue(self, session_id: int, t_s: float, cue: Cue) -> None:
        """A cue that was shown at `t_s`, seconds from the start."""
        row = (session_id, t_s, cue.text, cue.fault.name, cue.fault.metric, cue.fault.value)
        self._writer.send(lambda db: db.execute("INSERT INTO cue VALUES (?,?,?,?,?,?)", row))

    def metrics(self, session_id: int, metrics: Metrics) -> None:
        """The session's values so far, in place of the last ones."""
        rows = [(session_id, k, m.value, m.left, m.right, m.n, m.spread, m.quality, m.reason) for k, m in metrics.items()]
        self._writer.send(lambda db: db.executemany("INSERT OR REPLACE INTO metric VALUES (?,?,?,?,?,?,?,?,?)", rows))

    def heartbeat(self, session_id: int, duration_s: float) -> None:
        """How long the session has run."""
        self._writer.send(lambda db: db.execute("UPDATE session SET duration_s = ? WHERE id = ?", (duration_s, session_id)))

    def summary(self, session_id: int, summary: Summary) -> None:
        """What the screen says of the session, in place of what it said before; `end` does this once."""
        row = (session_id, told_text(summary))
        self._writer.send(lambda db: db.execute("INSERT OR REPLACE INTO told VALUES (?,?)", row))

    def stride(self, session_id: int, stride: TypicalStride) -> None:
        """The typical stride, for the pictures; `end` stores that of its summary."""
        row = (session_id, stride_text(stride))
        self._writer.send(lambda db: db.execute("INSERT OR REPLACE INTO typical_stride VALUES (?,?)", row))

    def outcome(self, session_id: int, skill: str, exposure: float | None, score: FormScore | None, verdicts: Sequence[Verdict]) -> None:
        """What the run worked on, for which share of the time it was shown (0 to 1), how it went, and the self-tests."""
        told = score or FormScore(None, None, NOTHING)
        row = (session_id, skill, exposure, told.with_feedback, told.without_feedback, phrase_text(told.text))
        tests = [(session_id, place, v.answer, v.upstream, v.downstream, phrase_text(v.text)) for place, v in enumerate(verdicts)]

        def write(database: sqlite3.Connection) -> None:
            database.execute("INSERT OR REPLACE INTO outcome VALUES (?,?,?,?,?,?)", row)
            database.execute("DELETE FROM verdict WHERE session = ?", (session_id,))
            database.executemany("INSERT INTO verdict VALUES (?,?,?,?,?,?)", tests)

        self._writer.send(write)

    def answers(self, session_id: int, answers: Sequence[str]) -> None:
        """What was answered about soreness, in order, in place of earlier answers; the session may have ended, or be lost."""
        rows = [(session_id, place, phrase_text(answer)) for place, answer in enumerate(answers)]

        def write(database: sqlite3.Connection) -> None:
            database.execute("DELETE FROM answer WHERE session = ?", (session_id,))
            database.executemany("INSERT INTO answer VALUES (?,?,?)", rows)

        self._writer.send(write)

    def keep_runner(self, code: str, progress: str, session_id: int | None) -> None:
        """Remember what a runner with this take-away code comes back to; the day is the session's."""
        self._kept[code] = progress
        sql = """INSERT OR REPLACE INTO runner (code, progress, last_session, updated_day)
            SELECT ?, ?, (SELECT id FROM session WHERE id = ?),
            coalesce((SELECT substr(started_utc, 1, 10) FROM session WHERE id = ?), date('now'))"""
        self._writer.send(lambda db: db.execute(sql, (code, progress, session_id, session_id)))

    def runner(self, code: str) -> str | None:
        """The progress kept under this code; None when there is none, or when it cannot be read (then `problem` says so).

        Waits at most READ_WAIT_S.
        """
        if code in self._kept:  # also while the disk refuses
            return self._kept[code]
        try:
            with closing(read_only(self.path, READ_WAIT_S)) as database:
                row = database.execute("SELECT progress FROM runner WHERE code = ?", (code,)).fetchone()
        except DAMAGED as error:
            self._unreadable = True
            self._writer.trouble(NO_CODES.filled(error=reason(error), folder=str(self.path.parent)))
            return None
        if self._unreadable:
            self._unreadable = False
            self._writer.trouble(NOTHING)
        return str(row[0]) if row else None

    def knows(self, code: str) -> bool | None:
        """Somebody has this code; None when it cannot be told."""
        found = self.runner(code)
        return None if self._unreadable else found is not None

    def end(self, session_id: int, summary: Summary) -> None:
        """Close the session and wait until it is on the disk, at most END_WAIT_S."""
        self.metrics(session_id, summary.metrics)
        self.summary(session_id, summary)
        if summary.stride is not None:
            self.stride(session_id, summary.stride)
        row = (summary.duration_s, summary.strides, summary.refusal, session_id)
        sql = "UPDATE session SET state = 'done', duration_s = ?, strides = ?, refusal = ? WHERE id = ?"

        def finish(database: sqlite3.Connection) -> None:
            database.execute(sql, row)
            self._writer.settle()

        self._writer.send(finish)
        self.flush(END_WAIT_S)

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was sent is committed; False when the disk refuses or it was not in time."""
        return self._writer.flush(timeout_s)

    def perform(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Do this in a transaction of its own, after all that was sent before, and wait until it is on the disk (a few seconds).

        Raises:
            Refused: raised by the job; nothing was changed.
            StoreError: the disk refuses, or it took too long; the message says which.
        """
        return self._writer.perform(job)

    def perform_alone(self, job: Callable[[sqlite3.Connection], T], wait_s: float = PERFORM_WAIT_S) -> T:
        """The same outside a transaction: for VACUUM and checkpoints, which cannot be in one; `wait_s` for its end once it has begun.

        Raises:
            StoreError: as for `perform`.
        """
        return self._writer.perform(job, in_transaction=False, wait_s=wait_s)

    def forget_runner(self, code: str, mark: Callable[[sqlite3.Connection], None] = lambda database: None) -> bool:
        """Forget what a runner with this take-away code comes back to; False when nobody has it. `mark` is done in the same transaction.

        Raises:
            StoreError: as for `perform`.
        """

        def forget(database: sqlite3.Connection) -> int:
            found = database.execute("DELETE FROM runner WHERE code = ?", (code,)).rowcount
            if found:
                mark(database)
            return found

        found = self.perform(forget)
        self._kept.pop(code, None)
        return bool(found)

    def close(self) -> None:
        """Write what is left and let go of the folder."""
        if not self._lock.closed:
            self.flush(END_WAIT_S)
            self._writer.stop()
            self._database.close()
            self._lock.close()

    def _first_free_id(self) -> int:
        (largest,) = self._database.execute("SELECT coalesce(max(id), 0) FROM session").fetchone()
        return int(largest) + 1
