"""Which square of the frame the network looks at: it follows the runner's torso and falls back to the treadmill zone.

Pure: works on numbers; cutting the picture is the work of cut.py.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import Frame, Pose
from kiosk.pose.keypoints import COUNT, HIPS, SEEN_SCORE, SHOULDERS, TORSO

TORSO_ROOM = 1.9
BODY_ROOM = 1.2
"""Half the square against the largest distance of a torso point (a seen body point) from the mid-hip: factors of the
published MoveNet cropping procedure (TensorFlow Hub tutorial)."""
FOLLOW_S = 0.5
"""Time constant with which the square follows: longer than a step, so that the picture's scale does not breathe with the
stride (our choice)."""
GONE_S = 1.0
"""Without a torso for this long the square falls back to the zone (our choice)."""
JUMP_SIDES = 0.35
"""A wanted square whose centre is further than this part of the side away is taken at once, not followed (our choice)."""


@dataclass(frozen=True)
class Square:
    """A square of the frame; may hang over its edges."""

    left_px: float
    top_px: float
    side_px: float

    @property
    def centre_px(self) -> tuple[float, float]:
        """(x, y) of the middle."""
        return self.left_px + self.side_px / 2, self.top_px + self.side_px / 2


@dataclass(frozen=True, eq=False)
class Prepared:
    """A frame, ready for the network."""

    frame: Frame
    square: Square
    """Where the picture was cut out of the frame."""
    picture_rgb: NDArray[np.uint8]
    """(n, n, 3) red-green-blue, n pixels as the network wants them; black beyond the frame's edges."""


def zone_square(zone: tuple[float, float, float, float], width: int, height: int) -> Square:
    """The smallest square around the treadmill zone.

    Args:
        zone: left, top, right, bottom as parts of the frame's width and height.
        width: of the frame, pixels.
        height: of the frame, pixels.
    """
    left, right = zone[0] * width, zone[2] * width
    top, bottom = zone[1] * height, zone[3] * height
    side = max(right - left, bottom - top)
    return Square((left + right - side) / 2, (top + bottom - side) / 2, side)


def wanted_square(pose: Pose) -> Square | None:
    """The square around this pose; None when its torso is not seen or it would be larger than the frame's longer side.

    A torso is seen when at least one hip and one shoulder score above SEEN_SCORE.
    """
    xy, seen = pose.xy_px.tolist(), (pose.score > SEEN_SCORE).tolist()
    hips = [xy[i] for i in HIPS if seen[i]]
    if not (hips and any(seen[i] for i in SHOULDERS)):
        return None
    middle_x, middle_y = (sum(places) / len(hips) for places in zip(*hips, strict=True))
    away = [max(abs(x - middle_x), abs(y - middle_y)) for x, y in xy]
    half = max(TORSO_ROOM * _farthest([away[i] for i in TORSO]), BODY_ROOM * _farthest([away[i] for i in range(COUNT) if seen[i]]))
    longest = max(pose.width, pose.height)
    if not math.isfinite(half) or half < 8 or 2 * half > 1.5 * longest:
        return None
    half = min(half, longest / 2)
    return Square(middle_x - half, middle_y - half, 2 * half)


def _farthest(away_px: list[float]) -> float:
    """The largest that is known; NaN when none is."""
    return max([away for away in away_px if not math.isnan(away)], default=math.nan)


class CropTracker:
    """The square for the next frame, from the pose found in the last one."""

    def __init__(self, zone: tuple[float, float, float, float]) -> None:
        self._zone = zone
        self._square: Square | None = None
        self._seen_s = -math.inf
        self._last_s = -math.inf

    def square(self, width: int, height: int) -> Square:
        """Where to look now: at the runner, or at the treadmill zone while there is none."""
        return self._square or zone_square(self._zone, width, height)

    def update(self, pose: Pose) -> None:
        """Follow the pose that was just found (raw, not smoothed)."""
        wanted = wanted_square(pose)
        if wanted is None:
            if pose.t_s - self._seen_s > GONE_S:
                self._square = None
        else:
            self._square = self._follow(wanted, pose.t_s - self._last_s)
            self._seen_s = pose.t_s
        self._last_s = pose.t_s

    def _follow(self, wanted: Square, dt_s: float) -> Square:
        now = self._square
        if now is None or _distance(now, wanted) > JUMP_SIDES * now.side_px:
            return wanted
        part = 1.0 if not math.isfinite(dt_s) else 1.0 - math.exp(-dt_s / FOLLOW_S)
        stay = 1 - part
        return Square(
            now.left_px * stay + wanted.left_px * part,
            now.top_px * stay + wanted.top_px * part,
            now.side_px * stay + wanted.side_px * part,
        )


def _distance(a: Square, b: Square) -> float:
    (ax, ay), (bx, by) = a.centre_px, b.centre_px
    return math.hypot(ax - bx, ay - by)
