"""The last minute of what the gauge shows, one value a second.

What must not go in: which gauge is shown.
"""

from collections import deque
from collections.abc import Mapping

from kiosk.screen import Strip

SECONDS = 60
"""Length of the strip (docs: the last 60 s)."""


class Minute:
    """Keeps the newest readings of each second of all rules, so that the strip has a past when the gauge changes."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, Mapping[str, float], str]] = deque()
        self._strips: dict[tuple[str, str], Strip] = {}
        """Those that were asked for since the last update: readings come twice a second, the screen asks with every frame."""

    def update(self, t_s: float, readings: Mapping[str, float], cued_metric: str) -> None:
        """Readings by rule name, and the metric that a cue is about ("" for none); the last ones of a second stay."""
        self._strips.clear()
        second = int(t_s // 1)
        if self._seconds and self._seconds[-1][0] == second:
            before = self._seconds.pop()[2]
            cued_metric = cued_metric or before
        self._seconds.append((second, readings, cued_metric))
        while self._seconds[-1][0] - self._seconds[0][0] >= SECONDS:
            self._seconds.popleft()

    def strip(self, rule: str, metric: str) -> Strip:
        """The readings of one rule, oldest first; None in seconds without one."""
        if (rule, metric) not in self._strips:
            self._strips[rule, metric] = self._strip(rule, metric)
        return self._strips[rule, metric]

    def _strip(self, rule: str, metric: str) -> Strip:
        if not self._seconds:
            return Strip(metric, (), ())
        by_second = {second: (readings, cued) for second, readings, cued in self._seconds}
        span = range(self._seconds[0][0], self._seconds[-1][0] + 1)
        known = [by_second.get(second, ({}, "")) for second in span]
        return Strip(metric, tuple(readings.get(rule) for readings, _ in known), tuple(cued == metric for _, cued in known))
