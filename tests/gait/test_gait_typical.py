"""The typical stride of runners whose every joint is known."""

from dataclasses import replace

import numpy as np
import pytest

from kiosk.domain import FloatArray, PoseSeries, Side, View
from kiosk.gait.analysis import analyse
from kiosk.gait.typical import PHASES, typical_stride, typical_stride_of
from kiosk.pose.keypoints import COUNT, LEFT, RIGHT
from known_camera import Camera
from known_cases import NOISY, RUNNERS, SEEN_BADLY, SEEN_CLEARLY, series
from known_runner import KnownRunner
from runner import make_runner, times

PHASE = 0.04
"""Contact is known to about 25 ms of 720."""
FROM_SIDE, FROM_FRONT = 0.012, 0.06
"""Leg lengths. From in front the leg's length is read from its longest sight and comes out up to 5 % short, and all is that much larger."""


def true_path(runner: KnownRunner, view: View, shift: float) -> FloatArray:
    """(60, 17, 2) where the joints are in the picture from the mid-hip, leg lengths, `shift` of a stride late."""
    camera = Camera(view)
    seen = camera.project(runner.at_phase(np.arange(PHASES) / PHASES + shift))
    hip = (seen[:, LEFT["hip"]] + seen[:, RIGHT["hip"]])[:, None] / 2
    return (seen - hip) / (camera.focal_px * runner.leg_m / camera.distance_m)


def off(xy: FloatArray, runner: KnownRunner, view: View, worst: float = 95) -> float:
    """How far all but the worst twentieth of the points are off, leg lengths, at the best phase near the left contact."""
    shifts = np.linspace(-PHASE, PHASE, 17)
    misses = [np.linalg.norm(xy - true_path(runner, view, shift), axis=-1) for shift in shifts]
    return min(float(np.nanpercentile(miss, worst)) for miss in misses)


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("name", ["usual", "fast", "asymmetric"])
def test_every_joint_is_where_it_was(name: str, view: View) -> None:
    """Each of 17 points at each of 60 phases, from the side, in front and behind."""
    stride = typical_stride_of(series(name, view, SEEN_CLEARLY), view)
    assert stride is not None
    assert (stride.xy.shape, stride.view) == ((PHASES, COUNT, 2), view)
    assert off(stride.xy, RUNNERS[name], view) < (FROM_SIDE if view.is_side else FROM_FRONT)


@pytest.mark.parametrize("view", View)
def test_badly_seen_joints_are_nearly_there(view: View) -> None:
    """Noise, lost points and, from the side, exchanged legs and a hidden arm: averaged over the strides they hardly count."""
    stride = typical_stride_of(series("usual", view, SEEN_BADLY if view.is_side else NOISY), view)
    assert stride is not None
    assert off(stride.xy, RUNNERS["usual"], view) < (FROM_SIDE if view.is_side else FROM_FRONT)


def test_hidden_arm_is_not_drawn() -> None:
    """Elbow and wrist behind the trunk have no path, all else has."""
    stride = typical_stride_of(series("usual", View.LEFT, SEEN_BADLY), View.LEFT)
    assert stride is not None
    hidden = {int(i) for i in np.flatnonzero(np.isnan(stride.xy[..., 0]).any(axis=0))}
    assert hidden == {RIGHT["elbow"], RIGHT["wrist"]}


def test_guessed_points_are_not_drawn() -> None:
    """A point that has a place but hardly a score is not known."""
    whole = make_runner(times(12, 30))
    whole.score[:, LEFT["wrist"]] = 0.1
    stride = typical_stride_of(whole, View.RIGHT)
    assert stride is not None
    assert np.isnan(stride.xy[:, LEFT["wrist"]]).all()
    assert np.isfinite(stride.xy[:, RIGHT["wrist"]]).all()


@pytest.mark.parametrize("view", [View.LEFT, View.RIGHT])
def test_stride_begins_with_the_left_contact(view: View) -> None:
    """Phase 0 is the left contact, the right one follows after its own step; contact times and the stride's length are those set."""
    runner = RUNNERS["asymmetric"]
    stride = typical_stride_of(series("asymmetric", view), view)
    assert stride is not None
    assert stride.contact == {Side.LEFT: 0.0, Side.RIGHT: pytest.approx(runner.contact_phase[1], abs=0.01)}
    assert stride.toe_off[Side.LEFT] == pytest.approx(runner.duty[0], abs=0.035)
    assert stride.toe_off[Side.RIGHT] == pytest.approx(runner.contact_phase[1] + runner.duty[1], abs=0.035)
    assert stride.duration_s == pytest.approx(runner.stride_s, rel=0.005)
    assert stride.strides >= 10


def test_facing_is_kept() -> None:
    """Seen from the left the foot lands to the left of the hip, seen from the right to the right; below it in both."""
    ahead = {}
    for view in (View.LEFT, View.RIGHT):
        stride = typical_stride_of(series("usual", view), view)
        assert stride is not None
        ahead[view] = stride.xy[0, LEFT["ankle"]]
    assert ahead[View.LEFT][0] < -0.1 < 0.1 < ahead[View.RIGHT][0]
    assert min(xy[1] for xy in ahead.values()) > 0.7


def test_foot_without_events_is_left_out() -> None:
    """When only the right foot's events are known, the stride begins half a stride before its contact."""
    gait = analyse(series("usual", View.RIGHT), View.RIGHT).gait
    assert gait is not None
    stride = typical_stride(replace(gait, feet={Side.RIGHT: gait.feet[Side.RIGHT]}))
    assert stride is not None
    assert (dict(stride.contact), list(stride.toe_off)) == ({Side.RIGHT: 0.5}, [Side.RIGHT])
    assert off(stride.xy, RUNNERS["usual"], View.RIGHT) < FROM_SIDE
    assert typical_stride(replace(gait, feet={})) is None


def test_nobody_has_no_stride() -> None:
    """An empty span, and a person who stands, have none; that is no error."""
    empty = PoseSeries(np.zeros(0), np.zeros((0, 17, 2)), np.zeros((0, 17)), 640, 480)
    standing = make_runner(times(12, 30))
    still = replace(standing, xy_px=np.repeat(standing.xy_px[:1], len(standing.t_s), axis=0))
    assert [typical_stride_of(s, View.RIGHT) for s in (empty, still)] == [None, None]
    assert typical_stride(None) is None
