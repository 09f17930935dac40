"""What is done once a day without anybody watching: a copy of the database, and the sweep where no station does it itself.

What must not go in: how a copy is made (kiosk/store/backups.py), what is too old (kiosk/store/retention.py).
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from kiosk.config import Config, data_folder
from kiosk.desk import open_desk
from kiosk.store import SessionStore, StoreError, TakenError, back_up, check_owner, copies, restore
from kiosk.store.backups import ASIDE_KEPT, FOLDER
from kiosk.treadmill import BeltNow


def upkeep(config: Config, today: date) -> Iterator[str]:
    """Sweep, then copy; a line for each thing that was done. A sweep that fails does not keep the copy from being made.

    Raises:
        StoreError: a part could not be done; the message says which and what to do.
    """
    folder = data_folder(config.store)
    if not folder.is_dir() or not any(folder.glob("*.sqlite3")):
        yield f"{folder}: nothing is stored there yet, so nothing is to be done."
        return
    check_owner(folder)
    unfinished: StoreError | None = None
    try:
        yield swept(config, today)
    except StoreError as error:
        unfinished = error
    copy = back_up(folder, today)
    yield f"copied: {copy} ({copy.stat().st_size / 1e6:.1f} MB), {len(copies(folder))} copies are kept"
    if unfinished is not None:
        raise unfinished


def swept(config: Config, today: date) -> str:
    """Delete what is too old, unless a station has the data: it does so itself, on its own day.

    Raises:
        StoreError: the disk refuses, or the database is damaged.
    """
    try:
        store = SessionStore.open(data_folder(config.store))
    except TakenError:
        return "a station is running and deletes what is too old by itself"
    try:
        desk = open_desk(config, store, BeltNow(config.treadmill))
        removed = desk.sweep(today)
        desk.close()
    finally:
        store.close()
    counts = (
        f"{removed.patients} patients, {removed.sessions} sessions, {removed.bouts} bouts, {removed.files} files, {removed.codes} codes"
    )
    return f"too old and deleted: {counts}"


def listed(config: Config) -> Iterator[str]:
    """A line for each copy, newest first."""
    found = copies(data_folder(config.store))
    for copy in found:
        yield f"{copy}  {copy.stat().st_size / 1e6:.1f} MB"
    if not found:
        yield f"{data_folder(config.store)}: there are no copies. `kiosk upkeep` makes one."


def restored(config: Config, copy: Path, today: date) -> Iterator[str]:
    """Put a copy in the place of the database; lines that say what happened.

    Raises:
        StoreError: a station is running, or the copy cannot be used; nothing was changed.
    """
    done = restore(data_folder(config.store), copy, today)
    yield f"restored: {copy} is the database now."
    if done.deleted:
        yield f"Deleted in it, too, because they were deleted since it was made: {done.deleted} patients and runs."
    if done.aside is not None:
        yield f"The replaced database is kept as {done.aside}; it is deleted after {ASIDE_KEPT} more copies, and when somebody is deleted."
    if copy.resolve().parent != (data_folder(config.store) / FOLDER).resolve():
        yield why_again(done.names_known)
    yield "What was taken back after the copy is valid again: an earlier PIN, revoked keys of scripts. Look at both."
    yield "Recordings of bouts that were made after the copy have no entry any more and are deleted a day after the next start."


def why_again(names_known: bool) -> str:
    """Of a copy that was kept elsewhere: who may be in the database again."""
    if not names_known:
        return "This copy is of an older Treadside: whoever was deleted since it was made is in the database again. Delete them again."
    return (
        "This copy was kept elsewhere: whom this data folder knows as deleted is not in it. Where it belongs to another device or card, "
        "whoever was deleted there is in the database again, and so are deleted take-away codes. Delete them again."
    )
