"""Median and percentiles of a few numbers are those of numpy."""

import numpy as np
import pytest

from kiosk.gait.ranks import median, percentile, spread


@pytest.mark.parametrize("count", [1, 2, 3, 4, 17, 60])
def test_ranks_are_those_of_numpy(count: int) -> None:
    """Any percentile, the median and the span from the 10th to the 90th, also with equal numbers."""
    rng = np.random.default_rng(count)
    for values in (rng.normal(100, 30, count), rng.integers(0, 4, count).astype(float)):
        ordered = sorted(values.tolist())
        for percent in (0, 10, 33.3, 50, 90, 95, 100):
            assert percentile(ordered, percent) == pytest.approx(np.percentile(values, percent), rel=1e-12)
        assert median(values.tolist()) == pytest.approx(np.median(values), rel=1e-12)
        assert spread(values.tolist()) == pytest.approx(np.ptp(np.percentile(values, [10, 90])), rel=1e-9, abs=1e-12)


def test_of_no_number_there_is_no_rank() -> None:
    """A caller must know what it means by the middle of nothing."""
    with pytest.raises(IndexError):
        median([])
