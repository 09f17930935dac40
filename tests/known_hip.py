"""How the body of the made-up runner goes up and down: it falls freely in flight, and each leg gives it half the push it needs."""

from functools import cache

import numpy as np

from kiosk.domain import FloatArray

EARLY = 0.1
"""How much earlier than mid-stance the push is largest: the body then sinks fastest about 28 ms after contact at a usual speed, as on
force plates (kiosk/gait/events.py), and later the longer the contact."""
WAVES = 40
GRID = np.arange(2048) / 2048

Pair = tuple[float, float]


def rise_m(phase: FloatArray, contact: Pair, duty: Pair, range_m: float) -> FloatArray:
    """(n,) height over its mean; highest minus lowest within a step is `range_m` in the mean of both steps.

    Args:
        phase: (n,) cycles.
        contact: phases of the left and the right contact.
        duty: parts of the stride for which the feet are on the belt.
        range_m: it would come out by itself under the earth's weight; the runner may be a little heavier or lighter.
    """
    return range_m * _wave(phase, contact, duty) / _range(contact, duty)


@cache
def _range(contact: Pair, duty: Pair) -> float:
    phase = contact[0] + GRID
    height, second = _wave(phase, contact, duty), phase >= contact[1]
    return float(np.ptp(height[second]) + np.ptp(height[~second])) / 2


def _wave(phase: FloatArray, contact: Pair, duty: Pair) -> FloatArray:
    turns = np.exp(2j * np.pi * np.asarray(phase)[:, None] * np.arange(1, WAVES + 1))
    return np.asarray((turns @ _coefficients(contact, duty)).real)


@cache
def _coefficients(contact: Pair, duty: Pair) -> FloatArray:
    """(WAVES,) of the height whose second derivative is push less weight: a push of parabola shape, a little early."""
    push = np.zeros(len(GRID))
    for start, length in zip(contact, duty, strict=True):
        s = np.mod(GRID - start, 1.0) / length
        push += np.where(s < 1, s * (1 - s) * (1 + EARLY * (1 - 2 * s)) / length, 0.0)
    return np.asarray(-np.fft.rfft(push)[1 : WAVES + 1] / np.arange(1, WAVES + 1) ** 2)
