"""One row of the rules table, and how a metric is read by it: which number, how far it can be trusted, which limits.

What must not go in: the rows themselves (rules.py), links between faults (chains.py), time (cues.py).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from kiosk.coach.bands import Band
from kiosk.coach.known_errors import NONE_KNOWN, known_error
from kiosk.domain import MetricValue, Moment, Quality, Side
from kiosk.words import NOTHING, Phrase

MIN_STRIDES = 7
"""Fewer strides of a leg are never coached (METRICS.md: 4 to 6 is quality "low")."""

NOISE_SE = 1.645
"""Standard errors a value must be beyond a limit: one-sided 95 % of the normal distribution; the level is our choice."""

LINES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "head": (("ear", "shoulder"),),
    "trunk": (("shoulder", "hip"),),
    "long line": (("shoulder", "hip"), ("hip", "ankle")),
    "stance leg": (("hip", "ankle"),),
    "thigh": (("hip", "knee"),),
    "shank": (("knee", "ankle"),),
    "knee": (("hip", "knee"), ("knee", "ankle")),
    "upper arm": (("shoulder", "elbow"),),
    "forearm": (("elbow", "wrist"),),
    "arm": (("shoulder", "elbow"), ("elbow", "wrist")),
}
"""Lines of one side of the body that a picture can mark."""
ACROSS: Mapping[str, str] = {"shoulders": "shoulder", "hips": "hip", "feet": "ankle"}
"""Lines from the left to the right point of a pair."""


@dataclass(frozen=True)
class Rule:
    """What makes a fault, how to say it and how to draw it. Grades: A measured, B direction known, C experts, D ours."""

    name: str
    metric: str
    band: Band | None
    """Typical values; None: only the runner's own baseline ± the own margin is one."""
    direction: Literal["low", "high", "both"]
    """On which side of the band it is a fault."""
    grade: str
    source: str
    label: Phrase
    """Plain words for the gauge and the findings."""
    unit: Phrase
    """Plain words after the number."""
    scale: tuple[float, float]
    """Ends of the drawn gauge, our choice: a little wider than the values seen in runners."""
    rank: int
    """Place in the chain of the body; the smaller the further upstream."""
    cue: Phrase = NOTHING
    """At most six words; "" makes the row information only: it never becomes a fault."""
    cue_at: float | None = None
    """Limit of the fault in the metric's unit; None: the end of the band."""
    own_margin: float | None = None
    """With an own baseline, also a fault beyond baseline + this, in the metric's unit; None: the baseline is not used."""
    own_part: float | None = None
    """The same as a part of the baseline: 0.2 is 20 % more."""
    personal: bool = False
    """True: posture that differs between people. A known baseline takes the place of the band, which is a wide guide of ours."""
    uneven: bool = False
    """True: the reading is the difference between left and right, not the value."""
    size: bool = False
    """True: the reading is the value without its sign."""
    worst: bool = False
    """True: the side with the larger value counts, and is named."""
    share: float | None = None
    """The fault is in single strides: beyond the limit in more than this part of them; None: the median counts."""
    drill: Phrase = NOTHING
    may_come_from: Phrase = NOTHING
    """A sentence about what it may come from or lead to."""
    why: Phrase = NOTHING
    """Why it is looked at: one sentence, no promise."""
    keep: Phrase = NOTHING
    """Why a good value is worth keeping: one sentence, no promise, asks for no change; "" says nothing."""
    moment: Moment = Moment.WHOLE
    """The moment of the stride that shows it."""
    lines: tuple[str, ...] = ()
    """Rows of `LINES` or `ACROSS` that the picture marks."""
    decimals: int = 0
    """Digits after the point when written."""

    @property
    def coached(self) -> bool:
        """False for rows that only inform."""
        return bool(self.cue)

    @property
    def told(self) -> bool:
        """True when a value outside the band is worth a line of the summary: there is something to do about it."""
        return bool(self.drill)


def reading_of(rule: Rule, metric: MetricValue | None) -> float | None:
    """The number the rule looks at, in the metric's unit; None when it is not known (also for NaN)."""
    if metric is None:
        return None
    left, right = finite(metric.left), finite(metric.right)
    if rule.uneven:
        return None if left is None or right is None else abs(left - right)
    if rule.worst:
        return None if left is None or right is None else max(left, right)
    value = finite(metric.value)
    return abs(value) if rule.size and value is not None else value


def is_trusted(metric: MetricValue | None) -> bool:
    """True when the metric may be coached: quality good, and enough strides of each leg."""
    return metric is not None and metric.quality is Quality.GOOD and metric.n >= MIN_STRIDES


def noise_of(rule: Rule, metric: MetricValue) -> float:
    """How far the reading may be off by chance, in the metric's unit; infinite when the spread is unknown.

    The standard error of a median is sqrt(pi / 2) SD / sqrt(n) for normal values (Kenney & Keeping 1962); `spread`
    stands for the SD, and `n` is that of the leg with fewer strides, which errs on the quiet side where two legs are
    averaged. A difference of two legs has sqrt(2) times the error of one.
    """
    spread = finite(metric.spread)
    if spread is None or metric.n < 1:
        return math.inf
    error = math.sqrt(math.pi / 2 / metric.n) * spread
    return NOISE_SE * error * (math.sqrt(2) if rule.uneven else 1)


def own_margin(rule: Rule, own: float | None) -> float | None:
    """How far beyond the runner's own usual value is a fault, in the metric's unit; None when the rule does not use it."""
    if own is None:
        return None
    return rule.own_margin if rule.own_part is None else rule.own_part * abs(own)


def typical(rule: Rule, speed_kmh: float | None, own: float | None = None) -> tuple[float, float] | None:
    """The typical band; None when the rule needs an own baseline and there is none."""
    margin = own_margin(rule, own)
    if own is not None and margin is not None and (rule.personal or rule.band is None):
        return own - margin, own + margin
    return None if rule.band is None else rule.band.at(speed_kmh)


def limits(rule: Rule, band: tuple[float, float], own: float | None = None) -> tuple[float, float]:
    """Values below the first or above the second are a fault; infinite on a side the rule does not watch."""
    low, high = (end if rule.cue_at is None else rule.cue_at for end in band)
    margin = own_margin(rule, own)
    if own is not None and margin is not None:
        high = min(high, own + margin)
    return _watched(rule, low, high)


def sure_limits(rule: Rule, metric: MetricValue, band: tuple[float, float], own: float | None = None) -> tuple[float, float]:
    """Values beyond these are surely a fault: the limits, further out by the noise and by the known error of the network.

    The same network measured the own baseline, so that its error is in both and only the noise counts there.
    """
    low, high = limits(rule, band)
    low, high = surely_outside(rule, metric, low, high + _share_shift(rule, metric), compared_with_own=own is not None and rule.personal)
    margin = own_margin(rule, own)
    if own is not None and margin is not None:
        high = min(high, own + margin + noise_of(rule, metric))
    return _watched(rule, low, high)


def surely_outside(rule: Rule, metric: MetricValue, low: float, high: float, *, compared_with_own: bool = False) -> tuple[float, float]:
    """Both ends, further out by the noise of the reading and the known error of the network."""
    error = NONE_KNOWN if compared_with_own else known_error(rule.metric)
    if rule.uneven or rule.size:
        error = error._replace(low=max(error), high=max(error))
    noise = noise_of(rule, metric)
    return low - noise - error.low, high + noise + error.high


def _share_shift(rule: Rule, metric: MetricValue) -> float:
    """The median at which the share of strides beyond the limit is just reached, from the limit, for normal values; 0 without a share."""
    spread = finite(metric.spread)
    return 0.0 if rule.share is None or spread is None else -NormalDist().inv_cdf(1 - rule.share) * spread


def _watched(rule: Rule, low: float, high: float) -> tuple[float, float]:
    return (-math.inf if rule.direction == "high" else low), (math.inf if rule.direction == "low" else high)


def side_out(rule: Rule, metric: MetricValue, low: float, high: float) -> Side | None:
    """The side outside [low, high] when the other is known and inside; with `worst` the larger one; None otherwise."""
    left, right = finite(metric.left), finite(metric.right)
    if left is None or right is None or (rule.uneven and not rule.worst):
        return None
    if rule.uneven:
        return Side.LEFT if left > right else Side.RIGHT
    left_out, right_out = not low <= left <= high, not low <= right <= high
    if left_out == right_out:
        return None
    return Side.LEFT if left_out else Side.RIGHT


def finite(number: float | None) -> float | None:
    """The number; None for None, NaN and infinity."""
    return None if number is None or not math.isfinite(number) else number
