"""The guide for the camera, step by step, without a camera: what it says, what it offers, what would be stored."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from guide_fakes import IMAGE, ROLL, FakeRoom, facing, nobody, person, watch

from kiosk.domain import Frame, Pose
from kiosk.gait.refusals import say
from kiosk.guide import LONG_FRAMES, QUICK_FRAMES, SAVED_S, CameraGuide, Outcome
from kiosk.guide.position import POSITION, WELL, PositionLook
from kiosk.guide.steps import SAID, VIEWS, RoomRoll, Step, roll_words
from kiosk.guide.zone import LOOK_S, SMALLEST, WHOLE, ZoneLook, adjusted, tidy, zone_around
from kiosk.words import Phrase


def advice(pose: Pose, light: str = "", roll: tuple[float, float] | None = None) -> str:
    look = PositionLook()
    for i in range(60):
        found = look.update(replace(pose, t_s=i / 15), light, roll)
    return str(found.text)


@pytest.mark.parametrize(
    ("pose", "light", "roll", "said"),
    [
        (person(), "", None, "The camera stands well"),
        (person(), "", (2.9, 0.0), "The camera stands well"),
        (person(), "", (4.0, 0.6), "The camera stands well"),
        (nobody(), say("too_dark"), None, "Too dark"),
        (person(), say("too_bright"), None, "Too bright"),
        (nobody(), "", None, "Somebody on the belt, please"),
        (person(scale=1.1), "", None, "Camera further away"),
        (person(scale=0.45), "", None, "Camera closer"),
        (person(y=-190), "", None, "Tilt the camera up"),
        (person(x=100), "", None, "Turn the camera to the left"),
        (person(x=540), "", None, "Turn the camera to the right"),
        (person(y=-90), "", None, "Camera higher"),
        (person(y=90), "", None, "Camera lower"),
        (person(), "", (-4.0, 0.3), "Turn it clockwise"),
        (person(), "", (4.0, 0.3), "Turn it counter-clockwise"),
        (person(broad=30), "", None, "Camera square to the belt"),
        (person(broad=60), "", None, "The camera stands well"),
    ],
)
def test_one_thing_at_a_time(pose: Pose, light: str, roll: tuple[float, float] | None, said: str) -> None:
    """Light before people, distance before aim, aim before height; a roll within twice its error of 3° is none; askew is told."""
    assert advice(pose, light, roll) == said


def test_feet_below_the_picture() -> None:
    """Ankles that are not seen because the picture ends above them: the camera looks too high."""
    low = person(scale=0.9, y=100)
    score = low.score.copy()
    score[15:] = 0.05
    assert advice(replace(low, score=score)) == "Tilt the camera down"


@pytest.mark.parametrize(("y", "unseen"), [(150, slice(15, 17)), (-150, slice(0, 5))])
def test_too_near_is_not_answered_by_tilting(y: float, unseen: slice) -> None:
    """Whoever is larger than the picture has the feet or the head cut off however the camera is tilted: it must go further away."""
    near = person(scale=1.25, y=y)
    score = near.score.copy()
    score[unseen] = 0.05
    assert advice(replace(near, score=score)) == "Camera further away"


def test_who_was_well_may_come_to_the_screen() -> None:
    """After a second and a half of all well, an empty belt takes nothing back; a picture that is wrong again does."""
    look = PositionLook()
    times = iter(i / 15 for i in range(1000))
    seen = [look.update(replace(person(), t_s=next(times))) for _ in range(15)]
    assert WELL not in seen
    assert [look.update(replace(person(), t_s=next(times))) for _ in range(30)][-1] is WELL
    assert [look.update(replace(nobody(), t_s=next(times))) for _ in range(60)][-1] is WELL
    assert [look.update(replace(person(scale=0.45), t_s=next(times))) for _ in range(60)][-1].name == "step_closer"
    assert [look.update(replace(nobody(), t_s=next(times))) for _ in range(60)][-1].name == "nobody"


def test_every_advice_has_few_words() -> None:
    """What is read from the treadmill has at most six words."""
    assert [row.text for row in (*POSITION, WELL) if len(row.text.split()) > 6] == []


def test_every_advice_has_a_drawing() -> None:
    """No row falls back to the drawing for "something"."""
    drawings = (Path(__file__).parents[2] / "kiosk" / "web" / "static" / "signs.js").read_text()
    assert [row.name for row in POSITION if f"\n  {row.name}: () =>" not in drawings] == []


# ---- zone ------------------------------------------------------------------------------------------------------------


def test_the_zone_of_somebody_standing() -> None:
    """Nose to ankle 238 px: 143 px to both sides of the hip, 48 above the head, 24 below the feet."""
    zone = zone_around([person(i / 15) for i in range(130)])
    assert zone is not None
    eye_px, ankle_px = 240 + (75 - 240) * 0.7, 240 + (420 - 240) * 0.7
    tall_px = 340 * 0.7
    wanted = ((320 - 0.6 * tall_px) / 640, (eye_px - 0.2 * tall_px) / 480, (320 + 0.6 * tall_px) / 640, (ankle_px + 0.1 * tall_px) / 480)
    assert zone == pytest.approx(wanted, abs=0.006)


def test_the_zone_holds_both_ends_of_the_belt() -> None:
    """Who walks 120 px to and fro has a zone that is as much wider, and never one beyond the picture."""
    walk = [person(i / 15, x=320 + 60 * math.sin(i / 20)) for i in range(260)]
    standing, walking = zone_around(walk[:1] * 1), zone_around(walk)
    assert standing is not None
    assert walking is not None
    assert (walking[2] - walking[0]) - (standing[2] - standing[0]) == pytest.approx(120 / 640, abs=0.02)
    beside = zone_around([person(i / 15, x=60) for i in range(60)])
    assert beside is not None
    assert beside[0] == 0.0


def test_a_zone_needs_eight_seconds_of_one_person() -> None:
    """Seven seconds are too few; who goes away for longer than a second begins anew; a head that is never seen gives none."""
    look = ZoneLook()
    assert [look.update(person(i / 15)) for i in range(round(15 * (LOOK_S - 0.2)))][-1] is None
    assert look.update(person(LOOK_S + 2)) is None
    assert look.left_s == LOOK_S
    found = [look.update(person(LOOK_S + 2 + i / 15)) for i in range(1, 130)]
    assert found[-1] is not None
    headless = person()
    headless.score[:5] = 0
    assert zone_around([headless]) is None


def test_a_head_that_is_never_seen_is_told() -> None:
    """After the eight seconds the words say what is missing instead of counting; no more poses are kept, and a whole person ends it."""
    guide, t_s = walked_to(Step.ZONE)
    headless = person()
    headless.score[:5] = 0
    t_s = watch(guide, headless, t_s, 4.0)
    assert (guide.menu(0).question, guide.shown().left_s) == ("Keep walking", 5)
    t_s = watch(guide, headless, t_s, 8.0)
    assert (guide.menu(0).question, guide.shown().left_s) == ("Head and feet, please", None)
    assert keys(guide) == ["whole", "quit"]
    assert len(guide._zone.poses) <= LOOK_S * 15 + 2
    watch(guide, person(), t_s, LOOK_S)
    assert guide.shown().adjustable


def test_two_buttons_change_a_zone() -> None:
    """Wider and narrower about the middle, left and right as it is; a thousand presses of one never leave the picture or nothing."""
    zone = (0.3, 0.1, 0.7, 0.9)
    assert adjusted(zone, "wider") == pytest.approx((0.28, 0.1, 0.72, 0.9))
    assert adjusted(zone, "narrower") == pytest.approx((0.32, 0.1, 0.68, 0.9))
    assert adjusted(zone, "left") == pytest.approx((0.26, 0.1, 0.66, 0.9))
    assert adjusted(zone, "right") == pytest.approx((0.34, 0.1, 0.74, 0.9))
    assert adjusted(zone, "next") == zone
    for key in ("wider", "narrower", "left", "right"):
        pressed = zone
        for _ in range(1000):
            pressed = adjusted(pressed, key)
            assert 0 <= pressed[0] < pressed[2] <= 1
            assert pressed[2] - pressed[0] >= SMALLEST - 1e-9


def test_a_drawn_zone_is_made_tidy() -> None:
    """Hundredths, within the picture, never smaller than a tenth."""
    assert tidy((-0.2, 0.123, 1.4, 0.9)) == (0.0, 0.12, 1.0, 0.9)
    assert tidy((0.99, 0.5, 1.0, 0.51)) == pytest.approx((0.9, 0.46, 1.0, 0.56), abs=0.011)


# ---- the whole walk --------------------------------------------------------------------------------------------------


def keys(guide: CameraGuide) -> list[str]:
    return [option.key for option in guide.menu(0).options]


def walked_to(step: Step, room: FakeRoom | None = None, view: str = "auto") -> tuple[CameraGuide, float]:
    """A guide that stands at this step, with a zone found on the way."""
    guide = CameraGuide(room or FakeRoom(ROLL), view)
    t_s = watch(guide, person(), 0.0, 4.0)
    order = [Step.POSITION, Step.ZONE, Step.ROLL, Step.VIEW, Step.DONE]
    for here in order[: order.index(step)]:
        if here is Step.ZONE:
            t_s = watch(guide, person(), t_s, LOOK_S + 0.5)
        elif here is Step.ROLL:
            t_s = watch(guide, person(), t_s, 0.2)
        guide.take("auto" if here is Step.VIEW else "next")
    assert guide.step is step
    return guide, t_s


def test_a_whole_walk() -> None:
    """Position, zone, roll, view, save: what was found is what is stored, and the station is told once, after the good news."""
    room = FakeRoom(ROLL)
    guide, t_s = walked_to(Step.DONE, room)
    assert [str(fact) for fact in guide.shown().facts] == [
        "Zone: 28 to 72 % across, 16 to 81 % down.",
        "Roll: -1.8° ± 0.3°, corrected.",
        "View: found out each time.",
    ]
    assert room.saved == []
    guide.take("save")
    assert guide.step is Step.SAVING
    t_s = watch(guide, person(), t_s, 0.2)
    assert guide.step is Step.SAVED
    assert room.saved == [{"view": "auto", "zone": (0.28, 0.16, 0.72, 0.81), "roll_deg": -1.8, "roll_sd_deg": 0.3}]
    assert room.finished == 0
    watch(guide, nobody(), t_s, 3 * SAVED_S)
    assert room.finished == 1
    assert keys(guide) == []


def test_not_saved() -> None:
    """Why is said in the line below, nothing is lost, and it can be tried again."""
    room = FakeRoom(ROLL, Outcome(Phrase("kiosk.toml is read-only.")))
    guide, t_s = walked_to(Step.DONE, room)
    guide.take("save")
    t_s = watch(guide, person(), t_s, 0.2)
    menu = guide.menu(0)
    assert (menu.question, menu.more) == ("Not saved", "kiosk.toml is read-only.")
    assert keys(guide) == ["save", "again", "quit"]
    room.result = Outcome(Phrase(""))
    guide.take("save")
    watch(guide, person(), t_s, 0.2)
    assert guide.step is Step.SAVED


def test_the_zone_can_be_changed_and_looked_for_again() -> None:
    """Drawn by hand, wider by a press, found anew; before there is a zone neither does anything."""
    guide, t_s = walked_to(Step.ZONE)
    guide.draw((0.1, 0.1, 0.9, 0.9))
    guide.take("wider")
    guide.take("next")
    assert (guide.step, guide.draft.zone) == (Step.ZONE, None)
    t_s = watch(guide, person(), t_s, LOOK_S + 0.5)
    assert guide.shown().adjustable
    guide.draw((0.1, 0.1, 0.904, 0.9))
    assert guide.draft.zone == (0.1, 0.1, 0.9, 0.9)
    guide.take("wider")
    assert guide.draft.zone == (0.08, 0.1, 0.92, 0.9)
    guide.take("again")
    assert guide.draft.zone is None
    guide.take("whole")
    assert guide.draft.zone == WHOLE
    guide.take("next")
    guide.draw((0.1, 0.1, 0.9, 0.9))
    assert guide.draft.zone == WHOLE


def test_lines_that_do_not_tell() -> None:
    """Too few lines: a person may be used, or the roll left as it was; then no roll is stored."""
    guide, t_s = walked_to(Step.ROLL, FakeRoom(None))
    watch(guide, person(), t_s, 0.2)
    assert guide.menu(0).question == "Too few lines"
    assert keys(guide) == ["person", "again", "skip", "quit"]
    guide.take("skip")
    guide.take("right-side")
    assert "roll_deg" not in guide.draft.values
    assert guide.draft.values["view"] == "right"
    assert "Roll: not measured, stays as it was." in guide.shown().facts


def test_a_roll_that_was_found_can_be_left_out() -> None:
    """Who leaves it as it was stores none, although one was told."""
    guide, t_s = walked_to(Step.ROLL)
    watch(guide, person(), t_s, 0.2)
    assert guide.shown().roll_deg == ROLL.roll_deg
    guide.take("skip")
    assert (guide.step, guide.draft.roll) == (Step.VIEW, None)


@pytest.mark.parametrize("lean_px", [0.0, 20.0])
def test_roll_from_a_person(lean_px: float) -> None:
    """Somebody who stands still for 4 s and leans by 3.0° in the picture: a roll of -3.0°; who walks gives none."""
    room = FakeRoom(None)
    guide, t_s = walked_to(Step.ROLL, room)
    guide.take("person")
    assert room.begun == [QUICK_FRAMES, LONG_FRAMES, LONG_FRAMES]  # how the camera stands now is what is remembered
    for i in range(90):
        guide.update(Frame(t_s + i / 15, IMAGE), person(t_s + i / 15, x=320 + 40 * math.sin(i / 5)))
    assert guide.shown().roll_deg is None
    watch(guide, facing(0.0, lean_px), t_s + 7, 5.0)
    assert guide.shown().roll_deg == pytest.approx(-math.degrees(math.atan2(lean_px, 380)), abs=0.1)
    guide.take("next")
    assert guide.step is Step.VIEW
    assert guide.draft.values["roll_sd_deg"] == 0.8


def test_too_much_roll_is_never_stored() -> None:
    """Beyond 20° there is no way on with it, only without."""
    guide, t_s = walked_to(Step.ROLL, FakeRoom(RoomRoll(24.0, 0.3, Phrase("lines"))))
    watch(guide, person(), t_s, 0.2)
    assert guide.menu(0).question == "Turn the camera 24° counter-clockwise"
    assert keys(guide) == ["again", "person", "skip", "quit"]


def test_who_turned_the_camera_does_not_store_how_it_leaned_before() -> None:
    """After "turn the camera" the first choice looks again; what it finds then is stored."""
    room = FakeRoom(RoomRoll(-12.0, 0.3, Phrase("lines")))
    guide, t_s = walked_to(Step.ROLL, room)
    t_s = watch(guide, person(), t_s, 0.2)
    assert guide.menu(0).question == "Turn the camera 12° clockwise"
    assert keys(guide) == ["again", "next", "person", "skip", "quit"]
    room.told = ROLL
    guide.take(keys(guide)[0])
    watch(guide, person(), t_s, 0.2)
    guide.take(keys(guide)[0])
    assert (guide.step, guide.draft.roll) == (Step.VIEW, ROLL)


@pytest.mark.parametrize(
    ("roll_deg", "said"),
    [
        (0.2, "The camera is upright"),
        (-2.0, "Corrected by 2.0°"),
        (3.4, "Turn the camera 3° counter-clockwise"),
        (-12.0, "Turn the camera 12° clockwise"),
    ],
)
def test_what_to_do_about_a_roll(roll_deg: float, said: str) -> None:
    """Within its error or half a degree nothing, up to 3° nothing to do, then to be turned; the value and its error are always said."""
    words = roll_words(RoomRoll(roll_deg, 0.4, Phrase("lines")))
    assert (words[0], words[1]) == (said, f"Roll {roll_deg:.1f}° ± 0.4°, from lines.")


def test_the_view_of_now_is_offered_first() -> None:
    """A press of start keeps the view that kiosk.toml has; every view can be taken."""
    for view, option in VIEWS.items():
        guide, _ = walked_to(Step.VIEW, view=str(view))
        assert keys(guide)[0] == option.key
        assert sorted(keys(guide)) == sorted([*(o.key for o in VIEWS.values()), "quit"])
        guide.take(keys(guide)[0])
        assert guide.draft.view == str(view)


def test_begin_again_forgets_everything() -> None:
    """From the last step back to the first: no zone, no roll, no view."""
    room = FakeRoom(ROLL)
    guide, _ = walked_to(Step.DONE, room)
    guide.take("again")
    assert (guide.step, guide.draft.values) == (Step.POSITION, {})


def test_without_a_picture_the_guide_says_so_and_waits() -> None:
    """Words of the lost camera, the same choices; the step stays."""
    guide, t_s = walked_to(Step.ZONE)
    before = keys(guide)
    for i in range(100):
        guide.tick(t_s + i / 10)
    menu = guide.menu(0, lost=True)
    assert menu.question == "The camera gives no picture"
    assert [option.key for option in menu.options] == before
    assert guide.step is Step.ZONE


def test_a_clip_that_begins_anew_breaks_nothing() -> None:
    """Stamps that jump back: every look begins anew instead of failing."""
    room = FakeRoom(None)
    for step in (Step.POSITION, Step.ZONE, Step.ROLL):
        guide, t_s = walked_to(step, room)
        if step is Step.ROLL:
            guide.take("person")
        watch(guide, person(), t_s, 2.0)
        watch(guide, person(), 0.0, 3.0)
        assert guide.menu(0).question


@pytest.mark.parametrize("key", ["nonsense", "wider", "save", "person", "left-side", "next", "again", "skip", "whole", "lines"])
@pytest.mark.parametrize("step", [Step.POSITION, Step.ZONE, Step.ROLL, Step.VIEW])
def test_a_choice_that_is_not_offered_does_nothing(step: Step, key: str) -> None:
    """Whatever comes late or from elsewhere: the guide stays where it is, and nothing is written."""
    room = FakeRoom(ROLL)
    guide, _ = walked_to(step, room)
    offered, before = keys(guide), (guide.step, guide.draft)
    if key not in offered:
        guide.take(key)
        assert (guide.step, guide.draft) == before
    assert room.saved == []
    assert guide.menu(99).marked == len(offered) - 1


def test_every_step_has_words() -> None:
    """No screen without a headline."""
    assert all(SAID[step][0] for step in Step if step is not Step.POSITION)
    assert np.isfinite(SAVED_S)
