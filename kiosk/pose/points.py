"""Some points of one pose as complex numbers, x + iy in pixels: a distance is `abs(a - b)`, a mean is a mean.

For the handful of points that are looked at with every frame, plain numbers take a fifth of the time of small arrays, whose every call
costs a microsecond before it looks at a number. What must not go in: what the points mean (identity.py, presence.py, crop.py).
"""

import cmath
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from kiosk.domain import Pose
from kiosk.pose.keypoints import SEEN_SCORE

NOWHERE = complex(math.nan, math.nan)
"""A point that is not seen."""
is_seen = cmath.isfinite
"""False for NOWHERE, and when one coordinate is NaN: the library's own, as it is asked fifty times a frame."""


def seen_points(pose: Pose, points: Iterable[int]) -> list[complex]:
    """These keypoints; NOWHERE where one is missing or not seen (its score is SEEN_SCORE or lower)."""
    found = _all_points(pose)
    return [found[i] for i in points]


@lru_cache(maxsize=4)
def _all_points(pose: Pose) -> list[complex]:
    """All keypoints as in `seen_points`, worked out once for all who ask about the same pose; poses are never changed."""
    seen = (pose.score > SEEN_SCORE).tolist()  # in the array's own precision, as gait compares
    return [complex(*xy) if known else NOWHERE for xy, known in zip(pose.xy_px.tolist(), seen, strict=True)]


def middle(points: Sequence[complex]) -> complex:
    """The mean of those that are seen; NOWHERE without any."""
    seen = [point for point in points if is_seen(point)]
    return sum(seen) / len(seen) if seen else NOWHERE
