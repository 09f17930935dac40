"""Contact and toe off without a foot keypoint: from the folded paths of ankles and body.

A point's path over one stride is known to a few milliseconds after folding, also at 15 frames a second. Rules and lags were
compared on treadmill runners with force plates at 2.5 to 4.5 m/s and on rendered runners (docs/metrics.md has the table).
"""

from dataclasses import dataclass

import numpy as np

from kiosk.domain import FloatArray, Side, View
from kiosk.gait.folding import Curve, fold
from kiosk.gait.geometry import FORWARD, UP
from kiosk.gait.legs import Legs
from kiosk.pose.keypoints import OF_SIDE

GRID = np.arange(0, 1, 1 / 720)
"""Phases at which folded curves are searched: 1 ms at 83 strides/min."""

BODY_HARMONICS = 2
"""The trunk's height is read as a wave of each step with its left-right difference: its fastest sinking is then found within
a few milliseconds in any view and with any network, while more harmonics learn noise."""
LOADED = 0.64
"""The trunk sinks fastest when the leg carries the body's weight. Were the force a half sine over the contact time Tc of each step
time Ts, that would be Tc/pi asin(2 Tc / pi Ts) after the touch, 33 ms on average; the trunk leads the whole body's centre, so it is
less: 0.71 of it on force plates (17 runs of 6 runners, residual SD 4 ms), 0.54 on rendered runners, who have no weight (SD 2 ms).
Our choice lies between them."""
LIFT_L = 0.111
"""Height of the ankle above its stance level at toe off, leg lengths: the foot stands on its toe, and a foot's geometry
scales with the leg. Force plates 0.107 (SD of the time 9 ms), rendered runners 0.115."""
OUTWARD_MS = 6.0
"""After toe off the foot swings outward: the near one comes closer to a camera at hip height and looks lower, so its lift is seen
late, the far one's early. Force plates: 6 ms each way (near 14 ms, far 3 ms late with a lift of 0.118 L)."""
RISE_HARMONICS = 2
RISE_LEAD_MS = 50.0
"""From in front and behind the body rises fastest (two harmonics of the step) this long before toe off: when the leg stops carrying
its weight. Force plates 50 to 52 ms (SD 18 ms), rendered runners 39 to 52 ms."""
LOWEST_LEAD_MS = 60.0
"""From behind the ankle looks lowest this long before toe off, when it is nearest and the heel has not lifted far. Force plates
55 ms (SD 18 ms), rendered runners 67 to 95 ms; the mean of both signs is used there."""
EARS_SEEN = 0.8
"""Share of the frames in which both ears must be known to be used (our choice)."""
LONGEST_STANCE = 0.75
"""No search for toe off beyond this part of the stride after contact; walking ends near 0.6 (Winter 2009)."""
SWING_TO_CONTACT = 0.42
"""From in front and behind: contact comes about this part of a stride after the foot was highest (0.35 to 0.47 in our runners)."""


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
    """On the step, RISE_HARMONICS."""

    def sinks_fastest(self, start: float, end: float) -> float:
        """Phase between start and end."""
        around = np.arange(start, end, 1 / 720)
        return float(around[np.argmin(self.wave.slope(around))])

    def rises_fastest(self, start: float, end: float) -> float:
        """Phase between start and end."""
        around = np.arange(start, end, 1 / 720)
        return float(around[np.argmax(self.step.slope(2 * around))])


@dataclass(frozen=True)
class _Signs:
    """What is seen of one foot on the ground, phases."""

    sinks: float
    """The trunk sinks fastest, just after contact."""
    toe_off: float
    gap: float


def foot_phases(legs: Legs, leg_px: float) -> dict[Side, FootPhases]:
    """Contact and toe off of each foot whose path looks like a running or walking foot's.

    Args:
        legs: told apart, with phase.
        leg_px: leg length in the picture.
    """
    height = _trunk_height(legs) / leg_px
    wave = fold(legs.phase, height, harmonics=BODY_HARMONICS)
    step = fold(2 * legs.phase, height, harmonics=RISE_HARMONICS)
    if wave is None or step is None:
        return {}
    signs_of = _from_the_side if legs.body.view.is_side else _from_front_or_behind
    signs = {side: found for side in Side if (found := signs_of(legs, side, leg_px, _Trunk(wave, step))) is not None}
    if not signs:
        return {}
    before = _loading(float(np.mean([s.toe_off - s.sinks for s in signs.values()])))
    return {side: FootPhases((s.sinks - before) % 1.0, s.toe_off % 1.0, s.gap) for side, s in signs.items()}


def _loading(seen: float) -> float:
    """How long before the trunk's fastest sinking the foot touched, cycles, from how long it is then still on the ground."""
    before = 0.0
    for _ in range(8):  # each round leaves a fifth of the error
        stance = seen + before
        before = LOADED * stance / np.pi * float(np.arcsin(np.clip(4 * stance / np.pi, 0, 1)))
    return before


def _from_the_side(legs: Legs, side: Side, leg_px: float, trunk: _Trunk) -> _Signs | None:
    ankle, hip = legs.body.xy[:, OF_SIDE[side]["ankle"]], legs.body.mid("hip")
    ahead = fold(legs.phase, (ankle[:, FORWARD] - hip[:, FORWARD]) / leg_px)
    height = fold(legs.phase, (ankle[:, UP] - _drift(legs, hip[:, UP])) / leg_px)
    if ahead is None or height is None:
        return None
    front = float(GRID[np.argmax(ahead(GRID))])
    sinks = trunk.sinks_fastest(front - 0.08, front + 0.25)
    toe_off = _lifted(height, sinks)
    if toe_off is None:
        return None
    near = 1 if side.value == legs.body.view.value else -1
    return _Signs(sinks, toe_off - near * OUTWARD_MS * 1e-3 * legs.stride_hz, max(ahead.gap, height.gap))


def _lifted(height: Curve, landed: float) -> float | None:
    """Phase at which the ankle has risen as far as a foot on its toe lifts it; None when it never does."""
    level = float(np.median(height(landed + np.arange(0.05, 0.17, 0.01))))
    after = landed + np.arange(0.1, LONGEST_STANCE, 1 / 720)
    high = height(after) >= level + LIFT_L
    return float(after[np.argmax(high)]) if high.any() and not high[0] else None


def _from_front_or_behind(legs: Legs, side: Side, leg_px: float, trunk: _Trunk) -> _Signs | None:
    height = fold(legs.phase, legs.body.xy[:, OF_SIDE[side]["ankle"], UP] / leg_px)
    if height is None:
        return None
    expected = (0.0 if side is Side.LEFT else 0.5) + SWING_TO_CONTACT
    sinks = trunk.sinks_fastest(expected - 0.24, expected + 0.24)
    signs = [trunk.rises_fastest(sinks + 0.12, sinks + 0.45) + RISE_LEAD_MS * 1e-3 * legs.stride_hz]
    if legs.body.view is View.REAR:
        stance = sinks + np.arange(0.05, 0.45, 1 / 720)
        signs.append(float(stance[np.argmin(height(stance))]) + LOWEST_LEAD_MS * 1e-3 * legs.stride_hz)
    return _Signs(sinks, float(np.mean(signs)), height.gap)


def _trunk_height(legs: Legs) -> FloatArray:
    """(n,) mean height of hips, shoulders and ears without its slow part, pixels; without the ears where they are not seen."""
    trunk = (legs.body.mid("hip")[:, UP] + legs.body.mid("shoulder")[:, UP]) / 2
    ears = legs.body.mid("ear")[:, UP]
    height = (2 * trunk + ears) / 3 if np.isfinite(ears).mean() > EARS_SEEN else trunk
    return height - _drift(legs, height)


def _drift(legs: Legs, signal: FloatArray) -> FloatArray:
    """The slow part of a signal: straight line over the span (a runner drifts on the belt, a camera does not)."""
    known = np.isfinite(signal)
    if known.sum() < 2:
        return np.zeros(len(signal))
    return np.asarray(np.polyval(np.polyfit(legs.phase[known], signal[known], 1), legs.phase))
