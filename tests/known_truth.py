"""What every metric of a made-up runner is, from its joints in space and its contacts, by the definitions of docs/metrics.md.

Written from the definitions alone: it knows neither how the runner was made nor how the kiosk measures.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kiosk.domain import FloatArray
from kiosk.pose.keypoints import LEFT, RIGHT
from known_runner import OUTWARD, PARTS, KnownRunner

SAMPLES = 1440
"""Per stride: half a millisecond."""


@dataclass(frozen=True)
class Truth:
    """One metric; the sides are None where it has none."""

    value: float
    left: float | None = None
    right: float | None = None


@dataclass(frozen=True, eq=False)
class Moment:
    """The runner at some phases, (n, 17, 3)."""

    xyz: FloatArray
    leg_m: float

    def __getitem__(self, key: tuple[int, str]) -> FloatArray:
        side, part = key
        return np.asarray(self.xyz[:, PARTS[side][part]])

    def mid(self, part: str) -> FloatArray:
        """Midpoint of left and right."""
        return np.asarray((self.xyz[:, LEFT[part]] + self.xyz[:, RIGHT[part]]) / 2)

    def trunk_deg(self) -> FloatArray:
        """Mid-hip to mid-shoulder from vertical, seen from the side."""
        return from_side_deg(self.mid("shoulder") - self.mid("hip"))

    def lateral_deg(self) -> FloatArray:
        """The same, seen from behind; positive to the right."""
        line = self.mid("shoulder") - self.mid("hip")
        return np.asarray(np.degrees(np.arctan2(line[:, 2], line[:, 1])))

    def ahead(self, side: int) -> FloatArray:
        """Ankle ahead of mid-hip, L."""
        return np.asarray((self[side, "ankle"] - self.mid("hip"))[:, 0] / self.leg_m)

    def aside(self, side: int) -> FloatArray:
        """Ankle to the right of mid-hip, L."""
        return np.asarray((self[side, "ankle"] - self.mid("hip"))[:, 2] / self.leg_m)

    def leg_lean_deg(self, side: int) -> FloatArray:
        """Ankle to mid-hip from vertical."""
        return from_side_deg(self.mid("hip") - self[side, "ankle"])

    def shank_deg(self, side: int) -> FloatArray:
        """Ankle ahead of knee, from vertical."""
        return -from_side_deg(self[side, "knee"] - self[side, "ankle"])

    def thigh_deg(self, side: int) -> FloatArray:
        """Hip to knee ahead of vertical."""
        return -from_side_deg(self[side, "hip"] - self[side, "knee"])

    def knee_deg(self, side: int) -> FloatArray:
        """180 minus the angle at the knee."""
        return 180 - angle_deg(self[side, "hip"], self[side, "knee"], self[side, "ankle"])

    def elbow_deg(self, side: int) -> FloatArray:
        """180 straight."""
        return angle_deg(self[side, "shoulder"], self[side, "elbow"], self[side, "wrist"])

    def elbow_from_side_deg(self, side: int) -> FloatArray:
        """The same as the side camera sees it: straighter, when the forearm also points inwards."""
        flat = (self[side, part] * [1.0, 1.0, 0.0] for part in ("shoulder", "elbow", "wrist"))
        return angle_deg(*flat)

    def arm_deg(self, side: int) -> FloatArray:
        """Shoulder to elbow ahead of the trunk line, seen from the side."""
        return np.asarray(self.trunk_deg() - from_side_deg(self[side, "shoulder"] - self[side, "elbow"]))

    def crossed(self, side: int) -> FloatArray:
        """Wrist past the line mid-hip to mid-shoulder, at its own height, shoulder widths."""
        hip, shoulder, wrist = self.mid("hip"), self.mid("shoulder"), self[side, "wrist"]
        share = (wrist[:, 1] - hip[:, 1]) / (shoulder[:, 1] - hip[:, 1])
        line = hip[:, 2] + share * (shoulder[:, 2] - hip[:, 2])
        width = np.median(np.linalg.norm(self[1, "shoulder"] - self[0, "shoulder"], axis=1))
        return np.asarray(-OUTWARD[side] * (wrist[:, 2] - line) / width)

    def stance_low_deg(self, side: int, part: str) -> FloatArray:
        """Line of both hips or shoulders; positive when `side` is the lower one."""
        line = self[1 - side, part] - self[side, part]
        return np.asarray(np.degrees(np.arctan2(line[:, 1], np.abs(line[:, 2]))))


def from_side_deg(line: FloatArray) -> FloatArray:
    """(n,) angle from vertical in the fore-aft plane, positive when the upper end is ahead."""
    return np.asarray(np.degrees(np.arctan2(line[:, 0], line[:, 1])))


def angle_deg(a: FloatArray, joint: FloatArray, b: FloatArray) -> FloatArray:
    """(n,) angle in space at the joint."""
    u, v = a - joint, b - joint
    return np.asarray(np.degrees(np.arccos((u * v).sum(1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1))))


def truth_of(runner: KnownRunner) -> dict[str, Truth]:
    """Every metric; the runner repeats every stride, so one stride tells all."""
    return _timing(runner) | _events(runner) | _whole_strides(runner)


def _two(left: float, right: float) -> Truth:
    return Truth((left + right) / 2, left, right)


def _timing(runner: KnownRunner) -> dict[str, Truth]:
    stride_ms, (left, right) = 1e3 * runner.stride_s, runner.contact_ms
    to_right_ms = runner.contact_phase[1] * stride_ms
    to_left_ms = stride_ms - to_right_ms
    return {
        "cadence_spm": Truth(2 * 60e3 / stride_ms),
        "contact_ms": _two(left, right),
        "flight_ms": Truth(((to_right_ms - left) + (to_left_ms - right)) / 2),
        "duty_ratio": Truth((left + right) / 2 / stride_ms),
        "step_symmetry_pct": Truth(200 * (to_right_ms - to_left_ms) / stride_ms),
    }


def _events(runner: KnownRunner) -> dict[str, Truth]:
    contact, stance = runner.contact_phase, runner.duty

    def moment(side: int, share: float) -> Moment:
        return Moment(runner.at_phase(np.array([contact[side] + share * stance[side]])), runner.leg_m)

    def at(share: float, measure: Callable[[Moment, int], FloatArray]) -> Truth:
        return _two(*(float(measure(moment(side, share), side)[0]) for side in (0, 1)))

    def waist(m: Moment, side: int) -> FloatArray:
        return np.asarray(m.trunk_deg() - m.leg_lean_deg(side))

    apart = at(0.5, lambda m, side: OUTWARD[side] * m.aside(side))
    return {
        "overstride_ratio": at(0, lambda m, side: m.ahead(side)),
        "shank_angle_deg": at(0, lambda m, side: m.shank_deg(side)),
        "knee_contact_deg": at(0, lambda m, side: m.knee_deg(side)),
        "leg_lean_deg": _sideless(at(0.5, lambda m, side: m.leg_lean_deg(side))),
        "waist_bend_deg": _sideless(at(0.5, waist)),
        "hip_over_ankle_ratio": _sideless(at(0.5, lambda m, side: -m.ahead(side))),
        "thigh_back_deg": at(1, lambda m, side: -m.thigh_deg(side)),
        "shoulder_tilt_deg": at(0.5, lambda m, side: m.stance_low_deg(side, "shoulder")),
        "pelvic_drop_deg": at(0.5, lambda m, side: -m.stance_low_deg(side, "hip")),
        "step_width_ratio": Truth(2 * apart.value),
    }


def _sideless(both: Truth) -> Truth:
    return Truth(both.value)


def _whole_strides(runner: KnownRunner) -> dict[str, Truth]:
    phase = np.arange(SAMPLES) / SAMPLES
    m = Moment(runner.at_phase(phase), runner.leg_m)
    on_belt = [np.mod(phase - c, 1.0) < d for c, d in zip(runner.contact_phase, runner.duty, strict=True)]

    def each(measure: Callable[[int], float]) -> Truth:
        return _two(float(measure(0)), float(measure(1)))

    front, back = each(lambda side: m.thigh_deg(side).max()), each(lambda side: -m.thigh_deg(side).min())
    balance = [front.left or 0.0, front.right or 0.0] / np.array([back.left, back.right])
    lateral, bounce_m = m.lateral_deg(), _bounce_m(runner, m.mid("hip")[:, 1])
    return {
        "trunk_lean_deg": Truth(m.trunk_deg().mean()),
        "head_forward_deg": Truth(from_side_deg(m.mid("ear") - m.mid("shoulder")).mean()),
        "bounce_ratio": Truth(bounce_m / runner.leg_m),
        "bounce_cm": Truth(100 * bounce_m),
        "knee_stance_peak_deg": each(lambda side: m.knee_deg(side)[on_belt[side]].max()),
        "knee_swing_peak_deg": each(lambda side: m.knee_deg(side)[~on_belt[side]].max()),
        "thigh_front_deg": front,
        "thigh_balance_ratio": Truth(float(balance.mean())),
        "arm_swing_deg": each(lambda side: float(np.ptp(m.arm_deg(side)))),
        "elbow_deg": each(lambda side: m.elbow_deg(side).mean()),
        "elbow_from_side_deg": each(lambda side: m.elbow_from_side_deg(side).mean()),
        "arm_leg_phase_deg": each(lambda side: _turn_deg(m.arm_deg(side), phase) - _turn_deg(m.thigh_deg(1 - side), phase)),
        "wrist_crossover_ratio": each(lambda side: m.crossed(side).max()),
        "lateral_lean_deg": Truth(lateral.mean()),
        "trunk_sway_deg": Truth(float(np.percentile(lateral, 98) - np.percentile(lateral, 2))),
    }


def _bounce_m(runner: KnownRunner, height_m: FloatArray) -> float:
    """Highest minus lowest within a step, mean of the two steps."""
    second = round(runner.contact_phase[1] * SAMPLES)
    return float(np.ptp(height_m[:second]) + np.ptp(height_m[second:])) / 2


def _turn_deg(signal: FloatArray, phase: FloatArray) -> float:
    """Phase of a signal at stride frequency, degrees: larger is earlier."""
    return float(np.degrees(np.angle(np.sum(signal * np.exp(-2j * np.pi * phase)))))
