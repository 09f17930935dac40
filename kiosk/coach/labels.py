"""Plain words, unit and digits of every metric, for whatever shows a table of measures: reports, the pages of a clinic.

What must not go in: bands and cues (the rules tables), whole sentences (sentences.py).
"""

import math
from collections.abc import Mapping

from kiosk.coach.rules import RULES
from kiosk.coach.sentences import written
from kiosk.words import NOTHING, Phrase

_UNCOACHED = {
    "duty_ratio": (Phrase("Share of the stride on the ground"), NOTHING),
    "flight_ms": (Phrase("Time in the air"), Phrase("ms")),
    "leg_lean_deg": (Phrase("Lean of the standing leg"), Phrase("degrees")),
    "knee_contact_deg": (Phrase("Knee bend at landing"), Phrase("degrees")),
    "thigh_front_deg": (Phrase("Thigh swing ahead of you"), Phrase("degrees")),
    "shoulder_tilt_deg": (Phrase("Shoulder tilt"), Phrase("degrees")),
    "bounce_cm": (Phrase("Bounce in centimetres"), Phrase("cm")),
    "arm_leg_phase_deg": (Phrase("Timing of arm and leg"), Phrase("degrees")),
}
"""Metrics without a row about their value in the rules table."""
ABOUT_ITS_VALUE = {rule.metric: rule for rule in reversed(RULES) if not rule.uneven}
"""Metric -> the first row about its value."""
_IN_TABLES = {"wrist_crossover_ratio": (Phrase("Hands to the middle, mean of both"), Phrase("shoulder widths"))}
"""Metrics whose words in a sentence ("Hand past the middle") would be wrong for half of their values."""
LABELS = _UNCOACHED | {name: (rule.label, rule.unit) for name, rule in ABOUT_ITS_VALUE.items()} | _IN_TABLES
"""Metric -> plain words and unit."""
OTHER = Phrase("Other measure")
"""Stands for a metric that only another version of the kiosk knows."""
TO_SIDE = {
    "lateral_lean_deg": (Phrase("to the left"), Phrase("to the right")),
    "step_symmetry_pct": (Phrase("longer onto the left"), Phrase("longer onto the right")),
    "wrist_crossover_ratio": (Phrase("short of it"), Phrase("past it")),
}
"""Metrics whose sign is a side, of the runner or of the middle: words for below and above zero in place of the sign, which nobody could
read."""
MOVED = TO_SIDE | {"wrist_crossover_ratio": (Phrase("away from the middle"), Phrase("towards the other side"))}
"""The same for a change of such a metric."""


def label_of(metric: str) -> Phrase:
    """Plain words for a metric; "Other measure" for a name that only another version of the kiosk knows (stored runs may have one)."""
    return LABELS[metric][0] if metric in LABELS else OTHER


def unit_of(metric: str) -> Phrase:
    """Plain words after the number of a metric; empty where there is none."""
    return LABELS[metric][1] if metric in LABELS else NOTHING


def digits_of(metric: str) -> int:
    """Digits after the point of a metric in a table (our choice: about a tenth of the usual spread)."""
    return 3 if metric.endswith("_ratio") and metric != "thigh_balance_ratio" else 1


def to_side(metric: str, value: float | None, digits: int) -> Phrase:
    """Words for the side that the sign of a value stands for; the number is then written without its sign.

    Empty for metrics whose sign is no side, without a value (None, NaN), and for a value that is written as nought.
    """
    return _by_sign(TO_SIDE, metric, value, digits)


def moved(metric: str, change: float | None, digits: int) -> Phrase:
    """Words for the direction of a change, of metrics whose sign is a side; empty as in `to_side`."""
    return _by_sign(MOVED, metric, change, digits)


def _by_sign(words: Mapping[str, tuple[Phrase, Phrase]], metric: str, value: float | None, digits: int) -> Phrase:
    if metric not in words or value is None or not math.isfinite(value) or not written(value, digits):
        return NOTHING
    return words[metric][value > 0]


def valued(metric: str, value: float) -> Phrase:
    """Number, unit and side of a value as one phrase, e.g. "2.0 degrees to the left"; a unit or side that it has not is left out.

    Args:
        metric: name, as in METRICS.
        value: finite.
    """
    digits, unit = digits_of(metric), unit_of(metric)
    side = to_side(metric, value, digits)
    number = Phrase("{value:.{digits}f}", value=written(abs(value) if side else value, digits), digits=digits)
    said = Phrase("{number} {unit}", number=number, unit=unit) if unit else number
    return Phrase("{said} {side}", said=said, side=side) if side else said
