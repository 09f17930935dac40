"""A whole file, stretch by stretch: each is measured on its own, and what is not measured has a time and a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kiosk.domain import PoseSeries, View
from kiosk.gait.analysis import Analysis, analyse, refused
from kiosk.gait.geometry import Setting
from kiosk.gait.quality import refusal_of_frames
from kiosk.gait.refusals import say
from kiosk.gait.spans import LONGEST_GAP_S, cut, halves, spans, standing
from kiosk.gait.view import detect_view

SHORTEST_PART_S = 6.0
"""A refused span is not halved into parts shorter than this: eight strides (our choice)."""
VIEW_PART_S = 10.0
"""Parts of a file whose views are compared when the whole shows none (our choice)."""


@dataclass
class Hole:
    """A stretch of a file in which nothing was measured."""

    start_s: float
    end_s: float
    """Time of its last frame, seconds."""
    why: str


def analyses(series: PoseSeries, view: View | None, setting: Setting) -> Iterator[tuple[PoseSeries, Analysis]]:
    """Each span of the series with its analysis, by time.

    Args:
        series: poses of a whole file, of any length, with any gaps.
        view: side that faces the camera; None when it cannot be told, then nothing is measured.
        setting: camera, belt, runner and network.
    """
    if view is None:
        why = refusal_of_frames(series, None) or say("still" if standing(series).mean() > 0.5 else "view_unknown")
        yield series, refused(None, why)
        return
    for span in spans(series):
        yield from _measured(span, view, setting)


def _measured(span: PoseSeries, view: View, setting: Setting) -> Iterator[tuple[PoseSeries, Analysis]]:
    """The span at once, or, when it is refused, its halves, if one of them can be measured: a walk that turns into a run."""
    analysis = analyse(span, view, setting)
    if analysis.report.refusal and span.t_s.size and span.t_s[-1] - span.t_s[0] > 2 * SHORTEST_PART_S:
        parts = [pair for half in halves(span) for pair in _measured(half, view, setting)]
        if not all(part.report.refusal for _, part in parts):
            yield from parts
            return
    yield span, analysis


def note(holes: list[Hole], span: PoseSeries, why: str) -> None:
    """Remember a refused span, together with the last one when it goes on for the same reason; `why` "" is none."""
    if not why:
        return
    start_s, end_s = (float(span.t_s[0]), float(span.t_s[-1])) if len(span.t_s) else (0.0, 0.0)
    if holes and holes[-1].why == why and start_s - holes[-1].end_s <= LONGEST_GAP_S:
        holes[-1].end_s = end_s
    else:
        holes.append(Hole(start_s, end_s, why))


def most_seen_view(series: PoseSeries) -> View | None:
    """The view of most parts of a file in which it changes, or in which somebody stands for long; None when no part shows one."""
    if len(series.t_s) == 0:
        return None
    edges = np.searchsorted(series.t_s, np.arange(series.t_s[0], series.t_s[-1], VIEW_PART_S))
    found = [detect_view(cut(series, int(a), int(b))) for a, b in pairwise([*edges, len(series.t_s)])]
    known = [view for view in found if view is not None]
    return max(known, key=known.count) if known else None
