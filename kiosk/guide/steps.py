"""The steps of the guide for the camera: what each looks at, what it says and which choices it offers. Tables and words; no state."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain import View
from kiosk.screen import Option, Zone
from kiosk.words import NOTHING, Phrase


class Step(StrEnum):
    """Where the guide stands, in its order."""

    POSITION = "position"
    """Distance, aim, height, level: one thing to correct after the other."""
    ZONE = "zone"
    """The rectangle in which the runner is looked for."""
    ROLL = "roll"
    """How far the camera leans, from the lines of the room."""
    PERSON = "person"
    """The same from somebody who stands still."""
    VIEW = "view"
    """Which side of the runner the camera sees."""
    DONE = "done"
    SAVING = "saving"
    SAVED = "saved"


NUMBER: Mapping[Step, int] = {
    Step.POSITION: 1,
    Step.ZONE: 2,
    Step.ROLL: 3,
    Step.PERSON: 3,
    Step.VIEW: 4,
    Step.DONE: 5,
    Step.SAVING: 5,
    Step.SAVED: 5,
}
"""As people count them."""
STEPS = 5


@dataclass(frozen=True)
class RoomRoll:
    """The camera's roll as something told it."""

    roll_deg: float
    """Degrees the picture must be turned clockwise so that gravity points down."""
    sd_deg: float
    """Standard error, degrees."""
    source: Phrase
    """What it was told from."""


@dataclass(frozen=True)
class Draft:
    """What the guide has found so far; None leaves kiosk.toml's own value."""

    zone: Zone | None = None
    roll: RoomRoll | None = None
    view: str | None = None
    """As [treadmill] view has it."""

    @property
    def values(self) -> dict[str, object]:
        """Keys of [treadmill] and their values, rounded as they are written."""
        found: dict[str, object] = {}
        if self.view is not None:
            found["view"] = self.view
        if self.zone is not None:
            found["zone"] = tuple(round(edge, 2) for edge in self.zone)
        if self.roll is not None:
            found |= {"roll_deg": round(self.roll.roll_deg, 1) + 0.0, "roll_sd_deg": max(round(self.roll.sd_deg, 1), 0.1)}
        return found


CANCEL = Option("quit", Phrase("Cancel"), Phrase("Nothing is changed."))
NEXT = Option("next", Phrase("Go on"))
ANYWAY = Option("next", Phrase("Go on anyway"))
AGAIN = Option("again", Phrase("Look again"))
TURNED = Option("again", Phrase("Look again"), Phrase("When the camera is turned."))
AS_IT_IS = Option("next", Phrase("Correct it instead"), Phrase("When the camera cannot be turned."))
SKIP = Option("skip", Phrase("Leave it as it was"))
BY_PERSON = Option("person", Phrase("From a person"), Phrase("Who stands still and faces the camera."))
BY_LINES = Option("lines", Phrase("From the room's lines"))
WHOLE_PICTURE = Option("whole", Phrase("The whole picture"), Phrase("Where only one person is ever seen."))
ADJUST = (
    Option("wider", Phrase("Wider")),
    Option("narrower", Phrase("Narrower")),
    Option("left", Phrase("To the left")),
    Option("right", Phrase("To the right")),
)
SAVE = Option("save", Phrase("Save"))
TRY_AGAIN = Option("save", Phrase("Try again"))
ANEW = Option("again", Phrase("Begin again"))

VIEWS: Mapping[str, Option] = {
    "auto": Option("auto", Phrase("Find out each time"), Phrase("From the runner's first steps.")),
    View.LEFT: Option("left-side", Phrase("The left side")),
    View.RIGHT: Option("right-side", Phrase("The right side")),
    View.FRONT: Option("front", Phrase("The front")),
    View.REAR: Option("rear", Phrase("The back")),
}
"""[treadmill] view -> the choice. The keys are not "left" and "right": those move the zone."""
VIEW_OF: Mapping[str, str] = {option.key: str(view) for view, option in VIEWS.items()}


def view_options(guess: str) -> tuple[Option, ...]:
    """All views, the guess first: two buttons take it at once."""
    first = VIEWS[guess]
    return (first, *(option for option in VIEWS.values() if option is not first), CANCEL)


# ---- words of what was found -----------------------------------------------------------------------------------------

Words = tuple[Phrase, Phrase]
LARGEST_DEG = 20.0
"""More cannot be corrected (kiosk.gait.tilt.LARGEST_ROLL_DEG)."""
WORTH_DEG = 3.0
"""From here on turning the camera is asked for: correcting loses the picture's corners (our choice, as in kiosk/gait/placing.py)."""


def roll_words(roll: RoomRoll) -> Words:
    """What to do about a roll."""
    said = {"roll": round(roll.roll_deg, 1) + 0.0, "sd": roll.sd_deg, "source": roll.source}  # no minus before a zero
    measured = Phrase("Roll {roll:.1f}° ± {sd:.1f}°, from {source}.", **said)
    if abs(roll.roll_deg) <= max(roll.sd_deg, 0.5):
        return Phrase("The camera is upright"), measured
    if abs(roll.roll_deg) <= WORTH_DEG:
        return Phrase("Corrected by {deg:.1f}°", deg=abs(roll.roll_deg)), measured
    turn = TURN_CLOCKWISE if roll.roll_deg < 0 else TURN_COUNTER
    return turn.filled(deg=abs(roll.roll_deg)), measured


TURN_CLOCKWISE = Phrase("Turn the camera {deg:.0f}° clockwise")
TURN_COUNTER = Phrase("Turn the camera {deg:.0f}° counter-clockwise")

NOT_MEASURED = Phrase("Roll: not measured, stays as it was.")
VIEW_FACTS: Mapping[str, Phrase] = {
    "auto": Phrase("View: found out each time."),
    View.LEFT: Phrase("View: the runner's left side."),
    View.RIGHT: Phrase("View: the runner's right side."),
    View.FRONT: Phrase("View: the runner from the front."),
    View.REAR: Phrase("View: the runner from behind."),
}


def facts(draft: Draft) -> tuple[Phrase, ...]:
    """What will be stored, a line each."""
    left, top, right, bottom = draft.zone or (0.0, 0.0, 1.0, 1.0)
    edges = {"left": 100 * left, "right": 100 * right, "top": 100 * top, "bottom": 100 * bottom}
    zone = Phrase("Zone: {left:.0f} to {right:.0f} % across, {top:.0f} to {bottom:.0f} % down.", **edges)
    rolled = NOT_MEASURED
    if draft.roll is not None:
        values = {"roll": round(draft.roll.roll_deg, 1) + 0.0, "sd": draft.roll.sd_deg}
        rolled = Phrase("Roll: {roll:.1f}° ± {sd:.1f}°, corrected.", **values)
    return zone, rolled, VIEW_FACTS[draft.view or "auto"]


SAID: Mapping[Step, Words] = {
    Step.ZONE: (Phrase("Walk on the belt"), Phrase("Ten steps, arms swinging: the station finds the runner's place.")),
    Step.ROLL: (Phrase("The station looks at the room"), Phrase("Door frames, corners and shelves show what is upright.")),
    Step.PERSON: (Phrase("Stand still, face the camera"), Phrase("On both feet, arms down, for 4 s. The back to it is as good.")),
    Step.VIEW: (Phrase("What does the camera see?"), Phrase("The runner's side, front or back.")),
    Step.DONE: (Phrase("Save this?"), NOTHING),
    Step.SAVING: (Phrase("Saving…"), NOTHING),
    Step.SAVED: (Phrase("Saved"), NOTHING),
}
"""Headline and line below it, where nothing else is to be said."""
KEEP_WALKING = Phrase("Keep walking")
NOT_WHOLE: Words = (Phrase("Head and feet, please"), Phrase("One of them is not seen: move the camera, or take the whole picture."))
ZONE_FOUND: Words = (Phrase("Is the runner inside?"), Phrase("Arms and feet too. Drag the corners, or use the choices."))
LINES_SILENT: Words = (Phrase("Too few lines"), Phrase("Get a door frame into the picture and more light, or use a person."))
TOO_MUCH = Phrase("More than {most:.0f}° cannot be corrected: turn the camera, then look again.", most=LARGEST_DEG)
NO_PICTURE: Words = (Phrase("The camera gives no picture"), Phrase("Look at its cable. The guide waits."))
NOT_SAVED = Phrase("Not saved")
STARTS_ANEW = Phrase("The station starts anew with it.")
