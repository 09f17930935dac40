"""One row of the rules table, and how a metric is read by it: which number, how far it can be trusted, which limits.

What must not go in: the rows themselves (rules.py), links between faults (chains.py), time (cues.py).
"""

import math
from dataclasses import dataclass
from typing import Literal

from kiosk.coach.bands import Band
from kiosk.domain import MetricValue, Quality, Side
from kiosk.words import NOTHING, Phrase

MIN_STRIDES = 7
"""Fewer strides of a leg are never coached (METRICS.md: 4 to 6 is quality "low")."""

NOISE_SE = 1.645
"""Standard errors a value must be beyond a limit: one-sided 95 % of the normal distribution; the level is our choice."""


@dataclass(frozen=True)
class Rule:
    """What makes a fault, how to say it and how to draw it. Grades: A measured, B direction known, C experts, D ours."""

    name: str
    metric: str
    band: Band | None
    """Typical values; None: only the runner's own baseline ± `own_margin` is one."""
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
    uneven: bool = False
    """True: the reading is the difference between left and right, not the value."""
    drill: Phrase = NOTHING
    may_come_from: Phrase = NOTHING
    """A sentence about what it may come from or lead to."""
    decimals: int = 0
    """Digits after the point when written."""

    @property
    def coached(self) -> bool:
        """False for rows that only inform."""
        return bool(self.cue)


def reading_of(rule: Rule, metric: MetricValue | None) -> float | None:
    """The number the rule looks at, in the metric's unit; None when it is not known (also for NaN)."""
    if metric is None:
        return None
    if not rule.uneven:
        return finite(metric.value)
    left, right = finite(metric.left), finite(metric.right)
    return None if left is None or right is None else abs(left - right)


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


def typical(rule: Rule, speed_kmh: float | None, own: float | None = None) -> tuple[float, float] | None:
    """The typical band; None when the rule needs an own baseline and there is none."""
    if rule.band is not None:
        return rule.band.at(speed_kmh)
    if own is None or rule.own_margin is None:
        return None
    return own - rule.own_margin, own + rule.own_margin


def limits(rule: Rule, band: tuple[float, float], own: float | None = None) -> tuple[float, float]:
    """Values below the first or above the second are a fault; infinite on a side the rule does not watch."""
    low, high = (end if rule.cue_at is None else rule.cue_at for end in band)
    if own is not None and rule.own_margin is not None:
        high = min(high, own + rule.own_margin)
    return (-math.inf if rule.direction == "high" else low), (math.inf if rule.direction == "low" else high)


def side_out(rule: Rule, metric: MetricValue, low: float, high: float) -> Side | None:
    """The side outside [low, high] when the other is known and inside; None otherwise."""
    left, right = finite(metric.left), finite(metric.right)
    if rule.uneven or left is None or right is None:
        return None
    left_out, right_out = not low <= left <= high, not low <= right <= high
    if left_out == right_out:
        return None
    return Side.LEFT if left_out else Side.RIGHT


def finite(number: float | None) -> float | None:
    """The number; None for None, NaN and infinity."""
    return None if number is None or not math.isfinite(number) else number
