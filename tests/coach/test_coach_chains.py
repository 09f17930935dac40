"""Which of several faults gets the cue."""

import pytest

from kiosk.coach.chains import CHAINS, Chain, choose
from kiosk.coach.rules import RULE_BY_NAME, find_faults
from kiosk.domain import Fault, Metrics, MetricValue, Quality
from kiosk.gait.metrics import METRICS

VIEWS = {metric.name: set(metric.views) for metric in METRICS}

DEMO = {  # the truth of the demo clip, its foot a little further ahead: 10.8 km/h, seen from the right
    "thigh_back_deg": (6, 2),
    "overstride_ratio": (0.31, 0.01),
    "trunk_lean_deg": (5, 1),
    "cadence_spm": (162, 1),
    "bounce_ratio": (0.076, 0.005),
    "arm_swing_deg": (40, 3),
    "elbow_deg": (88, 4),
}


def metrics(table: dict[str, tuple[float, float]]) -> Metrics:
    return {name: MetricValue(value, n=25, spread=spread, quality=Quality.GOOD) for name, (value, spread) in table.items()}


def fault(name: str, excess: float = 1.0) -> Fault:
    rule = RULE_BY_NAME[name]
    return Fault(name, rule.metric, 2 + excess, 0, 2, excess, None, rule.cue, rule.grade, rule.source, rule.drill, rule.may_come_from)


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: f"{chain.upstream}-{chain.downstream}")
def test_every_link_joins_coached_rows_downhill(chain: Chain):
    """Both ends are coached and seen in one view, the rank rises along the link, and the words stay a hypothesis."""
    up, down = RULE_BY_NAME[chain.upstream], RULE_BY_NAME[chain.downstream]
    assert up.coached
    assert down.coached
    assert up.rank < down.rank
    assert "may" in chain.words.lower()
    assert not chain.both_ways or "or may come from" in chain.words
    assert VIEWS[up.metric] & VIEWS[down.metric]


def test_demo_runner_is_told_about_the_hip_drive():
    """Thighs hardly go back and the foot lands far ahead: the cue is upstream, the words name the other."""
    faults = find_faults(metrics(DEMO), 10.8)
    assert {found.name for found in faults} == {"little_hip_drive", "overstride"}
    chosen, words = choose(faults)
    assert (chosen.name, "may lead to landing far ahead" in words) == ("little_hip_drive", True)


def test_no_fault_no_choice():
    """Nothing to work on."""
    assert choose(()) is None


def test_upstream_wins_over_the_worse_downstream_fault():
    """Low cadence a little out, overstride far out: still cadence."""
    chosen, words = choose((fault("overstride", 5.0), fault("low_cadence", 0.1)))
    assert (chosen.name, words) == ("low_cadence", "May lead to landing far ahead, which shows too.")


def test_most_upstream_of_several_links_wins():
    """Four links at once: the trunk stands above hip drive, cadence and arms."""
    faults = [fault(name) for name in ("overstride", "arms_uneven", "low_cadence", "little_hip_drive", "too_upright")]
    assert choose(faults)[0].name == "too_upright"


def test_head_needs_its_own_downstream_fault():
    """Head forward and overstride with an upright trunk missing between them are no chain: the worse one is chosen."""
    assert choose((fault("head_forward", 0.5), fault("overstride", 0.6)))[0].name == "overstride"
    assert choose((fault("head_forward", 0.5), fault("too_upright", 0.6)))[0].name == "head_forward"


def test_without_a_link_the_furthest_out_wins_with_its_own_words():
    """Leaning too far and bounce are not linked."""
    chosen, words = choose((fault("leaning_too_far", 0.4), fault("bounce", 0.9)))
    assert (chosen.name, words) == ("bounce", "May come from slow steps.")


def test_one_fault_says_what_it_may_come_from():
    """Overstride alone names its possible sources."""
    assert choose((fault("overstride"),))[1].startswith("May come from slow steps")


def test_uneven_arms_may_be_either_way_round():
    """The text states this link both ways, and so do the words."""
    chosen, words = choose((fault("overstride", 3.0), fault("arms_uneven", 0.2)))
    assert (chosen.name, "or may come from it" in words) == ("arms_uneven", True)
