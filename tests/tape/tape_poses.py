"""Poses and pictures for the tests of the tape."""

import numpy as np

from kiosk.domain import Frame, Pose, PoseSeries
from runner import make_runner, times


def poses(seconds: float = 2.0, fps: float = 30.0, start_s: float = 0.0) -> list[Pose]:
    """A made-up runner's poses, one after the other."""
    series = make_runner(times(seconds, fps))
    rows = zip(series.t_s, series.xy_px.astype(np.float32), series.score.astype(np.float32), strict=True)
    return [Pose(start_s + float(t_s), xy_px, score, 640, 480) for t_s, xy_px, score in rows]


def picture(t_s: float, width: int = 64, height: int = 48) -> Frame:
    """A grey picture that gets lighter with time."""
    return Frame(t_s, np.full((height, width, 3), int(t_s * 20) % 256, np.uint8))


def same(series: PoseSeries, wanted: list[Pose]) -> bool:
    """True when the series is these poses and no other."""
    return (
        series.t_s.tolist() == [p.t_s for p in wanted]
        and np.array_equal(series.xy_px, np.reshape([p.xy_px for p in wanted], (-1, 17, 2)), equal_nan=True)
        and np.array_equal(series.score, np.reshape([p.score for p in wanted], (-1, 17)))
    )
