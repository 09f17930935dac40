"""Which pictures are only the one before once more: a "30 frames/s" file that was made from 10.

A repeated picture tells a movement that did not happen: the legs stand still, then jump. Pure: the pictures come as arrays.
"""

import math
from bisect import bisect_left, insort
from collections import deque
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray, ImageBgr, PoseSeries
from kiosk.gait.ranks import percentile
from kiosk.gait.spans import take
from kiosk.pose.keypoints import LEFT, RIGHT
from kiosk.pose.series import seen_px
from kiosk.words import Phrase

BoolArray = NDArray[np.bool_]

SAMPLES = 100
"""Rows and columns that are compared (our choice: a leg is then still 10 samples wide, and it costs 50 microseconds)."""
AROUND_S = 0.26
"""A change is compared with the largest one this near: at 8 real pictures a second there are two new ones in it."""
SAME_PICTURE = 0.2
"""A picture repeats the last when it differs from it less than this part of the largest change around. Repeats in encoded clips of
three runners reach 0.06, new pictures of runners never fall below 0.41."""
SAME_POINTS = 0.12
"""The same for the movement of the points, when only they are known: below it lie 4 to 10 of 10 repeats, as a network's points
tremble, and at most 0.065 of the frames of runners and walkers."""
FLASH = 1.5
"""Changes count as this many times their 95th percentile at most: a flash or a cut is no measure (our choice)."""
LIMBS = [points[part] for points in (LEFT, RIGHT) for part in ("elbow", "wrist", "knee", "ankle")]
LEAST_SHARE = 0.1
"""Fewer repeats are no habit of the file (a film of 24 in a file of 30 has 0.2; our choice)."""


def grey_copy(image_bgr: ImageBgr) -> FloatArray:
    """At most about (2 SAMPLES, 2 SAMPLES) samples of the picture's green, float32."""
    rows, columns = (max(1, n // SAMPLES) for n in image_bgr.shape[:2])
    return np.asarray(image_bgr[::rows, ::columns, 1], np.float32)


def change(before: FloatArray | None, now: FloatArray) -> float:
    """Root mean square difference of two grey copies, grey levels; NaN for a first picture or another size."""
    if before is None or before.shape != now.shape:
        return float("nan")
    off = (now - before).ravel()
    return math.sqrt(float(off @ off) / off.size)


def point_changes(series: PoseSeries) -> FloatArray:
    """(n,) movement of the seen limbs from the frame before, upper quartile, pixels; NaN for the first and where none is seen.

    Of the limbs, because head and trunk stand still for a moment twice in every step.
    """
    xy = seen_px(series)[:, LIMBS]
    moved = np.linalg.norm(np.diff(xy, axis=0), axis=-1)
    known = np.isfinite(moved).any(axis=1)
    out = np.full(len(series.t_s), np.nan)
    out[1:][known] = np.nanpercentile(moved[known], 75, axis=1)
    return out


def repeated(t_s: FloatArray, changes: FloatArray, same: float = SAME_PICTURE) -> BoolArray:
    """Which pictures are the one before once more.

    Nothing is a repeat where nothing moves at all: a still picture has no change to compare with.

    Args:
        t_s: (n,) seconds, increasing.
        changes: (n,) difference from the picture before, any unit; NaN where unknown.
        same: part of the largest change around below which nothing happened.

    Returns:
        (n,) True for repeats; the first picture of each group is not one.
    """
    known = np.isfinite(changes)
    if not known.any():
        return np.zeros(len(t_s), bool)
    level = np.where(known, changes, 0.0)
    level = np.minimum(level, FLASH * np.percentile(level[known], 95))
    first, last = np.searchsorted(t_s, t_s - AROUND_S), np.searchsorted(t_s, t_s + AROUND_S, side="right")
    largest = np.array([level[a:b].max() for a, b in zip(first, last, strict=True)])
    return np.asarray(known & (largest > 0) & (level < same * largest))


def without_repeats(series: PoseSeries, changes: FloatArray | None) -> tuple[PoseSeries, str]:
    """The series with each picture once, and the warning that says so; the same series and "" when pictures do not repeat.

    The first of a group keeps its stamp. When the picture was really taken is known no better than the group is long: evenly
    repeated pictures shift all times alike, which changes no number; unevenly repeated ones blur them.

    Args:
        series: poses of one runner.
        changes: (n,) of the pictures; None when only the points are known.
    """
    again = repeated(series.t_s, changes) if changes is not None else repeated(series.t_s, point_changes(series), SAME_POINTS)
    if len(again) < 3 or again.mean() < LEAST_SHARE:
        return series, ""
    kept = take(series, ~again)
    return kept, repeats_sentence(_rate(series.t_s), _rate(kept.t_s), float(np.diff(kept.t_s).max(initial=0.0)))


def repeats_sentence(said_fps: float, real_fps: float, group_s: float) -> str:
    """What a person is told about repeated pictures."""
    return Phrase(
        "The file says {said_fps:.0f} frames/s but only {real_fps:.0f} are different: repeated pictures were left out, "
        "and single moments are known to {known_ms:.0f} ms only.",
        said_fps=said_fps,
        real_fps=real_fps,
        known_ms=1e3 * min(group_s, 1.0),
    )


def _rate(t_s: FloatArray) -> float:
    return (len(t_s) - 1) / float(t_s[-1] - t_s[0]) if len(t_s) > 1 else 0.0


class RepeatWatch:
    """The same for a live camera, which cannot look ahead: one `update` a picture."""

    SPAN_S = 2.0

    def __init__(self) -> None:
        self._last: FloatArray | None = None
        self._seen: deque[tuple[float, float, bool]] = deque()
        self._ordered: list[float] = []
        """The known changes of `_seen`, increasing."""

    def update(self, t_s: float, image_bgr: ImageBgr) -> bool:
        """True when this picture is the last one once more."""
        now = grey_copy(image_bgr)
        changed, self._last = change(self._last, now), now
        while self._seen and t_s - self._seen[0][0] > self.SPAN_S:
            self._forget(self._seen.popleft()[1])
        if math.isfinite(changed):
            insort(self._ordered, changed)
        again = self._repeats(t_s, changed)
        self._seen.append((t_s, changed, again))
        return again

    def _forget(self, changed: float) -> None:
        if math.isfinite(changed):
            del self._ordered[bisect_left(self._ordered, changed)]

    def _repeats(self, t_s: float, changed: float) -> bool:
        """What `repeated` says of the newest picture; of it alone, because the older ones are told."""
        if not math.isfinite(changed):
            return False
        top = FLASH * percentile(self._ordered, 95)
        around = takewhile(lambda seen: seen[0] >= t_s - AROUND_S, reversed(self._seen))
        largest = min(max([changed, *(c for _, c, _ in around if math.isfinite(c))]), top)
        return largest > 0 and min(changed, top) < SAME_PICTURE * largest

    @property
    def warning(self) -> str:
        """What the staff should know while the camera repeats pictures; "" when it does not."""
        if len(self._seen) < 3:
            return ""
        share = sum(again for _, _, again in self._seen) / len(self._seen)
        if share < LEAST_SHARE:
            return ""
        fps = _rate(np.array([s[0] for s in self._seen]))
        return Phrase(
            "The camera gives {fps:.0f} pictures a second but only {real_fps:.0f} are different.", fps=fps, real_fps=fps * (1 - share)
        )
