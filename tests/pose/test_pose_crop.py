"""Where the network looks, and the overlay's smoothing."""

import numpy as np
import pytest

from kiosk.domain import Pose
from kiosk.pose.crop import CropTracker, wanted_square, zone_square
from kiosk.pose.smooth import OneEuro
from runner import make_runner, times


def pose_at(series, i: int, shift: float = 0.0, score: float | None = None) -> Pose:  # type: ignore[no-untyped-def]
    scores = series.score[i] if score is None else np.full(17, score, np.float32)
    return Pose(float(series.t_s[i]), series.xy_px[i] + [shift, 0], scores, series.width, series.height)


def test_square_holds_the_whole_runner() -> None:
    """Every keypoint lies inside the square around its pose."""
    series = make_runner(times(2, 30))
    for i in range(len(series.t_s)):
        square = wanted_square(pose_at(series, i))
        assert square is not None
        low = np.array([square.left_px, square.top_px])
        assert (series.xy_px[i] >= low).all()
        assert (series.xy_px[i] <= low + square.side_px).all()


def test_starts_and_ends_at_the_treadmill_zone() -> None:
    """Before a runner, and a second after one was last seen, the square covers the zone."""
    zone = (0.25, 0.0, 0.75, 1.0)
    tracker, series = CropTracker(zone), make_runner(times(3, 30))
    assert tracker.square(640, 480) == zone_square(zone, 640, 480)
    for i in range(30):
        tracker.update(pose_at(series, i))
    assert tracker.square(640, 480) != zone_square(zone, 640, 480)
    for i in range(30, 75):
        tracker.update(pose_at(series, i, score=0.05))
    assert tracker.square(640, 480) == zone_square(zone, 640, 480)


def test_follows_a_runner_who_drifts() -> None:
    """A runner who moves 100 px in 3 s stays in the middle of the square."""
    tracker, series = CropTracker((0, 0, 1, 1)), make_runner(times(3, 30))
    for i in range(90):
        tracker.update(pose_at(series, i, shift=100 * i / 90))
    hip = series.xy_px[89, 11, 0] + 100
    assert tracker.square(640, 480).centre_px[0] == pytest.approx(hip, abs=25)


def test_picture_scale_does_not_breathe_with_the_stride() -> None:
    """Over a stride the side of the square changes by less than four in a hundred."""
    tracker, series = CropTracker((0, 0, 1, 1)), make_runner(times(6, 30))
    sides = []
    for i in range(len(series.t_s)):
        tracker.update(pose_at(series, i))
        sides.append(tracker.square(640, 480).side_px)
    assert np.ptp(sides[90:]) < 0.04 * sides[-1]


def test_smoothing_calms_a_still_point_and_follows_a_fast_one() -> None:
    """Noise at rest shrinks by half or more; a runner's ankle lags by less than a tenth of its travel."""
    noisy = make_runner(times(6, 30), noise_px=3)
    clean = make_runner(times(6, 30))
    smooth = OneEuro()
    out = np.stack([smooth.update(pose_at(noisy, i)).xy_px for i in range(len(noisy.t_s))])
    hip_noise = np.std(out[60:, 11, 0] - clean.xy_px[60:, 11, 0])
    assert hip_noise < 1.5
    lag = np.abs(out[60:, 15, 0] - clean.xy_px[60:, 15, 0])
    assert np.median(lag) < 0.1 * np.ptp(clean.xy_px[:, 15, 0])


def test_smoothing_is_aware_of_time() -> None:
    """A point that comes back after a second starts where it is, not where it was."""
    series = make_runner(times(3, 30))
    smooth = OneEuro()
    smooth.update(pose_at(series, 0))
    back = smooth.update(pose_at(series, 60, shift=200))
    assert np.allclose(back.xy_px, series.xy_px[60] + [200, 0], atol=0.01)


def test_missing_points_stay_missing() -> None:
    """NaN in, NaN out; the others are not disturbed."""
    series = make_runner(times(1, 30))
    xy = series.xy_px.copy()
    xy[:, 9] = np.nan
    smooth = OneEuro()
    for i in range(5):
        out = smooth.update(Pose(float(series.t_s[i]), xy[i], series.score[i], 640, 480))
    assert np.isnan(out.xy_px[9]).all()
    assert np.isfinite(np.delete(out.xy_px, 9, axis=0)).all()
