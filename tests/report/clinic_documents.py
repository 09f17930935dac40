"""Reports of the assessments of clinic_fakes.py as documents and pages, and their texts."""

import re
from dataclasses import replace
from functools import cache
from io import BytesIO

import clinic_fakes as fakes
import pypdfium2

from kiosk.clinic import Paper
from kiosk.gait.retest import compare_assessments as between
from kiosk.report.as_pdf import pdf
from kiosk.report.assessment import ReportFacts, assessment_report
from kiosk.report.document import Card, Document, Heading, Paragraph, Table
from kiosk.words import Language

PROGRAM = "Treadside 9.9.9"


@cache
def facts(name: str) -> ReportFacts:
    first, other, last = fakes.visits()
    change = between(first, last)
    long = replace(fakes.PATIENT, form=replace(fakes.PATIENT.form, notes="Läuft. Бег. 走る\n" + "Very long note. " * 900 + "x" * 300))
    return {
        "baseline": ReportFacts(fakes.PATIENT, first, (), None, fakes.CLINIC, PROGRAM),
        "retest": ReportFacts(fakes.PATIENT, last, (first, other), change, fakes.CLINIC, PROGRAM),
        "refused": ReportFacts(fakes.PATIENT, fakes.refused(), program=PROGRAM),
        "empty": ReportFacts(None, replace(first, bouts=()), program=PROGRAM, name="run.mp4"),
        "notes": ReportFacts(long, replace(first, bouts=()), program=PROGRAM),
    }[name]


@cache
def document(name: str, language: Language = Language.EN, paper: Paper = Paper.A4) -> Document:
    return assessment_report(facts(name), language, paper)


@cache
def pages(name: str, language: Language = Language.EN, paper: Paper = Paper.A4) -> tuple[str, ...]:
    """Text of every page of the PDF, white space as one space."""
    made = pypdfium2.PdfDocument(BytesIO(pdf(document(name, language, paper), paper)))
    return tuple(" ".join(page.get_textpage().get_text_bounded().split()) for page in made)


def squeezed(text: str) -> str:
    """Without any white space: a PDF breaks lines where it likes, also inside a long word."""
    return re.sub(r"\s|-\uFFFE|\uFFFE|\x02", "", text)


def texts(made: Document) -> list[str]:
    """Every text of a document."""
    out = []
    for block in made.blocks:
        if isinstance(block, Heading | Paragraph):
            out.append(block.text)
        elif isinstance(block, Table):
            out += [*block.heads, *(cell for row in block.rows for cell in row)]
        elif isinstance(block, Card):
            out += [block.sign, block.text, block.caption, *(text for row in block.facts for text in row)]
        elif hasattr(block, "rows"):
            out += [text for row in block.rows for text in row]
    return [text for text in out if text]
