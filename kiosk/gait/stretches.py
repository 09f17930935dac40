"""A whole file, stretch by stretch: each is measured on its own, and what is not measured has a time and a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kiosk.domain import PoseSeries, View
from kiosk.gait.analysis import Analysis, analyse, refused
from kiosk.gait.geometry import Setting
from kiosk.gait.quality import LEAST_STRIDES, refusal_of_frames
from kiosk.gait.refusals import say
from kiosk.gait.spans import LONGEST_GAP_S, cut, halves, spans, standing, take
from kiosk.gait.view import detect_view

SHORTEST_PART_S = 6.0
"""A refused span is not halved into parts shorter than this: eight strides (our choice)."""
VIEW_PART_S = 10.0
"""Parts of a file whose views are compared when the whole shows none (our choice)."""

OTHER_RHYTHM = 1.15
"""Strides this many times longer or shorter are another gait or another speed and are folded apart (our choice: a runner's strides
vary by 1 to 2 %, from 8 to 16 km/h they become 13 % shorter, METRICS.md)."""
TURN_S = 4.0
"""How exactly it is known when a runner turns or the camera is moved: five strides show a view (our choice)."""


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
        for piece in _of_one_view(span):
            yield from _measured(piece, view, setting)


def _of_one_view(span: PoseSeries) -> Iterator[PoseSeries]:
    """The span cut where the runner is seen from another side than before, to TURN_S; the cut part then tells why it is refused."""
    start, last = 0, None
    for a, b in _parts(span, TURN_S):
        seen = detect_view(cut(span, a, b))
        if seen is not None and last is not None and seen is not last:
            yield cut(span, start, a)
            start = a
        last = seen or last
    yield cut(span, start, len(span.t_s))


def _parts(series: PoseSeries, seconds: float) -> Iterator[tuple[int, int]]:
    """First and last + 1 frame of each part of this length; the last part may be shorter."""
    starts_s = np.arange(series.t_s[0], series.t_s[-1], seconds) if len(series.t_s) else np.zeros(0)
    edges = np.searchsorted(series.t_s, starts_s)
    yield from pairwise([*(int(e) for e in edges), len(series.t_s)])


def _measured(span: PoseSeries, view: View, setting: Setting) -> Iterator[tuple[PoseSeries, Analysis]]:
    """The span at once; or cut where its rhythm changes; or, when it is refused, its halves, if one of them can be measured."""
    analysis = analyse(span, view, setting)
    changes = _rhythm_changes(analysis)
    if changes:
        edges = [0, *(int(e) for e in np.searchsorted(span.t_s, changes)), len(span.t_s)]
        yield from ((piece, analyse(piece, view, setting)) for piece in (cut(span, a, b) for a, b in pairwise(edges)))
        return
    if analysis.report.refusal and span.t_s.size and span.t_s[-1] - span.t_s[0] > 2 * SHORTEST_PART_S:
        parts = [pair for half in halves(span) for pair in _measured(half, view, setting)]
        if not all(part.report.refusal for _, part in parts):
            yield from parts
            return
    yield span, analysis


def _rhythm_changes(analysis: Analysis) -> list[float]:
    """Times, seconds, at which the stride becomes longer or shorter by OTHER_RHYTHM for LEAST_STRIDES or more: a walk, then a run."""
    strides = analysis.report.strides
    if len(strides) < 4 * LEAST_STRIDES:
        return []
    lasts_s = np.array([s.end_s - s.start_s for s in strides])
    around = np.pad(lasts_s, 3, mode="edge")
    typical = np.median(np.lib.stride_tricks.sliding_window_view(around, 7), axis=1)
    other = np.abs(np.log(typical / np.median(lasts_s))) > np.log(OTHER_RHYTHM)
    edges = [0, *(np.flatnonzero(np.diff(other)) + 1), len(other)]
    if min(b - a for a, b in pairwise(edges)) < 2 * LEAST_STRIDES:  # of two feet
        return []
    return [strides[int(edge)].start_s for edge in edges[1:-1]]


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
    found = [detect_view(cut(series, a, b)) for a, b in _parts(series, VIEW_PART_S)]
    known = [view for view in found if view is not None]
    return max(known, key=known.count) if known else None


def of_view(series: PoseSeries, view: View) -> PoseSeries | None:
    """The parts of a file in which the runner is seen from this side; None when there is none."""
    parts = [np.arange(a, b) for a, b in _parts(series, VIEW_PART_S) if detect_view(cut(series, a, b)) is view]
    return take(series, np.concatenate(parts)) if parts else None
