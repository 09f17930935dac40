"""A stored run of the gym as a document, for paper; the page of the take-home link is page.py.

What must not go in: reading the store, advice the session does not hold.
"""

from kiosk.clinic import Paper
from kiosk.domain import MetricValue
from kiosk.report.cards import LEGEND, card
from kiosk.report.document import Block, Document, Facts, Heading, Paragraph, Row, Table
from kiosk.report.labels import NO_ADVICE, QUALITIES, Speech, ordered
from kiosk.report.measure_tables import unknown
from kiosk.report.page import ANSWERS, HEADS, STATES, TITLE, WHAT
from kiosk.stored import StoredSession
from kiosk.words import NOTHING, Language, Phrase

WIDTHS = (46.0, 52.0, 16.0, 16.0, 26.0, 28.0)


def run_report(stored: StoredSession, language: Language, paper: Paper, program: str = "") -> Document:
    """The session on paper: what was found, then all measures."""
    speech = Speech(language)
    blocks = (*_head(stored, speech), *_findings(stored, speech), *_lesson(stored, speech), *_body(stored, speech), *_table(stored, speech))
    header = f"{speech.say(TITLE)} · {speech.day(stored.started_utc)}"
    return Document(speech.say(TITLE), header, language, paper, (*blocks, Paragraph(speech.say(NO_ADVICE), "small")), program)


def _head(stored: StoredSession, speech: Speech) -> tuple[Block, ...]:
    say = speech.say
    facts = [Phrase("{minutes:.0f} min {seconds:.0f} s", minutes=stored.duration_s // 60, seconds=stored.duration_s % 60)]
    facts += [Phrase("{strides} strides", strides=stored.strides)]
    facts += [Phrase("{speed:.1f} km/h", speed=stored.speed_kmh)] if stored.speed_kmh else []
    notes = [note for note in (STATES.get(stored.state, NOTHING), stored.told.reason_ended, stored.refusal) if note]
    line = " · ".join([speech.day(stored.started_utc), *(say(fact) for fact in facts)])
    return (Heading(say(TITLE), 1), Paragraph(line), Paragraph(say(WHAT)), *(Paragraph(say(note)) for note in notes))


def _findings(stored: StoredSession, speech: Speech) -> tuple[Block, ...]:
    cards = tuple(card(finding, stored.stride, speech, evidence=True) for finding in stored.told.findings)
    if not cards:
        return ()
    legend = (Paragraph(speech.say(LEGEND), "small"),) if stored.stride is not None else ()
    return (Heading(speech.say(Phrase("What we found"))), *cards, *legend)


def _lesson(stored: StoredSession, speech: Speech) -> tuple[Block, ...]:
    """Form with and without feedback, and the self-tests."""
    say, score, blocks = speech.say, stored.score, list[Block]()
    if score is not None:
        shares = ((Phrase("With feedback"), score.with_feedback), (Phrase("Without feedback"), score.without_feedback))
        rows = tuple((say(name), say(Phrase("{percent:.0f} %", percent=100 * share))) for name, share in shares if share is not None)
        blocks += [Heading(say(Phrase("Form with and without feedback"))), Facts(rows), Paragraph(say(score.text))]
    if stored.verdicts:
        rows = tuple((say(ANSWERS[verdict.answer]), say(verdict.text)) for verdict in stored.verdicts)
        blocks += [Heading(say(Phrase("Your self-tests"))), Facts(rows)]
    return tuple(blocks)


def _body(stored: StoredSession, speech: Speech) -> tuple[Block, ...]:
    say, told = speech.say, stored.told
    said = (Phrase("You answered: {answers}.", answers=", ".join(say(answer) for answer in stored.answers)),) if stored.answers else ()
    felt = [say(line) for line in (*said, told.advice) if line]
    drill = Phrase("Drill: {drill}", drill=told.drill) if told.drill else NOTHING
    next_ = [say(line) for line in (*told.drift, told.next_time, drill) if line]
    parts = ((Phrase("How your body felt"), felt), (Phrase("Within the run, and next time"), next_))
    return tuple(block for title, lines in parts if lines for block in _part(say(title), lines))


def _part(title: str, lines: list[str]) -> tuple[Block, ...]:
    return (Heading(title), *(Paragraph(line) for line in lines))


def _table(stored: StoredSession, speech: Speech) -> tuple[Block, ...]:
    if not stored.metrics:
        return ()
    say = speech.say
    rows = tuple(_row(name, m, speech) for name, m in ordered(stored.metrics) if m.value is not None)
    heads = (say(Phrase("Measure")), *(say(head) for head in HEADS))
    table = (Table(heads, rows, WIDTHS),) if rows else ()
    missing = (Paragraph(f"{names}: {why}", "small") for why, names in unknown(stored.metrics, speech).items())
    return (Heading(say(Phrase("All measures"))), *table, *missing)


def _row(name: str, m: MetricValue, speech: Speech) -> Row:
    quality = speech.say(QUALITIES[m.quality]) + (f". {speech.say(m.reason)}" if m.reason else "")
    sides = (speech.with_side(name, side) for side in (m.left, m.right))
    return (speech.name(name), speech.measured(name, m), *sides, str(m.n), quality)
