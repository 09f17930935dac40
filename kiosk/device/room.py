"""How much memory and disk is left."""

import os
from dataclasses import dataclass
from pathlib import Path

from kiosk.device.files import ROOT, text_of

LOW_DISK_BYTES = 1e9
"""With less free the staff should make room (our choice: months of runs, and twice what a recorder leaves by default)."""
LITTLE_MEMORY_BYTES = 150e6
"""The station takes about 150 MB and the browser 300: with less to spare the system begins to swap, then to end programs (our choice)."""


@dataclass(frozen=True)
class Memory:
    """Bytes of memory."""

    total_bytes: int
    available_bytes: int
    """What programs can still get without swapping, as the kernel reckons."""
    own_bytes: int | None
    """Resident part of this process; None where it does not tell."""


@dataclass(frozen=True)
class Disk:
    """Bytes of a disk, for a program that is not root."""

    total_bytes: int
    free_bytes: int


def memory(root: Path = ROOT) -> Memory | None:
    """Memory of the machine and of this process; None where /proc does not tell."""
    kilobytes = _table(root / "proc/meminfo")
    total, available = kilobytes.get("MemTotal"), kilobytes.get("MemAvailable")
    if total is None or available is None:
        return None
    own = _table(root / "proc/self/status").get("VmRSS")
    return Memory(total * 1024, available * 1024, own * 1024 if own is not None else None)


def disk(folder: Path) -> Disk | None:
    """The disk that this folder, or the nearest folder above it that exists, is on; None when it cannot be asked."""
    for place in (folder, *folder.parents):
        try:
            told = os.statvfs(place)
        except FileNotFoundError:
            continue
        except OSError:  # the disk itself does not answer
            return None
        return Disk(told.f_blocks * told.f_frsize, told.f_bavail * told.f_frsize)
    return None


def _table(path: Path) -> dict[str, int]:
    """The lines "Name:  number kB" of a file; other lines are left out."""
    lines = (line.partition(":") for line in (text_of(path) or "").splitlines())
    cells = ((name, rest.split()) for name, _, rest in lines)
    return {name: int(words[0]) for name, words in cells if len(words) == 2 and words[0].isdecimal() and words[1] == "kB"}
