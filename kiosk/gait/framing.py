"""Is the whole runner in the picture: feet, head and arms, cut off by its edge or hidden behind something."""

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import PoseSeries, Side
from kiosk.gait.grouped import median, percentile
from kiosk.gait.refusals import say
from kiosk.pose.keypoints import LEFT, OF_SIDE, RIGHT, SEEN_SCORE
from kiosk.pose.series import seen_px

BoolArray = NDArray[np.bool_]

SEEN_SHARE = 0.6
"""Share of the frames in which a part must be seen (our choice)."""
ONE_FOOT_SHARE = 0.5
"""The same for one foot when the other is seen: the far one is hidden by the near leg for a part of each stride (our choice)."""
EDGE = 0.985
"""A leg that would end below this part of the picture's height has no room for the sole: from the ankle to the sole it is
0.039 of the body's height (Winter 2009)."""
NEAR_EDGE = 0.95
"""... when the ankles are really found this low, or not found."""
UNSEEN_SHARE = 0.1
"""Ankles missing in more frames than this, with no room below: they leave the picture (our choice)."""


def feet_problem(series: PoseSeries) -> str:
    """Why the feet cannot be measured, as a sentence; "" when they can.

    A network also guesses ankles that it does not see, so a foot behind a rail is told only where its score falls.
    """
    knees = seen_share(series, LEFT["knee"], RIGHT["knee"])
    ankles = [seen_share(series, points["ankle"]) for points in (LEFT, RIGHT)]
    if feet_cut(series, float(np.mean(ankles))):
        return say("feet_cut")
    if knees < SEEN_SHARE:
        return say("legs_hidden")
    if np.mean(ankles) < SEEN_SHARE and max(ankles) < SEEN_SHARE:
        return say("feet_hidden")
    if min(ankles) < ONE_FOOT_SHARE:
        return say("foot_hidden", side="left" if ankles[0] < ankles[1] else "right")
    return ""


def feet_cut(series: PoseSeries, ankles_seen: float) -> bool:
    """True when the stance leg ends at the lower edge of the picture or below: as long below the knee as above it."""
    xy = seen_px(series)
    knee = np.concatenate([xy[:, LEFT["knee"]], xy[:, RIGHT["knee"]]])
    hip = np.concatenate([xy[:, LEFT["hip"]], xy[:, RIGHT["hip"]]])
    thigh = np.linalg.norm(knee - hip, axis=1)
    known = np.isfinite(thigh)
    if series.height <= 0 or known.mean() < ONE_FOOT_SHARE / 2:
        return False
    ends_px = median(knee[known, 1]) + median(thigh[known])
    ankle = xy[:, [LEFT["ankle"], RIGHT["ankle"]], 1]
    ankle = ankle[np.isfinite(ankle)]
    low = ankle.size > 0 and percentile(ankle, 90) > NEAR_EDGE * series.height
    return ends_px > EDGE * series.height and (low or ankles_seen < 1 - UNSEEN_SHARE)


def torso_seen(series: PoseSeries) -> BoolArray:
    """(n,) both shoulders and both hips are seen."""
    torso = [points[part] for points in (LEFT, RIGHT) for part in ("shoulder", "hip")]
    return np.asarray((series.score[:, torso] > SEEN_SCORE).all(axis=1))


def foot_seen(series: PoseSeries) -> BoolArray:
    """(n,) at least one knee and one ankle are seen."""
    seen = series.score > SEEN_SCORE
    return np.asarray(seen[:, [LEFT["knee"], RIGHT["knee"]]].any(axis=1) & seen[:, [LEFT["ankle"], RIGHT["ankle"]]].any(axis=1))


def head_problem(series: PoseSeries) -> str:
    """Why values of the head cannot be given; "" when they can."""
    ears = (seen_share(series, points["ear"]) for points in (LEFT, RIGHT))  # from the side the far one is hidden, and rightly guessed
    return say("head_hidden") if max(ears) < SEEN_SHARE else ""


def arm_problem(series: PoseSeries, side: Side) -> str:
    """Why values of one arm cannot be given; "" when they can."""
    points = OF_SIDE[side]
    hidden = min(seen_share(series, points["elbow"]), seen_share(series, points["wrist"])) < SEEN_SHARE
    return say("arm_hidden", side=side.value) if hidden else ""


def seen_share(series: PoseSeries, *points: int) -> float:
    """Share of frames and points that are seen; 0 without frames."""
    return float((series.score[:, list(points)] > SEEN_SCORE).mean()) if len(series.t_s) else 0.0
