"""A bout that the clinic orders: countdown, its own length, thanks; nothing is coached, stored as a run, or shown about the runner."""

import numpy as np
import pytest

from at_once import AtOnce
from kiosk.clinic import BoutOrder
from kiosk.config import Config, SessionConfig, TreadmillConfig
from kiosk.domain import Frame, Pose, View
from kiosk.parts import Parts
from kiosk.pipeline import Pipeline
from kiosk.screen import Command, LiveView, Press, State
from logs import Log
from test_visit import FPS, PICTURE, Finder

ORDER = BoutOrder(7, View.RIGHT, seconds=20.0, speed_kmh=9.0)


class Desk:
    """What the pipeline gives to the desk."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.poses: list[Pose] = []

    def begin(self, order: BoutOrder) -> None:
        self.told.append(f"begin {order.assessment_id}")

    def add(self, frame: Frame, pose: Pose) -> None:
        self.poses.append(pose)

    def end(self, complete: bool) -> None:
        self.told.append("complete" if complete else "broken off")


class Station:
    """A pipeline with a desk, driven by the second."""

    def __init__(self, **session: object) -> None:
        self.log, self.desk, self.finder = Log(), Desk(), Finder()
        parts = Parts(self.finder, self.log, AtOnce(), lambda v: None, bouts=self.desk)  # type: ignore[arg-type, return-value]
        self.pipeline = Pipeline(parts, Config(treadmill=TreadmillConfig(view="right"), session=SessionConfig.model_validate(session)))
        self.frames = 0

    def step(self, *presses: Press) -> LiveView:
        self.frames += 1
        # a little noise in each picture: the same one again would be left out
        noise = np.random.default_rng(self.frames).integers(0, 3, PICTURE.shape, dtype=np.uint8)
        return self.pipeline.step(Frame(self.frames / FPS, PICTURE // 2 + noise), presses)

    def wait(self, seconds: float) -> list[LiveView]:
        return [self.step() for _ in range(round(seconds * FPS))]


def test_a_bout_is_counted_down_measured_for_its_time_and_ends_with_thanks() -> None:
    """20 s of poses reach the desk, the run is nobody's session, and the screen says only how long it still lasts."""
    station = Station()
    first = station.step(ORDER)
    views = station.wait(26)

    assert (first.state, first.bout_left_s) == (State.COUNTDOWN, 20)
    running = [v for v in views if v.state is State.RUNNING]
    assert {v.bout_left_s for v in running} == set(range(21)) - {0}
    assert not any(v.cue or v.gauge or v.praise or v.focus or v.say_aloud for v in running)
    assert views[-1].state is State.MEASURED
    assert views[-1].summary is None
    assert station.desk.told == ["begin 7", "complete"]
    assert station.desk.poses[-1].t_s - station.desk.poses[0].t_s == pytest.approx(20, abs=0.2)
    assert "begin" not in station.log.said


def test_thanks_go_by_themselves_and_by_any_button() -> None:
    """20 s after the bout, or at a press, the attract screen is there for the next one."""
    by_itself, by_hand = Station(hands_free=False), Station(hands_free=False)
    for station in (by_itself, by_hand):
        station.step(ORDER)
        station.wait(24)

    assert by_itself.wait(21)[-1].state is State.IDLE
    assert by_hand.step(Command.START).state is State.IDLE


def test_stop_breaks_a_bout_off() -> None:
    """The desk is told, so that half a bout is not taken for a whole one."""
    station = Station()
    station.step(ORDER)
    station.wait(8)
    view = station.step(Command.STOP)

    assert view.state is State.MEASURED
    assert station.desk.told == ["begin 7", "broken off"]


def test_stop_in_the_countdown_of_a_bout_measures_nothing() -> None:
    """No choice is offered either: the patient was not asked to choose."""
    station = Station(hands_free=False)
    station.step(ORDER)
    station.wait(1)

    assert station.step(Command.STOP).state is State.IDLE
    assert station.desk.told == []


def test_neither_the_order_nor_its_stop_is_taken_for_a_slip() -> None:
    """Both count within the half second in which a second tap is ignored."""
    station = Station(hands_free=False)
    station.step(Command.LANGUAGE)
    ordered = station.step(ORDER)
    stopped = station.step(Command.STOP)

    assert (ordered.state, stopped.state) == (State.COUNTDOWN, State.IDLE)


def test_a_bout_waits_for_nobody_who_pressed_start_and_ends_no_such_run() -> None:
    """Somebody's own run goes on; the order is forgotten."""
    station = Station(guided=False)
    station.step(Command.START)
    station.wait(6)
    station.step(ORDER)

    assert station.wait(1)[-1].state is State.RUNNING
    assert station.desk.told == []


def test_a_run_that_came_by_itself_gives_way_to_the_bout() -> None:
    """The patient who stepped on early is not in the way of her own measurement."""
    station = Station()
    assert station.wait(8)[-1].state is State.RUNNING
    station.step(ORDER)

    assert station.wait(0.5)[-1].bout_left_s == 20
    station.wait(25)
    assert station.desk.told == ["begin 7", "complete"]


def test_nobody_is_asked_anything_while_a_bout_runs() -> None:
    """Show me and the self-test do nothing."""
    station = Station()
    station.step(ORDER)
    station.wait(8)
    view = station.step(Command.SHOW, Command.TEST, Command.START)

    assert (view.state, view.test, view.asked_for) == (State.RUNNING, None, False)


def test_an_empty_belt_is_said_and_ends_the_bout() -> None:
    """The screen says that nobody is seen; ten seconds later the bout is over, and not complete."""
    station = Station()
    station.step(ORDER)
    station.wait(8)
    station.finder.away = True
    views = station.wait(13)

    assert any(v.cannot_judge for v in views)
    assert views[-1].state is State.MEASURED
    assert station.desk.told == ["begin 7", "broken off"]


def test_a_kiosk_that_ends_in_a_bout_tells_the_desk() -> None:
    """What was measured is not lost."""
    station = Station()
    station.step(ORDER)
    station.wait(8)
    station.pipeline.close()

    assert station.desk.told == ["begin 7", "broken off"]
