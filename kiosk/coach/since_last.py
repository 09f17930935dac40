"""How a value changed since the last run, in words, and only when the change is more than noise.

What must not go in: comparing two bouts that are both at hand (kiosk/compare.py); here only numbers with n and spread are left of the
last run. Whoever calls gives the last run at equal speed only (Progress.last_at).
"""

import math

from kiosk.coach.known_errors import known_error
from kiosk.coach.readings import MIN_STRIDES, Rule, finite, reading_of
from kiosk.domain import MetricValue, Quality
from kiosk.words import NOTHING, Phrase

SURE_CHANGE = 1.96
"""Standard errors of the difference: 95 %, as for the smallest detectable change (docs/metrics.md)."""
STRIDES_AS_ONE = 4
"""Strides that follow one another are alike: with a correlation of neighbours of 0.6, the largest that tests/gait/test_gait_drift.py
tries, (1 + 0.6) / (1 - 0.6) = 4 strides tell as much as one that stands alone."""
SET_UP_PART = 0.5
"""Part of the network's known error that may differ between two runs, as posture, clothes and the camera's place do (our choice)."""


def noise_of_change(rule: Rule, before: MetricValue, after: MetricValue) -> float:
    """A smaller change of the reading is called noise, in the metric's unit; infinite when a spread is unknown.

    1.96 x the standard error of the difference of two medians, each sqrt(pi / 2) x spread x sqrt(4 / n), plus half of the known error.
    """
    spreads = [finite(value.spread) for value in (before, after)]
    if None in spreads or min(before.n, after.n) < 1:
        return math.inf
    squares = [
        math.pi / 2 * (spread or 0.0) ** 2 * STRIDES_AS_ONE / value.n for spread, value in zip(spreads, (before, after), strict=True)
    ]
    legs = 2 if rule.uneven else 1
    return SURE_CHANGE * math.sqrt(legs * sum(squares)) + SET_UP_PART * max(known_error(rule.metric))


def change_words(rule: Rule, before: MetricValue | None, after: MetricValue | None, band: tuple[float, float] | None) -> Phrase:
    """Since the last run: closer to the typical band, further from it, or just changed; nothing within noise or when not comparable."""
    old, new = reading_of(rule, before), reading_of(rule, after)
    if before is None or after is None or old is None or new is None or not (_usable(before) and _usable(after)):
        return NOTHING
    if not abs(new - old) > noise_of_change(rule, before, after):
        return NOTHING
    values = {"change": new - old, "decimals": rule.decimals, "unit": rule.unit}
    closer = 0.0 if band is None else _outside(rule, old, band) - _outside(rule, new, band)
    if closer > 0:
        return Phrase("Better than last time: {change:+.{decimals}f} {unit}, closer to the band.", **values)
    if closer < 0:
        return Phrase("Further from the band than last time: {change:+.{decimals}f} {unit}.", **values)
    return Phrase("Changed since last time: {change:+.{decimals}f} {unit}.", **values)


def _usable(value: MetricValue) -> bool:
    return value.quality is Quality.GOOD and value.n >= MIN_STRIDES


def _outside(rule: Rule, value: float, band: tuple[float, float]) -> float:
    """How far outside the band on a side that the row watches, in the metric's unit; 0 inside."""
    below = band[0] - value if rule.direction != "high" else 0.0
    above = value - band[1] if rule.direction != "low" else 0.0
    return max(below, above, 0.0)
