"""tools/accuracy.py as a whole, on a small folder made here; what it says when the sets are not there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from judging.poses import PoseSource, Rate, thinned
from kiosk.config import Config
from kiosk.pose.recording import Recording, load, save
from runner import make_runner, times

ROOT = Path(__file__).parents[2]


def accuracy(*args: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "tools" / "accuracy.py", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.fixture
def validation(tmp_path: Path) -> Path:
    """A made runner with 165 steps/min and 6 degrees of lean whose truth says 160 and 6; one of whom nothing may be said; a lost clip."""
    folder = tmp_path / "validation"
    (folder / "mocap60").mkdir(parents=True)
    save(folder / "mocap60" / "made.npz", Recording(make_runner(times(10, 60)), "right", 0.0, "made by a test"))
    truth = {"cadence_spm": {"value": 160.0}, "trunk_lean_deg": {"value": 6.0}, "made_up_deg": {"value": 1.0}}
    case = {"input": "made.npz", "view": "right", "truth": truth, "contacts": [], "interval_s": [0, 10]}
    (folder / "mocap60" / "made.json").write_text(json.dumps(case))
    (folder / "retest").mkdir()
    for name, lean_deg in (("a", 6.0), ("b", 9.0)):
        runner = make_runner(times(12, 60), lean_deg=lean_deg, noise_px=2.0)
        save(folder / "retest" / f"{name}.npz", Recording(runner, "right", 0.0, "made by a test"))
        known = {"cadence_spm": {"value": 165.0}, "trunk_lean_deg": {"value": lean_deg}}
        (folder / "retest" / f"{name}.json").write_text(json.dumps({**case, "input": f"{name}.npz", "truth": known}))
    (folder / "real").mkdir()
    save(folder / "real" / "odd.npz", Recording(make_runner(times(10, 30)), "right", 0.0, "made by a test"))
    (folder / "real" / "odd.json").write_text(json.dumps({**case, "input": "odd.npz", "truth": {"cadence_spm": {"value": None}}}))
    (folder / "real" / "lost.json").write_text(json.dumps({**case, "input": "lost.mp4"}))
    (folder / "bars.json").write_text(json.dumps({"mocap60": {"cadence_spm": 0.4, "trunk_lean_deg": 1.0}}))
    return folder


def test_the_page_is_written_and_printed(validation: Path, tmp_path: Path) -> None:
    """Cadence is 5 too high and misses its bar, lean meets it; all six rates are there; what is wrong is said; no path of this machine."""
    out = tmp_path / "accuracy.md"
    run = accuracy("--validation", validation, "--out", out)
    assert run.returncode == 0, run.stderr
    text = out.read_text()
    assert text in run.stdout
    assert re.search(r"\| cadence_spm \| side \| 1 \| 0 \| 5\.\d+ \| 5\.\d+ \| 5\.\d+ \| made \| 0\.4 \| \*\*missed\*\* \|", text)
    assert re.search(r"\| trunk_lean_deg \| side \| 1 \| 0 \| .* \| 1 \| met \|", text)
    assert "| metric | 30 even | 30 irregular | 15 even | 15 irregular | 10 even | 10 irregular |" in text
    assert re.search(r"\| cadence_spm \| 0\.00 \| -?0\.\d+ \| \d\.\d+ \| not more than noise \|", text)
    assert re.search(r"\| trunk_lean_deg \| 3\.00 \| [23]\.\d+ \| 0\.\d+ \| \*\*changed\*\* \|", text)
    assert "- **Wrong**: lost: lost.mp4: no such file." in text
    assert "- **Wrong**: odd: cadence_spm reported where it cannot be known" in text
    assert str(tmp_path) not in text


def test_without_the_sets_there_is_a_sentence(tmp_path: Path) -> None:
    """A folder that is missing, empty, or has a broken case: exit 1, one sentence, no page."""
    for folder, words in ((tmp_path / "none", "there is no such folder"), (tmp_path, "bars.json")):
        run = accuracy("--validation", folder, "--out", tmp_path / "o.md")
        assert (run.returncode, run.stdout, "Traceback" in run.stderr) == (1, "", False)
        assert words in run.stderr
    assert not (tmp_path / "o.md").exists()


def test_a_broken_case_is_named(validation: Path, tmp_path: Path) -> None:
    """A case without a view."""
    (validation / "mocap60" / "odd.json").write_text('{"input": "made.npz", "truth": {}}')
    run = accuracy("--validation", validation, "--out", tmp_path / "o.md")
    assert run.returncode == 1
    assert "odd.json: not a case: 'view'" in run.stderr


def test_frames_are_left_out_evenly() -> None:
    """Every fourth frame of 60 a second makes 15."""
    left = thinned(Recording(make_runner(times(4, 60)), "right", 0.0, ""), Rate(15.0))
    assert np.allclose(np.diff(left.series.t_s), 1 / 15)


def test_frames_are_left_out_irregularly_with_their_true_times() -> None:
    """As many as wanted, at uneven distances, each with the stamp and the points that it had."""
    whole = Recording(make_runner(times(20, 60)), "right", 0.0, "")
    left = thinned(whole, Rate(15.0, irregular=True)).series
    assert len(left.t_s) == pytest.approx(300, abs=2)
    assert np.diff(left.t_s).std() > 0.01
    at = np.searchsorted(whole.series.t_s, left.t_s)
    assert np.array_equal(whole.series.xy_px[at], left.xy_px)


def test_poses_of_a_clip_are_kept(tmp_path: Path, data: Path) -> None:
    """The second reading does not ask the network; another rate does, and sees fewer frames."""
    asked: list[str] = []
    source = PoseSource(tmp_path, Config(), asked.append)
    clip = data / "p02_side_left_overstride.mp4"
    first, second = source.poses(clip, Rate(10.0)), source.poses(clip, Rate(10.0))
    assert len(asked) == 1
    assert np.array_equal(first.series.xy_px, second.series.xy_px, equal_nan=True)
    assert len(first.series.t_s) == 100
    assert np.allclose(np.diff(first.series.t_s), 0.1, atol=1e-3)
    assert source.model.startswith("treadside")
    assert len(load(next(tmp_path.glob("*.npz"))).series.t_s) == 100
