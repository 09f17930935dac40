"""What can be said, how surely, and the sentence when it cannot."""

from collections.abc import Mapping

import numpy as np

from kiosk.domain import FloatArray, PoseSeries, Quality, Side, View
from kiosk.gait.events import FootPhases, vaults
from kiosk.gait.framing import SEEN_SHARE, feet_problem, torso_seen
from kiosk.gait.geometry import FORWARD, UP, Body
from kiosk.gait.grouped import median, percentile
from kiosk.gait.legs import Legs
from kiosk.gait.refusals import say
from kiosk.gait.view import detect_view
from kiosk.pose.keypoints import LEFT, RIGHT

LEAST_STRIDES = 4
GOOD_STRIDES = 7
"""Strides of a leg for a value, and for a good one (METRICS.md)."""
SLOWEST_FPS = 7.5
"""Fewer frames a second cannot follow a stride: a fast runner's lasts 0.55 s, and 8 a second are the least we support."""
LEAST_LEG_PX = 50.0
"""A shorter leg in the picture is too small to measure: one pixel is then more than 1 % of it (our choice)."""
STEADY = 0.7
"""Least share of the movement of feet and trunk that repeats every stride: 0.85 to 1.0 in the runners of our validation sets, 0.3 to
0.5 in people who walk about and climb."""
WALK_DUTY = 0.5
"""Each foot on the ground for half the stride or longer is walking by definition (no flight)."""
LEAST_TRAVEL = 0.25
LEAST_LIFT = 0.12
"""Feet that never spread further than this part of a leg (front and rear view: are never lifted further) do not run (our choice)."""
WIDEST_GAP = 0.12
"""An event is not known when no sample lies within this stretch of the stride around it: 9 samples a stride (our choice)."""


def refusal_of_frames(series: PoseSeries, view: View | None) -> str:
    """Why these frames cannot be measured at all, before any gait; "" when they can. `view` None: not known, not judged."""
    n = len(series.t_s)
    if n == 0:
        return say("empty")
    seconds = float(series.t_s[-1] - series.t_s[0])
    fps = (n - 1) / max(seconds, 1e-9)
    if n > 1 and fps < SLOWEST_FPS:
        return say("few_pictures", fps=fps, least=SLOWEST_FPS)
    if float(torso_seen(series).mean()) < SEEN_SHARE:
        return say("nobody")
    feet = feet_problem(series)
    if feet:
        return feet
    if seconds < LEAST_STRIDES * 0.6:
        return say("too_short", seconds=seconds, strides=LEAST_STRIDES)
    return _wrong_view(series, view) if view is not None else ""


def _wrong_view(series: PoseSeries, view: View) -> str:
    seen = detect_view(series)
    if seen is None or seen is view:
        return ""
    row = "wrong_side" if seen.is_side and view.is_side else "wrong_view"
    return say(row, seen=seen.value, view=view.value)


def refusal_of_gait(legs: Legs | None, leg_px: float, feet: Mapping[Side, FootPhases]) -> str:
    """Why this movement is not running that can be measured; "" when it is."""
    if legs is None or not np.isfinite(leg_px):
        return say("still")
    if leg_px < LEAST_LEG_PX:
        return say("too_small", leg_px=leg_px, least=LEAST_LEG_PX)
    if _travel(legs.body) < (LEAST_TRAVEL if legs.body.view.is_side else LEAST_LIFT) * leg_px:
        return say("still")
    if legs.strength < STEADY:
        return say("no_rhythm")
    return say("walking") if legs.body.view.is_side and vaults(legs) else _refusal_of_feet(feet)


def _refusal_of_feet(feet: Mapping[Side, FootPhases]) -> str:
    duties = [foot.stance for foot in feet.values()]
    if not duties:
        return say("odd_feet")
    return say("walking") if float(np.mean(duties)) >= WALK_DUTY else ""


def _travel(body: Body) -> float:
    axis = FORWARD if body.view.is_side else UP
    hip = body.mid("hip")[:, axis]
    paths = [body.xy[:, points["ankle"], axis] - hip for points in (LEFT, RIGHT)]
    known = [path[np.isfinite(path)] for path in paths]
    return max((percentile(path, 95) - percentile(path, 5) for path in known if path.size), default=0.0)


def grade(n: int) -> tuple[Quality, str]:
    """Quality and its reason for a number of strides."""
    if n < LEAST_STRIDES:
        return Quality.NONE, say("no_strides", n=n, least=LEAST_STRIDES)
    if n < GOOD_STRIDES:
        return Quality.LOW, say("few_strides", n=n, good=GOOD_STRIDES)
    return Quality.GOOD, ""


def robust_spread(values: FloatArray) -> float:
    """Median absolute deviation times 1.4826 (METRICS.md); 0 for a single value."""
    return 1.4826 * median(np.abs(values - median(values)))
