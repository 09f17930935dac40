"""Checks of the device itself: memory, heat, power, clock. The readings are kiosk/device's; here they are judged."""

from kiosk.device import HOT_C, LITTLE_MEMORY_BYTES, temperature_c, throttling
from kiosk.device import clock as read_clock
from kiosk.device import memory as read_memory
from kiosk.doctor.case import Case
from kiosk.health import Check, Level
from kiosk.words import Phrase

MB = 1e6
NONE_MB = 50.0
"""Less than this is a fault (our choice: a third of what is a note, in kiosk/device/room.py)."""
WARM_C = HOT_C - 5
"""A note before it is a fault (our choice)."""
COOL = Phrase("Give it air: take it out of a closed box, mount a heat sink or a fan, keep it out of the sun.")
SUPPLY = Phrase("Use the power supply made for this board (5.1 V) and its own cable; unplug what hangs at its USB sockets.")


def memory(case: Case) -> Check:
    """What programs can still get."""
    found = read_memory(case.machine.root)
    if found is None:
        return Check("memory", Level.ABSENT, Phrase("This machine does not tell its memory."))
    free_mb = found.available_bytes / MB
    said = Phrase("{free_mb:.0f} of {total_mb:.0f} MB of memory are to be had.", free_mb=free_mb, total_mb=found.total_bytes / MB)
    help_ = Phrase("Stop other programs, or restart the device. 1 GB is enough for the station, 2 GB with its screen.")
    if found.available_bytes < LITTLE_MEMORY_BYTES:
        return Check("memory", Level.WRONG if free_mb < NONE_MB else Level.NOTE, said, help_, free_mb, "MB")
    return Check("memory", Level.OK, said, value=free_mb, unit="MB")


def temperature(case: Case) -> Check:
    """How hot the processor is."""
    celsius = temperature_c(case.machine.root)
    if celsius is None:
        return Check("temperature", Level.ABSENT, Phrase("This machine does not tell its temperature."))
    said = Phrase("The processor has {celsius:.0f} °C.", celsius=celsius)
    if celsius >= WARM_C:
        return Check("temperature", Level.WRONG if celsius >= HOT_C else Level.NOTE, said, COOL, celsius, "°C")
    return Check("temperature", Level.OK, said, value=celsius, unit="°C")


def power(case: Case) -> Check:
    """Whether the power supply is too weak or heat slows the board, now and since its start."""
    told = throttling(case.machine.root, lambda: case.machine.run(("vcgencmd", "get_throttled")))
    if told is None:
        return Check("power", Level.ABSENT, Phrase("Only a Raspberry Pi tells whether its power is enough."))
    if told.under_voltage_now:
        return Check("power", Level.WRONG, Phrase("The power supply is too weak now: the device may lose pictures or stop."), SUPPLY)
    if told.slowed_now:
        return Check("power", Level.WRONG, Phrase("The device slows itself down now, because it is hot."), COOL)
    if told.under_voltage_since_start:
        return Check("power", Level.NOTE, Phrase("The power supply was too weak at least once since the device was started."), SUPPLY)
    if told.throttled_since_start or told.capped_since_start or told.soft_limit_since_start:
        return Check("power", Level.NOTE, Phrase("The device slowed itself down for heat at least once since it was started."), COOL)
    return Check("power", Level.OK, Phrase("Power is enough, and nothing slows the device down."))


def clock(case: Case) -> Check:
    """Whether the dates of runs can be right."""
    told = read_clock(case.machine.root, case.machine.now)
    said = Phrase("It is {now} (UTC).", now=f"{told.now:%Y-%m-%d %H:%M}")
    if not told.plausible:
        help_ = Phrase("Runs get a wrong date and old ones may be deleted. Set it: sudo timedatectl set-time 'YYYY-MM-DD HH:MM'")
        return Check("clock", Level.WRONG, said, help_)
    if not told.trusted:
        help_ = Phrase(
            "No time server was heard since the start and there is no battery clock: compare it with a watch, or connect a network."
        )
        return Check("clock", Level.NOTE, said, help_)
    return Check("clock", Level.OK, said)
