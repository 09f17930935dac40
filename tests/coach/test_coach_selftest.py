"""A chain tested by the runner: usual, changed, usual again; confirmed, not confirmed or cannot tell."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from kiosk.coach.effects import LEAST, student_t
from kiosk.coach.rules import RULE_BY_NAME
from kiosk.coach.selftest import PART_S, SETTLE_S, TRIAL_BY_NAME, TRIALS, VERDICT_S, WAIT_S, SelfTestRun, trial_for
from kiosk.domain import MetricValue, Quality, Side, View
from kiosk.gait.metrics import METRICS, StrideValue
from kiosk.screen import Answer, Verdict
from kiosk.words import Phrase

TRIAL = TRIAL_BY_NAME["arms_overstride"]
START_S = 50.0
END_S = START_S + 3 * PART_S
STRIDE_S = 0.72
GOOD = {name: MetricValue(1.0, n=16, spread=0.1, quality=Quality.GOOD) for name in LEAST}
ARM, FOOT = (40.0, 60.0, 40.0), (0.30, 0.24, 0.30)


def noise(n: int, alike: float, rng: np.random.Generator) -> np.ndarray:
    """n values of spread 1 whose neighbours are alike by `alike`."""
    out = rng.normal(size=n)
    for i in range(1, n):
        out[i] = alike * out[i - 1] + np.sqrt(1 - alike**2) * out[i]
    return out


def a_test(
    up: Sequence[float] = ARM,
    down: Sequence[float] = FOOT,
    spread: tuple[float, float] = (3.0, 0.015),
    alike: float = 0.3,
    wander: float = 0.0,
    seed: int = 0,
    stride_s: float = STRIDE_S,
    good: dict[str, MetricValue] = GOOD,
) -> Verdict | None:
    """A whole test of a runner with these levels; `wander` is how far each part is off as a whole, in parts of the least change."""
    rng = np.random.default_rng(seed)
    run = SelfTestRun(TRIAL, START_S)
    starts = START_S + np.arange(0, 3 * PART_S, stride_s)
    part = np.minimum((starts - START_S) // PART_S, 2).astype(int)
    rows = []
    for metric, levels, sd, sides in (
        (TRIAL.upstream, up, spread[0], (Side.RIGHT,)),
        (TRIAL.downstream, down, spread[1], (Side.LEFT, Side.RIGHT)),
    ):
        level = np.asarray(levels)[part] + (rng.normal(size=3) * wander * LEAST[metric].seen)[part]
        shared = noise(len(starts), alike, rng)
        for side in sides:
            own = (shared + noise(len(starts), alike, rng)) / np.sqrt(2)
            rows += [StrideValue(metric, side, float(t), float(v)) for t, v in zip(starts, level + sd * own, strict=True)]
    run.update(START_S, good, rows)
    for t_s in (*(START_S + PART_S * (part + 0.9) for part in range(3)), END_S + WAIT_S):
        run.update(t_s, good, ())
    return run.verdict


def test_a_real_link_is_confirmed_in_the_runners_own_numbers():
    """Arm swing 40 to 60 degrees and back, the foot lands 6 hundredths closer and goes back."""
    verdict = a_test(spread=(0.0, 0.0))
    assert (verdict.answer, verdict.upstream, verdict.downstream) == (Answer.CONFIRMED, "arm_swing_deg", "overstride_ratio")
    assert verdict.text == (
        "Confirmed in you: Arm swing 40, 60, 40 degrees, and Foot ahead of hip went with it: 0.30, 0.24, 0.30 leg lengths."
    )


def test_a_number_that_stays_is_not_confirmed():
    """The arms changed, the landing did not."""
    verdict = a_test(down=(0.30, 0.30, 0.30), spread=(3.0, 0.01))
    assert verdict.answer is Answer.NOT_CONFIRMED
    assert verdict.text.startswith("Not confirmed in you: Arm swing ")


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ({"up": (40, 41, 40)}, "Arm swing did not change clearly"),
        ({"up": (40, 60, 60)}, "Arm swing did not go back"),
        ({"down": (0.30, 0.24, 0.18)}, "was different in the two usual parts"),
        ({"down": (0.30, 0.24, 0.27), "spread": (3.0, 0.004)}, "was different in the two usual parts"),
        ({"down": (0.30, 0.24, 0.24)}, "was different in the two usual parts"),
        ({"down": (0.30, 0.30, 0.30), "spread": (3.0, 0.12)}, "varies too much"),
        ({"stride_s": 2.4}, "too few strides"),
        ({"good": GOOD | {"overstride_ratio": MetricValue(0.3, n=16, spread=0.01, quality=Quality.LOW)}}, "too few strides"),
    ],
    ids=["no change made", "change kept", "drift", "half back", "stays changed", "noisy", "few strides", "low quality"],
)
def test_what_cannot_be_told_is_not_told(case: dict[str, object], words: str):
    """Each reason in its own words."""
    verdict = a_test(**case)
    assert verdict.answer is Answer.CANNOT_TELL
    assert words in verdict.text


TRIES = 300


@pytest.mark.parametrize("alike", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("wander", [0.0, 0.35])
@pytest.mark.parametrize("spread", [0.008, 0.015, 0.03])
def test_false_confirmations_on_noise_are_rare(alike: float, wander: float, spread: float):
    """The arms really change, the landing only wanders: under 5 % confirmed, also when neighbours are alike and parts are off."""
    rows = [a_test(down=(0.3, 0.3, 0.3), spread=(3.0, spread), alike=alike, wander=wander, seed=seed) for seed in range(TRIES)]
    rate = sum(row.answer is Answer.CONFIRMED for row in rows) / TRIES
    assert rate < 0.05


@pytest.mark.parametrize("alike", [0.0, 0.3, 0.6])
def test_a_drift_alone_is_hardly_ever_confirmed(alike: float):
    """The landing creeps by 3 hundredths a minute whatever the arms do."""
    rows = [a_test(down=(0.30, 0.32, 0.34), spread=(3.0, 0.015), alike=alike, seed=seed) for seed in range(TRIES)]
    assert sum(row.answer is Answer.CONFIRMED for row in rows) / TRIES < 0.05


@pytest.mark.parametrize(("alike", "least"), [(0.0, 0.95), (0.3, 0.9), (0.6, 0.6)])
def test_a_real_link_is_mostly_found(alike: float, least: float):
    """The margin of the cue, 4 hundredths, at a usual spread of the strides (0.015) and parts that are off by a quarter."""
    rows = [a_test(down=(0.30, 0.26, 0.30), alike=alike, wander=0.25, seed=seed) for seed in range(TRIES)]
    assert sum(row.answer is Answer.CONFIRMED for row in rows) / TRIES > least


def test_strides_of_settling_do_not_count():
    """A foot that jumps wildly in the first five seconds of each part changes nothing."""
    run = SelfTestRun(TRIAL, 0.0)
    for start_s in np.arange(0, 3 * PART_S, STRIDE_S):
        part, into_s = divmod(float(start_s), PART_S)
        arm, foot = (999.0, 999.0) if into_s < SETTLE_S else (ARM[int(part)], FOOT[int(part)])
        run.update(float(start_s), GOOD, [StrideValue("arm_swing_deg", Side.LEFT, float(start_s), arm)])
        run.update(float(start_s), GOOD, [StrideValue("overstride_ratio", side, float(start_s), foot) for side in Side])
    run.update(3 * PART_S + WAIT_S, GOOD, ())
    assert "40, 60, 40 degrees" in run.verdict.text
    assert run.verdict.answer is Answer.CONFIRMED


def test_what_the_screen_says_while_it_runs():
    """Usual, change, usual; the seconds of each part; then the verdict for its time; then nothing."""
    run, told = SelfTestRun(TRIAL, 0.0), []
    for t_s in np.arange(0, 3 * PART_S + WAIT_S + VERDICT_S + 1, 0.5):
        run.update(float(t_s), {}, ())
        told.append(run.state(float(t_s)))
    assert [
        (key, len(list(group)) / 2) for key, group in itertools.groupby(told, key=lambda s: s and (s.part, s.instruction, bool(s.verdict)))
    ] == [
        ((1, "Run as usual", False), 20),
        ((2, "Change only your arms", False), 20),
        ((3, "Run as usual", False), 20 + WAIT_S),
        ((3, "Change only your arms", True), VERDICT_S),
        (None, 1),
    ]
    assert (told[0].left_s, told[1].left_s, told[39].left_s, told[40].left_s) == (20, 20, 1, 20)


def test_windows_do_not_span_two_parts():
    """At every moment the window begins in the part that runs, and after settling behind it."""
    run = SelfTestRun(TRIAL, START_S)
    for into_s in np.arange(0, 3 * PART_S, 0.25):
        part, of_part_s = divmod(float(into_s), PART_S)
        begun_s = START_S + part * PART_S
        assert run.window_from_s(START_S + into_s) == (begun_s + SETTLE_S if of_part_s >= SETTLE_S else begun_s)
    assert run.window_from_s(END_S + 1) == END_S - PART_S + SETTLE_S


def test_the_test_that_is_offered():
    """That of the cue, else the suspected one, else the first of the view; none without a view."""
    assert trial_for(View.LEFT, "low_cadence").name == "cadence_overstride"
    assert trial_for(View.LEFT, "", "lean_overstride").name == "lean_overstride"
    assert trial_for(View.RIGHT).name == "arms_overstride"
    assert trial_for(View.REAR, "low_cadence", "lean_overstride").name == "cadence_pelvis"
    assert trial_for(View.FRONT, "overstride").name == "arms_feet"
    assert trial_for(None) is None


@pytest.mark.parametrize("trial", TRIALS, ids=[trial.name for trial in TRIALS])
def test_rows_fit_the_other_tables(trial):
    """Both metrics are measured in all its views and have a least change; the instruction has at most six words."""
    views = {row.name: row.views for row in METRICS}
    assert all(view in views[metric] for view in trial.views for metric in (trial.upstream, trial.downstream))
    assert {trial.upstream, trial.downstream} <= set(LEAST)
    assert isinstance(trial.instruction, Phrase)
    assert len(trial.instruction.split()) <= 6


def test_the_least_change_that_matters_is_more_than_the_least_that_is_seen():
    """And the cue's own margin is what matters of overstriding."""
    assert all(least.seen < least.matters for least in LEAST.values())
    assert LEAST["overstride_ratio"].matters == RULE_BY_NAME["overstride"].own_margin


@pytest.mark.parametrize(("freedom", "table"), [(3, 3.182), (10, 2.228), (30, 2.042)])
def test_students_t(freedom: int, table: float):
    """Printed tables, 97.5 %."""
    assert student_t(0.975, freedom) == pytest.approx(table, rel=0.04)
