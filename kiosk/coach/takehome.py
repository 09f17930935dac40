"""The summary as a few lines of plain text, for a QR code: readable without network, app or account.

What must not go in: how many of the lines fit (web/qr.py), and advice that the summary does not give.
"""

from kiosk.screen import Finding, Summary
from kiosk.words import Phrase

GOOD = Phrase("Good: {number}")
WORK = Phrase("Work on: {number}")
WITH_BAND = Phrase("{label} {value:.{decimals}f} {unit} ({low:.{decimals}f} to {high:.{decimals}f})")
WITHOUT_BAND = Phrase("{label} {value:.{decimals}f} {unit}")


def take_home_lines(summary: Summary) -> tuple[Phrase, ...]:
    """The lines in order of importance: what does not fit is cut from the end.

    First what is needed to come back, then the drill, then what was found; a run without a verdict says why.
    """
    head = Phrase("Treadside, {minutes:.0f} min. Training notes, no medical advice.", minutes=summary.duration_s / 60)
    code = (Phrase("Your code: {code}", code=f"{summary.code[:3]} {summary.code[3:]}"),) if summary.code else ()
    drill = (Phrase("Drill: {drill}", drill=summary.drill),) if summary.drill else ()
    why = (Phrase("{sentence}", sentence=summary.refusal),) if summary.refusal else ()
    return (head, *code, *_said(summary.next_time), *_said(summary.advice), *drill, *why, *(_found(f) for f in summary.findings))


def _said(phrase: Phrase) -> tuple[Phrase, ...]:
    return (phrase,) if phrase else ()


def _found(finding: Finding) -> Phrase:
    return (GOOD if finding.good else WORK).filled(number=_number(finding))


def _number(finding: Finding) -> Phrase:
    """Label, value and band; the whole sentence when the finding knows no more."""
    if finding.value is None or not finding.label:
        return finding.text
    pattern = WITHOUT_BAND if finding.low is None or finding.high is None else WITH_BAND
    facts = {"label": finding.label, "value": float(finding.value), "unit": finding.unit, "decimals": finding.decimals}
    ends = {} if pattern is WITHOUT_BAND else {"low": float(finding.low or 0), "high": float(finding.high or 0)}
    return pattern.filled(**facts, **ends)
