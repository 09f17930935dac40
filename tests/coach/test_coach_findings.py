"""The lines of the summary."""

import re

import pytest

from kiosk.coach.chains import CHAINS
from kiosk.coach.findings import findings
from kiosk.coach.rules import RULES, find_faults
from kiosk.domain import Metrics, MetricValue, Quality
from kiosk.screen import Finding

DIAGNOSIS = re.compile(
    r"injur|diagnos|patholog|syndrome|tendin|tendon|fasci|fractur|arthr|disorder|diseas|weak|abnormal|risk|pain|normal", re.I
)


def good(value: float, spread: float | None = 0.0, n: int = 25, **sides: float) -> MetricValue:
    return MetricValue(value, n=n, spread=spread, quality=Quality.GOOD, **sides)


def lines(metrics: Metrics, speed_kmh: float | None = 10.8, cues: tuple[str, ...] = (), own: dict[str, float] | None = None):
    return findings(metrics, find_faults(metrics, speed_kmh, own), speed_kmh, cues)


DEMO = {
    "thigh_back_deg": good(6, 2),
    "overstride_ratio": good(0.286, 0.01),
    "trunk_lean_deg": good(5, 1),
    "cadence_spm": good(162, 1),
    "bounce_ratio": good(0.076, 0.005),
    "arm_swing_deg": good(40, 3),
    "elbow_deg": good(88, 4),
}


def test_demo_summary():
    """A good line, then the fault to work on with its chain, then the other; numbers with units and spread."""
    found = lines(DEMO)
    assert [finding.text for finding in found] == [
        "Cadence 162 steps a minute: typical for this speed.",
        "Thigh swing behind you 6 ± 2 degrees: below the typical 17 to 27 for this speed.",
        "Foot ahead of hip 0.29 ± 0.01 leg lengths: above the typical 0.17 to 0.28 for this speed.",
    ]
    assert [finding.good for finding in found] == [True, False, False]
    assert "may lead to landing far ahead" in found[1].may_come_from
    assert (found[1].drill, found[1].grade) == ("Bridge, lunge, step-up", "A")


def test_no_faults_gives_good_lines_by_evidence():
    """Three good lines: measured bands before the guide of others."""
    found = lines({name: value for name, value in DEMO.items() if name not in ("thigh_back_deg", "overstride_ratio")})
    assert [(finding.metric, finding.good) for finding in found] == [
        ("cadence_spm", True),
        ("trunk_lean_deg", True),
        ("arm_swing_deg", True),
    ]
    assert found[1].text == "Forward lean 5 degrees: typical."


def test_nothing_good_leaves_room_for_three_faults():
    """The chosen one first, then by how far out."""
    metrics = {"bounce_ratio": good(0.16), "thigh_back_deg": good(0), "overstride_ratio": good(0.4), "cadence_spm": good(120)}
    assert [finding.metric for finding in lines(metrics)] == ["thigh_back_deg", "overstride_ratio", "cadence_spm"]


@pytest.mark.parametrize(
    "value", [good(145), good(184), good(162, n=6), MetricValue(162, n=25, spread=1, quality=Quality.LOW), good(162, 60)]
)
def test_near_the_edge_or_not_trusted_is_not_praised(value: MetricValue):
    """Good means well inside, measured well, and by more than the noise."""
    assert lines({"cadence_spm": value}) == ()


def test_three_faults_leave_room_for_one_good_line():
    """The good line is first, and the third fault is left out."""
    metrics = {"bounce_ratio": good(0.16), "thigh_back_deg": good(0), "overstride_ratio": good(0.4), "cadence_spm": good(162)}
    assert [finding.metric for finding in lines(metrics)] == ["cadence_spm", "thigh_back_deg", "overstride_ratio"]


def test_better_evidence_is_told_before_a_deeper_value():
    """Arms in the middle of our guide come after a measured cadence nearer to its edge."""
    assert [finding.metric for finding in lines({"arm_swing_deg": good(52.5), "cadence_spm": good(152)})] == [
        "cadence_spm",
        "arm_swing_deg",
    ]


def test_nothing_measured_says_nothing():
    """No metrics, no lines."""
    assert lines({}) == ()


def test_unknown_speed_is_not_called_this_speed():
    """Without a speed the widest band is only "typical"."""
    assert lines({"cadence_spm": good(170)}, None)[0].text == "Cadence 170 steps a minute: typical."


def test_a_followed_cue_is_told_first():
    """Foot back in the middle of its band after its cue comes before a cadence that was always fine."""
    metrics = {"cadence_spm": good(164.5), "overstride_ratio": good(0.22)}
    found = lines(metrics, cues=("Land closer beneath you",))
    assert found[0].text == 'Foot ahead of hip 0.22 leg lengths: typical for this speed after the cue "Land closer beneath you".'


def test_grade_d_is_named_as_our_guide():
    """Arms have no measured limit: neither good nor bad is stated as typical."""
    texts = [lines({"arm_swing_deg": good(value, 2)})[0].text for value in (20, 50)]
    assert texts == [
        "Arm swing 20 ± 2 degrees: below our guide of 30 to 75; opinions differ.",
        "Arm swing 50 degrees: inside our guide; opinions differ.",
    ]


def test_own_baseline_is_named_as_such():
    """A value inside the band but beyond one's own usual is never called above typical."""
    texts = [
        lines({"overstride_ratio": good(0.25)}, own={"overstride_ratio": 0.18})[0].text,
        lines({"head_forward_deg": good(30)}, own={"head_forward_deg": 20})[0].text,
    ]
    assert texts == [
        "Foot ahead of hip 0.25 ± 0.00 leg lengths: above your own usual.",
        "Head ahead of shoulders 30 ± 0 degrees: above your own usual.",
    ]


def test_the_side_is_named():
    """Only the left thigh stays in front."""
    found = lines({"thigh_back_deg": good(12, 1, left=5, right=19)})
    assert found[0].text.endswith("for this speed, on the left side only.")


def test_uneven_arms_name_the_difference_and_do_not_borrow_the_spread():
    """The spread belongs to the swing, not to the difference; and the swing is not praised in the same breath."""
    found = lines({"arm_swing_deg": good(50, 2, left=35, right=65)})
    assert [finding.text for finding in found] == ["Left-right arm difference 30 degrees: above our guide of 0 to 17; opinions differ."]


def all_words() -> list[str]:
    values = {rule.metric: [rule.scale[0] - 100, sum(rule.scale) / 2, rule.scale[1] + 400] for rule in RULES}
    found: list[Finding] = [
        finding
        for metric, tries in values.items()
        for value in tries
        for finding in lines({metric: good(value, left=value - 50, right=value)}, own={"head_forward_deg": 20})
    ]
    table = [rule.may_come_from + rule.cue + rule.drill + rule.label for rule in RULES] + [chain.words for chain in CHAINS]
    return table + [finding.text + finding.may_come_from for finding in found]


def test_no_words_of_diagnosis():
    """Nothing the runner reads names an illness or a danger, and every cause is a "may"."""
    assert [words for words in all_words() if DIAGNOSIS.search(words)] == []
    assert [rule.name for rule in RULES if rule.may_come_from and "may" not in rule.may_come_from.lower()] == []
