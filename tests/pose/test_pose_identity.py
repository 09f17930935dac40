"""Who is the runner: passers-by, a second treadmill and a hand do not disturb; the next visitor is taken."""

import numpy as np
import pytest

from kiosk.domain import FloatArray, Pose, PoseSeries
from kiosk.pose.crop import CropTracker
from kiosk.pose.identity import AWAY_S, STAYS_S, Identity, only_runner, without_pauses
from runner import make_runner, times

TORSO_PX = 110.0
HIP_PX = np.array([320.0, 250.0])
"""Torso length and mean place of the made-up runner's hip (tests/runner.py)."""
HIPS = [11, 12]


def moved(series: PoseSeries, by_px: FloatArray, scale: float = 1.0) -> PoseSeries:
    """The same person elsewhere: made larger about the hip, then moved by (2,) or (n, 2) pixels."""
    xy = HIP_PX + (series.xy_px - HIP_PX) * scale + np.reshape(by_px, (-1, 1, 2))
    return PoseSeries(series.t_s, xy.astype(np.float32), series.score, series.width, series.height)


def spliced(runner: PoseSeries, other: PoseSeries, is_other: FloatArray) -> PoseSeries:
    """What a network gives that takes the other person in some frames."""
    pick = np.asarray(is_other, bool)
    xy = np.where(pick[:, None, None], other.xy_px, runner.xy_px)
    return PoseSeries(runner.t_s, xy, np.where(pick[:, None], other.score, runner.score), runner.width, runner.height)


def gone(series: PoseSeries, start_s: float, end_s: float) -> PoseSeries:
    """Nobody in [start_s, end_s): what the network dreams of has low scores."""
    away = (series.t_s >= start_s) & (series.t_s < end_s)
    return PoseSeries(series.t_s, series.xy_px, np.where(away[:, None], 0.05, series.score), series.width, series.height)


def seen(series: PoseSeries) -> FloatArray:
    """(n,) True where there is a runner."""
    return np.asarray(series.score.any(axis=1))


def passing(series: PoseSeries, speed: float, at_s: float = 5.0) -> FloatArray:
    """(n, 2) way of somebody who crosses the runner's place at `at_s` with so many torso lengths a second."""
    x = (series.t_s - at_s) * speed * TORSO_PX
    return np.stack([x, np.full_like(x, 0.1 * TORSO_PX)], axis=1)


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_a_runner_alone_is_never_lost(fps: float) -> None:
    """With noise, dropped frames and exchanged legs every frame is the runner's, untouched."""
    runner = make_runner(times(10, fps, jitter=0.3, drop=0.1), noise_px=4, swapped=0.2)
    out, people = only_runner(runner)
    assert np.array_equal(out.xy_px, runner.xy_px)
    assert (people.others, people.persons, people.refusal, people.warnings) == (0, 1, "", ())


@pytest.mark.parametrize("fps", [8, 30, 120])
@pytest.mark.parametrize("speed", [1.2, 2.4, 6.0])
@pytest.mark.parametrize("scale", [0.5, 0.85, 1.2, 1.6])
def test_a_passer_by_is_not_the_runner(fps: float, speed: float, scale: float) -> None:
    """The network takes a passer-by as soon as he is two torsos away: no such pose gets through but those right on the runner."""
    runner = make_runner(times(10, fps), noise_px=1)
    way = passing(runner, speed)
    is_other = np.abs(way[:, 0]) < 2 * TORSO_PX
    out, people = only_runner(spliced(runner, moved(runner, way, scale), is_other))
    assert seen(out)[~is_other].all()
    wrong = seen(out) & is_other
    if scale in (0.5, 1.6):
        assert not wrong.any()
    assert np.abs(way[wrong, 0]).max(initial=0) < TORSO_PX
    assert wrong.sum() / fps < 1.1 / speed + 1 / fps  # about a torso of his way
    assert people.persons == 1


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_the_square_does_not_follow_a_passer_by(fps: float) -> None:
    """While somebody crosses, the square stays within a quarter of its side of the runner, or goes back to the zone."""
    runner = make_runner(times(10, fps), noise_px=1)
    way = passing(runner, 2.4)
    given = spliced(runner, moved(runner, way), np.abs(way[:, 0]) < 2 * TORSO_PX)
    zone = (0.25, 0.0, 0.75, 1.0)
    identity, crop, off = Identity(zone), CropTracker(zone), []
    for i, t_s in enumerate(given.t_s):
        crop.update(identity.update(Pose(float(t_s), given.xy_px[i], given.score[i], 640, 480)))
        square = crop.square(640, 480)
        off.append(abs(square.centre_px[0] - HIP_PX[0]) / square.side_px)
    assert max(off) < 0.25


@pytest.mark.parametrize("fps", [8, 30, 120])
@pytest.mark.parametrize("every_s", [0.1, 1.0])
def test_a_second_treadmill_is_not_looked_at(fps: float, every_s: float) -> None:
    """The network changes between the runner and one beside, of the same size: only the runner gets through."""
    runner = make_runner(times(10, fps), noise_px=1)
    beside = moved(make_runner(runner.t_s, cadence_spm=172, noise_px=1, seed=5), np.array([2.2 * TORSO_PX, 0]))
    is_other = (runner.t_s > 2) & (np.floor(runner.t_s / every_s) % 2 == 1)
    out, people = only_runner(spliced(runner, beside, is_other))
    assert np.array_equal(seen(out), ~is_other)
    assert "Several people" in people.refusal


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_nobody_outside_the_zone_is_the_runner(fps: float) -> None:
    """Nobody on this treadmill, a runner on the next: no runner, and the file says so."""
    runner = make_runner(times(6, fps))
    beside = moved(runner, np.array([2.2 * TORSO_PX, 0]))
    out, people = only_runner(beside, zone=(0.25, 0.0, 0.75, 1.0))
    assert not seen(out).any()
    assert "not on the treadmill" in people.refusal
    assert seen(only_runner(runner, zone=(0.25, 0.0, 0.75, 1.0))[0]).all()


@pytest.mark.parametrize("fps", [8, 30, 120])
@pytest.mark.parametrize("point", [9, 11, 12, 5])
def test_one_wild_point_does_not_lose_the_runner(fps: float, point: int) -> None:
    """A hand covers a wrist, a hip or a shoulder for half a second and its point flies about: no frame is lost."""
    runner = make_runner(times(6, fps), noise_px=1)
    covered = (runner.t_s >= 3) & (runner.t_s < 3.5)
    runner.xy_px[covered, point] += np.random.default_rng(3).uniform(-200, 200, (covered.sum(), 2))
    assert seen(only_runner(runner)[0]).all()


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_both_hips_covered_for_half_a_second_keep_the_runner(fps: float) -> None:
    """Frames with both hips elsewhere are not judged; the very next good one is the runner's."""
    runner = make_runner(times(6, fps), noise_px=1)
    covered = (runner.t_s >= 3) & (runner.t_s < 3.5)
    runner.xy_px[np.ix_(covered, HIPS)] += [150, 0]
    out, people = only_runner(runner)
    assert np.array_equal(seen(out), ~covered)
    assert people.persons == 1


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_a_drifting_runner_is_followed(fps: float) -> None:
    """From the front of the belt to its back, two torsos in six seconds, and nearer to the camera by a third."""
    runner = make_runner(times(8, fps), noise_px=1)
    part = np.clip(runner.t_s / 6, 0, 1)[:, None, None]
    drifting = HIP_PX + (runner.xy_px - HIP_PX) * (1 + part / 3) + part * [2 * TORSO_PX, 0]
    series = PoseSeries(runner.t_s, drifting, runner.score, 640, 480)
    assert seen(only_runner(series)[0]).all()


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_a_bad_first_look_is_forgotten(fps: float) -> None:
    """Two frames of something else at the very start do not keep the runner out."""
    runner = make_runner(times(4, fps))
    first = np.arange(len(runner.t_s)) < 2
    out, people = only_runner(spliced(runner, moved(runner, np.array([200, -50]), 0.4), first))
    assert seen(out)[2:].all()
    assert people.persons == 1


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_the_next_visitor_is_taken(fps: float) -> None:
    """A larger person who stands elsewhere becomes the runner when the first has been gone for AWAY_S, and not before."""
    first = make_runner(times(12, fps), noise_px=1)
    second = moved(make_runner(first.t_s, cadence_spm=150, noise_px=1, seed=5), np.array([150, 20]), 1.4)
    out, people = only_runner(gone(spliced(first, second, first.t_s >= 6), 5.0, 6.0))
    late_s = first.t_s[(first.t_s >= 6) & seen(out)][0] - 5.0
    assert AWAY_S <= late_s <= AWAY_S + STAYS_S + 2 / fps
    assert seen(out)[first.t_s >= 5.0 + late_s].all()
    assert people.persons == 2
    assert "one after the other" in people.warnings[-1]


@pytest.mark.parametrize("fps", [8, 30, 120])
def test_somebody_who_walks_through_an_empty_zone_is_not_taken(fps: float) -> None:
    """Three seconds after the runner left somebody strolls by at 1.2 torsos a second: no runner."""
    runner = make_runner(times(10, fps), noise_px=1)
    way = passing(runner, 1.2, at_s=7.0)
    series = gone(spliced(runner, moved(runner, way, 0.6), runner.t_s >= 6), 3.0, 6.0)
    assert not seen(only_runner(series)[0])[runner.t_s >= 3].any()


def test_after_a_pause_of_the_camera_anybody_may_be_the_runner() -> None:
    """Nothing is known of the time without pictures: whoever stands there is taken at once."""
    first = make_runner(times(3, 30))
    second = moved(make_runner(times(3, 30)), np.array([150, 0]), 1.4)
    identity = Identity()
    for series, start_s in ((first, 0.0), (second, 3.0 + AWAY_S)):
        poses = [identity.update(Pose(start_s + float(t), xy, sc, 640, 480)) for t, xy, sc in zip(*_columns(series), strict=True)]
        assert all(p.score.any() for p in poses)


def _columns(series: PoseSeries) -> tuple[FloatArray, FloatArray, FloatArray]:
    return series.t_s, series.xy_px, series.score


def test_people_who_keep_changing_are_refused() -> None:
    """Six people in turn, each for three seconds with nobody between for two: the file says several people."""
    t_s = times(30, 30)
    series = make_runner(t_s, noise_px=1)
    turn = np.floor(t_s / 5)
    series = moved(series, np.stack([150.0 * (turn % 2), 0 * turn], axis=1))
    series.score[t_s % 5 >= 3] = 0.05
    people = only_runner(series)[1]
    assert people.persons == 6
    assert "6 in turn" in people.refusal


def test_a_mirrored_look_is_the_same_person() -> None:
    """The network takes left for right in every third frame of a front view after a second: still one runner."""
    runner = make_runner(times(4, 30), noise_px=1)
    runner.xy_px[:, [5, 11, 3], 0] += np.array([42, 28, 12], np.float32)
    runner.xy_px[:, [6, 12, 4], 0] -= np.array([42, 28, 12], np.float32)
    order = np.array([0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15])
    runner.xy_px[30::3] = runner.xy_px[30::3][:, order]
    assert seen(only_runner(runner)[0]).all()


def test_what_the_network_dreams_of_in_an_empty_room_is_not_taken() -> None:
    """A body with scores of 0.35 is nobody new; a runner who is known may score so low for a while."""
    runner = make_runner(times(4, 30))
    runner.score[runner.t_s < 1] = 0.35
    runner.score[(runner.t_s > 2) & (runner.t_s < 3)] = 0.35
    assert np.array_equal(seen(only_runner(runner)[0]), runner.t_s >= 1)


def test_long_pauses_are_cut_out() -> None:
    """Frames without a runner go before, after, and between when the pause is longer than told; short ones stay."""
    runner = make_runner(times(10, 10))
    for start_s, end_s in ((0, 1), (3, 3.5), (5, 7), (9.5, 10)):
        runner.score[(runner.t_s >= start_s - 0.01) & (runner.t_s < end_s - 0.01)] = 0
    kept_s = np.round(without_pauses(runner, 1.0).t_s, 1)
    assert kept_s.tolist() == [round(i / 10, 1) for i in (*range(10, 50), *range(70, 95))]


def test_points_without_a_place_are_nobody() -> None:
    """Scores with NaN places, and an empty series, are no error."""
    runner = make_runner(times(1, 30))
    runner.xy_px[:] = np.nan
    out, people = only_runner(runner)
    assert (seen(out).any(), people.somebody) == (False, 0)
    assert len(only_runner(make_runner(times(0, 30)))[0].t_s) == 0


def test_a_body_without_length_is_not_the_runner_and_no_error() -> None:
    """Files of other programs put what they did not find at (0, 0), with full score: these frames are blanked, the runner's stay."""
    runner = make_runner(times(4, 30), noise_px=1)
    lost = (runner.t_s >= 2) & (runner.t_s < 3)
    runner.xy_px[lost] = 0
    out, people = only_runner(runner)
    assert np.array_equal(seen(out), ~lost)
    assert people.persons == 1
