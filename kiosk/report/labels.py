"""Words that all reports share: plain names of the metrics, grades, qualities, moments, and how numbers and dates are written.

What must not go in: HTML, PDF, what a report tells.
"""

import math
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from kiosk.coach.rules import RULES
from kiosk.coach.sentences import seen, written, written_spread
from kiosk.domain import MetricValue, Moment, Quality, Side, View
from kiosk.gait.metrics import METRICS
from kiosk.words import NOTHING, Language, Phrase
from kiosk.words.catalogue import translated

UNCOACHED = {
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
LABELS = UNCOACHED | {name: (rule.label, rule.unit) for name, rule in ABOUT_ITS_VALUE.items()}
"""Metric -> plain words and unit."""
TO_SIDE = {
    "lateral_lean_deg": (Phrase("to the left"), Phrase("to the right")),
    "step_symmetry_pct": (Phrase("longer onto the left"), Phrase("longer onto the right")),
}
"""Metrics whose sign is a side of the runner: words for below and above zero in place of the sign, which nobody could read."""
ORDER = {row.name: place for place, row in enumerate(METRICS)}
"""Rows of the table go from the rhythm over the legs to the arms, as gait measures them."""
QUALITIES = {Quality.GOOD: Phrase("good"), Quality.LOW: Phrase("low"), Quality.NONE: Phrase("none")}
SIDES = {Side.LEFT: Phrase("left"), Side.RIGHT: Phrase("right")}
VIEWS = {View.LEFT: Phrase("left"), View.RIGHT: Phrase("right"), View.FRONT: Phrase("front"), View.REAR: Phrase("rear")}
NO_ADVICE = Phrase("No medical advice: these are measures of form, not of health. If something hurts, stop and ask a professional.")
MOMENTS = {
    Moment.CONTACT: Phrase("First contact, {side} foot"),
    Moment.MIDSTANCE: Phrase("Middle of the stance, {side} foot"),
    Moment.TOE_OFF: Phrase("Toe-off, {side} foot"),
    Moment.SWING: Phrase("Swing, {side} leg"),
    Moment.WHOLE: Phrase("Your typical stride"),
}
GRADES = {
    "A": Phrase("A: measured"),
    "B": Phrase("B: direction from studies"),
    "C": Phrase("C: experts' guide"),
    "D": Phrase("D: our choice"),
}


def digits_of(metric: str) -> int:
    """Digits after the point of a metric in a table (our choice: about a tenth of the usual spread)."""
    return 3 if metric.endswith("_ratio") else 1


def around(spread: float | None, decimals: int) -> Phrase:
    """± the spread; one more digit where it would be written as none; nothing for None and NaN."""
    if spread is None or not math.isfinite(spread):
        return NOTHING
    shown = written_spread(spread, decimals)
    return Phrase("± {spread:.{decimals}f}", spread=shown, decimals=seen(shown, decimals))


@dataclass(frozen=True)
class Speech:
    """Words and numbers in one language, as plain text."""

    language: Language

    def say(self, text: str) -> str:
        """The text in the language."""
        return translated(text, self.language)

    def name(self, metric: str) -> str:
        """Plain words for a metric; its name when it has none."""
        return self.say(LABELS[metric][0]) if metric in LABELS else metric

    def unit(self, metric: str) -> str:
        """Plain words for the unit; "" when there is none."""
        return self.say(LABELS[metric][1]) if metric in LABELS else ""

    def digits(self, value: float | None, digits: int) -> str:
        """The number; "" for None and NaN."""
        if value is None or not math.isfinite(value):
            return ""
        return self.say(Phrase("{value:.{decimals}f}", value=written(value, digits), decimals=digits))

    def measured(self, metric: str, m: MetricValue) -> str:
        """Value, spread, unit, and in words the side that a sign stands for."""
        digits = digits_of(metric)
        number, to_side = self.without_sign(metric, m.value, digits)
        parts = (number, self.say(around(m.spread, digits)), self.unit(metric), to_side)
        return " ".join(part for part in parts if part)

    def without_sign(self, metric: str, value: float | None, digits: int) -> tuple[str, str]:
        """The number, and in words the side that its sign stands for; the sign itself for the other metrics."""
        if metric not in TO_SIDE or value is None or not written(value, digits):
            return self.digits(value, digits), ""
        return self.digits(abs(value), digits), self.say(TO_SIDE[metric][value > 0])

    def day(self, started_utc: str, length: str = "long") -> str:
        """The date as the language writes it; as it is stored when it is none."""
        try:
            return str(format_date(date.fromisoformat(started_utc[:10]), length, locale=self.language.value))
        except ValueError:
            return started_utc[:10]
