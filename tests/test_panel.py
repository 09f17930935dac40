"""Buttons on GPIO pins, on gpiozero's mock pins."""

from collections.abc import Iterator

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from kiosk.config import PanelConfig
from kiosk.domain import Command
from kiosk.panel import Debounce, open_panel

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
