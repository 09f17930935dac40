"""The finding about hands and the middle of the body in a sentence: a number below zero "past the middle" says nothing.

What must not go in: when it is told (kiosk/coach/findings.py).
"""

from dataclasses import replace

from kiosk.domain import Side
from kiosk.report.labels import around
from kiosk.screen import Finding
from kiosk.words import NOTHING, Phrase

HANDS = "wrist_crossover_ratio"
GUIDE = Phrase("Our guide: each hand stays on its own side; opinions differ.")
PAST = {
    Side.LEFT: Phrase("The left hand goes {by} past the middle of the body."),
    Side.RIGHT: Phrase("The right hand goes {by} past the middle of the body."),
    None: Phrase("The hands go {by} past the middle of the body."),
}
OFTEN = {
    Side.LEFT: Phrase("The left hand goes past the middle of the body in more than one stride out of five."),
    Side.RIGHT: Phrase("The right hand goes past the middle of the body in more than one stride out of five."),
    None: Phrase("The hands go past the middle of the body in more than one stride out of five."),
}
INSIDE = Phrase("The hands stay on their own side, {by} short of the middle of the body.")


def plainly(finding: Finding) -> Finding:
    """The finding with a sentence that says which hand is where; others, and one without a value, as they are."""
    if finding.metric != HANDS or finding.value is None:
        return finding
    return replace(finding, text=Phrase("{said} {guide}", said=_said(finding, finding.value), guide=GUIDE))


def _said(finding: Finding, value: float) -> Phrase:
    if value <= 0 and not finding.good:
        return OFTEN[finding.side]
    number = Phrase("{value:.{decimals}f}", value=abs(value), decimals=max(finding.decimals, 2))
    spread = around(finding.spread, max(finding.decimals, 2)) if value > 0 else NOTHING
    by = Phrase("{number} {spread}", number=number, spread=spread) if spread else number
    width = Phrase("{by} {unit}", by=by, unit=finding.unit)
    return PAST[finding.side].filled(by=width) if value > 0 else INSIDE.filled(by=width)
