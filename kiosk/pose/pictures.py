"""What is kept of the pictures of a file besides its poses: how they change, and their light. Pure: the pictures come as arrays."""

from kiosk.domain import FloatArray, Frame, Pose
from kiosk.gait.repeats import change, grey_copy
from kiosk.pose.light import LOOK_EVERY_S, Light, look, median_light, picture_problem


class Pictures:
    """All pictures of a file, one `add` each."""

    def __init__(self) -> None:
        self.changes: list[float] = []
        """How much each picture differs from the one before, grey levels; NaN for the first."""
        self._lights: list[Light] = []
        self._last: FloatArray | None = None
        self._looked_s = float("-inf")

    def add(self, frame: Frame, pose: Pose) -> None:
        """Look at one picture and at the pose found in it."""
        now = grey_copy(frame.image_bgr)
        self.changes.append(change(self._last, now))
        self._last = now
        if frame.t_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = frame.t_s
            self._lights.append(look(frame.image_bgr, pose))

    @property
    def problem(self) -> str:
        """Too dark, too bright or blurred, as a sentence; "" when all is well."""
        return picture_problem(median_light(self._lights))
