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


def row_medians(values: FloatArray, use: NDArray[np.bool_]) -> FloatArray:
    """(m,) median of the values in use of each row of (m, n); every row has one."""
    count = use.sum(axis=1)
    low, high = (count - 1) // 2, count // 2
    ordered = np.partition(np.where(use, values, np.inf), np.unique((low, high)), axis=1)
    rows = np.arange(len(values))
    return np.asarray((ordered[rows, low] + ordered[rows, high]) / 2)


def group_medians(values: FloatArray, group: NDArray[np.integer], groups: int) -> FloatArray:
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


def window_sums(values: FloatArray, first: NDArray[np.integer], last: NDArray[np.integer]) -> FloatArray:
    """(w,) sums of values[first:last] of windows that may overlap, each with first <= last."""
    sums = np.add.reduceat(np.append(values, 0.0), np.stack([first, last], axis=1).ravel())[::2] if len(first) else np.zeros(0)
    return np.where(last > first, sums, 0.0)
