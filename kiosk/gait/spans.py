"""A long or broken series cut into spans that can be folded: nothing is measured across a gap, or where nobody is seen or runs."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray, PoseSeries
from kiosk.gait.framing import foot_seen, torso_seen
from kiosk.pose.keypoints import LEFT, RIGHT
from kiosk.pose.series import seen_px

BoolArray = NDArray[np.bool_]

LONGEST_GAP_S = 1.0
"""Over a longer gap between two frames the stride's phase cannot be followed (our choice: about a stride)."""
SPAN_S = 60.0
"""Longest span that is folded at once: within it a runner's form is taken as one (our choice)."""
SPAN_FRAMES = 3000
"""Most frames folded at once: the phase needs a table of their square (72 MB)."""
OVERLAP_S = 3.0
"""How far two spans overlap so that no stride is lost between them: four strides (our choice)."""
STILL_S = 1.5
"""Feet that do not travel for this long do not run: slow walking has a step in it (our choice)."""
LEAST_TRAVEL = 0.2
"""... when neither ankle moves further, sideways or up, than this part of the torso against the hips (our choice: a runner's feet rise
further, also seen from the front; a network's points tremble by a third of it)."""
LOOK_EVERY_S = 0.25
"""How often it is looked whether the feet travel (our choice)."""


def spans(series: PoseSeries) -> Iterator[PoseSeries]:
    """The series in pieces without gaps, each at most SPAN_S and SPAN_FRAMES long, overlapping where nothing is missing.

    A stretch of more than LONGEST_GAP_S without torso or feet, or in which the feet stand still, is a piece of its own: what
    lies before and after it is measured, and the piece itself tells why it is not. Single frames without a torso are left out.
    An empty series gives one empty span.
    """
    edges = np.flatnonzero(np.diff(series.t_s) > LONGEST_GAP_S) + 1
    for start, end in zip([0, *edges], [*edges, len(series.t_s)], strict=True):
        part = cut(series, int(start), int(end))
        for piece, usable in _stretches(part):
            yield from _pieces(piece) if usable else (piece,)


def _stretches(part: PoseSeries) -> Iterator[tuple[PoseSeries, bool]]:
    """(piece, it can be measured) in the order of time."""
    if len(part.t_s) == 0:
        yield part, True
        return
    seen = torso_seen(part)
    reason = np.where(~(seen & foot_seen(part)), 1, np.where(standing(part), 2, 0))
    reason = _without_short(part.t_s, reason)
    edges = np.flatnonzero(np.diff(reason)) + 1
    for start, end in zip([0, *edges], [*edges, len(reason)], strict=True):
        usable = reason[start] == 0
        kept = np.arange(start, end)
        yield take(part, kept[seen[kept]] if usable else kept), bool(usable)


def _without_short(t_s: FloatArray, reason: NDArray[np.int_]) -> NDArray[np.int_]:
    """Bad stretches of up to LONGEST_GAP_S count as good: the phase is followed over them."""
    out = reason.copy()
    edges = np.flatnonzero(np.diff(reason)) + 1
    for start, end in zip([0, *edges], [*edges, len(reason)], strict=True):
        whole = start == 0 and end == len(reason)
        if reason[start] and t_s[end - 1] - t_s[start] <= LONGEST_GAP_S and not whole:
            out[start:end] = 0
    return out


def standing(series: PoseSeries) -> BoolArray:
    """(n,) the feet do not travel for STILL_S around; False where too little is seen to tell."""
    xy = seen_px(series)
    hip = (xy[:, LEFT["hip"]] + xy[:, RIGHT["hip"]]) / 2
    torso = np.linalg.norm(hip - (xy[:, LEFT["shoulder"]] + xy[:, RIGHT["shoulder"]]) / 2, axis=1)
    feet = np.concatenate([xy[:, LEFT["ankle"]] - hip, xy[:, RIGHT["ankle"]] - hip], axis=1)
    t_s, out = series.t_s, np.zeros(len(series.t_s), bool)
    if not np.isfinite(torso).any():
        return out
    limit_px = LEAST_TRAVEL * float(np.nanmedian(torso))
    starts_s = np.append(np.arange(t_s[0], t_s[-1] - STILL_S, LOOK_EVERY_S), max(t_s[-1] - STILL_S, t_s[0]))  # the last looks at the end
    for start_s in starts_s:
        a, b = np.searchsorted(t_s, [start_s, start_s + STILL_S + 1e-9])
        path = feet[a:b][np.isfinite(feet[a:b]).all(axis=1)]
        if len(path) >= 5 and float(np.ptp(np.percentile(path, [5, 95], axis=0), axis=0).max()) < limit_px:
            out[a:b] = True
    return out


def _pieces(part: PoseSeries) -> Iterator[PoseSeries]:
    start = 0
    while True:
        end = min(int(np.searchsorted(part.t_s, part.t_s[start] + SPAN_S)) if len(part.t_s) else 0, start + SPAN_FRAMES)
        yield cut(part, start, end)
        if end >= len(part.t_s):
            return
        start = max(int(np.searchsorted(part.t_s, part.t_s[end - 1] - OVERLAP_S)), (start + end + 1) // 2)


def halves(span: PoseSeries) -> tuple[PoseSeries, PoseSeries]:
    """Two spans of equal time that overlap by OVERLAP_S."""
    middle_s = (span.t_s[0] + span.t_s[-1]) / 2
    first = int(np.searchsorted(span.t_s, middle_s + OVERLAP_S / 2))
    second = int(np.searchsorted(span.t_s, middle_s - OVERLAP_S / 2))
    return cut(span, 0, first), cut(span, second, len(span.t_s))


def cut(series: PoseSeries, start: int, end: int) -> PoseSeries:
    """Frames [start, end)."""
    return PoseSeries(series.t_s[start:end], series.xy_px[start:end], series.score[start:end], series.width, series.height)


def take(series: PoseSeries, keep: NDArray[np.bool_] | NDArray[np.int_]) -> PoseSeries:
    """The frames that `keep` chooses, (n,) bool or their numbers."""
    return PoseSeries(series.t_s[keep], series.xy_px[keep], series.score[keep], series.width, series.height)
