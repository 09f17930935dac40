"""The way back from a copy (backups.py): it becomes the database, and what was the database is kept beside the copies.

It is done under the store's own lock, so never while a station or another `kiosk` has it. Cut at any moment it leaves a whole database:
the copy is written under another name and takes the place in one rename; what it replaces has a second name before that.
"""

import errno
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kiosk.durable import settle
from kiosk.store import erase, forgotten
from kiosk.store.backups import FOLDER, RESTORING, next_number, problem_of
from kiosk.store.database import MIGRATIONS, NAME, StoreError, lock_folder, migrate, reason, version_of


@dataclass(frozen=True)
class Restored:
    """What became of a copy."""

    aside: Path | None
    """Where the replaced database is now; None when there was none."""
    deleted: int
    """Patients and runs that were deleted since it was made, and so are deleted in it too."""
    names_known: bool
    """False for a copy of an older version: it cannot be told who of its patients was deleted since."""


def restore(folder: Path, copy: Path, today: date) -> Restored:
    """Put this copy in the place of the database of the data folder, without whom this station deleted since it was made.

    Args:
        folder: the data folder.
        copy: a file of `backups/`, or one that was brought from elsewhere.
        today: for the name of what is put aside.

    Raises:
        StoreError: a station has the data, the copy cannot be used, or the disk refuses; the database is as it was.
    """
    with lock_folder(folder):
        version = _check(copy)
        try:
            deleted = _prepared(folder, copy)
            return Restored(_replaced(folder, today), deleted, version >= forgotten.KEYS_SINCE)
        except sqlite3.Error as error:
            (folder / RESTORING).unlink(missing_ok=True)
            raise StoreError(f"{folder}: the copy could not be made ready ({reason(error)}). The database is as it was.") from None
        except OSError as error:
            (folder / RESTORING).unlink(missing_ok=True)
            what = "no room" if error.errno == errno.ENOSPC else error.strerror
            raise StoreError(f"{folder}: the copy could not be put in place ({what}). The database is as it was.") from None


def _check(copy: Path) -> int:
    """The copy's schema.

    Raises:
        StoreError: it cannot be used.
    """
    if not copy.is_file():
        raise StoreError(f"{copy}: no such file. `kiosk upkeep --list` shows the copies.")
    if Path(f"{copy}-wal").exists():
        raise StoreError(f"{copy}: has a log beside it that is not in it yet, so it is no finished copy. Take another one.")
    if problem := problem_of(copy):
        raise StoreError(f"{copy}: cannot be used: {problem}. Nothing was changed; take another copy.")
    with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        version = version_of(database)
    if version > MIGRATIONS[-1][0]:
        raise StoreError(f"{copy}: made by a newer Treadside (schema {version}). Install the newer version first; nothing was changed.")
    return version


def _prepared(folder: Path, copy: Path) -> int:
    """The copy beside the database, on the disk, without whom was deleted since; how many patients and runs those were."""
    new, marks = folder / RESTORING, forgotten.unfinished(folder / NAME)
    forgotten.remember(folder / FOLDER, forgotten.names_in(marks))
    shutil.copyfile(copy, new)
    new.chmod(0o600)
    with closing(sqlite3.connect(new, isolation_level=None)) as database:
        for setting in ("journal_mode = MEMORY", "foreign_keys = ON", "secure_delete = ON"):  # no file beside it; a cut leaves it unused
            database.execute(f"PRAGMA {setting}").fetchall()
        migrate(database)
        database.execute("BEGIN")
        count = _delete_again(database, forgotten.remembered(folder / FOLDER))
        database.executemany("INSERT INTO erasure (files, vacuum, keys) VALUES (?, ?, ?)", marks)
        database.execute("COMMIT")
    settle(new)
    return count


def _delete_again(database: sqlite3.Connection, keys: frozenset[str]) -> int:
    """Delete what has these names, with a mark, so that the next start removes files, bytes and copies too."""
    patients = forgotten.numbers_of(database, "patient", "key", keys)
    erase.take_patients(database, patients)
    runs = forgotten.numbers_of(database, "session", "uuid", keys)
    database.executemany("DELETE FROM session WHERE id = ?", [(number,) for number in runs])
    if runs:
        erase.mark(database, (), vacuum=False)
    return len(patients) + len(runs)


def _replaced(folder: Path, today: date) -> Path | None:
    new, path, backups = folder / RESTORING, folder / NAME, folder / FOLDER
    aside = None
    if path.exists():
        backups.mkdir(mode=0o700, exist_ok=True)
        aside = backups / f"replaced-{next_number(backups):04d}-{today:%Y%m%d}.sqlite3"
        _without_log(path)
        os.link(path, aside)
        _move_log(path, aside)
        settle(backups)
    new.replace(path)
    settle(folder)
    return aside


def _without_log(path: Path) -> None:
    """All of a whole database is in its one file afterwards; a damaged one stays as it is, with its log."""
    if problem_of(path, with_log=True):
        return
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # refused, the log goes with it like that of a damaged one


def _move_log(path: Path, aside: Path) -> None:
    """A log that stayed must not be played into the copy: it goes with its own database."""
    log = Path(f"{path}-wal")
    if log.exists():
        log.rename(f"{aside}-wal")
    Path(f"{path}-shm").unlink(missing_ok=True)
