"""The journal: poses of one recording, added to a file one by one, so that a cut anywhere leaves all whole ones before it.

One line of JSON (what is known beforehand), then records of one size with a checksum each. A damaged record is left out, and those
after it are found, because all have one size. What must not go in: threads, and what becomes of the journal.
"""

import fcntl
import json
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import Pose, PoseSeries
from kiosk.durable import settle

SUFFIX = ".journal"
VERSION = 1
RECORD = np.dtype([("t_s", "<f8"), ("xy_px", "<f4", (17, 2)), ("score", "<f4", (17,)), ("crc32", "<u4")])
"""216 bytes a pose: 30 poses a second are 23 MB an hour."""
SUMMED = RECORD.itemsize - 4
"""Bytes of a record that its checksum is about."""
LONGEST_HEADER = 4096
"""A first line longer than this is not ours (our choice; ours has about 200 bytes)."""


class JournalError(ValueError):
    """The first line of a journal cannot be read; the message says why."""


@dataclass(frozen=True)
class Facts:
    """What is known of a recording beside its poses."""

    view: str = "auto"
    """left, right, front, rear, or auto when unknown."""
    roll_deg: float = 0.0
    """Camera roll, degrees."""
    roll_sd_deg: float | None = None
    """Standard error of the roll, degrees; None when nobody measured it."""
    made_by: str = ""
    """Program, version, model SHA-256."""


class Journal:
    """A journal that is being written. It is locked while open, so that nobody takes it for one that a crash left."""

    def __init__(self, path: Path, facts: Facts, width: int, height: int) -> None:
        """Make the file; its first line is on the disk when this returns.

        Raises:
            OSError: the folder cannot be written, the disk is full, or there is such a file (then it is left as it is).
        """
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._size = 0
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            head = {"version": VERSION, "width": width, "height": height, **asdict(facts)}
            self._append(json.dumps(head).encode() + b"\n")
            self.sync()
            settle(path.parent)
        except OSError:
            os.close(self._file)
            path.unlink(missing_ok=True)
            raise

    def add(self, pose: Pose) -> None:
        """Append a pose: all of it or nothing. It survives the end of this process at once, a cut of power after `sync`.

        Raises:
            OSError: the disk is full or refuses.
        """
        self._append(packed(pose))

    def sync(self) -> None:
        """Have everything that was added on the disk.

        Raises:
            OSError: the disk refuses.
        """
        os.fdatasync(self._file)

    def close(self) -> None:
        """Let go of the file; again is once."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _append(self, data: bytes) -> None:
        done = os.pwrite(self._file, data, self._size)
        while done < len(data):
            done += os.pwrite(self._file, data[done:], self._size + done)
        self._size += len(data)  # only now: half a record on a full disk is written over by the next one


def packed(pose: Pose) -> bytes:
    """A pose as a record of 216 bytes."""
    record = np.zeros((), RECORD)
    record["t_s"], record["xy_px"], record["score"] = pose.t_s, pose.xy_px, pose.score
    record["crc32"] = zlib.crc32(record.tobytes()[:SUMMED])
    return record.tobytes()


def read(path: Path) -> tuple[Facts, PoseSeries]:
    """All whole records of a journal, also of one that was cut or damaged.

    Returns:
        What is known beforehand, and the poses in order of time; (0,) poses when there is no whole record.

    Raises:
        JournalError: the first line is missing or damaged.
        OSError: the file cannot be read.
    """
    data = path.read_bytes()
    line, found, rest = data[:LONGEST_HEADER].partition(b"\n")
    if not found:
        raise JournalError(f"{path}: no whole first line; this is no journal, or it was cut before anything was recorded.")
    rest = data[len(line) + 1 :]
    facts, width, height = _head(path, line)
    records = np.frombuffer(rest[: len(rest) // RECORD.itemsize * RECORD.itemsize], RECORD)
    records = records[_whole(records)]
    return facts, PoseSeries(records["t_s"].copy(), records["xy_px"].copy(), records["score"].copy(), width, height)


def is_locked(path: Path) -> bool:
    """True while somebody writes this journal."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _head(path: Path, line: bytes) -> tuple[Facts, int, int]:
    try:
        head = json.loads(line)
        if head["version"] != VERSION:
            raise JournalError(f"{path}: journal of version {head['version']}; this program reads version {VERSION}.")
        sd_deg = head["roll_sd_deg"]
        facts = Facts(str(head["view"]), float(head["roll_deg"]), None if sd_deg is None else float(sd_deg), str(head["made_by"]))
        return facts, int(head["width"]), int(head["height"])
    except JournalError:
        raise
    except (ValueError, KeyError, TypeError) as error:  # a UnicodeDecodeError is a ValueError
        raise JournalError(f"{path}: the first line of the journal is damaged ({error}).") from None


def _whole(records: NDArray[np.void]) -> NDArray[np.bool_]:
    """(n,) True for records whose checksum is right and whose time is later than that of all before."""
    right = np.array([zlib.crc32(record.tobytes()[:SUMMED]) == record["crc32"] for record in records], bool)
    latest_s = np.maximum.accumulate(np.where(right, records["t_s"], -np.inf)) if len(records) else np.zeros(0)
    before_s = np.concatenate([[-np.inf], latest_s[:-1]]) if len(records) else latest_s
    return np.asarray(right & (records["t_s"] > before_s), bool)
