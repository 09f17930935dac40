"""What can be said, how surely, and the sentence when it cannot."""

from collections.abc import Mapping

import numpy as np

from kiosk.domain import FloatArray, PoseSeries, Quality, Side, View
from kiosk.gait.events import FootPhases, vaults
from kiosk.gait.geometry import FORWARD, UP, Body
from kiosk.gait.legs import Legs
from kiosk.gait.view import detect_view
from kiosk.pose.keypoints import LEFT, RIGHT, SEEN_SCORE

LEAST_STRIDES = 4
GOOD_STRIDES = 7
"""Strides of a leg for a value, and for a good one (METRICS.md)."""
SLOWEST_FPS = 7.5
"""Fewer frames a second cannot follow a stride: a fast runner's lasts 0.55 s, and 8 a second are the least we support."""
SEEN_SHARE = 0.6
"""Share of the frames in which torso and legs must be seen (our choice)."""
LEAST_LEG_PX = 50.0
"""A shorter leg in the picture is too small to measure: one pixel is then more than 1 % of it (our choice)."""
STEADY = 0.7
"""Least share of the movement of feet and trunk that repeats every stride: 0.85 to 1.0 in the runners of our validation sets, 0.3 to
0.5 in people who walk about and climb."""
WALKING = "This looks like walking: running form is judged only while running."
WALK_DUTY = 0.5
"""Each foot on the ground for half the stride or longer is walking by definition (no flight)."""
LEAST_TRAVEL = 0.25
LEAST_LIFT = 0.12
"""Feet that never spread further than this part of a leg (front and rear view: are never lifted further) do not run (our choice)."""
WIDEST_GAP = 0.12
"""An event is not known when no sample lies within this stretch of the stride around it: 9 samples a stride (our choice)."""


def refusal_of_frames(series: PoseSeries, view: View) -> str:
    """Why these frames cannot be measured at all, before any gait; "" when they can."""
    n = len(series.t_s)
    if n == 0:
        return "The recording is empty: there is no frame to look at."
    rate = (n - 1) / max(float(series.t_s[-1] - series.t_s[0]), 1e-9)
    if n > 1 and rate < SLOWEST_FPS:
        return f"Too few pictures a second ({rate:.1f}): at least {SLOWEST_FPS:.0f} are needed to see a step."
    needed = [*(LEFT[p] for p in ("shoulder", "hip")), *(RIGHT[p] for p in ("shoulder", "hip"))]
    if float((series.score[:, needed] > SEEN_SCORE).all(axis=1).mean()) < SEEN_SHARE:
        return "No runner is seen. Stand on the treadmill so that the whole body is in the picture."
    legs = [*(LEFT[p] for p in ("knee", "ankle")), *(RIGHT[p] for p in ("knee", "ankle"))]
    if float((series.score[:, legs] > SEEN_SCORE).mean()) < SEEN_SHARE:
        return "The legs or feet are not seen. Move the camera back or down until both feet are in the picture."
    if series.t_s[-1] - series.t_s[0] < LEAST_STRIDES * 0.6:
        return (
            f"The recording is too short ({series.t_s[-1] - series.t_s[0]:.1f} s): at least {LEAST_STRIDES} strides are needed, about 4 s."
        )
    return _wrong_view(series, view)


def _wrong_view(series: PoseSeries, view: View) -> str:
    seen = detect_view(series)
    if seen is None or seen is view:
        return ""
    if seen.is_side and view.is_side:
        return f"The runner is seen from the {seen.value}, not from the {view.value} as set. Set the view to {seen.value} or auto."
    if seen.is_side != view.is_side:
        return f"This looks like the {seen.value} view, not the {view.value} view as set. Set the view to {seen.value} or move the camera."
    return ""


def refusal_of_gait(legs: Legs | None, leg_px: float, feet: Mapping[Side, FootPhases]) -> str:
    """Why this movement is not running that can be measured; "" when it is."""
    if legs is None or not np.isfinite(leg_px):
        return "No legs in motion are seen."
    if leg_px < LEAST_LEG_PX:
        return (
            f"The runner is too small in the picture (leg {leg_px:.0f} pixels, at least {LEAST_LEG_PX:.0f} needed). Move the camera closer."
        )
    if _travel(legs.body) < (LEAST_TRAVEL if legs.body.view.is_side else LEAST_LIFT) * leg_px:
        return "Nobody is running: the feet hardly move."
    if legs.strength < STEADY:
        return "No steady running rhythm is seen."
    return WALKING if vaults(legs) else _refusal_of_feet(feet)


def _refusal_of_feet(feet: Mapping[Side, FootPhases]) -> str:
    duties = [foot.stance for foot in feet.values()]
    if not duties:
        return "The feet do not move like a runner's: contact and toe off cannot be told."
    if float(np.mean(duties)) >= WALK_DUTY:
        return WALKING
    return ""


def _travel(body: Body) -> float:
    axis = FORWARD if body.view.is_side else UP
    ankle = body.xy[:, [LEFT["ankle"], RIGHT["ankle"]], axis] - body.mid("hip")[:, None, axis]
    ankle = ankle[np.isfinite(ankle)]
    return float(np.percentile(ankle, 95) - np.percentile(ankle, 5)) if ankle.size else 0.0


def grade(n: int) -> tuple[Quality, str]:
    """Quality and its reason for a number of strides."""
    if n < LEAST_STRIDES:
        return Quality.NONE, f"Only {n} strides measured; at least {LEAST_STRIDES} are needed."
    if n < GOOD_STRIDES:
        return Quality.LOW, f"Only {n} strides measured; {GOOD_STRIDES} make it sure."
    return Quality.GOOD, ""


def robust_spread(values: FloatArray) -> float:
    """Median absolute deviation times 1.4826 (METRICS.md); 0 for a single value."""
    return float(1.4826 * np.median(np.abs(values - np.median(values))))
