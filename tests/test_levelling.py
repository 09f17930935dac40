"""Is the camera level: told from what stands still behind the runner, beside the frames."""

import math

import cv2
import numpy as np
import pytest

from at_once import AtOnce
from kiosk.levelling import EVERY_S, FRAMES, Levelling
from pictures import turned


def room(roll_deg: float) -> np.ndarray:
    """Door frames and shelves, seen by a camera that is rolled by so many degrees."""
    image = np.full((480, 640, 3), 200, np.uint8)
    for x in (60, 150, 260, 400, 520, 600):
        cv2.line(image, (x, -200), (x, 700), (40, 40, 40), 5)
    for y in (60, 400):
        cv2.line(image, (-200, y), (900, y), (60, 60, 60), 5)
    return turned(image, roll_deg)


def tilt_after(levelling: Levelling, image: np.ndarray) -> float:
    for i in range(FRAMES + 2):
        levelling.look(i * 1.1 * EVERY_S, image)
    return levelling.tilt_deg


@pytest.mark.parametrize(("roll_deg", "low", "high"), [(0, 0, 0.5), (6, 4, 6.1), (-6, 4, 6.1)])
def test_a_rolled_camera_is_told(roll_deg: float, low: float, high: float) -> None:
    """Six degrees of roll are told, less their error; an upright camera is level."""
    assert low <= tilt_after(Levelling(0.0, AtOnce()), room(roll_deg)) <= high  # type: ignore[arg-type]


def test_the_roll_of_the_settings_is_no_tilt() -> None:
    """A camera that is rolled as kiosk.toml says is as it should be; put upright it is not."""
    seen = [tilt_after(Levelling(roll, AtOnce()), room(6)) for roll in (6.0, -6.0)]  # type: ignore[arg-type]
    assert min(seen) < 1
    assert max(seen) > 8


def test_a_bare_wall_says_nothing() -> None:
    """Without lines the tilt is not known."""
    assert math.isnan(tilt_after(Levelling(0.0, AtOnce()), np.full((480, 640, 3), 128, np.uint8)))  # type: ignore[arg-type]


def test_a_new_visit_looks_anew() -> None:
    """What was seen before may be of a camera that was moved: after `begin` there is no answer until lines were looked at again."""
    levelling = Levelling(0.0, AtOnce())  # type: ignore[arg-type]
    tilt_after(levelling, room(6))
    assert levelling.answered
    levelling.begin()
    assert (levelling.answered, math.isnan(levelling.tilt_deg)) == (False, True)
