"""A small line chart of one metric over visits, as a drawing.

What must not go in: which visits are equal (trends.py).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kiosk.report.vectors import Box, Circle, Drawing, Line, Look, Words

WIDTH, HEIGHT = 260.0, 118.0
LEFT, RIGHT, TOP, BOTTOM = 36.0, 12.0, 24.0, 20.0
"""Room around the plot for words, units of the drawing."""
TIME_ROOM = 10.0
"""More height for times of day below the dates."""
AIR = 0.15
"""Room above and below the values, as a part of their range (our choice)."""
LEAST_OF_BAND = 0.6
"""The scale spans at least this part of the typical band (our choice: a change within the band then looks like one)."""
LEAST_OF_VALUE = 0.2
"""Without a band, at least this part of the value (our choice)."""
MOST_DATES = 6
"""More dates would touch one another; then only the first and the last are written (our choice)."""
AXIS = Look("axis", "#999999", 0.6)
BAND = Look("band", "", fill="#e3e8ee")
PATH = Look("path", "#0a4f9e", 1.6)
SPREAD = Look("spread", "#0a4f9e", 0.8)
FULL = Look("full", "#0a4f9e", 1.6, fill="#0a4f9e")
HOLLOW = Look("hollow", "#0a4f9e", 1.3, fill="#ffffff")


@dataclass(frozen=True)
class Visit:
    """One point of a chart."""

    day: str
    """As it is written."""
    value: float
    spread: float
    """± of the value; 0 when it is not known."""
    comparable: bool
    """False for another speed, incline or view: the point is hollow and no line goes through it."""
    time: str = ""
    """Of the day, where two visits are of one date; stands below it."""


def chart(title: str, alt: str, visits: tuple[Visit, ...], ticks: dict[float, str], band: tuple[float, float] | None) -> Drawing:
    """The chart.

    Args:
        title: written above.
        alt: what it says, for readers who do not see it.
        visits: at least one, in order of time.
        ticks: value on the scale -> how it is written.
        band: typical values of others, drawn as far as the scale goes.
    """
    low, high = scale(visits, band)
    xs = np.linspace(LEFT + 14, WIDTH - RIGHT - 14, len(visits)) if len(visits) > 1 else [(LEFT + WIDTH - RIGHT) / 2]

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (min(max(value, low), high) - low) / (high - low))

    points = [(float(x), y(visit.value), visit) for x, visit in zip(xs, visits, strict=True)]
    line = [(x, at) for x, at, visit in points if visit.comparable]
    shapes: list[Line | Circle | Box | Words] = [Words((0, 10), title, 10, bold=True)]
    if band and band[1] > low and band[0] < high:
        shapes += [Box((LEFT, y(band[1])), WIDTH - LEFT - RIGHT, y(band[0]) - y(band[1]), BAND)]
    shapes += [Line((LEFT, y(value)), (WIDTH - RIGHT, y(value)), AXIS) for value in ticks]
    shapes += [Words((LEFT - 4, y(value) + 3), text, 8.5, "end") for value, text in ticks.items()]
    shapes += [Line(a, b, PATH) for a, b in pairwise(line)]
    shapes += [Line((x, y(v.value - v.spread)), (x, y(v.value + v.spread)), SPREAD) for x, _, v in points if v.spread]
    shapes += [Circle((x, at), 3.2, FULL if visit.comparable else HOLLOW) for x, at, visit in points]
    shapes += [Words((x, HEIGHT - 6), v.day, 8.5, "middle") for i, (x, _, v) in enumerate(points) if _is_dated(i, len(points))]
    times = [Words((x, HEIGHT + 4), v.time, 8.5, "middle") for i, (x, _, v) in enumerate(points) if v.time and _is_dated(i, len(points))]
    return Drawing(0, 0, WIDTH, HEIGHT + (TIME_ROOM if times else 0), (*shapes, *times), alt, "chart")


def scale(visits: tuple[Visit, ...], band: tuple[float, float] | None) -> tuple[float, float]:
    """Lower and upper end of the scale: all values with their spreads and some air; never so narrow that noise looks large."""
    low, high = min(v.value - v.spread for v in visits), max(v.value + v.spread for v in visits)
    least = LEAST_OF_BAND * (band[1] - band[0]) if band else LEAST_OF_VALUE * max(abs(low), abs(high))
    air = max(AIR * (high - low), (least - (high - low)) / 2) or 1.0
    return low - air, high + air


def _is_dated(index: int, count: int) -> bool:
    return count <= MOST_DATES or index in (0, count - 1)
