"""The lines of the summary."""

import re

import pytest

from kiosk.coach.chains import CHAINS
from kiosk.coach.findings import findings, marks_of
from kiosk.coach.rules import RULE_BY_NAME, RULES, find_faults
from kiosk.coach.sentences import seen, written_spread
from kiosk.domain import Metrics, MetricValue, Moment, Quality, Side
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
    "overstride_ratio": good(0.31, 0.01),
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
        "Foot ahead of hip 0.31 ± 0.01 leg lengths: above the typical 0.17 to 0.28 for this speed.",
    ]
    assert [finding.good for finding in found] == [True, False, False]
    assert "may lead to landing far ahead" in found[1].may_come_from
    assert (found[1].drill, found[1].grade) == ("Bridge, lunge, step-up", "A")


def test_no_faults_gives_good_lines_by_evidence():
    """Three good lines: measured bands before the guide of others."""
    without = {name: value for name, value in DEMO.items() if name not in ("thigh_back_deg", "overstride_ratio")}
    found = lines({**without, "arm_swing_deg": good(39, 3)})
    assert [(finding.metric, finding.good) for finding in found] == [
        ("cadence_spm", True),
        ("trunk_lean_deg", True),
        ("elbow_deg", True),  # arms 39 may be 30.4, which the noise could carry below 30
    ]
    assert found[1].text == "Forward lean 5 degrees: typical."


def test_nothing_good_leaves_room_for_three_faults():
    """The chosen one first, then by how far out."""
    metrics = {"bounce_ratio": good(0.16), "thigh_back_deg": good(0), "overstride_ratio": good(0.4), "cadence_spm": good(120)}
    assert [finding.metric for finding in lines(metrics)] == ["thigh_back_deg", "overstride_ratio", "cadence_spm"]


@pytest.mark.parametrize("value", [good(162, n=6), MetricValue(162, n=25, spread=1, quality=Quality.LOW), good(162, 60)])
def test_what_is_not_trusted_is_not_praised(value: MetricValue):
    """Good means measured well, and inside by more than the noise."""
    assert lines({"cadence_spm": value}) == ()


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("step_width_ratio", 0.05),
        ("step_width_ratio", 0.08),
        ("lateral_lean_deg", 1.5),
        ("lateral_lean_deg", 0.2),
        ("overstride_ratio", 0.25),
    ],
)
def test_what_the_network_may_hide_is_not_praised(metric: str, value: float):
    """Step width read .09 too wide in one runner, side lean 1.7 off: neither is ever good, nor at an edge; foot .25 may be .283."""
    assert lines({metric: good(value)}) == ()


def test_an_own_baseline_has_the_same_error():
    """Measured by the same network: only the noise counts."""
    metrics = {"waist_bend_deg": good(6)}
    assert lines(metrics) == ()
    assert findings(metrics, (), 10.8, (), baseline={"waist_bend_deg": 6})[0].good


@pytest.mark.parametrize(
    ("value", "text", "is_good"),
    [
        (0.26, "Shown as a cue, over the whole run inside: Foot ahead of hip 0.26 ± 0.00 leg lengths.", True),
        (0.29, "Shown as a cue, over the whole run at the limit: Foot ahead of hip 0.29 ± 0.00 leg lengths.", False),
    ],
)
def test_what_was_cued_but_is_no_fault_of_the_whole_run_is_told_first(value: float, text: str, is_good: bool):
    """The runner was asked to change it: the summary says what became of it, before what was fine all the time."""
    metrics = {"cadence_spm": good(164), "overstride_ratio": good(value)}
    found = lines(metrics, cues=("Land closer beneath you",))
    assert [(line.text, line.good) for line in found] == [
        (text, is_good),
        ("Cadence 164 steps a minute: typical for this speed.", True),
    ]


def test_praise_asks_for_no_change():
    """A good line says why it is worth keeping, a fault why it is worth changing."""
    found = lines({"cadence_spm": good(164), "overstride_ratio": good(0.4)})
    assert [line.why for line in found] == [RULE_BY_NAME["low_cadence"].keep, RULE_BY_NAME["overstride"].why]
    assert lines({"elbow_deg": good(88)})[0].why == ""


def test_numbers_are_rounded_once():
    """What the sentence says is what the finding holds: nobody rounds again; a value beyond an end is not written like that end."""
    (cadence,) = lines({"cadence_spm": good(164.5, 0.04)})
    assert (cadence.value, cadence.spread, cadence.low, cadence.high) == (164, 0.0, 144, 186)
    (arms,) = lines({"arm_swing_deg": good(29.7, 0.3)}, cues=("Swing from the shoulders",))
    assert arms.text == "Shown as a cue, over the whole run at the limit: Arm swing 29.7 ± 0.3 degrees."
    assert (arms.value, arms.spread, arms.low, arms.decimals) == (29.7, 0.3, 30, 1)


@pytest.mark.parametrize(
    ("spread", "decimals", "text"),
    [(0.0, 2, "0.00"), (0.004, 2, "0.004"), (0.0049, 2, "0.01"), (0.3, 0, "0.3"), (0.47, 0, "1"), (2.5, 0, "2")],
)
def test_a_small_spread_is_not_written_as_none(spread: float, decimals: int, text: str):
    """One more digit; written twice it is the same."""
    for _ in range(2):
        spread = written_spread(spread, decimals)
    assert f"{spread:.{seen(spread, decimals)}f}" == text


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
    assert found[0].text.endswith("for this speed. Left side only.")


def test_uneven_arms_name_the_difference_and_do_not_borrow_the_spread():
    """The spread belongs to the swing, not to the difference; and the swing is not praised in the same breath."""
    found = lines({"arm_swing_deg": good(50, 2, left=35, right=65)})
    assert [finding.text for finding in found] == ["Left-right arm difference 30 degrees: above our guide of 0 to 17; opinions differ."]


def test_the_edge_of_the_band_is_told_only_when_nothing_is_worse():
    """Inside is fine: a good line without a drill. With a fault there is none."""
    (edge,) = lines({"cadence_spm": good(145)})
    assert edge.text == "Cadence 145 ± 0 steps a minute: typical for this speed, near the lower end of 144 to 186."
    assert (edge.good, edge.drill) == (True, "")
    assert [line.metric for line in lines({"cadence_spm": good(145), "bounce_ratio": good(0.16)})] == ["bounce_ratio"]


def test_no_edge_on_a_side_that_nobody_watches():
    """High cadence is never a fault, so its upper end is no edge."""
    assert lines({"cadence_spm": good(184)}) == ()


def test_outside_the_band_but_not_beyond_the_limit_is_a_remark_without_alarm():
    """Arms at 26 with a guide from 30 and a cue below 25: said quietly, no fault; lean 13 may be the network's error and is not said."""
    assert find_faults({"arm_swing_deg": good(26)}, None) == ()
    (line,) = lines({"arm_swing_deg": good(26)})
    assert line.text == "Arm swing 26 ± 0 degrees: a little below our guide of 30 to 75; opinions differ."
    assert (line.good, lines({"trunk_lean_deg": good(13)})) == (False, ())


def test_landing_under_the_body_is_told_but_never_cued():
    """The lower limit of overstride is a finding with a drill."""
    assert find_faults({"overstride_ratio": good(0.10)}, 10.8) == ()
    (line,) = lines({"overstride_ratio": good(0.10)})
    assert line.text == "Foot ahead of hip 0.10 ± 0.00 leg lengths: below the typical 0.17 to 0.28 for this speed."
    assert (line.good, line.drill) == (False, "Ease back, let the foot land slightly ahead")


def test_a_finding_holds_what_the_picture_and_the_band_need():
    """Only the left thigh: its line, the moment, the band, the spread, the source and why."""
    line = lines({"thigh_back_deg": good(12, 1, left=5, right=19)})[0]
    assert (line.label, line.unit, line.value, line.spread, line.decimals) == ("Thigh swing behind you", "degrees", 12, 1, 0)
    assert (line.low, line.high) == pytest.approx((17, 27))
    assert (line.side, line.moment, line.marks) == (Side.LEFT, Moment.TOE_OFF, ((11, 13),))
    assert line.why
    assert line.source


def test_marks_of_lines_across_and_along():
    """Shoulders are one line; a head is marked on both sides."""
    assert marks_of(RULE_BY_NAME["shoulders_dip"], Side.LEFT) == ((5, 6),)
    assert marks_of(RULE_BY_NAME["head_forward"], None) == ((3, 5), (4, 6))


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (0.40, "Better than last time: -0.05 leg lengths, closer to the band."),
        (0.30, "Further from the band than last time: +0.05 leg lengths."),
        (0.345, ""),
    ],
)
def test_change_against_the_last_run(before: float, words: str):
    """Told only beyond noise; the band says whether it is better."""
    metrics = {"overstride_ratio": good(0.35, 0.01)}
    found = findings(metrics, find_faults(metrics, 10.8), 10.8, (), last={"overstride_ratio": good(before, 0.01)})
    assert found[0].change == words


def test_a_change_inside_the_band_is_just_a_change():
    """Neither better nor worse; a last value of low quality is no comparison."""
    metrics = {"cadence_spm": good(170, 1)}
    low = MetricValue(160, n=25, spread=1, quality=Quality.LOW)
    changes = [findings(metrics, (), 10.8, (), last={"cadence_spm": last})[0].change for last in (good(160, 1), low)]
    assert changes == ["Changed since last time: +10 steps a minute.", ""]


def all_words() -> list[str]:
    values = {rule.metric: [rule.scale[0] - 100, sum(rule.scale) / 2, rule.scale[1] + 400] for rule in RULES}
    found: list[Finding] = [
        finding
        for metric, tries in values.items()
        for value in tries
        for finding in lines({metric: good(value, left=value - 50, right=value)}, own={"head_forward_deg": 20})
    ]
    table = [rule.may_come_from + rule.cue + rule.drill + rule.label + rule.why for rule in RULES] + [chain.words for chain in CHAINS]
    return table + [finding.text + finding.may_come_from for finding in found]


def test_no_words_of_diagnosis():
    """Nothing the runner reads names an illness or a danger, and every cause is a "may"."""
    assert [words for words in all_words() if DIAGNOSIS.search(words)] == []
    assert [rule.name for rule in RULES if rule.may_come_from and "may" not in rule.may_come_from.lower()] == []
