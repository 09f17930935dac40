"""The newest view for all who show the station: every one while something moves, a few a second where nothing does.

What must not go in: what a view says, and who shows it.
"""

from kiosk.pipeline import AFTER_RUN
from kiosk.screen import LiveView
from kiosk.threads import Latest, monotonic_s

QUIET_SCREEN_S = 0.25
"""Between two views of a screen on which nothing changed, after the run (our choice; the page takes 5 s without one for a fault)."""


class Showing:
    """Publishes views; called by the thread that makes them, alone."""

    def __init__(self, views: Latest[LiveView]) -> None:
        self._views = views
        self._published_s = float("-inf")

    def show(self, view: LiveView) -> None:
        """Publish it unless nothing in it is new; a summary is large."""
        now_s = monotonic_s()
        if view.state not in AFTER_RUN or now_s - self._published_s >= QUIET_SCREEN_S or self._is_news(view):
            self._views.publish(view)
            self._published_s = now_s

    def _is_news(self, view: LiveView) -> bool:
        last = self._views.peek()
        if last is None or last.summary is not view.summary:
            return True
        return (last.state, last.language, last.menu, last.notice) != (view.state, view.language, view.menu, view.notice)
