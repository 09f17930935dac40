"""The journal of a batch: each result goes to the disk as it comes, so that an interrupted batch goes on where it stopped.

JSON lines, only ever appended to: a header that says with what was measured, then one line a file. Results count when the last header
before them is the one of now, so that other options start anew without destroying what is there.
What must not go in: measuring, and what a result means.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from kiosk.cli import Failed
from kiosk.durable import settle

FORMAT = 1


@dataclass(frozen=True)
class Stamp:
    """A file as it was when it was measured: when one of these differs, it is measured again."""

    path: str
    """Absolute, links not followed."""
    size: int
    """Bytes."""
    mtime_ns: int
    """Nanoseconds since 1970, as the file system says."""


def stamp_of(path: Path) -> Stamp:
    """The stamp of a file as it is now.

    Raises:
        OSError: there is none.
    """
    now = path.stat()
    return Stamp(os.path.abspath(path), now.st_size, now.st_mtime_ns)


@dataclass(frozen=True)
class Means:
    """With what is measured."""

    program: str
    """Version."""
    model: str
    """SHA-256 of the network's file."""
    options: Mapping[str, Any]
    """Everything else that changes a number, JSON values."""

    def differences(self, other: "Means") -> list[str]:
        """Names of what is not the same."""
        names = [name for name in ("program", "model") if getattr(self, name) != getattr(other, name)]
        every = sorted({*self.options, *other.options})
        return names + [name for name in every if self.options.get(name) != other.options.get(name)]


class Ledger:
    """Results by the stamp of their file; in a journal on the disk, or without a path for this run only.

    Raises:
        Failed: the journal is in use, or is another kind of file.
        OSError: it cannot be read or written.
    """

    def __init__(self, path: Path | None, means: Means) -> None:
        self.path = path
        self.other: tuple[str, ...] = ()
        """What is different from the results that are in the journal; () when they can be used, or when there are none."""
        self._places: dict[Stamp, int] = {}
        self._file = _opened(path) if path is not None else cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - lives with us
        try:
            self._read(means)
        except BaseException:
            self._file.close()
            raise

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, stamp: Stamp) -> bool:
        return stamp in self._places

    def __getitem__(self, stamp: Stamp) -> dict[str, Any]:
        """The result, read from the disk: hundreds of them do not lie in memory.

        Raises:
            KeyError: there is none.
        """
        self._file.seek(self._places[stamp])
        return cast(dict[str, Any], json.loads(self._file.readline())["result"])

    def add(self, stamp: Stamp, result: Mapping[str, Any]) -> None:
        """Keep a result; when this returns, a cut of power does not lose it.

        Raises:
            OSError: the disk is full.
        """
        self._places[stamp] = self._append({**asdict(stamp), "result": result})

    def close(self) -> None:
        """Let go of the journal; the next run goes on with it."""
        self._file.close()

    def remove(self) -> None:
        """Take the journal away: nothing is left to go on with."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self.close()

    def _append(self, line: Mapping[str, Any]) -> int:
        place = self._file.seek(0, os.SEEK_END)
        # ASCII: a name that is not UTF-8 becomes lone surrogates, which JSON escapes and gives back
        self._file.write(json.dumps(line, allow_nan=False).encode("ascii") + b"\n")
        self._file.flush()
        if self.path is not None:
            os.fsync(self._file.fileno())
        return place

    def _read(self, means: Means) -> None:
        last: Means | None = None
        end = 0
        for place, line in _lines(self._file):
            end = place + len(line)
            entry = _parsed(line)
            if place == 0 and (entry is None or entry.get("journal") != FORMAT):
                raise Failed(f"{self.path}: is there already and is no journal of kiosk analyze. Move it away, or name another output.")
            if entry is None:
                continue  # bytes that the disk damaged: that file is measured again
            if "journal" in entry:
                last = Means(entry["program"], entry["model"], entry["options"])
            elif last == means:
                self._places[Stamp(entry["path"], entry["size"], entry["mtime_ns"])] = place
        self._file.truncate(end)  # a last line that was cut off
        if last != means:
            self.other = tuple(means.differences(last)) if last is not None and not self._places else ()
            self._append({"journal": FORMAT, **asdict(means)})


def _opened(path: Path) -> BinaryIO:
    file = cast(BinaryIO, os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "r+b"))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Failed(f"{path}: another kiosk analyze works on this output. Let it finish, stop it, or name another output.") from None
    settle(path.parent)
    return file


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(place, line) of every line that was written to its end."""
    place = file.seek(0)
    for line in file:
        if line.endswith(b"\n"):
            yield place, line
        place += len(line)


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The line's object; None when it is none."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
