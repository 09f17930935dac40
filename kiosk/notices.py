"""What is wrong with the running station, told by its parts: the worst as one sentence for the screen, each by its name for the doctor.

What must not go in: why a part has a problem, and what is done about it.
"""

from collections.abc import Mapping
from typing import Protocol

from kiosk.words import NOTHING

FAULTS = ("camera", "pose")
"""Without these nothing is measured."""
ORDER = (*FAULTS, "power_off", "panel", "voice", "treadmill", "microphone", "clinic", "network", "machine", "camera_place")
"""What the staff should know on the screen, the worst first. The store is not among them: the order of work looks at it itself."""


class Part(Protocol):
    """Whatever can have a problem."""

    @property
    def problem(self) -> str:
        """A sentence for the staff; "" when all is well."""


class Notices:
    """The parts that there are by now. `add` before the threads run; the rest may be asked from any thread."""

    def __init__(self, **parts: Part) -> None:
        self._parts = parts

    def add(self, name: str, part: Part) -> None:
        """One more, or another in its place."""
        self._parts = {**self._parts, name: part}

    def by_name(self) -> Mapping[str, str]:
        """Every part's problem, "" for none."""
        return {name: part.problem for name, part in self._parts.items()}

    @property
    def fault(self) -> str:
        """What keeps the station from measuring; "" when nothing does."""
        return self._first(FAULTS)

    @property
    def worst(self) -> str:
        """What the staff should know now; "" for nothing."""
        return self._first(ORDER)

    def _first(self, names: tuple[str, ...]) -> str:
        parts = (self._parts[name] for name in names if name in self._parts)
        return next((problem for part in parts if (problem := part.problem)), NOTHING)
