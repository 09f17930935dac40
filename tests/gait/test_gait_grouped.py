"""Medians and sums of many short groups at once give what numpy gives for each."""

import numpy as np
import pytest

from kiosk.gait.grouped import RowMedians, group_medians, known_median, median, percentile, window_sums

RNG = np.random.default_rng(7)


@pytest.mark.parametrize("n", [1, 2, 7, 8])
def test_median_and_percentile_are_numpys(n: int) -> None:
    """Odd and even numbers of values, at the ends and between two values."""
    values = RNG.normal(size=n)
    assert median(values) == np.median(values)
    assert known_median(np.append(values, np.nan)) == np.median(values)
    for percent in (0, 5, 85, 95, 100):
        assert percentile(values, percent) == pytest.approx(np.percentile(values, percent), rel=1e-12)


def test_nothing_has_no_median() -> None:
    """NaN, as numpy says it with a warning."""
    assert np.isnan([median(np.zeros(0)), percentile(np.zeros(0), 50), known_median(np.full(3, np.nan))]).all()


def test_rows_with_different_values_in_use() -> None:
    """Each row's median is that of its own values in use."""
    values, use = RNG.uniform(size=(5, 40)), RNG.uniform(size=(5, 40)) < 0.7
    use[2] = True
    assert RowMedians(use)(values).tolist() == [np.median(row[kept]) for row, kept in zip(values, use, strict=True)]


def test_groups_in_any_order_and_one_that_is_empty() -> None:
    """The median of each group; NaN for the one without values, also when it is the last."""
    group, values = np.array([2, 0, 2, 0, 2, 0, 0]), RNG.normal(size=7)
    found = group_medians(values, group, 4)
    assert found[[0, 2]].tolist() == [np.median(values[group == 0]), np.median(values[group == 2])]
    assert np.isnan(found[[1, 3]]).all()


def test_windows_overlap_are_empty_and_reach_the_end() -> None:
    """The sum of each window, 0 for an empty one."""
    values, first, last = RNG.normal(size=20), np.array([0, 3, 5, 5, 20, 12]), np.array([4, 9, 5, 20, 20, 13])
    assert window_sums(values, first, last) == pytest.approx([values[a:b].sum() for a, b in zip(first, last, strict=True)])
    assert window_sums(values, np.zeros(0, int), np.zeros(0, int)).size == 0
