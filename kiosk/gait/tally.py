"""The strides of a whole session, gathered from overlapping spans: every stride once."""

import math
from array import array
from collections import Counter
from collections.abc import Sequence

import numpy as np

from kiosk.domain import Metrics, Side, Stride, View
from kiosk.gait.analysis import Analysis
from kiosk.gait.drift import Track, Tracks
from kiosk.gait.metrics import StrideValue, summary

SETTLE_S = 0.5
"""A stride counts once this much of the span lies behind it: its phase then has frames on both sides (our choice: little
enough that a cut of power loses about a second)."""
SAME_STRIDE = 0.5
"""Two starts closer than this part of a stride are the same stride, seen from two spans."""


class Tally:
    """All stride values of one session; `update` with each analysis, by time."""

    def __init__(self) -> None:
        self._starts_s: dict[Side | None, array[float]] = {side: array("d") for side in (None, *Side)}
        """Of the strides of each foot, and of those that cut metrics without sides: once for all their metrics."""
        self._values: dict[tuple[str, Side | None], array[float]] = {}
        """A place for each of these strides, NaN where the metric is not known: 8 bytes, about 1.6 MB in an hour of 22 metrics. May end
        before the last strides."""
        self._last_start_s: dict[Side, float] = {}
        self._reasons: dict[str, str] = {}
        self._doubts: dict[str, str] = {}
        self._counted: Counter[str] = Counter()
        """Values of each metric, and those that its doubt was about."""
        self._doubted: Counter[str] = Counter()
        self.strides = 0
        """Strides of both feet counted so far."""

    def update(self, analysis: Analysis, end_s: float, settle_s: float = SETTLE_S) -> tuple[StrideValue, ...]:
        """Take the strides that are new and settled.

        Args:
            analysis: of a span.
            end_s: time of the span's last frame.
            settle_s: 0 at the end of a session, when no more frames will come.

        Returns:
            The values of the new strides, for the store.
        """
        fresh = [s for s in analysis.report.strides if s.end_s <= end_s - settle_s and self._is_new(s)]
        starts = {s.start_s for s in fresh}
        for stride in fresh:
            self._last_start_s[stride.side] = max(stride.start_s, self._last_start_s.get(stride.side, float("-inf")))
        self.strides += len(fresh)
        self._reasons.update(analysis.reasons)
        self._doubts.update(analysis.doubts)
        taken = tuple(v for v in analysis.values if v.start_s in starts)
        self._counted.update(v.metric for v in taken)
        self._doubted.update(v.metric for v in taken if v.metric in analysis.doubts)
        self._keep(taken)
        return taken

    def _keep(self, taken: Sequence[StrideValue]) -> None:
        place: dict[tuple[Side | None, float], int] = {}
        for side, starts_s in self._starts_s.items():
            for start_s in sorted({value.start_s for value in taken if value.side == side}):
                place[side, start_s] = len(starts_s)
                starts_s.append(start_s)
        for value in taken:
            values = self._values.setdefault((value.metric, value.side), array("d"))
            values.extend([math.nan] * (len(self._starts_s[value.side]) - len(values)))
            values[place[value.side, value.start_s]] = value.value

    def metrics(self, view: View | None, refusal: str = "") -> Metrics:
        """Medians over all strides of the session; with `refusal` where there is none at all."""
        found: dict[str, dict[Side | None, array[float]]] = {}
        for (metric, side), values in self._values.items():
            found.setdefault(metric, {})[side] = values
        return summary(found, view, refusal if not self._values else "", self._reasons, self._lasting_doubts())

    def _lasting_doubts(self) -> dict[str, str]:
        """Doubts about half of a metric's strides or more: a head that is hidden for some seconds is forgotten."""
        return {metric: doubt for metric, doubt in self._doubts.items() if 2 * self._doubted[metric] >= self._counted[metric]}

    def tracks(self) -> Tracks:
        """Every metric stride by stride, for what changed within the session."""
        return {(metric, side): self._track(metric, side) for metric, side in self._values}

    def _track(self, metric: str, side: Side | None) -> Track:
        values = np.array(self._values[metric, side])
        known = np.isfinite(values)
        return Track(np.array(self._starts_s[side])[: len(values)][known], values[known])

    def _is_new(self, stride: Stride) -> bool:
        last_s = self._last_start_s.get(stride.side)
        return last_s is None or stride.start_s > last_s + SAME_STRIDE * (stride.end_s - stride.start_s)
