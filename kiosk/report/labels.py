"""Words that all reports share: grades, qualities, moments, and how numbers and dates are written.

What must not go in: HTML, PDF, what a report tells, names and units of the metrics (kiosk/coach/labels.py).
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from babel.dates import format_date

from kiosk.coach.labels import digits_of, label_of, to_side, unit_of
from kiosk.coach.sentences import seen, written, written_spread
from kiosk.coach.wording import for_clinic
from kiosk.domain import Metrics, MetricValue, Moment, Quality, Side, View
from kiosk.gait.metrics import METRICS
from kiosk.report.sources import BETWEEN, parts_of
from kiosk.words import NOTHING, Language, Phrase
from kiosk.words.catalogue import translated

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


def ordered(metrics: Metrics) -> list[tuple[str, MetricValue]]:
    """Name and value, from the rhythm over the legs to the arms."""
    return sorted(metrics.items(), key=lambda item: ORDER.get(item[0], len(ORDER)))


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
        return translated(for_clinic(text), self.language)

    def source(self, source: str) -> str:
        """Where a band or limit comes from, our own sentences in the language."""
        return BETWEEN.join(self.say(part) for part in parts_of(source))

    def sources(self, numbers: Mapping[str, int]) -> str:
        """Sources with their numbers, one after the other; "" when there are none."""
        return " ".join(f"[{number}] {self.source(source)}." for source, number in numbers.items())

    def name(self, metric: str) -> str:
        """Plain words for a metric."""
        return self.say(label_of(metric))

    def unit(self, metric: str) -> str:
        """Plain words for the unit; "" when there is none."""
        return self.say(unit_of(metric))

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
        words = to_side(metric, value, digits)
        return self.digits(abs(value) if words and value is not None else value, digits), self.say(words)

    def with_side(self, metric: str, value: float | None) -> str:
        """The number and the side that its sign stands for; "" for None and NaN."""
        return " ".join(part for part in self.without_sign(metric, value, digits_of(metric)) if part)

    def day(self, started_utc: str, length: str = "long") -> str:
        """The station's date of a moment, as the language writes it; as it is stored when it is none."""
        at = local(started_utc)
        return started_utc[:10] if at is None else str(format_date(at, length, locale=self.language.value))

    def moment(self, started_utc: str, all_utc: Collection[str], length: str = "long") -> str:
        """The date, and the time of day where another one of all (which may hold this one too) has the same date."""
        time = self.time(started_utc, all_utc)
        return self.say(Phrase("{day}, {time}", day=self.day(started_utc, length), time=time)) if time else self.day(started_utc, length)

    def time(self, started_utc: str, all_utc: Collection[str]) -> str:
        """The station's time of day where another one of all has the same date there; "" elsewhere, and when it is none."""
        at = local(started_utc)
        if not isinstance(at, datetime) or sum(self.day(other) == self.day(started_utc) for other in set(all_utc) | {started_utc}) < 2:
            return ""
        return f"{at:%H:%M}"


def local(stored: str) -> date | None:
    """A stored moment by the station's own clock (TZ), as on the clinic's pages; a stored date as it is; None when it is neither.

    A moment without a zone is UTC: so the store writes them.
    """
    try:
        if len(stored) <= len("2026-09-01"):
            return date.fromisoformat(stored)
        at = datetime.fromisoformat(stored)
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone()
    except (ValueError, OverflowError):  # the last day of the calendar has no tomorrow
        return None
