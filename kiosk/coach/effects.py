"""Did a number move when something was changed, and move back? Statistics of three short parts: usual, changed, usual (A, B, A).

Strides that follow one another are alike, and strides of one window share its error: both are counted. What must not go in: words,
time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from kiosk.coach.readings import MIN_STRIDES
from kiosk.domain import FloatArray
from kiosk.gait.drift import MEDIAN_TO_MEAN, correlation_strides
from kiosk.gait.quality import robust_spread

LEVEL = 0.05
"""Two-sided level of each of the two comparisons with a usual part (our choice); both must pass, so that less than this is confirmed
by chance (tests/coach/test_coach_selftest.py)."""
ALIKE = 1.5
"""Strides that count as one, at least: so few strides show less of how alike neighbours are than there is (our choice, by the false
alarms in the tests)."""
SMALL_DRIFT = 0.5
"""The two usual parts must be closer to each other than this part of the effect, or it is drift (our choice)."""


@dataclass(frozen=True)
class Least:
    """What a change of a metric must at least be, in the metric's unit."""

    seen: float
    """Smaller changes are never called one: parts of the same running are off by about a third of it as a whole, which their strides
    cannot show (overstride 0.004, arm swing 1 degree: 12 made runners, points 1.5 % of a leg off; the other rows: our choice)."""
    matters: float
    """A change of this size would matter: a test that could not see it says that it cannot tell (our choice: the cue's own margin,
    or a third of the typical band)."""


LEAST: Mapping[str, Least] = {
    "arm_swing_deg": Least(5.0, 15.0),
    "cadence_spm": Least(2.0, 6.0),
    "trunk_lean_deg": Least(1.0, 4.0),
    "head_forward_deg": Least(2.0, 8.0),
    "waist_bend_deg": Least(1.0, 5.0),
    "thigh_back_deg": Least(1.5, 5.0),
    "overstride_ratio": Least(0.012, 0.04),
    "bounce_ratio": Least(0.006, 0.02),
    "wrist_crossover_ratio": Least(0.05, 0.2),
    "step_width_ratio": Least(0.01, 0.04),
    "pelvic_drop_deg": Least(0.8, 2.5),
}
"""Metric -> its row; every metric of `TRIALS` has one."""


@dataclass(frozen=True)
class Effect:
    """What the change did to one metric."""

    levels: tuple[float, float, float]
    """Usual, changed, usual again, in the metric's unit."""
    limit: float
    """Smallest difference of two parts that is more than noise."""
    least: Least

    @property
    def _steps(self) -> tuple[float, float]:
        """Changed less usual, for both usual parts."""
        return self.levels[1] - self.levels[0], self.levels[1] - self.levels[2]

    @property
    def moved(self) -> bool:
        """The changed part differs from the first usual one by more than noise."""
        return abs(self._steps[0]) > max(self.limit, self.least.seen)

    @property
    def returned(self) -> bool:
        """The changed part differs from the second usual one too, to the same side, and the usual ones are close to each other."""
        there, back = self._steps
        beyond = abs(back) > max(self.limit, self.least.seen) and there * back > 0
        return beyond and abs(there - back) < SMALL_DRIFT * abs(there + back) / 2

    @property
    def drifted(self) -> bool:
        """The two usual parts differ by more than noise, or the number moved and did not come back."""
        apart = abs(self.levels[2] - self.levels[0]) > max(self.limit, self.least.seen)
        return apart or (self.moved and not self.returned)

    @property
    def blurred(self) -> bool:
        """A change that matters could have been missed."""
        return self.limit > self.least.matters


def effect(metric: str, sides: Sequence[Sequence[Sequence[float]]]) -> Effect | None:
    """The effect on a metric from the strides of one leg or both.

    Args:
        metric: a row of `LEAST`.
        sides: for each leg (or one row for metrics without sides) the values of the three parts, by time.

    Returns:
        None without values, or with fewer than 7 strides of a leg in a part. Both legs share hip and camera, so that the error of
        their mean is the mean of their errors, as in kiosk/gait/drift.py.
    """
    if not sides or min((len(part) for side in sides for part in side), default=0) < MIN_STRIDES:
        return None
    legs = [[np.asarray(part, float) for part in side] for side in sides]
    levels = np.mean([[float(np.median(part)) for part in leg] for leg in legs], axis=0)
    limit = float(np.mean([least_difference(leg) for leg in legs]))
    return Effect((float(levels[0]), float(levels[1]), float(levels[2])), limit, LEAST[metric])


def least_difference(parts: Sequence[FloatArray]) -> float:
    """Smallest difference of the medians of two parts that is more than noise: Student's t with as many strides as count.

    Neighbours that are alike count for less than one stride each (kiosk/gait/drift.py).
    """
    rests = [part - np.median(part) for part in parts]
    spread = robust_spread(np.concatenate(rests))
    if spread == 0.0:
        return 0.0
    alike = max(ALIKE, correlation_strides(rests, spread))
    independent = max(2.0, min(len(part) for part in parts) / alike)
    freedom = len(parts) * (independent - 1)
    error = MEDIAN_TO_MEAN * spread * np.sqrt(2 / independent)
    return student_t(1 - LEVEL / 2, freedom) * float(error)


def student_t(probability: float, freedom: float) -> float:
    """Quantile of Student's t, from the normal one (Abramowitz & Stegun 1964, 26.7.5): within 4 % from 3 degrees of freedom on."""
    z = NormalDist().inv_cdf(probability)
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
