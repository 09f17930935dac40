"""Once a day, and soon after the start: what is too old is deleted. What must not go in: what is too old (kiosk/store/retention.py)."""

import logging
from collections.abc import Callable
from datetime import date, datetime

from kiosk.clinic import Removed
from kiosk.threads import Stop, Worker

LOG = logging.getLogger(__name__)
LOOK_S = 600.0
"""How often the calendar is looked at (our choice)."""
FIRST_S = 60.0
"""After the start: a Pi without a battery clock has its time by then, when it has a network (our choice)."""


class Upkeep:
    """Sweeps once a day on a thread of its own.

    Args:
        sweep: deletes what is too old on this day.
        today: reads the calendar.
        on_crash: told of an error that nobody expected.
    """

    def __init__(
        self,
        sweep: Callable[[date], Removed],
        on_crash: Callable[[str, Exception], None] | None = None,
        today: Callable[[], date] = lambda: datetime.now().date(),
        first_s: float = FIRST_S,
    ) -> None:
        self._sweep, self._today, self._first_s = sweep, today, first_s
        self._done: date | None = None
        self._worker = Worker("upkeep", self._run, on_crash)

    def start(self) -> "Upkeep":
        """Begin."""
        self._worker.start()
        return self

    def stop(self) -> None:
        """End after the sweep that runs."""
        self._worker.stop()

    def look(self) -> None:
        """Sweep when the day is a new one; a disk that refuses is asked again the next time."""
        today = self._today()
        if today == self._done:
            return
        try:
            self._sweep(today)
        except OSError as error:
            LOG.warning("the daily sweep is not finished: %s", error)
        else:
            self._done = today

    def _run(self, stop: Stop) -> None:
        wait_s = self._first_s
        while not stop.wait(wait_s):
            self.look()
            wait_s = LOOK_S
