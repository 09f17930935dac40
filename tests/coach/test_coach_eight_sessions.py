"""Simulated runners over eight sessions: what the lesson really showed them, tick by tick, and what their progress became."""

import itertools
from collections.abc import Sequence

import pytest
from simulated_runner import TICK_S, Ran, Values, run

from kiosk.coach.drills import DRILL_BY_NAME, open_drill
from kiosk.coach.fading import EXPOSURE
from kiosk.coach.focus import SURPRISE, next_time, plan
from kiosk.coach.lesson import Lesson
from kiosk.coach.modes import LessonState
from kiosk.coach.outcome import progress_after
from kiosk.coach.progress import Progress
from kiosk.coach.rules import find_faults
from kiosk.domain import View

SPEED_KMH = 10.8
GOOD, BAD = 0.22, 0.40
"""Foot ahead of hip, leg lengths; the band at this speed is 0.17 to 0.28."""


def feedback(state: LessonState) -> bool:
    """Something about the skill is on the screen: cue, or the gauge of the skill."""
    return state.cue is not None or (state.gauge is not None and state.gauge.metric == "overstride_ratio")


def learner(session: int) -> Values:
    """Lands close while the screen shows it; in silence the more often, the more sessions have been."""

    def values(into_s: float, state: LessonState) -> dict[str, float]:
        holds = feedback(state) or (into_s * 7) % 10 < 1.5 * session + 2
        return {"overstride_ratio": GOOD if holds else BAD, "cadence_spm": 165.0}

    return values


def never(into_s: float, state: LessonState) -> dict[str, float]:
    """Lands far ahead, whatever is shown."""
    return {"overstride_ratio": BAD, "cadence_spm": 165.0}


def sessions(runners: Sequence[Values], choice: str = "close") -> list[tuple[Progress, Ran]]:
    """The progress after each session, and the session; every session lasts a minute longer than its focus."""
    progress, out = Progress(), []
    for runner in runners:
        coming = plan(progress, choice, View.LEFT)
        ran = run(Lesson(coming, SPEED_KMH, View.LEFT), runner, 60 * (coming.minutes + 1) + 10, seed=len(out))
        progress = progress_after(progress, ran.outcome, ran.metrics, find_faults(ran.metrics, SPEED_KMH))
        progress = Progress.from_text(progress.to_text())
        out.append((progress, ran))
    return out


@pytest.fixture(scope="module")
def learned() -> list[tuple[Progress, Ran]]:
    return sessions([learner(number) for number in range(8)])


@pytest.fixture(scope="module")
def stuck() -> list[tuple[Progress, Ran]]:
    return sessions([never] * 8)


def in_focus(ran: Ran) -> list[LessonState]:
    return [state for _, state in ran.states if state.focus and 0 < state.focus.left_s < 60 * state.focus.minutes]


def test_exposure_falls_as_designed(learned: list[tuple[Progress, Ran]], stuck: list[tuple[Progress, Ran]]):
    """Share of the focus with feedback on the screen, counted from the ticks: the table's, never more than the run before."""
    for runs in (learned, stuck):
        seen = [sum(feedback(state) for state in in_focus(ran)) / len(in_focus(ran)) for _, ran in runs]
        assert seen == pytest.approx(EXPOSURE, abs=0.03)
        assert all(after <= before + 0.03 for before, after in itertools.pairwise(seen))
        assert [ran.outcome.exposure_share for _, ran in runs] == pytest.approx(EXPOSURE, abs=0.03)


def test_focus_minutes_grow_by_one(learned: list[tuple[Progress, Ran]]):
    """One minute in the first run, eight in the eighth; the seconds that were really run say the same."""
    assert [ran.outcome.minutes for _, ran in learned] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [ran.outcome.focus_s / 60 for _, ran in learned] == pytest.approx([1, 2, 3, 4, 5, 6, 7, 8], abs=0.02)


def test_silent_blocks_are_scored_in_every_session(learned: list[tuple[Progress, Ran]]):
    """The learner fits with feedback from the start and better and better without; the score is what the runner did."""
    scores = [ran.outcome.score for _, ran in learned]
    assert all(score.with_feedback > 0.9 for score in scores)
    without = [score.without_feedback for score in scores]
    expected = [min(1.0, 0.15 * number + 0.2) for number in range(8)]
    assert without == pytest.approx(expected, abs=0.2)
    assert (without[0] < 0.5, without[-1] > 0.9) == (True, True)


def test_who_never_improves_is_told_so_and_passes_no_gate(stuck: list[tuple[Progress, Ran]]):
    """Nought without feedback; eight runs later the perception drill is still the only one."""
    assert {ran.outcome.score.without_feedback for _, ran in stuck} == {0.0}
    assert {open_drill(progress, "close").name for progress, _ in stuck} == {"rock"}
    assert stuck[-1][0].mastered == ()


def test_gates_open_only_when_earned(learned: list[tuple[Progress, Ran]]):
    """Each opening is the run in which the gate's silent scores were reached, not earlier and not later."""
    opened = [open_drill(progress, "close") for progress, _ in learned]
    assert [drill.name for drill in (opened[0], opened[-1])] == ["rock", "running_cycle"]
    now, earned = DRILL_BY_NAME["rock"], 0
    for (_, ran), drill in zip(learned, opened, strict=True):
        gate = next((d.gate for d in DRILL_BY_NAME.values() if d.gate and d.gate.after == now.name), None)
        earned += gate is not None and ran.outcome.score.without_feedback >= gate.least
        if gate is not None and earned >= gate.runs:
            now, earned = next(d for d in DRILL_BY_NAME.values() if d.gate is gate), 0
        assert drill is now


def test_never_two_words_at_once_and_none_in_silence(learned: list[tuple[Progress, Ran]], stuck: list[tuple[Progress, Ran]]):
    """In all ticks of all runs: no cue with praise, and in silent blocks neither cue nor praise nor gauge nor strip nor voice."""
    states = [state for runs in (learned, stuck) for _, ran in runs for _, state in ran.states]
    silent = [state for state in states if state.focus and state.focus.silent]
    assert len(silent) * TICK_S > 600
    assert not any(state.cue and state.praise for state in states)
    assert not any(state.cue or state.praise or state.gauge or state.strip or state.say_aloud for state in silent)


def test_cues_stay_their_time_in_blocks(stuck: list[tuple[Progress, Ran]]):
    """Every cue of every run shows for 10 to 20 s without a break, also at the ends of blocks."""
    for _, ran in stuck:
        shown = [(id(state.cue), into_s) for into_s, state in ran.states if state.cue]
        lengths = [len(list(group)) * TICK_S for _, group in itertools.groupby(shown, key=lambda entry: entry[0])]
        assert lengths
        assert all(9.9 <= length <= 20.1 for length in lengths)


def test_after_the_focus_the_screen_is_calm(stuck: list[tuple[Progress, Ran]]):
    """No cue in the free minute, though the fault is there."""
    free = [state for _, ran in stuck for _, state in ran.states if state.focus.left_s == 0]
    assert len(free) * TICK_S > 8 * 55
    assert not any(state.cue for state in free)


def test_surprise_takes_up_what_was_found():
    """First run without a focus; the second one works on its fault, and goes on with it: one skill at a time."""
    runs = sessions([never] * 3, SURPRISE)
    assert [ran.outcome.skill for _, ran in runs] == ["", "close", "close"]
    assert [ran.outcome.minutes for _, ran in runs] == [0, 1, 2]
    assert next_time(runs[-1][0]) == "Next run: Land closer, 3 minutes of focus."


@pytest.mark.parametrize(
    ("answers", "skill", "easy"),
    [
        (("low_back", "little", "after"), "spine", False),
        (("neck", "clearly", "during"), "straight", False),
        (("shin_knee", "little", "after"), "close", False),
        (("nothing",), "drive", False),
        (("shin_knee", "hurts", "during"), None, True),
    ],
)
def test_soreness_feeds_the_next_choice(answers: tuple[str, ...], skill: str | None, easy: bool):
    """What may go with what is sore; nothing sore goes on with the skill; what hurts takes the focus away."""
    progress = Progress(runs=2, skill="drive", skill_runs={"drive": 2}).with_soreness(answers)
    coming = plan(progress, SURPRISE, View.LEFT)
    assert (coming.skill.name if coming.skill else None, coming.easy) == (skill, easy)


def test_after_pain_there_is_no_cue_at_all():
    """Five minutes of an easy run with a fault: nothing but cadence, whatever was chosen."""
    progress = Progress(runs=2, skill="close").with_soreness(("shin_knee", "hurts", "during"))
    ran = run(Lesson(plan(progress, "close", View.LEFT), SPEED_KMH, View.LEFT), never, 300, presses={60: "show", 90: "test"})
    assert not any(state.cue or state.test or state.focus for _, state in ran.states)
    assert {state.gauge.metric for _, state in ran.states if state.gauge} == {"cadence_spm"}


def test_a_run_that_was_given_up_does_not_count():
    """Twenty seconds of the first focus minute: the next run is the first again."""
    ran = run(Lesson(plan(Progress(), "close", View.LEFT), SPEED_KMH, View.LEFT), never, 24)
    after = progress_after(Progress(), ran.outcome, ran.metrics)
    assert (after.runs, plan(after, "close").minutes) == (1, 1)
