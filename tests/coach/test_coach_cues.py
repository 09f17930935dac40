"""One cue at a time: when it comes, stays, goes and is praised."""

import itertools
import random
from collections.abc import Callable

import pytest

from kiosk.coach.cues import CALM_S, HOLD_MAX_S, HOLD_MIN_S, PERSIST_S, PRAISE_S, CueEngine, CueState, gauge_for
from kiosk.coach.known_errors import known_error
from kiosk.coach.rules import RULES, find_faults
from kiosk.domain import Metrics, MetricValue, Quality
from kiosk.screen import Gauge

STEP_S = 0.5
SPEED_KMH = 10.8


def good(value: float | None, spread: float = 0.0, n: int = 25, quality: Quality = Quality.GOOD) -> MetricValue:
    return MetricValue(value, n=n, spread=spread, quality=quality)


def play(metrics_at: Callable[[float], Metrics], seconds: float, engine: CueEngine | None = None) -> list[tuple[float, CueState]]:
    """Run an engine over metrics that are a function of time, two updates a second."""
    engine = engine or CueEngine()
    states = []
    for step in range(int(seconds / STEP_S) + 1):
        t_s, metrics = step * STEP_S, metrics_at(step * STEP_S)
        states.append((t_s, engine.update(t_s, find_faults(metrics, SPEED_KMH), metrics)))
    return states


def cue_spans(states: list[tuple[float, CueState]]) -> list[tuple[float, float, str]]:
    """(first time, last time, text) of every unbroken showing."""
    spans: list[tuple[float, float, str]] = []
    before = None
    for t_s, state in states:
        if state.cue and state.cue is before:
            spans[-1] = (spans[-1][0], t_s, state.cue.text)
        elif state.cue:
            spans.append((t_s, t_s, state.cue.text))
        before = state.cue
    return spans


def lean(value: float, **more: float) -> Metrics:
    return {"trunk_lean_deg": good(value)} | {name: good(number) for name, number in more.items()}


def test_a_fault_must_last_two_seconds():
    """Shown at the first update two seconds after it began; a break begins the count again."""
    steady = play(lambda t_s: lean(20), 3)
    broken = play(lambda t_s: lean(20 if t_s != 1.5 else 6), 3.5)
    assert next(t_s for t_s, state in steady if state.cue) == PERSIST_S
    assert [state.cue for _, state in broken] == [None] * 8


def test_an_unfollowed_cue_shows_twenty_seconds_then_ten_of_calm():
    """The same fault all the time: 2 to 22, calm to 32, and again; no praise."""
    states = play(lambda t_s: lean(20), 55)
    assert [(start, last) for start, last, _ in cue_spans(states)] == [(2.0, 21.5), (32.0, 51.5)]
    assert {state.praise for _, state in states} == {""}


def test_a_cue_followed_early_stays_ten_seconds_then_is_praised_for_five():
    """Fault gone at 5 s: the cue leaves at 12, and the praise shows from 12 to 17."""
    states = play(lambda t_s: lean(20 if t_s < 5 else 6), 30)
    assert cue_spans(states) == [(2.0, 11.5, "Stand a touch taller")]
    assert [t_s for t_s, state in states if state.praise] == [12.0 + STEP_S * step for step in range(int(PRAISE_S / STEP_S))]
    assert states[24][1].praise == "Well done: Forward lean."


def test_a_cue_followed_late_leaves_when_the_change_has_lasted():
    """Fault gone at 15 s: the cue leaves at 17."""
    states = play(lambda t_s: lean(20 if t_s < 15 else 6), 30)
    assert cue_spans(states)[0][:2] == (2.0, 16.5)


@pytest.mark.parametrize(("value", "last"), [(11.5, 21.5), (11.3, 11.5)])
def test_a_fault_ends_only_inside_by_a_margin(value: float, last: float):
    """Band to 12, half-width 6: 11.5 is not yet back (12 - 0.6 = 11.4), 11.3 is."""
    states = play(lambda t_s: lean(20 if t_s < 5 else value), 30)
    assert cue_spans(states)[0][:2] == (2.0, last)


def test_a_low_fault_ends_above_its_margin():
    """Cadence from 140 to 144 is inside the band (143.5) but not by the margin of 2.1; 146 is."""
    ends = [cue_spans(play(lambda t_s, to=to: {"cadence_spm": good(140 if t_s < 5 else to)}, 30))[0][1] for to in (144, 146)]
    assert ends == [21.5, 11.5]


def test_a_short_dip_inside_is_not_following():
    """One second back inside is neither an end nor a reason for praise."""
    states = play(lambda t_s: lean(6 if 13 <= t_s < 14 else 20), 30)
    assert cue_spans(states) == [(2.0, 21.5, "Stand a touch taller")]
    assert {state.praise for _, state in states} == {""}


def test_change_in_the_calm_after_the_cue_is_praised():
    """The cue left unfollowed at 22 s, the lean is right from 24 s: praise at 26."""
    states = play(lambda t_s: lean(20 if t_s < 24 else 6), 40)
    assert next(t_s for t_s, state in states if state.praise) == 26.0


def test_change_long_after_the_cue_is_not_praised():
    """Nearly good until a minute after the cue, then good: that was not the cue."""
    states = play(lambda t_s: lean(20 if t_s < 5 else 11.8 if t_s < 80 else 6), 100)
    assert {state.praise for _, state in states} == {""}


def test_each_fault_is_praised_once_a_session():
    """Two cues for the same fault, both followed: one praise."""
    states = play(lambda t_s: lean(20 if t_s < 5 or 40 < t_s < 50 else 6), 70)
    praised = [t_s for t_s, state in states if state.praise]
    assert len(cue_spans(states)) == 2
    assert praised[-1] - praised[0] < PRAISE_S


def test_overdoing_it_is_not_praised():
    """From leaning too far to leaning back: the cue ends at ten seconds, without praise, and the other cue follows the calm."""
    states = play(lambda t_s: lean(20 if t_s < 5 else -5), 30)
    assert [text for _, _, text in cue_spans(states)] == ["Stand a touch taller", "Tip forward from the ankles"]
    assert cue_spans(states)[0][1] == 11.5
    assert {state.praise for _, state in states} == {""}


@pytest.mark.parametrize("value", [20, 6])
def test_a_cue_that_cannot_be_judged_any_more_leaves_after_its_hold(value: float):
    """The metric loses its quality at 5 s: shown to 12 s, no praise whatever it reads, and not again."""
    bad = {"trunk_lean_deg": good(value, quality=Quality.LOW)}
    states = play(lambda t_s: lean(20) if t_s < 5 else bad, 60)
    assert cue_spans(states) == [(2.0, 11.5, "Stand a touch taller")]
    assert {state.praise for _, state in states} == {""}


def test_the_chosen_cue_is_the_upstream_one_and_stays():
    """Hip drive and overstride; overstride leaves after 5 s, the shown cue and its words do not change."""
    states = play(lambda t_s: {"thigh_back_deg": good(6), "overstride_ratio": good(0.4 if t_s < 5 else 0.2)}, 20)
    cues = {state.cue for _, state in states if state.cue}
    assert [(cue.fault.name, "which shows too" in cue.may_come_from, cue.since_s) for cue in cues] == [("little_hip_drive", True, 2.0)]


def test_a_shown_cue_is_judged_at_the_speed_of_now():
    """Overstride 0.40 when fast, 0.30 when slow: inside the old band (to 0.355), outside the new one (to 0.255), so not followed."""
    engine, states = CueEngine(), []
    for step in range(50):
        metrics, speed_kmh = ({"overstride_ratio": good(0.40)}, 16.2) if step < 10 else ({"overstride_ratio": good(0.30)}, 9.0)
        states.append((step * STEP_S, engine.update(step * STEP_S, find_faults(metrics, speed_kmh), metrics)))
    assert cue_spans(states) == [(2.0, 21.5, "Land closer beneath you")]


def test_the_engine_lists_what_it_showed():
    """In order, with repeats."""
    engine = CueEngine()
    play(lambda t_s: lean(20), 40, engine)
    assert engine.shown == ("Stand a touch taller", "Stand a touch taller")


def test_time_that_goes_back_is_a_bug():
    """The message says what came and what to do."""
    engine = CueEngine()
    engine.update(5.0, (), {})
    with pytest.raises(ValueError, match=r"got 4\.0 s after 5\.0 s"):
        engine.update(4.0, (), {})


def random_run(seed: int) -> Callable[[float], Metrics]:
    """Metrics that wander, jump and flutter about the limits, with quality and strides that come and go."""
    dice = random.Random(seed)

    def one(low: float, high: float) -> MetricValue:
        wide = (high - low) * 0.5
        quality = dice.choices(list(Quality), (8, 1, 1))[0]
        return good(dice.uniform(low - wide, high + wide), spread=wide / 20, n=dice.choice((3, 6, 7, 25)), quality=quality)

    names = {rule.metric: rule.band.at(SPEED_KMH) for rule in RULES if rule.band}
    held: dict[str, MetricValue] = {}

    def at(_: float) -> Metrics:
        for name, band in names.items():
            if name not in held or dice.random() < 0.05:
                held[name] = one(*band)
        return dict(held)

    return at


@pytest.mark.parametrize("seed", range(20))
def test_hold_and_calm_hold_over_long_random_runs(seed: int):
    """Every cue is one unbroken showing of 10 to 20 s, calm of 10 s lies between, praise never meets a cue."""
    states = play(random_run(seed), 1200)
    spans = cue_spans(states)
    assert len(spans) > 10
    assert all(HOLD_MIN_S <= last + STEP_S - start <= HOLD_MAX_S for start, last, _ in spans[:-1])
    assert all(after[0] - (before[1] + STEP_S) >= CALM_S for before, after in itertools.pairwise(spans))
    assert not any(state.cue and state.praise for _, state in states)
    praises = [state.praise for (_, before), (_, state) in itertools.pairwise(states) if state.praise and not before.praise]
    assert len(praises) <= len({rule.name for rule in RULES if rule.coached})


@pytest.mark.parametrize("seed", range(20))
def test_a_cue_starts_only_on_what_was_trusted_all_along(seed: int):
    """In random runs, the metric of a new cue had quality good and seven strides in every update of the last two seconds."""
    metrics_at, history = random_run(seed), []

    def watched(t_s: float) -> Metrics:
        history.append(metrics_at(t_s))
        return history[-1]

    states = play(watched, 1200)
    for step, (t_s, state) in enumerate(states):
        if state.cue and state.cue.since_s == t_s:
            recent = [metrics[state.cue.fault.metric] for metrics in history[step - int(PERSIST_S / STEP_S) : step + 1]]
            assert all(metric.quality is Quality.GOOD and metric.n >= 7 for metric in recent)


@pytest.mark.parametrize("value", [good(20, n=6), good(20, quality=Quality.LOW), good(None, quality=Quality.NONE)])
def test_what_is_not_trusted_never_cues(value: MetricValue):
    """Six strides, low quality or no value: ten minutes without a cue."""
    assert cue_spans(play(lambda t_s: {"trunk_lean_deg": value}, 600)) == []


@pytest.mark.parametrize("seed", range(10))
def test_noise_about_the_limit_does_not_flicker(seed: int):
    """A value that flutters about the limit changes the screen at most once in ten seconds."""
    dice, limit = random.Random(seed), 14 + known_error("trunk_lean_deg").high
    states = play(lambda t_s: {"trunk_lean_deg": good(dice.gauss(limit + 0.4, 0.3), spread=0.1)}, 600)
    changes = [t_s for (_, before), (t_s, state) in itertools.pairwise(states) if before.cue is not state.cue]
    assert len(changes) > 10
    assert all(after - before >= HOLD_MIN_S for before, after in itertools.pairwise(changes))


def test_gauge_shows_cadence_while_calm():
    """The band is that of the speed, here 10.8 km/h."""
    gauge = gauge_for({"cadence_spm": good(162)}, None, SPEED_KMH)
    assert gauge == Gauge("cadence_spm", "Cadence", "steps a minute", 162, 143.5, 185.5, 130, 220, grade="A")


def test_gauge_shows_the_metric_of_the_cue():
    """The newest value, not the one of the moment the cue began."""
    cue = play(lambda t_s: lean(20), 2)[-1][1].cue
    assert gauge_for(lean(15, cadence_spm=162), cue, None) == Gauge(
        "trunk_lean_deg", "Forward lean", "degrees", 15, 0, 12, -10, 25, grade="B"
    )


def test_gauge_of_an_own_baseline_takes_its_band():
    """Head: own 20 ± 8."""
    metrics = {"head_forward_deg": good(40)}
    engine = CueEngine()
    states = [engine.update(t_s, find_faults(metrics, None, {"head_forward_deg": 20}), metrics) for t_s in (0.0, 2.0)]
    gauge = gauge_for(metrics, states[-1].cue, None, own={"head_forward_deg": 20})
    assert (gauge.low, gauge.high) == (12, 28)


def test_gauge_without_a_value_is_none():
    """An unknown number is not drawn."""
    assert gauge_for({"cadence_spm": MetricValue(reason="no strides yet")}, None, None) is None


def test_the_end_of_feedback_takes_the_cue_away_and_calm_follows():
    """Feedback to 15 s: the cue of 2 s is gone then; when feedback is back at 16 s the next one waits for the calm, to 25 s."""
    engine, shown = CueEngine(), []
    for step in range(60):
        t_s, metrics = step * STEP_S, lean(20)
        state = engine.update(t_s, find_faults(metrics, SPEED_KMH), metrics, 15.0 if t_s < 16 else 1000.0)
        shown += [t_s] if state.cue else []
    assert (shown[0], max(t_s for t_s in shown if t_s < 16), min(t_s for t_s in shown if t_s > 15)) == (2.0, 14.5, 25.0)
