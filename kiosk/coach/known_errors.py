"""How far the network's readings are known to be off: what a value must be beyond a limit besides its own noise.

What must not go in: limits (bands.py), the noise of one run (readings.py).
"""

import math
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

WORST_ERRORS: Mapping[str, float] = MappingProxyType(
    {
        "cadence_spm": 0.75,
        "step_symmetry_pct": 5.53,
        "trunk_lean_deg": 3.15,
        "waist_bend_deg": 6.38,
        "hip_over_ankle_ratio": 0.060,
        "overstride_ratio": 0.033,
        "shank_angle_deg": 5.05,
        "knee_stance_peak_deg": 13.39,
        "thigh_back_deg": 4.41,
        "thigh_balance_ratio": 2.617,
        "bounce_ratio": 0.013,
        "head_forward_deg": 5.13,
        "arm_swing_deg": 8.78,
        "elbow_deg": 6.80,
        "wrist_crossover_ratio": 0.123,
        "shoulder_tilt_deg": 1.94,
        "lateral_lean_deg": 1.74,
        "trunk_sway_deg": 1.98,
        "step_width_ratio": 0.091,
        "contact_ms": 23.1,
    }
)
"""The largest error of one rendered runner, either direction, the worse of the two networks (docs/accuracy.md, column "worst"): praise
is only said of a value that such an error cannot have carried in from beyond the band."""


def known_error(metric: str) -> KnownError:
    """Of this metric; zero where the page has none (pelvic drop is refused from the network's points)."""
    return KNOWN_ERRORS.get(metric, NONE_KNOWN)


def worst_error(metric: str) -> float:
    """Of this metric; infinite where the page has none: what was never measured is not praised."""
    return WORST_ERRORS.get(metric, math.inf)
