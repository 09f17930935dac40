"""Stride-phase folding: all frames of many strides placed on one stride by their own time stamps.

At 30 frames a second the belt moves 11 cm between two frames; folded, twenty strides give a sample every few
milliseconds. Where the phases are not covered (frame rate locked to stride rate) the curve is not known, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray
from kiosk.gait.grouped import RowMedians

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
LEAST_SAMPLES = 7
"""A mean and three harmonics: less does not describe a stride (our choice)."""
FINEST = 720
"""Steps of a stride at which curves are searched: 1 ms at 83 strides/min."""


def design(phase: FloatArray, harmonics: int) -> FloatArray:
    """(n, 1 + 2 harmonics) columns 1, cos, sin, cos 2, sin 2 ... of the phase in cycles."""
    once = np.exp(2j * np.pi * phase)
    powers = np.multiply.accumulate(np.broadcast_to(once[:, None], (len(phase), harmonics)), axis=1)
    out = np.ones((len(phase), 1 + 2 * harmonics))
    out[:, 1::2], out[:, 2::2] = powers.real, powers.imag
    return out


STEPS = design(np.arange(FINEST) / FINEST, HARMONICS)
"""(FINEST, 1 + 2 HARMONICS) the waves at every step of one stride."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A periodic curve over one stride, phase 0 to 1."""

    coefficients: FloatArray
    """(1 + 2 k,) mean, then cosine and sine of each harmonic."""
    sigma: float
    """Robust standard deviation of the samples around the curve."""
    gap: float
    """Largest stretch of phase without a sample, 0 to 1."""
    fitted: FloatArray
    """(n,) value at the phase of every sample it was folded from, also of those that were left out."""

    def __call__(self, phase: FloatArray | float) -> FloatArray:
        """Value at the phase (cycles, any real number)."""
        return np.asarray(design(np.atleast_1d(np.asarray(phase, float)), self._harmonics) @ self.coefficients)

    def at(self, phase: float) -> float:
        """Value at one phase."""
        turned = _turned(self.coefficients, phase)
        return float(turned[0] + turned[1::2].sum())

    def along(self, phases: FloatArray) -> FloatArray:
        """Value at equally spaced phases, a multiple of 1 / FINEST apart: the curve is turned to the first, where its waves are at hand.

        Raises:
            ValueError: they are otherwise apart.
        """
        return _along(self.coefficients, phases)

    def slope_along(self, phases: FloatArray) -> FloatArray:
        """Derivative by phase (per cycle) at equally spaced phases, as `along`."""
        return _along(self.rising, phases)

    @property
    def rising(self) -> FloatArray:
        """Coefficients of the derivative by phase."""
        k, out = np.arange(1, self._harmonics + 1), np.zeros_like(self.coefficients)
        out[1::2], out[2::2] = 2 * np.pi * k * self.coefficients[2::2], -2 * np.pi * k * self.coefficients[1::2]
        return out

    @property
    def _harmonics(self) -> int:
        return (len(self.coefficients) - 1) // 2


def _along(coefficients: FloatArray, phases: FloatArray) -> FloatArray:
    apart = float(phases[-1] - phases[0]) / max(len(phases) - 1, 1)
    every = round(apart * FINEST)
    if abs(apart * FINEST - every) > 1e-6:
        raise ValueError(f"expected phases a multiple of 1/{FINEST} apart, got {apart:g}")
    turned = _turned(coefficients, float(phases[0]))
    path = STEPS[:, : len(turned)] @ turned
    return np.asarray(path if every == 1 and len(phases) == FINEST else path[np.arange(len(phases)) * every % FINEST])


def _turned(coefficients: FloatArray, phase: float) -> FloatArray:
    """Coefficients of the same curve from this phase on."""
    a, b = coefficients[1::2], coefficients[2::2]
    turn = np.exp(2j * np.pi * phase * np.arange(1, len(a) + 1))
    out = coefficients.copy()
    out[1::2], out[2::2] = a * turn.real + b * turn.imag, b * turn.real - a * turn.imag
    return out


@dataclass(frozen=True, eq=False)
class Phases:
    """Where in the stride the samples were taken, with what folding needs there: made once for all signals of the same frames."""

    phase: FloatArray
    """(n,) cycles, NaN where unknown."""
    waves: FloatArray
    """(n, 1 + 4 k) `design` of twice the k harmonics that may be folded: the product of two waves is made of waves of their sum and
    difference. Phase 0 stands for unknown ones."""

    @classmethod
    def of(cls, phase: FloatArray, harmonics: int = HARMONICS) -> "Phases":
        """For folding with up to so many harmonics."""
        return cls(phase, design(np.where(np.isfinite(phase), phase, 0.0), 2 * harmonics))

    @cached_property
    def doubled(self) -> "Phases":
        """The same moments on the step, which passes twice a stride; for half as many harmonics."""
        k = np.arange(2, self.waves.shape[1] // 2 + 1, 2)
        return Phases(2 * self.phase, self.waves[:, np.concatenate([[0], np.stack([2 * k - 1, 2 * k], axis=1).ravel()])])

    def with_opposite(self, harmonics: int) -> "Phases":
        """(2 n,) the same moments, then those half a stride later, where every odd wave has changed its sign; for fewer harmonics."""
        waves = self.waves[:, : 1 + 4 * harmonics]
        odd = (np.arange(1, waves.shape[1] + 1) // 2) % 2 == 1
        return Phases(np.concatenate([self.phase, self.phase + 0.5]), np.concatenate([waves, np.where(odd, -waves, waves)]))

    @cached_property
    def by_phase(self) -> tuple[NDArray[np.intp], FloatArray]:
        """(n,) the samples in the order of their phase in the stride, and (n,) that phase, 0 to 1."""
        place = np.mod(self.phase, 1.0)
        order = np.argsort(place)
        return order, place[order]

    def gaps(self, use: NDArray[np.bool_]) -> list[float]:
        """Largest gap of each row of `use`, (m, n); rows that are alike are looked at once."""
        order, place = self.by_phase
        of_row = {row.tobytes(): row for row in use}
        gap = {key: _largest_gap(place[row[order]]) for key, row in of_row.items()}
        return [gap[row.tobytes()] for row in use]


def largest_gap(phase: FloatArray) -> float:
    """Largest stretch of the stride (0 to 1) with next to no sample; 1 without samples.

    Single samples among very many do not fill a gap: at the ends of a span the phase is less sure and may fall into it.
    """
    return _largest_gap(np.sort(np.mod(phase, 1.0)))


def _largest_gap(p: FloatArray) -> float:
    """The same of phases from 0 to 1 in their order."""
    few = 1 + len(p) // STRAYS
    if len(p) <= few:
        return 1.0
    return float((np.concatenate([p[few:], p[:few] + 1.0]) - p).max())


def fold_all(
    at: Phases, values: FloatArray, weights: FloatArray | None = None, harmonics: int | Sequence[int] = HARMONICS
) -> list[Curve | None]:
    """Fit a periodic curve to each of several signals of the same frames, robustly.

    Each round weighs the samples by how near they were to the last curve (Tukey's bisquare) and solves the normal equations of all
    signals together; these are sums of weighted waves, so that one product of two matrices makes them for all.

    Args:
        at: (n,) phases.
        values: (m, n) any unit; NaN samples are left out.
        weights: (m, n) at least 0; None weighs all alike.
        harmonics: at most this many, or one number a signal; fewer when the samples or the largest gap do not carry them.

    Returns:
        m curves; None for a signal with fewer than 7 usable samples.

    Raises:
        ValueError: a signal asks for more harmonics than the phases have waves for.
    """
    use = np.isfinite(values) & np.isfinite(at.phase)
    use = use if weights is None else use & (weights > 0)
    enough = np.flatnonzero(use.sum(axis=1) >= LEAST_SAMPLES)
    most = np.broadcast_to(np.asarray(harmonics), len(values))[enough]
    room = (at.waves.shape[1] - 1) // 4
    if max(most, default=0) > room:
        raise ValueError(f"expected at most {room} harmonics with these phases, got {max(most)}")
    use = use[enough]
    gaps = at.gaps(use)
    weight = use.astype(float) if weights is None else np.where(use, weights[enough], 0.0)
    carried = [
        max(1, min(int(k), (int(n) - 1) // 3, int(0.5 / max(gap, 1e-6)))) for k, n, gap in zip(most, use.sum(axis=1), gaps, strict=True)
    ]
    out: list[Curve | None] = [None] * len(values)
    if carried:
        found = _fit(at.waves, np.where(use, values[enough], 0.0), weight, use, np.array(carried))
        for row, k, gap, coefficients, fitted, sigma in zip(enough, carried, gaps, *found, strict=True):
            out[row] = Curve(coefficients[: 1 + 2 * k], float(sigma), gap, fitted)
    return out


def _fit(
    waves: FloatArray, values: FloatArray, weight: FloatArray, use: NDArray[np.bool_], carried: NDArray[np.int_]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(m, p) coefficients, (m, n) values of the curves, (m,) sigma of signals with `carried` (m,) harmonics each."""
    top = int(carried.max())
    low, high = waves[:, : 1 + 2 * top], waves[:, : 1 + 4 * top]
    groups = [(k, slice(None) if len(ks) == 1 else carried == k) for ks in [np.unique(carried)] for k in ks]
    ridges = [_ridge(k, weight[rows].sum(axis=1)) for k, rows in groups]
    coefficients, median_of = np.zeros((len(values), low.shape[1])), RowMedians(use)
    trusted = weight
    for turn in range(ROUNDS):
        sums, right = trusted @ high, (trusted * values) @ low
        for (k, rows), ridge in zip(groups, ridges, strict=True):
            p = 1 + 2 * k
            normal = (sums[rows, : 1 + 4 * k] @ _products(k)).reshape(-1, p, p) + ridge
            coefficients[rows, :p] = np.linalg.solve(normal, right[rows, :p, None])[..., 0]
        fitted = coefficients @ low.T
        off = np.abs(values - fitted)
        sigma = 1.4826 * median_of(off) + 1e-9
        if turn < ROUNDS - 1:
            trusted = weight * np.maximum(1 - (off / (2 * OUTLIER_SIGMA * sigma)[:, None]) ** 2, 0) ** 2
    return coefficients, fitted, sigma


def _ridge(k: int, total: FloatArray) -> FloatArray:
    """(m, p, p) what is added to the normal matrix of signals with these (m,) total weights."""
    of_harmonic = np.repeat(np.arange(k + 1) ** 2, 2)[1:] / k**2
    return np.asarray(np.eye(1 + 2 * k) * (RIDGE * total[:, None, None] * of_harmonic + 1e-9))


@cache
def _products(k: int) -> FloatArray:
    """(1 + 4 k, p p) a constant: which waves each product of two of the p = 1 + 2 k waves of a design is made of.

    cos a cos b = (cos(a - b) + cos(a + b)) / 2, and so on. The normal matrix of any weights then takes 4 k + 1 sums over the samples
    instead of p p.
    """
    phase = np.arange(8 * k) / (8 * k)  # finer than twice the fastest wave: there the waves are independent of one another
    low, high = design(phase, k), design(phase, 2 * k)
    products = (low[:, :, None] * low[:, None, :]).reshape(len(phase), -1)
    return np.asarray(np.round(2 * (high.T @ products) / (high**2).sum(axis=0)[:, None]) / 2)  # halves, as the formula says
