"""What the running station notices about its machine: power, heat, memory, disk, and a wall clock that jumps.

It looks every few seconds on a thread of its own, says what the staff should know, and writes one log line a change. What must not go in:
how a reading is made (kiosk/device), and anything that a run depends on: inside a run only the frames' monotonic stamps count.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from kiosk import device
from kiosk.cooling import Cooling
from kiosk.health import Check, Level
from kiosk.threads import Stop, Worker, monotonic_s
from kiosk.words import NOTHING, Phrase

LOG = logging.getLogger(__name__)
LOOK_S = 5.0
"""Between two looks (our choice: each costs a few reads of /proc and /sys)."""
LASTS_S = 30.0
"""A note stands at least so long after it was last true, so that it does not flicker (our choice)."""
JUMP_S = 10.0
"""The wall clock and the monotonic one drift apart by less than 0.05 % (adjtimex(2)); a larger step within a look is a jump."""


@dataclass(frozen=True)
class Reading:
    """The machine, looked at once; None where it does not tell."""

    celsius: float | None = None
    throttling: device.Throttling | None = None
    memory: device.Memory | None = None
    disk: device.Disk | None = None
    clock: device.Clock | None = None
    frames_per_s: float | None = None
    """Poses a second that are computed now."""
    limit_per_s: float | None = None
    """Pictures a second that the station looks at so that it cools; None when it looks at all that it can."""


WEAK_POWER = Phrase("The power supply is too weak: the voltage drops.")
USE_OWN_SUPPLY = Phrase("Use the supply that belongs to this Raspberry Pi, with its own cable.")
HOT = Phrase("The device is hot ({celsius:.0f} °C) and runs slower.")
WARM = Phrase("The device is warm ({celsius:.0f} °C) and looks at fewer pictures, so that it cools.")
SLOWED = Phrase("The device slows itself down.")
RATE = Phrase("{found} It takes {rate:.0f} pictures a second.")
GIVE_AIR = Phrase("Give it air, shade or a fan. Numbers stay right.")
LITTLE_DISK = Phrase("The disk is nearly full: {gb:.1f} GB are free.")
MAKE_ROOM = Phrase("Delete old recordings, or keep them for fewer days (kiosk.toml).")
LITTLE_MEMORY = Phrase("Little memory is left: {mb:.0f} MB.")
RESTART = Phrase("Stop other programs on this device, or restart it.")
WRONG_CLOCK = Phrase("The clock is wrong: it says {year}.")
SET_CLOCK = Phrase("Connect the device to a network for a while. Runs are timed right; only their dates are wrong.")


def _power(seen: Reading) -> Check | None:
    if seen.throttling is None or not seen.throttling.under_voltage_now:
        return None
    return Check("power", Level.NOTE, WEAK_POWER, USE_OWN_SUPPLY)


def _heat(seen: Reading) -> Check | None:
    slowed = seen.throttling is not None and seen.throttling.slowed_now
    hot = seen.celsius is not None and seen.celsius >= device.HOT_C
    if not (slowed or hot or seen.limit_per_s is not None):
        return None
    said = SLOWED if seen.celsius is None else (HOT if slowed or hot else WARM).filled(celsius=seen.celsius)
    if seen.frames_per_s is not None:
        said = RATE.filled(found=said, rate=seen.frames_per_s)
    return Check("heat", Level.NOTE, said, GIVE_AIR, seen.celsius, "°C")


def _disk(seen: Reading) -> Check | None:
    if seen.disk is None or seen.disk.free_bytes >= device.LOW_DISK_BYTES:
        return None
    gb = seen.disk.free_bytes / 1e9
    return Check("disk", Level.NOTE, LITTLE_DISK.filled(gb=gb), MAKE_ROOM, gb, "GB")


def _memory(seen: Reading) -> Check | None:
    if seen.memory is None or seen.memory.available_bytes >= device.LITTLE_MEMORY_BYTES:
        return None
    mb = seen.memory.available_bytes / 1e6
    return Check("memory", Level.NOTE, LITTLE_MEMORY.filled(mb=mb), RESTART, mb, "MB")


def _clock(seen: Reading) -> Check | None:
    if seen.clock is None or seen.clock.plausible:
        return None
    return Check("clock", Level.NOTE, WRONG_CLOCK.filled(year=seen.clock.now.year), SET_CLOCK)


ROWS: dict[str, Callable[[Reading], Check | None]] = {"power": _power, "heat": _heat, "disk": _disk, "memory": _memory, "clock": _clock}
"""Name of the check -> what looks for it, the most urgent first."""
URGENT_FIRST = tuple(ROWS)
"""A note that only lasts keeps its place, so that two notes never take turns on the screen."""


def judged(seen: Reading) -> tuple[Check, ...]:
    """What the staff should know about this reading."""
    return tuple(found for found in (row(seen) for row in ROWS.values()) if found is not None)


class Notes:
    """Notes that stand for LASTS_S after they were last true; each change is told once."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[Check, float]] = {}

    @property
    def checks(self) -> tuple[Check, ...]:
        """Those that stand, the most urgent first."""
        return tuple(self._since[name][0] for name in URGENT_FIRST if name in self._since)

    def update(self, found: Iterable[Check], t_s: float) -> tuple[str, ...]:
        """Take what was found at this time, seconds; returns a line for the log for each note that came or went."""
        now = {check.name: (check, t_s) for check in found}
        lasting = {name: old for name, old in self._since.items() if name not in now and t_s - old[1] < LASTS_S}
        came = [f"{name}: {check.found}" for name, (check, _) in now.items() if name not in self._since]
        went = [f"{name}: over" for name in self._since if name not in now and name not in lasting]
        self._since = {**now, **lasting}
        return (*came, *went)


class Jumps:
    """Notices when the wall clock was set: it and the monotonic clock no longer go together."""

    def __init__(self) -> None:
        self._apart_s: float | None = None

    def update(self, wall_s: float, t_s: float) -> float:
        """Both clocks now, seconds; returns by how much the wall clock jumped since the last time, 0 when it did not."""
        apart_s = wall_s - t_s
        step_s = 0.0 if self._apart_s is None else apart_s - self._apart_s
        self._apart_s = apart_s
        return step_s if abs(step_s) > JUMP_S else 0.0


class Watch:
    """Looks at the machine while the station runs.

    Args:
        folder: where sessions are kept.
        rate: poses a second now; None when it is not known.
        moved: told the right time, UTC, after the wall clock jumped to a plausible one.
        on_crash: told of an error that nobody expected.
        look: reads the machine; tests bring their own.
    """

    def __init__(
        self,
        folder: Path,
        rate: Callable[[], float | None],
        moved: Callable[[datetime], None],
        on_crash: Callable[[str, Exception], None] | None = None,
        look: Callable[[Path], Reading] | None = None,
    ) -> None:
        self.checks: tuple[Check, ...] = ()
        """What stands now, the most urgent first."""
        self.cooling = Cooling()
        """How many pictures a second to look at."""
        self._folder, self._rate, self._moved = folder, rate, moved
        self._look = look or read_machine
        self._notes, self._jumps = Notes(), Jumps()
        self._worker = Worker("watch", self._run, on_crash)

    def start(self) -> "Watch":
        """Begin."""
        self._worker.start()
        return self

    def stop(self) -> None:
        """End."""
        self._worker.stop()

    @property
    def problem(self) -> Phrase:
        """The most urgent note as a sentence with its advice; NOTHING when all is well."""
        first = next(iter(self.checks), None)
        return Phrase("{found} {advice}", found=first.found, advice=first.advice) if first is not None else NOTHING

    def update(self, seen: Reading, t_s: float) -> None:
        """Take one reading at this time, monotonic seconds."""
        # the steps are those of a Pi's firmware; another computer is at home at such temperatures, and has its own fan
        self.cooling.update(seen.celsius if seen.throttling is not None else None)
        for line in self._notes.update(judged(replace(seen, limit_per_s=self.cooling.frames_per_s)), t_s):
            LOG.warning("%s", line)
        self.checks = self._notes.checks
        if seen.clock is None:
            return
        step_s = self._jumps.update(seen.clock.now.timestamp(), t_s)
        if step_s:
            LOG.warning("the wall clock jumped by %+.0f s to %s", step_s, seen.clock.now.isoformat(timespec="seconds"))
            if seen.clock.plausible:
                self._moved(seen.clock.now)

    def _run(self, stop: Stop) -> None:
        while True:
            self.update(replace(self._look(self._folder), frames_per_s=self._rate()), monotonic_s())
            if stop.wait(LOOK_S):
                return


def read_machine(folder: Path, root: Path = device.ROOT) -> Reading:
    """All readings of this machine; `root` stands for "/" in tests."""
    clock = device.clock(root)
    return Reading(device.temperature_c(root), device.throttling(root), device.memory(root), device.disk(folder), clock)
