"""A runner made of numbers in three dimensions: every metric of docs/metrics.md is set by hand or follows exactly from the paths.

Axes: x forward, y up (0 at the belt), z to the runner's right, metres; 17 joints in COCO order; pairs are (left, right).
The paths are smooth closed forms of the stride phase; a few of their constants are solved for, so that the metric that was
set comes out. What a camera sees is in known_camera.py, what the metrics are by definition in known_truth.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kiosk.domain import FloatArray
from kiosk.pose.keypoints import COUNT, LEFT, NOSE, RIGHT
from known_foot import Foot
from known_hip import rise_m

Pair = tuple[float, float]
"""The runner's left and right."""

PARTS = (LEFT, RIGHT)
OUTWARD = (-1.0, 1.0)
"""Direction of z away from the body, left and right."""
SURGE_L, HIP_SWAY_L = 0.006, 0.012
"""Small movements of the mid-hip forward (every step) and sideways (towards the standing foot), half of their range."""
NOD_DEG, FOREARM_DEG = 1.0, 8.0
"""Half of the range by which the trunk nods every step and by which the elbow opens and closes every stride."""
GRID = np.arange(0, 1, 1 / 360)


@dataclass(frozen=True)
class KnownRunner:
    """Fields named as the metric they set; the rest are bodies and habits no metric knows."""

    cadence_spm: float = 166.0
    contact_ms: Pair = (240.0, 240.0)
    step_symmetry_pct: float = 0.0
    trunk_lean_deg: float = 7.0
    overstride_ratio: Pair = (0.22, 0.22)
    knee_contact_deg: float = 14.0
    """Mean of both knees: they stand on one belt and hang on one pelvis."""
    knee_swing_peak_deg: Pair = (95.0, 95.0)
    thigh_back_deg: float = 20.0
    """Mean of both: the belt has one speed."""
    thigh_front_deg: Pair = (42.0, 42.0)
    bounce_ratio: float = 0.095
    head_forward_deg: float = 18.0
    arm_swing_deg: Pair = (45.0, 45.0)
    elbow_deg: Pair = (85.0, 85.0)
    arm_leg_phase_deg: Pair = (10.0, 10.0)
    """Positive: the arm is ahead of the opposite thigh in time."""
    wrist_crossover_ratio: Pair = (-0.2, -0.2)
    shoulder_tilt_deg: Pair = (2.0, 2.0)
    pelvic_drop_deg: Pair = (4.0, 4.0)
    lateral_lean_deg: float = 0.0
    trunk_sway_deg: float = 4.0
    step_width_ratio: float = 0.04
    height_m: float = 1.75

    @property
    def leg_m(self) -> float:
        """L: hip-knee plus knee-ankle (segment table of Drillis & Contini in Winter 2009)."""
        return 0.491 * self.height_m

    @property
    def stride_s(self) -> float:
        """Contact to the next contact of the same foot."""
        return 120.0 / self.cadence_spm

    @property
    def contact_phase(self) -> Pair:
        """Phase of the two contacts, cycles; the left foot begins."""
        return 0.0, 0.5 * (1 + self.step_symmetry_pct / 200)

    @property
    def duty(self) -> Pair:
        """Contact as part of the stride."""
        left, right = (ms * 1e-3 / self.stride_s for ms in self.contact_ms)
        return left, right

    @property
    def midstance(self) -> Pair:
        """Phase half-way between contact and toe off."""
        left, right = (c + d / 2 for c, d in zip(self.contact_phase, self.duty, strict=True))
        return left, right

    @property
    def speed_ms(self) -> float:
        """Speed of the belt, metres a second."""
        return self.feet[0].speed_ms

    def joints(self, t_s: FloatArray) -> FloatArray:
        """(n, 17, 3) joints at these times; the left foot touches down at time 0."""
        return self.at_phase(np.asarray(t_s, float) / self.stride_s)

    def at_phase(self, phase: FloatArray) -> FloatArray:
        """(n, 17, 3) joints at these phases, cycles."""
        out = np.zeros((len(phase), COUNT, 3))
        shoulder = self._trunk(phase, out)
        self._head(shoulder, out)
        for side in (0, 1):
            out[:, PARTS[side]["knee"]], out[:, PARTS[side]["ankle"]] = self._leg(self.feet[side], phase)
            upper = self._upper_arm(side, self._arm_start_deg[side], phase)
            out[:, PARTS[side]["elbow"]] = out[:, PARTS[side]["shoulder"]] + 0.172 * self.height_m * upper
            forearm = self._forearm(side, self._inward_deg[side], upper, phase)
            out[:, PARTS[side]["wrist"]] = out[:, PARTS[side]["elbow"]] + 0.157 * self.height_m * forearm
        return out

    # hips, trunk, head -------------------------------------------------------------------------------------------

    def _mid_hip(self, phase: FloatArray, height_m: float) -> FloatArray:
        bob = rise_m(phase, self.contact_phase, self.duty, self.bounce_ratio * self.leg_m)
        surge = SURGE_L * self.leg_m * np.cos(4 * np.pi * halved(phase, *self.contact_phase))
        return np.stack([surge, height_m + bob, -HIP_SWAY_L * self.leg_m * self._left_stands(phase)], axis=1)

    def _left_stands(self, phase: FloatArray) -> FloatArray:
        """1 in the left midstance, -1 in the right one."""
        return np.asarray(np.cos(2 * np.pi * halved(phase, *self.midstance)))

    def _hip(self, side: int, phase: FloatArray, height_m: float) -> FloatArray:
        left, right = self.pelvic_drop_deg
        right_low_deg = (left - right) / 2 + (left + right) / 2 * self._left_stands(phase)
        return self._mid_hip(phase, height_m) + 0.048 * self.height_m * OUTWARD[side] * sideways(right_low_deg)

    def _trunk(self, phase: FloatArray, out: FloatArray) -> FloatArray:
        """Place hips and shoulders; returns the mid-shoulder, (n, 3)."""
        height_m = self.feet[0].hip_m
        for side in (0, 1):
            out[:, PARTS[side]["hip"]] = self._hip(side, phase, height_m)
        sway_deg = self.trunk_sway_deg / (2 * np.cos(0.02 * np.pi))  # 2nd to 98th percentile of a sine
        lateral_deg = self.lateral_lean_deg - sway_deg * self._left_stands(phase)
        trunk = 0.288 * self.height_m * upright(self._lean_deg(phase), lateral_deg)
        shoulder = self._mid_hip(phase, height_m) + trunk
        left, right = self.shoulder_tilt_deg
        right_low_deg = (right - left) / 2 - (left + right) / 2 * self._left_stands(phase)
        for side in (0, 1):
            out[:, PARTS[side]["shoulder"]] = shoulder + 0.1 * self.height_m * OUTWARD[side] * sideways(right_low_deg)
        return shoulder

    def _lean_deg(self, phase: FloatArray) -> FloatArray:
        return np.asarray(self.trunk_lean_deg + NOD_DEG * np.cos(4 * np.pi * halved(phase, *self.midstance)))

    def _head(self, shoulder: FloatArray, out: FloatArray) -> None:
        ear = shoulder + 0.118 * self.height_m * upright(np.full(len(shoulder), self.head_forward_deg), np.zeros(len(shoulder)))
        out[:, NOSE] = ear + [0.1, -0.01, 0.0]
        for part, outward in zip(PARTS, OUTWARD, strict=True):
            out[:, part["ear"]] = ear + [0.0, 0.0, 0.075 * outward]
            out[:, part["eye"]] = ear + [0.08, 0.03, 0.03 * outward]

    # legs --------------------------------------------------------------------------------------------------------

    def _leg(self, foot: Foot, phase: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Knee and ankle, (n, 3) each: thigh and shank of equal length, the knee bent forward."""
        hip, ankle = self._hip(foot.side, phase, foot.hip_m), foot.ankle(phase)
        line = ankle - hip
        length = np.linalg.norm(line, axis=1, keepdims=True)
        line = line / length
        forward = np.array([1.0, 0.0, 0.0]) - line * line[:, :1]
        forward = forward / np.linalg.norm(forward, axis=1, keepdims=True)
        bent = np.sqrt(np.maximum(self.leg_m**2 - length**2, 0.0)) / 2
        return hip + line * length / 2 + forward * bent, ankle

    def knee_deg(self, foot: Foot, phase: FloatArray) -> FloatArray:
        """(n,) flexion of the knee, 0 straight."""
        length = np.linalg.norm(foot.ankle(phase) - self._hip(foot.side, phase, foot.hip_m), axis=1)
        return np.asarray(2 * np.degrees(np.arccos(np.clip(length / self.leg_m, 0, 1))))

    def thigh_deg(self, foot: Foot, phase: FloatArray) -> FloatArray:
        """(n,) thigh from straight down, positive ahead."""
        thigh = self._leg(foot, phase)[0] - self._hip(foot.side, phase, foot.hip_m)
        return np.asarray(np.degrees(np.arctan2(thigh[:, 0], -thigh[:, 1])))

    @cached_property
    def feet(self) -> tuple[Foot, Foot]:
        """Both feet: hip height, belt speed and swing solved for, in this order, as each does not change the one before.

        Raises:
            ValueError: no such leg: the metrics asked for do not go together.
        """
        feet = [self._foot(side) for side in (0, 1)]
        touch = [np.array([c]) for c in self.contact_phase]
        leave = [np.array([c + d]) for c, d in zip(self.contact_phase, self.duty, strict=True)]

        def both(measure: Callable[[Foot, FloatArray], FloatArray], at: list[FloatArray], **change: float) -> float:
            return float(np.mean([measure(f.with_(**change), p) for f, p in zip(feet, at, strict=True)]))

        hip_m = solve(lambda x: both(self.knee_deg, touch, hip_m=x), 1.15 * self.leg_m, 0.7 * self.leg_m, self.knee_contact_deg)
        feet = [f.with_(hip_m=hip_m) for f in feet]
        speed_ms = solve(lambda x: -both(self.thigh_deg, leave, speed_ms=x), 1.0, 8.0, self.thigh_back_deg)
        return self._swing(feet[0].with_(speed_ms=speed_ms)), self._swing(feet[1].with_(speed_ms=speed_ms))

    def _foot(self, side: int) -> Foot:
        start = self._mid_hip(np.array([self.contact_phase[side]]), 0.0)[0, 0]
        under_hip_m = self._mid_hip(np.array([self.midstance[side]]), 0.0)[0, 2]
        return Foot(
            side=side,
            leg_m=self.leg_m,
            stride_s=self.stride_s,
            contact_phase=self.contact_phase[side],
            duty=self.duty[side],
            start_m=start + self.overstride_ratio[side] * self.leg_m,
            aside_m=under_hip_m + OUTWARD[side] * self.step_width_ratio * self.leg_m / 2,
            outward=OUTWARD[side],
        )

    def _swing(self, foot: Foot) -> Foot:
        """Lift of the heel and drive of the knee: each nearly its own, so they are solved for in turns."""
        swing = foot.contact_phase + foot.duty + GRID * (1 - foot.duty)
        for _ in range(5):
            lift_m = solve(lambda x: self.knee_deg(foot.with_(lift_m=x), swing).max(), -0.5, 1.0, self.knee_swing_peak_deg[foot.side])  # noqa: B023
            foot = foot.with_(lift_m=lift_m)
            drive_m = solve(lambda x: self.thigh_deg(foot.with_(drive_m=x), swing).max(), -0.9, 0.8, self.thigh_front_deg[foot.side])  # noqa: B023
            foot = foot.with_(drive_m=drive_m)
        if self.knee_deg(foot, GRID).min() <= 0.5:
            raise ValueError(f"the {('left', 'right')[foot.side]} leg is too short for these metrics: its knee is straight")
        return foot

    # arms --------------------------------------------------------------------------------------------------------

    @cached_property
    def _arm_start_deg(self) -> Pair:
        """Phase of each arm's swing: that of the opposite thigh's stride frequency, and what was set."""
        turn = np.exp(-2j * np.pi * GRID)
        left, right = (float(np.degrees(np.angle(np.sum(self.thigh_deg(foot, GRID) * turn)))) for foot in self.feet)
        return right + self.arm_leg_phase_deg[0], left + self.arm_leg_phase_deg[1]

    def _upper_arm(self, side: int, start_deg: float, phase: FloatArray) -> FloatArray:
        """(n, 3) unit vector shoulder -> elbow; its angle is against the trunk line, in the plane seen from the side."""
        swing_deg = self.arm_swing_deg[side] / 2 * np.cos(2 * np.pi * phase + np.radians(start_deg))
        return -upright(-(swing_deg - 12.0 - self._lean_deg(phase)), np.full(len(phase), -OUTWARD[side] * 10.0))

    def _forearm(self, side: int, inward_deg: float, upper: FloatArray, phase: FloatArray) -> FloatArray:
        """(n, 3) unit vector elbow -> wrist: bent forward and `inward_deg` across the body."""
        aim = np.array([np.cos(np.radians(inward_deg)), 0.0, -OUTWARD[side] * np.sin(np.radians(inward_deg))])
        across = aim - upper * (upper @ aim)[:, None]
        across = across / np.linalg.norm(across, axis=1, keepdims=True)
        bend = np.radians(180 - self.elbow_deg[side] - FOREARM_DEG * np.cos(2 * np.pi * phase))[:, None]
        return np.asarray(np.cos(bend) * upper + np.sin(bend) * across)

    @cached_property
    def _inward_deg(self) -> Pair:
        left, right = (solve(lambda x: self._crossing(side, x), -60.0, 85.0, self.wrist_crossover_ratio[side]) for side in (0, 1))  # noqa: B023
        return left, right

    def _crossing(self, side: int, inward_deg: float) -> float:
        """How far the wrist gets past the line from mid-hip to mid-shoulder, shoulder widths."""
        out = np.zeros((len(GRID), COUNT, 3))
        shoulder = self._trunk(GRID, out)
        hip = self._mid_hip(GRID, self.feet[0].hip_m)
        upper = self._upper_arm(side, self._arm_start_deg[side], GRID)
        forearm = self._forearm(side, inward_deg, upper, GRID)
        wrist = out[:, PARTS[side]["shoulder"]] + self.height_m * (0.172 * upper + 0.157 * forearm)
        share = (wrist[:, 1] - hip[:, 1]) / (shoulder[:, 1] - hip[:, 1])
        past = -OUTWARD[side] * (wrist[:, 2] - hip[:, 2] - share * (shoulder[:, 2] - hip[:, 2]))
        return float(past.max()) / (0.2 * self.height_m)


def halved(phase: FloatArray, start: float, half: float) -> FloatArray:
    """Phase that is 0 at `start` and 0.5 at `half`, smooth between: steps of unequal length made equal."""
    turn = phase - start
    middle = half - start
    stretch = (middle - 0.5) / ((1 - np.cos(2 * np.pi * middle)) / 2)
    return np.asarray(turn - stretch * (1 - np.cos(2 * np.pi * turn)) / 2)


def upright(forward_deg: FloatArray, right_deg: FloatArray) -> FloatArray:
    """(n, 3) unit vectors up, leaning by these angles as seen from the side and from behind."""
    out = np.stack([np.tan(np.radians(forward_deg)), np.ones(len(forward_deg)), np.tan(np.radians(right_deg))], axis=1)
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True))


def sideways(right_low_deg: FloatArray) -> FloatArray:
    """(n, 3) unit vectors to the right, tilted down by this angle."""
    turn = np.radians(right_low_deg)
    return np.stack([np.zeros(len(turn)), -np.sin(turn), np.cos(turn)], axis=1)


def solve(measure: Callable[[float], float], low: float, high: float, target: float) -> float:
    """The argument at which a rising (or, with low > high, falling) measure reaches the target.

    Raises:
        ValueError: the target lies outside.
    """
    if not measure(low) <= target <= measure(high):
        raise ValueError(f"{target} is not between {measure(low):.3f} and {measure(high):.3f}: these metrics do not go together")
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if measure(middle) < target else (low, middle)
    return (low + high) / 2
