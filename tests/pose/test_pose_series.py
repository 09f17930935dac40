"""Poses stacked over time: what is no point and no score is taken out."""

import numpy as np

from kiosk.domain import PoseSeries
from kiosk.pose.series import sound


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
