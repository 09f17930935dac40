"""Folding: samples of many strides on one stride."""

import numpy as np
import pytest

from kiosk.domain import FloatArray
from kiosk.gait.folding import Curve, Phases, design, fold_all, largest_gap


def fold(phase: FloatArray, values: FloatArray) -> Curve | None:
    """One signal alone."""
    return fold_all(Phases.of(phase), values[None])[0]


def test_curve_is_known_between_the_samples() -> None:
    """Twelve frames a second on a slightly different stride rate give the wave at every phase."""
    phase = np.arange(0, 10, 1 / 12) * 1.37
    curve = fold(phase, 3 + 2 * np.cos(2 * np.pi * phase) + np.sin(6 * np.pi * phase))
    assert curve is not None
    at = np.linspace(0, 1, 50)
    assert np.abs(curve(at) - (3 + 2 * np.cos(2 * np.pi * at) + np.sin(6 * np.pi * at))).max() < 0.05


def test_slope_is_the_derivative() -> None:
    """The slope by phase of a sine is its cosine times 2 pi."""
    phase = np.arange(0, 10, 0.013)
    curve = fold(phase, np.sin(2 * np.pi * phase))
    assert curve is not None
    assert curve.slope_along(np.zeros(1))[0] == pytest.approx(2 * np.pi, rel=0.02)


def test_wild_frames_do_not_bend_the_curve() -> None:
    """Every eighth sample thrown far away moves the mean by less than a hundredth of the throw."""
    phase = np.arange(0, 20, 0.037)
    values = np.sin(2 * np.pi * phase)
    values[::8] += 25
    curve = fold(phase, values)
    assert curve is not None
    assert abs(float(curve.coefficients[0])) < 0.25


def test_frame_rate_locked_to_the_stride_leaves_a_gap() -> None:
    """Ten frames a stride, always at the same phases, leave gaps of a tenth."""
    assert largest_gap(np.arange(0, 8, 0.1)) == pytest.approx(0.1)
    assert largest_gap(np.zeros(0)) == 1.0


def test_too_few_samples_give_no_curve() -> None:
    """Six samples are refused; NaN samples do not count."""
    values = np.full(40, np.nan)
    values[:6] = 1.0
    assert fold(np.linspace(0, 3, 40), values) is None


def plainly(phase: FloatArray, values: FloatArray, weights: FloatArray, harmonics: int) -> tuple[FloatArray, float]:
    """Coefficients and sigma as the method is defined: weighted least squares with a ridge, four rounds with Tukey's weights."""
    use = np.isfinite(values) & (weights > 0)
    p, v, w = phase[use], values[use], weights[use]
    k = max(1, min(harmonics, (len(v) - 1) // 3, int(0.5 / largest_gap(p))))
    x = np.column_stack([np.ones(len(p)), *(wave(2 * np.pi * h * p) for h in range(1, k + 1) for wave in (np.cos, np.sin))])
    ridge = 1e-3 * w.sum() * np.array([0, *(h**2 / k**2 for h in range(1, k + 1) for _ in range(2))]) + 1e-9
    trust = np.ones(len(v))
    for _ in range(4):
        weigh = np.diag(w * trust)
        coefficients = np.linalg.solve(x.T @ weigh @ x + np.diag(ridge), x.T @ weigh @ v)
        off = v - x @ coefficients
        sigma = 1.4826 * float(np.median(np.abs(off))) + 1e-9
        trust = np.clip(1 - (off / (5 * sigma)) ** 2, 0, 1) ** 2
    return coefficients, sigma


def test_signals_folded_together_are_as_folded_one_by_one() -> None:
    """Other samples missing in each, other weights, other harmonics, one with too few and one that carries fewer."""
    rng = np.random.default_rng(3)
    phase = np.cumsum(rng.uniform(0.02, 0.06, 300))
    values = np.sin(2 * np.pi * phase * np.array([[1], [2], [1], [3], [1]])) + rng.normal(0, 0.3, (5, 300))
    values[rng.uniform(size=values.shape) < 0.15] = np.nan
    values[3, 6:], values[4, 12:] = np.nan, np.nan
    weights, harmonics = rng.uniform(-0.1, 1, values.shape), [8, 3, 8, 8, 8]
    curves = fold_all(Phases.of(phase), values, weights, harmonics)
    assert curves[3] is None
    for i in (0, 1, 2, 4):
        curve, (coefficients, sigma) = curves[i], plainly(phase, values[i], weights[i], harmonics[i])
        assert curve is not None
        assert curve.coefficients == pytest.approx(coefficients, rel=1e-9, abs=1e-11)
        assert curve.sigma == pytest.approx(sigma, rel=1e-9)
        assert curve.fitted == pytest.approx(curve(phase), abs=1e-12)


def test_a_curve_is_the_same_however_it_is_asked() -> None:
    """At one phase, along equal steps and at any phases; its slope too. Steps that its waves do not know are refused."""
    phase = np.arange(0, 12, 0.033)
    curve = fold(phase, np.sin(2 * np.pi * phase) + 0.3 * np.cos(6 * np.pi * phase) + 2)
    assert curve is not None
    for path in (np.arange(0, 1, 1 / 720), np.arange(-0.31, 1.2, 1 / 360), 2 * np.arange(0.37, 0.9, 1 / 360)):
        assert curve.along(path) == pytest.approx(curve(path), abs=1e-12)
        assert curve.slope_along(path) == pytest.approx(design(path, len(curve.rising) // 2) @ curve.rising, abs=1e-10)
    assert curve.at(0.77) == pytest.approx(float(curve(0.77)[0]), abs=1e-12)
    with pytest.raises(ValueError, match="multiple of 1/720"):
        curve.along(np.arange(50) / 50)


def test_waves_of_the_step_and_of_half_a_stride_later_are_taken_from_the_strides() -> None:
    """Both are the waves that would be made anew, and gaps are found alike."""
    phase = np.sort(np.random.default_rng(5).uniform(0, 9, 80))
    strides, both = Phases.of(phase), np.concatenate([phase, phase + 0.5])
    assert strides.doubled.waves == pytest.approx(Phases.of(2 * phase, 4).waves, abs=1e-12)
    assert strides.with_opposite(4).waves == pytest.approx(Phases.of(both, 4).waves, abs=1e-12)
    use = np.stack([phase > 2, phase > -1])
    assert strides.gaps(use) == [largest_gap(phase[phase > 2]), largest_gap(phase)]


def test_more_harmonics_than_the_phases_have_waves_for_are_refused() -> None:
    """The step has waves for half of the stride's harmonics."""
    phase = np.arange(0, 9, 0.04)
    with pytest.raises(ValueError, match="at most 4 harmonics"):
        fold_all(Phases.of(phase).doubled, np.sin(2 * np.pi * phase)[None])
