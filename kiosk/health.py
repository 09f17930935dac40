"""How the station itself is: one `Check` a matter, for the doctor's lines, its page, and what the running station notices.

What must not go in: reading a device, a clock or a file, and deciding what a run does about it.
"""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.words import NOTHING, Phrase


class Level(StrEnum):
    """How bad it is, the worst last."""

    OK = "ok"
    ABSENT = "absent"
    """Not on this machine, or not asked for: nothing to judge."""
    NOTE = "note"
    """It works, but somebody should know."""
    WRONG = "wrong"
    """Something does not work, and a person must mend it."""


@dataclass(frozen=True)
class Check:
    """One matter, looked at once."""

    name: str
    """Stable name for programs, e.g. "camera", "disk"."""
    level: Level
    found: Phrase
    """What was found, a whole sentence with its numbers."""
    advice: Phrase = NOTHING
    """What to do about it; NOTHING where nothing is to be done."""
    value: float | None = None
    """The number that was judged; None where there is none."""
    unit: str = ""
    """Of the value, e.g. "frames/s", "°C"."""
