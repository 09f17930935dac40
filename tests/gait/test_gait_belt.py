"""The belt's speed against the runner's height."""

import numpy as np
import pytest

from kiosk.domain import View
from kiosk.gait.belt import scale_cm_per_leg, scale_warning
from kiosk.gait.geometry import LEG_OF_HEIGHT, Setting
from known_camera import Camera, record
from known_runner import KnownRunner
from runner import make_runner, times


@pytest.mark.parametrize("height_m", [1.6, 1.85])
def test_a_known_runner_gives_the_leg_back(height_m: float) -> None:
    """A runner of known height on a belt of known speed: the leg's length to 5 %."""
    runner = KnownRunner(height_m=height_m)
    series = record(runner, times(12, 60), Camera(View.RIGHT))
    leg_cm = scale_cm_per_leg(series, View.RIGHT, Setting(), 3.6 * runner.speed_ms)
    assert leg_cm == pytest.approx(100 * runner.leg_m, rel=0.05)


def test_no_scale_without_speed_side_or_contacts() -> None:
    """From the front, at an unknown speed, or in too short a look there is none."""
    series = make_runner(times(10, 30))
    assert scale_cm_per_leg(series, View.RIGHT, Setting(), 8.0) is not None
    assert scale_cm_per_leg(series, View.RIGHT, Setting(), None) is None
    assert scale_cm_per_leg(series, View.FRONT, Setting(), 8.0) is None
    assert scale_cm_per_leg(make_runner(times(4, 30)), View.RIGHT, Setting(), 8.0) is None


def test_the_scale_goes_with_the_speed_that_was_typed() -> None:
    """Twice the speed is a leg twice as long; a camera further away changes nothing."""
    series = make_runner(times(10, 30))
    near, fast = (scale_cm_per_leg(series, View.RIGHT, Setting(), speed) for speed in (8.0, 16.0))
    assert fast == pytest.approx(2 * near)
    small = type(series)(series.t_s, 160 + 0.5 * series.xy_px, series.score, series.width, series.height)
    assert scale_cm_per_leg(small, View.RIGHT, Setting(), 8.0) == pytest.approx(near, rel=0.02)
    assert np.isfinite(near)


def test_a_wrong_height_or_speed_is_told() -> None:
    """Beyond 15 % a sentence with the numbers; within it, and where one is unknown, nothing."""
    leg_cm = 100 * LEG_OF_HEIGHT * 1.8
    assert scale_warning(leg_cm, 180.0, 10.0) == ""
    assert scale_warning(1.14 * leg_cm, 180.0, 10.0) == ""
    said = scale_warning(1.609 * leg_cm, 180.0, 16.09)
    assert said.startswith("By the belt's 16.1 km/h a leg is 142 cm long, by the height of 180 cm it is 88 cm")
    assert [scale_warning(*known) for known in ((None, 180.0, 10.0), (1.0, None, 10.0), (1.0, 180.0, None))] == ["", "", ""]
