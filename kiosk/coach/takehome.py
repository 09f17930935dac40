"""The summary as a few lines of plain text, for a QR code: readable without network, app or account.

What must not go in: how many of the lines fit (web/qr.py), and advice that the summary does not give.
"""

from kiosk.screen import Finding, Summary
from kiosk.words import Phrase

FACTS = "AB"
"""Grades whose bands are told as typical; the others are our guide (COACHING.md)."""
GOOD = Phrase("Good: {number}")
WORK = Phrase("Work on: {number}")
WITH_BAND = Phrase("{label} {value:.{decimals}f} {unit} (typical {low:.{decimals}f} to {high:.{decimals}f})")
WITH_GUIDE = Phrase("{label} {value:.{decimals}f} {unit} (our guide {low:.{decimals}f} to {high:.{decimals}f})")
WITHOUT_BAND = Phrase("{label} {value:.{decimals}f} {unit}")


def take_home_lines(summary: Summary) -> tuple[Phrase, ...]:
    """The lines in order of importance: what does not fit is cut from the end.

    First what is needed to come back, then what to work on, its drill and the next run, then advice and what was good; a run without a
    verdict says why.
    """
    minutes, seconds = divmod(round(summary.duration_s), 60)
    head = Phrase("Treadside, {minutes}:{seconds:02d} min. Training notes, no medical advice.", minutes=minutes, seconds=seconds)
    code = (Phrase("Your code: {code}", code=f"{summary.code[:3]} {summary.code[3:]}"),) if summary.code else ()
    drill = (Phrase("Drill: {drill}", drill=summary.drill),) if summary.drill else ()
    why = (Phrase("{sentence}", sentence=summary.refusal),) if summary.refusal else ()
    work = [_found(finding) for finding in summary.findings if not finding.good]
    good = [_found(finding) for finding in summary.findings if finding.good]
    return (head, *code, *why, *work[:1], *_said(summary.next_time), *drill, *_said(summary.advice), *work[1:], *good)


def _said(phrase: Phrase) -> tuple[Phrase, ...]:
    return (phrase,) if phrase else ()


def _found(finding: Finding) -> Phrase:
    return (GOOD if finding.good else WORK).filled(number=_number(finding))


def _number(finding: Finding) -> Phrase:
    """Label, value and band; the whole sentence when the finding knows no more."""
    if finding.value is None or not finding.label:
        return finding.text
    band = WITH_BAND if finding.grade in FACTS else WITH_GUIDE
    pattern = WITHOUT_BAND if finding.low is None or finding.high is None else band
    facts = {"label": finding.label, "value": float(finding.value), "unit": finding.unit, "decimals": finding.decimals}
    ends = {} if pattern is WITHOUT_BAND else {"low": float(finding.low or 0), "high": float(finding.high or 0)}
    return pattern.filled(**facts, **ends)
