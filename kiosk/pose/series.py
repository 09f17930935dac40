"""Poses stacked over time."""

from collections.abc import Sequence

import numpy as np

from kiosk.domain import Pose, PoseSeries


def to_series(poses: Sequence[Pose]) -> PoseSeries:
    """Stack poses (strictly increasing time) into one series; an empty list gives an empty series of size 0 x 0."""
    if not poses:
        return PoseSeries(np.zeros(0), np.zeros((0, 17, 2), np.float32), np.zeros((0, 17), np.float32), 0, 0)
    return PoseSeries(
        np.array([p.t_s for p in poses]),
        np.stack([p.xy_px for p in poses]),
        np.stack([p.score for p in poses]),
        poses[-1].width,
        poses[-1].height,
    )
