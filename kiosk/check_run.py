"""The look at the runner's place before the run: what the pipeline holds in the state CHECK. Passes on; decides nothing."""

import math

from kiosk.domain import Frame, Pose, View
from kiosk.gait.placing import Placing
from kiosk.parts import Level
from kiosk.screen import Check

LEVEL_WAIT_S = 6.0
"""The check does not wait longer than this for whether the camera is tilted (our choice: twice what a look takes on a slow Pi)."""


class CheckRun:
    """From entering CHECK to leaving it."""

    def __init__(self, view: View | None, level: Level | None) -> None:
        """`view`: of the settings; None to find it. `level`: None where nobody looks whether the camera is level."""
        self.shown: Check | None = None
        self._placing = Placing(view)
        self._level = level
        if level is not None:
            level.begin()

    def look(self, frame: Frame, pose: Pose, light: str) -> None:
        """Take a frame, its pose, and what is wrong with the light; "" when nothing is."""
        tilt_deg = math.nan
        if self._level is not None:
            self._level.look(frame.t_s, frame.image_bgr)
            tilt_deg = self._level.tilt_deg
        self.shown = self._placing.update(pose, light, tilt_deg)

    def well_placed(self, seconds_in: float) -> bool:
        """The runner has been well in the picture for long enough, and the camera was looked at or takes too long to be.

        Args:
            seconds_in: since CHECK was entered.
        """
        looked = self._level is None or self._level.answered or seconds_in >= LEVEL_WAIT_S
        return looked and self._placing.well_placed
