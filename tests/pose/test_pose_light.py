"""Light and focus of the picture, measured around the runner."""

import numpy as np
import pytest

from kiosk.domain import ImageBgr, Pose
from kiosk.gait.refusals import say
from kiosk.pose.light import LightWatch, blame, look, median_light, picture_problem
from runner import make_runner, times

SERIES = make_runner(times(0.2, 30))
POSE = Pose(0.0, SERIES.xy_px[0], SERIES.score[0], 640, 480)
NOBODY = Pose(0.0, SERIES.xy_px[0], np.zeros(17), 640, 480)


def room(gain: float = 1.0, lift: float = 0.0, blur_px: int = 0) -> ImageBgr:
    """Stripes and patches as in a room, with sharp edges; blurred by a moving mean."""
    rng = np.random.default_rng(1)
    picture = np.kron(rng.uniform(40, 220, (8, 11)), np.ones((60, 60)))[:, :640]
    for axis in (0, 1) * (2 if blur_px else 0):
        picture = np.mean([np.roll(picture, k, axis) for k in range(-blur_px, blur_px + 1)], axis=0)
    return np.repeat(np.clip(picture * gain + lift, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize(
    ("picture", "row"),
    [
        (room(), ""),
        (room(gain=0.4), ""),
        (room(gain=0.05), "too_dark"),
        (room(gain=0.12, lift=215), "too_bright"),
        (room(gain=1.0, lift=190), "too_bright"),
        (room(blur_px=16), "blurred"),
        (room(gain=0.3, lift=90, blur_px=16), ""),
    ],
)
def test_what_is_wrong_with_the_picture(picture: ImageBgr, row: str) -> None:
    """A lit room, a dim one, a dark one, a pale one, a burnt one, a blurred one, an empty wall."""
    for pose in (POSE, NOBODY):
        assert picture_problem(look(picture, pose)) == (say(row) if row else "")


def test_only_the_runner_counts() -> None:
    """A bright window beside a dark runner is no light."""
    picture = room(gain=0.05)
    picture[:, :120] = 255
    narrow = Pose(0.0, 0.5 * SERIES.xy_px[0] + [300, 120], SERIES.score[0], 640, 480)
    assert picture_problem(look(picture, narrow)) == say("too_dark")


def test_light_is_blamed_only_for_what_it_can_hide() -> None:
    """Nobody seen in the dark is the dark's fault; a walker is a walker."""
    assert blame(say("nobody"), say("too_dark")) == say("too_dark")
    assert blame(say("foot_hidden", side="left"), say("too_dark")) == say("too_dark")
    assert blame(say("walking"), say("too_dark")) == say("walking")
    assert blame(say("nobody"), "") == say("nobody")
    assert blame("", say("too_dark")) == ""


def test_the_live_light_forgets() -> None:
    """Somebody switches the light on: three seconds later nothing is said any more."""
    watch = LightWatch()
    for number in range(60):
        watch.update(number / 10, room(gain=0.05), NOBODY)
    assert watch.problem == say("too_dark")
    for number in range(60, 100):
        watch.update(number / 10, room(), NOBODY)
    assert watch.problem == ""


def test_no_picture_has_no_problem() -> None:
    """Pose recordings have no pictures."""
    assert median_light([]) is None
    assert picture_problem(None) == ""
