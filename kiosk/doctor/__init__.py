"""What is wrong with this station, and what to do about it: a table of checks.

A new check is a function in one of the *_rows.py and a row of MATTERS. What must not go in: mending
(docs/reliability.md), words of the page's own (kiosk/web), how a finding is written on a terminal (kiosk/doctor/text.py).
"""

import logging
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kiosk.doctor import camera_rows, data_rows, machine_rows, model_rows, panel_rows, service_rows
from kiosk.doctor.case import Case
from kiosk.health import Check, Level
from kiosk.words import Phrase

LOG = logging.getLogger(__name__)
LATER = Phrase("Not looked at now: somebody runs, and this would slow the station down.")
UNSET = Phrase("Not looked at: the settings file cannot be used.")
BROKEN = Phrase("This check itself failed ({error}).")
REPORT = Phrase("This is a fault of the program: please report it with the log. The other lines still count.")
ORDER = (Level.OK, Level.ABSENT, Level.NOTE, Level.WRONG)
"""From fine to bad."""


@dataclass(frozen=True)
class Matter:
    """A row of the table."""

    name: str
    """Of its checks, for programs."""
    title: Phrase
    """For people."""
    look: Callable[[Case], Check | tuple[Check, ...]]
    heavy: bool = False
    """Would slow a run down: not while somebody runs."""
    anyway: bool = False
    """Needs nothing that the settings file says."""
    keep_s: float = 0.0
    """In a running station, how long its answer holds before it is looked at again, seconds."""


MATTERS: tuple[Matter, ...] = (
    Matter("settings", Phrase("Settings file"), data_rows.settings, anyway=True),
    Matter("station", Phrase("Station"), service_rows.station, anyway=True),
    Matter("camera", Phrase("Camera"), camera_rows.camera),
    Matter("frame_rate", Phrase("Frame rate"), camera_rows.frame_rate),
    Matter("frame_gaps", Phrase("Missing pictures"), camera_rows.frame_gaps),
    Matter("shutter", Phrase("Exposure"), camera_rows.shutter),
    Matter("light", Phrase("Light"), camera_rows.light),
    Matter("camera_moved", Phrase("Camera's place"), camera_rows.camera_moved, heavy=True, keep_s=300),
    Matter("model", Phrase("Model file"), model_rows.model, heavy=True, keep_s=600),
    Matter("self_test", Phrase("Self-test of the network"), model_rows.self_answer, heavy=True, keep_s=600),
    Matter("speed", Phrase("Speed"), model_rows.speed),
    Matter("buttons", Phrase("Buttons"), panel_rows.buttons),
    Matter("lamp", Phrase("Lamp and buzzer"), panel_rows.lamp),
    Matter("disk", Phrase("Room on the disk"), data_rows.disk),
    Matter("data", Phrase("Data folder"), data_rows.data, keep_s=60),
    Matter("database", Phrase("Database"), data_rows.database, heavy=True, keep_s=600),
    Matter("backups", Phrase("Backups"), data_rows.backups),
    Matter("memory", Phrase("Memory"), machine_rows.memory, anyway=True),
    Matter("temperature", Phrase("Temperature"), machine_rows.temperature, anyway=True),
    Matter("power", Phrase("Power supply"), machine_rows.power, anyway=True),
    Matter("clock", Phrase("Clock"), machine_rows.clock, anyway=True),
    Matter("units", Phrase("Services"), service_rows.units, anyway=True, keep_s=10),
    Matter("screen", Phrase("Screen"), service_rows.screen),
    Matter("network", Phrase("Network"), service_rows.network),
    Matter("bluetooth", Phrase("Treadmill over Bluetooth"), service_rows.bluetooth),
    Matter("microphone", Phrase("Microphone"), service_rows.microphone),
    Matter("voice", Phrase("Voice"), service_rows.voice),
)
"""In the order of the way of the data, then the device, then what runs on it. docs/doctor.md says what each line means."""

TITLES = {matter.name: matter.title for matter in MATTERS}


def examine(case: Case, matters: Iterable[Matter] = MATTERS) -> tuple[Check, ...]:
    """Every check of these rows, in their order. Never raises for what a check finds or does wrong."""
    return tuple(check for matter in matters for check in looked_at(matter, case))


def looked_at(matter: Matter, case: Case) -> tuple[Check, ...]:
    """The checks of one row."""
    if matter.heavy and case.busy:
        return (Check(matter.name, Level.ABSENT, LATER),)
    if case.settings.problem and not case.inside and not matter.anyway:
        return (Check(matter.name, Level.ABSENT, UNSET),)
    try:
        found = matter.look(case)
    except Exception as error:  # the one place where this is right: whatever breaks a check, the person still gets all other lines
        LOG.exception("the doctor's check %s failed", matter.name)
        return (Check(matter.name, Level.WRONG, BROKEN.filled(error=_where(error)), REPORT),)
    return found if isinstance(found, tuple) else (found,)


def worst(checks: Iterable[Check]) -> Level:
    """The level of the worst; what is absent is no fault."""
    level = max((check.level for check in checks), key=ORDER.index, default=Level.OK)
    return Level.OK if level is Level.ABSENT else level


def _where(error: Exception) -> str:
    """Kind and place, without the error's own text, which may hold what is private."""
    trace = traceback.extract_tb(error.__traceback__)
    place = f" in {trace[-1].filename.rpartition('/')[2]}:{trace[-1].lineno}" if trace else ""
    return f"{type(error).__name__}{place}"
