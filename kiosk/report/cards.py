"""Findings as cards of a document, for the clinic's report and the gym's.

What must not go in: which findings there are (kiosk/coach).
"""

from kiosk.domain import Moment, TypicalStride
from kiosk.report.document import Card
from kiosk.report.drawing import moment_phase, shown_side, sketch
from kiosk.report.labels import GRADES, MOMENTS, SIDES, Speech
from kiosk.screen import Finding
from kiosk.words import NOTHING, Phrase

LEGEND = Phrase("Left: whole line. Right: broken line. Marked: what the number is about.")
GOOD, WORK = Phrase("Good"), Phrase("Work on this")


def card(finding: Finding, stride: TypicalStride | None, speech: Speech, *, evidence: bool = False) -> Card:
    """One finding with the typical stride at the right moment.

    Args:
        finding: a line of the summary.
        stride: of the bout that the finding is about; None draws nothing.
        speech: language.
        evidence: tell grade and source too.
    """
    rows = [(Phrase("Why"), finding.why), (Phrase("Possible link"), finding.may_come_from), (Phrase("Drill"), finding.drill)]
    rows += [(Phrase("Since last time"), finding.change)]
    if evidence:
        source = Phrase("{source}", source=speech.source(finding.source)) if finding.source else NOTHING
        rows += [(Phrase("Evidence"), GRADES.get(finding.grade, NOTHING)), (Phrase("Source"), source)]
    facts = tuple((speech.say(name), speech.say(value)) for name, value in rows if value)
    blank = Card(speech.say(GOOD if finding.good else WORK), finding.good, speech.say(finding.text), facts)
    if stride is None:
        return blank
    side = shown_side(stride, finding.side)
    phase = moment_phase(stride, finding.moment, side)
    moment = finding.moment if phase is not None else Moment.WHOLE
    caption = speech.say(MOMENTS[moment].filled(side=SIDES[side]))
    picture = sketch(stride, phase if phase is not None else stride.contact.get(side, 0.0), finding.marks, caption)
    return Card(blank.sign, blank.good, blank.text, facts, picture, caption)
