"""Who was deleted, so that no older copy of the database brings them back: `backups/deleted.txt`, a random name of each, a line each.

The names are those that patients (patient.key) and runs (session.uuid) have in the database. They were drawn by chance and stand nowhere
else, so the list says nothing of anybody. A deletion writes its names into its mark, in the one transaction that takes the rows away;
`erase.finish` brings them here before the mark goes. Whoever puts a copy in place applies both. What must not go in: deleting.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from pathlib import Path

from kiosk.settings import write_whole
from kiosk.store.database import DAMAGED, read_only

FILE = "deleted.txt"
KEYS_SINCE = 5
"""The schema in which patients got their random names."""


def remember(backups: Path, keys: Collection[str]) -> None:
    """Add these names to the list, on the disk when this returns.

    Raises:
        OSError: the disk refuses; the list is as it was.
    """
    known = remembered(backups)
    if not known.issuperset(keys):
        backups.mkdir(mode=0o700, exist_ok=True)
        write_whole(backups / FILE, "".join(f"{key}\n" for key in sorted(known.union(keys))).encode(), 0o600)


def remembered(backups: Path) -> frozenset[str]:
    """The list; empty when nobody was ever deleted.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        return frozenset((backups / FILE).read_text(encoding="ascii").split())
    except FileNotFoundError:
        return frozenset()


Mark = tuple[str, int, str]
"""Of a deletion that is not finished: files, vacuum, keys, as in the table `erasure`."""


def unfinished(path: Path) -> list[Mark]:
    """The marks of this database. Of a damaged one nothing is known."""
    try:
        with closing(read_only(path)) as database:
            return database.execute("SELECT files, vacuum, keys FROM erasure").fetchall()
    except DAMAGED:  # also of a schema without names
        return []


def names_in(marks: Iterable[Mark]) -> frozenset[str]:
    """The names in these marks."""
    return frozenset(key for *_, keys in marks for key in json.loads(keys))


def numbers_of(database: sqlite3.Connection, table: str, column: str, keys: Iterable[str]) -> list[int]:
    """Numbers of the rows of a table that have one of these names."""
    wanted = frozenset(keys)
    return [number for number, key in database.execute(f"SELECT id, {column} FROM {table}") if key in wanted]
