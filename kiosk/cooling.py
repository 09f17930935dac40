"""A device that grows hot looks at fewer pictures a second before its firmware slows it down, so that it cools.

Slowed by the firmware, every answer of the network comes late and the rate falls by itself to whatever is left; with fewer pictures each
answer is as fast as ever. What must not go in: how heat is read (kiosk/device), and what the staff is told (kiosk/watch.py).
"""

from dataclasses import dataclass

from kiosk.device import HOT_C


@dataclass(frozen=True)
class Step:
    """One row of the table."""

    from_c: float
    """Degrees Celsius from which it holds."""
    frames_per_s: float
    """At most so many pictures a second."""


STEPS = (Step(HOT_C - 3, 24.0), Step(HOT_C, 20.0), Step(HOT_C + 3, 15.0))
"""The hotter the lower. Our choice: before, at, and after the firmware's limit, in steps of a fifth to a quarter of the work. Never below
15, with which every metric is as good as with 30 (docs/accuracy.md, "Fewer frames a second")."""
BACK_C = 3.0
"""A step ends so far below where it began (our choice: the heat of one run more or less, so that the rate does not swing)."""
EARLY_S = 0.005
"""A picture that comes so much early is not left out (our choice: stamps jitter less, and two at 60 a second are further apart)."""


class Cooling:
    """How many pictures a second the station looks at. `update` and `wanted` are called by one thread each."""

    def __init__(self) -> None:
        self._step: Step | None = None
        self._due_s = float("-inf")

    @property
    def frames_per_s(self) -> float | None:
        """The limit now; None for none."""
        return self._step.frames_per_s if self._step is not None else None

    def update(self, celsius: float | None) -> None:
        """The processor is so hot now; None on a machine that does not tell, which is never limited."""
        if celsius is None:
            self._step = None
            return
        holds = [step for step in STEPS if celsius >= step.from_c]
        lasts = [step for step in STEPS if self._step is not None and step.from_c <= self._step.from_c and celsius > step.from_c - BACK_C]
        self._step = max((*holds, *lasts), key=lambda step: step.from_c, default=None)

    def wanted(self, t_s: float) -> bool:
        """Is the picture with this stamp, seconds, to be looked at? Asked once a picture, in their order."""
        step = self._step
        if step is None:
            return True
        gap_s = 1.0 / step.frames_per_s
        if self._due_s - gap_s - EARLY_S <= t_s < self._due_s - EARLY_S:
            return False
        # The next is due a gap after this one was due, not after it came: a camera at 30 a second then gives 20, two of three.
        self._due_s = max(self._due_s, t_s - gap_s) + gap_s if t_s >= self._due_s - EARLY_S else t_s + gap_s
        return True
