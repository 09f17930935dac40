"""How hot the board is, and whether it slows itself down for heat or for a weak power supply.

Bits of get_throttled: the firmware's own (https://www.raspberrypi.com/documentation/computers/os.html#get_throttled); where Linux
shows them: PLATFORM.md 6. Under-voltage is also an alarm of the hwmon driver rpi_volt, on boards whose firmware bits cannot be read.
"""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.device.files import ROOT, number_of, text_of

ZONES = ("cpu", "soc", "x86_pkg")
"""Begin of the types of thermal zones that are the processor's; where there is none of these the hottest of all counts."""
HOT_C = 80.0
"""From here on the firmware of a Raspberry Pi slows it down (its documentation: soft limit 60 to 80, throttling from 80 to 85 degrees)."""
COLDEST_C, HOTTEST_C = -40.0, 150.0
"""A sensor that says more or less is broken (our choice: wider than what the chips survive)."""
FIRMWARE = ("sys/devices/platform/soc*/*firmware/get_throttled", "sys/devices/platform/soc*/*/*firmware/get_throttled")
"""Raspberry Pi up to 4: soc/soc:firmware; later boards name the parts with an address."""
VCGENCMD = ("vcgencmd", "get_throttled")
ASK_S = 2.0
"""Longest wait for vcgencmd (our choice; it answers within milliseconds)."""
SINCE_START = 16
"""Bits from here on: the same, at some time since the start."""


@dataclass(frozen=True)
class Throttling:
    """What slows the board down, now and at some time since it started."""

    under_voltage_now: bool
    """The power supply or its cable is too weak."""
    capped_now: bool
    """The processor's frequency is capped."""
    throttled_now: bool
    """It runs slower than asked."""
    soft_limit_now: bool
    """Warmer than the soft limit, so slower."""
    under_voltage_since_start: bool = False
    capped_since_start: bool = False
    throttled_since_start: bool = False
    soft_limit_since_start: bool = False

    @property
    def slowed_now(self) -> bool:
        """Slower than it could be."""
        return self.capped_now or self.throttled_now or self.soft_limit_now


def temperature_c(root: Path = ROOT) -> float | None:
    """Of the processor, degrees Celsius; None on a machine that does not tell."""
    zones = [(text_of(zone / "type") or "", number_of(zone / "temp")) for zone in (root / "sys/class/thermal").glob("thermal_zone*")]
    found = [(kind, milli / 1000) for kind, milli in zones if milli is not None and COLDEST_C <= milli / 1000 <= HOTTEST_C]
    own = [celsius for kind, celsius in found if kind.startswith(ZONES)]
    return max(own or [celsius for _, celsius in found], default=None)


def throttling(root: Path = ROOT, ask: Callable[[], str | None] | None = None) -> Throttling | None:
    """What the firmware says; None on a machine that is no Raspberry Pi.

    Args:
        ask: in place of running vcgencmd where the kernel does not show the bits; it answers "throttled=0x50005" or None.
    """
    shown = _shown(root)
    bits = _bits(shown or (ask or _vcgencmd)() or "")
    alarm = _alarm(root)
    if bits is None and alarm is None:
        return None
    return _decoded((bits or 0) | int(bool(alarm)))


def _decoded(bits: int) -> Throttling:
    return Throttling(*(bool(bits >> place & 1) for place in (0, 1, 2, 3, *range(SINCE_START, SINCE_START + 4))))


def _shown(root: Path) -> str:
    paths = [path for pattern in FIRMWARE for path in sorted(root.glob(pattern))]
    return next((text for path in paths if (text := text_of(path))), "")


def _bits(text: str) -> int | None:
    """The number of "50005", "0x50005" or "throttled=0x50005"."""
    try:
        return int(text.rpartition("=")[2], 16)
    except ValueError:
        return None


def _alarm(root: Path) -> bool | None:
    """Under-voltage as the driver rpi_volt says; None without it."""
    drivers = (path for path in (root / "sys/class/hwmon").glob("hwmon*") if text_of(path / "name") == "rpi_volt")
    values = [number_of(path / "in0_lcrit_alarm") for path in drivers]
    known = [value for value in values if value is not None]
    return any(known) if known else None


def _vcgencmd() -> str | None:
    try:
        done = subprocess.run(VCGENCMD, capture_output=True, text=True, timeout=ASK_S, check=False)
    except (OSError, subprocess.TimeoutExpired):  # not installed, not allowed, or the firmware does not answer
        return None
    return done.stdout.strip() if done.returncode == 0 else None
