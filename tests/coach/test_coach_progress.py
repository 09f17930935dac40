"""What a runner takes home: progress as text, the code, drills with gates, soreness, the menu of skills."""

import dataclasses
import itertools
import json

import pytest

from kiosk.coach.codes import NUMBERS, code_from, is_code, shown
from kiosk.coach.drills import DRILL_BY_NAME, DRILLS, drills_of, earn, open_drill
from kiosk.coach.focus import MOST_SKILLS, SKILL_BY_NAME, SKILLS, SURPRISE, next_time, options, plan, skill_for
from kiosk.coach.outcome import Outcome, progress_after
from kiosk.coach.progress import READERS, Progress
from kiosk.coach.rules import RULES
from kiosk.coach.soreness import MAY_GO_WITH, QUESTIONS, advice, hurts, question
from kiosk.domain import MetricValue, Quality, View
from kiosk.screen import FormScore
from kiosk.words import Phrase

FULL = Progress(
    runs=3,
    skill="close",
    skill_runs={"close": 2, "soft": 1},
    mastered=("rock",),
    earned={"standing_cycle": 1},
    soreness=("shin_knee", "little", "after"),
    baseline={"head_forward_deg": 21.5},
    cadence_best_spm=171.0,
    cadence_last_spm=168.5,
    last={"cadence_spm": (168.5, 1.2, 400)},
    faults=("overstride",),
    suspected="cadence_overstride",
    last_speed_kmh=10.5,
)


def test_progress_survives_its_text():
    """Every field, also of a new runner; in less than a kilobyte here."""
    assert Progress.from_text(FULL.to_text()) == FULL
    assert Progress.from_text(Progress().to_text()) == Progress()
    assert len(FULL.to_text()) < 1000


def test_progress_knows_no_name_and_no_date():
    """The fields are these; a new one must be thought about here."""
    assert (
        {field.name for field in dataclasses.fields(Progress)}
        == set(READERS)
        == {
            *("runs", "skill", "skill_runs", "mastered", "earned", "soreness", "baseline", "cadence_best_spm", "cadence_last_spm"),
            *("last", "faults", "suspected", "last_speed_kmh"),
        }
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "expected version 1"),
        ({"runs": -1}, "field runs: expected a whole number"),
        ({"runs": 1.5}, "field runs"),
        ({"runs": True}, "field runs"),
        ({"skill": "<b>"}, "field skill: expected a name"),
        ({"skill_runs": []}, "field skill_runs: expected an object"),
        ({"mastered": "rock"}, "field mastered: expected a list"),
        ({"baseline": {"a": "1"}}, "field baseline: expected a number"),
        ({"baseline": {"a": float("inf")}}, "field baseline: expected a number"),
        ({"cadence_last_spm": float("nan")}, "field cadence_last_spm"),
        ({"last": {"a": [1, 2]}}, "field last: expected value, spread and strides"),
        ({"name": "Ada"}, "expected the fields"),
    ],
)
def test_odd_text_is_refused_with_a_sentence(change: dict[str, object], words: str):
    """One thing wrong, one sentence that names it."""
    rows = json.loads(FULL.to_text()) | change
    with pytest.raises(ValueError, match=words):
        Progress.from_text(json.dumps(rows))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 10_000, "1" * 30_000, '{"version":1}'])
def test_what_is_not_a_progress_is_refused(text: str):
    """Never another error than ValueError."""
    with pytest.raises(ValueError, match="progress"):
        Progress.from_text(text)


def test_names_that_no_table_knows_are_passed_over():
    """A progress of a kiosk with other rows still makes a plan."""
    odd = dataclasses.replace(FULL, skill="flying", faults=("hovering",), soreness=(), mastered=("wings",), suspected="feathers")
    assert plan(odd, "flying", View.LEFT).skill is None
    assert len(options(odd, View.LEFT)) == 1 + MOST_SKILLS


def test_every_wrong_digit_and_every_swap_is_seen():
    """Of 1000 codes: 54 wrong digits and up to 5 swaps each, none is taken for a code."""
    for number in range(0, NUMBERS, NUMBERS // 1000):
        code = code_from(number)
        assert is_code(code)
        wrong = [code[:i] + d + code[i + 1 :] for i in range(6) for d in "0123456789" if d != code[i]]
        swapped = [code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(5) if code[i] != code[i + 1]]
        assert not any(is_code(other) for other in wrong + swapped)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12a456", "\uff11\uff12\uff13\uff14\uff15\uff16", "-12345"])
def test_what_is_no_code(text: str):
    """Too short, too long, other characters."""
    assert not is_code(text)


def test_a_code_is_read_in_two_groups():
    """All numbers have their own code, and a code with its blank is still one."""
    assert len({code_from(number) for number in range(NUMBERS)}) == NUMBERS
    assert shown("482913") == "482 913"
    assert is_code(shown(code_from(48291)))
    with pytest.raises(ValueError, match="got 100000"):
        code_from(NUMBERS)


@pytest.mark.parametrize("skill", SKILLS, ids=[skill.name for skill in SKILLS])
def test_gates_are_a_chain_from_perception(skill):
    """The first drill of each skill is open, every later one has the one before as its gate, and no gate is free."""
    rows = drills_of(skill.name)
    assert rows[0].gate is None
    assert [drill.gate.after for drill in rows[1:]] == [drill.name for drill in rows[:-1]]
    assert all(drill.gate.runs >= 1 and drill.gate.least > 0.5 for drill in rows[1:])
    assert len(rows) >= 3


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("standing_cycle", "running_cycle"),
        ("toe_taps", "dynamic_toe_taps"),
        ("hops_two", "hops_one"),
        ("bridge", "one_leg_squat"),
    ],
)
def test_the_easy_one_stands_before_the_hard_one(first: str, then: str):
    """Standing before moving, two legs before one, floor before one leg."""
    names = [drill.name for drill in DRILLS]
    assert names.index(first) < names.index(then)
    assert DRILL_BY_NAME[first].skill == DRILL_BY_NAME[then].skill


@pytest.mark.parametrize(
    ("scores", "now"),
    [
        ([], "listen"),
        ([0.59], "listen"),
        ([None], "listen"),
        ([0.6], "hops_two"),
        ([0.9, 0.9], "hops_two"),
        ([0.9, 0.79, 0.9], "hops_two"),
        ([0.9, 0.9, 0.1, 0.9], "hops_one"),
        ([1.0] * 9, "hops_one"),
    ],
)
def test_a_gate_opens_by_its_scores(scores: list[float | None], now: str):
    """One run of 0.6 for the first gate, two of 0.8 for the next; what is not known earns nothing."""
    progress = Progress()
    for score in scores:
        progress = earn(progress, "soft", score)
    assert open_drill(progress, "soft").name == now


def test_one_skill_does_not_earn_for_another():
    """Soft landing well done leaves hip drive where it was."""
    assert open_drill(earn(Progress(), "soft", 1.0), "drive").name == "feel_hip"
    assert open_drill(Progress(), "") is None


def test_a_runner_may_say_that_a_drill_is_mastered():
    """The next one opens, and its count begins new."""
    said = Progress(earned={"listen": 1}).with_mastered("listen")
    assert (open_drill(said, "soft").name, dict(said.earned)) == ("hops_two", {})


def test_three_questions_at_most():
    """In their order; "nothing" ends at once; every way through ends."""
    assert [question(answers).name for answers in ((), ("neck",), ("neck", "little"))] == ["sore_where", "sore_how", "sore_when"]
    assert question(("nothing",)) is None
    for way in itertools.product(*([option.key for option in menu.options] for menu in QUESTIONS)):
        assert question(way) is None
    with pytest.raises(ValueError, match="'elbow'"):
        question(("elbow",))


def test_what_hurts_ends_in_asking_a_professional():
    """Whatever hurts, whenever; and only then."""
    for way in itertools.product(*([option.key for option in menu.options] for menu in QUESTIONS)):
        assert ("ask a professional" in advice(way)) == hurts(way) == ("hurts" in way)
    assert advice(()) == ""


def test_every_sore_place_leads_to_a_skill():
    """But "nothing"; all are rows of the table."""
    assert set(MAY_GO_WITH) | {"nothing"} == {option.key for option in QUESTIONS[0].options}
    assert all(name in SKILL_BY_NAME for names in MAY_GO_WITH.values() for name in names)


def test_the_menu_of_a_new_runner():
    """Surprise first, then five skills from the side; from in front only what can be seen there."""
    assert [option.key for option in options(Progress(), View.LEFT)] == [SURPRISE, "straight", "spine", "soft", "close", "drive"]
    assert [option.key for option in options(Progress(), View.FRONT)] == [SURPRISE, "straight", "light"]


def test_the_menu_of_a_runner_who_comes_back():
    """The own skill first, with its runs, then what is sore and what was found; surprise says what it would take."""
    back = Progress(runs=3, skill="lean", skill_runs={"lean": 3}, faults=("low_cadence",))
    menu = options(back, View.LEFT)
    assert [option.key for option in menu[:3]] == [SURPRISE, "lean", "light"]
    assert (menu[0].more, menu[1].more) == ("This time: Lean from the ankles.", "Your focus so far. Runs: 3.")
    assert len(menu) == 1 + MOST_SKILLS


def test_a_skill_that_the_view_cannot_measure_is_not_planned():
    """From behind the overstride is not seen: no focus, rather than one without numbers."""
    assert plan(Progress(), "close", View.REAR).skill is None
    assert plan(Progress(), "light", View.REAR).skill.name == "light"


def test_labels_are_short_and_known_rules_fit_their_views():
    """Four words for a button; every coached rule that is a row has a skill."""
    assert all(len(skill.label.split()) <= 4 for skill in SKILLS)
    assert all(len(option.text.split()) <= 4 for menu in QUESTIONS for option in menu.options)
    assert [rule.name for rule in RULES if rule.coached and skill_for([rule.name]) is None] == []


def test_next_time_says_what_and_how_long():
    """Before the first run nothing, after pain an easy run, without a fault the runner's choice."""
    assert next_time(Progress()) == ""
    assert next_time(Progress(runs=1)) == "Next run: choose what you would like to work on."
    assert next_time(Progress(runs=1, faults=("bounce",))) == "Next run: Soft landing, 1 minute of focus."
    assert next_time(Progress(runs=1, skill="soft", soreness=("neck", "hurts", "after"))).startswith("Next run: easy")


GOOD_RUN = {
    "cadence_spm": MetricValue(168.0, n=100, spread=1.0, quality=Quality.GOOD),
    "bounce_ratio": MetricValue(0.1, n=5, spread=0.01, quality=Quality.LOW),
}


def test_progress_after_a_run():
    """Counted, cadence kept, well measured metrics kept, soreness asked anew, baseline only where there was none."""
    score = FormScore(0.9, 0.85, Phrase("fits"))
    outcome = Outcome("close", 3, 180.0, 0.65, score=score, suspected="arms_overstride")
    after = progress_after(FULL, outcome, GOOD_RUN, (), {"head_forward_deg": 30.0, "waist_bend_deg": 4.0})
    assert (after.runs, after.skill_runs["close"], after.soreness) == (4, 3, ())
    assert (after.cadence_best_spm, after.cadence_last_spm) == (171.0, 168.0)
    assert dict(after.last) == {"cadence_spm": (168.0, 1.0, 100)}
    assert dict(after.baseline) == {"head_forward_deg": 21.5, "waist_bend_deg": 4.0}
    assert (after.mastered, after.suspected) == (("rock", "standing_cycle"), "arms_overstride")
    assert after.last_metrics()["cadence_spm"].value == 168.0


def test_a_run_that_could_not_be_judged_changes_nothing():
    """No cadence, no progress."""
    assert progress_after(FULL, Outcome("close", 3, 180.0), {"cadence_spm": MetricValue(reason="dark")}) == FULL


def test_a_number_too_large_for_this_machine_is_a_sentence():
    """A damaged text with a number of 400 digits is refused like any other."""
    text = Progress(runs=1).to_text().replace('"cadence_best_spm":null', '"cadence_best_spm":1' + "0" * 400)
    with pytest.raises(ValueError, match="cadence_best_spm"):
        Progress.from_text(text)


def test_the_last_run_is_told_at_equal_speed_only():
    """0.2 km/h apart is equal; another or an unknown speed on either side gives nothing to compare with."""
    assert set(FULL.last_at(10.7)) == {"cadence_spm"}
    assert [dict(FULL.last_at(speed)) for speed in (10.8, None)] == [{}, {}]
    assert dataclasses.replace(FULL, last_speed_kmh=None).last_at(10.5) == {}
    kept_speed = progress_after(Progress(), Outcome("", 10.0), {"cadence_spm": MetricValue(170.0, n=99)}, speed_kmh=9.8).last_speed_kmh
    assert kept_speed == 9.8


def test_progress_of_an_older_kiosk_still_loads():
    """Its text has no speed: the last run's was not known."""
    rows = json.loads(FULL.to_text())
    del rows["last_speed_kmh"]
    assert Progress.from_text(json.dumps(rows)) == dataclasses.replace(FULL, last_speed_kmh=None)
