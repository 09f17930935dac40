"""Poses stacked over time: one by one or at once; what is no point and no score is taken out."""

import numpy as np

from kiosk.domain import Pose, PoseSeries
from kiosk.pose.series import Stack, sound, to_series


def test_what_cannot_be_a_point_or_a_score_is_taken_out() -> None:
    """A point with one wild coordinate is missing as a whole; a score stays between 0 and 1, and without one it is 0."""
    xy = np.zeros((1, 17, 2), np.float32)
    xy[0, :4] = [[np.inf, 5], [5, np.nan], [-3e38, 5], [-200, 5]]
    score = np.full((1, 17), 0.5, np.float32)
    score[0, :5] = [np.nan, np.inf, -np.inf, 3e38, -1]
    clean = sound(PoseSeries(np.zeros(1), xy, score, 640, 480))
    assert np.isnan(clean.xy_px[0, :3]).all()
    assert clean.xy_px[0, 3:].tolist() == xy[0, 3:].tolist()
    assert clean.score[0, :6].tolist() == [0.0, 1.0, 0.0, 1.0, 0.0, 0.5]


def test_poses_stacked_one_by_one_are_those_stacked_at_once() -> None:
    """Bit by bit, missing points too; also without any."""
    rng = np.random.default_rng(1)
    poses = []
    for k in range(7):
        xy = rng.uniform(0, 640, (17, 2)).astype(np.float32)
        xy[k] = np.nan
        poses.append(Pose(k / 30, xy, rng.uniform(0, 1, 17).astype(np.float32), 640, 480))
    for some in (poses, []):
        stack = Stack()
        for pose in some:
            stack.add(pose)
        one, other = stack.series(), to_series(some)
        for name in ("t_s", "xy_px", "score"):
            a, b = getattr(one, name), getattr(other, name)
            assert (a.shape, a.dtype, a.tobytes()) == (b.shape, b.dtype, b.tobytes())
        assert (one.width, one.height, len(stack)) == (other.width, other.height, len(some))
