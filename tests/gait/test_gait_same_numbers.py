"""Faster must not mean otherwise: two recordings give the numbers they gave before signals were folded together."""

import json
from pathlib import Path

import pytest

from kiosk.domain import View
from kiosk.gait.analysis import analyse
from kiosk.gait.geometry import Setting
from kiosk.pose.recording import load

DATA = Path(__file__).parents[1] / "data"
RECORDINGS = {"p04_side_left_low_arms": View.LEFT, "p07_front_crossover": View.FRONT}


def numbers(name: str) -> dict[str, list[float | None]]:
    """Value, left, right and spread of every metric, and the times of the first strides."""
    report = analyse(load(DATA / f"{name}.npz").series, RECORDINGS[name], Setting(network="movenet", roll_sd_deg=0.5)).report
    out: dict[str, list[float | None]] = {key: [m.value, m.left, m.right, m.spread] for key, m in report.metrics.items()}
    return out | {"strides_s": [t for s in report.strides[:8] for t in (s.start_s, s.toe_off_s, s.end_s)]}


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_numbers_are_those_of_before(name: str) -> None:
    """Within 1e-9; a change of the science makes the file anew, and says so."""
    before = json.loads((DATA / "gait_numbers.json").read_text(encoding="utf-8"))[name]
    found = numbers(name)
    assert found.keys() == before.keys()
    assert sum(row[0] is not None for row in found.values()) > 8
    for key, row in found.items():
        assert row == [pytest.approx(x, rel=1e-9, abs=1e-9) if x is not None else None for x in before[key]], key
