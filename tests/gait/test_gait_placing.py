"""Before the run: one thing to correct at a time, by its name, and on when all has been well for two seconds."""

import math
from dataclasses import replace

import numpy as np
import pytest

from kiosk.domain import Pose, View
from kiosk.gait.placing import PROBLEMS, WELL_S, Placing
from kiosk.gait.refusals import say
from kiosk.pose.keypoints import LEFT, RIGHT
from kiosk.screen import Check

FEET = [LEFT["ankle"], RIGHT["ankle"]]
EARS = [LEFT["ear"], RIGHT["ear"]]


def standing(t_s: float = 0.0, faces: int = 1) -> Pose:
    """Somebody who stands in the middle of a 640 x 480 picture, seen from the side, looking to the picture's right (faces = 1)."""
    points = {"ear": (0, 80), "shoulder": (-5, 130), "elbow": (-5, 190), "wrist": (20, 230), "hip": (0, 240), "knee": (5, 330)}
    xy, score = np.zeros((17, 2)), np.full(17, 0.8)
    for side in (LEFT, RIGHT):
        for name, (x, y) in {**points, "ankle": (0, 420)}.items():
            xy[side[name]] = (320 + faces * x, y)
        xy[side["eye"]] = (320 + faces * 18, 75)
    xy[0] = (320 + faces * 25, 80)
    return Pose(t_s, xy, score, 640, 480)


def unseen(pose: Pose, points: list[int]) -> Pose:
    score = pose.score.copy()
    score[points] = 0.05
    return replace(pose, score=score)


def moved(pose: Pose, by: tuple[float, float], scale: float = 1.0) -> Pose:
    centre = np.array([320.0, 250.0])
    return replace(pose, xy_px=(pose.xy_px - centre) * scale + centre + by)


def broad(pose: Pose) -> Pose:
    """The same seen from the front: shoulders three quarters of the torso apart."""
    xy = pose.xy_px.copy()
    xy[LEFT["shoulder"], 0] += 41
    xy[RIGHT["shoulder"], 0] -= 41
    return replace(pose, xy_px=xy)


def check_of(pose: Pose, view: View | None = View.RIGHT, light: str = "", tilt_deg: float = math.nan) -> Check:
    placing = Placing(view)
    for i in range(30):
        found = placing.update(replace(pose, t_s=i / 30), light, tilt_deg)
    return found


@pytest.mark.parametrize(
    ("pose", "problem"),
    [
        (unseen(standing(), list(range(17))), "nobody"),
        (moved(standing(), (0, 0), 1.6), "step_back"),
        (moved(standing(), (0, 90)), "feet_cut"),
        (unseen(standing(), FEET), "feet_hidden"),
        (unseen(standing(), [RIGHT["ankle"]]), "feet_hidden"),
        (unseen(standing(), EARS), "head_cut"),
        (moved(standing(), (0, -75)), "head_cut"),
        (moved(standing(), (0, 0), 0.4), "step_closer"),
        (moved(standing(), (0, 0), 0.5), ""),
        (moved(standing(), (-220, 0)), "move_right"),
        (moved(standing(), (220, 0)), "move_left"),
        (broad(standing()), "turn"),
        (standing(faces=-1), "turn_round"),
        (standing(), ""),
    ],
)
def test_each_problem_is_named(pose: Pose, problem: str) -> None:
    """What is wrong with this pose is told by its name; a good one has none."""
    found = check_of(pose)
    assert (found.problem, found.ok) == (problem, problem == "")


@pytest.mark.parametrize("row", ["too_dark", "too_bright", "blurred"])
def test_a_poor_picture_is_told_first(row: str) -> None:
    """A dark picture explains why nobody is found."""
    assert check_of(unseen(standing(), list(range(17))), light=say(row)).problem == row


def test_a_tilted_camera() -> None:
    """More than three degrees are told, less and unknown ones are not."""
    assert [check_of(standing(), tilt_deg=d).problem for d in (3.1, 2.9, math.nan)] == ["tilted", "", ""]


@pytest.mark.parametrize(
    ("pose", "view", "problem"),
    [
        (standing(), View.LEFT, "turn_round"),
        (standing(faces=-1), View.LEFT, ""),
        (standing(), None, ""),
        (broad(standing()), None, ""),
        (broad(standing()), View.FRONT, ""),
        (standing(), View.FRONT, "turn"),
    ],
)
def test_the_direction_is_judged_by_the_set_view(pose: Pose, view: View | None, problem: str) -> None:
    """The left side faces the camera of who looks to the picture's left; with view = "auto" every direction is right."""
    assert check_of(pose, view).problem == problem


def test_on_after_two_seconds_of_all_being_well() -> None:
    """It counts down 2, 1, 0; a problem in between begins it anew."""
    placing = Placing(View.RIGHT)

    def play(pose: Pose, start_s: float, seconds: float) -> list[int | None]:
        frames = [placing.update(replace(pose, t_s=start_s + i / 30)) for i in range(round(30 * seconds))]
        return list(dict.fromkeys(check.left_s for check in frames))

    assert play(standing(), 0.0, 1.5) == [None, 2, 1]
    assert not placing.well_placed
    assert play(unseen(standing(), FEET), 1.5, 1.5)[-1] is None
    play(standing(), 3.0, 1.0)
    assert not placing.well_placed
    play(standing(), 4.0, WELL_S)
    assert placing.well_placed


def test_texts_are_short() -> None:
    """At most six words each, and every row has its own name."""
    assert max(len(row.text.split()) for row in PROBLEMS) <= 6
    assert len({row.name for row in PROBLEMS}) == len(PROBLEMS)
