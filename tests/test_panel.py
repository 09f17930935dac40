"""Buttons on GPIO pins, on gpiozero's mock pins."""

import importlib.util
import queue
from pathlib import Path
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

from kiosk.config import ConfigError, PanelConfig, SessionConfig, load
from kiosk.panel import Panel, open_panel
from kiosk.panel.buttons import BUTTONS, Debounce, Presses
from kiosk.panel.poweroff import shut_down
from kiosk.screen import Command, LiveView, State
from kiosk.session import Session

SETTINGS = PanelConfig()
ALL = PanelConfig(show_pin=22, lamp_pin=23, buzzer_pin=24)
"""Every part that can be wired."""


class Clock:
    t_s = 100.0

    def __call__(self) -> float:
        return self.t_s


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


class Stuck:
    """A button whose pin library raises when it is closed, as lgpio's does when its chip has gone."""

    active_time = None
    when_held: object = None

    def __init__(self) -> None:
        self.tried = False

    def close(self) -> None:
        self.tried = True
        raise OSError("the chip has gone")


def test_a_pin_that_cannot_be_let_go_holds_up_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The other parts are closed all the same, and so is what the station closes after the panel; the log names it."""
    first, second = Stuck(), Stuck()
    Panel(buttons={"start": first, "stop": second}).close()
    assert (first.tried, second.tried) == (True, True)
    assert [record.getMessage() for record in caplog.records] == [
        "the start button could not be let go (the chip has gone)",
        "the stop button could not be let go (the chip has gone)",
    ]


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
    session = Session(SessionConfig(guided=False))
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


def test_busy_pin_is_a_sentence_and_the_other_button_works_on(pins: MockFactory) -> None:
    """A pin held by another program is named, and the buttons that did open work."""
    Device.pin_factory = MockFactory(pin_class=BusyPin)
    sent: list[Command] = []
    panel = open_panel(SETTINGS, lambda c: not sent.append(c), Clock())
    press(Device.pin_factory, SETTINGS.start_pin)
    panel.close()
    assert panel.problem == "The stop button on GPIO27 does not work ('GPIO busy')."
    assert sent == [Command.START]


def test_no_gpio_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without pins the panel says so once and nothing is raised."""
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    panel = open_panel(ALL, lambda c: True, Clock())
    panel.show(LiveView())
    panel.close()
    (problem,) = panel.problems
    assert "No GPIO buttons" in problem
    assert "Keyboard, page and HTTP" in problem


def test_pins_are_given_back(pins: MockFactory) -> None:
    """A closed panel can be opened again on the same pins."""
    for _ in range(2):
        panel = open_panel(ALL, lambda c: True, Clock())
        assert panel.problems == ()
        panel.close()


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("start_pin = 5\nstop_pin = 5", "panel.stop_pin = 5: value error, start_pin has this pin already"),
        ("lamp_pin = 22\nshow_pin = 22", "panel.lamp_pin = 22: value error, show_pin has this pin already"),
        ("buzzer_pin = 17", "panel.buzzer_pin = 17: value error, start_pin has this pin already"),
    ],
)
def test_one_pin_for_two_parts_is_refused(tmp_path: Path, toml: str, named: str) -> None:
    """The sentence says which two and what is allowed."""
    file = tmp_path / "kiosk.toml"
    file.write_text(f"[panel]\n{toml}\n")
    with pytest.raises(ConfigError) as refusal:
        load(file)
    assert named in str(refusal.value)
    assert "give each part a pin of its own, 0 to 27" in str(refusal.value)


def test_every_button_has_its_pin_in_the_settings() -> None:
    """A row of BUTTONS without a setting would never be wired."""
    assert [f"{row.name}_pin" in PanelConfig.model_fields for row in BUTTONS] == [True] * 3


def test_show_me_asks_for_feedback(pins: MockFactory) -> None:
    """The third button, when it has a pin."""
    sent: list[Command] = []
    panel = open_panel(ALL, lambda c: not sent.append(c), Clock())
    press(pins, 22)
    panel.close()
    assert sent == [Command.SHOW]


def test_both_buttons_at_once_send_both_once(pins: MockFactory) -> None:
    """Pressed together and let go together: one command each."""
    sent: list[Command] = []
    clock = Clock()
    panel = open_panel(SETTINGS, lambda c: not sent.append(c), clock)
    for pin in (SETTINGS.start_pin, SETTINGS.stop_pin):
        pins.pin(pin).drive_low()
    clock.t_s += 0.5
    for pin in (SETTINGS.start_pin, SETTINGS.stop_pin):
        pins.pin(pin).drive_high()
    panel.close()
    assert sent == [Command.START, Command.STOP]


@pytest.mark.parametrize(("pin", "expected"), [(17, [Command.START, Command.TEST]), (27, [Command.STOP, Command.SHUTDOWN])])
def test_a_held_button_says_the_short_and_then_the_long_command(pins: MockFactory, pin: int, expected: list[Command]) -> None:
    """On pins, in gpiozero's own time: the press at once, the long press from its thread."""
    sent: queue.Queue[Command] = queue.Queue()
    panel = open_panel(PanelConfig(hold_s=0.5), lambda c: not sent.put(c), Clock())
    pins.pin(pin).drive_low()
    heard = [sent.get(timeout=30), sent.get(timeout=30)]
    pins.pin(pin).drive_high()
    panel.close()
    assert (heard, sent.empty()) == (expected, True)


def presses_of(name: str, clock: Clock) -> tuple[Presses, list[Command]]:
    """A button without pins and what it sends."""
    sent: list[Command] = []
    (row,) = (row for row in BUTTONS if row.name == name)
    return Presses(row, lambda c: not sent.append(c), clock, 0.06), sent


def test_one_press_is_one_long_press() -> None:
    """A hold that is told twice, as by a worn contact, is sent once; the next press may be long again."""
    clock = Clock()
    stop, sent = presses_of("stop", clock)
    for _ in range(2):
        clock.t_s += 1
        stop.pressed()
        stop.held()
        stop.held()
        clock.t_s += 1
        stop.released()
    assert sent == [Command.STOP, Command.SHUTDOWN] * 2


def test_a_button_that_was_down_before_the_start_says_nothing(pins: MockFactory) -> None:
    """A jammed button, or a finger on it at power-up, does nothing, long or short; after it is let go it works."""
    sent: list[Command] = []
    clock = Clock()
    pins.pin(SETTINGS.stop_pin).drive_low()
    panel = open_panel(SETTINGS, lambda c: not sent.append(c), clock)
    before, jammed = list(sent), presses_of("stop", clock)
    jammed[0].held()
    pins.pin(SETTINGS.stop_pin).drive_high()
    clock.t_s += 1
    press(pins, SETTINGS.stop_pin)
    panel.close()
    assert (before, jammed[1], sent) == ([], [], [Command.STOP])


def test_a_button_held_while_the_kiosk_closes_sends_nothing_late(pins: MockFactory) -> None:
    """Closing waits for the thread that counts; its long press is not sent to a kiosk that is gone."""
    sent: list[Command] = []
    panel = open_panel(PanelConfig(hold_s=0.5), lambda c: not sent.append(c), Clock())
    pins.pin(SETTINGS.stop_pin).drive_low()
    panel.close()
    assert sent == [Command.STOP]


def script(tmp_path: Path, text: str) -> tuple[str, ...]:
    """A command that does this."""
    file = tmp_path / "command"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return (str(file), "now; rm -rf nothing")


def test_shut_down_runs_the_command_without_a_shell(tmp_path: Path) -> None:
    """Its words arrive as they are, and silence means that it was taken."""
    command = script(tmp_path, f'printf %s "$1" > {tmp_path}/said')
    assert shut_down(command) == ""
    assert (tmp_path / "said").read_text() == "now; rm -rf nothing"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("echo 'Access denied' >&2; exit 1", "could not be switched off (Access denied)"),
        ("exit 4", "could not be switched off (exit code 4)"),
        ("exec sleep 600", "could not be switched off (no answer within 1 s)"),
    ],
)
def test_a_refused_shut_down_is_a_sentence(tmp_path: Path, text: str, named: str) -> None:
    """Why not, in one line; a command that hangs is given up."""
    assert named in shut_down(script(tmp_path, text), timeout_s=1.0)


def test_a_missing_shut_down_command_is_a_sentence() -> None:
    """A command that is not there, and none at all."""
    assert "could not be switched off" in shut_down(("/nowhere/poweroff",))
    assert "shutdown_command is empty" in shut_down(())
