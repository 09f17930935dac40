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

BELT_SHARE = 0.7
"""The foot has landed when the ankle moves back with this share of its speed in mid-stance (our choice: lower shares come before
the touch, higher ones scatter more)."""
BODY_HARMONICS = 2
"""The body's height is read as a wave of each step with its left-right difference: its fastest sinking is then found within
6 to 9 ms in any view and with any network, while more harmonics learn noise."""
SIDE_LAG_MS = 18.0
"""How late the mean of the two signs of contact is in side views. The body sinks fastest when the leg carries its weight: 23 ms
(SD 9 ms) after the touch on force plates, 15 to 21 ms (SD 6 ms) on rendered runners; the ankle matches the belt 13 ms (SD 14 ms)
and 10 to 16 ms late."""
FACING_LAG_MS = 25.0
"""The same from in front and behind, where only the body's sinking is seen: force plates 26 to 30 ms, rendered runners 15 to 25 ms."""
LIFT_L = 0.114
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
class _Body:
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


def foot_phases(legs: Legs, leg_px: float) -> dict[Side, FootPhases]:
    """Contact and toe off of each foot whose path looks like a running or walking foot's.

    Args:
        legs: told apart, with phase.
        leg_px: leg length in the picture.
    """
    height = _body_height(legs) / leg_px
    wave = fold(legs.phase, height, harmonics=BODY_HARMONICS)
    step = fold(2 * legs.phase, height, harmonics=RISE_HARMONICS)
    if wave is None or step is None:
        return {}
    find = _from_the_side if legs.body.view.is_side else _from_front_or_behind
    return find(legs, leg_px, _Body(wave, step))


def _from_the_side(legs: Legs, leg_px: float, body: _Body) -> dict[Side, FootPhases]:
    """Both legs share the mean of the two signs; how they differ in contact is told by the body alone, which both carry."""
    paths = {side: path for side in Side if (path := _path(legs, side, leg_px)) is not None}
    sinks = {side: body.sinks_fastest(path.front - 0.08, path.front + 0.25) for side, path in paths.items()}
    if not paths:
        return {}
    common = float(np.mean([path.matches_belt(sinks[side]) - sinks[side] for side, path in paths.items()])) / 2
    out = {}
    for side, path in paths.items():
        contact = sinks[side] + common - SIDE_LAG_MS * 1e-3 * legs.stride_hz
        near = 1 if side.value == legs.body.view.value else -1
        toe_off = path.lifted(contact)
        if toe_off is not None:
            out[side] = _found(contact, toe_off - near * OUTWARD_MS * 1e-3 * legs.stride_hz, path.gap)
    return out


def _from_front_or_behind(legs: Legs, leg_px: float, body: _Body) -> dict[Side, FootPhases]:
    out = {}
    for side in Side:
        height = fold(legs.phase, legs.body.xy[:, OF_SIDE[side]["ankle"], UP] / leg_px)
        if height is None:
            continue
        expected = (0.0 if side is Side.LEFT else 0.5) + SWING_TO_CONTACT
        sinks = body.sinks_fastest(expected - 0.24, expected + 0.24)
        signs = [body.rises_fastest(sinks + 0.12, sinks + 0.45) + RISE_LEAD_MS * 1e-3 * legs.stride_hz]
        if legs.body.view is View.REAR:
            stance = sinks + np.arange(0.05, 0.45, 1 / 720)
            signs.append(float(stance[np.argmin(height(stance))]) + LOWEST_LEAD_MS * 1e-3 * legs.stride_hz)
        out[side] = _found(sinks - FACING_LAG_MS * 1e-3 * legs.stride_hz, float(np.mean(signs)), height.gap)
    return out


def _found(contact: float, toe_off: float, gap: float) -> FootPhases:
    return FootPhases(contact % 1.0, toe_off % 1.0, gap)


@dataclass(frozen=True)
class _Path:
    """The folded path of one ankle seen from the side, leg lengths."""

    ahead: Curve
    """From the mid-hip."""
    height: Curve
    front: float
    """Phase where it is furthest ahead."""

    @property
    def gap(self) -> float:
        return max(self.ahead.gap, self.height.gap)

    def matches_belt(self, sinks: float) -> float:
        """Phase from which the ankle moves back with the belt, around the phase where the body sinks fastest.

        Looked for backward from stance: in late swing a foot may move back fast and slow down again.
        """
        belt = float(np.median(-self.ahead.slope(sinks + np.arange(0.05, 0.2, 0.01))))
        before = sinks + np.arange(0.08, -0.15, -1 / 720)
        return float(before[np.argmax(-self.ahead.slope(before) < BELT_SHARE * belt)])

    def lifted(self, contact: float) -> float | None:
        """Phase at which the ankle has risen as far as a foot on its toe lifts it; None when it never does."""
        level = float(np.median(self.height(contact + np.arange(0.08, 0.2, 0.01))))
        after = contact + np.arange(0.12, LONGEST_STANCE, 1 / 720)
        high = self.height(after) >= level + LIFT_L
        return float(after[np.argmax(high)]) if high.any() and not high[0] else None


def _path(legs: Legs, side: Side, leg_px: float) -> _Path | None:
    ankle, hip = legs.body.xy[:, OF_SIDE[side]["ankle"]], legs.body.mid("hip")
    ahead = fold(legs.phase, (ankle[:, FORWARD] - hip[:, FORWARD]) / leg_px)
    height = fold(legs.phase, (ankle[:, UP] - _drift(legs, hip[:, UP])) / leg_px)
    if ahead is None or height is None:
        return None
    return _Path(ahead, height, float(GRID[np.argmax(ahead(GRID))]))


def _body_height(legs: Legs) -> FloatArray:
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
