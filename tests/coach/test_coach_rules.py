"""The rules table and what it finds, by hand."""

import math

import pytest

from kiosk.coach import bands
from kiosk.coach.bands import Band
from kiosk.coach.known_errors import KNOWN_ERRORS
from kiosk.coach.readings import ACROSS, LINES, noise_of, reading_of, sure_limits
from kiosk.coach.rules import FADES, RULE_BY_NAME, RULES, Rule, baseline_of, find_faults
from kiosk.domain import Fault, MetricValue, Quality, Side
from kiosk.gait.metrics import METRICS

KNOWN_METRICS = {metric.name for metric in METRICS}
SPEED_KMH = 10.8  # 3.0 m/s, half-way between two measured speeds


def good(value: float, spread: float | None = 0.0, n: int = 25, **sides: float) -> MetricValue:
    return MetricValue(value, n=n, spread=spread, quality=Quality.GOOD, **sides)


def names(faults: tuple[Fault, ...]) -> list[str]:
    return [fault.name for fault in faults]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_row_is_complete(rule: Rule):
    """Each row has a known metric, a source, a grade, words for the screen, and a cue of at most six words."""
    assert rule.metric in KNOWN_METRICS
    assert rule.source
    assert rule.label
    assert rule.unit
    assert rule.grade in tuple("ABCD")
    assert rule.scale[0] < rule.scale[1]
    assert len(rule.cue.split()) <= 6
    assert not rule.coached or (rule.drill and rule.may_come_from)
    assert rule.cue_at is None or rule.direction != "both"
    assert rule.why
    assert set(rule.lines) <= {*LINES, *ACROSS}


def test_names_cues_and_ranks_are_unique():
    """No two rows share a name, a place in the chain or, when coached, a cue."""
    cues = [rule.cue for rule in RULES if rule.coached]
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert len({rule.rank for rule in RULES}) == len(RULES)
    assert len(set(cues)) == len(cues)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.band], ids=lambda rule: rule.name)
def test_bands_lie_on_the_drawn_scale(rule: Rule):
    """The gauge can draw the widest band of every row, and low is below high."""
    low, high = rule.band.at(None)
    assert rule.scale[0] <= low < high <= rule.scale[1]


@pytest.mark.parametrize(
    ("speed_kmh", "expected"),
    [
        (9.0, (142, 178)),
        (12.6, (145, 193)),
        (16.2, (156, 208)),
        (10.8, (143.5, 185.5)),
        (5.0, (142, 178)),
        (25.0, (156, 208)),
        (None, (142, 208)),
        (math.nan, (142, 208)),
    ],
)
def test_band_between_outside_and_without_speed(speed_kmh: float | None, expected: tuple[float, float]):
    """Cadence: the measured bands, half-way between two, clamped outside, and the union when the speed is unknown."""
    assert bands.CADENCE_SPM.at(speed_kmh) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("band", "expected"),
    [
        (bands.OVERSTRIDE_RATIO, (0.17, 0.28)),
        (bands.THIGH_BACK_DEG, (17, 27)),
        (bands.CONTACT_MS, (215, 295)),
        (bands.BOUNCE_RATIO, (0.08, 0.145)),
    ],
)
def test_bands_at_three_metres_per_second(band: Band, expected: tuple[float, float]):
    """The middle of the rows for 2.5 and 3.5 m/s."""
    assert band.at(SPEED_KMH) == pytest.approx(expected)


CASES = [
    ("trunk_lean_deg", -1.1, []),  # each limit is further out by the known error of the network, here 1.2 and 1.4
    ("trunk_lean_deg", -1.3, ["too_upright"]),
    ("trunk_lean_deg", 15.3, []),
    ("trunk_lean_deg", 15.5, ["leaning_too_far"]),
    ("waist_bend_deg", 12.0, []),
    ("waist_bend_deg", 12.2, ["waist_bend"]),
    ("waist_bend_deg", -20.0, []),
    ("hip_over_ankle_ratio", 0.023, []),
    ("hip_over_ankle_ratio", 0.021, ["hip_behind"]),
    ("hip_over_ankle_ratio", 0.163, []),
    ("hip_over_ankle_ratio", 0.165, ["hip_ahead"]),
    ("thigh_back_deg", 15.6, []),
    ("thigh_back_deg", 15.4, ["little_hip_drive"]),
    ("thigh_back_deg", 40.0, []),
    ("thigh_balance_ratio", 9.0, []),
    ("cadence_spm", 143.2, ["low_cadence"]),
    ("cadence_spm", 143.4, []),
    ("cadence_spm", 210.0, []),
    ("arm_swing_deg", 21.7, ["arms_still"]),
    ("arm_swing_deg", 21.9, []),
    ("arm_swing_deg", 89.3, []),
    ("arm_swing_deg", 89.5, ["arms_wild"]),
    ("overstride_ratio", 0.297, []),
    ("overstride_ratio", 0.299, ["overstride"]),
    ("overstride_ratio", 0.1, []),
    ("shank_angle_deg", 15.0, []),
    ("shank_angle_deg", 15.2, ["reaching_shank"]),
    ("knee_stance_peak_deg", 36.0, []),
    ("knee_stance_peak_deg", 35.8, ["stiff_landing"]),
    ("knee_stance_peak_deg", 70.0, []),
    ("bounce_ratio", 0.1505, []),
    ("bounce_ratio", 0.152, ["bounce"]),
    ("step_symmetry_pct", -5.9, []),
    ("step_symmetry_pct", -6.1, ["uneven_steps"]),
    ("step_symmetry_pct", 6.1, ["uneven_steps"]),
    ("head_forward_deg", 30.7, []),
    ("head_forward_deg", 30.9, ["head_forward"]),
    ("lateral_lean_deg", -5.7, []),
    ("lateral_lean_deg", -5.9, ["side_lean"]),
    ("lateral_lean_deg", 5.9, ["side_lean"]),
    ("trunk_sway_deg", 11.0, []),
    ("trunk_sway_deg", 11.2, ["sway"]),
    ("step_width_ratio", -0.034, []),
    ("step_width_ratio", -0.036, ["feet_cross"]),
    ("step_width_ratio", 0.3, []),
    ("pelvic_drop_deg", 12.0, []),
    ("contact_ms", 500.0, []),
    ("elbow_deg", 170.0, []),
    ("knee_swing_peak_deg", 20.0, []),
]


@pytest.mark.parametrize(("metric", "value", "expected"), CASES)
def test_each_limit(metric: str, value: float, expected: list[str]):
    """Just inside a limit is no fault, just outside is one; rows that only inform never make one."""
    assert names(find_faults({metric: good(value)}, SPEED_KMH)) == expected


def test_every_coached_row_is_tried_above():
    """A new row needs its own case, except those that need more than a value: both sides, or an own baseline."""
    tried = {name for _, _, expected in CASES for name in expected}
    assert {rule.name for rule in RULES if rule.coached} == tried | {"arms_uneven", "arms_cross", "shoulders_dip", "front_heavy_swing"}


def test_unknown_speed_is_judged_by_the_widest_band():
    """0.30 is too far at 10.8 km/h but may be fine at a speed we do not know."""
    assert find_faults({"overstride_ratio": good(0.30)}, None) == ()


@pytest.mark.parametrize(
    "value",
    [
        MetricValue(6.0, n=25, spread=0.1, quality=Quality.LOW),
        MetricValue(6.0, n=25, spread=0.1, quality=Quality.NONE),
        good(6.0, n=6),
        good(6.0, spread=None),
        good(6.0, spread=math.nan),
        good(math.nan),
        MetricValue(None, n=25, spread=0.1, quality=Quality.GOOD),
    ],
)
def test_what_cannot_be_trusted_is_no_fault(value: MetricValue):
    """Low quality, six strides, an unknown spread and no value say nothing, however far out they look."""
    assert find_faults({"thigh_back_deg": value}, SPEED_KMH) == ()


def test_seven_strides_are_enough():
    """The smallest number of strides that is coached."""
    assert names(find_faults({"thigh_back_deg": good(6.0, n=7)}, SPEED_KMH)) == ["little_hip_drive"]


def test_noise_is_the_error_of_the_median():
    """Spread 10 over 25 strides: 1.645 x 1.2533 x 10 / 5 = 4.12; between two legs sqrt(2) times that."""
    assert noise_of(RULE_BY_NAME["arms_still"], good(50, spread=10)) == pytest.approx(4.123, abs=0.001)
    assert noise_of(RULE_BY_NAME["arms_uneven"], good(50, spread=10)) == pytest.approx(5.831, abs=0.001)


@pytest.mark.parametrize(("value", "expected"), [(11.4, []), (11.2, ["little_hip_drive"])])
def test_out_of_band_by_less_than_the_noise_is_no_fault(value: float, expected: list[str]):
    """With noise 4.12 and a known error of 1.6 the thigh must be below 17 - 4.12 - 1.6 = 11.28 degrees."""
    assert names(find_faults({"thigh_back_deg": good(value, spread=10)}, SPEED_KMH)) == expected


def test_fault_carries_band_excess_and_words():
    """Thigh 6 degrees behind, band 17 to 27: eleven degrees out, half-width five."""
    (fault,) = find_faults({"thigh_back_deg": good(6.0)}, SPEED_KMH)
    assert (fault.low, fault.high, fault.excess) == pytest.approx((17, 27, 2.2))
    assert (fault.grade, fault.cue, fault.side) == ("A", "Push the ground behind", None)


def test_excess_counts_from_the_band_not_from_the_later_cue():
    """Lean 18 with a band to 12 and a cue at 14: six degrees out, half-width six."""
    (fault,) = find_faults({"trunk_lean_deg": good(18.0)}, SPEED_KMH)
    assert fault.excess == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("left", "right", "side"),
    [(5.0, 19.0, Side.LEFT), (19.0, 5.0, Side.RIGHT), (12.0, 12.0, None), (20.0, 20.0, None), (None, 12.0, None)],
)
def test_side_is_named_when_only_one_is_out(left: float | None, right: float, side: Side | None):
    """A side is named when the other is known to be inside."""
    metric = MetricValue(12.0, left, right, n=25, spread=0.0, quality=Quality.GOOD)
    (fault,) = find_faults({"thigh_back_deg": metric}, SPEED_KMH)
    assert fault.side is side


@pytest.mark.parametrize(("right", "expected"), [(64.0, []), (65.0, ["arms_uneven"])])
def test_uneven_arms(right: float, expected: list[str]):
    """The difference between the arms counts, from 20 degrees and the known error of 4.4, though both are inside the band of the swing."""
    faults = find_faults({"arm_swing_deg": good(50.0, left=40.0, right=right)}, SPEED_KMH)
    assert names(faults) == expected
    assert [fault.value for fault in faults] == [25.0] * len(expected)


def test_one_arm_alone_says_nothing_about_the_difference():
    """The far arm is hidden in many side views."""
    assert reading_of(RULE_BY_NAME["arms_uneven"], good(40.0, right=40.0)) is None


@pytest.mark.parametrize(("own", "expected"), [(20.0, ["head_forward"]), (25.0, []), (math.nan, [])])
def test_head_needs_an_own_baseline(own: float, expected: list[str]):
    """30 degrees is ten above an own 20, five above an own 25, and nothing without a usable baseline."""
    faults = find_faults({"head_forward_deg": good(30.0)}, SPEED_KMH, {"head_forward_deg": own})
    assert names(faults) == expected
    assert [(fault.low, fault.high, fault.excess) for fault in faults] == [(12.0, 28.0, 0.25)] * len(expected)


@pytest.mark.parametrize(("value", "expected"), [(0.215, []), (0.225, ["overstride"])])
def test_overstride_beyond_the_own_baseline(value: float, expected: list[str]):
    """0.18 + 0.04 = 0.22 is the limit of this runner, although the band goes on to 0.28; the excess is positive."""
    faults = find_faults({"overstride_ratio": good(value)}, SPEED_KMH, {"overstride_ratio": 0.18})
    assert names(faults) == expected
    assert all(fault.excess > 0 for fault in faults)


def test_a_high_baseline_does_not_widen_the_band():
    """A runner who always overstrides is still told."""
    assert names(find_faults({"overstride_ratio": good(0.31)}, SPEED_KMH, {"overstride_ratio": 0.30})) == ["overstride"]


def test_nothing_measured_is_no_fault():
    """An empty belt has no metrics."""
    assert find_faults({}, None) == ()


def test_fades_is_known_by_name_but_never_a_fault_of_a_metric():
    """The row of drifts has words like any other and no metric."""
    assert RULE_BY_NAME["fades"] is FADES
    assert FADES not in RULES
    assert len(FADES.cue.split()) <= 6


@pytest.mark.parametrize(("left", "right", "spread", "side"), [(0.05, -0.3, 0.01, Side.LEFT), (0.05, 0.05, 0.01, None)])
def test_one_arm_that_crosses_is_enough(left: float, right: float, spread: float, side: Side | None):
    """The arm further over counts, and is named when the other stays on its side."""
    (fault,) = find_faults({"wrist_crossover_ratio": good((left + right) / 2, spread, left=left, right=right)}, None)
    assert (fault.name, fault.value, fault.side) == ("arms_cross", 0.05, side)


def test_arms_cross_in_more_than_one_stride_of_five():
    """Median 0.06 short of the middle with a spread of 0.1: past it in 27 % of the strides; with 0.02 hardly ever."""
    wild, calm = (good(-0.06, spread, n=10000, left=-0.06, right=-0.06) for spread in (0.1, 0.02))
    assert names(find_faults({"wrist_crossover_ratio": wild}, None)) == ["arms_cross"]
    assert find_faults({"wrist_crossover_ratio": calm}, None) == ()


@pytest.mark.parametrize(("left", "right", "expected"), [(3.0, 3.0, []), (1.0, 6.2, []), (0.0, 8.0, [Side.RIGHT]), (8.0, 0.0, [Side.LEFT])])
def test_a_shoulder_that_dips_more_than_the_other(left: float, right: float, expected: list[Side]):
    """The other side is the runner's own baseline: 4 degrees and the known error of 1.3 more; the lower one is named."""
    faults = find_faults({"shoulder_tilt_deg": good((left + right) / 2, left=left, right=right)}, None)
    assert [fault.side for fault in faults] == expected


@pytest.mark.parametrize(("own", "expected"), [(1.5, ["front_heavy_swing"]), (2.0, []), (math.nan, [])])
def test_thigh_balance_is_a_part_of_the_own_baseline(own: float, expected: list[str]):
    """2.0 is a third more than 1.5: beyond 20 %."""
    assert names(find_faults({"thigh_balance_ratio": good(2.0)}, None, {"thigh_balance_ratio": own})) == expected


def test_an_own_baseline_takes_the_place_of_a_guide():
    """Head at 34: beyond the guide of 30, but this runner's own is 28 and 36 the limit; the same error is in both readings."""
    assert names(find_faults({"head_forward_deg": good(34)}, None)) == ["head_forward"]
    assert find_faults({"head_forward_deg": good(34)}, None, {"head_forward_deg": 28}) == ()


def test_a_baseline_is_trusted_and_not_what_is_to_be_changed():
    """A head within the guide is one; one beyond it, one of low quality and a metric without own margin are none."""
    metrics = {"head_forward_deg": good(22), "overstride_ratio": good(0.4), "cadence_spm": good(170), "waist_bend_deg": good(2, n=6)}
    assert baseline_of(metrics, SPEED_KMH) == {"head_forward_deg": 22}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.coached and rule.band], ids=lambda rule: rule.name)
def test_a_sure_limit_is_never_inside_the_limit_of_strides(rule: Rule):
    """Noise and known error only ever make the coach quieter."""
    low, high = sure_limits(rule, good(0.0, spread=1e-9), rule.band.at(None))
    wide_low, wide_high = sure_limits(rule, good(0.0, spread=1e-3, n=9), rule.band.at(None))
    assert wide_low <= low
    assert wide_high >= high or rule.share is not None
    assert rule.metric in KNOWN_ERRORS
