"""Which leg is which: networks exchange the legs in side views, above all in dark tights.

The legs run the same movement half a stride apart. A frame whose knees or ankles fit the exchanged legs much better than
its own labels is exchanged back; nothing is averaged over an exchange.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray
from kiosk.gait.folding import Curve, fold
from kiosk.gait.geometry import FORWARD, UP, Body
from kiosk.gait.rhythm import find_stride_hz, follow_phase, mean_stride_hz
from kiosk.pose.keypoints import LEFT, RIGHT

BoolArray = NDArray[np.bool_]

JOINTS = ("knee", "ankle")
SHAPE_HARMONICS = 4
"""Enough for the shape of a leg's path, too few to learn noise (our choice)."""
CLEARLY = 0.6
"""Exchange a joint back only when the exchanged cost is below this part of the cost as labelled (our choice)."""
ROUNDS = 4
WORST_EXCHANGED = 0.42
"""With more frames than this exchanged, which leg is which is a coin toss (our choice)."""


def feet_apart(body: Body) -> FloatArray:
    """(n,) left minus right, forward, ankles and knees together, pixels."""
    ankle = body.xy[:, LEFT["ankle"], FORWARD] - body.xy[:, RIGHT["ankle"], FORWARD]
    knee = body.xy[:, LEFT["knee"], FORWARD] - body.xy[:, RIGHT["knee"], FORWARD]
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
    """(n,) stride phase in cycles, increasing; 0 modulo 1 where the left foot is furthest ahead of the right."""
    stride_hz: float
    """Mean strides per second of one leg."""
    strength: float
    """0 to 1: how much of the legs' movement the rhythm explains."""
    exchanged: float
    """Share of the frames whose ankles were exchanged."""


def tell_apart(body: Body) -> Legs | None:
    """Find the rhythm and give every knee and ankle back to its own leg; None when nothing moves like legs."""
    hz, strength = find_stride_hz(body.t_s, feet_apart(body), hip_level(body))
    if not np.isfinite(hz):
        return None
    repaired, exchanged = body, dict.fromkeys(JOINTS, np.zeros(len(body.t_s), bool))
    for _ in range(ROUNDS):
        phase = follow_phase(body.t_s, feet_apart(repaired), hz)
        exchanged = {joint: _exchanged(body, joint, exchanged[joint], phase) for joint in JOINTS}
        repaired = _exchange(body, exchanged)
    phase = follow_phase(body.t_s, feet_apart(repaired), hz)
    return Legs(repaired, phase, mean_stride_hz(body.t_s, phase), strength, float(exchanged["ankle"].mean()))


def _exchange(body: Body, wrong: Mapping[str, BoolArray]) -> Body:
    xy, score = body.xy.copy(), body.score.copy()
    for joint, frames in wrong.items():
        pair = [LEFT[joint], RIGHT[joint]]
        for values in (xy, score):
            values[np.ix_(frames, pair)] = values[np.ix_(frames, pair[::-1])]
    return Body(body.t_s, xy, score, body.view)


def _exchanged(body: Body, joint: str, before: BoolArray, phase: FloatArray) -> BoolArray:
    """(n,) bool: the joint's labels are exchanged, judged against the shape learnt with the last labels."""
    hip = body.mid("hip")
    left, right = body.xy[:, LEFT[joint]] - hip, body.xy[:, RIGHT[joint]] - hip
    own = np.where(before[:, None], right, left)
    other = np.where(before[:, None], left, right)
    shape = [_one_shape(phase, own[:, axis], other[:, axis]) for axis in (FORWARD, UP)]
    if any(curve is None for curve in shape):
        return np.asarray(before)
    here, there = (np.stack([c(phase + half) for c in shape if c is not None], axis=1) for half in (0.0, 0.5))
    keep = np.linalg.norm(left - here, axis=1) + np.linalg.norm(right - there, axis=1)
    swap = np.linalg.norm(right - here, axis=1) + np.linalg.norm(left - there, axis=1)
    return np.asarray(swap < CLEARLY * keep)


def _one_shape(phase: FloatArray, left: FloatArray, right: FloatArray) -> Curve | None:
    """The path that both legs share half a stride apart."""
    return fold(np.concatenate([phase, phase + 0.5]), np.concatenate([left, right]), harmonics=SHAPE_HARMONICS)
