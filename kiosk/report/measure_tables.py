"""The physio's table of one view: every metric with spread, sides, quality, typical values of others and what can be detected.

What must not go in: comparisons (change_tables.py), how it was filmed (method.py).
"""

from collections.abc import Collection, Iterable, Mapping

from kiosk.clinic import StoredBout
from kiosk.coach.labels import digits_of, to_side
from kiosk.coach.readings import Rule
from kiosk.domain import Metrics, MetricValue
from kiosk.report.document import Block, Heading, Paragraph, Row, Table
from kiosk.report.labels import QUALITIES, VIEWS, Speech, ordered
from kiosk.report.reading import band_of, detectable
from kiosk.report.remarks import matter, remarks
from kiosk.words import NOTHING, Phrase

HEADS = (
    *(Phrase("Measure"), Phrase("Value"), Phrase("Left"), Phrase("Right"), Phrase("n"), Phrase("Quality")),
    *(Phrase("Others"), Phrase("Detectable")),
)
WIDTHS = (38.0, 37.0, 16.0, 16.0, 9.0, 18.0, 32.0, 23.0)
LETTERS = 26
GRADE = Phrase("{low} to {high} ({grade}) [{number}]")
GRADE_OF_SIDE = Phrase("{low} to {high} {side} ({grade}) [{number}]")


def view_part(bout: StoredBout, speech: Speech) -> tuple[Block, ...]:
    """Heading, quality, table, sources and what is not known, of one bout."""
    say, metrics = speech.say, bout.result.metrics
    title = Phrase("Seen from the {view}", view=VIEWS[bout.order.view])
    problems = remarks(bout.result)
    nothing_known = all(m.value is None for m in metrics.values())
    verdict = NOTHING_KNOWN if nothing_known else USABLE if bout.result.quality.ok else UNUSABLE
    told = frozenset(matter(problem) for problem in problems)
    missing = {name: m for name, m in metrics.items() if not (nothing_known and matter(m.reason) in told)}
    return (
        Heading(say(title), 3),
        *(Paragraph(say(text), tone="small") for text in (verdict, *problems)),
        *_table(bout, told, speech),
        *(Paragraph(f"{names}: {why}", tone="small") for why, names in unknown(missing, speech).items()),
    )


USABLE = Phrase("This bout may be used.")
UNUSABLE = Phrase("This bout must not be used: its numbers are shown, but nothing is concluded from them.")

NOTHING_KNOWN = Phrase("Nothing was measured in this bout.")


def _table(bout: StoredBout, told: Collection[str], speech: Speech) -> tuple[Block, ...]:
    """The metrics that have a value, and below it the notes on matters that were not told above."""
    known = [(name, m) for name, m in ordered(bout.result.metrics) if m.value is not None]
    if not known:
        return ()
    bands = {name: band for name, _ in known if (band := band_of(name, bout.order.speed_kmh)) is not None}
    numbers = numbered(rule.source for rule, _ in bands.values())
    notes = lettered(speech.say(m.reason) for _, m in known if matter(m.reason) not in told)
    rows = tuple(_row(bout, name, m, bands.get(name), (numbers, notes), speech) for name, m in known)
    sources = speech.sources(numbers)
    table = Table(tuple(speech.say(head) for head in HEADS), rows, WIDTHS)
    return (table, *notes_part(notes), *((Paragraph(sources, tone="small"),) if sources else ()))


def _row(
    bout: StoredBout,
    name: str,
    m: MetricValue,
    band: tuple[Rule, tuple[float, float]] | None,
    below: tuple[Mapping[str, int], Mapping[str, str]],
    speech: Speech,
) -> Row:
    """A metric; `below` has the numbers of the sources and the letters of the notes that stand below the table."""
    digits, say, (numbers, notes) = digits_of(name), speech.say, below
    quality = with_note(say(QUALITIES[m.quality]), say(m.reason), notes)
    others = _others(name, band, numbers, speech) if band is not None else ""
    own = speech.digits(detectable(bout, name), digits)
    return (
        *(speech.name(name), speech.measured(name, m), speech.with_side(name, m.left), speech.with_side(name, m.right), str(m.n)),
        *(quality, others, own),
    )


def _others(name: str, band: tuple[Rule, tuple[float, float]], numbers: Mapping[str, int], speech: Speech) -> str:
    """The band with grade and number of its source; one that lies on one side of zero in the words of that side."""
    rule, (low, high) = band
    side = to_side(name, low, rule.decimals) if low < high <= 0 and not rule.size else NOTHING
    if side:
        low, high = abs(high), abs(low)
    ends = {"low": speech.digits(low, rule.decimals), "high": speech.digits(high, rule.decimals)}
    facts = {"grade": rule.grade, "number": numbers[rule.source]}
    return speech.say(GRADE_OF_SIDE.filled(**ends, **facts, side=side) if side else GRADE.filled(**ends, **facts))


def unknown(metrics: Metrics, speech: Speech) -> dict[str, str]:
    """Reason -> names of the metrics that have no value for it."""
    by_reason: dict[str, list[str]] = {}
    for name, m in ordered(metrics):
        if m.value is None:
            by_reason.setdefault(speech.say(m.reason or Phrase("not measured")), []).append(speech.name(name))
    return {why: ", ".join(names) for why, names in by_reason.items()}


def numbered(sources: Iterable[str]) -> dict[str, int]:
    """Source -> its number, in the order in which they first come."""
    return {source: number for number, source in enumerate(dict.fromkeys(source for source in sources if source), 1)}


def lettered(notes: Iterable[str]) -> dict[str, str]:
    """Note -> its letter, in the order in which they first come; a number where letters end."""
    found = dict.fromkeys(note for note in notes if note)
    return {note: chr(ord("a") + place) if place < LETTERS else str(place + 1) for place, note in enumerate(found)}


def with_note(cell: str, note: str, notes: Mapping[str, str]) -> str:
    """The cell with the letter of its note; without one when the note stands elsewhere."""
    return f"{cell} ({notes[note]})" if note in notes else cell


def notes_part(notes: Mapping[str, str]) -> tuple[Block, ...]:
    """The notes below a table, a line each."""
    return tuple(Paragraph(f"({letter}) {note}", "small") for note, letter in notes.items())
