"""The database file: opening, permissions, migrations, and the lock that keeps it to one writer."""

import fcntl
import os
import sqlite3
from importlib import resources
from pathlib import Path
from typing import IO

from kiosk.words import Phrase

NAME = "sessions.sqlite3"
LARGEST = 2**63 - 1
"""The largest number that SQLite keeps."""

MIGRATIONS: tuple[tuple[int, str], ...] = tuple(
    (number, resources.files("kiosk.store").joinpath(file).read_text(encoding="utf-8"))
    for number, file in ((1, "schema.sql"), *((number, f"migration_{number}.sql") for number in range(2, 6)))
)
"""(number, SQL) in order; `PRAGMA user_version` says which were applied."""


DAMAGED = (sqlite3.Error, ValueError, TypeError)
"""What reading a damaged file raises: SQLite's own errors, and values that are not what the schema says (also in SQLite's messages)."""


REFUSED_BY_DISK = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY)
"""Result codes that say nothing against the file."""


class StoreError(OSError):
    """Sessions cannot be stored; the message says why and what to do."""

    @property
    def sentence(self) -> Phrase:
        """The message; one that a page may show knows its pattern."""
        said = self.args[0] if self.args else ""
        return said if isinstance(said, Phrase) else Phrase("{said}", said=str(said))


class TakenError(StoreError):
    """Another process has the data folder."""


def check_owner(folder: Path) -> None:
    """For whoever writes there: what root writes the station cannot open, and by links its user could lead root elsewhere.

    Raises:
        StoreError: this is root, and the folder is another user's.
    """
    owner = folder.stat().st_uid if folder.is_dir() else 0
    if owner != 0 == os.geteuid():
        raise StoreError(f"{folder}: belongs to another user, not to root. Run this as that user: sudo -u '#{owner}' kiosk ...")


def lock_folder(folder: Path) -> IO[str]:
    """Make the folder and hold it for this process.

    A lock of the system, not a pid in a file: it ends with the process, also after kill -9.

    Raises:
        TakenError: another kiosk holds it.
        StoreError: the folder cannot be written, or is not root's and this is root.
    """
    check_owner(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (folder / "lock").open("a+")
    except (FileExistsError, NotADirectoryError):
        raise StoreError(f"{folder}: not a folder. Set [store] folder in kiosk.toml to a folder that can be written.") from None
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written ({error.strerror}). Set [store] folder in kiosk.toml to one that can.") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        if not isinstance(error, BlockingIOError):
            raise StoreError(f"{folder}: cannot be locked ({error.strerror}). Set [store] folder in kiosk.toml to a local disk.") from None
        raise TakenError(f"{folder}: another kiosk stores its sessions there. Stop it, or set [store] folder in kiosk.toml.") from None
    return file


def open_database(folder: Path) -> sqlite3.Connection:
    """The database of the folder, brought up to date; sessions that a crash left running are marked interrupted.

    Raises:
        StoreError: the file is damaged, was made by a newer version, or the disk is full.
    """
    path = folder / NAME
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # before SQLite makes it readable for all
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path}: cannot be opened ({error}). Check its permissions and the free space.") from None
    try:
        _check_version(database, path)  # first: a file of a newer version is left as it is
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten with zeros
        migrate(database)
        database.execute("UPDATE session SET state = 'interrupted' WHERE state = 'running'")  # theirs that held the lock before us
    except DAMAGED as error:
        database.close()
        raise StoreError(f"{path}: cannot be used ({reason(error)}). {_advice(error)}") from None
    except StoreError:
        database.close()
        raise
    return database


def read_only(path: Path, timeout_s: float = 5.0) -> sqlite3.Connection:
    """A connection that cannot write, waiting at most `timeout_s` for a lock."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=timeout_s)


def key(number: int) -> int:
    """The number as SQLite can look for it: what is larger than its 64 bits becomes 0, which no row has. So it is "not there", no error."""
    return number if 0 <= number <= LARGEST else 0


def reason(error: Exception) -> str:
    """What one of DAMAGED says, without the bytes of a damaged file."""
    return str(error) if isinstance(error, sqlite3.Error) and str(error).isprintable() else "damaged"


def result_code(error: Exception) -> int:
    """SQLite's primary result code of an error; 0 for one that is not SQLite's."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _advice(error: Exception) -> str:
    if result_code(error) in REFUSED_BY_DISK:
        return "Check the free space and the permissions."
    return (
        "It is left as it is. `kiosk upkeep --list` shows its copies, `kiosk upkeep --restore COPY` takes one in its place. "
        "Move the file away to start a new one; nothing is deleted."
    )


def version_of(database: sqlite3.Connection) -> int:
    """Its schema."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def migrate(database: sqlite3.Connection) -> None:
    """Bring it to the newest schema."""
    version = version_of(database)
    for number, sql in MIGRATIONS:
        if number > version:
            database.executescript(f"BEGIN; {sql}; PRAGMA user_version = {number}; COMMIT;")


def _check_version(database: sqlite3.Connection, path: Path) -> None:
    version, newest = version_of(database), MIGRATIONS[-1][0]
    if version > newest:
        raise StoreError(f"{path}: made by a newer Treadside (schema {version}, this one knows {newest}). Install the newer version.")
