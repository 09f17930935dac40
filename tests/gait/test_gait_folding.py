"""Folding: samples of many strides on one stride."""

import numpy as np
import pytest

from kiosk.gait.folding import fold, largest_gap


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
    assert curve.slope(0.0)[0] == pytest.approx(2 * np.pi, rel=0.02)


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
