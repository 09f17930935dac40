"""Which side of the runner faces the camera, seen from the keypoints alone."""

import numpy as np

from kiosk.domain import FloatArray, PoseSeries, View
from kiosk.gait.grouped import known_median, percentile
from kiosk.pose.keypoints import LEFT, NOSE, RIGHT
from kiosk.pose.series import seen_px

SIDE_TRAVEL = 0.5
"""From the side the ankles spread, mean of the two largest decimals, by more than this part of the torso; from the front by
less (a runner's ankles are apart by more than a torso from the side; our choice)."""
MOVING = 0.12
"""Runners' and walkers' ankles differ in height by more than this part of the torso in one frame of seven; a standing person's do
not, and a standing person's view is not told (our choice)."""
SURE = 0.7
"""Share of the frames that must agree on the direction (our choice)."""


def detect_view(series: PoseSeries) -> View | None:
    """The view, or None when the frames do not agree, too little is seen, or the person stands."""
    xy = seen_px(series)
    torso_px = known_median(np.abs(_mid(xy, "hip")[:, 1] - _mid(xy, "shoulder")[:, 1]))
    apart = np.abs(xy[:, LEFT["ankle"], 0] - xy[:, RIGHT["ankle"], 0])
    apart = apart[np.isfinite(apart)]
    if not np.isfinite(torso_px) or torso_px < 1 or apart.size < 5:
        return None
    lifted = np.abs(xy[:, LEFT["ankle"], 1] - xy[:, RIGHT["ankle"], 1])
    if percentile(lifted[np.isfinite(lifted)], 85) < MOVING * torso_px:
        return None
    spread = percentile(apart, 85) / torso_px
    return _side(xy) if spread > SIDE_TRAVEL else _front_or_rear(xy)


def _side(xy: FloatArray) -> View | None:
    """The runner faces where the nose lies from the ears and where the knees bend to."""
    left_ear, right_ear = xy[:, LEFT["ear"], 0], xy[:, RIGHT["ear"], 0]
    ear = np.where(np.isfinite(left_ear), left_ear, right_ear)
    nose = np.sign(xy[:, NOSE, 0] - ear)
    knees = [np.sign(xy[:, s["knee"], 0] - 0.5 * (xy[:, s["hip"], 0] + xy[:, s["ankle"], 0])) for s in (LEFT, RIGHT)]
    votes = np.sign(np.nansum(np.stack([nose, *knees]), axis=0))
    votes = votes[votes != 0]
    if votes.size < 5 or max((votes > 0).mean(), (votes < 0).mean()) < SURE:
        return None
    return View.RIGHT if votes.mean() > 0 else View.LEFT


def _front_or_rear(xy: FloatArray) -> View | None:
    """From the front the runner's left shoulder lies on the picture's right."""
    order = np.sign(xy[:, LEFT["shoulder"], 0] - xy[:, RIGHT["shoulder"], 0])
    order = order[np.isfinite(order)]
    if order.size < 5 or max((order > 0).mean(), (order < 0).mean()) < SURE:
        return None
    return View.FRONT if order.mean() > 0 else View.REAR


def _mid(xy: FloatArray, part: str) -> FloatArray:
    return np.asarray(0.5 * (xy[:, LEFT[part]] + xy[:, RIGHT[part]]))
