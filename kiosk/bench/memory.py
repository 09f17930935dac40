"""What a process takes: memory and processor time, read from /proc; NaN where it is not told."""

import math
import os
import re
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
MB = 1e6 / 1024
"""Kilobytes of the kernel's tables, which are of 1024 bytes."""


def resident_mb(pid: int, proc: Path = PROC) -> float:
    """Pages of the process that are in memory, shared ones in full."""
    return _kilobytes(proc / str(pid) / "status", "VmRSS") / MB


def proportional_mb(pid: int, proc: Path = PROC) -> float:
    """The same with each shared page counted in part; NaN for a process of somebody else, too."""
    return _kilobytes(proc / str(pid) / "smaps_rollup", "Pss") / MB


def private_mb(pid: int, proc: Path = PROC) -> float:
    """Pages that no other process has; NaN for a process of somebody else."""
    path = proc / str(pid) / "smaps_rollup"
    return (_kilobytes(path, "Private_Clean") + _kilobytes(path, "Private_Dirty")) / MB


def children(pid: int, proc: Path = PROC) -> list[int]:
    """The processes that this one started and that live."""
    return [int(path.parent.name) for path in proc.glob("[0-9]*/stat") if _stat(path).parent == pid]


def cpu_s(pid: int, proc: Path = PROC) -> float:
    """Processor seconds so far of this process."""
    return _stat(proc / str(pid) / "stat").cpu_s


def group_cpu_s(group: int, proc: Path = PROC) -> float:
    """Processor seconds so far of all processes that live in this process group."""
    return sum(stat.cpu_s for path in proc.glob("[0-9]*/stat") for stat in [_stat(path)] if stat.group == group)


class _Stat(NamedTuple):
    parent: int
    group: int
    cpu_s: float


def _stat(path: Path) -> _Stat:
    """Of a process; zeros of one that has just ended."""
    try:
        fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()  # the name may hold anything
    except OSError:
        return _Stat(0, 0, 0.0)
    return _Stat(int(fields[1]), int(fields[2]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))


def _kilobytes(path: Path, name: str) -> float:
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    except OSError:
        return math.nan
    return float(found[1]) if found else math.nan
