"""The lesson: feedback on request, self-test in a run, gauge and strip, metronome, silence."""

import itertools

import pytest
from simulated_runner import TICK_S, Ran, Values, run

from kiosk.coach.fading import SETTLE_S, SHORTEST_BLOCK_S, Block, FormCount, block_at, blocks, exposure
from kiosk.coach.focus import SKILL_BY_NAME, Plan, plan
from kiosk.coach.lesson import SHOW_S, TEST_FROM_S, Lesson
from kiosk.coach.modes import LessonState
from kiosk.coach.progress import Progress
from kiosk.coach.rules import RULE_BY_NAME
from kiosk.coach.selftest import PART_S, VERDICT_S, WAIT_S
from kiosk.coach.strip import SECONDS, Minute
from kiosk.domain import Side, View
from kiosk.gait.metrics import StrideValue
from kiosk.screen import Answer

SPEED_KMH = 10.8


def close(minutes: int = 4, share: float = 0.5) -> Lesson:
    return Lesson(Plan(SKILL_BY_NAME["close"], minutes, share), SPEED_KMH, View.LEFT)


def steady(**values: float) -> Values:
    return lambda into_s, state: {"cadence_spm": 165.0, **values}


def spans(ran: Ran, is_so) -> list[tuple[float, float]]:
    """(first, last) time of every unbroken stretch of states that are so."""
    out = []
    for so, group in itertools.groupby(ran.states, key=lambda entry: is_so(entry[1])):
        times = [into_s for into_s, _ in group]
        out += [(times[0], times[-1])] if so else []
    return out


def test_show_me_in_a_silent_block_shows_cue_and_gauge_for_eight_seconds():
    """The block of 30 to 60 s is silent; asked at 40: cue, gauge and strip from 40 to 48, marked as asked for."""
    ran = run(close(), steady(overstride_ratio=0.4), 70, {44.0: "show"})
    asked = [(into_s, state) for into_s, state in ran.states if state.asked_for]
    assert (asked[0][0], len(asked) * TICK_S) == (44.0, pytest.approx(SHOW_S))
    assert {(state.cue.text, state.gauge.metric, state.strip.metric, state.focus.silent) for _, state in asked} == {
        ("Land closer beneath you", "overstride_ratio", "overstride_ratio", False)
    }
    assert ran.outcome.asked == 1


def test_show_me_counts_as_exposure():
    """Four minutes at one half are 120 s of feedback; two times eight more were asked for."""
    ran = run(close(), steady(overstride_ratio=0.4), 260, {44.0: "show", 100.0: "show"})
    assert ran.outcome.exposure_share == pytest.approx((120 + 2 * SHOW_S) / 240, abs=0.01)


def test_show_me_is_not_scored_as_silent():
    """A runner who fits only while it is shown on request, and just after, scores nought in silence."""
    last_asked = [0.0]

    def values(into_s: float, state: LessonState) -> dict[str, float]:
        last_asked[0] = into_s if state.asked_for else last_asked[0]
        fits = into_s - last_asked[0] < SETTLE_S - 1 and into_s > 10
        return {"cadence_spm": 165.0, "overstride_ratio": 0.2 if fits else 0.4}

    score = run(close(), values, 250, {40.0: "show", 100.0: "show", 160.0: "show"}, noise=0.0).outcome.score
    assert score.without_feedback == 0.0


def test_show_me_without_a_fault_shows_the_gauge_alone():
    """Nothing to say is a good answer too."""
    ran = run(close(), steady(overstride_ratio=0.22), 70, {44.0: "show"})
    (asked,) = {(state.cue, state.gauge.metric) for _, state in ran.states if state.asked_for}
    assert asked == (None, "overstride_ratio")


def test_show_me_does_nothing_while_feedback_is_shown():
    """In a block of feedback the gauge is there already."""
    ran = run(close(), steady(overstride_ratio=0.22), 30, {15.0: "show"})
    assert ran.outcome.asked == 0


def test_show_me_does_nothing_in_a_self_test():
    """A hint would spoil it."""
    ran = run(Lesson(Plan(), SPEED_KMH, View.LEFT), steady(overstride_ratio=0.4), 60, {30.0: "test", 45.0: "show"})
    assert ran.outcome.asked == 0


def test_only_the_skills_rules_are_cued():
    """Leaning too far and landing too far ahead: with the focus on landing, only that; without a focus, any."""
    values = steady(overstride_ratio=0.4, trunk_lean_deg=32.0)
    focused, free = run(close(share=1.0), values, 240), run(Lesson(Plan(), SPEED_KMH, View.LEFT), values, 240)
    assert set(focused.outcome.cues) == {"Land closer beneath you"}
    assert "Stand a touch taller" in free.outcome.cues


def test_the_voice_says_the_cue_and_nothing_in_calm():
    """What is to be spoken is what is on the screen."""
    ran = run(Lesson(Plan(), SPEED_KMH, View.LEFT), steady(trunk_lean_deg=20.0), 60)
    assert {state.say_aloud for _, state in ran.states if state.cue} == {"Stand a touch taller"}
    assert {state.say_aloud for _, state in ran.states if not state.cue and not state.praise} == {""}


def test_a_self_test_in_a_run_pauses_the_focus_and_is_confirmed():
    """Arms and landing change together in the second part: confirmed, in the outcome; the focus minutes wait for it."""

    def values(into_s: float, state: LessonState) -> dict[str, float]:
        changed = state.test is not None and state.test.part == 2
        return {"cadence_spm": 165.0, "arm_swing_deg": 60.0 if changed else 40.0, "overstride_ratio": 0.22 if changed else 0.30}

    ran = run(Lesson(Plan(SKILL_BY_NAME["lean"], 4, 0.5), SPEED_KMH, View.LEFT), values, 360, {30.0: "test"})
    shown = [(into_s, state) for into_s, state in ran.states if state.test]
    assert len(shown) * TICK_S == pytest.approx(3 * PART_S + WAIT_S + VERDICT_S, abs=0.2)
    assert len({state.focus.left_s for _, state in shown}) == 1
    assert [verdict.answer for verdict in ran.outcome.verdicts] == [Answer.CONFIRMED]
    assert ran.outcome.suspected == "arms_overstride"
    assert ran.outcome.focus_s == pytest.approx(240, abs=1)
    assert not any(state.cue or state.gauge or state.praise or state.asked_for or state.can_test for _, state in shown)
    assert {state.say_aloud for _, state in shown} == {"Run as usual", "Change only your arms", ""}


def test_a_self_test_tells_the_window_where_to_begin():
    """None before, then inside the part that runs, and after the test it does not go back."""
    ran = run(Lesson(Plan(), SPEED_KMH, View.LEFT), steady(arm_swing_deg=40.0, overstride_ratio=0.22), 150, {30.0: "test"})
    froms = [(into_s, state.window_from_s) for into_s, state in ran.states]
    assert {start for into_s, start in froms if into_s < 30} == {None}
    known = [start - 100 for _, start in froms if start is not None]
    assert known == sorted(known)
    assert set(known) == {30, 35, 50, 55, 70, 75}


def test_a_self_test_that_is_ended_by_hand_has_no_verdict():
    """Pressed again after 10 s: the test is gone, cues may come again."""
    ran = run(Lesson(Plan(), SPEED_KMH, View.LEFT), steady(trunk_lean_deg=20.0), 120, {40.0: "test", 50.0: "test"})
    assert spans(ran, lambda state: state.test is not None) == [(40.0, 49.9)]
    assert ran.outcome.verdicts == ()
    assert any(state.cue for into_s, state in ran.states if into_s > 52)


def test_a_self_test_is_offered_after_a_while_and_only_when_the_view_is_known():
    """Twenty judged seconds; without a view there is none."""
    ran = run(Lesson(Plan(), SPEED_KMH, View.LEFT), steady(), 60)
    assert next(into_s for into_s, state in ran.states if state.can_test) == pytest.approx(4.0 + TEST_FROM_S)
    assert not any(state.can_test for _, state in run(Lesson(Plan(), SPEED_KMH), steady(), 60).states)


def test_the_metronome_holds_five_percent_more_than_the_own_cadence():
    """Unknown in the first half minute; then 165 x 1.05, whatever the runner does later."""
    later = run(Lesson(Plan(), SPEED_KMH, View.LEFT), lambda into_s, state: {"cadence_spm": 165.0 if into_s < 65 else 175.0}, 150)
    targets = [state.metronome_spm for _, state in later.states]
    assert targets[:300] == [None] * 300
    assert targets[-1] == pytest.approx(165 * 1.05, rel=0.005)
    assert len(set(targets)) == 2


def test_the_strip_is_the_last_minute_of_the_gauge():
    """Cadence steps up at 60 s; at 90 s the strip has 60 values, half of each; a cue is marked where it was."""
    ran = run(Lesson(Plan(), SPEED_KMH, View.LEFT), lambda into_s, state: {"cadence_spm": 150.0 if into_s < 60 else 170.0}, 92, noise=0.0)
    strip = ran.states[900][1].strip
    assert (strip.metric, len(strip.values), len(strip.cued)) == ("cadence_spm", SECONDS, SECONDS)
    assert strip.values[5] == pytest.approx(150, rel=0.02)
    assert strip.values[-5] == pytest.approx(170, rel=0.02)
    leaning = run(Lesson(Plan(), SPEED_KMH, View.LEFT), steady(trunk_lean_deg=20.0), 40)
    cued = next(state for _, state in reversed(leaning.states) if state.cue)
    assert any(cued.strip.cued)
    assert not cued.strip.cued[0]


def test_a_strip_keeps_its_gaps():
    """Three seconds without a look are three unknown values."""
    minute = Minute()
    for t_s in (10.2, 10.7, 11.1, 15.0):
        minute.update(t_s, {"bounce": t_s}, "bounce_ratio" if t_s == 10.2 else "")
    strip = minute.strip("bounce", "bounce_ratio")
    assert strip.values == (10.7, 11.1, None, None, None, 15.0)
    assert strip.cued == (True, False, False, False, False, False)


def test_the_gauge_of_a_calm_run_is_cadence_and_has_its_decimals():
    """And that of a focus is the skill's."""
    calm = run(Lesson(Plan(), SPEED_KMH, View.LEFT), steady(overstride_ratio=0.22), 20).states[-1][1].gauge
    focused = run(close(share=1.0), steady(overstride_ratio=0.22), 20).states[-1][1].gauge
    assert [(gauge.metric, gauge.decimals) for gauge in (calm, focused)] == [("cadence_spm", 0), ("overstride_ratio", 2)]


@pytest.mark.parametrize("minutes", range(1, 13))
@pytest.mark.parametrize("share", [0.65, 0.5, 0.35, 0.2, 0.1])
def test_blocks_fill_the_minutes_with_the_share(minutes: int, share: float):
    """Feedback first, silence last, no block too short, and the share is kept; as far as two blocks fit at all."""
    schedule = blocks(minutes, share)
    assert (schedule[0].start_s, schedule[-1].end_s) == (0.0, 60.0 * minutes)
    assert all(a.end_s == b.start_s and a.feedback != b.feedback for a, b in itertools.pairwise(schedule))
    if 60 * minutes * min(share, 1 - share) < SHORTEST_BLOCK_S:
        assert len(schedule) == 1
        return
    assert (schedule[0].feedback, schedule[-1].feedback) == (True, False)
    assert all(block.end_s - block.start_s >= SHORTEST_BLOCK_S - 1e-9 for block in schedule)
    assert sum(block.end_s - block.start_s for block in schedule if block.feedback) == pytest.approx(60 * minutes * share)


def test_the_scheme_of_eight_sessions():
    """Alike in the first four, less in each of the last four, at the end a tenth; later runs stay there."""
    shares = [exposure(runs) for runs in range(10)]
    assert len(set(shares[:4])) == 1
    assert all(after < before for before, after in itertools.pairwise(shares[3:8]))
    assert shares[7:] == [0.1, 0.1, 0.1]


def test_every_run_of_a_skill_has_feedback_and_a_silent_block():
    """Twelve runs of one skill."""
    for runs in range(12):
        coming = plan(Progress(runs=runs, skill_runs={"close": runs}), "close")
        assert {block.feedback for block in blocks(coming.minutes, coming.share)} == {True, False}


def test_no_minutes_have_no_block():
    """And after the last there is none either."""
    assert blocks(0, 0.5) == ()
    assert block_at((Block(0.0, 30.0, True),), 30.0) is None


def test_strides_near_a_change_are_not_scored_and_few_cannot_tell():
    """Feedback to 30 s, silence from there; strides before 35 s are of neither; 13 strides are too few, 14 are enough."""
    rule, count = RULE_BY_NAME["overstride"], FormCount()
    count.turn(0.0, True)
    count.turn(30.0, False)
    for start_s in (1.0, 31.0, 34.9):
        count.add(rule, StrideValue("overstride_ratio", Side.LEFT, start_s, 0.4), SPEED_KMH, None)
    assert count.counted() == frozenset()
    for number in range(14):
        before = count.score(rule)
        count.add(rule, StrideValue("overstride_ratio", Side.LEFT, 35.0 + number, 0.4 if number % 2 else 0.2), SPEED_KMH, None)
    assert before.without_feedback is None
    assert "cannot be told" in before.text
    assert count.score(rule).without_feedback == 0.5
    assert count.score(rule).text == "Foot ahead of hip: 50 % of the strides fit without feedback; with feedback too few were measured."


def test_an_own_baseline_reaches_faults_and_gauge():
    """Head 20 degrees by habit, 34 today: out of the runner's own band."""
    lesson = Lesson(Plan(), SPEED_KMH, View.LEFT, {"head_forward_deg": 20.0})
    ran = run(lesson, steady(head_forward_deg=34.0), 20)
    assert ran.outcome.cues == ("Chin back, eyes ahead",)


def test_the_metronome_is_silent_in_silence_and_in_a_self_test():
    """A beat is feedback too: none in silent blocks and self-tests, one in feedback blocks."""
    ran = run(close(), steady(overstride_ratio=0.2), 200, {150.0: "test"})
    beats = {(bool(s.test), bool(s.focus and s.focus.silent)): s.metronome_spm is not None for t, s in ran.states if t > 70}
    assert beats == {(False, False): True, (False, True): False, (True, False): False}


def test_the_metronome_keeps_to_the_cadence_before_the_cue():
    """A runner of 130 is told to step quicker and does: the beat is 136.5, not 5 % more than what the cue made."""
    lesson = Lesson(Plan(SKILL_BY_NAME["light"], 4, 0.5), SPEED_KMH, View.LEFT)
    ran = run(lesson, lambda into_s, state: {"cadence_spm": 130.0 if into_s < 15 else 160.0}, 120)
    (beat,) = {state.metronome_spm for _, state in ran.states} - {None}
    assert beat == pytest.approx(130 * 1.05, rel=0.01)


def test_the_skill_is_scored_by_what_fitted_least():
    """Overstride never fits in silence, the shin mostly does: the score is that of overstride, and no gate opens by the shin."""

    def values(into_s: float, state: LessonState) -> dict[str, float]:
        return {"cadence_spm": 165.0, "overstride_ratio": 0.4, "shank_angle_deg": 6.0 if into_s % 10 > 1 else 40.0}

    ran = run(Lesson(Plan(SKILL_BY_NAME["close"], 4, 0.0), SPEED_KMH, View.LEFT), values, 250, noise=0.0)
    assert ran.outcome.score is not None
    assert ran.outcome.score.without_feedback == 0.0


def test_what_a_fault_of_the_skill_leads_to_is_looked_for_in_all_faults():
    """Hip drive is worked on, overstride is not: the cue still says that landing far ahead shows too."""
    lesson = Lesson(Plan(SKILL_BY_NAME["drive"], 4, 0.9), SPEED_KMH, View.LEFT)
    ran = run(lesson, steady(thigh_back_deg=8.0, overstride_ratio=0.45), 40)
    (words,) = {state.cue.may_come_from for _, state in ran.states if state.cue}
    assert "shows too" in words
    alone = run(Lesson(Plan(SKILL_BY_NAME["drive"], 4, 0.9), SPEED_KMH, View.LEFT), steady(thigh_back_deg=8.0), 40)
    assert not any("shows too" in state.cue.may_come_from for _, state in alone.states if state.cue)
