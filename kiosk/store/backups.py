"""Copies of the database in the data folder, `backups/sessions-0007-20261121.sqlite3`, and the way back.

A copy is made by VACUUM INTO while the station writes on: it is of one moment and has only rows that are there, no freed page. It is
written under another name, checked, brought to the disk, renamed; then the oldest beyond KEPT go. Numbers count up: a Pi's clock does not.

A copy must never outlive what was deleted (erase.py takes all of them away). For a copy that is being made at that moment the order is:
its file is made before its reading begins, and it is renamed under the folder's lock and only if the file is still there. So whatever was
read before a deletion has its file taken away, and what begins later does not have the rows any more. What must not go in: the station.
"""

import errno
import fcntl
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

from kiosk.durable import settle
from kiosk.store.database import DAMAGED, NAME, REFUSED_BY_DISK, StoreError, read_only, reason, result_code
from kiosk.store.files import remove
from kiosk.threads import Stop, monotonic_s

FOLDER = "backups"
KEPT = 3
"""Copies: the last one, one before a fault that nobody saw for a day, and one more (our choice)."""
ASIDE_KEPT = 14
"""Newer copies after which a database that a copy replaced goes: two weeks of nights to look into it (our choice). It also has what
has grown too old since, and nothing sweeps it."""
RESERVE_BYTES = 200_000_000
"""Must stay free beside a copy, so that it never takes the last room from a run (our choice: hours of a session)."""
LOCK_S = 5.0
"""Longest wait for the folder; it is held for a rename or some unlinks only (our choice)."""
TRIES = 3
"""Copies that are begun anew because somebody was deleted meanwhile (our choice)."""
LOOK_STEPS = 100_000
"""Instructions of SQLite's machine between two looks whether the copy is still wanted: some milliseconds."""
COPY = re.compile(r"sessions-(\d{4,})-\d{8}\.sqlite3")
PART = "sessions.part"
RESTORING = f"{NAME}.restoring"
"""Beside the database while a copy takes its place (restoring.py)."""
ASIDE = re.compile(r"replaced-(\d{4,})-\d{8}\.sqlite3(-wal)?")
LARGE = 1 << 20


class GoneError(Exception):
    """The copy was taken away while it was made: somebody was deleted."""


def back_up(folder: Path, today: date, free: Callable[[Path], int] | None = None) -> Path:
    """Copy the database of this data folder, also while a station writes; the oldest copies beyond KEPT go.

    Args:
        folder: the data folder.
        today: for the name.
        free: bytes that are free on the disk of a folder; None asks the system.

    Returns:
        The new copy.

    Raises:
        StoreError: there is no database, it is damaged, or there is no room; older copies stay as they are.
    """
    path = folder / NAME
    if not path.is_file():
        raise StoreError(f"{path}: there is no database yet, so nothing to copy.")
    backups = folder / FOLDER
    try:
        backups.mkdir(mode=0o700, exist_ok=True)
        _check_room(path, (free or _free)(backups))
        for _ in range(TRIES):
            try:
                return _copied(path, backups, today)
            except GoneError:
                continue
    except sqlite3.Error as error:
        raise StoreError(_why_not(path, error)) from None
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"{backups}: no copy could be made ({error.strerror}). {_kept(error)}") from None
    raise StoreError(f"{backups}: no copy was made, because patients were deleted meanwhile. The next one comes tomorrow.")


def copies(folder: Path) -> tuple[Path, ...]:
    """The copies of this data folder, newest first."""
    backups = folder / FOLDER
    found = [(int(match[1]), path) for path in _files(backups) if (match := COPY.fullmatch(path.name))]
    return tuple(path for _, path in sorted(found, reverse=True))


def forget(folder: Path) -> int:
    """Take away every copy, whole or half, and every database that was put aside: what was deleted must not be in them.

    Returns:
        How many files there were.

    Raises:
        OSError: one cannot be deleted, or the folder's lock is not free in time.
    """
    backups = folder / FOLDER
    count = remove([folder / RESTORING])
    if not backups.is_dir():
        return count
    with locked(backups):
        return count + remove([path for path in _files(backups) if _is_ours(path.name)])


def problem_of(path: Path, with_log: bool = False) -> str:
    """Why this file cannot be used as a database of kiosk, one sentence; "" when it can. Every page and index is looked at.

    Args:
        path: the file.
        with_log: what is in the log beside it belongs to it; else the file is looked at alone, and nothing is made beside it.
    """
    alone = "" if with_log else "&immutable=1"
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{alone}", uri=True)) as database:
            found = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                return "it is damaged"
            database.execute("SELECT count(*) FROM session").fetchone()
    except DAMAGED as error:
        return f"it is no database of Treadside, or damaged ({reason(error)})"
    return ""


@contextmanager
def locked(backups: Path) -> Iterator[None]:
    """Hold the folder of the copies. A lock of the system on the folder itself: it ends with the process.

    Raises:
        OSError: it is not free within LOCK_S.
    """
    number = os.open(backups, os.O_RDONLY | os.O_DIRECTORY)
    try:
        until_s, pause = monotonic_s() + LOCK_S, Stop()
        while not _got(number):
            if monotonic_s() > until_s:
                raise OSError(errno.EBUSY, "another program holds the copies", str(backups))
            pause.wait(0.02)
        yield
    finally:
        os.close(number)


def next_number(backups: Path) -> int:
    """Of the next copy, or database put aside."""
    matches = (COPY.fullmatch(path.name) or ASIDE.fullmatch(path.name) for path in _files(backups))
    return max((int(match[1]) for match in matches if match), default=0) + 1


def _copied(path: Path, backups: Path, today: date) -> Path:
    """One copy, from its empty file to its name.

    Raises:
        GoneError: it was taken away meanwhile.
    """
    part = backups / PART
    part.unlink(missing_ok=True)  # of a run that was cut; two at once are not started
    number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _write(path, part, number)
        if (problem := problem_of(part)) and _is_there(number):
            raise StoreError(f"{part}: the copy is not what was written ({problem}). The card may be failing; older copies stay.")
        os.fsync(number)
        with locked(backups):
            if not _is_there(number):
                raise GoneError
            whole = backups / f"sessions-{next_number(backups):04d}-{today:%Y%m%d}.sqlite3"
            part.rename(whole)
    except FileNotFoundError:
        raise GoneError from None
    finally:
        os.close(number)
        part.unlink(missing_ok=True)
    settle(backups)
    remove(_too_many(backups))
    return whole


def _too_many(backups: Path) -> Iterator[Path]:
    """Copies beyond KEPT, and what was put aside, with its log, ASIDE_KEPT copies ago."""
    yield from copies(backups.parent)[KEPT:]
    newest = next_number(backups) - 1
    yield from (path for path in _files(backups) if (match := ASIDE.fullmatch(path.name)) and newest - int(match[1]) >= ASIDE_KEPT)


def _write(path: Path, part: Path, number: int) -> None:
    with closing(read_only(path)) as database:
        database.isolation_level = None
        database.set_progress_handler(lambda: 0 if _is_there(number) else 1, LOOK_STEPS)
        try:
            database.execute("VACUUM INTO ?", (str(part),))
        except sqlite3.Error:
            if not _is_there(number):
                raise GoneError from None
            raise


def _is_there(number: int) -> bool:
    """The open file still has a name."""
    return os.fstat(number).st_nlink > 0


def _check_room(path: Path, free: int) -> None:
    need = path.stat().st_size + RESERVE_BYTES
    if free < need:
        raise StoreError(
            f"{path.parent / FOLDER}: no room for a copy: {free // 1_000_000} MB are free, {-(-need // 1_000_000)} MB are needed. "
            "Move or delete recordings; older copies stay."
        )


def _free(folder: Path) -> int:
    space = os.statvfs(folder)
    return space.f_bavail * space.f_frsize


def _why_not(path: Path, error: sqlite3.Error) -> str:
    if result_code(error) in REFUSED_BY_DISK:
        return f"{path}: no copy could be made ({reason(error)}). Check the free space; older copies stay."
    newest = next(iter(copies(path.parent)), None)
    back = f" Stop the station, then: kiosk upkeep --restore {newest}" if newest else ""
    return f"{path}: is damaged ({reason(error)}), so it is not copied; older copies stay.{back}"


def _kept(error: OSError) -> str:
    return "Make room; older copies stay." if error.errno == errno.ENOSPC else "Check the permissions; older copies stay."


def _got(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _files(backups: Path) -> list[Path]:
    return sorted(path for path in backups.iterdir() if path.is_file()) if backups.is_dir() else []


def _is_ours(name: str) -> bool:
    return name.startswith(PART) or bool(COPY.fullmatch(name) or ASIDE.fullmatch(name))
