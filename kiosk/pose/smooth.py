"""Time-aware smoothing of poses for the eye: the overlay must not tremble and must not lag.

Gait does not use it: folding many strides removes noise without moving events in time.
"""

import numpy as np

from kiosk.domain import FloatArray, Pose

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
        self._t_s = np.full(17, -np.inf)
        self._xy = np.full((17, 2), np.nan)
        self._speed = np.zeros((17, 2))

    def update(self, pose: Pose) -> Pose:
        """The smoothed pose; NaN where the point is missing now."""
        xy = pose.xy_px.astype(float)
        seen = np.isfinite(xy).all(axis=1)
        dt_s = pose.t_s - self._t_s
        fresh = ~np.isfinite(self._xy).all(axis=1) | (dt_s > LOST_S) | (dt_s <= 0)
        dt_s = np.where(fresh, 1.0, dt_s)
        scale = max(_torso_px(xy), 1.0)
        speed = np.where(fresh[:, None], 0.0, (xy - self._xy) / dt_s[:, None] / scale)
        speed = self._speed + _part(dt_s, SPEED_HZ)[:, None] * (np.nan_to_num(speed) - self._speed)
        cut_hz = REST_HZ + SPEED_GAIN * np.hypot(speed[:, 0], speed[:, 1]) * REST_HZ
        part = np.where(fresh, 1.0, _part(dt_s, cut_hz))[:, None]
        out = np.where(fresh[:, None], xy, self._xy + part * (xy - self._xy))
        self._xy = np.where(seen[:, None], out, self._xy)
        self._speed = np.where(seen[:, None], speed, self._speed)
        self._t_s = np.where(seen, pose.t_s, self._t_s)
        shown = np.where(seen[:, None], self._xy, np.nan).astype(np.float32)
        return Pose(pose.t_s, shown, pose.score, pose.width, pose.height)


def _part(dt_s: FloatArray, cut_hz: FloatArray | float) -> FloatArray:
    """Share of the new value in an exponential filter with this cut-off."""
    tau_s = 1.0 / (2 * np.pi * np.asarray(cut_hz))
    return np.asarray(1.0 / (1.0 + tau_s / dt_s))


def _torso_px(xy: FloatArray) -> float:
    """Length mid-shoulder to mid-hip, pixels; 0 when not seen."""
    length = np.hypot(*(xy[[5, 6]].mean(axis=0) - xy[[11, 12]].mean(axis=0)))
    return float(np.nan_to_num(length))
