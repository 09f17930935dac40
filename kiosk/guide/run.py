"""The guide inside the visit: what the pipeline holds while somebody sets up the camera. Passes on; decides nothing."""

from kiosk.guide import CameraGuide
from kiosk.parts import SetUp
from kiosk.screen import State
from kiosk.visit import SessionState


class GuideRun:
    """From entering SETUP to leaving it."""

    def __init__(self, parts: SetUp, view: str) -> None:
        """`view`: [treadmill] view of now."""
        self.guide = CameraGuide(parts.room, view)
        self.finder = parts.finder()
        """Finds people in the whole picture."""

    def follow(self, state: SessionState, before: State, t_s: float) -> None:
        """Pass on what was chosen or drawn in this update; a choice that opened the guide is none of its own."""
        if state.state is State.SETUP and before is State.SETUP:
            if state.picked:
                self.guide.take(state.picked)
            if state.drawn is not None:
                self.guide.draw(state.drawn)
        self.guide.tick(t_s)
