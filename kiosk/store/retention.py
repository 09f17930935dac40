"""The daily sweep: what is older than the settings allow is deleted, and a row and a log line of counts tell it.

A Pi without a battery clock may start in 1970, months behind, or jump to 2099, so the days on rows and files are not believed. The rule:

* The sweep has a calendar of its own. It goes on by the days from the nearest earlier day on which there was a sweep to today, at most
  STEP_DAYS (a longer step is a wrong clock, and counts nothing), and never back. Days that the clock lives again count once.
* Everything is counted from the sweep that saw it first, whatever its stamp says: a row of 1970 or 2099 grows old like any other.
* Only the first sweep of a store believes stamps of at most STEP_DAYS ago: what an older version left.

So nothing goes before its time, unless a clock is ahead by less than STEP_DAYS; and everything goes, at the latest after as many days with
the device switched on as the setting has.
"""

import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kiosk.clinic import Removed
from kiosk.config import StoreConfig
from kiosk.store import erase
from kiosk.store.database import StoreError
from kiosk.store.files import OurFile, ours, remove, stem_of
from kiosk.store.writing import SessionStore

LOG = logging.getLogger(__name__)
LEFTOVER_DAYS = 1
"""A file of a bout that no bout knows is kept for a whole day: it may be on its way into the store (our choice)."""

STEP_DAYS = 366
"""Longest time for which a device is believed to have been switched off (our choice: a year in a cupboard)."""

BEFORE = "SELECT day, place FROM sweep WHERE day <= ? AND place IS NOT NULL ORDER BY day DESC LIMIT 1"
TURN = "INSERT INTO sweep VALUES (?,0,0,0,0,0,?) ON CONFLICT (day) DO UPDATE SET place = excluded.place"
STAMPS = (("session", "started_utc"), ("assessment", "started_utc"), ("patient", "since_day"), ("runner", "updated_day"))
"""Table and column of the day on which a row was made."""
NEW_ROWS = """UPDATE {table} SET seen = :place - CASE WHEN julianday(:today) - julianday(substr({stamp}, 1, 10)) BETWEEN 0 AND :believed
  THEN CAST(julianday(:today) - julianday(substr({stamp}, 1, 10)) AS INTEGER) ELSE 0 END WHERE seen IS NULL"""
OLD_PATIENTS = "SELECT id FROM patient WHERE coalesce((SELECT max(seen) FROM assessment WHERE patient = patient.id), seen) < ?"
OLD_SESSIONS = "DELETE FROM session WHERE seen < ? AND state <> 'running'"
OLD_CODES = "DELETE FROM runner WHERE seen < ?"
COUNTS = "INSERT INTO sweep VALUES (?,?,?,?,?,?,NULL) ON CONFLICT (day) DO UPDATE SET " + ", ".join(
    f"{name} = {name} + excluded.{name}" for name in ("patients", "sessions", "bouts", "files", "codes")
)


def sweep(
    store: SessionStore,
    today: date,
    settings: StoreConfig,
    recordings: Path,
    recorder_days: int,
    waiting: frozenset[str] = frozenset(),
    given_up: frozenset[str] = frozenset(),
) -> Removed:
    """Delete what is too old; call it once a day.

    Args:
        store: the open store of this process.
        today: the day of the wall clock.
        settings: days for runs (and recordings of bouts), patients and codes.
        recordings: folder of recordings and videos; need not exist.
        recorder_days: days for what the headless recorder left there.
        waiting: stems of files of bouts that are still to be measured: never too old.
        given_up: stems of files of bouts that cannot be measured: no leftovers, kept as long as those of other bouts.

    Raises:
        StoreError: the disk refuses; what was deleted before stays deleted. The next sweep goes on.
    """
    calendar = store.perform(lambda db: _turned(db, today))
    rows = store.perform(lambda db: _rows(db, calendar, settings))
    unfinished: StoreError | None = None
    files = 0
    try:
        files = erase.finish(store, recordings)
    except StoreError as error:
        unfinished = error  # raised below: the rest of the sweep does not depend on it
    found = tuple(ours(recordings))
    known, seen = store.perform(lambda db: (_stems(db) | given_up, _seen_files(db, calendar, found)))

    def is_old(file: OurFile) -> bool:
        of_bout = file.of_bout or file.stem in known
        days = LEFTOVER_DAYS if of_bout and file.stem not in known else settings.sessions_days if of_bout else recorder_days
        return file.stem not in waiting and calendar.place - seen[file] > days

    old = tuple(filter(is_old, found))
    files += remove(file.path for file in old)
    longest = max(settings.sessions_days, recorder_days)
    store.perform(lambda db: _forget_files(db, old, frozenset(found), calendar.place - longest))
    removed = replace(rows, files=files)
    counts = (removed.patients, removed.sessions, removed.bouts, removed.files, removed.codes)
    store.perform(lambda db: db.execute(COUNTS, (today.isoformat(), *counts)))
    LOG.info("daily sweep: %d patients, %d sessions, %d bouts, %d files, %d codes deleted", *counts)
    if unfinished is not None:
        raise unfinished
    return removed


@dataclass(frozen=True)
class Calendar:
    """Where the sweep's own calendar stands."""

    today: date
    """Of the wall clock."""
    place: int
    """Number of this day; differences of places are days."""
    believed: int
    """Stamps at most so many days old are believed; -1: none."""

    def seen(self, day: date) -> int:
        """The place for something with this stamp that is seen for the first time."""
        age = (self.today - day).days
        return self.place - (age if 0 <= age <= self.believed else 0)


def _turned(database: sqlite3.Connection, today: date) -> Calendar:
    """Inside a transaction: the calendar with today in it."""
    (latest,) = database.execute("SELECT max(place) FROM sweep").fetchone()
    place = today.toordinal() if latest is None else latest
    for day, at in database.execute(BEFORE, (today.isoformat(),)).fetchall():
        step = (today - date.fromisoformat(day)).days
        place = max(place, at + step) if step <= STEP_DAYS else place
    database.execute(TURN, (today.isoformat(), place))
    return Calendar(today, place, STEP_DAYS if latest is None else -1)


def _rows(database: sqlite3.Connection, calendar: Calendar, settings: StoreConfig) -> Removed:
    """Inside a transaction: the rows that are too old."""
    values = {"place": calendar.place, "today": calendar.today.isoformat(), "believed": calendar.believed}
    for table, stamp in STAMPS:
        database.execute(NEW_ROWS.format(table=table, stamp=stamp), values)
    old = [row[0] for row in database.execute(OLD_PATIENTS, (calendar.place - settings.patients_days,))]
    gone = erase.take_patients(database, old)
    sessions = database.execute(OLD_SESSIONS, (calendar.place - settings.sessions_days,)).rowcount
    codes = database.execute(OLD_CODES, (calendar.place - settings.runners_days,)).rowcount
    return Removed(patients=gone.patients, sessions=sessions, bouts=gone.bouts, codes=codes)


def _seen_files(database: sqlite3.Connection, calendar: Calendar, found: Iterable[OurFile]) -> dict[OurFile, int]:
    """Inside a transaction: file -> the place at which it was seen first."""
    seen = {}
    for file in found:
        row = (file.path.name, file.changed_ns)
        database.execute("INSERT OR IGNORE INTO seen_file VALUES (?,?,?)", (*row, calendar.seen(file.day)))
        (seen[file],) = database.execute("SELECT seen FROM seen_file WHERE name = ? AND changed_ns = ?", row).fetchone()
    return seen


def _stems(database: sqlite3.Connection) -> frozenset[str]:
    names: Iterable[tuple[str, str]] = database.execute("SELECT recording, video FROM bout")
    return frozenset(stem_of(name) for row in names for name in row if name)


def _forget_files(database: sqlite3.Connection, gone: Iterable[OurFile], found: frozenset[OurFile], before: int) -> None:
    """Inside a transaction: no bout names a file that is gone. Files that are not there are forgotten when they would be too old: they may
    lie on a disk that is not plugged in."""
    for file in gone:
        name = file.path.name
        database.execute("UPDATE bout SET recording = '' WHERE recording = ?", (name,))
        database.execute("UPDATE bout SET video = '' WHERE video = ?", (name,))
        database.execute("DELETE FROM seen_file WHERE name = ?", (name,))
    there = {(file.path.name, file.changed_ns) for file in found}
    rows = database.execute("SELECT name, changed_ns FROM seen_file WHERE seen < ?", (before,)).fetchall()
    database.executemany("DELETE FROM seen_file WHERE name = ? AND changed_ns = ?", (row for row in rows if row not in there))
