"""Line charts of the key metrics over the visits of a patient; a line goes only through visits that can be compared.

What must not go in: how a chart is drawn (chart.py).
"""

import math
from collections.abc import Iterator, Sequence

from kiosk.clinic import Assessment, StoredBout
from kiosk.coach.labels import digits_of
from kiosk.domain import MetricValue
from kiosk.report.chart import Visit, chart, scale
from kiosk.report.document import Block, Charts, Heading, Paragraph
from kiosk.report.labels import Speech
from kiosk.report.reading import band_of, comparable, merged
from kiosk.report.vectors import Drawing
from kiosk.words import Phrase

KEY_METRICS = (
    *("cadence_spm", "contact_ms", "overstride_ratio", "trunk_lean_deg", "thigh_back_deg", "bounce_ratio"),
    *("step_width_ratio", "lateral_lean_deg", "wrist_crossover_ratio", "shoulder_tilt_deg"),
)
"""What is drawn: what a patient can work on, one of each part of the body (our choice)."""
LEAST_VISITS = 2
HOW_TO_READ = Phrase(
    "Filled: measured at the speed, incline and from the view of this visit. Hollow: not comparable. Bars: spread between the strides."
    " Grey: typical of others."
)


def trend_part(now: Assessment, earlier: Sequence[Assessment], speech: Speech) -> tuple[Block, ...]:
    """Heading and charts; nothing with fewer than two visits."""
    past = tuple(sorted((*earlier, now), key=lambda one: one.started_utc))
    drawings = tuple(_charts(past, now, speech))
    if not drawings:
        return ()
    return (Heading(speech.say(Phrase("Over the visits"))), Charts(drawings), Paragraph(speech.say(HOW_TO_READ), "small"))


def _charts(past: Sequence[Assessment], now: Assessment, speech: Speech) -> Iterator[Drawing]:
    measured = [(one, merged(one)) for one in past]
    for metric in KEY_METRICS:
        known = [(one, m.source[metric], m.metrics[metric]) for one, m in measured if metric in m.source]
        if len(known) >= LEAST_VISITS:
            reference = next((bout for one, bout, _ in known if one.id == now.id), known[-1][1])
            yield _chart(metric, [(one, bout, m) for one, bout, m in known], reference, speech)


def _chart(metric: str, known: list[tuple[Assessment, StoredBout, MetricValue]], reference: StoredBout, speech: Speech) -> Drawing:
    visits = tuple(
        Visit(speech.day(one.started_utc, "short"), m.value or 0.0, m.spread or 0.0, bout is reference or comparable(bout, reference))
        for one, bout, m in known
    )
    band = band_of(metric, reference.order.speed_kmh)
    around = band[1] if band else None
    title = ", ".join(part for part in (speech.name(metric), speech.unit(metric)) if part)
    numbers = ", ".join(speech.digits(visit.value, digits_of(metric)) for visit in visits)
    alt = speech.say(Phrase("{title} over {n} visits: {numbers}", title=title, n=len(visits), numbers=numbers))
    return chart(title, alt, visits, _ticks(visits, around, speech), around)


def _ticks(visits: tuple[Visit, ...], band: tuple[float, float] | None, speech: Speech) -> dict[float, str]:
    """Three values on the scale, with as many digits as tell them apart."""
    low, high = scale(visits, band)
    step = (high - low) / 4
    digits = max(0, math.ceil(-math.log10(step)))
    return {value: speech.digits(value, digits) for value in (low + step, low + 2 * step, low + 3 * step)}
