"""What happens on the belt: nobody, somebody who stands, somebody who runs or walks. Pure; from the runner's poses alone.

Other people are no matter here: kiosk.pose.identity has blanked them.
"""

from collections import deque
from enum import StrEnum

import numpy as np

from kiosk.domain import FloatArray, Pose
from kiosk.pose.identity import HIPS, SHOULDERS, present
from kiosk.pose.keypoints import LEFT, RIGHT, SEEN_SCORE

OFF_S = 1.5
"""Nobody on the belt for this long has stepped off (our choice: longer than a hand or a passer-by hides the runner, and the screen
answers within 2 s)."""
MOVES_S = 2.0
"""Running or walking for this long has begun (our choice: five steps of a runner; stepping on takes less)."""
MOVES = 0.12
BOUNCES = 0.03
"""The feet of a runner or walker travel, and the trunk goes up and down, by more than this part of the torso within each second,
10th to 90th percentile: 0.13 and 0.07 and more in our clips from every side at 8 frames/s. On the pictures of a person who keeps
still the network moves the trunk by 0.025 at most, but at times an ankle from one foot to the other (our choice between)."""
PAUSE_S = 0.5
"""A longer pause between two frames is the camera's and tells nothing about the belt; shorter losses of the runner do not begin
the count of MOVES_S anew (our choice)."""
LEAST_FRAMES = 4
"""Frames with both ankles in a second that can show movement (our choice)."""
LOOK_EVERY_S = 0.1
"""How often it is looked whether somebody moves: it costs more than all the rest of a frame (our choice)."""


class Belt(StrEnum):
    """What the newest frame says about the belt."""

    UNKNOWN = "unknown"
    """There is no frame."""
    EMPTY = "empty"
    """Nobody for OFF_S or longer."""
    TAKEN = "taken"
    """Somebody, perhaps standing, or hidden for a moment."""
    MOVING = "moving"
    """Somebody has been running or walking for MOVES_S."""


class Presence:
    """Follows the belt; one `update` a frame."""

    def __init__(self) -> None:
        self._last_s = float("-inf")
        self._away_s = OFF_S
        self._since_s = float("-inf")
        self._steps: deque[tuple[float, ...]] = deque()
        self._looked_s = float("-inf")
        self._moving = False

    def update(self, pose: Pose) -> Belt:
        """Take the runner's newest pose, blank when there is none; stamps do not go back.

        A pause of the camera is not counted as absence. One frame at least says EMPTY before somebody new is seen.
        """
        dt_s, self._last_s = max(pose.t_s - self._last_s, 0.0), pose.t_s
        if dt_s <= PAUSE_S:
            self._away_s += dt_s
        else:
            self._steps.clear()
        was_away_s = self._away_s
        if present(pose):
            if was_away_s > PAUSE_S or not self._steps:
                self._since_s = pose.t_s
                self._steps.clear()
                self._moving = False
            self._away_s = 0.0
            self._note(pose)
        if was_away_s >= OFF_S:
            return Belt.EMPTY
        if not 0 <= pose.t_s - self._looked_s < LOOK_EVERY_S:
            self._looked_s, self._moving = pose.t_s, self._moves(pose.t_s)
        return Belt.MOVING if self._moving and self._steps else Belt.TAKEN

    def _note(self, pose: Pose) -> None:
        self._steps.append((pose.t_s, *steps(pose)))
        while pose.t_s - self._steps[0][0] > MOVES_S:
            self._steps.popleft()

    def _moves(self, t_s: float) -> bool:
        if t_s - self._since_s < MOVES_S or not self._steps:
            return False
        stamps_s, torso_px, trunk_px, *feet_px = np.array(self._steps).T
        late, scale = stamps_s > t_s - MOVES_S / 2, 1 / float(np.median(torso_px))
        return all(
            _range(trunk_px[half]) * scale > BOUNCES and max(_range(path[half]) for path in feet_px) * scale > MOVES
            for half in (late, ~late)
        )


def steps(pose: Pose) -> tuple[float, float, float, float, float]:
    """What moves in a step, pixels: the same with left and right exchanged, which the network does.

    Returns:
        Torso length, height of the trunk's middle, distance of the ankles, drop from mid-hip to the higher and to the lower ankle; the
        last three NaN when an ankle is missing.
    """
    hip, shoulder = (np.nanmean(_seen(pose, points), axis=0) for points in (HIPS, SHOULDERS))
    ankles = _seen(pose, [LEFT["ankle"], RIGHT["ankle"]])
    apart = ankles[0] - ankles[1]  # NaN when one is not seen, so that the other one is not taken for both
    middle = float(ankles[:, 1].mean() - hip[1])
    torso_px, trunk_px = float(np.hypot(*(hip - shoulder))), float(hip[1] + shoulder[1]) / 2
    return torso_px, trunk_px, float(np.hypot(*apart)), middle - abs(apart[1]) / 2, middle + abs(apart[1]) / 2


def _seen(pose: Pose, points: list[int]) -> FloatArray:
    return np.where((pose.score[points] > SEEN_SCORE)[:, None], pose.xy_px[points].astype(float), np.nan)


def _range(values: FloatArray) -> float:
    """10th to 90th percentile; 0 with too few values."""
    values = values[np.isfinite(values)]
    return float(np.ptp(np.percentile(values, [10, 90]))) if values.size >= LEAST_FRAMES else 0.0
