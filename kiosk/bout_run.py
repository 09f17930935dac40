"""One bout that the clinic ordered: its poses go to the desk, nothing is coached, nothing about the runner is shown.

What must not go in: measuring (the desk has the whole bout measured afterwards), files.
"""

import math
from collections import deque

from kiosk.clinic import BoutOrder
from kiosk.domain import Frame, Pose, View
from kiosk.gait.quality import refusal_of_frames
from kiosk.parts import Bouts
from kiosk.pose.series import to_series
from kiosk.run import WINDOW_S, keep
from kiosk.visit import Ending, SessionState

LOOK_EVERY_S = 1.0
"""How often it is looked whether the runner can be judged (our choice: a second of a lost bout costs nothing)."""
FIRST_LOOK_S = 3.0
"""Before that too little was seen to complain about (our choice)."""


class BoutRun:
    """One bout while it runs."""

    def __init__(self, bouts: Bouts, order: BoutOrder, started_s: float) -> None:
        self.order = order
        self.view: View = order.view
        self.refusal = ""
        """Why nothing could be judged in the last seconds; "" while all is well."""
        self._bouts = bouts
        self._poses: deque[Pose] = deque()
        self._looked_s = started_s + FIRST_LOOK_S - LOOK_EVERY_S
        bouts.begin(order)

    def add(self, frame: Frame, pose: Pose) -> None:
        """Keep the pose of one frame, and its picture where video was allowed."""
        self._bouts.add(frame, pose)
        keep(self._poses, pose, WINDOW_S)

    def step(self, t_s: float) -> None:
        """Look from time to time whether the runner is well seen."""
        if t_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = t_s
            self.refusal = refusal_of_frames(to_series(self._poses), self.view)

    def finish(self, state: SessionState) -> None:
        """The bout is over: the desk measures what was kept."""
        self._bouts.end(complete=state.reason_ended is Ending.COMPLETE)

    def left_s(self, state: SessionState) -> int:
        """Whole seconds still to run."""
        return max(0, math.ceil(self.order.seconds - state.elapsed_s))
