"""Contact and toe off without a foot keypoint: from the folded paths of ankle and hip.

A point's path over one stride is known to a few milliseconds after folding, also at 15 frames a second. Rules and lags
were compared on 34 legs of treadmill runners with force plates at 2.5 to 4.5 m/s (docs/metrics.md has the table).
"""

from dataclasses import dataclass

import numpy as np

from kiosk.domain import FloatArray, Side
from kiosk.gait.folding import Curve, fold
from kiosk.gait.geometry import FORWARD, UP
from kiosk.gait.legs import Legs
from kiosk.pose.keypoints import OF_SIDE

GRID = np.arange(0, 1, 1 / 720)
"""Phases at which folded curves are searched: 1 ms at 83 strides/min."""

BELT_SHARE = 0.75
"""The foot has landed when the ankle moves back with this share of its speed in mid-stance (our choice between 0.7 and 0.8,
which scatter least against force plates: SD 11 ms)."""
LANDED_L = 0.01
"""... and when the ankle has come down to this height above its stance level, in leg lengths (SD 10 ms)."""
CONTACT_LAG_MS = 20.0
"""How late the two signs of contact are on average. They come after the touch because the leg must first take load: the hip
sinks fastest when the leg carries the body's weight. Against force plates they are 28 ms late (SD 7 ms), on rendered runners,
who have no weight, 11 ms (SD 7 ms). Our choice lies between them."""
LIFT_L = 0.118
"""Height of the ankle above its stance level at toe off, leg lengths: the foot stands on its toe, and a foot's geometry
scales with the leg. Force plates 0.113 (SD of the time 9 ms), rendered runners 0.118."""
LONGEST_STANCE = 0.75
"""No search for toe off beyond this part of the stride after the foot was furthest ahead; walking ends near 0.6 (Winter 2009)."""


@dataclass(frozen=True)
class FootPhases:
    """Where in the stride one foot touches and leaves the belt, phase in cycles on the common stride phase."""

    contact: float
    toe_off: float
    gap: float
    """Largest stretch of phase without a sample of this foot's ankle, cycles."""

    @property
    def stance(self) -> float:
        """Share of the stride from contact to toe off (duty ratio)."""
        return (self.toe_off - self.contact) % 1.0

    @property
    def midstance(self) -> float:
        """Half-way between contact and toe off."""
        return self.contact + self.stance / 2


def foot_phases(legs: Legs, side: Side, leg_px: float) -> FootPhases | None:
    """Contact and toe off of one foot; None when its path does not look like a running or walking foot.

    Args:
        legs: told apart, with phase.
        side: the foot.
        leg_px: leg length in the picture.
    """
    ankle = legs.body.xy[:, OF_SIDE[side]["ankle"]]
    hip = legs.body.mid("hip")
    drift = _drift(legs, hip[:, UP])
    ahead = fold(legs.phase, (ankle[:, FORWARD] - hip[:, FORWARD]) / leg_px)
    height = fold(legs.phase, (ankle[:, UP] - drift) / leg_px)
    hip_height = fold(2 * legs.phase, (hip[:, UP] - drift) / leg_px, harmonics=4)
    if ahead is None or height is None or hip_height is None:
        return None
    front = float(GRID[np.argmax(ahead(GRID))])
    level = float(np.median(height(front + np.arange(0.08, 0.25, 0.01))))
    contact = _contact(ahead, height, hip_height, front, level) - CONTACT_LAG_MS * 1e-3 * legs.stride_hz
    toe_off = _toe_off(height, front, level)
    if toe_off is None:
        return None
    return FootPhases(contact % 1.0, toe_off % 1.0, max(ahead.gap, height.gap))


def _drift(legs: Legs, signal: FloatArray) -> FloatArray:
    """The slow part of a signal: straight line over the span (a runner drifts on the belt, a camera does not)."""
    known = np.isfinite(signal)
    if known.sum() < 2:
        return np.zeros(len(signal))
    return np.asarray(np.polyval(np.polyfit(legs.phase[known], signal[known], 1), legs.phase))


def _contact(ahead: Curve, height: Curve, hip_height: Curve, front: float, level: float) -> float:
    """The mean of two signs of contact, phase: the foot has come down and moves with the belt; the hip sinks fastest.

    `hip_height` is folded on the step, which both legs share.
    """
    after = front + np.arange(0, 0.3, 1 / 720)
    speed = -ahead.slope(after)
    belt = float(np.median(-ahead.slope(front + np.arange(0.08, 0.22, 0.01))))
    matches_belt = after[np.argmax(speed >= BELT_SHARE * belt)]
    landed = after[np.argmax(height(after) <= level + LANDED_L)]
    around = front + np.arange(-0.08, 0.25, 1 / 720)
    sinks_fastest = around[np.argmin(hip_height.slope(2 * around))]
    return float(np.mean([max(matches_belt, landed), sinks_fastest]))


def _toe_off(height: Curve, front: float, level: float) -> float | None:
    """Phase at which the ankle has risen as far as a foot on its toe lifts it; None when it never does."""
    after = front + np.arange(0.12, LONGEST_STANCE, 1 / 720)
    high = height(after) >= level + LIFT_L
    return float(after[np.argmax(high)]) if high.any() and not high[0] else None
