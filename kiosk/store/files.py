"""Files beside the database: recordings and videos of bouts, and what the recorder left. What must not go in: SQL.

A bout's files are named BOUT_PREFIX and a time, `bout-20261121-101500.npz`; the recorder's begin with the time alone. No name says whose
run it was.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

BOUT_PREFIX = "bout-"
TIME = r"\d{8}-\d{6}"
ENDINGS = (".npz", ".npz.part", ".mp4", ".mp4.part", ".mkv", ".mkv.part", ".journal", ".journal.part")
OURS = re.compile(rf"(?P<bout>{BOUT_PREFIX})?{TIME}[A-Za-z0-9-]*(?:{'|'.join(map(re.escape, ENDINGS))})")
"""What kiosk writes into the folder for recordings; nothing else is ever deleted by a sweep."""


@dataclass(frozen=True)
class OurFile:
    """A file that kiosk named."""

    path: Path
    of_bout: bool
    """Made for a bout; else by the recorder."""
    changed_ns: int
    """Of its last change, nanoseconds since 1970, by the clock of that moment."""

    @property
    def day(self) -> date:
        """Of its last change."""
        return datetime.fromtimestamp(self.changed_ns / 1e9).date()

    @property
    def stem(self) -> str:
        """What all files of one recording share."""
        return stem_of(self.path.name)


def stem_of(name: str) -> str:
    """What all files of one recording share: the name up to its first dot."""
    return name.partition(".")[0]


def check_name(name: str) -> None:
    """A stored name is a plain file name; anything else is a bug: ValueError."""
    if name and (Path(name).name != name or name.startswith(".") or "\0" in name):
        raise ValueError(f"a name of a file without folders was expected, got {name!r}")


def with_companions(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """The files themselves and what lies beside them under the same stem: journals, half-written files."""
    stems = {stem_of(name) for name in names if name}
    if stems and folder.is_dir():
        yield from (path for path in sorted(folder.iterdir()) if stem_of(path.name) in stems and path.is_file())


def remove(paths: Iterable[Path]) -> int:
    """Unlink; returns how many there were. Overwriting first would be no better: an SD card writes elsewhere than it read.

    Raises:
        OSError: a file cannot be deleted.
    """
    count = 0
    for path in paths:
        try:
            path.unlink()
        except FileNotFoundError:
            continue  # gone is what was wanted
        count += 1
    return count


def ours(folder: Path) -> Iterator[OurFile]:
    """Every file in the folder that kiosk named."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        match = OURS.fullmatch(path.name)
        if match and path.is_file() and not path.is_symlink():
            yield OurFile(path, match["bout"] is not None, path.stat().st_mtime_ns)
