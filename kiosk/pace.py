"""How fast the belt goes during a run: looked at while it lasts, one number at its end.

What must not go in: Bluetooth, pages (kiosk/treadmill).
"""

from collections.abc import Callable
from statistics import median

from kiosk.clinic import Belt
from kiosk.config import TreadmillConfig

STEADY_KMH = 0.5
"""A run whose speeds differ by no more than this has one speed (our choice: bands of typical values change by less than their width)."""


class Pace:
    """The belt during one run.

    Args:
        belt: speed and incline now; None takes the settings.
        settings: what is known without it.
    """

    def __init__(self, belt: Callable[[], Belt] | None, settings: TreadmillConfig) -> None:
        known = Belt(settings.speed_kmh, settings.incline_pct)
        self._belt = belt or (lambda: known)
        now = self._belt()
        self.incline_pct = now.incline_pct
        """At the start, percent."""
        self.now_kmh = now.speed_kmh
        """km/h; None while unknown."""
        self._speeds = [] if now.speed_kmh is None else [now.speed_kmh]

    def look(self) -> None:
        """Take the speed of this moment."""
        self.now_kmh = self._belt().speed_kmh
        if self.now_kmh is not None:
            self._speeds.append(self.now_kmh)

    @property
    def speed_kmh(self) -> float | None:
        """The median so far, km/h; None when it was never known, or when the run had no one speed."""
        if not self._speeds:
            return None
        middle = median(self._speeds)
        off = sum(abs(speed - middle) > STEADY_KMH for speed in self._speeds)
        return middle if off <= len(self._speeds) / 4 else None

    @property
    def change_kmh(self) -> float | None:
        """Last tenth of the looks minus the first tenth, km/h; None when the speed was never known."""
        tenth = max(1, len(self._speeds) // 10)
        return median(self._speeds[-tenth:]) - median(self._speeds[:tenth]) if self._speeds else None
