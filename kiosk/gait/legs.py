"""Which leg is which: networks exchange the legs in side views, above all in dark tights.

The legs run the same movement half a stride apart. A frame whose knees or ankles fit the exchanged legs much better than
its own labels is exchanged back; nothing is averaged over an exchange.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray
from kiosk.gait.folding import fold
from kiosk.gait.geometry import FORWARD, UP, Body
from kiosk.gait.rhythm import find_stride_hz, follow_either_phase, follow_phase, mean_stride_hz, neighbours
from kiosk.pose.keypoints import LEFT, RIGHT, SEEN_SCORE

BoolArray = NDArray[np.bool_]

JOINTS = ("knee", "ankle")
SHAPE_HARMONICS = 4
"""Enough for the shape of a leg's path, too few to learn noise (our choice)."""
CLEARLY = 0.6
"""Exchange a joint back only when the exchanged cost is below this part of the cost as labelled (our choice)."""
BORROWED = 0.7
"""A point belongs to the other leg when it is this much closer to that leg's place than to its own (our choice)."""
ROUNDS = 3
MIXED = 0.08
"""With more frames than this exchanged, or when the phase slipped by half a stride somewhere, another start is tried that is blind to
which leg is which; the one that explains more is kept (our choice)."""
TRUNK_HARMONICS = 2
"""Of the step: enough for how the trunk rises and falls (our choice)."""
EARS_SEEN = 0.8
"""Share of the frames in which the head must be seen to be used (our choice)."""


def feet_apart(body: Body) -> FloatArray:
    """(n,) left minus right, ankles and knees together, pixels: forward in side views, upward from in front and behind."""
    axis = FORWARD if body.view.is_side else UP
    ankle = body.xy[:, LEFT["ankle"], axis] - body.xy[:, RIGHT["ankle"], axis]
    knee = body.xy[:, LEFT["knee"], axis] - body.xy[:, RIGHT["knee"], axis]
    return np.asarray(ankle + np.nan_to_num(knee))


def hip_level(body: Body) -> FloatArray:
    """(n,) height of the mid-hip, pixels."""
    return np.asarray(body.mid("hip")[:, UP])


@dataclass(frozen=True, eq=False)
class Legs:
    """A body whose legs are told apart, and its rhythm."""

    body: Body
    """Knees and ankles given back to their own legs."""
    phase: FloatArray
    """(n,) stride phase in cycles, increasing; 0 modulo 1 where the left foot is furthest ahead of (front and rear view: above) the
    right."""
    stride_hz: float
    """Mean strides per second of one leg."""
    strength: float
    """0 to 1: how much of the movement of feet and trunk the rhythm explains, mean of both."""
    exchanged: float
    """Share of the frames whose ankles were exchanged."""
    fit: float = 0.0
    """Share of the feet's movement that repeats, with every frame counted in full; to compare two ways of telling them apart."""


def tell_apart(body: Body) -> Legs | None:
    """Find the rhythm and give every knee and ankle back to its own leg; None when nothing moves like legs."""
    hz = find_stride_hz(body.t_s, feet_apart(body), hip_level(body))
    if not np.isfinite(hz):
        return None
    near = neighbours(body.t_s, hz)
    legs = _told_apart(body, hz, near, follow_phase(body.t_s, feet_apart(body), hz, near))
    either = follow_either_phase(body.t_s, feet_apart(body), hz, near)
    if legs.exchanged < MIXED and not _slipped(legs.phase, either):
        return legs
    return max(legs, _told_apart(body, hz, near, either, hold=True), key=lambda found: found.fit)


def _slipped(phase: FloatArray, either: FloatArray) -> bool:
    """True when the phase differs by half a stride for some frames and not for others from the one that is blind to exchanges."""
    half = np.abs((phase - either + 0.5) % 1.0 - 0.5) > 0.25
    return bool(0.01 < half.mean() < 0.99)  # single frames at the ends may (our choice)


def _told_apart(body: Body, hz: float, near: FloatArray, phase: FloatArray, hold: bool = False) -> Legs:
    """Learn the legs' shape, give the legs back and follow the phase in turns, from a first phase; `hold` follows it at the end only."""
    repaired, exchanged = body, dict.fromkeys(JOINTS, np.zeros(len(body.t_s), bool))
    for turn in range(ROUNDS):
        exchanged = {joint: _exchanged(body, joint, exchanged[joint], phase) for joint in JOINTS}
        repaired = _exchange(body, exchanged)
        if not hold or turn == ROUNDS - 1:
            phase = follow_phase(body.t_s, feet_apart(repaired), hz, near)
    strength = (_explained(phase, feet_apart(repaired), 3) + _explained(2 * phase, trunk_height(repaired, phase), TRUNK_HARMONICS)) / 2
    fit = _explained(phase, feet_apart(repaired), 3, wild=np.inf)
    repaired = _drop_borrowed(repaired, phase)
    return Legs(repaired, phase, mean_stride_hz(body.t_s, phase), strength, float(exchanged["ankle"].mean()), fit)


def _explained(phase: FloatArray, signal: FloatArray, harmonics: int, wild: float = 3.0) -> float:
    """Share of a signal's variance that repeats every cycle of the phase, 0 to 1.

    Frames further off than `wild` robust standard deviations count as that far; infinite counts every one in full.
    """
    curve = fold(phase, signal, harmonics=harmonics)
    if curve is None:
        return 0.0
    rest = signal - curve(phase)
    rest = np.clip(rest[np.isfinite(rest)], -wild * curve.sigma, wild * curve.sigma)
    return float(np.clip(1 - rest.var() / max(float(np.nanvar(signal)), 1e-9), 0, 1))


def trunk_height(body: Body, phase: FloatArray) -> FloatArray:
    """(n,) mean height of hips, shoulders and ears without its slow part, pixels; without the ears where they are not seen."""
    trunk = (body.mid("hip")[:, UP] + body.mid("shoulder")[:, UP]) / 2
    ears = body.mid("ear")[:, UP]
    height = (2 * trunk + ears) / 3 if head_seen(body) else trunk
    return height - slow_part(phase, height)


def head_seen(body: Body) -> bool:
    """Both ears have a place in most frames, and at least one of them a score that counts."""
    ears = [LEFT["ear"], RIGHT["ear"]]
    seen = np.isfinite(body.mid("ear")).all(axis=1) & (body.score[:, ears] > SEEN_SCORE).any(axis=1)
    return bool(seen.mean() > EARS_SEEN)


def slow_part(phase: FloatArray, signal: FloatArray) -> FloatArray:
    """(n,) straight line over the span (a runner drifts on the belt, a camera does not)."""
    known = np.isfinite(signal)
    if known.sum() < 2:
        return np.zeros(len(signal))
    return np.asarray(np.polyval(np.polyfit(phase[known], signal[known], 1), phase))


def _exchange(body: Body, wrong: Mapping[str, BoolArray]) -> Body:
    xy, score = body.xy.copy(), body.score.copy()
    for joint, frames in wrong.items():
        left, right = LEFT[joint], RIGHT[joint]
        for new, old in ((xy, body.xy), (score, body.score)):
            new[frames, left], new[frames, right] = old[frames, right], old[frames, left]
    return Body(body.t_s, xy, score, body.view)


def _drop_borrowed(body: Body, phase: FloatArray) -> Body:
    """Take out points that lie on the other leg: a hidden ankle is often put on the visible one."""
    xy = body.xy.copy()
    nobody = np.zeros(len(phase), bool)
    for joint in JOINTS:
        places = _places(body, joint, nobody, phase)
        if places is None:
            continue
        hip = body.mid("hip")
        for own, other, index in ((0, 1, LEFT[joint]), (1, 0, RIGHT[joint])):
            off = np.linalg.norm(body.xy[:, index] - hip - places[own], axis=1)
            across = np.linalg.norm(body.xy[:, index] - hip - places[other], axis=1)
            xy[across < BORROWED * off, index] = np.nan
    return Body(body.t_s, xy, body.score, body.view)


def _exchanged(body: Body, joint: str, before: BoolArray, phase: FloatArray) -> BoolArray:
    """(n,) the joint's labels are exchanged, judged against the shape learnt with the last labels."""
    places = _places(body, joint, before, phase)
    if places is None:
        return before
    hip = body.mid("hip")
    left, right = body.xy[:, LEFT[joint]] - hip, body.xy[:, RIGHT[joint]] - hip
    keep = np.linalg.norm(left - places[0], axis=1) + np.linalg.norm(right - places[1], axis=1)
    swap = np.linalg.norm(right - places[0], axis=1) + np.linalg.norm(left - places[1], axis=1)
    return np.asarray(swap < CLEARLY * keep)


def _places(body: Body, joint: str, wrong: BoolArray, phase: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Where the left and the right joint should be from the mid-hip, (n, 2) each, if both legs move alike half a stride apart.

    From in front and behind they move like mirror images.
    """
    hip = body.mid("hip")
    pair = [LEFT[joint], RIGHT[joint]]
    points, trust = body.xy[:, pair] - hip[:, None], body.score[:, pair]
    points = np.where(wrong[:, None, None], points[:, ::-1], points)
    trust = np.where(wrong[:, None], trust[:, ::-1], trust)
    both = np.concatenate([phase, phase + 0.5])
    curves = []
    mirror = 1 if body.view.is_side else -1
    for axis, sign in ((FORWARD, mirror), (UP, 1)):
        samples = np.concatenate([points[:, 0, axis], sign * points[:, 1, axis]])
        curve = fold(both, samples, np.concatenate([trust[:, 0], trust[:, 1]]) ** 2, SHAPE_HARMONICS)
        if curve is None:
            return None
        curves.append(curve)
    left, right = (np.stack([curve(phase + half) for curve in curves], axis=1) for half in (0.0, 0.5))
    return left, right * [mirror, 1]
