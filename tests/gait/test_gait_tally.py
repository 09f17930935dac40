"""What a session remembers of its strides: every value, with little room for each."""

import pickle

import numpy as np

from kiosk.domain import GaitReport, Side, Stride, View
from kiosk.gait.analysis import Analysis
from kiosk.gait.metrics import METRICS, StrideValue, summarise
from kiosk.gait.tally import Tally

NAMES = [row.name for row in METRICS[:20]]
SIDES: dict[str, tuple[Side | None, ...]] = {name: (None,) if i < 5 else tuple(Side) for i, name in enumerate(NAMES)}
"""Five metrics without sides, the others of both feet."""
LATE = NAMES[7]
"""Not seen in the first spans."""


def span(number: int, known: float) -> Analysis:
    """Two strides of each foot; of their values this share is known."""
    rng, first_s = np.random.default_rng(number), 1.4 * number
    strides = [Stride(side, s, s + 0.25, s + 0.7) for side in Side for s in first_s + np.array([0.0, 0.7]) + 0.35 * (side is Side.RIGHT)]
    values = [
        StrideValue(name, side, float(stride.start_s), float(rng.normal(20, 3)))
        for name, sides in SIDES.items()
        for side in sides
        for stride in strides
        if stride.side is (side or Side.RIGHT) and rng.uniform() < known and not (name == LATE and number < 20)
    ]
    return Analysis(GaitReport({}, strides=tuple(strides)), tuple(values), first_s + 2.0)


def told(tally: Tally, spans: int, known: float) -> list[StrideValue]:
    """All values that the tally took from so many spans."""
    found = [span(number, known) for number in range(spans)]
    return [value for analysis in found for value in tally.update(analysis, analysis.end_s, settle_s=0.0)]


def test_every_value_is_kept_with_its_stride() -> None:
    """Values that are missing in some strides, first seen late or not at the end: the rest as they came, bit by bit, and their medians."""
    tally = Tally()
    values = told(tally, 60, known=0.4)
    wanted: dict[tuple[str, Side | None], list[tuple[float, float]]] = {}
    for value in values:
        wanted.setdefault((value.metric, value.side), []).append((value.start_s, value.value))
    tracks = tally.tracks()
    assert list(tracks) == list(wanted)
    assert {key: list(zip(t.t_s.tolist(), t.value.tolist(), strict=True)) for key, t in tracks.items()} == wanted
    assert tally.metrics(View.RIGHT) == summarise(values, View.RIGHT)
    assert tally.strides == 240


def test_a_value_takes_little_more_than_its_eight_bytes() -> None:
    """The starts of the strides are kept once, not once a metric: an hour must stay small on a small machine."""
    tally = Tally()
    values = told(tally, 300, known=1.0)
    assert len(pickle.dumps(tally)) < 10 * len(values)
