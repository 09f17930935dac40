"""Which files a batch measures: folders are searched, everything is sorted and comes once.

What must not go in: opening a recording or a video, beyond the first bytes that tell an annotated copy.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.cli import real_path
from kiosk.report.annotate import MARK

RECORDINGS = frozenset({".npz"})
VIDEOS = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".mts", ".m2ts", ".ts", ".3gp", ".wmv", ".flv", ".ogv", ".mxf"}
)
"""What phones, cameras and editors write; a file with another ending is measured when it is named itself."""
HEADER_BYTES = 65_536
"""The header of our own MP4 files is shorter by far (1 kB)."""


@dataclass(frozen=True)
class Found:
    """What there is to measure."""

    files: tuple[Path, ...]
    """By path, each file once, as a path below what was given."""
    unreadable: tuple[tuple[Path, str], ...] = ()
    """Folders that cannot be read, with the reason."""


def find_files(inputs: Iterable[Path]) -> Found:
    """All pose recordings and videos of the inputs.

    Below a folder: files by their ending, without hidden ones and without annotated copies; links are followed, a folder is
    visited once, so loops end. A file that is named itself is always there, also when it does not exist: measuring it says so.
    """
    files: dict[Path, Path] = {}
    unreadable: list[tuple[Path, str]] = []
    visited: set[Path] = set()
    named, folders = _split(inputs)
    for path in [*named, *(file for folder in folders for file in _below(folder, visited, unreadable))]:
        files.setdefault(real_path(path), path)
    return Found(tuple(sorted(files.values())), tuple(unreadable))


def _split(inputs: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    named, folders = list[Path](), list[Path]()
    for path in inputs:
        (folders if os.path.isdir(path) else named).append(path)
    return named, folders


def _below(folder: Path, visited: set[Path], unreadable: list[tuple[Path, str]]) -> Iterator[Path]:
    real = real_path(folder)
    if real in visited:
        return
    visited.add(real)
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        unreadable.append((folder, f"{folder}: this folder cannot be read ({error.strerror}). Check who may read it."))
        return
    for path in inside:
        if path.name.startswith("."):
            continue
        if os.path.isdir(path):  # unlike Path.is_dir it never raises
            yield from _below(path, visited, unreadable)
        elif _wanted(path):
            yield path


def _wanted(path: Path) -> bool:
    """A file with the ending of one we measure, and no annotated copy; pipes and devices are none.

    What cannot be looked at (a link to nothing, a folder without permission) is wanted: measuring it says why it cannot be.
    """
    ending = path.suffix.lower()
    if ending not in RECORDINGS | VIDEOS or _annotated(path):
        return False
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _annotated(path: Path) -> bool:
    """True for a video that `kiosk analyze --annotate` wrote; one that cannot be read is left to the measuring to complain about."""
    if path.suffix.lower() != ".mp4" or not os.path.isfile(path):
        return False
    try:
        with path.open("rb") as file:
            return MARK.encode() in file.read(HEADER_BYTES)
    except OSError:
        return False
