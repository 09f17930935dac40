"""The guide inside the visit: how it is opened and left, what it does to hands-free starts, and hands that press at random."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from guide_fakes import IMAGE, ROLL, FakeRoom, nobody, person

from at_once import AtOnce
from kiosk.clinic import BoutOrder
from kiosk.config import Config, SessionConfig
from kiosk.domain import Frame, Pose, View
from kiosk.parts import Parts, SetUp
from kiosk.pipeline import NO_PICTURE_S, Pipeline
from kiosk.screen import Command, Drawn, LiveView, Pick, Press, State
from kiosk.visit import QUIET_S
from test_visit import Log

SETUP, START, STOP, TEST = Command.SETUP, Command.START, Command.STOP, Command.TEST
FPS = 15


class Finder:
    """Finds whoever the test puts there."""

    def __init__(self) -> None:
        self.pose = person()

    def estimate(self, frame: Frame) -> Pose:
        return replace(self.pose, t_s=frame.t_s)


class Station:
    """A pipeline with a guide, fed at 15 frames/s."""

    def __init__(self, guided: bool = True, with_guide: bool = True, **session: object) -> None:
        self.room, self.near, self.far = FakeRoom(ROLL), Finder(), Finder()
        self.near.pose = nobody()
        set_up = SetUp(self.room, lambda: self.far) if with_guide else None
        parts = Parts(self.near, Log(), AtOnce(), lambda v: None, set_up=set_up)  # type: ignore[arg-type, return-value]
        values = {"guided": guided, **session}
        self.pipeline = Pipeline(parts, Config(session=SessionConfig.model_validate(values)))
        self.t_s = 0.0
        self.view = LiveView()
        self.step()

    def step(self, *presses: Press) -> LiveView:
        self.t_s += 1 / FPS
        self.view = self.pipeline.step(Frame(self.t_s, IMAGE), presses)
        return self.view

    def wait(self, seconds: float) -> LiveView:
        for _ in range(round(seconds * FPS)):
            self.step()
        return self.view

    def leave(self, seconds: int) -> None:
        """Nobody does anything; a frame a second is enough to see that."""
        for _ in range(seconds):
            self.t_s += 1 - 1 / FPS
            self.step()

    def press(self, *presses: Press) -> LiveView:
        """Each press long enough after the last."""
        for press in presses:
            self.wait(QUIET_S + 0.1)
            self.step(press)
        return self.view

    @property
    def where(self) -> str:
        return self.view.guide.step if self.view.guide is not None else self.view.state.value


def test_two_buttons_only() -> None:
    """Start and stop lead from the attract screen through every step to a stored file."""
    station = Station()
    station.press(START)
    assert station.view.state is State.CHECK
    station.press(TEST)  # the same press, held
    assert station.where == "position"
    station.wait(3)
    station.press(START)
    station.wait(9)
    assert station.view.guide is not None
    assert station.view.guide.adjustable
    before = station.view.guide.zone
    station.press(STOP, START, START)  # next: wider, twice
    assert station.view.guide.zone != before
    assert station.view.menu is not None
    assert station.view.menu.marked == 1
    station.press(*[STOP] * 6, START)  # around to "go on"
    assert station.where == "roll"
    station.wait(1)
    station.press(START, START, START)
    assert station.where in ("saving", "saved")
    assert set(station.room.saved[0]) == {"view", "zone", "roll_deg", "roll_sd_deg"}


def test_the_whole_picture_is_searched() -> None:
    """The runner's finder looks where the old zone was; the guide's finds whoever is anywhere."""
    station = Station()
    assert station.view.pose is None or not station.view.pose.score.any()
    station.press(SETUP)
    station.wait(3)
    assert station.view.menu is not None
    assert station.view.menu.question == "The camera stands well"
    station.press(Pick("quit"))
    assert station.where == "idle"
    assert station.wait(1).pose is not None
    assert not station.view.pose.score.any()  # type: ignore[union-attr]


@pytest.mark.parametrize("state", [State.RUNNING, State.COUNTDOWN, State.CHOOSE, State.SUMMARY])
@pytest.mark.parametrize("press", [SETUP, TEST])
def test_not_while_somebody_visits(state: State, press: Command) -> None:
    """Countdown, run, choice and summary belong to the runner, also who is too long on the button in the check."""
    station = Station(guided=state is State.CHOOSE, countdown_s=3, hands_free=False)
    station.press(START)
    if state is State.CHOOSE:
        station.press(START)
    elif state is not State.COUNTDOWN:
        station.wait(4)
        if state is State.SUMMARY:
            station.press(STOP)
    assert station.view.state is state
    station.press(press)
    assert station.view.guide is None


def test_a_long_press_counts_where_it_began() -> None:
    """Held from the attract screen it opens the guide, also when the check was well meanwhile; begun in the check it never does."""
    station = Station(hands_free=False)
    station.press(START)
    station.near.pose = person()
    for i in range(round(20 * FPS)):
        if station.view.state is not State.CHECK:
            break
        station.near.pose = person(scale=0.7, y=i % 2)
        station.step()
    assert station.view.state is State.CHOOSE
    station.press(TEST)
    assert station.where == "position"
    station.press(Pick("quit"), START, START)
    assert station.view.state is State.CHOOSE
    station.press(TEST)
    assert station.view.state is State.CHOOSE


def test_no_guide_no_way_in() -> None:
    """Where nothing can set up the camera, the commands do nothing."""
    station = Station(with_guide=False)
    station.press(SETUP, TEST)
    assert station.view.state is State.IDLE


def test_an_abandoned_guide_ends_and_stores_nothing() -> None:
    """After five minutes without a press the attract screen comes back, however long other visits wait; a press in between counts anew."""
    station = Station(abandoned_s=3600)
    station.press(SETUP)
    station.leave(298)
    station.press(STOP)
    station.leave(298)
    assert station.view.state is State.SETUP
    station.leave(2)
    assert station.view.state is State.IDLE
    assert station.room.saved == []


def test_whoever_walks_on_the_belt_starts_no_run() -> None:
    """Hands free: the person whom the guide asks to walk is not a visitor."""
    station = Station(hands_free=True)
    station.press(SETUP)
    for i in range(150):
        station.far.pose = person(x=320, y=8 * (i % 2), scale=0.7 + 0.02 * (i % 3))
        station.step()
    assert station.view.state is State.SETUP


@pytest.mark.parametrize("saving", [False, True])
def test_a_bout_of_the_clinic_does_not_push_the_guide_away(saving: bool) -> None:
    """Ordered while somebody sets up the camera, or while that is saved: nothing is begun, nothing of the guide is lost."""
    station = Station()
    station.press(SETUP)
    station.wait(3)
    station.press(START)
    if saving:
        station.room.outcome = lambda: None  # type: ignore[method-assign]  # the disk is slow
        station.wait(9)
        station.press(Pick("next"))
        station.wait(1)
        station.press(START, START, START)
    before = station.where
    station.press(BoutOrder(1, View.LEFT))
    assert (station.view.state, station.where) == (State.SETUP, before)
    assert before == ("saving" if saving else "zone")


def test_the_question_whether_to_switch_off_loses_nothing() -> None:
    """No, go on: the guide stands where it stood, with the zone that was found."""
    station = Station()
    station.press(SETUP)
    station.wait(3)
    station.press(START)
    station.wait(9)
    zone = station.view.guide.zone if station.view.guide is not None else None
    station.press(Command.SHUTDOWN)
    assert station.view.state is State.SHUTDOWN
    assert station.view.guide is None
    station.press(Pick("no"))
    assert station.view.guide is not None
    assert (station.view.guide.zone, station.where) == (zone, "zone")


def test_a_lost_camera_is_said_and_choices_work() -> None:
    """No frames for two seconds: the words say so, "cancel" leads out."""
    station = Station()
    station.press(SETUP)
    t_s = station.t_s
    for i in range(40):
        view = station.pipeline.without_frame(t_s + i / 10)
    assert view.menu is not None
    assert view.menu.question == "The camera gives no picture"
    assert view.fault
    assert NO_PICTURE_S < 4
    assert station.pipeline.without_frame(t_s + 5, [Pick("quit")]).state is State.IDLE


def test_ten_taps_a_second_are_one_step() -> None:
    """A burst of start takes one choice; ten a second for three seconds never save."""
    station = Station()
    station.press(SETUP)
    station.wait(3)
    for _ in range(30):
        station.step(START)
        station.step()
    assert station.where == "zone"
    assert station.room.saved == []


def test_the_mark_stays_where_it_adjusts() -> None:
    """Taps on wider count each, however quick: three are three."""
    station = Station()
    station.press(SETUP)
    station.wait(3)
    station.press(START)
    station.wait(9)
    station.press(Drawn((0.4, 0.2, 0.6, 0.8)))
    station.wait(1)
    for _ in range(3):
        station.step(Pick("wider"))
        station.step()
    assert station.view.guide is not None
    assert station.view.guide.zone == pytest.approx((0.34, 0.2, 0.66, 0.8))


@pytest.mark.parametrize("seed", range(3))
def test_random_hands(seed: int) -> None:
    """Hundreds of presses of anything, while people come and go: never an exception, always words and a mark that exists, and only
    whole values are ever stored.
    """
    rng = random.Random(seed)
    station = Station(abandoned_s=5)
    presses: Sequence[Press] = [
        *(SETUP, START, STOP, TEST, Command.TOGGLE, Command.LANGUAGE, Command.SHUTDOWN),
        *(Pick(key) for key in ("next", "wider", "save", "again", "whole", "person", "skip", "quit", "no", "rear", "nonsense")),
        *(Drawn((0.1, 0.1, 0.2, 0.9)), Drawn((0.0, 0.0, 1.0, 1.0))),
    ]
    for _ in range(400):
        station.far.pose = rng.choice([person(), person(scale=0.5), nobody(), person(x=100)])
        view = station.step(*rng.choices(presses, k=rng.choice([0, 1, 1, 3])))
        if view.state is State.IDLE:
            station.step(SETUP)
        if view.state is State.SETUP:
            assert view.menu is not None
            assert view.menu.question
            assert 0 <= view.menu.marked < max(1, len(view.menu.options))
        if rng.random() < 0.1:
            station.wait(1)
    for values in station.room.saved:
        assert set(values) <= {"view", "zone", "roll_deg", "roll_sd_deg"}
        assert "view" in values
