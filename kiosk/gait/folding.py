"""Stride-phase folding: all frames of many strides placed on one stride by their own time stamps.

At 30 frames a second the belt moves 11 cm between two frames; folded, twenty strides give a sample every few
milliseconds. Where the phases are not covered (frame rate locked to stride rate) the curve is not known, and says so.
"""

from dataclasses import dataclass

import numpy as np

from kiosk.domain import FloatArray

HARMONICS = 8
"""Most harmonics of the stride frequency in a folded curve: up to about 11 Hz at 85 strides/min, above the 6-10 Hz of
usual marker filters (Winter 2009), below the noise (our choice)."""
OUTLIER_SIGMA = 2.5
"""Residuals beyond this many robust standard deviations lose their weight (Tukey-like, our choice)."""
ROUNDS = 4
STRAYS = 120
"""One sample in so many may lie in a gap without filling it (our choice)."""
RIDGE = 1e-3
"""Keeps barely determined harmonics small; part of a sample's weight times the harmonic number squared (our choice)."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A periodic curve over one stride, phase 0 to 1."""

    coefficients: FloatArray
    """(1 + 2 k,) mean, then cosine and sine of each harmonic."""
    sigma: float
    """Robust standard deviation of the samples around the curve."""
    gap: float
    """Largest stretch of phase without a sample, 0 to 1."""

    def __call__(self, phase: FloatArray | float) -> FloatArray:
        """Value at the phase (cycles, any real number)."""
        return np.asarray(design(np.atleast_1d(np.asarray(phase, float)), self._harmonics) @ self.coefficients)

    def slope(self, phase: FloatArray | float) -> FloatArray:
        """Derivative by phase (per cycle)."""
        at = np.atleast_1d(np.asarray(phase, float))
        k = np.arange(1, self._harmonics + 1)
        turn = 2 * np.pi * at[:, None] * k
        a, b = self.coefficients[1::2], self.coefficients[2::2]
        return np.asarray((2 * np.pi * k * (b * np.cos(turn) - a * np.sin(turn))).sum(axis=1))

    @property
    def _harmonics(self) -> int:
        return (len(self.coefficients) - 1) // 2


def design(phase: FloatArray, harmonics: int) -> FloatArray:
    """(n, 1 + 2 harmonics) columns 1, cos, sin, cos 2, sin 2 ... of the phase in cycles."""
    once = np.exp(2j * np.pi * phase)
    powers = np.multiply.accumulate(np.broadcast_to(once[:, None], (len(phase), harmonics)), axis=1)
    out = np.ones((len(phase), 1 + 2 * harmonics))
    out[:, 1::2], out[:, 2::2] = powers.real, powers.imag
    return out


def largest_gap(phase: FloatArray) -> float:
    """Largest stretch of the stride (0 to 1) with next to no sample; 1 without samples.

    Single samples among very many do not fill a gap: at the ends of a span the phase is less sure and may fall into it.
    """
    few = 1 + len(phase) // STRAYS
    if len(phase) <= few:
        return 1.0
    p = np.sort(np.mod(phase, 1.0))
    return float(np.max(np.append(p, p[:few] + 1.0)[few:] - p))


def fold(phase: FloatArray, values: FloatArray, weights: FloatArray | None = None, harmonics: int = HARMONICS) -> Curve | None:
    """Fit one periodic curve to samples of many strides, robustly.

    Args:
        phase: (n,) in cycles.
        values: (n,) any unit; NaN samples are left out.
        weights: (n,) at least 0; None weighs all alike.
        harmonics: at most this many; fewer when the samples or the largest gap do not carry them.

    Returns:
        The curve, or None with fewer than 7 usable samples.
    """
    weights = np.ones(len(values)) if weights is None else weights
    use = np.isfinite(values) & np.isfinite(phase) & (weights > 0)
    if use.sum() < 7:  # a mean and three harmonics: less does not describe a stride (our choice)
        return None
    p, v, w = phase[use], values[use], weights[use]
    gap = largest_gap(p)
    k = int(max(1, min(harmonics, (use.sum() - 1) // 3, 0.5 / max(gap, 1e-6))))
    x = design(p, k)
    ridge = RIDGE * w.sum() * np.repeat(np.arange(k + 1) ** 2, 2)[1:] / k**2
    trust = np.ones(len(v))
    for _ in range(ROUNDS):
        xw = x * (w * trust)[:, None]
        coefficients = np.linalg.solve(xw.T @ x + np.diag(ridge) + 1e-9 * np.eye(x.shape[1]), xw.T @ v)
        off = v - x @ coefficients
        sigma = 1.4826 * float(np.median(np.abs(off))) + 1e-9
        trust = np.clip(1 - (off / (2 * OUTLIER_SIGMA * sigma)) ** 2, 0, 1) ** 2
    return Curve(coefficients, sigma, gap)
