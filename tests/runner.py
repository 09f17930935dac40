"""A runner made of numbers, for known answers: legs on fixed paths, trunk, head and arms as told."""

import numpy as np

from kiosk.domain import FloatArray, PoseSeries

LEG_PX = 200.0
TOE_OFF_LIFT = 0.115
"""Height of the ankle at toe off, leg lengths, as in runners (kiosk/gait/events.py)."""

LOWEST = 0.16
"""Phase at which the hip is lowest: it then sinks fastest 0.035 of a stride (26 ms) after contact, as in runners."""


def times(seconds: float, fps: float, jitter: float = 0.0, drop: float = 0.0, seed: int = 1) -> FloatArray:
    """Time stamps: regular, or with jitter (parts of a frame) and dropped frames."""
    rng = np.random.default_rng(seed)
    t = np.arange(0, seconds, 1 / fps)
    t = t + jitter / fps * rng.uniform(-0.45, 0.45, len(t))
    return np.sort(t[rng.uniform(size=len(t)) >= drop])


def make_runner(
    t_s: FloatArray,
    cadence_spm: float = 165.0,
    lean_deg: float = 6.0,
    arm_swing_deg: float = 40.0,
    elbow_deg: float = 90.0,
    duty: float = 0.35,
    noise_px: float = 0.0,
    swapped: float = 0.0,
    facing: int = 1,
    seed: int = 2,
) -> PoseSeries:
    """Poses of a runner seen from the side; facing 1 looks to the picture's right (the right side is near)."""
    rng = np.random.default_rng(seed)
    phase = t_s * cadence_spm / 120.0
    n = len(t_s)
    xy = np.zeros((n, 17, 2))
    hip = np.stack([np.full(n, 320.0), 250 + 0.05 * LEG_PX * np.cos(4 * np.pi * (phase - LOWEST))], axis=1)
    lean = np.radians(lean_deg)
    shoulder = hip + 110 * np.array([np.sin(lean), -np.cos(lean)])
    xy[:, [11, 12]], xy[:, [5, 6]] = hip[:, None], shoulder[:, None]
    xy[:, [3, 4]] = (shoulder + [8, -40])[:, None]
    xy[:, 0] = shoulder + [25, -38]
    xy[:, [1, 2]] = (shoulder + [20, -42])[:, None]
    for side, offset in ((0, 0.0), (1, 0.5)):
        ankle = _ankle(phase + offset, duty) + [320.0, 250.0]
        xy[:, 15 + side] = ankle
        xy[:, 13 + side] = _knee(hip, ankle)
        swing = np.radians(arm_swing_deg / 2 * np.cos(2 * np.pi * (phase + offset + 0.5)) - 10) - lean
        elbow = shoulder + 60 * np.stack([np.sin(swing), np.cos(swing)], axis=1)
        xy[:, 7 + side] = elbow
        bend = swing + np.radians(180 - elbow_deg)
        xy[:, 9 + side] = elbow + 55 * np.stack([np.sin(bend), np.cos(bend)], axis=1)
    xy += rng.normal(0, noise_px, xy.shape) if noise_px else 0
    wrong = rng.uniform(size=n) < swapped
    for left in (13, 15):
        xy[np.ix_(wrong, [left, left + 1])] = xy[np.ix_(wrong, [left + 1, left])]
    if facing < 0:
        xy[..., 0] = 640 - xy[..., 0]
    return PoseSeries(t_s, xy.astype(np.float32), np.full((n, 17), 0.8, np.float32), 640, 480)


def _ankle(phase: FloatArray, duty: float) -> FloatArray:
    """Path from the standing hip: on the belt for `duty` of the stride, the heel rising at its end, then an arc; y down."""
    p = np.mod(phase, 1.0)
    ahead, behind, ground = 0.25 * LEG_PX, -0.35 * LEG_PX, 0.97 * LEG_PX
    stance = p < duty
    s = np.clip((p - duty) / (1 - duty), 0, 1)
    x = np.where(stance, ahead + (behind - ahead) * p / duty, behind + (ahead - behind) * (1 - np.cos(np.pi * s)) / 2)
    heel = TOE_OFF_LIFT * np.clip((p / duty - 0.5) / 0.5, 0, 1) ** 2
    swing = TOE_OFF_LIFT * (1 - s) ** 2 + 0.6 * s * (1 - s) ** 1.5 * 2
    return np.stack([x, ground - LEG_PX * np.where(stance, heel, swing)], axis=1)


def _knee(hip: FloatArray, ankle: FloatArray) -> FloatArray:
    """The knee of a leg of two equal halves, bent forward."""
    half = ankle - hip
    length = np.linalg.norm(half, axis=1, keepdims=True)
    out = np.sqrt(np.maximum((LEG_PX / 2) ** 2 - (length / 2) ** 2, 0))
    forward = np.stack([half[:, 1], -half[:, 0]], axis=1) / length
    return hip + half / 2 + out * forward
