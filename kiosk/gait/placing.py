"""Does the runner stand well in the picture, before the run: what to correct, one thing at a time, and when all has been well long enough.

From the poses of the last second of somebody who stands or runs; what only running shows is judged in the run (quality.py). What must
not go in: the drawings; they are on the page, under the names of PROBLEMS.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kiosk.domain import Pose, PoseSeries, View
from kiosk.gait.framing import SEEN_SHARE, feet_problem, seen_share, torso_seen
from kiosk.gait.refusals import say
from kiosk.pose.keypoints import LEFT, NOSE, RIGHT
from kiosk.pose.series import seen_px, to_series
from kiosk.screen import Check
from kiosk.words import NOTHING, Phrase

SPAN_S = 1.0
"""Poses that are looked at (our choice: a nod or a passing hand is no problem)."""
LOOK_EVERY_S = 0.2
"""How often it is looked (our choice)."""
WELL_S = 2.0
"""All must have been well this long before the visit goes on by itself (our choice: long enough to see that it is)."""
FEWEST_POSES = 4
SMALLEST_PX = 150
"""Nose to ankle: the network looks at a square of 192 pixels around the runner, of which the body is about three quarters; a smaller
runner gives it less than it can use."""
HEAD_ROOM = 0.02
"""The nose this near to the upper edge, of the height, leaves no room for the forehead and the bounce (our choice)."""
SIDE_ROOM = 0.2
"""The mid-hip nearer than this to the left or right edge, of the width: arms and legs leave the picture in running (our choice)."""
BROAD = 0.5
NARROW = 0.25
"""Shoulders' distance in the picture over the torso's length: about 0.75 in somebody seen from the front (shoulder width .259, hip to
shoulder .288 of the height: Winter 2009), near 0 from the side; between the two nothing is said (our choice)."""
FACES = 0.15
"""The nose this far beside the ears, over the torso's length, tells the way somebody faces (our choice)."""
MOST_TILT_DEG = 3.0
"""Beyond this roll, less its error, the camera should be put upright; less is corrected (our choice)."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What is looked at."""

    series: PoseSeries
    view: View | None
    """The side that should face the camera; None: any."""
    light: str
    """Why the picture is poor; "" when it is not."""
    tilt_deg: float
    """By how much the camera is tilted for sure; NaN when not known."""


@dataclass(frozen=True)
class Problem:
    """Something to correct; the rows are asked in order, and the first that holds is told."""

    name: str
    text: Phrase
    """At most six words."""
    holds: Callable[[Scene], bool]
    more: Phrase = NOTHING


def _nobody(scene: Scene) -> bool:
    return len(scene.series.t_s) < FEWEST_POSES or float(torso_seen(scene.series).mean()) < SEEN_SHARE


def _light(name: str) -> Callable[[Scene], bool]:
    return lambda scene: scene.light == say(name)


def _feet(*names: str) -> Callable[[Scene], bool]:
    def holds(scene: Scene) -> bool:
        problem = feet_problem(scene.series)
        return bool(problem) and getattr(problem, "pattern", "") in {say(name).pattern for name in names}

    return holds


def _middle(scene: Scene, *parts: str) -> float:
    """Where the middle of these parts is across the picture, 0 at its left edge, 1 at its right; NaN when not seen."""
    points = [side[part] for part in parts for side in (LEFT, RIGHT)]
    x = seen_px(scene.series)[:, points, 0]
    return float(np.median(x[np.isfinite(x)])) / scene.series.width if np.isfinite(x).any() else math.nan


def _height(scene: Scene, *points: int) -> float:
    """Height of these points in the picture, 0 at its upper edge, 1 at its lower; NaN when not seen."""
    y = seen_px(scene.series)[:, list(points), 1]
    return float(np.median(y[np.isfinite(y)])) / scene.series.height if np.isfinite(y).any() else math.nan


def _torso(scene: Scene) -> float:
    """Shoulders to hips, of the picture's height."""
    return _height(scene, LEFT["hip"], RIGHT["hip"]) - _height(scene, LEFT["shoulder"], RIGHT["shoulder"])


def _head_cut(scene: Scene) -> bool:
    ears = max(seen_share(scene.series, side["ear"]) for side in (LEFT, RIGHT))
    return ears < SEEN_SHARE or _height(scene, NOSE, LEFT["ear"], RIGHT["ear"]) < HEAD_ROOM


def _too_large(scene: Scene) -> bool:
    return _head_cut(scene) and _feet("feet_cut")(scene)


def _too_small(scene: Scene) -> bool:
    tall = _height(scene, LEFT["ankle"], RIGHT["ankle"]) - _height(scene, NOSE, LEFT["ear"], RIGHT["ear"])
    return tall * scene.series.height < SMALLEST_PX


def _breadth(scene: Scene) -> float:
    """Distance of the shoulders across the picture over the torso's length."""
    x = seen_px(scene.series)[:, [LEFT["shoulder"], RIGHT["shoulder"]], 0]
    apart = np.abs(x[:, 0] - x[:, 1])
    apart = apart[np.isfinite(apart)]
    torso_px = _torso(scene) * scene.series.height
    return float(np.median(apart)) / torso_px if apart.size and torso_px > 0 else math.nan


def _across(scene: Scene) -> bool:
    if scene.view is None:
        return False
    return _breadth(scene) > BROAD if scene.view.is_side else _breadth(scene) < NARROW


def _faces_away(scene: Scene) -> bool:
    """From the side, the runner looks the other way than the one whose set side faces the camera."""
    if scene.view is None or not scene.view.is_side:
        return False
    xy = seen_px(scene.series)
    ears = xy[:, [LEFT["ear"], RIGHT["ear"]], 0]
    ahead = xy[:, NOSE, 0] - np.where(np.isfinite(ears[:, 0]), ears[:, 0], ears[:, 1])
    ahead = ahead[np.isfinite(ahead)]
    if not ahead.size:
        return False
    towards_right = float(np.median(ahead)) / (_torso(scene) * scene.series.height)
    return (-towards_right if scene.view is View.RIGHT else towards_right) > FACES


PROBLEMS: tuple[Problem, ...] = (
    Problem("too_dark", Phrase("Too dark"), _light("too_dark"), Phrase("Switch on a light, or turn the camera away from the window.")),
    Problem("too_bright", Phrase("Too bright"), _light("too_bright"), Phrase("Shade the window or lamp behind the runner.")),
    Problem("blurred", Phrase("Wipe the camera's lens"), _light("blurred"), Phrase("The picture is blurred.")),
    Problem("nobody", Phrase("Step on the treadmill"), _nobody, Phrase("Your whole body should be in the picture.")),
    Problem("step_back", Phrase("Step back"), _too_large, Phrase("Head and feet are cut off: move the camera further away.")),
    Problem("feet_cut", Phrase("Feet not visible"), _feet("feet_cut"), Phrase("Step back, or tilt the camera down.")),
    Problem(
        "feet_hidden",
        Phrase("Feet hidden"),
        _feet("feet_hidden", "foot_hidden", "legs_hidden"),
        Phrase("Something stands before them: a rail, the console, a person."),
    ),
    Problem(
        "head_cut",
        Phrase("Head not visible"),
        _head_cut,
        Phrase("Step back, or tilt the camera up."),
    ),
    Problem(
        "step_closer",
        Phrase("Too far away"),
        _too_small,
        Phrase("Move the camera closer to the treadmill."),
    ),
    Problem(
        "move_right",
        Phrase("Move to the middle"),
        lambda s: _middle(s, "hip") < SIDE_ROOM,
        Phrase("Arms and legs must not leave the picture."),
    ),
    Problem(
        "move_left",
        Phrase("Move to the middle"),
        lambda s: _middle(s, "hip") > 1 - SIDE_ROOM,
        Phrase("Arms and legs must not leave the picture."),
    ),
    Problem("turn", Phrase("Face along the belt"), _across, Phrase("The camera should see you as it was set up: view in kiosk.toml.")),
    Problem(
        "turn_round", Phrase("Wrong way round"), _faces_away, Phrase("The camera stands on the other side than set: view in kiosk.toml.")
    ),
    Problem(
        "tilted", Phrase("The camera is tilted"), lambda s: s.tilt_deg > MOST_TILT_DEG, Phrase("Put it upright, or run kiosk calibrate.")
    ),
)
"""In the order in which a person would set things right: light, being there, size, place, direction, camera."""

WELL = Phrase("All in the picture")


class Placing:
    """Follows one runner before the run; one `update` a frame."""

    def __init__(self, view: View | None) -> None:
        self._view = view
        self._poses: deque[Pose] = deque()
        self._looked_s = -math.inf
        self._well_since_s: float | None = None
        self._check = Check(False, "nobody", PROBLEMS[3].text, PROBLEMS[3].more)

    def update(self, pose: Pose, light: str = "", tilt_deg: float = math.nan) -> Check:
        """Take the runner's newest pose.

        Args:
            pose: blank when nobody is there; stamps do not go back.
            light: why the picture is poor, a row of the refusals; "" when it is not.
            tilt_deg: degrees by which the camera is tilted beyond its error; NaN when not known.
        """
        if not self._poses or pose.t_s > self._poses[-1].t_s:
            self._poses.append(pose)
        while pose.t_s - self._poses[0].t_s > SPAN_S:
            self._poses.popleft()
        if pose.t_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = pose.t_s
            self._check = self._look(pose.t_s, light, tilt_deg)
        return self._check

    @property
    def well_placed(self) -> bool:
        """All has been well for WELL_S."""
        return self._check.ok and self._check.left_s == 0

    def _look(self, t_s: float, light: str, tilt_deg: float) -> Check:
        scene = Scene(to_series(list(self._poses)), self._view, light, tilt_deg)
        problem = next((row for row in PROBLEMS if row.holds(scene)), None)
        if problem is not None:
            self._well_since_s = None
            return Check(False, problem.name, problem.text, problem.more)
        self._well_since_s = t_s if self._well_since_s is None else self._well_since_s
        return Check(True, "", WELL, left_s=max(0, math.ceil(WELL_S - (t_s - self._well_since_s))))
