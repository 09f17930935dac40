"""Slow motion and fast forward, told by the fall of the runner."""

from pathlib import Path

import numpy as np
import pytest

from kiosk.domain import PoseSeries, View
from kiosk.gait.geometry import Body, Setting, to_body
from kiosk.gait.legs import tell_apart
from kiosk.gait.playback import apparent_gravity, played_wrongly
from kiosk.gait.refusals import say
from kiosk.gait.stretches import analyses
from kiosk.pose.recording import load
from runner import LEG_PX, make_runner, times

SHARED = Path(__file__).parents[3] / "shared" / "validation"


def body(seconds: float = 10, fps: float = 60, cadence_spm: float = 165.0, played: float = 1.0) -> Body:
    """A runner whose recording is played this many times too slowly."""
    series = make_runner(times(seconds, fps), cadence_spm, noise_px=1)
    return to_body(PoseSeries(series.t_s * played, series.xy_px, series.score, 640, 480), View.RIGHT)


def test_gravity_of_a_body_that_falls() -> None:
    """Half sines of push with free flight between them: the gravity that was built in comes out."""
    legs = tell_apart(body())
    assert legs is not None
    duty, step_s, g_px = 0.35, 60 / 165, 9.81 / 0.86 * LEG_PX
    s = 2 * duty
    grid = np.arange(0, 1, 1e-4)
    push = np.where(grid < s, np.pi / (2 * s) * np.sin(np.pi * grid / s), 0.0) - 1.0
    waves = np.fft.rfft(push * g_px)
    turn = 2j * np.pi * np.arange(1, len(waves)) / step_s
    height = np.fft.irfft(np.concatenate([[0], waves[1:] / turn**2]), len(grid))
    level = np.interp((2 * legs.phase) % 1.0, grid, height)
    xy = legs.body.xy.copy()
    xy[:, [3, 4, 11, 12], 1] = level[:, None]
    falling = type(legs)(Body(legs.body.t_s, xy, legs.body.score, View.RIGHT), legs.phases, legs.stride_hz, 1.0, 0.0)
    assert apparent_gravity(falling, LEG_PX, duty) == pytest.approx(9.81 / 0.86, rel=0.03)


@pytest.mark.parametrize("cadence", [140.0, 165.0, 200.0])
def test_true_speed_is_not_doubted(cadence: float) -> None:
    """Runners of usual cadence."""
    assert played_wrongly(body(cadence_spm=cadence)) == ""


@pytest.mark.parametrize(
    ("played", "row", "factor"), [(2, "slow_motion", 2.0), (4, "slow_motion", 4.0), (8, "slow_motion", 8.0), (0.5, "fast_forward", 2.0)]
)
def test_the_factor_is_named(played: float, row: str, factor: float) -> None:
    """120 and 240 frames/s played at 30 or 60, and fast forward."""
    assert played_wrongly(body(played=played, seconds=16)) == say(row, factor=factor)


@pytest.mark.parametrize("played", [2, 4, 0.5])
def test_a_whole_file_says_so(played: float) -> None:
    """The report of the file has this sentence, not one about a missing rhythm, and no value."""
    series = make_runner(times(16, 60), noise_px=1)
    slow = PoseSeries(series.t_s * played, series.xy_px, series.score, 640, 480)
    reports = [analysis.report for _, analysis in analyses(slow, View.RIGHT, Setting())]
    assert {r.refusal[:16] for r in reports} == {"This looks like "}
    assert all(m.value is None for r in reports for m in r.metrics.values())


def test_a_small_runner_needs_the_height() -> None:
    """A leg half as long falls twice as fast in leg lengths: with the height given it is no fast forward."""
    tall = played_wrongly(body(played=0.6, cadence_spm=165), height_cm=190)
    small = played_wrongly(body(played=0.6, cadence_spm=165), height_cm=95)
    assert (tall, small) == (say("fast_forward", factor=2.0), "")


def test_other_refusals_are_not_replaced() -> None:
    """A walker stays a walker."""
    assert played_wrongly(body(played=2), refusal=say("walking")) == ""
    assert played_wrongly(body(played=2), refusal=say("no_rhythm")) == say("slow_motion", factor=2.0)


@pytest.mark.skipif(not SHARED.exists(), reason="the motion-capture set is not on this machine")
@pytest.mark.parametrize("name", ["mocap60/rbds001_T25_right", "mocap30/rbds010_T45_right", "mocap60/hamner_s02_run_left"])
def test_force_plate_runners(name: str) -> None:
    """Real runners at their true speed are measured; played two and four times too slowly they are not."""
    recording = load(SHARED / f"{name}.npz")
    own = to_body(recording.series, View(recording.view) if recording.view in tuple(View) else View(name.rsplit("_", 1)[1]))
    found = [played_wrongly(Body(own.t_s * k, own.xy, own.score, own.view)) for k in (1, 2, 4)]
    assert found == ["", say("slow_motion", factor=2.0), say("slow_motion", factor=4.0)]
