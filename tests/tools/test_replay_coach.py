"""The replay of the coach over cases with known faults."""

import json
from pathlib import Path

import pytest

from judging.cases import read_cases
from judging.poses import PoseSource
from kiosk.config import Config
from kiosk.pose.recording import Recording, save
from replay_coach import expected_rows, is_out, judged
from runner import make_runner, times


@pytest.mark.parametrize(
    ("built_in", "rows"),
    [
        ({"cadence_spm": 172, "speed_mps": 3.0}, ()),
        ({"arm_swing_left_deg": 68, "arm_swing_right_deg": 36}, ("arms_uneven",)),
        ({"arm_swing_left_deg": 32, "arm_swing_right_deg": 32, "trunk_lean_waist_deg": 1.5}, ("too_upright", "arms_still")),
        ({"step_width_cm": 8, "step_time_asym": 0.06}, ("uneven_steps",)),
    ],
)
def test_what_is_built_in_names_its_rows(built_in: dict[str, float], rows: tuple[str, ...]):
    """Neutral settings name none; two keys can make one fault together."""
    assert expected_rows(built_in) == rows


@pytest.mark.parametrize(("truth_deg", "false_alarm"), [(20.0, False), (6.0, True)])
def test_a_made_runner_is_replayed_and_judged(tmp_path: Path, truth_deg: float, false_alarm: bool):
    """A runner who leans 20 degrees gets the cue; were the truth 6, an alarm that is not built in would be a false one."""
    built_in = {"trunk_lean_waist_deg": 20.0} if truth_deg == 20.0 else {"crossover_left_cm": 0.0, "trunk_lean_ankle_deg": 1.0}
    save(tmp_path / "made.npz", Recording(make_runner(times(14, 60), lean_deg=20.0), "right", 0.0, "made by a test"))
    case = {"input": "made.npz", "view": "right", "contacts": [], "truth": {"trunk_lean_deg": {"value": truth_deg}}, "built_in": built_in}
    (tmp_path / "made.json").write_text(json.dumps(case))
    (known,) = read_cases(tmp_path)
    found = judged(known, PoseSource(tmp_path, Config()))
    assert "leaning_too_far" in (*found.said.cues, *found.said.faults)
    assert is_out("leaning_too_far", known, None) is (truth_deg == 20.0)
    assert ("leaning_too_far" in found.false_alarms) is false_alarm
