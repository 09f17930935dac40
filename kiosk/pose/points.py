"""Some points of one pose as complex numbers, x + iy in pixels: a distance is `abs(a - b)`, a mean is a mean.

For the handful of points that are looked at with every frame, plain numbers take a fifth of the time of small arrays, whose every call
costs a microsecond before it looks at a number. What must not go in: what the points mean (identity.py, presence.py, crop.py).
"""

import cmath
import math
from collections.abc import Iterable, Sequence

from kiosk.domain import Pose
from kiosk.pose.keypoints import SEEN_SCORE

NOWHERE = complex(math.nan, math.nan)
"""A point that is not seen."""
is_seen = cmath.isfinite
"""False for NOWHERE, and when one coordinate is NaN: the library's own, as it is asked fifty times a frame."""


def seen_points(pose: Pose, points: Iterable[int]) -> list[complex]:
    """These keypoints; NOWHERE where one is missing or not seen (its score is SEEN_SCORE or lower)."""
    xy, seen = pose.xy_px.tolist(), (pose.score > SEEN_SCORE).tolist()
    return [complex(*xy[i]) if seen[i] else NOWHERE for i in points]


def middle(points: Sequence[complex]) -> complex:
    """The mean of those that are seen; NOWHERE without any."""
    seen = [point for point in points if is_seen(point)]
    return sum(seen) / len(seen) if seen else NOWHERE
