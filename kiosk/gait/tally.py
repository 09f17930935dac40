"""The strides of a whole session, gathered from overlapping spans: every stride once."""

from array import array
from collections import Counter

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
        self._values: dict[tuple[str, Side | None], tuple[array[float], array[float]]] = {}
        """Starts and values of the strides: 16 bytes each, about 3 MB in an hour of 25 metrics."""
        self._last_start_s: dict[Side, float] = {}
        self._reasons: dict[str, str] = {}
        self._doubts: dict[str, str] = {}
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
        self._doubted.update(v.metric for v in taken if v.metric in analysis.doubts)
        for value in taken:
            starts_s, values = self._values.setdefault((value.metric, value.side), (array("d"), array("d")))
            starts_s.append(value.start_s)
            values.append(value.value)
        return taken

    def metrics(self, view: View | None, refusal: str = "") -> Metrics:
        """Medians over all strides of the session; with `refusal` where there is none at all."""
        found: dict[str, dict[Side | None, array[float]]] = {}
        for (metric, side), (_, values) in self._values.items():
            found.setdefault(metric, {})[side] = values
        return summary(found, view, refusal if not self._values else "", self._reasons, self._lasting_doubts())

    def _lasting_doubts(self) -> dict[str, str]:
        """Doubts about half of a metric's strides or more: a head that is hidden for some seconds is forgotten."""
        counted = Counter[str]()
        for (metric, _), (_, values) in self._values.items():
            counted[metric] += len(values)
        return {metric: doubt for metric, doubt in self._doubts.items() if 2 * self._doubted[metric] >= counted[metric]}

    def tracks(self) -> Tracks:
        """Every metric stride by stride, for what changed within the session."""
        return {key: Track(np.array(starts_s), np.array(values)) for key, (starts_s, values) in self._values.items()}

    def _is_new(self, stride: Stride) -> bool:
        last_s = self._last_start_s.get(stride.side)
        return last_s is None or stride.start_s > last_s + SAME_STRIDE * (stride.end_s - stride.start_s)
