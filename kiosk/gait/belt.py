"""The belt's speed as a check of the scale: a standing foot goes back as fast as the belt, so a leg length in cm follows from it.

What must not go in: scaling values by it (bounce_cm keeps to the typed height), reading a treadmill (kiosk/treadmill).
"""

from collections.abc import Iterable

import numpy as np

from kiosk.domain import FloatArray, PoseSeries, Side, Stride, View
from kiosk.gait.analysis import analyse
from kiosk.gait.geometry import FORWARD, LEG_OF_HEIGHT, Setting
from kiosk.gait.spans import LONGEST_GAP_S, spans
from kiosk.gait.strides import Gait
from kiosk.pose.identity import without_pauses
from kiosk.words import NOTHING, Phrase

FLAT = (0.25, 0.65)
"""Part of the contact in which the sole stands: before it the foot rolls down, after it the heel lifts and the ankle goes slower than
the belt (our choice: steadiest of four stretches on the rendered runners)."""
LEAST_FRAMES = 2
"""Frames of one contact in that part, to tell a speed."""
LEAST_STANCES = 8
"""Contacts of the near leg that gave a speed (our choice: twice what a value needs, as two or three frames tell one)."""
FAR_OFF = 0.15
"""A leg that much longer or shorter than the height says is worth a warning (our choice). On 7 rendered runners the leg came out 4.5 %
short, spread 3.6 % with the worse network, from -11 to -1 % (docs/retest.md); people's legs differ by some percent of their height as
well. It finds miles taken for kilometres, 20 cm too much height, 2 km/h too much at 12; it does not find half a km/h."""
CM_PER_M = 100.0
KMH_PER_MS = 3.6

SCALE_OFF = Phrase(
    "By the belt's {speed_kmh:.1f} km/h a leg is {leg_cm:.0f} cm long, by the height of {height_cm:.0f} cm it is {typed_cm:.0f} cm:"
    " one of the two is typed wrong. Check the speed and the height."
)


def scale_cm_per_leg(series: PoseSeries, view: View | None, setting: Setting, speed_kmh: float | None) -> float | None:
    """Length of the runner's leg L by the belt's speed, cm.

    Args:
        series: poses of one runner, of any length.
        view: side that faces the camera.
        setting: camera, belt and network, as for the metrics.
        speed_kmh: of the belt.

    Returns:
        None from in front and behind, without a speed, and with too few contacts of the near leg.
    """
    if view is None or not view.is_side or speed_kmh is None:
        return None
    return scale_of((analyse(span, view, setting).gait for span in spans(without_pauses(series, LONGEST_GAP_S))), speed_kmh)


def scale_of(gaits: Iterable[Gait | None], speed_kmh: float | None) -> float | None:
    """The same from stretches that are measured already; None among them was refused."""
    speeds = [legs_a_second(gait, Side(gait.body.view.value)) for gait in gaits if gait is not None and gait.body.view.is_side]
    all_speeds = np.concatenate(speeds) if speeds else np.zeros(0)
    middle = float(np.median(all_speeds)) if all_speeds.size >= LEAST_STANCES else 0.0
    return CM_PER_M * speed_kmh / KMH_PER_MS / middle if middle > 0 and speed_kmh else None


def legs_a_second(gait: Gait, side: Side) -> FloatArray:
    """(n,) how fast the standing foot goes back in each contact with enough frames, leg lengths a second."""
    back = -gait.points(side, "ankle")[:, FORWARD] * gait.scale
    found = [_slope(gait.body.t_s, back, stride) for stride in gait.strides.get(side, ())]
    speeds = np.array([speed for speed in found if speed is not None])
    return np.asarray(speeds / np.cos(np.radians(gait.incline_deg)))  # the belt's own speed is along its slope


def _slope(t_s: FloatArray, back: FloatArray, stride: Stride) -> float | None:
    contact_s = stride.toe_off_s - stride.start_s
    here = (t_s >= stride.start_s + FLAT[0] * contact_s) & (t_s <= stride.start_s + FLAT[1] * contact_s) & np.isfinite(back)
    if here.sum() < LEAST_FRAMES:
        return None
    rest_s = t_s[here] - t_s[here].mean()
    return float((rest_s * back[here]).sum() / (rest_s**2).sum())


def scale_warning(leg_cm: float | None, height_cm: float | None, speed_kmh: float | None) -> Phrase:
    """A sentence when speed and height do not fit one another; nothing when they do or one is not known.

    Args:
        leg_cm: of `scale_cm_per_leg`.
        height_cm: of the runner, as typed.
        speed_kmh: of the belt, as typed or told by it.
    """
    if leg_cm is None or height_cm is None or speed_kmh is None:
        return NOTHING
    typed_cm = LEG_OF_HEIGHT * height_cm
    if abs(leg_cm / typed_cm - 1) <= FAR_OFF:
        return NOTHING
    return SCALE_OFF.filled(speed_kmh=speed_kmh, leg_cm=leg_cm, height_cm=height_cm, typed_cm=typed_cm)
