"""Two bouts through `kiosk analyze`, and the session of a long one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kiosk.pose.recording import Recording, save
from runner import make_runner, times


def bout(path: Path, seconds: float = 15.0, seed: int = 1, view: str = "right", **runner: Any) -> Path:
    save(path, Recording(make_runner(times(seconds, 30), noise_px=2.0, seed=seed, **runner), view, 0.0, "made by a test"))
    return path


def analyze(*inputs: Path) -> tuple[str, Any]:
    out = inputs[0].with_suffix(".json")
    command = [sys.executable, "-m", "kiosk", "analyze", *map(str, inputs), "--json", str(out)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    return run.stdout, json.loads(out.read_text())


def test_a_bout_that_leans_more_has_changed_in_nothing_else(tmp_path: Path) -> None:
    """3 degrees more of trunk lean are called a change; so is the bend at the waist; cadence, arms and legs are not."""
    shown, (first, second) = analyze(bout(tmp_path / "a.npz"), bout(tmp_path / "b.npz", seed=2, lean_deg=9.0))
    assert "change" not in first
    assert (second["change"]["from"], second["change"]["block_s"]) == ("a.npz", 5.0)
    found = second["change"]["metrics"]
    assert found["trunk_lean_deg"]["change"] == pytest.approx(3.0, abs=0.2)
    assert found["trunk_lean_deg"]["smallest_detectable"] < 1
    # head_forward is measured from the shoulder, on which this runner's head is fixed
    assert [metric for metric, c in found.items() if c["beyond_it"]] == ["trunk_lean_deg", "waist_bend_deg"]
    assert "Change from a.npz to b.npz, if both show the same runner at the same speed (noise from blocks of 5 s):" in shown
    assert any("trunk_lean_deg" in line and line.endswith(": changed") for line in shown.splitlines())


def test_bouts_that_cannot_be_compared_say_why(tmp_path: Path) -> None:
    """Too short, or seen from different sides: a sentence, no verdict."""
    whole = bout(tmp_path / "a.npz")
    short, _ = analyze(whole, bout(tmp_path / "b.npz", seconds=8.0))
    assert "No comparison of a.npz and b.npz: Each bout must last at least 10.5 s to tell a change from noise." in short
    other, (_, second) = analyze(whole, bout(tmp_path / "c.npz", view="left", facing=-1))
    assert "The views must be the same and known; they are right and left." in other
    assert second["change"]["metrics"] == {}


def test_three_inputs_are_not_compared(tmp_path: Path) -> None:
    """Which should be compared with which is not known."""
    shown, data = analyze(*(bout(tmp_path / f"{name}.npz") for name in "abc"))
    assert "Change from" not in shown
    assert [d for d in data if "change" in d] == []


def test_a_long_session_tells_its_drift(tmp_path: Path) -> None:
    """Four minutes in which the trunk leans 3 degrees further from the third minute on; nothing else drifts."""
    t_s = times(240, 15)
    early, late = (make_runner(t_s, noise_px=3.0, lean_deg=lean) for lean in (6.0, 9.0))
    late.xy_px[t_s < 150] = early.xy_px[t_s < 150]
    path = tmp_path / "long.npz"
    save(path, Recording(late, "right", 0.0, "made by a test"))
    shown, data = analyze(path)
    drift = data["session"]["drift"]
    assert data["session"]["reason"] == ""
    assert drift["trunk_lean_deg"]["change"] == pytest.approx(3.0, abs=0.2)
    found = [metric for metric, d in drift.items() if d["beyond_noise"]]
    assert "trunk_lean_deg" in found
    assert set(found) <= {"trunk_lean_deg", "waist_bend_deg"}  # the bend at the waist is part of it, and noisier
    assert "  Drift: trunk_lean_deg +3." in shown
    assert set(data["session"]["own_detectable_change"]) == set(drift)
    assert np.isfinite(list(data["session"]["own_detectable_change"].values())).all()


def test_a_short_session_has_no_drift_and_a_reason(tmp_path: Path) -> None:
    """A clip of seconds: the least is named."""
    _, data = analyze(bout(tmp_path / "a.npz"))
    assert data["session"]["drift"] == {}
    assert "150 strides" in data["session"]["reason"]
