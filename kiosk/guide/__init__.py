"""The guide on the screen that sets up the camera: position, zone, roll, view, save. Two buttons are enough for all of it.

A state machine of its own inside the visit's state SETUP (kiosk/session.py): frames and choices come in, words and what to draw go out.
Nothing is stored before "save". What must not go in: finding lines and writing files (Room), drawings (static/guide.js), a clock.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from kiosk.domain import Frame, ImageBgr, Pose, View
from kiosk.gait.stance import roll_of_standing
from kiosk.gait.view import detect_view
from kiosk.guide.position import FRAME, PositionLook
from kiosk.guide.steps import (
    ADJUST,
    AGAIN,
    ANEW,
    ANYWAY,
    AS_IT_IS,
    BY_LINES,
    BY_PERSON,
    CANCEL,
    KEEP_WALKING,
    LARGEST_DEG,
    LINES_SILENT,
    NEXT,
    NO_PICTURE,
    NOT_SAVED,
    NOT_WHOLE,
    NUMBER,
    SAID,
    SAVE,
    SKIP,
    STARTS_ANEW,
    STEPS,
    TOO_MUCH,
    TRY_AGAIN,
    TURNED,
    VIEW_OF,
    WHOLE_PICTURE,
    WORTH_DEG,
    ZONE_FOUND,
    Draft,
    RoomRoll,
    Step,
    Words,
    facts,
    roll_words,
    view_options,
)
from kiosk.guide.zone import WHOLE, ZoneLook, adjusted, tidy
from kiosk.pose.series import to_series
from kiosk.screen import Guide, Menu, Option, Zone
from kiosk.words import NOTHING, Phrase

QUICK_FRAMES, LONG_FRAMES = 6, 16
"""Pictures of one look at the room, about three a second: while the camera is moved, and for the roll itself (our choice)."""
STANDING_S = 4.0
"""Of somebody who stands still; a little more than kiosk.gait.stance asks for."""
TRY_EVERY_S = 0.5
SAVED_S = 3.0
"""The good news stays this long before the station starts anew (our choice)."""


@dataclass(frozen=True)
class Outcome:
    """How saving ended."""

    problem: Phrase
    """Why nothing was changed, and what to do; NOTHING when it was saved."""
    note: Phrase = NOTHING
    """What else to know when it was saved."""


class Room(Protocol):
    """Looks at what stands still, and stores (kiosk.setting_up). Nothing here waits for a disk or for the lines."""

    def begin(self, frames: int) -> None:
        """Forget what was seen; give an answer after so many pictures, and again and again."""

    def look(self, t_s: float, image_bgr: ImageBgr) -> None:
        """Take a frame; call it with every frame."""

    def answer(self) -> tuple[RoomRoll | None] | None:
        """What the newest look told, once: (None,) when the lines did not tell; None while nothing is new."""

    def save(self, values: Mapping[str, object]) -> None:
        """Begin to store these keys of [treadmill]."""

    def outcome(self) -> Outcome | None:
        """How saving ended, once; None before."""

    def finish(self) -> None:
        """The news was shown long enough: the station may take the new values."""


class CameraGuide:
    """One walk through the guide; `update` with every frame, `take` with every choice."""

    def __init__(self, room: Room, view: str = "auto") -> None:
        """`view`: as kiosk.toml has it now; offered first when nothing better is known."""
        self._room = room
        self._view = view
        self._t_s = 0.0
        self._size = (0, 0)
        self._said: Words | None = None
        """News that stand in place of the step's own words."""
        self._guess: str | None = None
        self._outcome: Outcome | None = None
        self._saved_since_s: float | None = None
        self._draft = Draft()
        self._roll_now: RoomRoll | None = None
        self._position = PositionLook()
        self._step = Step.POSITION
        self._found: RoomRoll | None = None
        """The roll that the present step found."""
        self._zone = ZoneLook()
        self._standing: list[Pose] = []
        self._tried_s = -math.inf
        self._begin_again()

    @property
    def step(self) -> Step:
        """Where the guide stands."""
        return self._step

    @property
    def draft(self) -> Draft:
        """What was found so far."""
        return self._draft

    def update(self, frame: Frame, pose: Pose, light: str = "") -> None:
        """Look at a frame.

        Args:
            frame: newest.
            pose: of whoever is in it, the whole picture searched; blank when nobody is.
            light: why the picture is poor; "" when it is not.
        """
        self._t_s = frame.t_s
        self._size = (frame.image_bgr.shape[1], frame.image_bgr.shape[0])
        if self._step not in (Step.SAVING, Step.SAVED):
            self._room.look(frame.t_s, frame.image_bgr)
        if self._step is Step.POSITION:
            self._look_at_position(pose, light)
        elif self._step is Step.ZONE:
            self._look_for_zone(pose)
        elif self._step is Step.ROLL:
            self._look_at_lines()
        elif self._step is Step.PERSON:
            self._look_at_person(pose)

    def tick(self, t_s: float) -> None:
        """Go on in time, with or without a frame: saving ends."""
        outcome = self._room.outcome() if self._step is Step.SAVING else None
        if outcome is not None:
            self._outcome = outcome
            self._step = Step.SAVED if not outcome.problem else Step.DONE
            self._saved_since_s = t_s
        if self._step is Step.SAVED and self._saved_since_s is not None and t_s - self._saved_since_s >= SAVED_S:
            self._saved_since_s = None
            self._room.finish()

    def take(self, key: str) -> None:
        """Act on a choice of the menu; what is not offered now does nothing."""
        if key not in [option.key for option in self._options()]:
            return
        if key == "again":
            self._again()
        elif key == "save":
            self._outcome, self._step = None, Step.SAVING
            self._room.save(self._draft.values)
        elif self._step is Step.ZONE:
            self._take_zone(key)
        elif self._step is Step.VIEW and key in VIEW_OF:
            self._draft = replace(self._draft, view=VIEW_OF[key])
            self._enter(Step.DONE)
        elif key in ("person", "lines"):
            self._enter(Step.PERSON if key == "person" else Step.ROLL)
        elif key in ("next", "skip"):
            self._leave(keep=key == "next")

    def draw(self, zone: Zone) -> None:
        """Take a zone that was dragged on the picture; only while a zone is shown to be changed."""
        if self._step is Step.ZONE and self._draft.zone is not None:
            self._draft = replace(self._draft, zone=tidy(zone))

    def menu(self, marked: int, lost: bool = False) -> Menu:
        """The words and choices of this moment.

        Args:
            marked: index of the marked choice; the last one when there are fewer.
            lost: the camera gives no picture.
        """
        question, more = NO_PICTURE if lost and self._step is not Step.SAVED else self._words()
        options = self._options()
        return Menu("setup", question, options, min(marked, max(0, len(options) - 1)), more=more)

    def shown(self) -> Guide:
        """What the page draws beside the menu."""
        step, draft, (width, height) = self._step, self._draft, self._size
        return Guide(
            step=step.value,
            number=NUMBER[step],
            of=STEPS,
            sign=self._position.advice.name if step is Step.POSITION else None,
            frame=FRAME if step is Step.POSITION else None,
            zone=draft.zone,
            adjustable=step is Step.ZONE and draft.zone is not None,
            roll_deg=self._found.roll_deg if self._found is not None else None,
            left_s=self._left_s(),
            facts=facts(draft) if step in (Step.DONE, Step.SAVING, Step.SAVED) else (),
            width=width,
            height=height,
        )

    # ---- what is looked at ------------------------------------------------------------------------------------------

    def _look_at_position(self, pose: Pose, light: str) -> None:
        answer = self._room.answer()
        if answer is not None:
            self._roll_now = answer[0]
        now = self._roll_now
        self._position.update(pose, light, (now.roll_deg, now.sd_deg) if now is not None else None)

    def _look_for_zone(self, pose: Pose) -> None:
        if self._draft.zone is not None:
            return
        zone = self._zone.update(pose)
        if zone is not None:
            self._draft = replace(self._draft, zone=zone)
            seen = detect_view(to_series(self._zone.poses))
            self._guess = str(seen) if seen is not None else self._guess

    def _look_at_lines(self) -> None:
        answer = self._room.answer() if self._found is None and self._said is None else None
        if answer is None:
            return
        self._found = answer[0]
        self._said = LINES_SILENT if self._found is None else self._roll_said(self._found)

    def _look_at_person(self, pose: Pose) -> None:
        if self._found is not None:
            return
        if self._standing and pose.t_s <= self._standing[-1].t_s:
            self._standing = []
        self._standing.append(pose)
        self._standing = [p for p in self._standing if pose.t_s - p.t_s <= STANDING_S]
        if pose.t_s - self._standing[0].t_s < STANDING_S - TRY_EVERY_S or 0 <= pose.t_s - self._tried_s < TRY_EVERY_S:
            return
        self._tried_s = pose.t_s
        found = roll_of_standing(to_series(self._standing), View.FRONT)
        if found is not None:
            self._found = RoomRoll(*found, Phrase("a person standing still"))
            self._said = self._roll_said(self._found)

    @staticmethod
    def _roll_said(found: RoomRoll) -> Words:
        words = roll_words(found)
        return (words[0], TOO_MUCH) if abs(found.roll_deg) > LARGEST_DEG else words

    def _left_s(self) -> int | None:
        if self._step is Step.ZONE and self._draft.zone is None and self._zone.poses and self._zone.left_s > 0:
            return math.ceil(self._zone.left_s)
        return None

    # ---- where it stands --------------------------------------------------------------------------------------------

    def _begin_again(self) -> None:
        self._draft = Draft()
        self._guess = None
        self._outcome = None
        self._roll_now = None
        self._position = PositionLook()
        self._enter(Step.POSITION)

    def _enter(self, step: Step) -> None:
        self._step = step
        self._found = self._said = None
        self._zone = ZoneLook()
        self._standing = []
        self._tried_s = -math.inf
        if step in (Step.POSITION, Step.ROLL, Step.PERSON):  # at a person, too: the camera may have been turned just before
            self._room.begin(QUICK_FRAMES if step is Step.POSITION else LONG_FRAMES)

    def _again(self) -> None:
        """Look again: at this step; from the end, at everything."""
        if self._step is Step.DONE:
            self._begin_again()
        elif self._step is Step.ZONE:
            self._draft = replace(self._draft, zone=None)
            self._enter(Step.ZONE)
        elif self._step in (Step.ROLL, Step.PERSON):
            self._enter(self._step)

    def _leave(self, keep: bool) -> None:
        """To the next step, with what this one found or without."""
        if self._step in (Step.ROLL, Step.PERSON):
            self._draft = replace(self._draft, roll=self._found if keep else None)
            self._enter(Step.VIEW)
        elif self._step is Step.POSITION:
            self._enter(Step.ZONE)
        elif self._step is Step.ZONE and self._draft.zone is not None:
            self._enter(Step.ROLL)

    def _take_zone(self, key: str) -> None:
        if key == "whole":
            self._draft = replace(self._draft, zone=WHOLE)
        elif key == "next":
            self._leave(keep=True)
        elif self._draft.zone is not None:
            self._draft = replace(self._draft, zone=adjusted(self._draft.zone, key))

    # ---- words and choices ------------------------------------------------------------------------------------------

    def _words(self) -> Words:
        step = self._step
        if step is Step.POSITION:
            return self._position.advice.text, self._position.advice.more
        if step is Step.ZONE and self._draft.zone is not None:
            return ZONE_FOUND
        if step is Step.ZONE and self._zone.poses:
            return (KEEP_WALKING, SAID[step][1]) if self._zone.left_s > 0 else NOT_WHOLE
        if step is Step.DONE and self._outcome is not None:
            return NOT_SAVED, self._outcome.problem
        if step is Step.SAVED and self._outcome is not None:
            return SAID[step][0], self._outcome.note or STARTS_ANEW
        return self._said or SAID[step]

    def _options(self) -> tuple[Option, ...]:
        step = self._step
        if step is Step.POSITION:
            return (NEXT if not self._position.advice.name else ANYWAY, CANCEL)
        if step is Step.ZONE:
            return (NEXT, *ADJUST, AGAIN, CANCEL) if self._draft.zone is not None else (WHOLE_PICTURE, CANCEL)
        if step in (Step.ROLL, Step.PERSON):
            return self._roll_options()
        if step is Step.VIEW:
            return view_options(self._guess or self._view)
        if step is Step.DONE:
            return (SAVE if self._outcome is None else TRY_AGAIN, ANEW, CANCEL)
        return ()

    def _roll_options(self) -> tuple[Option, ...]:
        other = BY_PERSON if self._step is Step.ROLL else BY_LINES
        if self._found is None:
            again = (AGAIN,) if self._said is not None else ()
            return (other, *again, SKIP, CANCEL) if self._step is Step.ROLL else (other, SKIP, CANCEL)
        if abs(self._found.roll_deg) > LARGEST_DEG:
            return (TURNED, other, SKIP, CANCEL)
        if abs(self._found.roll_deg) > WORTH_DEG:  # who has turned it and presses start must not store the roll of before
            return (TURNED, AS_IT_IS, other, SKIP, CANCEL)
        return (NEXT, AGAIN, other, SKIP, CANCEL)
