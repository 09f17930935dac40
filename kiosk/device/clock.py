"""Is the wall clock to be trusted? Without asking systemd and without adjtimex, which a hardened service may not call.

What must not go in: timing of anything. Inside a run only the frames' own monotonic stamps count.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kiosk.device.files import ROOT

EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)
"""The program is younger than this (our choice): a clock before it was never set, as on a Pi without battery and network."""
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Nobody runs on this any more (our choice): a clock after it was set to nonsense."""
TIMESYNC = Path("run/systemd/timesync")
"""Folder of systemd-timesyncd, which Debian and Raspberry Pi OS use; it makes `synchronized` once a time server was heard."""


@dataclass(frozen=True)
class Clock:
    """The wall clock, looked at once."""

    now: datetime
    """What it says, UTC."""
    plausible: bool
    """Not before EARLIEST and not after LATEST."""
    synchronised: bool | None
    """A time server was heard since the start; None where systemd-timesyncd does not run and nobody can tell."""
    has_battery_clock: bool
    """The board has a clock that runs while it is off; whether it has its battery cannot be read."""

    @property
    def trusted(self) -> bool:
        """Good enough for labels: plausible, and set by a time server or kept by a clock of the board."""
        return self.plausible and (self.synchronised is not False or self.has_battery_clock)


def clock(root: Path = ROOT, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Clock:
    """How the wall clock is."""
    said = now()
    folder = root / TIMESYNC
    synchronised = (folder / "synchronized").exists() if folder.is_dir() else None
    battery = any((root / "sys/class/rtc").glob("rtc*"))
    return Clock(said, EARLIEST <= said < LATEST, synchronised, battery)
