"""What happens on the belt: nobody, somebody who stands, somebody who runs or walks. Pure; from the runner's poses alone.

Other people are no matter here: kiosk.pose.identity has blanked them.
"""

import math
from collections import deque
from enum import StrEnum

from kiosk.domain import Pose
from kiosk.gait.ranks import median, spread
from kiosk.pose.identity import LEAST_TORSO_PX, present
from kiosk.pose.keypoints import HIPS, LEFT, RIGHT, SHOULDERS
from kiosk.pose.points import middle, seen_points

ANKLES = (LEFT["ankle"], RIGHT["ankle"])

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
        scale = 1 / max(median(torso_px for _, torso_px, *_ in self._steps), LEAST_TORSO_PX)
        middle_s = t_s - MOVES_S / 2
        halves = [row for row in self._steps if row[0] > middle_s], [row for row in self._steps if row[0] <= middle_s]
        return all(_moved(half, scale) for half in halves)


def steps(pose: Pose) -> tuple[float, float, float, float, float]:
    """What moves in a step, pixels: the same with left and right exchanged, which the network does.

    Returns:
        Torso length, height of the trunk's middle, distance of the ankles, drop from mid-hip to the higher and to the lower ankle; the
        last three NaN when an ankle is missing.
    """
    hip, shoulder = (middle(seen_points(pose, points)) for points in (HIPS, SHOULDERS))
    left, right = seen_points(pose, ANKLES)
    apart = left - right  # NaN when one is not seen, so that the other one is not taken for both
    drop_px, half_px = (left.imag + right.imag) / 2 - hip.imag, abs(apart.imag) / 2
    return abs(hip - shoulder), (hip.imag + shoulder.imag) / 2, abs(apart), drop_px - half_px, drop_px + half_px


def _moved(rows: list[tuple[float, ...]], scale: float) -> bool:
    """Whether trunk and feet travel enough in these steps; `scale` is one over the torso, 1/px."""
    trunk_px = [row[2] for row in rows]
    if not _range(trunk_px) * scale > BOUNCES:
        return False
    return any(_range([row[column] for row in rows]) * scale > MOVES for column in (3, 4, 5))


def _range(values: list[float]) -> float:
    """10th to 90th percentile of those that are known; 0 with too few."""
    known = [value for value in values if not math.isnan(value)]
    return spread(known) if len(known) >= LEAST_FRAMES else 0.0
