"""Time-aware smoothing of poses for the eye: the overlay must not tremble and must not lag.

Gait does not use it: folding many strides removes noise without moving events in time.
"""

import math

import numpy as np

from kiosk.domain import Pose
from kiosk.pose.keypoints import COUNT
from kiosk.pose.points import NOWHERE, is_seen

REST_HZ = 1.5
SPEED_GAIN = 0.6
SPEED_HZ = 1.0
"""One Euro filter (Casiez, Roussel, Vogel 2012, doi:10.1145/2207676.2208639): cut-off at rest, its growth per torso
length per second, and the cut-off of the speed. Values tuned by eye on the demo clip (our choice)."""
LOST_S = 0.5
"""A point unseen for this long starts afresh (our choice)."""


class OneEuro:
    """Smooths the 17 points of one runner with their own time stamps; one `update` a pose."""

    def __init__(self) -> None:
        self._points = [_Point() for _ in range(COUNT)]

    def update(self, pose: Pose) -> Pose:
        """The smoothed pose; NaN where the point is missing now."""
        raw = [complex(x, y) for x, y in pose.xy_px.tolist()]
        scale_px = _torso_px(raw)
        shown = [point.update(pose.t_s, xy, scale_px) for point, xy in zip(self._points, raw, strict=True)]
        xy_px = np.array([(xy.real, xy.imag) for xy in shown], np.float32)
        return Pose(pose.t_s, xy_px, pose.score, pose.width, pose.height)


class _Point:
    """One point of the runner; places are complex numbers, x + iy in pixels."""

    def __init__(self) -> None:
        self._t_s = -math.inf
        self._xy = self._speed = 0j

    def update(self, t_s: float, xy: complex, scale_px: float) -> complex:
        """The smoothed place; NOWHERE when it is missing now, which changes nothing."""
        if not is_seen(xy):
            return NOWHERE
        dt_s, self._t_s = t_s - self._t_s, t_s
        if not 0 < dt_s <= LOST_S:
            self._speed -= _part(1.0, SPEED_HZ) * self._speed  # unknown: as if it had stood for a second
            self._xy = xy
            return xy
        speed = (xy - self._xy) / (dt_s * scale_px)
        self._speed += _part(dt_s, SPEED_HZ) * (speed - self._speed)
        self._xy += _part(dt_s, REST_HZ + SPEED_GAIN * abs(self._speed) * REST_HZ) * (xy - self._xy)
        return self._xy


def _part(dt_s: float, cut_hz: float) -> float:
    """Share of the new value in an exponential filter with this cut-off."""
    return 1.0 / (1.0 + 1.0 / (math.tau * cut_hz * dt_s))


def _torso_px(xy: list[complex]) -> float:
    """Length mid-shoulder to mid-hip, pixels, 1 at least; 1 when not seen."""
    length = abs(xy[5] + xy[6] - xy[11] - xy[12]) / 2
    return max(length, 1.0) if math.isfinite(length) else 1.0
