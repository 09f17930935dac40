"""What the metronome should beat: the runner's own cadence and a little more.

What must not go in: sound (kiosk/web), whether it is on.
"""

from statistics import median

from kiosk.coach.readings import is_trusted
from kiosk.domain import MetricValue

MORE = 1.05
"""Part of the own cadence: +5 % already takes load off knee and hip (Heiderscheit 2011)."""
OWN_FROM_S = 30.0
"""Judged running from which the own cadence is taken, seconds (our choice: the runner has found the pace)."""
OWN_FOR_S = 20.0
"""Length of the stretch it is the median of (our choice: with the window before it about half a minute of steps)."""


class OwnCadence:
    """The own cadence of this run's beginning, at this run's speed; held from then on, so that the beat never runs away."""

    def __init__(self) -> None:
        self._first_s: float | None = None
        self._seen: list[float] = []
        self._before: list[float] = []
        """All looks so far, for a run in which a cue comes before the pace is found."""
        self.target_spm: float | None = None
        """Beats a minute; None until the own cadence is known."""

    def update(self, t_s: float, cadence: MetricValue | None, cued: bool = False) -> None:
        """Take one look's cadence; `cued`: the runner was told to change it, so what follows is no longer the own one."""
        if cued and self.target_spm is None and self._before:
            self.target_spm = MORE * median(self._before)
        if self.target_spm is not None or cadence is None or cadence.value is None or not is_trusted(cadence):
            return
        self._first_s = t_s if self._first_s is None else self._first_s
        into_s = t_s - self._first_s
        self._before.append(cadence.value)
        if into_s >= OWN_FROM_S:
            self._seen.append(cadence.value)
        if into_s >= OWN_FROM_S + OWN_FOR_S:
            self.target_spm = MORE * median(self._seen)
