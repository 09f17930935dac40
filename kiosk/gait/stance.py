"""How the camera stands, told from a person: roll from somebody who stands still, yaw from the shoulders of a runner seen from the side.

What must not go in: lines of the room (upright.py), and what roll and yaw do to a metric (tilt.py).
"""

import numpy as np

from kiosk.domain import PoseSeries, View
from kiosk.gait.geometry import FORWARD, Body, from_vertical_deg, length_px, to_body
from kiosk.pose.keypoints import LEFT, RIGHT
from kiosk.pose.series import seen_px

LEAST_S = 3.0
"""Shorter looks see less than one sway of a standing person: its mean needs seconds (our choice)."""
LEAST_FRAMES = 20
"""Our choice."""
STILL = 0.03
"""Of the length ankle to ear: somebody whose ankles, hips and ears wander by less stands still (our choice)."""
POSTURE_SD_DEG = 0.8
"""Standard error of the roll. The points give 0.2° (ankle to ear of 5 rendered runs from front and rear, both networks, against exact
points: 0.15°); the rest is posture, weight on one leg above all (our choice; ask for both feet and repeat with another person)."""
SHOULDERS_OF_TORSO = 0.72
"""Distance of the shoulder points over mid-hip to mid-shoulder: median of MoveNet on 5 rendered runners from front and rear
(0.67 to 0.77)."""
YAW_SD_DEG = 4.0
"""Standard error of the yaw: on 8 rendered side views (7 square, one 4° off) the mean error was +2° and the largest 6°; the far shoulder is
hidden and guessed. Not corrected for the mean: it may be another in other clothes."""


def roll_of_standing(series: PoseSeries, view: View) -> tuple[float, float] | None:
    """The camera's roll from somebody standing still who faces the camera or turns the back to it: ankle to ear is along gravity.

    From the side the line leans forward by a few degrees, in everybody by another amount, so side views give nothing.

    Args:
        series: poses of one person.
        view: front or rear.

    Returns:
        (roll, standard error), degrees, or None when the view is from the side, the person moves, or is not seen from head to foot.
    """
    if view.is_side or len(series.t_s) < LEAST_FRAMES or series.t_s[-1] - series.t_s[0] < LEAST_S:
        return None
    body = to_body(_seen(series), View.REAR)  # first axis to the picture's right, whichever way the person looks
    low, middle, high = body.mid("ankle"), body.mid("hip"), body.mid("ear")
    whole = np.isfinite(low + middle + high).all(axis=1)
    tall_px = length_px(low, high)
    if whole.mean() < 0.8 or not tall_px > 0:  # our choice: seen from head to foot in four frames of five
        return None
    wander = max(float(np.percentile(np.linalg.norm(p[whole] - np.median(p[whole], axis=0), axis=1), 90)) for p in (low, middle, high))
    if wander > STILL * tall_px:
        return None
    lean_deg = float(np.median(from_vertical_deg(low[whole], high[whole])))
    return -lean_deg, POSTURE_SD_DEG


def yaw_of_side_view(series: PoseSeries, view: View, roll_deg: float = 0.0) -> tuple[float, float] | None:
    """How far the camera stands ahead of (positive) or behind the straight side view.

    Seen squarely, both shoulders lie at the same place on average over the strides. Otherwise they are apart by their width times
    the sine of the angle between the line of sight and the square one: the near one falls behind when the camera stands ahead.

    Args:
        series: poses of one runner, some strides.
        view: left or right.
        roll_deg: roll of the camera.

    Returns:
        (yaw, standard error), degrees, or None when the view is not from the side or the shoulders are not seen.
    """
    if not view.is_side:
        return None
    body = to_body(_seen(series), view, roll_deg)
    near, far = (RIGHT, LEFT) if view is View.RIGHT else (LEFT, RIGHT)
    behind = body.xy[:, far["shoulder"], FORWARD] - body.xy[:, near["shoulder"], FORWARD]
    behind = behind[np.isfinite(behind)]
    width_px = SHOULDERS_OF_TORSO * _torso_px(body)
    if behind.size < LEAST_FRAMES or not width_px > 0:
        return None
    return float(np.degrees(np.arcsin(np.clip(np.median(behind) / width_px, -1, 1)))), YAW_SD_DEG


def _torso_px(body: Body) -> float:
    return length_px(body.mid("hip"), body.mid("shoulder"))


def _seen(series: PoseSeries) -> PoseSeries:
    """The series with points below SEEN_SCORE as NaN."""
    return PoseSeries(series.t_s, seen_px(series), series.score, series.width, series.height)
