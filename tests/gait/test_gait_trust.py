"""What must not be believed: hidden parts, a tilted camera, a wrong speed, exchanged legs, and what the network cannot see."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import runner
from kiosk.batch import Request, analyse_recording
from kiosk.domain import PoseSeries, Quality, Side, View
from kiosk.gait import events
from kiosk.gait.analysis import analyse
from kiosk.gait.events import foot_phases
from kiosk.gait.folding import largest_gap
from kiosk.gait.geometry import Setting, to_body
from kiosk.gait.legs import tell_apart
from kiosk.gait.metrics import measure
from kiosk.gait.offsets import MOVENET, network_of, to_joints
from kiosk.gait.refusals import say
from kiosk.gait.repair import put_right
from kiosk.gait.spans import spans
from kiosk.gait.strides import Gait
from kiosk.pose.keypoints import OF_SIDE
from kiosk.pose.recording import Recording
from known_camera import Camera, record
from known_cases import NOISY, RUNNERS, series
from runner import make_runner, times


def unseen(run: PoseSeries, points: list[int]) -> PoseSeries:
    """Points that are guessed: a place, but no score."""
    score = run.score.copy()
    score[:, points] = 0.05
    return replace(run, score=score)


def played(run: PoseSeries, slower: float) -> PoseSeries:
    return replace(run, t_s=run.t_s * slower)


def file_of(run: PoseSeries, view: View | str = View.RIGHT, **known: object) -> Recording:
    return Recording(run, str(view), 0.0, "made by a test", **known)  # type: ignore[arg-type]


def test_a_guessed_arm_and_head_have_no_number() -> None:
    """Their places are there, their scores are not: a reason, and legs and trunk as before."""
    run = make_runner(times(12, 30))
    metrics = analyse(unseen(run, [3, 4, 10]), View.RIGHT).report.metrics
    assert metrics["head_forward_deg"].reason == say("head_hidden")
    for name in ("arm_swing_deg", "elbow_deg", "arm_leg_phase_deg"):
        assert (metrics[name].value, metrics[name].reason) == (None, say("arm_hidden", side="right")), name
    assert metrics["trunk_lean_deg"].quality is Quality.GOOD


def test_the_far_arm_has_no_number_even_when_only_the_far_foot_is_found() -> None:
    """The foot that cuts the strides then is the far one; its arm is still behind the trunk."""
    legs = tell_apart(to_body(make_runner(times(12, 30)), View.RIGHT))
    assert legs is not None
    whole = Gait(legs, 200.0, {})
    feet = {Side.LEFT: foot_phases(legs, 200.0)[Side.LEFT]}
    found = {(v.metric, v.side) for v in measure(replace(whole, feet=feet, _folded={}))}
    assert ("overstride_ratio", Side.LEFT) in found
    assert not {side for metric, side in found if metric in ("arm_swing_deg", "elbow_deg", "arm_leg_phase_deg")}


@pytest.mark.parametrize("percent", [-5.0, 10.0])
def test_lean_counts_from_the_belts_perpendicular(percent: float) -> None:
    """Of a rising belt it leans back, so the same runner leans forward from it by more."""
    run = make_runner(times(12, 30), lean_deg=6.0)
    lean = analyse(run, View.RIGHT, Setting(incline_pct=percent)).report.metrics["trunk_lean_deg"].value
    assert lean == pytest.approx(6.0 + np.degrees(np.arctan(percent / 100)), abs=0.1)


def test_an_unsure_roll_refuses_what_turns_with_it() -> None:
    """Angles and lengths along the belt; what gravity does not touch stays."""
    run = make_runner(times(12, 30))
    metrics = analyse(run, View.RIGHT, Setting(roll_sd_deg=10.0)).report.metrics
    for name in ("trunk_lean_deg", "leg_lean_deg", "shank_angle_deg", "thigh_back_deg", "overstride_ratio", "hip_over_ankle_ratio"):
        assert "roll" in metrics[name].reason, name
    assert metrics["knee_swing_peak_deg"].quality is Quality.GOOD
    assert metrics["cadence_spm"].quality is Quality.GOOD


def test_a_roll_that_nobody_measured_is_doubted_from_the_front() -> None:
    """Low quality, with what to do; good once it was measured."""
    for sd_deg, quality in ((None, Quality.LOW), (0.5, Quality.GOOD)):
        tilt = analyse(series("usual", View.FRONT), View.FRONT, Setting(roll_sd_deg=sd_deg)).report.metrics["shoulder_tilt_deg"]
        assert tilt.quality is quality
    assert "calibrate" in analyse(series("usual", View.FRONT), View.FRONT).report.metrics["lateral_lean_deg"].reason


@pytest.mark.parametrize("raw", [False, True])
def test_what_the_network_does_not_see_is_refused_with_and_without_corrections(raw: bool) -> None:
    """Pelvic drop of MoveNet's points; of joints it is measured."""
    setting = Setting(network=MOVENET, raw=raw)
    drop = analyse(series("usual", View.REAR), View.REAR, setting).report.metrics["pelvic_drop_deg"]
    assert (drop.value, "hip bones" in drop.reason) == (None, True)
    assert analyse(series("usual", View.REAR), View.REAR).report.metrics["pelvic_drop_deg"].value is not None


def test_points_are_moved_along_their_bones_and_raw_leaves_them() -> None:
    """A shoulder is lowered along the trunk by its row of the table; other makers' points stay."""
    body = to_body(make_runner(times(4, 30), lean_deg=20), View.RIGHT)
    moved = to_joints(body, 200.0, MOVENET)
    down = body.xy[:, 6] - moved.xy[:, 6]
    assert np.allclose(down, 200.0 * 0.063 * np.array([np.sin(np.radians(20)), np.cos(np.radians(20))]), atol=0.05)
    assert to_joints(body, 200.0, "") is body
    assert network_of("treadside 0.1.0 movenet_thunder_int8 abc") == MOVENET
    assert network_of("ideal keypoints from motion capture") == ""
    lean = {raw: analyse(make_runner(times(12, 30)), View.RIGHT, Setting(network=MOVENET, raw=raw)) for raw in (False, True)}
    corrected, as_found = (lean[raw].report.metrics["trunk_lean_deg"].value for raw in (False, True))
    assert as_found == pytest.approx(6.0, abs=0.1)
    assert corrected is not None
    assert corrected > 7.5


@pytest.mark.parametrize("view", [View.FRONT, View.REAR])
def test_half_speed_and_walking_look_alike_from_the_front(view: View) -> None:
    """A trunk that falls too gently does not run at true speed; a true one does."""
    run = series("usual", view)
    assert analyse(run, view).report.refusal == ""
    assert analyse(played(run, 2.0), view).report.refusal == say("walking_or_slow")


@pytest.mark.parametrize("name", ["usual", "slow", "fast", "leaning"])
def test_a_camera_on_the_floor_sees_runners_run(name: str) -> None:
    """How high a foot looks depends on the camera's height; whether somebody runs must not."""
    run = record(RUNNERS[name], times(12, 30), Camera(View.FRONT, height_m=0.4), NOISY)
    assert analyse(run, View.FRONT).report.refusal == ""


def test_front_and_rear_are_not_mixed_up() -> None:
    """Given the wrong one, the right one is named."""
    assert analyse(series("usual", View.FRONT), View.REAR).report.refusal == say("wrong_view", seen="front", view="rear")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("swapped", [0.2, 0.33])
def test_many_exchanged_legs_do_not_halve_the_cadence(seed: int, swapped: float) -> None:
    """Above 168 steps a minute half the stride rate lies in the range that is searched."""
    run = make_runner(times(12, 30), cadence_spm=176, noise_px=3, swapped=swapped, seed=seed)
    assert analyse(run, View.RIGHT).report.metrics["cadence_spm"].value == pytest.approx(176, abs=1)


def test_legs_that_are_exchanged_for_seconds_are_given_back() -> None:
    """Two seconds in which nearly all frames are exchanged do not turn the phase round for the rest."""
    t_s = times(12, 30)
    clean = make_runner(t_s, noise_px=2)
    xy = clean.xy_px.copy()
    wrong = (t_s > 7) & (t_s < 9) & (np.random.default_rng(4).uniform(size=len(t_s)) < 0.9)
    for left in (13, 15):
        xy[np.ix_(wrong, [left, left + 1])] = xy[np.ix_(wrong, [left + 1, left])]
    legs = tell_apart(to_body(replace(clean, xy_px=xy), View.RIGHT))
    assert legs is not None
    off = np.abs(legs.body.xy[:, 15, 0] - clean.xy_px[:, 15, 0])
    assert (off[np.isfinite(off)] > 1).mean() < 0.02


def test_a_gap_is_not_filled_by_a_stray_sample() -> None:
    """Of 480 samples at eight phases, two strays in a gap leave it; of eight samples every one counts."""
    phases = np.tile(np.arange(0, 1, 1 / 8), 60)
    assert largest_gap(np.append(phases, [0.05, 0.07])) == pytest.approx(0.125, abs=0.02)
    assert largest_gap(np.append(np.arange(0, 1, 1 / 4), 0.125)) == pytest.approx(0.25)


def test_the_drawn_skeleton_stays_in_step_when_frames_are_lost() -> None:
    """Frames without anybody are left out of a span; the frames after them must not slide."""
    clean = make_runner(times(12, 30))
    xy, score = clean.xy_px.copy(), clean.score.copy()
    lost = np.arange(40, 44)
    xy[lost], score[lost] = np.nan, 0.0
    shown = put_right(replace(clean, xy_px=xy, score=score), View.RIGHT)
    off = np.linalg.norm(shown.xy_px[60:, 16] - clean.xy_px[60:, 16], axis=-1)
    assert np.nanmax(off) < 12  # smoothing alone; a frame is 20 to 30 px of a swinging ankle


def test_events_of_a_long_file_come_once() -> None:
    """Spans overlap by three seconds; feet alternate all the same."""
    run = make_runner(times(130, 20), noise_px=2)
    report = analyse_recording(Path("long.npz"), file_of(run), Request())
    kinds = Counter((e.side, e.kind) for e in report.events)
    assert max(kinds.values()) - min(kinds.values()) <= 1
    for side, kind in kinds:
        own = [e.t_s for e in report.events if (e.side, e.kind) == (side, kind)]
        assert min(np.diff(own)) > 0.5
    assert sum(kinds.values()) == pytest.approx(4 * 130 * 165 / 120, abs=6)


def test_yaw_comes_from_the_measured_view_only() -> None:
    """A file in which the runner is seen from the side and then from the front: the side part is as square as alone."""
    side, front = (record(RUNNERS["usual"], times(20, 30), Camera(view), NOISY) for view in (View.LEFT, View.FRONT))
    both = PoseSeries(
        np.concatenate([side.t_s, front.t_s + 20.5]),
        np.concatenate([side.xy_px, front.xy_px]),
        np.concatenate([side.score, front.score]),
        side.width,
        side.height,
    )
    alone, mixed = (analyse_recording(Path("x.npz"), file_of(run, View.LEFT), Request()) for run in (side, both))
    assert mixed.setting.yaw_deg == alone.setting.yaw_deg == 0.0
    assert mixed.metrics["overstride_ratio"].value == pytest.approx(alone.metrics["overstride_ratio"].value, abs=0.005)


def test_stamps_in_the_wrong_unit_end_in_time() -> None:
    """Two thousand frames a second: few spans, not one a frame."""
    run = make_runner(np.arange(0, 240, 1 / 30))
    assert len(list(spans(replace(run, t_s=run.t_s / 66)))) < 12


def test_a_trunk_that_is_highest_over_the_standing_foot_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each foot is on the ground for less than half of the stride, and yet the leg is a strut."""
    assert analyse(make_runner(times(12, 30), cadence_spm=140, duty=0.42), View.RIGHT).report.refusal == ""
    monkeypatch.setattr(runner, "LOWEST", runner.LOWEST + 0.25)
    assert analyse(make_runner(times(12, 30), cadence_spm=140, duty=0.42), View.RIGHT).report.refusal == say("walking")


def test_the_near_toe_off_is_moved_forward_in_time_and_the_far_one_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the same milliseconds: a foot swings out after it has left the belt."""
    legs = tell_apart(to_body(make_runner(times(12, 60)), View.RIGHT))
    assert legs is not None
    moved = foot_phases(legs, 200.0)
    monkeypatch.setattr(events, "OUTWARD_MS", 0.0)
    plain = foot_phases(legs, 200.0)
    ms = {side: 1e3 * (moved[side].toe_off - plain[side].toe_off) / legs.stride_hz for side in Side}
    assert ms == pytest.approx({Side.RIGHT: -5.0, Side.LEFT: 5.0}, abs=0.1)


@pytest.mark.parametrize("view", [View.FRONT, View.REAR])
def test_ankles_are_moved_inward_and_hips_outward_on_both_sides(view: View) -> None:
    """From in front and behind the labels lie outside the ankle and inside the hip, mirrored."""
    body = to_body(series("usual", view), view)
    moved = to_joints(body, 100.0, MOVENET)
    inward = {side: float(np.nanmean((moved.xy - body.xy)[:, points["ankle"], 0])) for side, points in OF_SIDE.items()}
    outward = {side: float(np.nanmean((moved.xy - body.xy)[:, points["hip"], 0])) for side, points in OF_SIDE.items()}
    assert inward[Side.RIGHT] < -1 < 1 < inward[Side.LEFT]
    assert outward[Side.LEFT] < -1 < 1 < outward[Side.RIGHT]


def test_a_hidden_far_ear_is_no_hidden_head() -> None:
    """From the right side the left ear is behind the head."""
    run = make_runner(times(12, 30))
    metrics = analyse(unseen(run, [3]), View.RIGHT, Setting(network=MOVENET)).report.metrics
    assert metrics["head_forward_deg"].quality is Quality.GOOD
    assert metrics["bounce_ratio"].quality is Quality.GOOD


@pytest.mark.parametrize(("hidden_s", "quality"), [(10.0, Quality.GOOD), (100.0, Quality.LOW)])
def test_a_doubt_of_some_seconds_is_forgotten(hidden_s: float, quality: Quality) -> None:
    """Two spans, one of them without a head: the session's bounce is doubted only when most of it was."""
    run = make_runner(times(130, 20), noise_px=1)
    score = run.score.copy()
    score[np.ix_((run.t_s > 5) & (run.t_s < 5 + hidden_s), [3, 4])] = 0.05
    recording = replace(file_of(replace(run, score=score)), made_by="movenet")
    assert analyse_recording(Path("x.npz"), recording, Request()).metrics["bounce_ratio"].quality is quality


def test_fast_forward_from_the_front_is_named_with_its_factor() -> None:
    """A slow runner played one and a half times too fast keeps a runner's cadence and falls too hard."""
    assert analyse(played(series("slow", View.FRONT), 0.64), View.FRONT).report.refusal == say("fast_forward", factor=1.5)
