"""The one thread that writes the database: a queue, a commit at least once a second, and work that somebody waits for.

An error that nobody expected costs the piece of work that raised it and no more: the thread begins again with the rest. One that comes
again within AGAIN_S ends the process, and the next one goes on with what is on the disk.

What must not go in: SQL of a table.
"""

import logging
import queue
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from kiosk.store.database import StoreError
from kiosk.threads import Latest, Stop, Worker, monotonic_s, offered
from kiosk.words import NOTHING, Phrase

LOG = logging.getLogger(__name__)
COMMIT_S = 0.25
"""Longest time between two commits while work comes: kill -9 loses less than a second."""
RETRY_S = 2.0
"""Pause after the disk refused."""
MOST_WAITING = 5000
"""Pieces of work kept while the disk refuses: about an hour of a session."""
PERFORM_WAIT_S = 4.0
"""Longest wait for work that a person waits for (our choice: the pages' own patience is a few seconds)."""

LOST = Phrase("A part of this session is lost: the disk took nothing for too long. Free some space on {folder}.")
NOT_NOW = Phrase("Sessions cannot be stored now ({error}). Check {folder}; nothing is lost yet.")
NOT_THIS = Phrase("A part of this session could not be stored ({error}). This is a fault of the program: please report it.")
NO_LONGER = Phrase("Sessions are no longer stored: the {name} thread ended ({error}). Start the kiosk again.")
NOT_DONE = Phrase("This could not be stored ({error}). Check the free space of {folder} and try again; nothing was changed.")
NOT_IN_TIME = Phrase("This could not be stored within {seconds:.0f} seconds: the disk is busy or full. Nothing was changed; try again.")
UNKNOWN = Phrase("It is not known whether this was stored: the disk has not answered for {seconds:.0f} seconds. Look before you try again.")
CLOSED = Phrase("Nothing can be stored any more: the store is closed. Start the kiosk again.")

AGAIN_S = 60.0
"""Two unexpected errors within this time are no accident (our choice)."""

HOPELESS = (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.DataError, OverflowError)
"""Errors of the values, not of the disk: trying again cannot help."""

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], object]


class Asked(Generic[T]):
    """Work with somebody waiting. Who takes the claim decides: the writer does the work, or the waiting side gives up and it is left."""

    def __init__(self, job: Callable[[sqlite3.Connection], T], in_transaction: bool) -> None:
        self._job = job
        self._in_transaction = in_transaction
        self._claim: queue.Queue[None] = queue.Queue(1)
        self._claim.put_nowait(None)
        self._answer: queue.Queue[tuple[T | None, Exception | None]] = queue.Queue(1)

    def claim(self) -> bool:
        """True for the first who asks."""
        try:
            self._claim.get_nowait()
        except queue.Empty:
            return False
        return True

    def run(self, database: sqlite3.Connection) -> None:
        """Do the work unless nobody waits any more; whatever it raises is for the one who waits."""
        if not self.claim():
            return
        try:
            value = self._whole(database) if self._in_transaction else self._job(database)
        except Exception as error:  # noqa: BLE001 - raised again on the side that waits
            if database.in_transaction:
                database.rollback()
            self._answer.put_nowait((None, error))
        else:
            self._answer.put_nowait((value, None))

    def fail(self, error: Exception) -> None:
        """The work is not done."""
        if self.claim():
            self._answer.put_nowait((None, error))

    def wait(self, timeout_s: float) -> T:
        """The value of the work.

        Raises:
            queue.Empty: nothing came in time.
            Exception: what the work raised.
        """
        value, error = self._answer.get(timeout=max(0.0, timeout_s))
        if error is not None:
            raise error
        return value  # type: ignore[return-value]  # without an error it is what the job returned

    def _whole(self, database: sqlite3.Connection) -> T:
        """The transaction reaches the disk itself: what a page calls stored survives a power cut."""
        database.execute("PRAGMA synchronous = FULL")
        try:
            database.execute("BEGIN IMMEDIATE")
            value = self._job(database)
            database.commit()
        finally:
            if database.in_transaction:
                database.rollback()  # the setting cannot be changed inside a transaction
            database.execute("PRAGMA synchronous = NORMAL")
        return value


class Writer:
    """Writes in the background; `send` returns at once, `perform` waits."""

    def __init__(self, database: sqlite3.Connection, folder: Path) -> None:
        self.on_crash: Callable[[str, Exception], None] | None = None
        """Told of the second unexpected error in a row; the owner sets it before anything is sent."""
        self.problem: str = NOTHING
        """A sentence for the screen while nothing can be stored; "" when all is well."""
        self._gap: str = NOTHING
        self._database = database
        self._folder = str(folder)
        self._jobs: queue.Queue[Job | Asked[Any]] = queue.Queue(MOST_WAITING)
        self._waiting: list[Job] = []
        self._asked: list[Asked[Any]] = []
        self._sent = 0
        self._committed = 0
        self._settle = False
        self._refusing = False
        self._done: Latest[int] = Latest()
        self._doing: Job | None = None
        """The piece of work that is being done: what an unexpected error is charged to."""
        self._crashed_s = float("-inf")
        self._worker = Worker("store", self._write, self._crashed).start()

    def new_session(self) -> None:
        """What was lost of the last session is not this one's problem."""
        self._gap = NOTHING

    def trouble(self, problem: str) -> None:
        """Something else than writing has a problem; `NOTHING` takes that back."""
        self.problem = problem or self._gap

    def send(self, job: Job) -> None:
        """Do this with the next commit."""
        if offered(self._jobs, job):
            self._sent += 1
        else:
            self._gap = LOST.filled(folder=self._folder)
            self.problem = self._gap

    def settle(self) -> None:
        """For jobs: put all on the disk itself after this commit, not only in the system's cache."""
        self._settle = True

    def perform(self, job: Callable[[sqlite3.Connection], T], in_transaction: bool = True, wait_s: float = PERFORM_WAIT_S) -> T:
        """Do this after all that was sent before, and wait for its commit.

        Args:
            job: gets the writing connection; what it returns is returned.
            wait_s: longest wait for its end once it has begun; it must begin within PERFORM_WAIT_S, or it is left.
            in_transaction: whole or not at all; without, the job begins and ends its own (VACUUM and checkpoints cannot be in one).

        Raises:
            Refused: raised by the job; nothing was changed.
            StoreError: the disk refuses, or it took too long; the message says which.
        """
        asked = Asked(job, in_transaction)
        try:
            self._jobs.put(asked, timeout=PERFORM_WAIT_S)
            return self._answer(asked, wait_s)
        except queue.Full:
            raise StoreError(NOT_IN_TIME.filled(seconds=PERFORM_WAIT_S)) from None
        except sqlite3.Error as error:
            raise StoreError(NOT_DONE.filled(error=str(error), folder=self._folder)) from None

    def _answer(self, asked: Asked[T], wait_s: float) -> T:
        """Wait in two parts: for the writer to begin, then, when it has begun, for it to end."""
        if not self._worker.alive:
            asked.fail(StoreError(CLOSED))
        try:
            return asked.wait(PERFORM_WAIT_S)
        except queue.Empty:
            if asked.claim():
                raise StoreError(NOT_IN_TIME.filled(seconds=PERFORM_WAIT_S)) from None
        try:
            return asked.wait(wait_s)
        except queue.Empty:
            raise StoreError(UNKNOWN.filled(seconds=PERFORM_WAIT_S + wait_s)) from None

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was sent is committed; False when the disk refuses or it was not in time."""
        wanted, until_s, seen = self._sent, monotonic_s() + timeout_s, 0
        while (self._done.peek() or 0) < wanted:
            left_s = until_s - monotonic_s()
            if left_s <= 0 or self._refusing or not self._worker.alive:
                return False
            seen, _ = self._done.newer(seen, min(left_s, 0.2))
        return True

    def stop(self) -> None:
        """Write what is left and end."""
        self._worker.stop()

    def _write(self, stop: Stop) -> None:
        """Collect work for COMMIT_S, then commit it whole; work that failed stays and is tried again."""
        while not (stop.is_set and self._jobs.empty() and (not self._waiting or self._refusing)):
            self._collect()
            if self._waiting or self._settle:
                self._turn(stop)
            self._answer_asked()

    def _turn(self, stop: Stop) -> None:
        try:
            self._commit()
            self._checkpoint()
        except sqlite3.Error as error:
            self._refusing, self._doing = True, None
            self.problem = self._gap or NOT_NOW.filled(error=str(error), folder=self._folder)
            if self._database.in_transaction:
                self._database.rollback()
            self._refuse_asked(error)
            stop.wait(RETRY_S)
        else:
            self._refusing = False
            self.problem = self._gap
            self._done.publish(self._committed)

    def _collect(self) -> None:
        """Work until COMMIT_S is over, nothing more comes, or somebody waits for a piece of it."""
        until_s = monotonic_s() + COMMIT_S
        while len(self._waiting) < MOST_WAITING and (left_s := until_s - monotonic_s()) > 0 and not self._asked:
            try:
                work = self._jobs.get(timeout=left_s if not self._waiting else min(left_s, 0.05))
            except queue.Empty:
                if self._waiting:
                    return
            else:
                self._take(work)

    def _take(self, work: "Job | Asked[Any]") -> None:
        if isinstance(work, Asked):
            self._asked.append(work)
        else:
            self._waiting.append(work)

    def _answer_asked(self) -> None:
        asked, self._asked = self._asked, []
        for work in asked:
            work.run(self._database)

    def _refuse_asked(self, error: Exception) -> None:
        """The work before it is not on the disk: this one must not come first."""
        asked, self._asked = self._asked, []
        for work in asked:
            work.fail(error)

    def _commit(self) -> None:
        self._database.execute("BEGIN")
        for job in self._waiting:
            self._apply(job)
        self._database.commit()
        self._committed += len(self._waiting)
        self._waiting.clear()

    def _apply(self, job: Job) -> None:
        """Do one piece of work; one that no retry can save is left out, so that it does not hold up all others."""
        self._doing = job
        try:
            job(self._database)
        except HOPELESS as error:
            self._gap = NOT_THIS.filled(error=str(error))
        self._doing = None

    def _checkpoint(self) -> None:
        """After the end of a session: put all on the disk itself, not only in the system's cache."""
        if self._settle:
            self._database.execute("PRAGMA wal_checkpoint(FULL)").fetchall()
            self._settle = False

    def _crashed(self, name: str, error: Exception) -> None:
        """On the thread that ends now: begin again without the work that did this, or say that this is the end."""
        again_s, self._crashed_s = monotonic_s() - self._crashed_s, monotonic_s()
        if again_s < AGAIN_S or self._worker.stop_flag.is_set:
            self._give_up(name, error)
            return
        LOG.error("a piece of work could not be stored and is left out", exc_info=error)
        if self._database.in_transaction:
            self._database.rollback()
        left = [job for job in self._waiting if job is not self._doing]
        self._committed += len(self._waiting) - len(left)
        self._waiting, self._doing = left, None
        if not left:
            self._done.publish(self._committed)  # nothing is left to commit: who flushes need not wait for more
        self._gap = self.problem = NOT_THIS.filled(error=repr(error))
        self._refuse_asked(StoreError(self.problem))
        self._worker = Worker(name, self._write, self._crashed).start()

    def _give_up(self, name: str, error: Exception) -> None:
        self.problem = NO_LONGER.filled(name=name, error=repr(error))
        self._refuse_asked(StoreError(self.problem))
        if self.on_crash is not None:
            self.on_crash(name, error)
