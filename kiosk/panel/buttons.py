"""What a button says: one press through a bouncing contact, and one long press when it is held.

No pins here: the time and the edges come from the caller.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.screen import Command


@dataclass(frozen=True)
class ButtonRow:
    """A row of the buttons of the panel."""

    name: str
    """As in [panel] `<name>_pin` and in sentences for the staff."""
    short: Command
    """Sent when the button goes down: a person who sees nothing happen presses again."""
    long: Command | None = None
    """Sent as well when it is still down after [panel] hold_s. The short command went before it, and must not hurt."""


BUTTONS = (
    ButtonRow("start", Command.START, Command.TEST),
    ButtonRow("stop", Command.STOP, Command.SHUTDOWN),
    ButtonRow("show", Command.SHOW),
)


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


class Presses:
    """One button: edges in, commands out. `held` may come from another thread than the edges."""

    def __init__(self, row: ButtonRow, send: Callable[[Command], bool], now_s: Callable[[], float], window_s: float) -> None:
        self._row, self._send, self._now_s = row, send, now_s
        self._debounce = Debounce(window_s)
        self._armed = False
        """The last press that counted has not become a long one yet. A button that was down before the start never armed it."""

    def pressed(self) -> None:
        """The contact closed."""
        if self._debounce.accepts(self._now_s()):
            self._armed = True
            self._send(self._row.short)

    def released(self) -> None:
        """The contact opened."""
        self._debounce.accepts(self._now_s())

    def held(self) -> None:
        """The contact has been closed for hold_s since its last edge: once a press."""
        if self._armed and self._row.long is not None:
            self._armed = False
            self._send(self._row.long)
