"""Line charts of the key metrics over the visits of a patient; a line goes only through visits that can be compared.

What must not go in: how a chart is drawn (chart.py).
"""

import math
from collections.abc import Iterator, Sequence

from kiosk.clinic import Assessment, StoredBout
from kiosk.coach.labels import TO_SIDE, label_of
from kiosk.domain import MetricValue
from kiosk.gait.retest import network_words, same_incline, same_speed
from kiosk.report.chart import Visit, chart, scale
from kiosk.report.document import Block, Charts, Heading, Paragraph
from kiosk.report.labels import VIEWS, Speech
from kiosk.report.reading import band_of, merged
from kiosk.report.vectors import Drawing
from kiosk.words import NOTHING, Phrase

KEY_METRICS = (
    *("cadence_spm", "contact_ms", "overstride_ratio", "trunk_lean_deg", "thigh_back_deg", "bounce_ratio"),
    *("step_width_ratio", "lateral_lean_deg", "wrist_crossover_ratio", "shoulder_tilt_deg"),
)
"""What is drawn: what a patient can work on, one of each part of the body (our choice)."""
LEAST_VISITS = 2
MOST_LINES = 6
"""Lines of a chart (our choice: their numbers do not touch). The next larger step of ROUND leaves at least two of more."""
ROUND = (1, 2, 5)
"""Steps between the lines, times a power of ten: what a reader divides in the head."""
HOW_TO_READ = Phrase(
    "Filled and joined: measured at the speed, incline and from the view of this visit. Hollow: not comparable. Bars: spread between the"
    " strides. Grey: typical of others."
)


LEFT_OUT = Phrase("Left out of the lines, because measured otherwise than at this visit: {visits}.")
Point = tuple[Assessment, StoredBout, MetricValue]


def trend_part(now: Assessment, earlier: Sequence[Assessment], speech: Speech) -> tuple[Block, ...]:
    """Heading, charts and which visits no line goes through; nothing with fewer than two visits."""
    past = tuple(sorted((*earlier, now), key=lambda one: one.started_utc))
    charts = tuple(_of_metrics(past, now))
    if not charts:
        return ()
    drawings = tuple(_chart(metric, points, reference, speech) for metric, points, reference in charts)
    out = _left_out(charts, speech)
    return (
        Heading(speech.say(Phrase("Over the visits"))),
        Charts(drawings),
        *((Paragraph(speech.say(LEFT_OUT.filled(visits=out))),) if out else ()),
        Paragraph(" ".join((speech.say(HOW_TO_READ), *(speech.say(line) for line in _signs(charts)))), "small"),
    )


def _signs(charts: Sequence[tuple[str, list[Point], StoredBout]]) -> Iterator[Phrase]:
    """What the sign means of drawn metrics whose sign is a side."""
    for metric, *_ in charts:
        if metric in TO_SIDE:
            below, above = TO_SIDE[metric]
            yield Phrase("{label}: below zero {below}, above zero {above}.", label=label_of(metric), below=below, above=above)


def _of_metrics(past: Sequence[Assessment], now: Assessment) -> Iterator[tuple[str, list[Point], StoredBout]]:
    """Metric, its points, and the bout that they are compared with: that of this visit, else the last one."""
    measured = [(one, merged(one)) for one in past]
    for metric in KEY_METRICS:
        known = [(one, m.source[metric], m.metrics[metric]) for one, m in measured if metric in m.source]
        if len(known) >= LEAST_VISITS:
            yield metric, known, next((bout for one, bout, _ in known if one.id == now.id), known[-1][1])


def unlike(bout: StoredBout, reference: StoredBout) -> Phrase:
    """Why no line may go through this bout: what differs from the other one, as retest.py compares; nothing when they are alike."""
    a, b = bout.order, reference.order
    if a.view is not b.view:
        return Phrase("seen from the {view}", view=VIEWS[a.view])
    if a.speed_kmh is None or b.speed_kmh is None:
        return Phrase("speed not known")
    if not same_speed(a.speed_kmh, b.speed_kmh):
        return Phrase("{speed:.1f} km/h instead of {other:.1f}", speed=a.speed_kmh, other=b.speed_kmh)
    if not same_incline(a.incline_pct, b.incline_pct):
        return Phrase("incline {incline:.1f} % instead of {other:.1f}", incline=a.incline_pct, other=b.incline_pct)
    return NOTHING if network_words(bout.result.model) == network_words(reference.result.model) else Phrase("another neural network")


def _left_out(charts: Sequence[tuple[str, list[Point], StoredBout]], speech: Speech) -> str:
    """Days with what differs, each once, in order of time."""
    found: dict[str, dict[str, None]] = {}
    points = sorted(((one, bout, r) for _, known, r in charts for one, bout, _ in known), key=lambda point: point[0].started_utc)
    all_utc = [one.started_utc for one, *_ in points]
    for one, bout, reference in points:
        if bout is not reference and (why := unlike(bout, reference)):
            found.setdefault(speech.moment(one.started_utc, all_utc), {})[speech.say(why)] = None
    return "; ".join(f"{day} ({', '.join(why)})" for day, why in found.items())


def _chart(metric: str, known: list[Point], reference: StoredBout, speech: Speech) -> Drawing:
    all_utc = [one.started_utc for one, *_ in known]
    visits = tuple(
        Visit(
            *(speech.day(one.started_utc, "short"), m.value or 0.0, m.spread or 0.0),
            comparable=bout is reference or not unlike(bout, reference),
            time=speech.time(one.started_utc, all_utc),
        )
        for one, bout, m in known
    )
    band = band_of(metric, reference.order.speed_kmh)
    around = band[1] if band else None
    title = ", ".join(part for part in (speech.name(metric), speech.unit(metric)) if part)
    numbers = ", ".join(speech.with_side(metric, visit.value) for visit in visits)
    alt = speech.say(Phrase("{title} over {n} visits: {numbers}", title=title, n=len(visits), numbers=numbers))
    return chart(title, alt, visits, _ticks(visits, around, speech), around)


def _ticks(visits: tuple[Visit, ...], band: tuple[float, float] | None, speech: Speech) -> dict[float, str]:
    """Two to six round values on the scale, written in full: a line stands where its number says."""
    low, high = scale(visits, band)
    power = math.floor(math.log10((high - low) / MOST_LINES))
    steps = ((leading * 10.0**exponent, exponent) for exponent in (power, power + 1) for leading in ROUND)
    step, exponent = next((step, exponent) for step, exponent in steps if len(_multiples(low, high, step)) <= MOST_LINES)
    digits = max(0, -exponent)
    return {value: speech.digits(value, digits) for value in (round(k * step, digits) for k in _multiples(low, high, step))}


def _multiples(low: float, high: float, step: float) -> range:
    """How many steps from nought the multiples between both ends are."""
    return range(math.ceil(low / step), math.floor(high / step) + 1)
