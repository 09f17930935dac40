"""How fast the legs turn, and where in its stride every frame lies.

Phase comes from time stamps and the legs' own movement, never from counting frames.
"""

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray

SLOWEST_HZ = 0.7
FASTEST_HZ = 1.95
"""Strides a second searched: 84 to 234 steps a minute, wider than running's 120 to 220 so that walking is seen as such."""
STEP_HZ = 0.01
WINDOW_STRIDES = 1.0
"""Standard deviation of the window in which phase is followed, strides (our choice: a runner's stride time varies by 1-2 %
from stride to stride, noise of one frame must not)."""


def find_stride_hz(t_s: FloatArray, apart: FloatArray, level: FloatArray) -> float:
    """Stride frequency from signals of which two repeat every step even when left and right are mixed up.

    Args:
        t_s: (n,) seconds.
        apart: (n,) left minus right foot, forward; changes sign when the feet are swapped.
        level: (n,) height of the hip.

    Returns:
        Strides per second; NaN when there is too little to look at.
    """
    level = _centred(level)  # not `apart`: its zero is known, and its middle is not there when legs are exchanged
    if np.isfinite(apart).sum() < 12:
        return float("nan")
    grid = np.arange(SLOWEST_HZ, FASTEST_HZ, STEP_HZ)
    once = np.exp(-2j * np.pi * grid[:, None] * (t_s - t_s[0]))
    twice = once**2
    signals = ((apart, once, 1.0), (_centred(apart**2), twice, 1.0), (_centred(np.abs(apart)), twice, 0.5), (level, twice, 0.5))
    total: FloatArray = np.sum([weight * _explained(signal, waves) for signal, waves, weight in signals], axis=0)
    return float(grid[int(np.argmax(total))])


def neighbours(t_s: FloatArray, stride_hz: float) -> FloatArray:
    """(n, n) how much each frame (column) counts for the phase at another (row): a bell about one stride wide."""
    distance = (t_s[:, None] - t_s) * (stride_hz / WINDOW_STRIDES)
    return np.asarray(np.exp(-0.5 * distance**2))


def follow_phase(t_s: FloatArray, apart: FloatArray, stride_hz: float, near: FloatArray) -> FloatArray:
    """Phase of the feet's movement at every frame, cycles, following small changes of the stride time.

    Args:
        t_s: (n,) seconds.
        apart: (n,) left minus right foot, forward; NaN where unknown.
        stride_hz: from `find_stride_hz`.
        near: (n, n) from `neighbours`.

    Returns:
        (n,) cycles; 0 modulo 1 where the left foot is furthest ahead of the right.
    """
    known = np.isfinite(apart)
    turned = _centred(apart)[known] * np.exp(-2j * np.pi * stride_hz * t_s[known])
    slow = near[:, known] @ np.stack([turned.real, turned.imag], axis=1)
    return np.asarray(stride_hz * t_s + np.unwrap(np.arctan2(slow[:, 1], slow[:, 0])) / (2 * np.pi))


def follow_either_phase(t_s: FloatArray, apart: FloatArray, stride_hz: float, near: FloatArray) -> FloatArray:
    """The same, but for half a cycle, from the square of the feet's distance, which does not know which leg is which."""
    known = np.isfinite(apart)
    square = _centred(apart**2)[known] * np.exp(-4j * np.pi * stride_hz * t_s[known])
    slow = near[:, known] @ np.stack([square.real, square.imag], axis=1)
    return np.asarray(stride_hz * t_s + np.unwrap(np.arctan2(slow[:, 1], slow[:, 0])) / (4 * np.pi))


def mean_stride_hz(t_s: FloatArray, phase: FloatArray) -> float:
    """Strides per second: slope of phase over time."""
    return float(np.polyfit(t_s - t_s[0], phase, 1)[0])


def _centred(x: FloatArray) -> FloatArray:
    return np.asarray(x - np.nanmedian(x)) if np.isfinite(x).any() else x


def _explained(signal: FloatArray, waves: NDArray[np.complex128]) -> FloatArray:
    """Share of the signal's variance that each wave explains (periodogram on the true time stamps)."""
    known = np.isfinite(signal)
    v = np.where(known, signal - signal[known].mean(), 0.0) if known.any() else np.zeros(len(signal))
    if known.sum() < 8 or not v.any():
        return np.zeros(len(waves))
    limit = 3 * 1.4826 * np.median(np.abs(v[known])) + 1e-9
    v = np.clip(v, -limit, limit)
    power = np.abs(waves @ v) ** 2
    return np.asarray(np.clip(2 * power / known.sum() / (v**2).sum(), 0, 1))
