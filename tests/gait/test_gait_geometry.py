"""Angles and the runner's frame."""

import numpy as np
import pytest

from kiosk.domain import View
from kiosk.gait.geometry import FORWARD, UP, flexion_deg, from_vertical_deg, thigh_deg, to_body
from runner import make_runner, times


def test_lean_is_positive_forward() -> None:
    """A point as far ahead as above leans 45 degrees; behind it is negative."""
    assert from_vertical_deg(np.array([0.0, 0.0]), np.array([1.0, 1.0])) == pytest.approx(45)
    assert from_vertical_deg(np.array([0.0, 0.0]), np.array([-1.0, 1.0])) == pytest.approx(-45)


def test_straight_leg_has_no_flexion() -> None:
    """Hip over knee over ankle is 0; a right angle is 90."""
    hip, knee = np.array([0.0, 2.0]), np.array([0.0, 1.0])
    assert flexion_deg(hip, knee, np.array([0.0, 0.0])) == pytest.approx(0, abs=1e-4)
    assert flexion_deg(hip, knee, np.array([-1.0, 1.0])) == pytest.approx(90)


def test_thigh_behind_is_negative() -> None:
    """A knee behind the hip gives a negative thigh angle."""
    assert thigh_deg(np.array([0.0, 1.0]), np.array([-1.0, 0.0])) == pytest.approx(-45)


@pytest.mark.parametrize(("facing", "view"), [(1, View.RIGHT), (-1, View.LEFT)])
def test_forward_is_where_the_runner_faces(facing: int, view: View) -> None:
    """The nose lies ahead of the ears and above the hips in both side views."""
    body = to_body(make_runner(times(1, 30), facing=facing), view)
    assert (body.xy[:, 0, FORWARD] > body.xy[:, 3, FORWARD]).all()
    assert (body.xy[:, 0, UP] > body.mid("hip")[:, UP]).all()


def test_roll_turns_the_lean() -> None:
    """A picture that must be turned 5 degrees clockwise reads 5 degrees more forward lean for a runner facing right."""
    series = make_runner(times(1, 30), lean_deg=3)
    straight, rolled = (to_body(series, View.RIGHT, roll) for roll in (0.0, 5.0))
    lean = [from_vertical_deg(b.mid("hip"), b.mid("shoulder")).mean() for b in (straight, rolled)]
    assert lean[1] - lean[0] == pytest.approx(5, abs=0.01)
