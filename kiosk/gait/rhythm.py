"""How fast the legs turn, and where in its stride every frame lies.

Phase comes from time stamps and the legs' own movement, never from counting frames.
"""

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray
from kiosk.gait.grouped import known_median, median

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
    once = _turning(len(grid), t_s - t_s[0])
    total = _explained(apart[None], once) @ [1.0]
    total += _explained(np.stack([_centred(apart**2), _centred(np.abs(apart)), level]), once**2) @ [1.0, 0.5, 0.5]
    return float(grid[int(np.argmax(total))])


def _turning(steps: int, t_s: FloatArray) -> NDArray[np.complex128]:
    """(steps, n) unit vectors that turn back at each frequency of the grid; each row is the one before turned by one step."""
    out = np.empty((steps, len(t_s)), complex)
    out[0], out[1:] = np.exp(-2j * np.pi * SLOWEST_HZ * t_s), np.exp(-2j * np.pi * STEP_HZ * t_s)
    return np.multiply.accumulate(out, axis=0, out=out)


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
    return stride_hz * t_s + _slow_turns(t_s, _centred(apart), stride_hz, near)


def follow_either_phase(t_s: FloatArray, apart: FloatArray, stride_hz: float, near: FloatArray) -> FloatArray:
    """The same, but for half a cycle, from the square of the feet's distance, which does not know which leg is which."""
    return stride_hz * t_s + _slow_turns(t_s, _centred(apart**2), 2 * stride_hz, near) / 2


def _slow_turns(t_s: FloatArray, signal: FloatArray, hz: float, near: FloatArray) -> FloatArray:
    """(n,) how far a signal, smoothed by its neighbours, is ahead of a wave of this frequency, cycles; NaN samples count nowhere."""
    known, turn = np.isfinite(signal), 2 * np.pi * hz * t_s
    level = np.where(known, signal, 0.0)
    slow = near @ np.stack([level * np.cos(turn), -level * np.sin(turn)], axis=1)
    return np.asarray(np.unwrap(np.arctan2(slow[:, 1], slow[:, 0])) / (2 * np.pi))


def slope_of(x: FloatArray, y: FloatArray) -> float:
    """Slope of the straight line through the samples; 0 when all lie at the same x."""
    away = x - x.mean()
    power = float((away * away).sum())
    return float((away * (y - y.mean())).sum()) / power if power > 0 else 0.0


def _centred(x: FloatArray) -> FloatArray:
    return x - known_median(x) if np.isfinite(x).any() else x


def _explained(signals: FloatArray, waves: NDArray[np.complex128]) -> FloatArray:
    """(steps, m) share of each signal's variance that each wave explains (periodogram on the true time stamps).

    Args:
        signals: (m, n), NaN where unknown; one with fewer than 8 samples explains nothing.
        waves: (steps, n).
    """
    tame = [_tame(signal) for signal in signals]
    power = np.abs(waves @ np.stack([v for v, _ in tame], axis=1)) ** 2
    return np.asarray(np.clip(2 * power / [max(n * float((v * v).sum()), 1e-300) for v, n in tame], 0, 1))


def _tame(signal: FloatArray) -> tuple[FloatArray, int]:
    """(n,) the signal about its mean without wild values, 0 where unknown or where it is too little; how many samples are known."""
    known = np.isfinite(signal)
    n = int(known.sum())
    v = np.where(known, signal - signal[known].mean(), 0.0) if n >= 8 else np.zeros(len(signal))
    limit = 3 * 1.4826 * median(np.abs(v[known])) + 1e-9 if n >= 8 else 0.0
    return np.clip(v, -limit, limit), n
