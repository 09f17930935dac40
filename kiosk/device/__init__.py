"""Readings of the machine the station runs on: heat, power, memory, disk, clock, board.

Each is a small function that looks once, costs well under a millisecond, and returns None where this machine has nothing to read. `root`
stands for "/" in tests. What must not go in: judging a reading (kiosk/watch.py, kiosk/doctor), words for people.
"""

from kiosk.device.board import model, uptime_s
from kiosk.device.clock import Clock, clock
from kiosk.device.files import ROOT
from kiosk.device.heat import HOT_C, Throttling, temperature_c, throttling
from kiosk.device.room import LITTLE_MEMORY_BYTES, LOW_DISK_BYTES, Disk, Memory, disk, memory

__all__ = [
    "HOT_C",
    "LITTLE_MEMORY_BYTES",
    "LOW_DISK_BYTES",
    "ROOT",
    "Clock",
    "Disk",
    "Memory",
    "Throttling",
    "clock",
    "disk",
    "memory",
    "model",
    "temperature_c",
    "throttling",
    "uptime_s",
]
