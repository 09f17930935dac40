"""What a run works on: the skills, the menu of them, and the plan of a run. One skill at a time (COACHING.md, rules of learning).

What must not go in: time within a run (fading.py, lesson.py), limits (rules.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.coach.drills import Drill, open_drill
from kiosk.coach.fading import exposure
from kiosk.coach.progress import Progress
from kiosk.coach.soreness import hurts, may_help
from kiosk.domain import View
from kiosk.screen import Option
from kiosk.words import NOTHING, Phrase

SURPRISE = "surprise"
"""The choice that leaves it to the station."""
MOST_SKILLS = 5
"""Skills in the menu: what two buttons can step through (our choice)."""

SIDE = (View.LEFT, View.RIGHT)
ALL = tuple(View)


@dataclass(frozen=True)
class Skill:
    """A row: one thing to learn."""

    name: str
    label: Phrase
    """At most four words."""
    what: Phrase
    """One line."""
    rules: tuple[str, ...]
    """Rows of `RULES` that are its cues, the main one of each view first; names that are no row (yet) are passed over."""
    views: tuple[View, ...]
    """Where it can be measured."""


# COACHING.md: skills 1 to 5 of text 2 in their order, then light steps (idea 8, low cadence) and lean (idea 8).
SKILLS: tuple[Skill, ...] = (
    Skill(
        "straight",
        Phrase("Quiet and straight"),
        Phrase("Quiet trunk, balanced head, arms and legs moving straight ahead."),
        (
            *("head_forward", "arms_cross", "arms_uneven", "arms_still", "arms_wild", "side_lean", "sway"),
            *("shoulders_dip", "pelvis_drops", "feet_cross", "uneven_steps"),
        ),
        ALL,
    ),
    Skill("spine", Phrase("One long line"), Phrase("One line from head to heel, no bend."), ("waist_bend", "head_forward"), SIDE),
    Skill("soft", Phrase("Soft landing"), Phrase("Land quietly on soft knees."), ("stiff_landing", "bounce"), SIDE),
    Skill(
        "close",
        Phrase("Land closer"),
        Phrase("The foot meets the belt just ahead of the body."),
        ("overstride", "reaching_shank", "overstride_short"),
        SIDE,
    ),
    Skill(
        "drive",
        Phrase("Hip drive"),
        Phrase("The thigh swings as far back as it swings forward."),
        ("little_hip_drive", "front_heavy_swing"),
        SIDE,
    ),
    Skill("light", Phrase("Quick light steps"), Phrase("A few more steps a minute than usual."), ("low_cadence",), ALL),
    Skill(
        "lean",
        Phrase("Lean from the ankles"),
        Phrase("A little forward, as one piece."),
        ("too_upright", "leaning_too_far", "hip_behind", "hip_ahead"),
        SIDE,
    ),
)

SKILL_BY_NAME: Mapping[str, Skill] = {skill.name: skill for skill in SKILLS}
"""Skill name -> its row."""


@dataclass(frozen=True)
class Plan:
    """What one run works on."""

    skill: Skill | None = None
    """None: no focus; any cue, unless `easy`."""
    minutes: int = 0
    """Minutes of focus; 0 without a skill."""
    share: float = 1.0
    """Part of the focus minutes with feedback, 0 to 1."""
    drill: Drill | None = None
    """What is open to practise."""
    easy: bool = False
    """It hurt last time: no focus and no cues."""
    suspected: str = ""
    """Row of `TRIALS` that a self-test would take without a cue."""

    def watches(self, rule: str) -> bool:
        """True when a fault of this rule may be cued in this run."""
        return not self.easy and (self.skill is None or rule in self.skill.rules)


def options(progress: Progress, view: View | None = None) -> tuple[Option, ...]:
    """The choices of the menu "focus": surprise, then at most five skills that this view can measure.

    The runner's own skill comes first, then what his last run or its soreness speaks for. After "it hurts" there is one choice.
    """
    if hurts(progress.soreness):
        return (Option(SURPRISE, Phrase("Easy run"), Phrase("No focus today, because it hurt last time.")),)
    fitting = [skill for skill in _ranked(progress) if view is None or view in skill.views]
    return (
        Option(SURPRISE, Phrase("Surprise me"), _surprise_words(progress, view)),
        *(Option(skill.name, skill.label, _words(progress, skill)) for skill in fitting[:MOST_SKILLS]),
    )


def plan(progress: Progress, choice: str = SURPRISE, view: View | None = None) -> Plan:
    """The plan of the next run.

    Args:
        progress: `Progress()` for a new runner.
        choice: a key of `options`; one that is no skill of this view is taken as "surprise".
        view: side that faces the camera; None when not known yet.
    """
    if hurts(progress.soreness):
        return Plan(easy=True)
    chosen = SKILL_BY_NAME.get(choice)
    if chosen is None or (view is not None and view not in chosen.views):
        chosen = _own_choice(progress, view)
    if chosen is None:
        return Plan(suspected=progress.suspected)
    before = progress.skill_runs.get(chosen.name, 0)
    return Plan(
        skill=chosen,
        minutes=focus_minutes(before),
        share=exposure(before),
        drill=open_drill(progress, chosen.name),
        suspected=progress.suspected,
    )


def focus_minutes(runs_before: int) -> int:
    """Minutes of focus: 1 in the first run of a skill, one more in every later run (COACHING.md, rules of learning)."""
    return 1 + runs_before


def skill_for(faults: Sequence[str], view: View | None = None) -> Skill | None:
    """The skill of the first fault that has one in this view; None without."""
    fitting = [skill for skill in SKILLS if view is None or view in skill.views]
    return next((skill for fault in faults for skill in fitting if fault in skill.rules), None)


def _own_choice(progress: Progress, view: View | None) -> Skill | None:
    """What "surprise" takes: what may go with soreness, then the skill that was begun, then the last run's fault; else nothing.

    A begun skill stays until the runner chooses another: one at a time.
    """
    sore = [SKILL_BY_NAME[name] for name in may_help(progress.soreness)]
    begun = [SKILL_BY_NAME[progress.skill]] if progress.skill in SKILL_BY_NAME else []
    wanted = [*sore, *begun]
    return next((skill for skill in wanted if view is None or view in skill.views), skill_for(progress.faults, view))


def _ranked(progress: Progress) -> tuple[Skill, ...]:
    """All skills, the most fitting first, each once."""
    fault = skill_for(progress.faults)
    names = [progress.skill, *may_help(progress.soreness), fault.name if fault else "", *(skill.name for skill in SKILLS)]
    return tuple(SKILL_BY_NAME[name] for name in dict.fromkeys(names) if name in SKILL_BY_NAME)


def _words(progress: Progress, skill: Skill) -> Phrase:
    """The quieter line of a skill."""
    if skill.name != progress.skill:
        return skill.what
    return Phrase("Your focus so far. Runs: {n}.", n=progress.skill_runs.get(skill.name, 0))


def _surprise_words(progress: Progress, view: View | None) -> Phrase:
    chosen = _own_choice(progress, view)
    return Phrase("Whatever shows most.") if chosen is None else Phrase("This time: {skill}.", skill=chosen.label)


def minutes_words(minutes: int) -> Phrase:
    """A number of minutes."""
    return Phrase("1 minute") if minutes == 1 else Phrase("{minutes} minutes", minutes=minutes)


def next_time(progress: Progress, view: View | None = None) -> Phrase:
    """What the next run works on and for how long, as a sentence; no words before the first run."""
    if not progress.runs:
        return NOTHING
    coming = plan(progress, SURPRISE, view)
    if coming.easy:
        return Phrase("Next run: easy, without a focus. If it still hurts, do not run.")
    if coming.skill is None:
        return Phrase("Next run: choose what you would like to work on.")
    return Phrase("Next run: {skill}, {time} of focus.", skill=coming.skill.label, time=minutes_words(coming.minutes))
