"""Poses stacked over time."""

from array import array
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kiosk.domain import FloatArray, Pose, PoseSeries
from kiosk.pose.keypoints import SEEN_SCORE

BEYOND_PX = 1e5
"""No picture is this wide: a point further out is no point (our choice)."""


def sound(series: PoseSeries) -> PoseSeries:
    """The series as its type promises it: points that cannot be in any picture missing (NaN), scores from 0 to 1."""
    with np.errstate(invalid="ignore"):
        nowhere = ~(np.abs(series.xy_px) < BEYOND_PX).all(axis=-1)
    xy_px = np.where(nowhere[..., None], np.nan, series.xy_px)
    return replace(series, xy_px=xy_px, score=np.clip(np.nan_to_num(series.score, nan=0.0), 0.0, 1.0))


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


class Stack:
    """Poses stacked one by one, 212 bytes each (a `Pose` takes three times that): an hour at 30 frames/s is 23 MB."""

    def __init__(self) -> None:
        self._t_s, self._xy_px, self._score = array("d"), array("f"), array("f")
        self._size = (0, 0)

    def __len__(self) -> int:
        return len(self._t_s)

    def add(self, pose: Pose) -> None:
        """Put a later pose on top."""
        self._t_s.append(pose.t_s)
        self._xy_px.frombytes(np.asarray(pose.xy_px, np.float32).tobytes())
        self._score.frombytes(np.asarray(pose.score, np.float32).tobytes())
        self._size = (pose.width, pose.height)

    def series(self) -> PoseSeries:
        """What `to_series` gives of the same poses."""
        xy_px, score = np.array(self._xy_px, np.float32), np.array(self._score, np.float32)
        return PoseSeries(np.array(self._t_s, float), xy_px.reshape(-1, 17, 2), score.reshape(-1, 17), *self._size)


def seen_px(series: PoseSeries) -> FloatArray:
    """(n, 17, 2) the points with a score above SEEN_SCORE, pixels; NaN for the others."""
    return np.where((series.score > SEEN_SCORE)[..., None], series.xy_px, np.nan).astype(float)


def poses_per_s(poses: Sequence[Pose]) -> float | None:
    """How many a second these poses are, which increase in time; None of fewer than three."""
    if len(poses) < 3:
        return None
    return (len(poses) - 1) / (poses[-1].t_s - poses[0].t_s)
