"""What happens on the belt, from the runner's poses."""

import numpy as np
import pytest

from kiosk.domain import Pose, PoseSeries
from kiosk.pose.presence import LOOK_EVERY_S, MOVES_S, OFF_S, Belt, Presence
from runner import make_runner, times


def belts(series: PoseSeries) -> list[Belt]:
    presence = Presence()
    rows = zip(series.t_s, series.xy_px, series.score, strict=True)
    return [presence.update(Pose(float(t), xy, score, series.width, series.height)) for t, xy, score in rows]


def first_s(series: PoseSeries, belt: Belt, after_s: float = 0.0) -> float:
    """When the belt is first said to be so, seconds; infinity when never."""
    return min((float(t) for t, b in zip(series.t_s, belts(series), strict=True) if b is belt and t >= after_s), default=np.inf)


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_running_is_seen_after_two_seconds(fps: float) -> None:
    """Somebody runs from the first frame: MOVING after MOVES_S, and then always."""
    runner = make_runner(times(8, fps, jitter=0.2, drop=0.1), noise_px=3, swapped=0.3)
    start_s = first_s(runner, Belt.MOVING)
    assert MOVES_S <= start_s - runner.t_s[0] <= MOVES_S + LOOK_EVERY_S + 2.5 / fps
    assert set(np.array(belts(runner))[runner.t_s >= start_s]) == {Belt.MOVING}


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_a_standing_person_does_not_move(fps: float) -> None:
    """Feet apart, with noise, left for right, and an ankle at times on the other foot: the belt is taken, never moving or empty."""
    stand = make_runner(times(20, fps))
    stand.xy_px[:] = stand.xy_px[0] + np.random.default_rng(1).normal(0, 1, stand.xy_px.shape)
    stand.xy_px[::3, [15, 16]] = stand.xy_px[::3, [16, 15]]
    stand.xy_px[::4, 15] = stand.xy_px[::4, 16]
    assert set(belts(stand)[1:]) == {Belt.TAKEN}


def test_points_in_one_place_do_not_move() -> None:
    """A body without length for five seconds: taken, not moving, and no error."""
    nowhere = make_runner(times(5, 30))
    nowhere.xy_px[:] = 100
    assert set(belts(nowhere)[1:]) == {Belt.TAKEN}


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_stepping_off_is_seen_within_two_seconds(fps: float) -> None:
    """Empty after OFF_S without anybody, and within 2 s."""
    runner = make_runner(times(10, fps))
    runner.score[runner.t_s >= 5] = 0
    assert OFF_S - 1.5 / fps <= first_s(runner, Belt.EMPTY, 5.0) - 5.0 < 2.0


@pytest.mark.parametrize("fps", [8, 30, 120])
@pytest.mark.parametrize("hidden_s", [0.5, 1.2])
def test_a_hidden_runner_has_not_stepped_off(fps: float, hidden_s: float) -> None:
    """Hidden behind a trainer for less than OFF_S: never empty."""
    runner = make_runner(times(10, fps))
    runner.score[(runner.t_s >= 5) & (runner.t_s < 5 + hidden_s)] = 0
    assert first_s(runner, Belt.EMPTY, 1.0) == np.inf


def test_a_pause_of_the_camera_is_not_absence() -> None:
    """Ten seconds without a frame between two of the runner: not empty; an empty belt after it is told 1.5 s after it."""
    runner = make_runner(times(20, 30))
    runner.score[runner.t_s >= 13] = 0
    keep = (runner.t_s < 3) | (runner.t_s >= 13)
    back = PoseSeries(runner.t_s[keep], runner.xy_px[keep], runner.score[keep], 640, 480)
    assert first_s(back, Belt.EMPTY, 1.0) == pytest.approx(13 + OFF_S, abs=0.1)


def test_two_people_in_turn_have_an_empty_belt_between() -> None:
    """The second visitor is seen in the very frame that completes OFF_S: EMPTY is said once all the same."""
    runner = make_runner(times(10, 10))
    runner.score[(runner.t_s > 4.95) & (runner.t_s < 5 + OFF_S - 0.15)] = 0
    assert belts(runner)[50:].count(Belt.EMPTY) == 1


def test_an_empty_belt_at_the_start() -> None:
    """Nobody was ever there: empty from the first frame."""
    nobody = make_runner(times(1, 30))
    nobody.score[:] = 0.05
    assert set(belts(nobody)) == {Belt.EMPTY}
