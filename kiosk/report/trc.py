"""TRC, the marker file of OpenSim and Pose2Sim: 17 points over time in metres, y up, z = 0.

What must not go in: finding points, metrics.
"""

import numpy as np

from kiosk.domain import FloatArray, PoseSeries, View
from kiosk.gait.geometry import LEG_OF_HEIGHT, to_body
from kiosk.gait.spans import LONGEST_GAP_S
from kiosk.gait.strides import leg_length_px
from kiosk.pose.keypoints import LEFT, NAMES, RIGHT, SEEN_SCORE

KEYS = ("DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units", "OrigDataRate", "OrigDataStartFrame", "OrigNumFrames")
FLOOR_PERCENT = 2.0
"""The belt is taken at this percentile of the lower ankle's height (our choice: the lowest points without outliers)."""


class NoScale(ValueError):  # noqa: N818 - it is an answer, not a fault
    """The legs were never seen, so lengths cannot be told."""


SAME_S = 1e-6
"""Times nearer than this are one: the grid is a sum of steps and misses a frame's own time by rounding."""


def trc(series: PoseSeries, view: View, name: str, height_cm: float | None, roll_deg: float = 0.0) -> str:
    """The file's text.

    Frames come at irregular times, the format wants a rate: points are interpolated linearly onto a regular grid of the median rate, each
    from its own neighbours. Where a point was not seen (score below 0.2) for longer than a gap that gait bridges, it is NaN.
    The origin is the median place of mid-hip along x, the belt (lowest ankles) along y. x is forward in side views and the runner's right
    seen from in front and behind; y is up after the camera's roll is taken out; z is 0: one camera knows no depth.
    The scale is that of the leg: 0.491 of the height (Drillis & Contini in Winter 2009). Without a height one leg length is written as 1 m
    (the format knows no other unit); such a file should say so in its name.

    Args:
        series: the points as the network found them.
        view: the side that faces the camera.
        name: of the file, for its first line.
        height_cm: of the runner; None when not known.
        roll_deg: the camera's, degrees clockwise to be put upright.

    Raises:
        NoScale: fewer than two frames, or the legs were never seen.
    """
    t_s, xy_m, rate_hz = _grid(series, view, height_cm, roll_deg)
    start = [
        f"PathFileType\t4\t(X/Y/Z)\t{name}",
        "\t".join(KEYS),
        f"{rate_hz:.6g}\t{rate_hz:.6g}\t{len(t_s)}\t{len(NAMES)}\tm\t{rate_hz:.6g}\t1\t{len(t_s)}",
        "Frame#\tTime\t" + "\t\t\t".join(NAMES),
        "\t\t" + "\t".join(f"X{k}\tY{k}\tZ{k}" for k in range(1, len(NAMES) + 1)),
        "",
    ]
    rows = (f"{k}\t{t:.6f}\t{_points(points)}" for k, (t, points) in enumerate(zip(t_s, xy_m, strict=True), 1))
    return "\n".join([*start, *rows]) + "\n"


def _points(points: FloatArray) -> str:
    """x, y, z of all points; NaN for one that is not known, which readers of OpenSim and pandas both take."""
    return "\t".join(f"{x:.5f}\t{y:.5f}\t0.00000" if np.isfinite(x + y) else "NaN\tNaN\tNaN" for x, y in points)


def _grid(series: PoseSeries, view: View, height_cm: float | None, roll_deg: float) -> tuple[FloatArray, FloatArray, float]:
    """(n,) seconds from 0, (n, 17, 2) metres, frames a second."""
    body = to_body(series, view, roll_deg)
    leg_px = leg_length_px(body)
    if len(series.t_s) < 2 or not np.isfinite(leg_px) or leg_px <= 0:
        raise NoScale("The legs were never seen in this recording, so its lengths cannot be told and no TRC can be made.")
    step_s = float(np.median(np.diff(series.t_s)))
    t_s = np.arange(series.t_s[0], series.t_s[-1] + step_s / 2, step_s)
    t_s = t_s[t_s <= series.t_s[-1] + 1e-9]
    seen = np.isfinite(body.xy).all(axis=2) & (body.score >= SEEN_SCORE)
    xy = np.stack([_resampled(t_s, series.t_s, body.xy[:, k], seen[:, k]) for k in range(len(NAMES))], axis=1)
    scale = (LEG_OF_HEIGHT * height_cm / 100 if height_cm is not None else 1.0) / leg_px
    return t_s - t_s[0], (xy - _origin(xy)) * scale, 1 / step_s


def _resampled(at_s: FloatArray, t_s: FloatArray, xy: FloatArray, seen: FloatArray) -> FloatArray:
    """(n, 2) one point at new times; NaN outside and in holes that are too long."""
    out = np.full((len(at_s), 2), np.nan)
    t, points = t_s[seen], xy[seen]
    if len(t) < 2:
        return out
    after = np.clip(np.searchsorted(t, at_s), 1, len(t) - 1)
    on_a_frame = np.minimum(np.abs(at_s - t[after]), np.abs(at_s - t[after - 1])) < SAME_S
    known = on_a_frame | ((at_s >= t[0]) & (at_s <= t[-1]) & (t[after] - t[after - 1] <= LONGEST_GAP_S))
    for axis in (0, 1):
        out[known, axis] = np.interp(at_s[known], t, points[:, axis])
    return out


def _origin(xy: FloatArray) -> FloatArray:
    """(2,) middle of the runner, height of the belt, in the unit of `xy`."""
    hips = (xy[:, LEFT["hip"], 0] + xy[:, RIGHT["hip"], 0]) / 2
    ankles = xy[:, [LEFT["ankle"], RIGHT["ankle"]], 1]
    x = float(np.nanmedian(hips)) if np.isfinite(hips).any() else 0.0
    y = float(np.nanpercentile(ankles, FLOOR_PERCENT)) if np.isfinite(ankles).any() else 0.0
    return np.array([x, y])
