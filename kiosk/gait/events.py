"""Contact and toe off without a foot keypoint: from the folded paths of ankles and body.

A point's path over one stride is known to a few milliseconds after folding, also at 15 frames a second. Rules and lags were
compared on treadmill runners with force plates at 2.5 to 4.5 m/s and on rendered runners (docs/metrics.md has the table).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kiosk.domain import FloatArray, Side, View
from kiosk.gait.folding import FINEST, HARMONICS, Curve, fold_all
from kiosk.gait.geometry import FORWARD, UP
from kiosk.gait.grouped import median
from kiosk.gait.legs import TRUNK_HARMONICS, Legs, slow_part
from kiosk.pose.keypoints import OF_SIDE

EVERY = 1 / FINEST
GRID = np.arange(0, 1, EVERY)
"""Phases at which folded curves are searched."""

BODY_HARMONICS = 2
"""The trunk's height is read as a wave of each step with its left-right difference: its fastest sinking is then found within
a few milliseconds in any view and with any network, while more harmonics learn noise."""
LOADED = 0.66
"""The trunk sinks fastest when the leg carries the body's weight. Were the force a half sine over the contact time Tc of each step
time Ts, that would be Tc/pi asin(2 Tc / pi Ts) after the touch, 33 ms on average; the trunk leads the whole body's centre, so it is
less: 0.71 of it on force plates (17 runs of 6 runners, residual SD 4 ms), 0.54 on rendered runners, who have no weight (SD 2 ms).
Our choice lies between them."""
LIFT_L = 0.112
"""Height of the ankle above its stance level at toe off, leg lengths: the foot stands on its toe, and a foot's geometry
scales with the leg. Force plates 0.107 (SD of the time 9 ms), rendered runners 0.115."""
OUTWARD_MS = 5.0
"""After toe off the foot swings outward: the near one comes closer to a camera at hip height and looks lower, so its lift is seen
late, the far one's early. Force plates: 6 ms each way (near 14 ms, far 3 ms late with a lift of 0.118 L)."""
RISE_LEAD_MS = 50.0
LOWEST_LEAD_MS = 60.0
"""From in front and behind toe off is not seen. The trunk rises fastest when the leg stops carrying its weight, 25 to 78 ms (mean 50)
before toe off on force plates (6 runs), 37 to 55 ms on rendered runners. From behind the ankle looks lowest when it is nearest and
the heel has not lifted far: 37 to 85 ms before (mean 55), 60 to 70 ms on rendered runners."""
LOWEST_TRUST_MS = 30.0
"""The lowest ankle is believed when it says the same as the trunk within this time (our choice)."""
LONGEST_STANCE = 0.75
"""No search for toe off beyond this part of the stride after contact; walking ends near 0.6 (Winter 2009)."""
TO_SINKING = {View.LEFT: 0.09, View.RIGHT: 0.09, View.FRONT: 0.52, View.REAR: 0.27}
"""Where the trunk sinks fastest after a foot's contact is looked for, part of a stride after the foot was furthest ahead (side views:
0.02 to 0.15 in our runners) or looked highest above the other (from front 0.51 to 0.54, from behind 0.18 to 0.37)."""


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
    def leaves(self) -> float:
        """Toe off after contact: at least `contact`, may be beyond 1."""
        return self.contact + self.stance

    @property
    def midstance(self) -> float:
        """Half-way between contact and toe off."""
        return self.contact + self.stance / 2


@dataclass(frozen=True)
class _Trunk:
    """Height of the trunk and head over the stride, folded."""

    wave: Curve
    """On the stride, BODY_HARMONICS."""
    step: Curve
    """On the step, TRUNK_HARMONICS."""

    def sinks_fastest(self, expected: float) -> float:
        """Phase nearest to `expected` at which the trunk sinks faster than just before and after; it does so twice a stride."""
        slope = self.wave.slope_along(GRID)
        fastest = GRID[(slope < np.roll(slope, 1)) & (slope <= np.roll(slope, -1)) & (slope < 0)]
        away = (fastest - expected + 0.5) % 1.0 - 0.5
        return expected + float(away[np.argmin(np.abs(away))]) if fastest.size else expected

    def rises_fastest(self, start: float, end: float) -> float:
        """Phase between start and end."""
        around = np.arange(start, end, EVERY)
        return float(around[np.argmax(self.step.slope_along(2 * around))])


@dataclass(frozen=True)
class _Signs:
    """What is seen of one foot on the ground, phases."""

    sinks: float
    """The trunk sinks fastest, just after contact."""
    toe_off: float
    gap: float


def vaults(legs: Legs) -> bool:
    """From the side: the trunk is highest while a foot stands under it.

    So it is in walking, where the leg is a strut; running, it is a spring, and the trunk is lowest then (Cavagna, Heglund & Taylor 1977,
    doi:10.1152/ajpregu.1977.233.5.R243).
    """
    wave = fold_all(legs.phases.doubled, legs.trunk_px[None], harmonics=1)[0]
    if wave is None:
        return False
    highest = float(GRID[np.argmax(wave.along(GRID))]) / 2  # a runner's is near 0, when the feet are furthest apart: -0.06 to 0 in ours
    return abs((highest + 0.25) % 0.5 - 0.25) > 0.125


def foot_phases(legs: Legs, leg_px: float) -> dict[Side, FootPhases]:
    """Contact and toe off of each foot whose path looks like a running or walking foot's.

    Args:
        legs: told apart, with phase.
        leg_px: leg length in the picture.
    """
    height = legs.trunk_px / leg_px
    paths_of, signs_of = (_side_paths, _from_the_side) if legs.body.view.is_side else (_facing_paths, _from_front_or_behind)
    paths = np.stack([path / leg_px for side in Side for path in paths_of(legs, side)])
    step = fold_all(legs.phases.doubled, height[None], harmonics=TRUNK_HARMONICS)[0]
    wave, *curves = fold_all(legs.phases, np.vstack([height, paths]), harmonics=[BODY_HARMONICS] + len(paths) * [HARMONICS])
    if wave is None or step is None:
        return {}
    signs = {}
    for i, side in enumerate(Side):
        known = [curve for curve in curves[i * len(curves) // 2 : (i + 1) * len(curves) // 2] if curve is not None]
        found = signs_of(legs, side, known, _Trunk(wave, step)) if 2 * len(known) == len(curves) else None
        if found is not None:
            signs[side] = found
    if not signs:
        return {}
    load = _half_sine(float(np.mean([s.toe_off - s.sinks for s in signs.values()])))
    return {side: FootPhases((s.sinks - LOADED * load) % 1.0, s.toe_off % 1.0, s.gap) for side, s in signs.items()}


def _half_sine(seen: float) -> float:
    """Time from contact until a half sine of force reaches the body's weight, cycles; `seen` is the stance after LOADED of it."""
    load = 0.0
    for _ in range(8):  # each round leaves a fifth of the error
        stance = seen + LOADED * load
        load = stance / np.pi * float(np.arcsin(np.clip(4 * stance / np.pi, 0, 1)))
    return load


def _side_paths(legs: Legs, side: Side) -> tuple[FloatArray, ...]:
    """The ankle ahead of the hip, and its height, pixels."""
    ankle, hip = legs.body.xy[:, OF_SIDE[side]["ankle"]], legs.body.mid("hip")
    return ankle[:, FORWARD] - hip[:, FORWARD], ankle[:, UP] - slow_part(legs.phase, hip[:, UP])


def _from_the_side(legs: Legs, side: Side, paths: Sequence[Curve], trunk: _Trunk) -> _Signs | None:
    ahead, height = paths
    front = float(GRID[np.argmax(ahead.along(GRID))])
    sinks = trunk.sinks_fastest(front + TO_SINKING[legs.body.view])
    toe_off = _lifted(height, sinks)
    if toe_off is None:
        return None
    near = 1 if side.value == legs.body.view.value else -1
    return _Signs(sinks, toe_off - near * OUTWARD_MS * 1e-3 * legs.stride_hz, max(ahead.gap, height.gap))


def _lifted(height: Curve, landed: float) -> float | None:
    """Phase at which the ankle has risen as far as a foot on its toe lifts it; None when it never does."""
    level = median(height(landed + np.arange(0.05, 0.17, 0.01)))
    after = landed + np.arange(0.1, LONGEST_STANCE, EVERY)
    high = height.along(after) >= level + LIFT_L
    return float(after[np.argmax(high)]) if high.any() and not high[0] else None


def _facing_paths(legs: Legs, side: Side) -> tuple[FloatArray, ...]:
    """The ankle's height, pixels."""
    return (legs.body.xy[:, OF_SIDE[side]["ankle"], UP],)


def _from_front_or_behind(legs: Legs, side: Side, paths: Sequence[Curve], trunk: _Trunk) -> _Signs | None:
    (height,) = paths
    highest = 0.0 if side is Side.LEFT else 0.5
    sinks = trunk.sinks_fastest(highest + TO_SINKING[legs.body.view])
    ms = 1e-3 * legs.stride_hz
    toe_off = trunk.rises_fastest(sinks + 0.12, sinks + 0.45) + RISE_LEAD_MS * ms
    if legs.body.view is View.REAR:
        stance = sinks + np.arange(0.05, 0.45, EVERY)
        lowest = float(stance[np.argmin(height.along(stance))]) + LOWEST_LEAD_MS * ms
        if abs(lowest - toe_off) < LOWEST_TRUST_MS * ms:
            toe_off = (toe_off + lowest) / 2
    return _Signs(sinks, toe_off, height.gap)
