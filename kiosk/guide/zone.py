"""The zone of the treadmill: where somebody walked or stood, with room for a run, and how two buttons change it. Pure."""

import math

import numpy as np

from kiosk.domain import Pose
from kiosk.pose.identity import present
from kiosk.pose.keypoints import LEFT, NOSE, RIGHT
from kiosk.pose.series import seen_px, to_series
from kiosk.screen import Zone

LOOK_S = 8.0
"""Of somebody on the belt (our choice: a dozen steps, or a look to both ends of the belt)."""
LEAST_POSES = 30
"""Our choice: four a second."""
PAUSE_S = 1.0
"""After a longer pause without a person the look begins anew (our choice)."""
HALF_WIDTH = 0.6
"""Of nose to ankle: half of a running stride from foot to hand, 0.45, and room to drift on the belt (our choice; a standing person is
0.15 wide)."""
ABOVE, BELOW, BESIDE = 0.2, 0.1, 0.1
"""Of nose to ankle: the head above the nose is 0.08, the rest is bounce and a taller runner; sole and shoe; arms (our choice)."""
SMALLEST = 0.1
"""Of the picture, width and height (our choice)."""
STEP = 0.04
"""One press of wider, narrower, left or right, of the picture's width (our choice: five presses are a body's width)."""
WHOLE: Zone = (0.0, 0.0, 1.0, 1.0)


class ZoneLook:
    """Collects the poses of one person; one `update` a frame."""

    def __init__(self) -> None:
        self._poses: list[Pose] = []
        self._seen_s = -math.inf

    @property
    def left_s(self) -> float:
        """Seconds that are still missing."""
        return LOOK_S - (self._poses[-1].t_s - self._poses[0].t_s) if self._poses else LOOK_S

    @property
    def poses(self) -> list[Pose]:
        """Of the person so far, in order."""
        return self._poses

    def update(self, pose: Pose) -> Zone | None:
        """Take the newest pose; the zone once LOOK_S are there, else None."""
        if not present(pose):
            return None
        if not 0 < pose.t_s - self._seen_s < PAUSE_S:
            self._poses = []
        self._seen_s = pose.t_s
        self._poses.append(pose)
        while len(self._poses) > LEAST_POSES and pose.t_s - self._poses[1].t_s >= LOOK_S:  # head or feet were not seen so far
            del self._poses[0]
        enough = self.left_s <= 0 and len(self._poses) >= LEAST_POSES
        return zone_around(self._poses) if enough else None


def zone_around(poses: list[Pose]) -> Zone | None:
    """The rectangle of a runner who is where these poses are; None when head or feet were not seen.

    Args:
        poses: one person, all of one picture size.
    """
    series = to_series(poses)
    xy = seen_px(series)
    nose, ankles = xy[:, [NOSE, LEFT["ear"], RIGHT["ear"]], 1], xy[:, [LEFT["ankle"], RIGHT["ankle"]], 1]
    hips = xy[:, [LEFT["hip"], RIGHT["hip"]], 0]
    if not (np.isfinite(nose).any() and np.isfinite(ankles).any() and np.isfinite(hips).any()):
        return None
    tall_px = float(np.nanmedian(ankles) - np.nanmedian(nose))
    if not tall_px > 0:
        return None
    x, y = (axis[np.isfinite(axis)] for axis in (xy[..., 0], xy[..., 1]))
    (left, right), (top, bottom) = np.percentile(x, [1, 99]), np.percentile(y, [1, 99])
    first, last = np.nanpercentile(hips, [1, 99])
    left = min(left - BESIDE * tall_px, first - HALF_WIDTH * tall_px) / series.width
    right = max(right + BESIDE * tall_px, last + HALF_WIDTH * tall_px) / series.width
    return tidy((left, (top - ABOVE * tall_px) / series.height, right, (bottom + BELOW * tall_px) / series.height))


def tidy(zone: Zone) -> Zone:
    """The zone within the picture, at least SMALLEST wide and high, in hundredths."""
    (left, right), (top, bottom) = _span(zone[0], zone[2]), _span(zone[1], zone[3])
    return left, top, right, bottom


def _span(low: float, high: float) -> tuple[float, float]:
    low, high = (round(min(1.0, max(0.0, value)), 2) for value in (low, high))
    if high - low < SMALLEST:
        low = round(min(1.0 - SMALLEST, max(0.0, (low + high - SMALLEST) / 2)), 2)
        high = round(low + SMALLEST, 2)
    return low, high


def adjusted(zone: Zone, key: str) -> Zone:
    """The zone after one press of "wider", "narrower", "left" or "right"; others change nothing. It never leaves the picture."""
    left, top, right, bottom = zone
    if key in ("wider", "narrower"):
        half = STEP / 2 if key == "wider" else -STEP / 2
        return zone if key == "narrower" and right - left - STEP < SMALLEST - 1e-9 else tidy((left - half, top, right + half, bottom))
    step = {"left": -min(STEP, left), "right": min(STEP, 1 - right)}.get(key, 0.0)
    return tidy((left + step, top, right + step, bottom))
