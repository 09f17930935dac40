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
        "cadence_spm": KnownError(0.11, 0.19),
        "step_symmetry_pct": KnownError(2.0, 0.82),
        "trunk_lean_deg": KnownError(1.2, 1.4),
        "waist_bend_deg": KnownError(0.39, 3.1),
        "hip_over_ankle_ratio": KnownError(0.028, 0.004),
        "overstride_ratio": KnownError(0.016, 0.018),
        "shank_angle_deg": KnownError(2.0, 1.6),
        "knee_stance_peak_deg": KnownError(0.0, 4.6),
        "thigh_back_deg": KnownError(1.5, 2.3),
        "thigh_balance_ratio": KnownError(0.56, 0.017),
        "bounce_ratio": KnownError(0.008, 0.001),
        "head_forward_deg": KnownError(2.6, 0.75),
        "arm_swing_deg": KnownError(3.2, 4.3),
        "elbow_deg": KnownError(0.33, 2.9),
        "wrist_crossover_ratio": KnownError(0.073, 0.005),
        "shoulder_tilt_deg": KnownError(1.3, 1.1),
        "lateral_lean_deg": KnownError(0.8, 0.25),
        "trunk_sway_deg": KnownError(0.56, 1.0),
        "step_width_ratio": KnownError(0.005, 0.035),
        "contact_ms": KnownError(8.5, 10.0),
    }
)
"""From the rendered sets of docs/accuracy.md, the worse of the two networks. Too high: the mean absolute error plus the bias where the
bias is negative; too low: the mean absolute error less the bias where it is positive. So a metric that reads too low on every runner
needs nothing extra above a limit. Checked against the page in tests/coach/test_coach_known_errors.py."""

NONE_KNOWN = KnownError()

WORST_ERRORS: Mapping[str, float] = MappingProxyType(
    {
        "cadence_spm": 0.66,
        "step_symmetry_pct": 6.19,
        "trunk_lean_deg": 3.2,
        "waist_bend_deg": 6.55,
        "hip_over_ankle_ratio": 0.06,
        "overstride_ratio": 0.043,
        "shank_angle_deg": 4.41,
        "knee_stance_peak_deg": 13.85,
        "thigh_back_deg": 4.75,
        "thigh_balance_ratio": 2.591,
        "bounce_ratio": 0.012,
        "head_forward_deg": 4.95,
        "arm_swing_deg": 8.57,
        "elbow_deg": 7.28,
        "wrist_crossover_ratio": 0.131,
        "shoulder_tilt_deg": 2.1,
        "lateral_lean_deg": 1.75,
        "trunk_sway_deg": 1.8,
        "step_width_ratio": 0.09,
        "contact_ms": 22.6,
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
