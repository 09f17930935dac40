"""Switching the device off in good order: everything on the disk, then the system is asked; it ends this program.

What must not go in: who may ask for it (kiosk/session.py), and how the system is asked (kiosk/panel/poweroff.py).
"""

from collections.abc import Callable, Sequence

from kiosk.panel.poweroff import shut_down
from kiosk.screen import LiveView, State
from kiosk.threads import Stop, Worker
from kiosk.words import NOTHING, Phrase

FLUSH_S = 5.0
"""Longest wait for the disk before switching off."""


class PowerOff:
    """Asks the system once for each time that the screen says the device is switched off.

    Args:
        flush: puts everything on the disk, within so many seconds.
        command: [panel] shutdown_command.
        on_crash: told of an error that nobody expected.
    """

    def __init__(self, flush: Callable[[float], object], command: Sequence[str], on_crash: Callable[[str, Exception], None]) -> None:
        self.problem: Phrase = NOTHING
        """Why the system refused; it stands until somebody tries again."""
        self._flush, self._command, self._on_crash = flush, command, on_crash
        self._asking: Worker | None = None

    def show(self, view: LiveView) -> None:
        """Called with every view; returns at once."""
        if view.state is not State.OFF:
            self._asking = None
        elif self._asking is None:
            self._asking = Worker("switch off", self._ask, self._on_crash).start()

    def _ask(self, stop: Stop) -> None:
        self._flush(FLUSH_S)
        self.problem = shut_down(self._command)
