"""The physio's tables of a retest: before, after, change, what can be detected, and the verdict.

What must not go in: the comparison itself (kiosk/bouts.py).
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from kiosk.clinic import Assessment, AssessmentChange, MetricChange, Outcome
from kiosk.coach.labels import digits_of, moved
from kiosk.coach.sentences import seen, written
from kiosk.coach.wording import spelled
from kiosk.domain import View
from kiosk.report.document import Block, Heading, Paragraph, Row, Table
from kiosk.report.labels import ORDER, VIEWS, Speech
from kiosk.report.measure_tables import lettered, notes_part, numbered, with_note
from kiosk.words import NOTHING, Phrase

HEADS = (
    *(Phrase("Measure"), Phrase("Before"), Phrase("After"), Phrase("Change"), Phrase("Own limit"), Phrase("Limit of the method")),
    Phrase("Verdict"),
)
WIDTHS = (46.0, 18.0, 18.0, 21.0, 17.0, 25.0, 39.0)
OUTCOMES = {
    Outcome.CHANGED: Phrase("changed"),
    Outcome.NOT_DISTINGUISHABLE: Phrase("not distinguishable"),
    Outcome.CANNOT_TELL: Phrase("cannot tell"),
}
CANNOT = Phrase("No change can be told in this view: {reason}")
LIMITS = Phrase(
    "Own limit: the smallest change that is more than this patient's own noise (95 %), from the blocks of both bouts. Limit of the"
    " method: the smallest change that this way of measuring can tell from its own error (95 %), from the source named. Changed is said"
    " only beyond both, at equal speed, incline and view."
)


def change_part(change: AssessmentChange, all_: Sequence[Assessment], speech: Speech) -> tuple[Block, ...]:
    """Heading, why whole views cannot be told, a table a view, sources."""
    say = speech.say
    all_utc = [one.started_utc for one in all_]
    days = {one.id: speech.moment(one.started_utc, all_utc, "medium") for one in all_}
    title = Phrase("Before and after")
    between = [days[one] for one in (change.before_id, change.after_id) if one in days]
    numbers = numbered(one.source for one in change.metrics if one.published is not None)
    metrics = sorted(change.metrics, key=lambda one: (list(View).index(one.view), ORDER.get(one.metric, len(ORDER))))
    sources = speech.sources(numbers)
    views = [(view, list(ones)) for view, ones in groupby(metrics, lambda one: one.view)]
    return (
        Heading(say(title)),
        *((Paragraph(" \N{EN DASH} ".join(between)),) if len(between) == 2 else ()),
        *(Paragraph(say(spelled(reason))) for reason in change.reasons),
        *(block for view, ones in views for block in _view(view, ones, change.reasons, numbers, speech)),
        *((Paragraph(sources, "small"),) if sources else ()),
        Paragraph(say(LIMITS), "small"),
    )


def _view(view: View, changes: list[MetricChange], told: Collection[str], numbers: Mapping[str, int], speech: Speech) -> tuple[Block, ...]:
    """Metrics that were measured at least once in a table; the others by their reason.

    Args:
        view: of all changes.
        changes: of one view.
        told: reasons that stand above the tables already.
        numbers: of the sources.
        speech: language.
    """
    say = speech.say
    known = [one for one in changes if one.before is not None or one.after is not None]
    heads = tuple(say(head) for head in HEADS)
    blocks: list[Block] = [Heading(say(Phrase("Seen from the {view}", view=VIEWS[view])), 3)]
    shared = _shared(known)
    if shared and shared not in told:
        blocks.append(Paragraph(say(CANNOT.filled(reason=shared))))
    if known:
        notes = lettered(say(one.reason) for one in known if one.reason and one.reason not in {*told, shared})
        rows = tuple(_row(one, notes, numbers, speech) for one in known)
        changed = frozenset(place for place, one in enumerate(known) if one.outcome is Outcome.CHANGED)
        blocks += [Table(heads, rows, WIDTHS, changed), *notes_part(notes)]
    why: dict[str, list[str]] = {}
    for one in changes:
        if one not in known:
            reason = NOTHING if one.reason in told else one.reason
            why.setdefault(say(reason or OUTCOMES[one.outcome]), []).append(speech.name(one.metric))
    return (*blocks, *(Paragraph(f"{', '.join(names)}: {reason}", "small") for reason, names in why.items()))


def _shared(changes: Sequence[MetricChange]) -> Phrase:
    """The reason that holds for every row of a view; nothing when they differ, or there is but one row."""
    reasons = {one.reason for one in changes}
    return reasons.pop() if len(reasons) == 1 and len(changes) > 1 else NOTHING


def _row(one: MetricChange, notes: Mapping[str, str], numbers: Mapping[str, int], speech: Speech) -> Row:
    digits, say = digits_of(one.metric), speech.say
    published = speech.digits(one.published, digits)
    published += f" [{numbers[one.source]}]" if published and one.source in numbers else ""
    name = ", ".join(part for part in (speech.name(one.metric), speech.unit(one.metric)) if part)
    verdict = with_note(say(OUTCOMES[one.outcome]), say(one.reason), notes)
    cells = (
        speech.with_side(one.metric, one.before),
        speech.with_side(one.metric, one.after),
        _moved(one, speech),
        speech.digits(one.own, seen(one.own or 0.0, digits)),
        published,
    )
    return (name, *cells, verdict)


def _moved(one: MetricChange, speech: Speech) -> str:
    """The change with its sign, or with its direction in words; "" when it is not known."""
    if one.change is None:
        return ""
    digits, words = digits_of(one.metric), moved(one.metric, one.change, digits_of(one.metric))
    if words:
        return f"{speech.digits(abs(one.change), digits)} {speech.say(words)}"
    return speech.say(Phrase("{change:+.{digits}f}", change=written(one.change, digits), digits=digits))
