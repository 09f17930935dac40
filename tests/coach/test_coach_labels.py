"""Words, unit and digits of the metrics."""

import pytest

from kiosk.coach.labels import LABELS, digits_of, label_of, moved, to_side, unit_of, valued
from kiosk.gait.metrics import METRICS


def test_every_metric_has_words() -> None:
    """No metric is named by its machine name, not even one that this version does not know."""
    assert [row.name for row in METRICS if row.name not in LABELS] == []
    assert (label_of("arm_swing_deg"), unit_of("flight_ms")) == ("Arm swing", "ms")
    assert (label_of("of_another_version"), unit_of("of_another_version")) == ("Other measure", "")


@pytest.mark.parametrize(("metric", "digits"), [("overstride_ratio", 3), ("cadence_spm", 1)])
def test_digits(metric: str, digits: int) -> None:
    """Ratios are small and need more."""
    assert digits_of(metric) == digits


def test_a_sign_that_is_a_side_is_said_in_words() -> None:
    """Left below nought, right above; nothing at nought, without a value, and for other metrics."""
    assert (to_side("lateral_lean_deg", -2.0, 1), to_side("lateral_lean_deg", 2.0, 1)) == ("to the left", "to the right")
    assert [to_side("lateral_lean_deg", value, 1) for value in (0.04, None, float("nan"))] == ["", "", ""]
    assert to_side("trunk_lean_deg", -2.0, 1) == ""


def test_a_hand_is_on_its_side_or_past_the_middle() -> None:
    """The sign of the hand's distance in words; a change has its own words, as "more on its own side" would be ambiguous."""
    assert [valued("wrist_crossover_ratio", value) for value in (-0.2041, 0.0469, 0.0)] == [
        "0.204 shoulder widths short of it",
        "0.047 shoulder widths past it",
        "0.000 shoulder widths",
    ]
    assert [moved("wrist_crossover_ratio", value, 3) for value in (-0.1, 0.1)] == ["away from the middle", "towards the other side"]


def test_a_value_in_words_leaves_out_what_it_has_not() -> None:
    """No unit, no sign that is a side: no words for them, and no blank in their place."""
    assert (valued("duty_ratio", 0.3171), valued("trunk_lean_deg", -1.04)) == ("0.317", "-1.0 degrees")
