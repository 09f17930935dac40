"""The ring: old recordings go when they are too old or too many. Only files that the recorder named itself, never the current one."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

NAME = re.compile(r"\d{8}-\d{6}-\d{4,}")
"""UTC day and time of the start, and a number of at least four digits. Recordings of older versions have two: they are left alone."""
SUFFIXES = (".npz", ".mp4")
DAY_S = 86_400.0


@dataclass(frozen=True)
class Limits:
    """How much is kept."""

    bytes: float
    age_s: float
    """Recordings that were changed longer ago go."""


@dataclass(frozen=True)
class _Segment:
    name: str
    files: tuple[Path, ...]
    size: int
    changed_s: float
    """Seconds since 1970, of its newest file."""


def name_of(started: datetime, number: int) -> str:
    """The name of a recording, without suffix, e.g. 20261121-143905-0007."""
    return f"{started:%Y%m%d-%H%M%S}-{number:04d}"


def sweep(folder: Path, limits: Limits, now_s: float, spared: Callable[[str], bool], young: Callable[[str], bool]) -> tuple[str, ...]:
    """Delete the recordings that are beyond the limits, the oldest first.

    Args:
        folder: where the recorder writes.
        limits: size and age.
        now_s: the wall clock, seconds since 1970.
        spared: True for names that must not go at all: what is being recorded.
        young: True for names that are not too old whatever the clock says: a Pi without a battery clock may have made them years ago.

    Returns:
        The names that were deleted.

    Raises:
        OSError: a file cannot be deleted.
    """
    found = _segments(folder)
    segments = [s for s in found if not spared(s.name) and not (folder / f"{s.name}.journal").exists()]
    old = {s.name for s in segments if now_s - s.changed_s > limits.age_s and not young(s.name)}
    size = sum(s.size for s in found)
    gone = []
    for segment in segments:
        if segment.name in old or size > limits.bytes:
            for path in segment.files:
                path.unlink(missing_ok=True)
            size -= segment.size
            gone.append(segment.name)
    return tuple(gone)


def _segments(folder: Path) -> list[_Segment]:
    """All recordings of the recorder in a folder, by name, so the oldest first."""
    found: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        if path.suffix in SUFFIXES and NAME.fullmatch(path.stem) and path.is_file() and not path.is_symlink():
            found.setdefault(path.stem, []).append(path)
    return [_segment(name, tuple(sorted(files))) for name, files in sorted(found.items())]


def _segment(name: str, files: tuple[Path, ...]) -> _Segment:
    stats = [path.stat() for path in files]
    return _Segment(name, files, sum(s.st_size for s in stats), max(s.st_mtime for s in stats))
