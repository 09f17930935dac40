"""A long or broken series cut into spans that can be folded."""

from collections.abc import Iterator

import numpy as np

from kiosk.domain import PoseSeries

LONGEST_GAP_S = 1.0
"""Over a longer gap between two frames the stride's phase cannot be followed (our choice: about a stride)."""
SPAN_S = 60.0
"""Longest span that is folded at once: within it a runner's form is taken as one (our choice)."""
SPAN_FRAMES = 3000
"""Most frames folded at once: the phase needs a table of their square (72 MB)."""
OVERLAP_S = 3.0
"""How far two spans overlap so that no stride is lost between them: four strides (our choice)."""


def spans(series: PoseSeries) -> Iterator[PoseSeries]:
    """The series in pieces without gaps, each at most SPAN_S and SPAN_FRAMES long, overlapping where nothing is missing.

    An empty series gives one empty span.
    """
    edges = np.flatnonzero(np.diff(series.t_s) > LONGEST_GAP_S) + 1
    for start, end in zip([0, *edges], [*edges, len(series.t_s)], strict=True):
        yield from _pieces(_cut(series, int(start), int(end)))


def _pieces(part: PoseSeries) -> Iterator[PoseSeries]:
    start = 0
    while True:
        end = min(int(np.searchsorted(part.t_s, part.t_s[start] + SPAN_S)) if len(part.t_s) else 0, start + SPAN_FRAMES)
        yield _cut(part, start, end)
        if end >= len(part.t_s):
            return
        start = max(int(np.searchsorted(part.t_s, part.t_s[end - 1] - OVERLAP_S)), start + 1)


def _cut(series: PoseSeries, start: int, end: int) -> PoseSeries:
    return PoseSeries(series.t_s[start:end], series.xy_px[start:end], series.score[start:end], series.width, series.height)
