"""Is the picture good enough to see a runner in: too dark, too bright, blurred. Pure: the picture comes as an array."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from kiosk.domain import ImageBgr, Pose
from kiosk.gait.refusals import say
from kiosk.pose.crop import wanted_square

SAMPLES = 100
"""Rows and columns that are looked at (our choice)."""
BLUR_PARTS = 100
"""Blur is judged over this part of the square: two pixels of a network that sees 192 (our choice)."""

LOOK_EVERY_S = 0.5
"""How often the light is measured (our choice: it changes slowly)."""
DARK = 30.0
"""Mean grey below which it is dark: gyms and rooms read 100 to 160, and from 15 down the network's scores fall (our choice)."""
BRIGHT, PALE = 200.0, 35.0
BURNT = 0.35
"""Washed out: brighter and paler than this, or this share burnt out (sharp clips: level to 160, contrast from 50, burnt to 0.11)."""
SHARP, PLAIN = 0.2, 20.0
"""Blurred: sharp clips read 0.35 to 0.66, those in which the network's scores fall below 0.18. An empty wall, with less contrast than
PLAIN, has nothing to be sharp (runners in rooms: 45 to 70; our choice)."""
POORLY_SEEN = (
    *(say(name) for name in ("nobody", "feet_hidden", "legs_hidden", "view_unknown", "no_rhythm", "odd_feet")),
    *(say("foot_hidden", side=side) for side in ("left", "right")),
)
"""Refusals that a bad picture may be the cause of."""


class Light(NamedTuple):
    """What was measured in the square around the runner."""

    level: float
    """Mean grey, 0 to 255."""
    contrast: float
    """Standard deviation of the grey, 0 to 255."""
    burnt: float
    """Share of the samples at the top of the scale (250 and more)."""
    sharpness: float
    """Change over a hundredth of the square against the contrast: about 0.3 in sharp pictures, 0 in a fog."""


def look(image_bgr: ImageBgr, pose: Pose) -> Light:
    """Measure the square around the pose, or the whole picture when no torso is seen."""
    height, width = image_bgr.shape[:2]
    square = wanted_square(pose)
    left, top, side = (0, 0, max(height, width)) if square is None else (square.left_px, square.top_px, square.side_px)
    x0, y0 = max(int(left), 0), max(int(top), 0)
    cut = image_bgr[y0 : max(int(top + side), y0 + 2), x0 : max(int(left + side), x0 + 2), 1]
    cut = cut if cut.size > 4 else image_bgr[..., 1]
    grey = np.asarray(cut[:: max(1, cut.shape[0] // SAMPLES)], np.float32)
    apart = max(1, round(side / BLUR_PARTS))
    contrast = float(grey.std())
    steps = grey[:, apart:] - grey[:, :-apart]
    sharpness = float(np.sqrt(np.mean(steps**2))) / max(contrast, 1e-6) if steps.size else 0.0
    return Light(float(grey.mean()), contrast, float((grey >= 250).mean()), sharpness)


def median_light(lights: Iterable[Light]) -> Light | None:
    """The middle of many; None of none."""
    values = np.array(list(lights))
    return Light(*(float(v) for v in np.median(values, axis=0))) if len(values) else None


def picture_problem(light: Light | None) -> str:
    """What is wrong with the picture, as a sentence; "" when nothing is or nothing was measured."""
    if light is None:
        return ""
    if light.level < DARK:
        return say("too_dark")
    if light.burnt > BURNT or (light.level > BRIGHT and light.contrast < PALE):
        return say("too_bright")
    return say("blurred") if light.sharpness < SHARP and light.contrast > PLAIN else ""


def blame(refusal: str, problem: str) -> str:
    """The reason to give: a bad picture, when that may be why too little of a body is seen; else the refusal itself."""
    return problem if problem and refusal in POORLY_SEEN else refusal


class LightWatch:
    """The picture of a live camera over the last seconds: one `update` a frame."""

    SPAN_S = 3.0

    def __init__(self) -> None:
        self._seen: deque[tuple[float, Light]] = deque()
        self.problem = ""
        """What is wrong with the picture now; "" when nothing is."""

    def update(self, t_s: float, image_bgr: ImageBgr, pose: Pose) -> None:
        """Look at the picture when LOOK_EVERY_S has gone by."""
        if self._seen and t_s - self._seen[-1][0] < LOOK_EVERY_S:
            return
        self._seen.append((t_s, look(image_bgr, pose)))
        while t_s - self._seen[0][0] > self.SPAN_S:
            self._seen.popleft()
        self.problem = picture_problem(median_light(light for _, light in self._seen))
