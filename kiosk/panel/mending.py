"""A panel that is opened again while a part of it does not work: a wire that was pushed back, pins that another program let go.

What must not go in: what a part does (buttons.py, outputs.py).
"""

import logging
from collections.abc import Callable

from kiosk.panel import Panel
from kiosk.threads import Stop, Worker

LOG = logging.getLogger(__name__)
AGAIN_S = 30.0
"""Between two tries (our choice: a press while the pins are opened is lost, so not often)."""
PRESS_S = 15.0
"""A button that is down for longer is stuck; the longest press that means something takes [panel] hold_s, at most 10 s (our choice)."""


class MendingPanel(Panel):
    """The same panel; while it has problems all its parts are closed and opened again every AGAIN_S.

    Args:
        opened: opens all parts.
        on_crash: told of an error that nobody expected.
    """

    def __init__(self, opened: Callable[[], Panel], on_crash: Callable[[str, Exception], None] | None = None) -> None:
        self._opened = opened
        vars(self).update(vars(opened()))
        self._tell()
        self._worker = Worker("panel mending", self._run, on_crash).start()

    def close(self) -> None:
        """End mending, then the parts."""
        self._worker.stop()
        super().close()

    def _run(self, stop: Stop) -> None:
        while not stop.wait(AGAIN_S):
            pressed = any(down_s < PRESS_S for down_s in self.down_s.values())  # a press that is cut off is lost, also the long one
            if self.problems and not pressed:
                super().close()
                vars(self).update(vars(self._opened()))
                if not self.problems:
                    LOG.info("the panel works again")

    def _tell(self) -> None:
        for problem in self.problems:
            LOG.warning("%s", problem)
