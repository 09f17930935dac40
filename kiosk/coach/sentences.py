"""The sentences of the summary's lines. A band of grade A or B is called typical, another one our guide.

What must not go in: which line is told (findings.py).
"""

from dataclasses import replace

from kiosk.coach.readings import Rule, finite
from kiosk.domain import MetricValue, Side
from kiosk.words import Phrase

FACT_GRADES = "AB"
"""Grades whose bands are stated as typical; the others are named as our guide (COACHING.md)."""
MORE_DIGITS = 2
"""Digits that may be added where a value would otherwise be written like the end of the band that it is beyond (our choice)."""

Band = tuple[float, float]


def number(rule: Rule, value: float, metric: MetricValue | None = None) -> Phrase:
    """Label, number and unit; with ± the spread between strides when `metric` has one and the reading is its value."""
    spread = None if metric is None or rule.uneven or rule.size else finite(metric.spread)
    values = {"label": rule.label, "value": written(value, rule.decimals), "decimals": rule.decimals, "unit": rule.unit}
    if spread is None:
        return Phrase("{label} {value:.{decimals}f} {unit}", **values)
    around = written_spread(spread, rule.decimals)
    digits = seen(around, rule.decimals)
    return Phrase("{label} {value:.{decimals}f} ± {spread:.{digits}f} {unit}", spread=around, digits=digits, **values)


def written(value: float, decimals: int) -> float:
    """The number as it is written: rounded here, once, so that screen, report and code print the same; never minus nought."""
    return round(float(value), decimals) + 0.0


def seen(spread: float, decimals: int) -> int:
    """Digits after the point with which a small spread is not written as none."""
    return decimals + 1 if 0 < spread < 0.5 * 10**-decimals else decimals


def written_spread(spread: float, decimals: int) -> float:
    """The spread as it is written; one that needs one more digit and rounds to half a unit there is a whole one (never understated)."""
    around = written(spread, seen(spread, decimals))
    return around if around == 0 or seen(around, decimals) == seen(spread, decimals) else written(10**-decimals, decimals)


def told_apart(rule: Rule, value: float, band: Band) -> Rule:
    """The row with as many digits, at most two more, as keep a value outside its band outside when all are rounded."""
    low, high = band
    for decimals in range(rule.decimals, rule.decimals + MORE_DIGITS + 1):
        shown, shown_low, shown_high = (written(number, decimals) for number in (value, low, high))
        if (value < low) == (shown < shown_low) and (value > high) == (shown > shown_high):
            return replace(rule, decimals=decimals)
    return rule


def fault(rule: Rule, number: Phrase, value: float, band: Band, *, at_speed: bool, own: bool, side: Side | None) -> Phrase:
    """Surely beyond the limit."""
    values = _values(rule, number, band)
    if own:
        return _of_side(Phrase("{number}: above your own usual.", **values), side)
    if rule.share is not None and value <= band[1]:
        return _of_side(Phrase("{number}: past it in more than one stride out of five.", **values), side)
    if rule.grade not in FACT_GRADES:
        text = (
            Phrase("{number}: above our guide of {low:.{decimals}f} to {high:.{decimals}f}; opinions differ.", **values)
            if value > band[1]
            else Phrase("{number}: below our guide of {low:.{decimals}f} to {high:.{decimals}f}; opinions differ.", **values)
        )
    elif at_speed:
        text = (
            Phrase("{number}: above the typical {low:.{decimals}f} to {high:.{decimals}f} for this speed.", **values)
            if value > band[1]
            else Phrase("{number}: below the typical {low:.{decimals}f} to {high:.{decimals}f} for this speed.", **values)
        )
    else:
        text = (
            Phrase("{number}: above the typical {low:.{decimals}f} to {high:.{decimals}f}.", **values)
            if value > band[1]
            else Phrase("{number}: below the typical {low:.{decimals}f} to {high:.{decimals}f}.", **values)
        )
    return _of_side(text, side)


def remark(rule: Rule, number: Phrase, value: float, band: Band, *, at_speed: bool, side: Side | None) -> Phrase:
    """Surely outside the band, but not beyond the limit of a fault."""
    values = _values(rule, number, band)
    if rule.grade not in FACT_GRADES:
        text = (
            Phrase("{number}: a little above our guide of {low:.{decimals}f} to {high:.{decimals}f}; opinions differ.", **values)
            if value > band[1]
            else Phrase("{number}: a little below our guide of {low:.{decimals}f} to {high:.{decimals}f}; opinions differ.", **values)
        )
    elif at_speed:
        text = (
            Phrase("{number}: a little above the typical {low:.{decimals}f} to {high:.{decimals}f} for this speed.", **values)
            if value > band[1]
            else Phrase("{number}: a little below the typical {low:.{decimals}f} to {high:.{decimals}f} for this speed.", **values)
        )
    else:
        text = (
            Phrase("{number}: a little above the typical {low:.{decimals}f} to {high:.{decimals}f}.", **values)
            if value > band[1]
            else Phrase("{number}: a little below the typical {low:.{decimals}f} to {high:.{decimals}f}.", **values)
        )
    return _of_side(text, side)


def edge(rule: Rule, number: Phrase, value: float, band: Band, *, at_speed: bool) -> Phrase:
    """Inside the band, near one of its ends."""
    values = _values(rule, number, band)
    upper = value > (band[0] + band[1]) / 2
    if rule.grade not in FACT_GRADES:
        if upper:
            return Phrase("{number}: inside our guide of {low:.{decimals}f} to {high:.{decimals}f}, near its upper end.", **values)
        return Phrase("{number}: inside our guide of {low:.{decimals}f} to {high:.{decimals}f}, near its lower end.", **values)
    if at_speed:
        if upper:
            return Phrase("{number}: typical for this speed, near the upper end of {low:.{decimals}f} to {high:.{decimals}f}.", **values)
        return Phrase("{number}: typical for this speed, near the lower end of {low:.{decimals}f} to {high:.{decimals}f}.", **values)
    if upper:
        return Phrase("{number}: typical, near the upper end of {low:.{decimals}f} to {high:.{decimals}f}.", **values)
    return Phrase("{number}: typical, near the lower end of {low:.{decimals}f} to {high:.{decimals}f}.", **values)


def good(rule: Rule, number: Phrase, *, at_speed: bool, after_cue: Phrase) -> Phrase:
    """Well inside the band; `after_cue` is the row's cue when it was shown."""
    values = {"number": number, "cue": after_cue}
    if rule.grade not in FACT_GRADES:
        if after_cue:
            return Phrase('{number}: inside our guide after the cue "{cue}"; opinions differ.', **values)
        return Phrase("{number}: inside our guide; opinions differ.", **values)
    if at_speed:
        return (
            Phrase('{number}: typical for this speed after the cue "{cue}".', **values)
            if after_cue
            else Phrase("{number}: typical for this speed.", **values)
        )
    return Phrase('{number}: typical after the cue "{cue}".', **values) if after_cue else Phrase("{number}: typical.", **values)


def cued(number: Phrase, *, inside: bool) -> Phrase:
    """Shown as a cue, but over the whole run no fault."""
    if inside:
        return Phrase("Shown as a cue, over the whole run inside: {number}.", number=number)
    return Phrase("Shown as a cue, over the whole run at the limit: {number}.", number=number)


def _values(rule: Rule, number: Phrase, band: Band) -> dict[str, object]:
    low, high = (written(end, rule.decimals) for end in band)
    return {"number": number, "low": low, "high": high, "decimals": rule.decimals}


def _of_side(text: Phrase, side: Side | None) -> Phrase:
    if side is Side.LEFT:
        return Phrase("{sentence} Left side only.", sentence=text)
    return Phrase("{sentence} Right side only.", sentence=text) if side is Side.RIGHT else text
