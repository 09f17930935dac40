"""Lamp and buzzer: what they say about a view, and that a broken one disturbs nothing."""

import itertools
import queue
from collections.abc import Iterator
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin, MockPWMPin

from kiosk.config import PanelConfig
from kiosk.panel import open_panel
from kiosk.panel.outputs import TICK_S, Output, Outputs
from kiosk.panel.rhythm import CHANGE_BEEP_S, RHYTHMS, TICK_BEEP_S, Lamp, beep_s, brightness, lamp_of
from kiosk.screen import Check, Command, LiveView, State
from kiosk.words import Phrase

LAMP, BUZZER = 23, 24
SETTINGS = PanelConfig(lamp_pin=LAMP, buzzer_pin=BUZZER)


@pytest.fixture(params=[MockPin, MockPWMPin], ids=["on and off only", "dims"])
def pins(request: pytest.FixtureRequest) -> Iterator[MockFactory]:
    before = Device.pin_factory
    Device.pin_factory = MockFactory(pin_class=request.param)
    yield Device.pin_factory
    Device.pin_factory.reset()
    Device.pin_factory = before


def clock() -> float:
    return 100.0


BAD = Check(ok=False, problem="too_close", text=Phrase("Step back"))
WELL = Check(ok=True, problem="", text=Phrase("Well placed"))

SAYS = [
    (LiveView(), Lamp.IDLE),
    (LiveView(state=State.CHECK, check=WELL), Lamp.MENU),
    (LiveView(state=State.CHECK, check=BAD), Lamp.CANNOT_JUDGE),
    (LiveView(state=State.CHOOSE), Lamp.MENU),
    (LiveView(state=State.COUNTDOWN, countdown_s=3), Lamp.COUNTDOWN),
    (LiveView(state=State.RUNNING), Lamp.RUNNING),
    (LiveView(state=State.RUNNING, cannot_judge="Too dark."), Lamp.CANNOT_JUDGE),
    (LiveView(state=State.RUNNING, cannot_judge="No picture.", fault=True), Lamp.FAULT),
    (LiveView(state=State.SUMMARY), Lamp.MENU),
    (LiveView(state=State.SHUTDOWN), Lamp.MENU),
    (LiveView(state=State.OFF, fault=True), Lamp.DARK),
]


@pytest.mark.parametrize(("view", "says"), SAYS)
def test_the_lamp_says_where_the_visit_stands(view: LiveView, says: Lamp) -> None:
    """A fault before all, then what cannot be judged, then the state; off is dark."""
    assert lamp_of(view) is says


def curve(says: Lamp) -> tuple[float, ...]:
    """Light over 8 s, as the driver looks at it."""
    return tuple(brightness(RHYTHMS[says], i * TICK_S) for i in range(160))


def test_every_rhythm_is_told_apart_by_switching_alone() -> None:
    """A lamp that cannot be dimmed shows seven different rhythms, and the dark one is dark."""
    switched = {tuple(light >= 0.5 for light in curve(says)) for says in Lamp}
    assert len(switched) == len(Lamp)
    assert max(curve(Lamp.DARK)) == 0
    assert min(curve(Lamp.RUNNING)) == 1


def test_no_rhythm_flashes_more_than_three_times_a_second() -> None:
    """WCAG 2.2, 2.3.1: the light goes on at most three times in any second."""
    for says in Lamp:
        light = curve(says)
        on = [i * TICK_S for i in range(1, len(light)) if light[i] >= 0.5 > light[i - 1]]
        assert max((sum(t <= u < t + 1 for u in on) for t in on), default=0) <= 3, says


def test_idle_breathes_smoothly() -> None:
    """From dark to full and back in small steps."""
    light = curve(Lamp.IDLE)
    assert (min(light), max(light)) == (0, 1)
    assert max(abs(b - a) for a, b in itertools.pairwise(light)) < 0.05


def test_beeps() -> None:
    """Each second of the countdown, the beginning and the end of a run; nothing else."""
    three, two = (LiveView(state=State.COUNTDOWN, countdown_s=s) for s in (3, 2))
    run, end = LiveView(state=State.RUNNING), LiveView(state=State.SUMMARY)
    walk = [LiveView(), three, three, two, run, run, end, end, LiveView()]
    beeps = [beep_s(a, b) for a, b in itertools.pairwise(walk)]
    assert beeps == [TICK_BEEP_S, 0, TICK_BEEP_S, CHANGE_BEEP_S, 0, CHANGE_BEEP_S, 0, 0]


class Pin:
    """A device that remembers what was written; it can break."""

    def __init__(self) -> None:
        self.written: list[float] = []
        self.broken = self.closed = False

    @property
    def value(self) -> float:
        return self.written[-1]

    @value.setter
    def value(self, value: float) -> None:
        if self.broken:
            raise OSError("the pin is gone")
        self.written.append(value)

    def close(self) -> None:
        self.closed = True


def outputs(lamp: Pin, buzzer: Pin, dims: bool = False) -> Outputs:
    """Both on pins of the test; its own thread has nothing to show, the test calls `update`."""
    return Outputs(Output(Phrase("lamp"), lamp), dims, Output(Phrase("buzzer"), buzzer), clock)


def test_a_rhythm_begins_when_it_is_said() -> None:
    """The countdown flashes at its beginning, wherever the rhythm before it stood; an unchanged light is not written again."""
    lamp = Pin()
    both = outputs(lamp, Pin())
    both.update(LiveView(), 0.0)
    for i in range(20):
        both.update(LiveView(state=State.COUNTDOWN, countdown_s=3), 1.7 + i * TICK_S)
    both.close()
    assert lamp.written == [0.0, 1.0, 0.0, 0]


def test_the_buzzer_is_silent_again_after_a_beep() -> None:
    """A beep ends by itself, also when the view stays."""
    buzzer = Pin()
    both = outputs(Pin(), buzzer)
    run = LiveView(state=State.RUNNING)
    for view, t_s in ((LiveView(), 0.0), (run, 0.1), (run, 0.3), (run, 0.4), (run, 9.0)):
        both.update(view, t_s)
    both.close()
    assert buzzer.written == [0.0, 1.0, 0.0, 0]


def test_a_lamp_that_breaks_is_a_sentence_and_the_buzzer_goes_on() -> None:
    """Each part for itself; the broken one is still given back."""
    lamp, buzzer = Pin(), Pin()
    both = outputs(lamp, buzzer)
    lamp.broken = True
    both.update(LiveView(), 0.0)
    both.update(LiveView(state=State.RUNNING), 0.1)
    said = both.problems
    both.close()
    assert said == ("The lamp stopped working (the pin is gone).",)
    assert (buzzer.written[1], lamp.closed) == (1.0, True)


def test_the_lamp_is_lit_by_its_own_thread_and_dark_when_closed(pins: MockFactory) -> None:
    """On both kinds of pin: `show` returns, the light comes from the panel's thread, closing puts it out."""
    lights: queue.Queue[float] = queue.Queue()
    panel = open_panel(SETTINGS, lambda c: True, clock)
    pin = pins.pin(LAMP)
    write = pin._set_state
    pin._set_state = lambda value: (write(value), lights.put(value))
    panel.show(LiveView(state=State.RUNNING))
    first = lights.get(timeout=30)
    panel.close()
    assert (first, lights.get(timeout=30)) == (1, 0)


class BusyPin(MockPin):
    """The lamp's pin belongs to another program."""

    def __init__(self, factory: MockFactory, info: Any) -> None:
        if info.name == f"GPIO{LAMP}":
            raise OSError("GPIO busy")
        super().__init__(factory, info)


def test_a_busy_lamp_pin_leaves_the_buttons(pins: MockFactory) -> None:
    """The lamp is named; start and buzzer work."""
    Device.pin_factory = MockFactory(pin_class=BusyPin)
    sent: list[Command] = []
    panel = open_panel(SETTINGS, lambda c: not sent.append(c), clock)
    Device.pin_factory.pin(SETTINGS.start_pin).drive_low()
    panel.close()
    assert panel.problems == ("The lamp on GPIO23 does not work (GPIO busy).",)
    assert sent == [Command.START]
