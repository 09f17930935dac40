"""Slow motion and fast forward: does this runner fall as fast as things fall?

Between two contacts a runner falls freely, so bounce, cadence and the share of the stride on the ground are tied by
gravity. A recording that is played k times too slowly shows a gravity k^2 times too small.
"""

from typing import NamedTuple

import numpy as np

from kiosk.gait.events import foot_phases
from kiosk.gait.folding import fold_all
from kiosk.gait.geometry import LEG_OF_HEIGHT, UP, Body
from kiosk.gait.legs import Legs, head_seen, tell_apart
from kiosk.gait.refusals import say
from kiosk.gait.strides import leg_length_px

GRAVITY_M_S2 = 9.81
LEG_M = 0.86
"""Leg of a person of 1.75 m (0.491 of the height, METRICS.md). Legs of 0.65 to 1.05 m change the factor by 15 %."""
SLOW, FAST = 1.3, 0.62
"""Beyond these the recording is not at its true speed. 17 force-plate runners at true speed read 0.88 to 1.02, networks on
rendered runners, whose points bounce too little, up to 1.18; 1.5 times slow motion reads 1.33 and more. A child of 1.1 m, whose leg
is taken for an adult's, reads down to 0.67; 2 times fast forward of adults reads 0.44 to 0.59."""
SLOW_SPM, FAST_SPM = 135.0, 205.0
"""... and only below or above this cadence as played: runners at true speed make 140 to 205 steps a minute (METRICS.md: means
160 to 182, SD 9 to 13); a second sign, so that a bounce measured wrongly alone refuses nobody (our choice)."""
RUNNING_SPM = (115.0, 270.0)
"""The cadence at the suspected speed must be a runner's, else nothing is suspected (our choice, wide)."""
STEADY = 0.8
"""What the rhythm must explain of the movement at a suspected speed: more than in quality.py, as nothing else speaks for it."""
LIGHT_G, HEAVY_G = 0.55, 2.4
"""From in front and behind only the trunk's acceleration at step frequency is judged, in g of a leg of usual length. A running body's is
0.67 to 1.57 with each foot on the ground for a quarter to half of the stride (half-sine push); force-plate runners read 1.16 to
1.51, networks 0.82 to 1.0.
A walker's is about 0.3 (2 cm up and down at 1.9 steps a second)."""
USUAL_G = 1.1
"""The middle of a running body's, to tell how many times too fast a recording is (our choice)."""
GENTLE_G = 0.8
"""Below this and below SLOW_SPM two signs speak against running at true speed (our choice, by the same figures)."""
SEARCHED = (1.0, 2.5, 6.0, 0.4)
"""Speeds at which the rhythm is searched: each covers strides from 0.7 to 1.95 a second of its own clock (rhythm.py), together
from 0.12 to 4.9 a second as played."""
MAY_COME_FROM_SPEED = ("", say("no_rhythm"), say("odd_feet"))
NAMED = (1.5, 2.0, 4.0, 8.0)
"""Factors a person is told: what phones record and players offer."""


class Pace(NamedTuple):
    """What the fall of a runner says of the clock."""

    factor: float
    """How many times too slowly the recording plays; 1 at its true speed."""
    cadence_spm: float
    """As played."""


def played_wrongly(body: Body, height_cm: float | None = None, refusal: str = "", legs: Legs | None = None) -> str:
    """Why this recording is not at its true speed, as a sentence; "" when it is or when that cannot be told.

    Slow motion up to about 1.3 times and fast forward up to about 1.6 times cannot be told from a tall, a short or a softly running person.

    Args:
        body: keypoints of one runner seen from the side, in their own time stamps.
        height_cm: of the runner, when known.
        refusal: what else speaks against measuring. Only a missing rhythm may come from a wrong speed; nothing else is looked into.
        legs: the same body told apart, when that has been done.
    """
    if refusal not in MAY_COME_FROM_SPEED:
        return ""
    for speed in SEARCHED:
        pace = _pace(legs if legs and speed == 1 else _told_apart(body, speed), speed, height_cm)
        if pace is None or not RUNNING_SPM[0] <= pace.factor * pace.cadence_spm <= RUNNING_SPM[1]:
            continue
        if pace.factor > SLOW and pace.cadence_spm < SLOW_SPM:
            return say("slow_motion", factor=_named(pace.factor))
        if pace.factor < FAST and pace.cadence_spm > FAST_SPM:
            return say("fast_forward", factor=_named(1 / pace.factor))
        return ""
    return ""


def falls_wrongly(legs: Legs, leg_px: float, height_cm: float | None) -> str:
    """From in front and behind: why this trunk's rise and fall is not running at true speed, as a sentence; "" when it may be.

    Walking and slow motion look alike there. A phase of the feet against the trunk, as in side views, would depend on the camera's height.
    """
    swing_m = _bounce(legs) / leg_px * _leg_m(height_cm)
    pull_g = swing_m * (4 * np.pi * legs.stride_hz) ** 2 / GRAVITY_M_S2
    if pull_g < LIGHT_G or (pull_g < GENTLE_G and 120 * legs.stride_hz < SLOW_SPM):
        return say("walking_or_slow")
    return say("fast_forward", factor=_named(float(np.sqrt(pull_g / USUAL_G)))) if pull_g > HEAVY_G else ""


def _leg_m(height_cm: float | None) -> float:
    return LEG_M if height_cm is None else LEG_OF_HEIGHT * height_cm / 100


def _told_apart(body: Body, speed: float) -> Legs | None:
    return tell_apart(Body(body.t_s / speed, body.xy, body.score, body.view))


def _pace(legs: Legs | None, speed: float, height_cm: float | None) -> Pace | None:
    """Factor and cadence as played, from the rhythm found at `speed`; None when these legs do not run there."""
    if legs is None or legs.strength < STEADY:
        return None
    leg_px = leg_length_px(legs.body)
    duties = [foot.stance for foot in foot_phases(legs, leg_px).values()]
    if not duties or not 0 < np.mean(duties) < 0.5:
        return None
    fall = apparent_gravity(legs, leg_px, float(np.mean(duties))) / speed**2
    if not fall > 0:
        return None
    return Pace(float(np.sqrt(GRAVITY_M_S2 / _leg_m(height_cm) / fall)), 120 * legs.stride_hz / speed)


def apparent_gravity(legs: Legs, leg_px: float, duty: float) -> float:
    """Gravity in leg lengths a second squared by which this runner falls.

    The ground pushes up with half a sine during each contact (Morin 2005, doi:10.1123/jab.21.2.167), and its mean is the body's
    weight. The first harmonic of the body's height, at step frequency, then has the acceleration
    2 g cos(pi s) / (1 - 4 s^2), where s = 2 duty is the share of the step on the ground.

    Args:
        legs: told apart, with phase.
        leg_px: leg length in the picture.
        duty: share of the stride in which one foot is on the ground, below 0.5.
    """
    s = 2 * duty
    push = np.pi / 2 if abs(s - 0.5) < 1e-3 else 2 * np.cos(np.pi * s) / (1 - 4 * s**2)
    return float(_bounce(legs) / leg_px * (4 * np.pi * legs.stride_hz) ** 2 / push)


def _bounce(legs: Legs) -> float:
    """Amplitude at step frequency of hip or head, pixels.

    The larger one is taken: a network's points follow the clothes and move too little, never too much.
    """
    parts = ("hip", "ear") if head_seen(legs.body) else ("hip",)
    levels = np.stack([legs.body.mid(part)[:, UP] for part in parts])
    curves = fold_all(legs.phases.doubled, levels, harmonics=4)
    return max(float(np.hypot(*curve.coefficients[1:3])) if curve is not None else 0.0 for curve in curves)  # 0: the point is not seen


def _named(factor: float) -> float:
    return min(NAMED, key=lambda named: abs(float(np.log(named / factor))))
