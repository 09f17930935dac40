"""Every sentence with which the kiosk says that it cannot measure: one row each. docs/refusals.md is made of this table.

What must not go in: the rules that decide; they stand where the cause is seen.
"""

from dataclasses import dataclass

from kiosk.words import Phrase


@dataclass(frozen=True)
class Refusal:
    """A row of the table."""

    name: str
    sentence: Phrase
    """For the runner, with `str.format` fields: what is wrong, and what to do."""
    cause: str
    """For the reader of the manual: when it is said."""
    stops: str = "all values"
    """What gets no value."""


REFUSALS: tuple[Refusal, ...] = (
    Refusal("empty", Phrase("The recording is empty: there is no frame to look at."), "No picture at all"),
    Refusal(
        "few_pictures",
        Phrase("Too few pictures a second ({fps:.1f}): at least {least:g} are needed to see a step."),
        "Fewer than 7.5 different pictures a second",
    ),
    Refusal(
        "nobody",
        Phrase("No runner is seen. Stand on the treadmill so that the whole body is in the picture."),
        "Shoulders and hips seen in fewer than 6 of 10 pictures",
    ),
    Refusal(
        "too_dark",
        Phrase("The picture is too dark. Switch on a light, or turn the camera away from the window."),
        "Dark around the runner, and the body points are poor",
    ),
    Refusal(
        "too_bright",
        Phrase("The picture is too bright. Turn the camera away from the window or lamp, or shade it."),
        "Washed out around the runner, and the body points are poor",
    ),
    Refusal(
        "blurred",
        Phrase("The picture is blurred. Wipe the lens and set its focus on the runner."),
        "No sharp edges around the runner, and the body points are poor",
    ),
    Refusal(
        "feet_cut",
        Phrase("The feet are cut off at the bottom of the picture. Move the camera back or tilt it down."),
        "The ankles would lie at the lower edge of the picture or below it",
    ),
    Refusal(
        "feet_hidden",
        Phrase("The feet are hidden. Move the camera so that no rail, console or person stands before them."),
        "Knees are seen, ankles in fewer than 6 of 10 pictures",
    ),
    Refusal(
        "foot_hidden",
        Phrase("The {side} foot is hidden. Move the camera so that no rail or console stands before it."),
        "One ankle is seen in fewer than half of the pictures, the other one is",
    ),
    Refusal(
        "legs_hidden",
        Phrase("The legs or feet are not seen. Move the camera back or down until both feet are in the picture."),
        "Knees are seen in fewer than 6 of 10 pictures",
    ),
    Refusal(
        "too_short",
        Phrase("The runner is seen for too short a time ({seconds:.1f} s): at least {strides} strides are needed, about 4 s."),
        "Less than 2.4 s of pictures in a row",
    ),
    Refusal(
        "wrong_side",
        Phrase("The runner is seen from the {seen}, not from the {view} as set. Set the view to {seen} or auto."),
        "The runner faces the other way than set, or turns round in the file",
    ),
    Refusal(
        "wrong_view",
        Phrase("This looks like the {seen} view, not the {view} view as set. Set the view to {seen} or move the camera."),
        "Another view than set, or the view changes in the file",
    ),
    Refusal(
        "view_unknown",
        Phrase("The view cannot be told: nobody runs, or the body is not seen from one side. Film from the side, or set the view."),
        "Neither side, front nor rear is clear for most of the pictures",
    ),
    Refusal(
        "too_small",
        Phrase("The runner is too small in the picture (leg {leg_px:.0f} pixels, at least {least:.0f} needed). Move the camera closer."),
        "A leg is shorter than 50 pixels",
    ),
    Refusal(
        "still",
        Phrase("Nobody is running: the feet hardly move."),
        "The feet travel less than a quarter of a leg (from in front and behind: are lifted less than an eighth)",
    ),
    Refusal(
        "no_rhythm",
        Phrase("No steady running rhythm is seen."),
        "Less than 7 tenths of the movement of feet and trunk repeats with every stride (climbing on, several gaits in one stretch)",
    ),
    Refusal(
        "odd_feet",
        Phrase("The feet do not move like a runner's: contact and toe off cannot be told."),
        "The path of neither ankle has a stance and a swing",
    ),
    Refusal(
        "walking",
        Phrase("This looks like walking: running form is judged only while running."),
        "Each foot is on the belt for half the stride, or, from the side, the trunk is highest over the standing foot",
    ),
    Refusal(
        "walking_or_slow",
        Phrase("This looks like walking, or like slow motion: running form is judged while running, at true speed."),
        "From in front or behind: the trunk rises and falls too gently for running",
    ),
    Refusal(
        "slow_motion",
        Phrase("This looks like slow motion (about {factor:g} times): the runner falls too slowly. Analyse the file at its true speed."),
        "Apparent gravity and cadence are too small for the Earth; up to about 1.3 times cannot be told",
    ),
    Refusal(
        "fast_forward",
        Phrase("This looks like fast forward (about {factor:g} times): the runner falls too fast. Analyse the file at its true speed."),
        "Apparent gravity and cadence are too large; up to about 1.6 times cannot be told",
    ),
    Refusal(
        "no_strides",
        Phrase("Only {n} strides measured; at least {least} are needed."),
        "Fewer than 4 strides of a leg; 4 to 6 give a value of low quality",
        "the metric",
    ),
    Refusal(
        "few_strides",
        Phrase("Only {n} strides measured; {good} make it sure."),
        "4 to 6 strides of a leg",
        "nothing; the quality is low, no cue",
    ),
    Refusal(
        "head_hidden",
        Phrase("The head is not in the picture. Tilt the camera up or move it back."),
        "The ears are seen in fewer than 6 of 10 pictures",
        "values of the head",
    ),
    Refusal(
        "arm_hidden",
        Phrase("The {side} arm is hidden. Move the camera so that no rail or console stands before it."),
        "Elbow or wrist of the near arm is seen in fewer than 6 of 10 pictures",
        "values of the arm",
    ),
)
"""In the order in which a person would set things right: picture, framing, view, movement, strides."""

_SENTENCES = {row.name: row.sentence for row in REFUSALS}

DIRECTIONS = {"left": Phrase("left"), "right": Phrase("right"), "front": Phrase("front"), "rear": Phrase("rear")}
"""Words for the values of View and Side, so that they are translated inside a sentence, too."""


def say(name: str, **fields: object) -> Phrase:
    """The sentence of a row with its fields filled in; sides and views may be given by their values."""
    return _SENTENCES[name].filled(**{key: DIRECTIONS.get(str(value), value) for key, value in fields.items()})


def table() -> str:
    """The rows as a Markdown table."""
    lines = ["| Sentence | When | No value for |", "|---|---|---|"]
    return "\n".join(lines + [f"| {row.sentence} | {row.cause} | {row.stops} |" for row in REFUSALS]) + "\n"
