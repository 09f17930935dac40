"""The drills and their gates: what a runner may practise off the belt, and what must be earned before the next one opens.

Perception always comes first, standing before moving, two legs before one (COACHING.md, "drill gates"). What must not go in:
medical promises; where progress is kept (progress.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.coach.progress import Progress
from kiosk.words import Phrase


@dataclass(frozen=True)
class Gate:
    """What opens a drill."""

    after: str
    """The drill before; it must be mastered."""
    runs: int
    """Runs of the skill with a good silent score that master the drill before."""
    least: float
    """Silent score that is good: share of strides inside the band without feedback, 0 to 1."""


EASY = 0.6
"""Silent score that leads from perceiving to doing: more strides inside than outside (our choice)."""
SURE = 0.8
"""Silent score that opens harder drills (our choice: four strides in five, without looking)."""


@dataclass(frozen=True)
class Drill:
    """A row: one thing to practise."""

    name: str
    skill: str
    """Row of `SKILLS`."""
    label: Phrase
    how: Phrase
    """One sentence."""
    gate: Gate | None = None
    """None: open from the first run."""


# The order inside a skill is the order of the gates. How many runs: our choice, one to perceive and two for anything that moves.
DRILLS: tuple[Drill, ...] = (
    Drill("tall_crown", "straight", Phrase("Tall crown"), Phrase("Stand tall and turn your eyes, then your head, until it rests lightly.")),
    Drill(
        "mirror_arms",
        "straight",
        Phrase("Mirror arms"),
        Phrase("Stand before a mirror and swing both arms straight past the hips."),
        Gate("tall_crown", 1, EASY),
    ),
    Drill(
        "one_leg_balance",
        "straight",
        Phrase("Stand on one leg"),
        Phrase("Stand on one leg with level hips, thirty seconds a side."),
        Gate("mirror_arms", 2, SURE),
    ),
    Drill(
        "high_knees",
        "straight",
        Phrase("High-knee march"),
        Phrase("March with high knees and let the arms keep the same beat."),
        Gate("one_leg_balance", 2, SURE),
    ),
    Drill("wall_tall", "spine", Phrase("Back to the wall"), Phrase("Stand with heels, hips and head at a wall and feel the long line.")),
    Drill(
        "wall_lean",
        "spine",
        Phrase("Wall lean"),
        Phrase("Lean on a wall with straight arms, one line from heel to head."),
        Gate("wall_tall", 1, EASY),
    ),
    Drill(
        "wall_march",
        "spine",
        Phrase("Wall march"),
        Phrase("Keep the wall lean and lift one knee after the other."),
        Gate("wall_lean", 2, SURE),
    ),
    Drill("listen", "soft", Phrase("Listen to your feet"), Phrase("Step on the spot, loud and then silent, and feel what the knees do.")),
    Drill(
        "hops_two",
        "soft",
        Phrase("Hops on two legs"),
        Phrase("Make ten small hops on both legs and land without a sound."),
        Gate("listen", 1, EASY),
    ),
    Drill(
        "hops_one",
        "soft",
        Phrase("Hops on one leg"),
        Phrase("Make five small, silent hops on each leg."),
        Gate("hops_two", 2, SURE),
    ),
    Drill("rock", "close", Phrase("Rock and feel"), Phrase("Stand, rock from heel to toe, and find where the weight is in the middle.")),
    Drill(
        "standing_cycle",
        "close",
        Phrase("Standing cycle"),
        Phrase("Hold on, stand on one leg and draw the running circle with the other."),
        Gate("rock", 1, EASY),
    ),
    Drill(
        "running_cycle",
        "close",
        Phrase("Running cycle"),
        Phrase("Take the same circle into slow running for twenty steps."),
        Gate("standing_cycle", 2, SURE),
    ),
    Drill("feel_hip", "drive", Phrase("Feel the hip push"), Phrase("Stand, hands on the buttocks, and press one foot back.")),
    Drill(
        "bridge",
        "drive",
        Phrase("Bridge"),
        Phrase("Lie on your back, feet on the floor, and lift the hips ten times."),
        Gate("feel_hip", 1, EASY),
    ),
    Drill(
        "lunge",
        "drive",
        Phrase("Lunge"),
        Phrase("Step forward, sink, and push back up from the hip, eight a side."),
        Gate("bridge", 2, SURE),
    ),
    Drill(
        "one_leg_squat",
        "drive",
        Phrase("One-leg squat"),
        Phrase("Sit back to a chair on one leg with level hips, five a side."),
        Gate("lunge", 2, SURE),
    ),
    Drill("count", "light", Phrase("Count your steps"), Phrase("Count the steps of one foot for half a minute, twice.")),
    Drill(
        "toe_taps",
        "light",
        Phrase("Toe taps"),
        Phrase("Stand tall and tap the toes quickly, one foot after the other."),
        Gate("count", 1, EASY),
    ),
    Drill(
        "dynamic_toe_taps",
        "light",
        Phrase("Moving toe taps"),
        Phrase("Let the quick taps carry you forward step by step."),
        Gate("toe_taps", 2, SURE),
    ),
    Drill("sway", "lean", Phrase("Sway from the ankles"), Phrase("Stand straight and sway forward and back from the ankles only.")),
    Drill(
        "wall_fall",
        "lean",
        Phrase("Fall to the wall"),
        Phrase("Stand a step from a wall, fall as one piece and catch yourself."),
        Gate("sway", 1, EASY),
    ),
    Drill(
        "fall_to_run",
        "lean",
        Phrase("Fall into a run"),
        Phrase("Fall as one piece until a step comes by itself, and run on."),
        Gate("wall_fall", 2, SURE),
    ),
)

DRILL_BY_NAME: Mapping[str, Drill] = {drill.name: drill for drill in DRILLS}
"""Drill name -> its row."""


def drills_of(skill: str) -> tuple[Drill, ...]:
    """The skill's drills in the order of their gates; empty for no skill."""
    return tuple(drill for drill in DRILLS if drill.skill == skill)


def open_drill(progress: Progress, skill: str) -> Drill | None:
    """The furthest drill of the skill that is open to this runner; None for no skill."""
    opened = [drill for drill in drills_of(skill) if drill.gate is None or drill.gate.after in progress.mastered]
    return opened[-1] if opened else None


def earn(progress: Progress, skill: str, silent: float | None) -> Progress:
    """The progress after a run of this skill: a good silent score counts for the gate after the open drill.

    Args:
        progress: before the run.
        skill: what the run worked on.
        silent: share of strides inside the band without feedback; None when it could not be told, which earns nothing.
    """
    now = open_drill(progress, skill)
    gate = next((drill.gate for drill in drills_of(skill) if drill.gate and now and drill.gate.after == now.name), None)
    if now is None or gate is None or silent is None or silent < gate.least:
        return progress
    earned = progress.earned.get(now.name, 0) + 1
    if earned >= gate.runs:
        return progress.with_mastered(now.name)
    return progress.with_earned(now.name, earned)
