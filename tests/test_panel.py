"""Buttons on GPIO pins, on gpiozero's mock pins."""

import importlib.util
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from gpiozero import Button, Device
from gpiozero.pins.mock import MockFactory, MockPin

from kiosk.config import PanelConfig, SessionConfig
from kiosk.panel import Debounce, open_panel
from kiosk.screen import Command, State
from kiosk.session import Session

SETTINGS = PanelConfig()


class Clock:
    t_s = 100.0

    def __call__(self) -> float:
        return self.t_s


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    before = Device.pin_factory
    Device.pin_factory = MockFactory()
    yield Device.pin_factory
    Device.pin_factory.reset()
    Device.pin_factory = before


def press(pins: MockFactory, number: int) -> None:
    pins.pin(number).drive_low()
    pins.pin(number).drive_high()


def test_buttons_send_their_commands(pins: MockFactory) -> None:
    """Start then stop."""
    sent: list[Command] = []
    clock = Clock()
    panel = open_panel(SETTINGS, lambda c: not sent.append(c), clock)
    press(pins, SETTINGS.start_pin)
    press(pins, SETTINGS.stop_pin)
    panel.close()
    assert (panel.problem, sent) == ("", [Command.START, Command.STOP])


def test_five_bounces_are_one_press(pins: MockFactory) -> None:
    """A contact that bounces five times within the window starts once; a second press later counts."""
    sent: list[Command] = []
    clock = Clock()
    panel = open_panel(SETTINGS, lambda c: not sent.append(c), clock)
    for _ in range(6):
        press(pins, SETTINGS.start_pin)
        clock.t_s += 0.005
    clock.t_s += 1
    press(pins, SETTINGS.start_pin)
    panel.close()
    assert sent == [Command.START] * 2


def test_long_bouncing_keeps_the_window_open() -> None:
    """Edges 50 ms apart for a second are one press with a window of 60 ms."""
    debounce = Debounce(0.06)
    assert [debounce.accepts(i * 0.05) for i in range(20)].count(True) == 1


def test_letting_go_is_no_press(pins: MockFactory) -> None:
    """A button held for a second and bouncing when it is let go is one press: it does not close its own summary."""
    sent: list[Command] = []
    clock = Clock()
    panel = open_panel(SETTINGS, lambda c: not sent.append(c), clock)
    pins.pin(SETTINGS.stop_pin).drive_low()
    clock.t_s += 1.0
    pins.pin(SETTINGS.stop_pin).drive_high()
    for _ in range(5):
        clock.t_s += 0.003
        press(pins, SETTINGS.stop_pin)
    panel.close()
    assert sent == [Command.STOP]


def test_ten_taps_a_second_start_one_run(pins: MockFactory) -> None:
    """Ten real taps a second (30 ms down, 70 ms up) for 5 s all reach the session and start one run."""
    waiting: list[Command] = []
    clock = Clock()
    session = Session(SessionConfig())
    panel = open_panel(SETTINGS, lambda c: not waiting.append(c), clock)
    taps, states = 0, []
    for _ in range(50):
        pins.pin(SETTINGS.start_pin).drive_low()
        clock.t_s += 0.03
        pins.pin(SETTINGS.start_pin).drive_high()
        clock.t_s += 0.07
        taps += len(waiting)
        states.append(session.update(clock.t_s, waiting).state)
        waiting.clear()
    panel.close()
    assert (taps, list(dict.fromkeys(states))) == (50, [State.COUNTDOWN, State.RUNNING])


@pytest.mark.skipif(importlib.util.find_spec("lgpio") is not None, reason="lgpio is installed here")
def test_missing_pin_library_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """GPIOZERO_PIN_FACTORY=lgpio, as it is set for a Pi 5, is a sentence on a machine without lgpio."""
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "lgpio")
    assert "No module named 'lgpio'" in open_panel(SETTINGS, lambda c: True, Clock()).problem


class PinBusyError(Exception):
    """Stands for lgpio.error, which is neither an OSError nor one of gpiozero's."""


class BusyPin(MockPin):
    """A pin that another program holds."""

    def __init__(self, factory: MockFactory, info: Any) -> None:
        if info.name == f"GPIO{SETTINGS.stop_pin}":
            raise PinBusyError("'GPIO busy'")
        super().__init__(factory, info)


class KeptButton(Button):
    """A button that is not closed by the garbage collector."""

    made: ClassVar[list[Button]] = []

    def __init__(self, pin: int) -> None:
        super().__init__(pin)
        self.made.append(self)


def test_busy_pin_is_a_sentence_and_frees_the_other(pins: MockFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pin held by another program is a sentence, and the button that did open gives its pin back."""
    Device.pin_factory = MockFactory(pin_class=BusyPin)
    monkeypatch.setattr("gpiozero.Button", KeptButton)
    assert "GPIO busy" in open_panel(SETTINGS, lambda c: True, Clock()).problem
    assert [button.closed for button in KeptButton.made] == [True]


def test_no_gpio_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without pins the panel says so and nothing is raised."""
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    panel = open_panel(SETTINGS, lambda c: True, Clock())
    panel.close()
    assert "No GPIO buttons" in panel.problem
    assert "Keyboard, page and HTTP" in panel.problem


def test_one_pin_for_both_is_refused(pins: MockFactory) -> None:
    """Start and stop on the same pin are named."""
    assert "both 5" in open_panel(PanelConfig(start_pin=5, stop_pin=5), lambda c: True, Clock()).problem


def test_pins_are_given_back(pins: MockFactory) -> None:
    """A closed panel can be opened again on the same pins."""
    for _ in range(2):
        panel = open_panel(SETTINGS, lambda c: True, Clock())
        assert panel.problem == ""
        panel.close()
