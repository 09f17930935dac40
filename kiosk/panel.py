"""GPIO buttons -> commands. Without GPIO the kiosk works on: keyboard, page and HTTP stay.

gpiozero and the pin library are imported here only, when a panel is wanted.
"""

import warnings
from collections.abc import Callable
from typing import Any

from kiosk.config import PanelConfig
from kiosk.screen import Command


class Debounce:
    """Lets one press of a bouncing contact through; the time comes from the caller.

    Our own because gpiozero's mock pins ignore `bounce_time`, so its debouncing cannot be tested. Letting go bounces too,
    and must not count as a press: a stop button held for a second would close its own summary.
    """

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._last_s = float("-inf")

    def accepts(self, t_s: float) -> bool:
        """True when the contact was quiet for a window; every edge, of pressing and of letting go, opens it anew."""
        first = t_s - self._last_s >= self._window_s
        self._last_s = t_s
        return first


class Panel:
    """The buttons in use, or the reason why there are none."""

    def __init__(self, problem: str = "", buttons: tuple[Any, ...] = ()) -> None:
        self.problem = problem
        """A sentence for the staff; "" when the buttons work."""
        self._buttons = buttons

    def close(self) -> None:
        """Give the pins back."""
        for button in self._buttons:
            button.close()
        self._buttons = ()


def open_panel(settings: PanelConfig, send: Callable[[Command], bool], now_s: Callable[[], float]) -> Panel:
    """Start and stop buttons between their pins and ground.

    Args:
        settings: the [panel] section.
        send: puts a command on the queue.
        now_s: a monotonic clock, seconds.

    Returns:
        A panel; missing hardware is not an error, `problem` says so.
    """
    if settings.start_pin == settings.stop_pin:
        return Panel(f"[panel] start_pin and stop_pin are both {settings.start_pin}: give each button its own pin. The buttons are off.")
    try:
        from gpiozero import Button
    except ImportError as error:
        if (error.name or "").startswith("kiosk"):
            raise
        return Panel("No GPIO buttons: gpiozero is not installed. Keyboard, page and HTTP still start and stop.")
    buttons: list[Any] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # gpiozero warns once for every pin library that is not there; we say it in one line
            for pin, command in ((settings.start_pin, Command.START), (settings.stop_pin, Command.STOP)):
                button = Button(pin)
                buttons.append(button)
                _connect(button, command, send, now_s, settings.debounce_ms / 1e3)
    except Exception as error:  # noqa: BLE001 - each pin library has errors of its own (lgpio.error, RuntimeError, a missing module)
        for button in buttons:
            button.close()
        reason = str(error).strip() or type(error).__name__
        return Panel(f"No GPIO buttons ({reason.splitlines()[0][:120]}). Keyboard, page and HTTP still start and stop.")
    return Panel(buttons=tuple(buttons))


def _connect(button: Any, command: Command, send: Callable[[Command], bool], now_s: Callable[[], float], window_s: float) -> None:
    debounce = Debounce(window_s)

    def pressed() -> None:
        if debounce.accepts(now_s()):
            send(command)

    def released() -> None:
        debounce.accepts(now_s())

    button.when_pressed = pressed
    button.when_released = released
