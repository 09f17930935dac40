"""How the camera stands, told from a person made of numbers."""

from dataclasses import replace

import numpy as np
import pytest

from kiosk.domain import FloatArray, PoseSeries, View
from kiosk.gait.stance import SHOULDERS_OF_TORSO, YAW_SD_DEG, roll_of_standing, yaw_of_side_view
from runner import make_runner, times


def standing(seconds: float = 4.0, sway_px: float = 1.0) -> PoseSeries:
    """Somebody facing the camera, upright, feet together, 400 px tall."""
    t_s = times(seconds, 15)
    xy = np.zeros((len(t_s), 17, 2))
    rows = {"ear": (3, 60, 12), "shoulder": (5, 120, 40), "elbow": (7, 190, 45), "wrist": (9, 250, 48)}
    rows |= {"hip": (11, 250, 25), "knee": (13, 350, 22), "ankle": (15, 440, 20)}
    for index, y, half in rows.values():
        xy[:, index], xy[:, index + 1] = (320 + half, y), (320 - half, y)
    xy[:, :3] = (320, 55)
    xy += np.random.default_rng(4).normal(0, sway_px, xy.shape)
    return PoseSeries(t_s, xy, np.full((len(t_s), 17), 0.8), 640, 480)


def turned_clockwise(series: PoseSeries, angle_deg: float) -> PoseSeries:
    a = np.radians(angle_deg)
    matrix = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])  # y points down: positive is clockwise
    return replace(series, xy_px=series.xy_px @ matrix.T)


@pytest.mark.parametrize("view", [View.FRONT, View.REAR])
@pytest.mark.parametrize("angle_deg", [-6.0, 0.0, 3.0])
def test_somebody_standing_shows_gravity(view: View, angle_deg: float) -> None:
    """A picture turned clockwise by 3° must be turned by -3°."""
    found = roll_of_standing(turned_clockwise(standing(), angle_deg), view)
    assert found is not None
    assert found[0] == pytest.approx(-angle_deg, abs=0.2)


def test_only_somebody_who_stands_still_and_whole_from_front_or_rear() -> None:
    """A runner, a short look, feet not seen, a side view: None."""
    hidden = np.array(standing().score)
    hidden[:, 15:] = 0.05
    assert roll_of_standing(make_runner(times(5, 30)), View.FRONT) is None
    assert roll_of_standing(standing(2.0), View.FRONT) is None
    assert roll_of_standing(replace(standing(), score=hidden), View.FRONT) is None
    assert roll_of_standing(standing(), View.RIGHT) is None


def with_yaw(yaw_deg: float, facing: int) -> PoseSeries:
    """A runner whose shoulders are seen by a camera that stands `yaw_deg` ahead of the square position."""
    series = make_runner(times(6, 30), facing=facing)
    xy: FloatArray = np.array(series.xy_px, float)
    torso_px = float(np.median(np.linalg.norm(xy[:, 5] - xy[:, 11], axis=1)))
    behind_px = np.sin(np.radians(yaw_deg)) * SHOULDERS_OF_TORSO * torso_px
    near = 6 if facing > 0 else 5
    xy[:, near, 0] -= facing * behind_px / 2
    xy[:, 11 - near, 0] += facing * behind_px / 2
    return replace(series, xy_px=xy)


@pytest.mark.parametrize(("facing", "view"), [(1, View.RIGHT), (-1, View.LEFT)])
@pytest.mark.parametrize("yaw_deg", [-20.0, 0.0, 15.0])
def test_yaw_from_the_shoulders(facing: int, view: View, yaw_deg: float) -> None:
    """The near shoulder falls behind when the camera stands ahead, whichever way the runner faces."""
    found = yaw_of_side_view(with_yaw(yaw_deg, facing), view)
    assert found is not None
    assert found[0] == pytest.approx(yaw_deg, abs=0.5)
    assert found[1] == YAW_SD_DEG


def test_roll_is_taken_out_before_yaw() -> None:
    """A camera above the runner sees the near shoulder lower; rolled by 10° this looks like yaw, until the roll is known."""
    square = with_yaw(0, 1)
    square.xy_px[:, 6, 1] += 20
    series = turned_clockwise(square, 10)
    found = yaw_of_side_view(series, View.RIGHT, roll_deg=-10)
    assert found is not None
    assert found[0] == pytest.approx(0, abs=0.5)
    assert abs((yaw_of_side_view(series, View.RIGHT) or (0, 0))[0]) > 2


def test_no_yaw_without_shoulders_or_from_the_front() -> None:
    """Nothing to tell from: None."""
    series = with_yaw(0, 1)
    assert yaw_of_side_view(series, View.FRONT) is None
    assert yaw_of_side_view(replace(series, score=np.zeros_like(series.score)), View.RIGHT) is None
