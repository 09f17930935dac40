"""Poses put right for the eye: legs given back, wild points out, every point smoothed from both sides in time.

Metrics do not use it: folding many strides removes noise without moving events in time.
"""

import numpy as np

from kiosk.domain import FloatArray, PoseSeries, View
from kiosk.gait.geometry import to_body, to_picture
from kiosk.gait.legs import tell_apart
from kiosk.gait.spans import spans

BRIDGED_S = 0.2
"""A point that is missing for no longer is drawn between its neighbours in time (our choice: a third of a swing)."""
SMOOTH_S = 0.02
"""Standard deviation of the bell over neighbouring frames (our choice: takes 7 % off a movement of 3 Hz, the fastest of a foot)."""


def put_right(series: PoseSeries, view: View) -> PoseSeries:
    """The whole recording as a person should see it; frames in which nothing runs stay as they were, only smoothed."""
    xy = series.xy_px.astype(float).copy()
    for span in spans(series):
        if len(span.t_s) == 0:
            continue
        legs = tell_apart(to_body(span, view))
        if legs is not None:
            xy[np.searchsorted(series.t_s, span.t_s)] = to_picture(legs.body.xy, view)  # a span leaves out frames without a torso
    points = xy.reshape(len(xy), -1)
    for column in range(points.shape[1]):
        points[:, column] = _smooth(series.t_s, _bridged(series.t_s, points[:, column]))
    return PoseSeries(series.t_s, points.reshape(xy.shape).astype(np.float32), series.score, series.width, series.height)


def _bridged(t_s: FloatArray, x: FloatArray) -> FloatArray:
    """Short gaps filled by straight lines, long ones left."""
    known = np.flatnonzero(np.isfinite(x))
    if len(known) < 2:
        return x
    filled = np.interp(t_s, t_s[known], x[known], left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(known, np.arange(len(x))), 1, len(known) - 1)
    gap_s = t_s[known[after]] - t_s[known[after - 1]]
    return np.where(np.isfinite(x) | (gap_s <= BRIDGED_S), filled, np.nan)


def _smooth(t_s: FloatArray, x: FloatArray) -> FloatArray:
    """Mean of each sample's neighbours in time, weighed by a bell; NaN stays NaN and counts nowhere."""
    top, bottom = np.zeros(len(x)), np.zeros(len(x))
    for shift in range(-3, 4):
        other = np.arange(len(x)) + shift
        inside = (other >= 0) & (other < len(x))
        near = np.clip(other, 0, len(x) - 1)
        weight = np.where(inside & np.isfinite(x[near]), np.exp(-0.5 * ((t_s[near] - t_s) / SMOOTH_S) ** 2), 0.0)
        top += weight * np.nan_to_num(x[near])
        bottom += weight
    return np.asarray(np.where(np.isfinite(x), top / np.maximum(bottom, 1e-12), np.nan))
