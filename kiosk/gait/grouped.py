"""Medians and sums of a few samples, and of many short groups of them at once.

numpy's own medians and means take 20 to 50 µs a call, far more than the dozen frames of a stride are worth; a look has hundreds.
"""

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray


def median(values: FloatArray) -> float:
    """Median of (n,) values without NaN; NaN when there is none."""
    n = len(values)
    if n == 0:
        return float("nan")
    low, high = (n - 1) // 2, n // 2
    ordered = np.partition(values, (low, high) if high > low else low)
    return float((ordered[low] + ordered[high]) / 2)


def known_median(values: FloatArray) -> float:
    """Median of the values that are known; NaN when none is."""
    return median(values[np.isfinite(values)])


def percentile(values: FloatArray, percent: float) -> float:
    """Percentile of (n,) values without NaN, between the two nearest by a straight line as numpy's; NaN when there is none."""
    n = len(values)
    if n == 0:
        return float("nan")
    place = percent / 100 * (n - 1)
    low = min(int(place), n - 1)
    high = min(low + 1, n - 1)
    ordered = np.partition(values, (low, high))
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


class RowMedians:
    """Medians of the rows of one table after another, of the values in use only; every row has one."""

    def __init__(self, use: NDArray[np.bool_]) -> None:
        """`use` is (m, n)."""
        count = use.sum(axis=1)
        self._low, self._high = (count - 1) // 2, count // 2
        self._kth = tuple(sorted({*self._low.tolist(), *self._high.tolist()}))
        self._unused = None if use.all() else np.where(use, 0.0, np.inf)
        self._rows = np.arange(len(use))

    def __call__(self, values: FloatArray) -> FloatArray:
        """(m,) medians of (m, n) values, none negative."""
        ordered = np.partition(values if self._unused is None else values + self._unused, self._kth, axis=1)
        return np.asarray((ordered[self._rows, self._low] + ordered[self._rows, self._high]) / 2)


def group_medians(values: FloatArray, group: NDArray[np.intp], groups: int) -> FloatArray:
    """(groups,) median of the values of each group; NaN for one without any.

    Args:
        values: (n,) without NaN.
        group: (n,) number of the group of each value, 0 to groups - 1.
        groups: how many there are.
    """
    ordered = np.append(values[np.lexsort((values, group))], np.nan)
    count = np.bincount(group, minlength=groups)
    first = np.cumsum(count) - count
    low, high = first + (count - 1) // 2, first + count // 2
    return np.where(count > 0, (ordered[low] + ordered[high]) / 2, np.nan)


def window_sums(values: FloatArray, first: NDArray[np.intp], last: NDArray[np.intp]) -> FloatArray:
    """(w,) sums of values[first:last] of windows that may overlap, each with first <= last."""
    sums = np.add.reduceat(np.append(values, 0.0), np.stack([first, last], axis=1).ravel())[::2] if len(first) else np.zeros(0)
    return np.where(last > first, sums, 0.0)
