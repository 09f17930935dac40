"""Is the camera level now? Lines of what stands still in the picture, looked at while somebody gets ready.

What must not go in: finding lines (camera/background.py), what they mean (gait/upright.py).
"""

import math

from kiosk.camera.background import Background
from kiosk.domain import FloatArray, ImageBgr
from kiosk.gait.upright import upright_from_lines
from kiosk.threads import Background as Jobs

EVERY_S = 0.3
"""Between two frames that are kept (our choice)."""
FRAMES = 6
"""Frames for one look (our choice: two seconds, in which a person moves away from the lines behind)."""
ERRORS = 2.0
"""Standard errors that are taken off: a tilt that may be none is none."""


class Levelling:
    """Compares the roll in the picture with the one in kiosk.toml; a look costs nothing beside the frames' thread."""

    def __init__(self, roll_deg: float, jobs: Jobs[float]) -> None:
        self.tilt_deg = math.nan
        """Degrees by which the camera stands otherwise than set, less its error; NaN when not known."""
        self.answered = False
        """An answer came since `begin`, also when the lines did not tell."""
        self._roll_deg = roll_deg
        self._jobs = jobs
        self._background = Background()
        self._kept_s = -math.inf

    def begin(self) -> None:
        """A new visit: what was seen before may be of a camera that was moved since."""
        self.tilt_deg, self.answered = math.nan, False
        self._background = Background()
        self._jobs.take()

    def look(self, t_s: float, image_bgr: ImageBgr) -> None:
        """Take a frame; call it with every frame while somebody gets ready."""
        found = self._jobs.take()
        if found is not None:
            self.tilt_deg, self.answered = found, True
        if t_s - self._kept_s < EVERY_S:
            return
        self._kept_s = t_s
        self._background.add(image_bgr)
        if self._background.frames >= FRAMES:
            still, self._background = self._background, Background()
            self._jobs.submit(lambda: self._tilt(still.segments_px(), *still.size_px))

    def _tilt(self, segments_px: FloatArray, width: int, height: int) -> float:
        upright = upright_from_lines(segments_px, width, height)
        if upright is None:
            return math.nan
        return max(0.0, abs(upright.roll_deg - self._roll_deg) - ERRORS * upright.sd_deg)
