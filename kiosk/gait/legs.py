"""Which leg is which: networks exchange the legs in side views, above all in dark tights.

The legs run the same movement half a stride apart. A frame whose knees or ankles fit the exchanged legs much better than
its own labels is exchanged back; nothing is averaged over an exchange.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import FloatArray
from kiosk.gait.folding import Phases, fold_all
from kiosk.gait.geometry import FORWARD, UP, Body
from kiosk.gait.rhythm import find_stride_hz, follow_either_phase, follow_phase, neighbours, slope_of
from kiosk.pose.keypoints import LEFT, RIGHT, SEEN_SCORE

BoolArray = NDArray[np.bool_]

JOINTS = ("knee", "ankle")
ANKLE = JOINTS.index("ankle")
PAIRS = np.array([[LEFT[joint], RIGHT[joint]] for joint in JOINTS])
"""(joints, legs) keypoints."""
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
    phases: Phases
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

    @property
    def phase(self) -> FloatArray:
        """(n,) cycles."""
        return self.phases.phase

    @cached_property
    def trunk_px(self) -> FloatArray:
        """(n,) `trunk_height`."""
        return trunk_height(self.body, self.phase)


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
    """Learn the legs' shape, give the legs back and follow the phase in turns, from a first phase; `hold` follows it at the end only.

    Without `hold` the first phase is that of the labels as they are.
    """
    repaired, exchanged, phases = body, np.zeros((len(body.t_s), len(JOINTS)), bool), Phases.of(phase)
    for _ in range(ROUNDS):
        before, exchanged = exchanged, _exchanged(body, exchanged, phases)
        if (exchanged == before).all():
            break  # nor would another turn change anything: it starts from the same labels and the same phase
        repaired = _exchange(body, exchanged)
        if not hold:
            phases = Phases.of(follow_phase(body.t_s, feet_apart(repaired), hz, near))
    if hold:
        phases = Phases.of(follow_phase(body.t_s, feet_apart(repaired), hz, near))
    of_feet, fit = _explained(phases, feet_apart(repaired), 3)
    of_trunk, _ = _explained(phases.doubled, trunk_height(repaired, phases.phase), TRUNK_HARMONICS)
    dropped = _drop_borrowed(repaired, phases)
    return Legs(dropped, phases, slope_of(body.t_s, phases.phase), (of_feet + of_trunk) / 2, float(exchanged[:, ANKLE].mean()), fit)


def _explained(phases: Phases, signal: FloatArray, harmonics: int) -> tuple[float, float]:
    """Share of a signal's variance that repeats every cycle of the phase, 0 to 1: without wild frames, and with every one in full.

    Frames further off than 3 robust standard deviations count as that far in the first.
    """
    curve = fold_all(phases, signal[None], harmonics=harmonics)[0]
    if curve is None:
        return 0.0, 0.0
    rest = signal - curve.fitted
    rest = rest[np.isfinite(rest)]
    variance = max(float(signal[np.isfinite(signal)].var()), 1e-9)
    tame = np.clip(rest, -3 * curve.sigma, 3 * curve.sigma)
    return float(np.clip(1 - tame.var() / variance, 0, 1)), float(np.clip(1 - rest.var() / variance, 0, 1))


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
    slope = slope_of(phase[known], signal[known])
    return np.asarray(signal[known].mean() + slope * (phase - phase[known].mean()))


def _exchange(body: Body, wrong: BoolArray) -> Body:
    xy, score = body.xy.copy(), body.score.copy()
    for (left, right), frames in zip(PAIRS, wrong.T, strict=True):
        for new, old in ((xy, body.xy), (score, body.score)):
            new[frames, left], new[frames, right] = old[frames, right], old[frames, left]
    return Body(body.t_s, xy, score, body.view)


def _drop_borrowed(body: Body, phases: Phases) -> Body:
    """Take out points that lie on the other leg: a hidden ankle is often put on the visible one."""
    off, across = _distances(body, np.zeros((len(body.t_s), len(JOINTS)), bool), phases)
    xy = body.xy.copy()
    xy[:, PAIRS] = np.where((across < BORROWED * off)[..., None], np.nan, xy[:, PAIRS])
    return Body(body.t_s, xy, body.score, body.view)


def _exchanged(body: Body, before: BoolArray, phases: Phases) -> BoolArray:
    """(n, joints) the joint's labels are exchanged, judged against the shape learnt with the last labels."""
    own, other = _distances(body, before, phases)
    learnt = np.isfinite(own).any(axis=(0, 2))
    return np.asarray(np.where(learnt, other.sum(axis=2) < CLEARLY * own.sum(axis=2), before))


def _distances(body: Body, wrong: BoolArray, phases: Phases) -> tuple[FloatArray, FloatArray]:
    """(n, joints, legs) twice: how far each point is from where its own leg's and where the other leg's joint should be, pixels."""
    places = _places(body, wrong, phases)
    points = body.xy[:, PAIRS] - body.mid("hip")[:, None, None]
    own, other = points - places, points - places[:, :, ::-1]
    return np.hypot(own[..., 0], own[..., 1]), np.hypot(other[..., 0], other[..., 1])


def _places(body: Body, wrong: BoolArray, phases: Phases) -> FloatArray:
    """(n, joints, legs, 2) where every joint should be from the mid-hip, if both legs move alike half a stride apart.

    From in front and behind they move like mirror images. NaN for a joint of which too little is seen.
    """
    mirror = np.array([[1.0, 1.0], [1.0 if body.view.is_side else -1.0, 1.0]])  # (legs, axes)
    points, trust = body.xy[:, PAIRS] - body.mid("hip")[:, None, None], body.score[:, PAIRS]
    points = np.where(wrong[:, :, None, None], points[:, :, ::-1], points) * mirror
    trust = np.where(wrong[:, :, None], trust[:, :, ::-1], trust)
    samples = points.transpose(1, 3, 2, 0).reshape(2 * len(JOINTS), -1)  # a row for each axis of each joint, the right leg after the left
    weights = np.repeat(trust.transpose(1, 2, 0).reshape(len(JOINTS), -1) ** 2, 2, axis=0)
    curves = fold_all(phases.with_opposite(SHAPE_HARMONICS), samples, weights, SHAPE_HARMONICS)
    paths = np.stack([curve.fitted if curve is not None else np.full(samples.shape[1], np.nan) for curve in curves])
    return np.asarray(paths.reshape(len(JOINTS), 2, 2, -1).transpose(3, 0, 2, 1) * mirror)
