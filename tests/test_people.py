"""Files with several people: what `kiosk analyze` says of them."""

from pathlib import Path

import numpy as np
import pytest

from kiosk.batch import FileReport, Request, analyse_recording, read_poses
from kiosk.config import Config, TreadmillConfig
from kiosk.domain import FloatArray, PoseSeries
from kiosk.pose.recording import Recording, save
from runner import make_runner, times


def analysed(folder: Path, series: PoseSeries, config: Config | None = None) -> FileReport:
    path = folder / "poses.npz"
    save(path, Recording(series, "right", 0.0, "test"))
    return analyse_recording(path, read_poses(path, config or Config()), Request())


def with_other(series: PoseSeries, is_other: FloatArray, by_px: float = 240) -> PoseSeries:
    """Another one, standing beside, found in these frames."""
    beside = series.xy_px[0] + [by_px, 0]
    xy = np.where(np.asarray(is_other)[:, None, None], beside, series.xy_px)
    return PoseSeries(series.t_s, xy.astype(np.float32), series.score, series.width, series.height)


def test_a_few_frames_of_somebody_else_are_left_out(tmp_path: Path) -> None:
    """Half a second in every five shows somebody else: the runner's numbers as without, and a note."""
    runner = make_runner(times(20, 30), noise_px=1)
    report = analysed(tmp_path, with_other(runner, runner.t_s % 5 > 4.5))
    assert report.metrics["cadence_spm"].value == pytest.approx(165, abs=0.5)
    assert report.metrics["trunk_lean_deg"].value == pytest.approx(6, abs=0.5)
    assert report.warnings[0] == "Somebody else was seen in 9 % of the pictures; these were left out."


def test_somebody_else_half_of_the_time_is_refused(tmp_path: Path) -> None:
    """No metric has a value; the reason says several people."""
    runner = make_runner(times(20, 30), noise_px=1)
    report = analysed(tmp_path, with_other(runner, (runner.t_s > 1) & (runner.t_s % 1 > 0.5)))
    assert report.refusal.startswith("Several people are in the picture (4")
    assert {m.value for m in report.metrics.values()} == {None}


def test_two_runners_in_turn_are_measured_apart(tmp_path: Path) -> None:
    """Nobody for four seconds between two runners: no stride lies across the pause, and the report says that there were two."""
    t_s = times(34, 30)
    series = make_runner(t_s, noise_px=1)
    second = make_runner(t_s, cadence_spm=165, noise_px=1, seed=7)
    series.xy_px[t_s >= 19] = (second.xy_px[t_s >= 19] - [320, 250]) * 1.35 + [330, 230]
    series.score[(t_s >= 15) & (t_s < 19)] = 0
    report = analysed(tmp_path, series)
    assert "2 runners were seen one after the other: the values mix them." in report.warnings
    assert report.metrics["cadence_spm"].value == pytest.approx(165, abs=0.5)
    assert not [e for e in report.events if 15.1 < e.t_s < 18.9]


def test_a_runner_beside_the_zone_is_not_measured(tmp_path: Path) -> None:
    """The zone lies elsewhere: the sentence sends to the settings."""
    config = Config(treadmill=TreadmillConfig(zone=(0.7, 0.0, 1.0, 1.0)))
    report = analysed(tmp_path, make_runner(times(10, 30), noise_px=1), config)
    assert report.refusal == "Somebody is in the picture, but not on the treadmill. Check the treadmill's zone in the settings."
