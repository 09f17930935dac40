"""The daily sweep: what is older than the settings allow is deleted, and a row and a log line of counts tell it.

Days are counted to today or to the last run or assessment, whichever is earlier, as in database.py: a Pi without a battery clock may start
in the wrong year, and nothing must be lost by that. Without any run nothing but leftovers is deleted.
"""

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from kiosk.clinic import Removed
from kiosk.config import StoreConfig
from kiosk.store import erase
from kiosk.store.database import StoreError
from kiosk.store.files import ours, remove
from kiosk.store.writing import SessionStore

LOG = logging.getLogger(__name__)
LEFTOVER_DAYS = 1
"""A file of a bout that no bout knows is kept for a whole day: it may be on its way into the store (our choice)."""

LAST_DAY = """SELECT max(day) FROM (
  SELECT max(substr(started_utc, 1, 10)) AS day FROM session UNION ALL SELECT max(substr(started_utc, 1, 10)) FROM assessment)"""
OLD_PATIENTS = """SELECT id FROM patient WHERE
  coalesce((SELECT max(substr(started_utc, 1, 10)) FROM assessment WHERE patient = patient.id), since_day) < ?"""
OLD_SESSIONS = "DELETE FROM session WHERE substr(started_utc, 1, 10) < ? AND state <> 'running'"
OLD_CODES = "DELETE FROM runner WHERE updated_day < ?"
COUNTS = "INSERT INTO sweep VALUES (?,?,?,?,?,?) ON CONFLICT (day) DO UPDATE SET " + ", ".join(
    f"{name} = {name} + excluded.{name}" for name in ("patients", "sessions", "bouts", "files", "codes")
)


def sweep(
    store: SessionStore, today: date, settings: StoreConfig, recordings: Path, recorder_days: int, waiting: frozenset[str] = frozenset()
) -> Removed:
    """Delete what is too old; call it once a day.

    Args:
        store: the open store of this process.
        today: the day of the wall clock.
        settings: days for runs (and recordings of bouts), patients and codes.
        recordings: folder of recordings and videos; need not exist.
        recorder_days: days for what the headless recorder left there.
        waiting: stems of files of bouts that are still to be measured: no leftovers.

    Raises:
        StoreError: the disk refuses; what was deleted before stays deleted. The next sweep goes on.
    """
    rows = store.perform(lambda db: _rows(db, today, settings))
    unfinished: StoreError | None = None
    files = 0
    try:
        files = erase.finish(store, recordings)
    except StoreError as error:
        unfinished = error  # raised below: the rest of the sweep does not depend on it
    old = tuple(_old_files(store, today, settings.sessions_days, recordings, recorder_days, waiting))
    files += remove(old)
    store.perform(lambda db: _forget_files(db, old))
    removed = Removed(rows.patients, rows.sessions, rows.bouts, files, rows.codes)
    counts = (removed.patients, removed.sessions, removed.bouts, removed.files, removed.codes)
    store.perform(lambda db: db.execute(COUNTS, (today.isoformat(), *counts)))
    LOG.info("daily sweep: %d patients, %d sessions, %d bouts, %d files, %d codes deleted", *counts)
    if unfinished is not None:
        raise unfinished
    return removed


def _rows(database: sqlite3.Connection, today: date, settings: StoreConfig) -> Removed:
    """Inside a transaction: the rows that are too old."""
    counted = _counted_from(database, today)
    if counted is None:
        return Removed()
    old = [row[0] for row in database.execute(OLD_PATIENTS, (_before(counted, settings.patients_days),))]
    gone = erase.take_patients(database, old)
    sessions = database.execute(OLD_SESSIONS, (_before(counted, settings.sessions_days),)).rowcount
    codes = database.execute(OLD_CODES, (_before(counted, settings.runners_days),)).rowcount
    return Removed(patients=gone.patients, sessions=sessions, bouts=gone.bouts, codes=codes)


def _counted_from(database: sqlite3.Connection, today: date) -> date | None:
    """Today, or the day of the last run when that is earlier; None without any run."""
    (last,) = database.execute(LAST_DAY).fetchone()
    return min(today, date.fromisoformat(last)) if last else None


def _before(day: date, days: int) -> str:
    """The first day that is kept."""
    return (day - timedelta(days=min(days, day.toordinal() - 1))).isoformat()


def _old_files(
    store: SessionStore, today: date, bout_days: int, recordings: Path, recorder_days: int, waiting: frozenset[str]
) -> Iterator[Path]:
    """Files of ours that are too old: of bouts, of the recorder, and leftovers of bouts that were never stored."""
    known, counted = store.perform(lambda db: (_stems(db), _counted_from(db, today)))
    last = counted or today
    for path, of_bout, day in ours(recordings):
        stem = path.name.partition(".")[0]
        if stem in waiting:
            continue
        if of_bout and stem not in known:
            old = (today - day).days > LEFTOVER_DAYS
        else:
            old = (last - day).days > (bout_days if of_bout or stem in known else recorder_days)
        if old:
            yield path


def _stems(database: sqlite3.Connection) -> frozenset[str]:
    names: Iterable[tuple[str, str]] = database.execute("SELECT recording, video FROM bout")
    return frozenset(name.partition(".")[0] for row in names for name in row if name)


def _forget_files(database: sqlite3.Connection, gone: Iterable[Path]) -> None:
    """Inside a transaction: no bout names a file that is gone."""
    for path in gone:
        database.execute("UPDATE bout SET recording = '' WHERE recording = ?", (path.name,))
        database.execute("UPDATE bout SET video = '' WHERE video = ?", (path.name,))
