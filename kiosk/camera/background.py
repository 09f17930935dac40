"""The still part of a clip or of what a camera sees, and the line segments in it.

What must not go in: what the lines mean; that is gait/upright.py.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray, ImageBgr

MOST_FRAMES = 32
"""Frames kept; when full, every other one goes and from then on every other one comes. So 16 to 32 frames stand evenly over a clip of any
length (our choice: the median of 16 forgets what stands in one place for less than half of the time)."""
LONGEST_SIDE_PX = 960
"""Larger pictures are made smaller: half a pixel on a line of 100 is 0.3°, and memory stays under 25 MB (our choice)."""
STILL = 12
"""Grey levels out of 256 by which a still pixel may change, 10th to 90th percentile: noise and compression (our choice)."""
REACH_PX = 3
"""A line's pixels and this far beside it must be still (our choice)."""
MOSTLY_STILL = 0.8
"""Share of a line that must be still (our choice)."""


class Background:
    """Takes frames, gives line segments of what did not move."""

    def __init__(self) -> None:
        self._kept: list[NDArray[np.uint8]] = []
        self._every = 1
        self._seen = 0
        self._size = (0, 0)

    @property
    def frames(self) -> int:
        """Frames kept so far."""
        return len(self._kept)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the frames; (0, 0) before the first."""
        return self._size

    def add(self, image_bgr: ImageBgr) -> None:
        """Look at one frame; frames of another size than the first are left out."""
        height, width = image_bgr.shape[:2]
        if self._size == (0, 0):
            self._size = (width, height)
        take = self._seen % self._every == 0 and self._size == (width, height)
        self._seen += 1
        if not take:
            return
        grey = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)
        scale = self._scale
        if scale < 1:
            grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        self._kept.append(np.asarray(grey, np.uint8))
        if len(self._kept) == MOST_FRAMES:
            self._kept = self._kept[::2]
            self._every *= 2

    @property
    def _scale(self) -> float:
        return min(1.0, LONGEST_SIDE_PX / max(self._size))

    def segments_px(self) -> FloatArray:
        """(n, 4) x, y of both ends of the line segments that stood still, pixels of the frames; (0, 4) without frames."""
        if not self._kept:
            return np.zeros((0, 4))
        median, moved = self._median_and_moved()
        found = cv2.createLineSegmentDetector().detect(median)[0]
        if found is None:
            return np.zeros((0, 4))
        lines = found.reshape(-1, 4).astype(float)
        side = 2 * REACH_PX + 1
        near = cv2.dilate(moved.astype(np.uint8), np.ones((side, side), np.uint8))
        return np.asarray(lines[_still_share(lines, near == 0) > MOSTLY_STILL] / self._scale)

    def still(self) -> tuple[NDArray[np.uint8], NDArray[np.bool_]] | None:
        """(height, width) grey levels of what was there most of the time, and True where it stood still; None without frames.

        At most LONGEST_SIDE_PX wide or high.
        """
        if not self._kept:
            return None
        median, moved = self._median_and_moved()
        return median, ~moved

    def _median_and_moved(self) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        last = len(self._kept) - 1
        ranks = (last // 10, last // 2, last - last // 10)
        low, median, high = np.partition(np.stack(self._kept), ranks, axis=0)[list(ranks)]
        return median, np.asarray(cv2.subtract(high, low) > STILL)


def _still_share(lines: FloatArray, still: NDArray[np.bool_]) -> FloatArray:
    """(n,) share of each line on still pixels."""
    part = np.linspace(0, 1, 20)[:, None]
    x, y = (np.rint(lines[:, i] * (1 - part) + lines[:, i + 2] * part).astype(int) for i in (0, 1))
    height, width = still.shape
    return np.asarray(still[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)].mean(axis=0))
