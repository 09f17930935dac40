"""Median and percentiles of a few numbers, in plain Python: what is asked with every frame about a second or two of it.

For up to some hundred numbers sorting a list takes a tenth of the time of numpy's own, which spend 20 to 60 microseconds a call before
they look at a number. What must not go in: long series (numpy is faster there), numbers that are not known (leave NaN out before).
"""

from collections.abc import Iterable, Sequence


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The same as `numpy.percentile`, between two numbers by their distance.

    Args:
        ordered: one number at least, increasing, no NaN.
        percent: 0 to 100.

    Raises:
        IndexError: no number.
    """
    place = percent / 100 * (len(ordered) - 1)
    below = int(place)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return low + (high - low) * (place - below)


def median(values: Iterable[float]) -> float:
    """The middle of the numbers, the mean of the middle two of an even count.

    Raises:
        IndexError: no number.
    """
    return percentile(sorted(values), 50)


def spread(values: Iterable[float]) -> float:
    """From the 10th to the 90th percentile.

    Raises:
        IndexError: no number.
    """
    ordered = sorted(values)
    return percentile(ordered, 90) - percentile(ordered, 10)
