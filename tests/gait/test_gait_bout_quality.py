"""May a bout be used: each problem found, the worst first, each with what to do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kiosk.domain import MetricValue, Quality, View
from kiosk.gait.bout_quality import CHECKS, BoutFacts, judge_bout
from kiosk.gait.drift import Track
from kiosk.words import Phrase


def cadence(*thirds: float) -> dict[Any, Track]:
    values = np.repeat(thirds, 20)
    return {("cadence_spm", None): Track(np.arange(len(values)) * 0.7, values)}


GOOD = MetricValue(1.0, n=80, quality=Quality.GOOD)
FACTS = BoutFacts(View.RIGHT, 60.0, View.RIGHT, 60.0, 1.0, 30.0, 0.1, "", {"trunk_lean_deg": GOOD}, cadence(170, 170, 170), "lines", 0.3)


def test_a_good_bout_has_no_problems() -> None:
    """Whole, steady, square: nothing to say."""
    quality = judge_bout(FACTS)
    assert (quality.ok, quality.problems) == (True, ())


CASES = [
    ({"seen": View.LEFT}, False, "The right view was ordered, the left view was seen."),
    ({"refusal": "Nobody is in the picture."}, False, "Nothing could be measured: Nobody"),
    ({"seconds": 25.0}, False, "Only 25 of 60 s"),
    ({"seconds": 50.0}, True, "50 of 60 s were recorded: fewer strides, so the values are less sure."),
    ({"whole_share": 0.5}, False, "seen in 50 % of the pictures. Move"),
    ({"whole_share": 0.8}, True, "seen in 80 % of the pictures only"),
    ({"longest_gap_s": 6.0}, False, "out of sight for 6 s"),
    ({"fps": 12.0}, False, "12 pictures a second are too few"),
    ({"fps": 20.0}, True, "20 pictures a second: the times"),
    ({"metrics": {"a": GOOD, "b": MetricValue(), "c": MetricValue()}}, False, "Only 1 of 3 metrics"),
    ({"metrics": {"a": replace(GOOD, quality=Quality.LOW)}}, True, "1 of 1 values are of low quality"),
    ({"tracks": cadence(165, 168, 171)}, False, "Cadence moved by +6 steps"),
    ({"tracks": cadence(167, 170, 170)}, True, "Cadence still moved by +3.0 steps"),
    ({"ordered_s": 9.0, "seconds": 9.0}, True, "too short to tell a later change"),
    ({"roll_sd_deg": 2.0}, True, "known to ±2.0° only"),
    (
        {"ordered": View.FRONT, "seen": View.FRONT, "roll_source": "assumed", "roll_sd_deg": None},
        True,
        "Nobody measured whether the camera",
    ),
]


@pytest.mark.parametrize(("change", "ok", "words"), CASES)
def test_each_problem_is_found_and_told(change: dict[str, Any], ok: bool, words: str) -> None:
    """One thing is wrong: one problem, and whether the bout may be used."""
    quality = judge_bout(replace(FACTS, **change))
    assert len(quality.problems) == 1
    assert words in quality.problems[0]
    assert quality.ok is ok


def test_every_row_of_the_table_has_a_case() -> None:
    """A new check needs a case above."""
    found = {check.find for check in CHECKS for change, _, _ in CASES if check.find(replace(FACTS, **change))}
    assert len(found) == len(CHECKS)


def test_the_worst_problem_comes_first() -> None:
    """What stops the bout is told before what only makes its values less sure."""
    quality = judge_bout(replace(FACTS, fps=20.0, whole_share=0.8, seconds=20.0))
    assert [str(p)[:7] for p in quality.problems] == ["Only 20", "The who", "20 pict"]


def test_metrics_of_other_views_are_no_fault_of_the_bout() -> None:
    """What this view or a missing height could never give does not count as missing."""
    reasons = (Phrase("Not measured in the {view} view.", view="right"), Phrase("Not known without the runner's height."))
    metrics = {"a": GOOD, **{str(k): MetricValue(reason=reason) for k, reason in enumerate(reasons * 3)}}
    assert judge_bout(replace(FACTS, metrics=metrics)).ok
