"""From pixels to the runner's own frame: forward, up, angles and lengths (METRICS.md, frame of reference)."""

from dataclasses import dataclass

import numpy as np

from kiosk.domain import FloatArray, PoseSeries, View
from kiosk.gait.grouped import percentile
from kiosk.pose.keypoints import LEFT, RIGHT

LEG_OF_HEIGHT = 0.491
"""Leg length as part of body height: segment table of Drillis & Contini in Winter 2009."""
FORWARD = 0
UP = 1


@dataclass(frozen=True)
class Setting:
    """What is known beside the poses: how the camera stands, how the belt is tilted, who the runner is, who found the points."""

    roll_deg: float = 0.0
    """Degrees the picture must be turned clockwise so that gravity points down."""
    roll_sd_deg: float | None = None
    """Standard error of the roll, degrees; None when nobody measured it (then it is taken as right)."""
    yaw_deg: float = 0.0
    """Degrees by which the camera looks past the straight side (front, rear) view; 0 when unknown."""
    incline_pct: float = 0.0
    """Rise of the belt, percent, forward and up."""
    height_cm: float | None = None
    """Height of the runner, for values in cm."""
    network: str = ""
    """Who found the points: row of the table of offsets that they need; "" for points that are joints."""
    raw: bool = False
    """True leaves the points where the network put them."""


@dataclass(frozen=True, eq=False)
class Body:
    """Keypoints in the runner's frame."""

    t_s: FloatArray
    """(n,) seconds, increasing."""
    xy: FloatArray
    """(n, 17, 2) pixels: [..., 0] forward (side views; to the runner's right in front and rear view), [..., 1] up."""
    score: FloatArray
    """(n, 17) confidence, 0 to 1."""
    view: View

    def mid(self, part: str) -> FloatArray:
        """(n, 2) midpoint of the left and right keypoint, NaN where one is missing."""
        return np.asarray(0.5 * (self.xy[:, LEFT[part]] + self.xy[:, RIGHT[part]]))


def to_body(series: PoseSeries, view: View, roll_deg: float = 0.0) -> Body:
    """Turn the picture by the camera's roll and let the first axis point forward.

    Args:
        series: poses of one runner.
        view: the side that faces the camera. Seen from the right side the runner faces the picture's right.
        roll_deg: degrees the picture must be turned clockwise so that gravity points down.
    """
    roll = np.radians(roll_deg)
    x, y = series.xy_px[..., 0].astype(float), series.xy_px[..., 1].astype(float)
    turned_x = x * np.cos(roll) - y * np.sin(roll)
    turned_y = x * np.sin(roll) + y * np.cos(roll)
    forward = turned_x if view in (View.RIGHT, View.REAR) else -turned_x
    return Body(series.t_s, np.stack([forward, -turned_y], axis=-1), series.score, view)


def to_picture(xy: FloatArray, view: View) -> FloatArray:
    """(..., 2) x to the right and y down of an upright picture, from forward and up; the way back of `to_body` but for the roll."""
    forward = xy[..., FORWARD] if view in (View.RIGHT, View.REAR) else -xy[..., FORWARD]
    return np.stack([forward, -xy[..., UP]], axis=-1)


def from_vertical_deg(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Angle of lower -> upper from vertical, degrees, positive when the upper end is further forward.

    Args:
        lower: (..., 2) forward, up.
        upper: (..., 2) forward, up.
    """
    d = upper - lower
    return np.asarray(np.degrees(np.arctan2(d[..., FORWARD], d[..., UP])))


def flexion_deg(a: FloatArray, joint: FloatArray, b: FloatArray) -> FloatArray:
    """180 minus the angle a-joint-b, degrees: 0 when straight. NaN where a point is missing."""
    u, v = joint - a, b - joint
    length = np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (u * v).sum(-1) / length
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def thigh_deg(hip: FloatArray, knee: FloatArray) -> FloatArray:
    """Angle of hip -> knee from straight down, degrees, positive when the knee is ahead."""
    d = knee - hip
    return np.asarray(np.degrees(np.arctan2(d[..., FORWARD], -d[..., UP])))


def length_px(a: FloatArray, b: FloatArray, percent: float = 50) -> float:
    """Median (or another percentile) of the distance of two points over time, pixels; NaN when never seen."""
    d = np.linalg.norm(a - b, axis=-1)
    d = d[np.isfinite(d)]
    return percentile(d, percent)
