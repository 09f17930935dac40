"""The newest view for all who show the station: as many a second as a page draws while something moves, a few where nothing does.

What must not go in: what a view says, and who shows it.
"""

from collections.abc import Callable

from kiosk.pipeline import AFTER_RUN
from kiosk.screen import LiveView, State
from kiosk.threads import Latest, monotonic_s

QUIET_SCREEN_S = 0.25
"""Between two views of a screen on which nothing moves: after the run, and while nobody is there, which is most of a day (our choice;
the page takes 5 s without one for a fault)."""
MOVING_SCREEN_S = 1 / 30
"""Between two views of a screen on which something moves, in the mean. A page does not draw more than it is measured for
(tests/bench_page.py), and the further poses of a fast network would only be encoded, sent and parsed (our choice)."""


class Showing:
    """Publishes views; called by the thread that makes them, alone.

    A view is published at once or not at all: nothing waits, so that what is shown is never old. One that is left out is followed by
    the next frame's.
    """

    def __init__(self, views: Latest[LiveView], clock: Callable[[], float] = monotonic_s) -> None:
        self._views, self._clock = views, clock
        self._due_s = float("-inf")

    def show(self, view: LiveView) -> None:
        """Publish it, unless it is too early for one in which nothing is new; a summary is large."""
        now_s = self._clock()
        if now_s < self._due_s and not self._is_news(view):
            return
        self._views.publish(view)
        if _is_still(view):
            self._due_s = now_s + QUIET_SCREEN_S
        else:  # one may come early: a camera's 30 frames a second come unevenly, and none of them may be left out for that
            self._due_s = min(now_s, max(self._due_s, now_s - MOVING_SCREEN_S)) + MOVING_SCREEN_S

    def _is_news(self, view: LiveView) -> bool:
        last = self._views.peek()
        if last is None or last.summary is not view.summary:
            return True
        return _said(last) != _said(view)


def _is_still(view: LiveView) -> bool:
    return view.state in AFTER_RUN or (view.state is State.IDLE and view.pose is None)


def _said(view: LiveView) -> tuple[object, ...]:
    """What is shown at once when it changes."""
    return view.state, view.language, view.menu, view.notice, view.fault, _is_still(view)
