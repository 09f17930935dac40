"""Complete deletion: no byte of a pseudonym or of notes is left in the data folder.

In order: (1) one transaction takes the rows away and leaves a mark with the names of the files, which say nothing of the patient, and
the rows' random names; (2) those are remembered (forgotten.py), the files are unlinked, and all copies of the database (backups.py);
(3) VACUUM writes the database anew and a checkpoint empties the write-ahead log; (4) the mark goes. Whoever is interrupted, or kept
waiting by a reader that holds the old state open, leaves the mark: `finish` goes on from there at the next start and at every sweep. A run
or code that somebody deletes leaves a mark without (3), since it has no pseudonym. Runs that grew too old leave none: the last copy that
has them goes when enough newer ones are made. Files are unlinked, not overwritten: an SD card writes to other cells than it read from, so
overwriting erases nothing. Whoever needs more must encrypt or destroy the card.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from kiosk.clinic import Refused, Removed
from kiosk.store import backups, forgotten
from kiosk.store.database import StoreError, key
from kiosk.store.files import check_name, remove, with_companions
from kiosk.store.writing import SessionStore
from kiosk.threads import Stop
from kiosk.words import Phrase

TRIES = 10
"""For the last step, while somebody reads the database."""
TRY_S = 0.3
"""Pause between them; together as long as a person waits for a page (our choice)."""
VACUUM_WAIT_S = 60.0
"""Longest wait for the rewriting: a year of a gym is some 100 MB, an SD card writes 10 to 20 MB/s (our choice)."""

NO_FILES = json.dumps([])
"""In a mark that is not for files."""

NO_PATIENT = Phrase("There is no patient number {number}. Somebody may have deleted this patient already.")
NOT_YET = Phrase(
    "The patient is deleted, but copies of what was deleted may still be in the files ({error}). "
    "This is finished by itself at the next start or in the daily sweep; nothing else is to be done."
)
DISK = Phrase("the disk refuses or is full")
READ = Phrase("another program is reading the database")
NO_FOLDER = Phrase("the folder for recordings is not there, its disk may be unplugged")


class UnfinishedError(StoreError):
    """The rows are gone for good, bytes may not be: `finish` goes on."""


def delete_patient(store: SessionStore, recordings: Path, patient_id: int, also: Sequence[str] = ()) -> Removed:
    """Delete a patient with all assessments, bouts, recordings and videos, and every byte of them in the database.

    Args:
        store: the open store.
        recordings: folder of the files.
        patient_id: of the patient.
        also: names of further files that are the patient's; what lies beside them under the same stem goes too.

    Raises:
        ValueError: a name in `also` has folders in it.
        Refused: there is no such patient.
        UnfinishedError: all rows are deleted, but not yet all bytes; `finish` will do it.
        StoreError: nothing was deleted.
    """
    for name in also:
        check_name(name)

    def take(database: sqlite3.Connection) -> Removed:
        found = take_patients(database, (key(patient_id),), also)
        if not found.patients:
            raise Refused(NO_PATIENT.filled(number=patient_id))
        return found

    removed = store.perform(take)
    return replace(removed, files=removed.files + finish(store, recordings))


def take_patients(database: sqlite3.Connection, ids: Sequence[int], also: Sequence[str] = ()) -> Removed:
    """Inside a transaction: the rows away, the mark there, `also` for files that no bout names. Counts patients and bouts."""
    marks = ",".join("?" * len(ids))
    of_these = f"FROM bout WHERE assessment IN (SELECT id FROM assessment WHERE patient IN ({marks}))"
    rows = database.execute(f"SELECT recording, video {of_these}", tuple(ids)).fetchall()
    keys = [key for (key,) in database.execute(f"SELECT key FROM patient WHERE id IN ({marks})", tuple(ids))]
    count = database.execute(f"DELETE FROM patient WHERE id IN ({marks})", tuple(ids)).rowcount
    if count:
        mark(database, {*also, *(name for row in rows for name in row)} - {""}, keys=keys)
    return Removed(patients=count, bouts=len(rows))


def mark(database: sqlite3.Connection, files: Iterable[str], vacuum: bool = True, keys: Iterable[str] = ()) -> None:
    """Inside a transaction: these files must go, all copies of the database, and with `vacuum` every byte of what was deleted in it.

    `keys` are the random names of what was deleted: no copy may bring it back (forgotten.py).
    """
    row = (json.dumps(sorted(files)), int(vacuum), json.dumps(sorted(keys)))
    database.execute("INSERT INTO erasure (files, vacuum, keys) VALUES (?, ?, ?)", row)


def finish(store: SessionStore, recordings: Path) -> int:
    """Do what is left of all deletions; returns how many files were removed. Nothing happens when nothing is left.

    Raises:
        UnfinishedError: a file cannot be deleted, the disk refuses, or a reader holds the old state; the marks stay. Where the folder for
            recordings is not there, the marks of files stay: they may lie on a disk that is not plugged in.
    """
    rows = store.perform(lambda db: db.execute("SELECT id, files, vacuum, keys FROM erasure ORDER BY id").fetchall())
    if not rows:
        return 0
    try:
        forgotten.remember(store.path.parent / backups.FOLDER, forgotten.names_in(row[1:] for row in rows))
        count = remove(with_companions(recordings, [name for _, files, *_ in rows for name in json.loads(files)]))
        if any(vacuum or files == NO_FILES for _, files, vacuum, _ in rows):  # else only files wait, for a disk that is not plugged in
            backups.forget(store.path.parent)
        if any(vacuum for *_, vacuum, _ in rows):
            store.perform_alone(lambda db: db.execute("VACUUM"), wait_s=VACUUM_WAIT_S)
            _empty_log(store)
        last, there = rows[-1][0], recordings.is_dir()
        store.perform(lambda db: db.execute("DELETE FROM erasure WHERE id <= ? AND (? OR files = ?)", (last, there, NO_FILES)))
        store.perform(lambda db: db.execute("UPDATE erasure SET vacuum = 0 WHERE id <= ?", (last,)))
        if not there and any(json.loads(files) for _, files, *_ in rows):
            raise UnfinishedError(NOT_YET.filled(error=NO_FOLDER))
    except UnfinishedError:
        raise
    except OSError as error:
        why = DISK if isinstance(error, StoreError) else Phrase("{error}", error=error.strerror or type(error).__name__)
        raise UnfinishedError(NOT_YET.filled(error=why)) from error
    return count


def _empty_log(store: SessionStore) -> None:
    """Move all into the database and cut the log to nothing, as soon as no reader needs it."""
    pause = Stop()
    for _ in range(TRIES):
        if store.perform_alone(_truncated):
            return
        pause.wait(TRY_S)
    raise UnfinishedError(NOT_YET.filled(error=READ))


def _truncated(database: sqlite3.Connection) -> bool:
    """True when the log is empty now; does not wait for readers, so that runs are stored meanwhile."""
    database.execute("PRAGMA busy_timeout = 50")
    try:
        busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        database.execute("PRAGMA busy_timeout = 5000")
    return not busy
