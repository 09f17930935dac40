"""A bout of the protocol is what `kiosk analyze` says of its recording, and what was measured live."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiosk.batch import Request, analyse_recording, read_poses
from kiosk.bouts import bout_of_report, measure_bout
from kiosk.clinic import BoutOrder
from kiosk.config import Config
from kiosk.domain import PoseSeries, View
from kiosk.gait.analysis import analyse
from kiosk.gait.geometry import Setting
from kiosk.gait.tally import Tally
from kiosk.pose.recording import Recording, save
from runner import make_runner, times

ORDER = BoutOrder(1, View.RIGHT, 20.0, 10.0, 0.0, 175.0)
MADE_BY = "treadside 0.1.0 movenet_lightning_int8 abc"


def recording(seconds: float = 20.0, **runner: float) -> Recording:
    """Points in double precision, as a live network gives them."""
    s = make_runner(times(seconds, 30), noise_px=1.5, **runner)
    noisy = PoseSeries(s.t_s, s.xy_px.astype(float) + 1e-6, s.score.astype(float), s.width, s.height)
    return Recording(noisy, "auto", 0.5, MADE_BY, 0.2, "lines")


def test_a_bout_is_its_exported_recording_analysed(tmp_path: Path) -> None:
    """Metrics, blocks, camera, model and quality: the same numbers to the last digit, from the file and from memory."""
    live = measure_bout(recording(), ORDER)
    path = tmp_path / "poses.npz"
    save(path, recording())
    asked = Request(view="right", height_cm=175.0, speed_kmh=10.0)
    report = analyse_recording(path, read_poses(path, Config()), asked)
    filed = bout_of_report(report, ORDER)
    assert dict(live.metrics) == dict(filed.metrics) == dict(report.metrics)
    assert (live.blocks, live.block_s, live.strides, live.seconds) == (filed.blocks, filed.block_s, filed.strides, filed.seconds)
    assert (live.model, live.quality.ok) == (MADE_BY, True)
    assert {**live.camera, "roll_source": ""} == {**filed.camera, "roll_source": ""}


def test_a_bout_knows_its_blocks_strides_and_camera() -> None:
    """20 s: three blocks of 6.7 s, about 27 strides of a leg, the camera's facts, a typical stride."""
    found = measure_bout(recording(), ORDER)
    assert found.block_s == pytest.approx(20 / 3, rel=0.01)
    assert {len(blocks) for blocks in found.blocks.values()} == {3}
    assert found.strides == pytest.approx(20 * 165 / 120, abs=2)
    assert (found.camera["roll_deg"], found.camera["roll_sd_deg"]) == (0.5, 0.2)
    assert (found.camera["width"], found.camera["height"], found.camera["fps"]) == (640, 480, pytest.approx(30))
    assert found.stride is not None
    assert found.stride.view is View.RIGHT


def test_a_bout_from_the_other_side_cannot_be_used() -> None:
    """The left side was ordered, the right one seen: the order was not fulfilled, and it says so first."""
    found = measure_bout(recording(), replace(ORDER, view=View.LEFT))
    assert not found.quality.ok
    assert found.quality.problems[0].startswith("The left view was ordered, the right view was seen.")


def test_a_bout_with_nobody_is_no_error() -> None:
    """No poses and an empty recording: a refusal, no values, not usable."""
    s = make_runner(times(20, 30))
    empty = PoseSeries(s.t_s[:0], s.xy_px[:0], s.score[:0], 640, 480)
    nobody = PoseSeries(s.t_s, np.full_like(s.xy_px, np.nan), np.zeros_like(s.score), 640, 480)
    for series in (empty, nobody):
        found = measure_bout(Recording(series, "auto", 0.0, MADE_BY), ORDER)
        assert found.refusal
        assert not found.quality.ok
        assert all(m.value is None for m in found.metrics.values())


def test_a_belt_that_does_not_fit_the_height_is_told() -> None:
    """The runner's true speed gives no warning; twice that is one."""
    leg_m = measure_bout(recording(), ORDER).camera["leg_by_belt_cm"]
    true_kmh = 10.0 * 0.491 * 175.0 / float(leg_m or 0)
    said = [measure_bout(recording(), replace(ORDER, speed_kmh=factor * true_kmh)).warnings for factor in (1.0, 2.0)]
    assert [any("typed wrong" in line for line in lines) for lines in said] == [False, True]


LIVE_EVERY_S, LIVE_WINDOW_S = 1.0, 10.0


def test_live_and_file_agree_on_the_same_frames() -> None:
    """A session's windows (10 s, each second) and the file's one fold give the same run: cadence to 0.2, lean to 0.1, knees to 1 degree.

    They are not equal to the last digit: a live stride is settled in a window that ends soon after it, a file's in a fold of all.
    """
    whole = recording(30.0)
    series, setting = whole.series, Setting(whole.roll_deg, whole.roll_sd_deg, height_cm=175.0, network="movenet")
    tally = Tally()
    for end_s in np.arange(LIVE_WINDOW_S, series.t_s[-1] + LIVE_EVERY_S, LIVE_EVERY_S):
        part = slice(*np.searchsorted(series.t_s, [end_s - LIVE_WINDOW_S, end_s]))
        span = PoseSeries(series.t_s[part], series.xy_px[part], series.score[part], series.width, series.height)
        analysis = analyse(span, View.RIGHT, setting)
        tally.update(analysis, analysis.end_s)
    live = tally.metrics(View.RIGHT)
    filed = analyse_recording(Path("run"), whole, Request(view="right", height_cm=175.0)).metrics
    within = {"cadence_spm": 0.2, "trunk_lean_deg": 0.1, "overstride_ratio": 0.005, "knee_contact_deg": 1.0, "contact_ms": 5.0}
    within |= {"bounce_ratio": 0.002, "arm_swing_deg": 1.0, "elbow_deg": 0.5, "thigh_back_deg": 1.0}
    for name, most in within.items():
        assert live[name].value == pytest.approx(filed[name].value, abs=most), name
        assert live[name].n == pytest.approx(filed[name].n, abs=2), name
