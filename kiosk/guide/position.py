"""Does the camera stand well: what the staff should correct first, from a person on the belt and the lines of the room.

As kiosk/gait/placing.py does for the runner, but about the camera: it may be far off, and whoever is seen may stand or walk. Pure. What
must not go in: the order of steps (kiosk/guide), drawings.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kiosk.domain import FloatArray, Pose, PoseSeries
from kiosk.gait.framing import SEEN_SHARE, feet_problem, seen_share, torso_seen
from kiosk.gait.placing import BROAD, FEWEST_POSES, HEAD_ROOM, MOST_TILT_DEG, NARROW, SIDE_ROOM, SMALLEST_PX
from kiosk.gait.refusals import say
from kiosk.pose.keypoints import LEFT, NOSE, RIGHT
from kiosk.pose.series import seen_px, to_series
from kiosk.screen import Zone
from kiosk.words import NOTHING, Phrase

FRAME: Zone = (0.15, 0.06, 0.85, 0.94)
"""Rectangle that is drawn on the picture: treadmill and person inside it leave a hand's breadth all around (our choice)."""
TALLEST, SHORTEST = 0.75, 0.36
"""Nose to ankle over the picture's height: 0.40 to 0.58 in our 13 clips, taken from 2.5 to 3 m. Above, head and feet of a taller runner
would leave the picture; below, the network sees too little (our choice)."""
TORSO_LONGEST = 0.27
"""Shoulder to hip over the picture's height, for whoever is cut off: nose to ankle is 3.1 times as much (Winter 2009, table 4.1), so
0.83. Tilting would only cut the other end off (our choice: a tenth above TALLEST)."""
HIP_HIGHEST, HIP_LOWEST = 0.34, 0.66
"""Mid-hip over the picture's height: 0.39 to 0.53 in our clips. A level camera at the height of the hip has it in the middle; 0.16
beside it is a camera 40 cm too low or too high, or one that looks up or down by 7° (our choice)."""
ROLL_ERRORS = 2.0
"""Standard errors that are taken off a roll: a tilt that may be none is none."""
SPAN_S = 1.5
"""Poses that are looked at (our choice: more than a step of somebody who walks)."""
LOOK_EVERY_S = 0.2
WELL_S = 1.5
"""All must have been well this long before the camera is said to stand well (our choice)."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What is looked at."""

    series: PoseSeries
    light: str
    """Why the picture is poor; "" when it is not."""
    roll_deg: float
    """Degrees that the picture must be turned clockwise; NaN when not known."""
    roll_sd_deg: float

    def height(self, *points: int) -> float:
        """Median height of these points, 0 at the picture's upper edge, 1 at its lower; NaN when not seen."""
        return _median(seen_px(self.series)[:, list(points), 1]) / max(1, self.series.height)

    def across(self, *points: int) -> float:
        """The same from left to right."""
        return _median(seen_px(self.series)[:, list(points), 0]) / max(1, self.series.width)

    @property
    def tall(self) -> float:
        """Nose to ankle over the picture's height; NaN when not seen."""
        return self.height(LEFT["ankle"], RIGHT["ankle"]) - self.height(NOSE, LEFT["ear"], RIGHT["ear"])

    @property
    def hip(self) -> tuple[float, float]:
        """Mid-hip across and down."""
        return self.across(LEFT["hip"], RIGHT["hip"]), self.height(LEFT["hip"], RIGHT["hip"])

    @property
    def torso(self) -> float:
        """Shoulders to hips over the picture's height; NaN when not seen."""
        return self.hip[1] - self.height(LEFT["shoulder"], RIGHT["shoulder"])

    @property
    def breadth(self) -> float:
        """Distance of the shoulders over the length of the torso, as in kiosk/gait/placing.py."""
        xy = seen_px(self.series)
        apart = _median(np.abs(xy[:, LEFT["shoulder"], 0] - xy[:, RIGHT["shoulder"], 0]))
        return apart / (self.torso * self.series.height) if self.torso > 0 else math.nan


@dataclass(frozen=True)
class Advice:
    """One thing to correct; the first that holds is told."""

    name: str
    """Of its drawing (static/signs.js)."""
    text: Phrase
    more: Phrase
    holds: Callable[[Scene], bool]


def _nobody(scene: Scene) -> bool:
    return len(scene.series.t_s) < FEWEST_POSES or float(torso_seen(scene.series).mean()) < SEEN_SHARE


def _light(name: str) -> Callable[[Scene], bool]:
    return lambda scene: scene.light == say(name)


def _feet_cut(scene: Scene) -> bool:
    return getattr(feet_problem(scene.series), "pattern", "") == say("feet_cut").pattern


def _feet_hidden(scene: Scene) -> bool:
    return bool(feet_problem(scene.series)) and not _feet_cut(scene)


def _head_cut(scene: Scene) -> bool:
    ears = max(seen_share(scene.series, side["ear"]) for side in (LEFT, RIGHT))
    return ears < SEEN_SHARE or scene.height(NOSE, LEFT["ear"], RIGHT["ear"]) < HEAD_ROOM


def _too_near(scene: Scene) -> bool:
    head, feet = _head_cut(scene), _feet_cut(scene)
    return scene.tall > TALLEST or (head and feet) or ((head or feet) and scene.torso > TORSO_LONGEST)


def _too_far(scene: Scene) -> bool:
    return scene.tall < SHORTEST or scene.tall * scene.series.height < SMALLEST_PX


def tilt_deg(scene: Scene) -> float:
    """Roll beyond its error, with the sign of the roll; 0 when it may be none, NaN when not known."""
    return math.copysign(max(0.0, abs(scene.roll_deg) - ROLL_ERRORS * scene.roll_sd_deg), scene.roll_deg)


INSIDE = Phrase("Treadmill and person belong inside the frame.")
HIP_HEIGHT = Phrase("To the height of the hip: it belongs in the middle.")

POSITION: tuple[Advice, ...] = (
    Advice("too_dark", Phrase("Too dark"), Phrase("Switch on a light, or turn the camera away from the window."), _light("too_dark")),
    Advice("too_bright", Phrase("Too bright"), Phrase("Shade the window or lamp behind the runner."), _light("too_bright")),
    Advice("nobody", Phrase("Somebody on the belt, please"), Phrase("One person stands or walks on the treadmill."), _nobody),
    Advice("step_back", Phrase("Camera further away"), Phrase("2.5 to 3 m from the treadmill."), _too_near),
    Advice("camera_down", Phrase("Tilt the camera down"), Phrase("The feet are cut off. Or put it lower: hip height."), _feet_cut),
    Advice("camera_up", Phrase("Tilt the camera up"), Phrase("The head is cut off. Or put it higher: hip height."), _head_cut),
    Advice("step_closer", Phrase("Camera closer"), Phrase("2.5 to 3 m from the treadmill."), _too_far),
    Advice("camera_left", Phrase("Turn the camera to the left"), INSIDE, lambda s: s.hip[0] < SIDE_ROOM),
    Advice("camera_right", Phrase("Turn the camera to the right"), INSIDE, lambda s: s.hip[0] > 1 - SIDE_ROOM),
    Advice(
        "camera_up",
        Phrase("Camera higher"),
        HIP_HEIGHT,
        lambda s: s.hip[1] < HIP_HIGHEST,
    ),
    Advice(
        "camera_down",
        Phrase("Camera lower"),
        HIP_HEIGHT,
        lambda s: s.hip[1] > HIP_LOWEST,
    ),
    Advice("feet_hidden", Phrase("Feet hidden"), Phrase("Something stands before them: a rail, the console, a person."), _feet_hidden),
    Advice(
        "turn_clockwise",
        Phrase("Turn it clockwise"),
        Phrase("The camera leans, seen from behind it. Put it upright."),
        lambda s: tilt_deg(s) < -MOST_TILT_DEG,
    ),
    Advice(
        "turn_counter",
        Phrase("Turn it counter-clockwise"),
        Phrase("The camera leans, seen from behind it. Put it upright."),
        lambda s: tilt_deg(s) > MOST_TILT_DEG,
    ),
    Advice(
        "turn",
        Phrase("Camera square to the belt"),
        Phrase("Straight beside the treadmill, or straight before or behind it."),
        lambda s: NARROW < s.breadth < BROAD,
    ),
)
"""In the order in which a person would set things right: light, somebody there, distance, aim, height, what is in the way, roll, square."""

WELL = Advice("", Phrase("The camera stands well"), Phrase("Is the whole treadmill inside the frame? Then go on."), lambda _: True)


class PositionLook:
    """Follows whoever is on the belt; one `update` a frame."""

    def __init__(self) -> None:
        self.advice = POSITION[2]
        """What is to be corrected now, or WELL."""
        self._poses: deque[Pose] = deque()
        self._looked_s = -math.inf
        self._well_since_s: float | None = None
        self._was_well = False

    def update(self, pose: Pose, light: str = "", roll: tuple[float, float] | None = None) -> Advice:
        """Take the newest pose.

        Args:
            pose: blank when nobody is there.
            light: why the picture is poor, a row of the refusals; "" when it is not.
            roll: (roll, standard error) from the room's lines, degrees; None when not known.
        """
        if self._poses and pose.t_s < self._poses[-1].t_s:  # a clip that began anew
            self._poses.clear()
            self._looked_s = -math.inf
        self._poses.append(pose)
        while pose.t_s - self._poses[0].t_s > SPAN_S:
            self._poses.popleft()
        if pose.t_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = pose.t_s
            self.advice = self._look(pose.t_s, Scene(to_series(list(self._poses)), light, *(roll or (math.nan, math.nan))))
        return self.advice

    def _look(self, t_s: float, scene: Scene) -> Advice:
        found = next((row for row in POSITION if row.holds(scene)), WELL)
        if found.name == "nobody" and self._was_well:
            return WELL  # whoever stood there comes to the screen to go on
        if found is not WELL:
            self._well_since_s, self._was_well = None, False
            return found
        self._well_since_s = t_s if self._well_since_s is None or t_s < self._well_since_s else self._well_since_s
        self._was_well = self._was_well or t_s - self._well_since_s >= WELL_S
        return WELL if self._was_well else STAY


STAY = Advice("", Phrase("Good: stay there"), NOTHING, lambda _: True)


def _median(values: FloatArray) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else math.nan
