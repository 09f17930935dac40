"""How far the network's readings are known to be off: what a value must be beyond a limit besides its own noise.

What must not go in: limits (bands.py), the noise of one run (readings.py).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class KnownError(NamedTuple):
    """In the metric's unit, none negative."""

    low: float = 0.0
    """The reading may be this much too low."""
    high: float = 0.0
    """The reading may be this much too high."""


KNOWN_ERRORS: Mapping[str, KnownError] = MappingProxyType(
    {
        "cadence_spm": KnownError(0.16, 0.23),
        "step_symmetry_pct": KnownError(2.0, 0.9),
        "trunk_lean_deg": KnownError(1.2, 1.4),
        "waist_bend_deg": KnownError(0.4, 2.9),
        "hip_over_ankle_ratio": KnownError(0.028, 0.004),
        "overstride_ratio": KnownError(0.016, 0.016),
        "shank_angle_deg": KnownError(2.2, 2.0),
        "knee_stance_peak_deg": KnownError(0.1, 4.8),
        "thigh_back_deg": KnownError(1.6, 2.4),
        "thigh_balance_ratio": KnownError(0.57, 0.03),
        "bounce_ratio": KnownError(0.008, 0.001),
        "head_forward_deg": KnownError(2.6, 0.8),
        "arm_swing_deg": KnownError(3.4, 4.4),
        "elbow_deg": KnownError(0.3, 2.9),
        "wrist_crossover_ratio": KnownError(0.075, 0.002),
        "shoulder_tilt_deg": KnownError(1.3, 1.2),
        "lateral_lean_deg": KnownError(0.8, 0.3),
        "trunk_sway_deg": KnownError(0.6, 1.1),
        "step_width_ratio": KnownError(0.008, 0.037),
        "contact_ms": KnownError(8.6, 9.8),
    }
)
"""From the rendered sets of docs/accuracy.md, the worse of the two networks. Too high: the mean absolute error plus the bias where the
bias is negative; too low: the mean absolute error less the bias where it is positive. So a metric that reads too low on every runner
needs nothing extra above a limit. Checked against the page in tests/coach/test_coach_known_errors.py."""

NONE_KNOWN = KnownError()


def known_error(metric: str) -> KnownError:
    """Of this metric; zero where the page has none (pelvic drop is refused from the network's points)."""
    return KNOWN_ERRORS.get(metric, NONE_KNOWN)
