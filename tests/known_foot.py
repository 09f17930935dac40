"""The path of one ankle of the made-up runner: on the belt, over the forefoot, through the air.

What no path of a metric decides stands here as a constant with its reason.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from kiosk.domain import FloatArray

LIFT_AT_TOE_OFF_L = 0.115
"""Height of the ankle above its stance level at toe off, leg lengths: force plates 0.113 (kiosk/gait/events.py)."""
FOREFOOT_L, ANKLE_L = 0.235, 0.08
"""Ankle to the point of the forefoot the foot turns about at the end of stance, and height of the ankle over the belt, leg
lengths: 20 cm and 7 cm of a runner of 1.75 m."""
TOUCH_L, ROLL_S = 0.028, 0.055
"""The foot lands on its heel: the ankle comes down by this much, in this time; then it stands within a centimetre, as on force
plates, about 20 ms after contact."""
RETRACT_S = 0.024
"""The ankle is furthest ahead about this long before contact, then swept back to the belt's speed (docs/metrics.md)."""
HEEL_OFF = 0.45
"""Part of the contact after which the heel rises."""
HEEL_ROLL_L = 0.025
"""While the foot comes down on its heel the ankle goes this much forward on the belt: 8 cm above the heel, 15 degrees."""
CLEARANCE_L = 0.03
"""The swinging foot passes the standing leg by this much outside."""


@dataclass(frozen=True)
class Foot:
    """One foot; all lengths metres, phases cycles."""

    side: int
    leg_m: float
    stride_s: float
    contact_phase: float
    duty: float
    start_m: float
    """Where the ankle is at contact, forward."""
    aside_m: float
    """Where the foot stands, to the right."""
    outward: float
    hip_m: float = 0.85
    """Mean height of the mid-hip over the belt."""
    speed_ms: float = 3.0
    lift_m: float = 0.0
    """How much higher than its shortest smooth way the ankle swings: bends the knee."""
    drive_m: float = 0.0
    """How much further forward: brings the thigh up."""

    def with_(self, **change: Any) -> Self:
        """The same foot with other constants."""
        return replace(self, **change)

    @property
    def contact_s(self) -> float:
        """Contact to toe off."""
        return self.duty * self.stride_s

    def ankle(self, phase: FloatArray) -> FloatArray:
        """(n, 3) place of the ankle."""
        since_s = np.mod(phase - self.contact_phase, 1.0) * self.stride_s
        air_s = self.stride_s - self.contact_s
        s = np.clip((since_s - self.contact_s) / air_s, 0.0, 1.0)
        swing = self._swing(s, air_s)
        swing[:, 0] += self.drive_m * hump(s, 4, 3)
        swing[:, 1] += self.lift_m * hump(s, 3, 5)
        on_belt = (since_s < self.contact_s)[:, None]
        flat = np.where(on_belt, self._stance(np.minimum(since_s, self.contact_s)), swing)
        aside = self.aside_m + self.outward * CLEARANCE_L * self.leg_m * hump(s, 3, 3)
        return np.column_stack([flat, aside])

    def _stance(self, since_s: FloatArray) -> FloatArray:
        """(n, 2) forward, up, while the forefoot goes back with the belt."""
        heel = np.clip((since_s / self.contact_s - HEEL_OFF) / (1 - HEEL_OFF), 0.0, None)
        rise = LIFT_AT_TOE_OFF_L * heel**2
        to_roll = np.clip(1 - since_s / ROLL_S, 0.0, None) ** 2
        over_toe = np.sqrt(FOREFOOT_L**2 - ANKLE_L**2) - np.sqrt(FOREFOOT_L**2 - (ANKLE_L + rise) ** 2)
        forward = self.start_m - self.speed_ms * since_s + (over_toe + HEEL_ROLL_L * (1 - to_roll)) * self.leg_m
        return np.stack([forward, (ANKLE_L + rise + TOUCH_L * to_roll) * self.leg_m], axis=-1)

    def _swing(self, s: FloatArray, air_s: float) -> FloatArray:
        """(n, 2) the quintic that leaves and lands with the place and speed of the stance; landing brakes the foot at once."""
        tiny = 1e-4
        leave = self._stance(self.contact_s + tiny * np.array([-2.0, -1.0, 0.0]))
        land = self._stance(tiny * np.array([0.0, 1.0, 2.0]))
        ends = (
            *(leave[2], (1.5 * leave[2] - 2 * leave[1] + 0.5 * leave[0]) / tiny, (leave[2] - 2 * leave[1] + leave[0]) / tiny**2),
            *(land[0], (-1.5 * land[0] + 2 * land[1] - 0.5 * land[2]) / tiny, (land[2] - 2 * land[1] + land[0]) / tiny**2),
        )
        ends[-1][0] = -self.speed_ms / RETRACT_S
        scale = (1.0, air_s, air_s**2) * 2
        bound = np.array([value * by for value, by in zip(ends, scale, strict=True)])
        powers = np.arange(6)
        start, end = np.diag([1.0, 1.0, 2.0, 0, 0, 0])[:3], np.stack([np.ones(6), powers, powers * (powers - 1.0)])
        coefficients = np.linalg.solve(np.concatenate([start, end]), bound)
        return np.asarray(s[:, None] ** powers @ coefficients)


def hump(s: FloatArray, rise: int, fall: int) -> FloatArray:
    """0 at both ends without speed or acceleration, 1 at its top, for s from 0 to 1."""
    top = rise / (rise + fall)
    return np.asarray(s**rise * (1 - s) ** fall / (top**rise * (1 - top) ** fall))
