"""A room that says what a test wants, and people who stand where a test puts them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from kiosk.domain import Frame, ImageBgr, Pose
from kiosk.guide import CameraGuide, Outcome
from kiosk.guide.steps import RoomRoll
from kiosk.pose.keypoints import LEFT, RIGHT
from kiosk.words import NOTHING, Phrase

IMAGE: ImageBgr = np.random.default_rng(1).integers(0, 255, (480, 640, 3), dtype=np.uint8)


class FakeRoom:
    """The guide's `Room`: answers with `told` after each `begin`, saves with `result`."""

    def __init__(self, told: RoomRoll | None = None, result: Outcome | None = None) -> None:
        self.told, self.result = told, result or Outcome(NOTHING)
        self.begun: list[int] = []
        self.saved: list[Mapping[str, object]] = []
        self.finished = 0
        self._new = self._done = False

    def begin(self, frames: int) -> None:
        self.begun.append(frames)
        self._new = True

    def look(self, t_s: float, image_bgr: ImageBgr) -> None:
        pass

    def answer(self) -> tuple[RoomRoll | None] | None:
        new, self._new = self._new, False
        return (self.told,) if new else None

    def save(self, values: Mapping[str, object]) -> None:
        self.saved.append(values)
        self._done = True

    def outcome(self) -> Outcome | None:
        done, self._done = self._done, False
        return self.result if done else None

    def finish(self) -> None:
        self.finished += 1


def person(t_s: float = 0.0, x: float = 320.0, scale: float = 0.7, y: float = 0.0, broad: float = 0.0) -> Pose:
    """Somebody seen from the side, with `broad` (pixels between the shoulders) more from the front; nose to ankle is 340 px times scale."""
    points = {"ear": (0, 80), "shoulder": (-5, 130), "elbow": (-5, 190), "wrist": (20, 230), "hip": (0, 240), "knee": (5, 330)}
    xy, score = np.zeros((17, 2)), np.full(17, 0.8)
    for side in (LEFT, RIGHT):
        for name, (right, down) in {**points, "ankle": (0, 420)}.items():
            xy[side[name]] = (right, down)
        xy[side["eye"]] = (18, 75)
    xy[0] = (25, 80)
    xy[LEFT["shoulder"], 0] += broad / 2
    xy[RIGHT["shoulder"], 0] -= broad / 2
    xy = (xy - [0, 240]) * scale + [x, 240 + y]
    return Pose(t_s, xy, score, 640, 480)


def nobody(t_s: float = 0.0) -> Pose:
    return replace(person(t_s), xy_px=np.full((17, 2), np.nan), score=np.zeros(17))


def facing(t_s: float, lean_px: float = 0.0) -> Pose:
    """Somebody who faces the camera and stands still; ears `lean_px` to the right of the ankles, which are 380 px below."""
    xy = np.zeros((17, 2))
    rows = {"ear": (3, 60, 12), "shoulder": (5, 120, 40), "elbow": (7, 190, 45), "wrist": (9, 250, 48)}
    rows |= {"hip": (11, 250, 25), "knee": (13, 350, 22), "ankle": (15, 440, 20)}
    for index, y, half in rows.values():
        middle = 320 + lean_px * (440 - y) / 380
        xy[index], xy[index + 1] = (middle + half, y), (middle - half, y)
    xy[:3] = (320 + lean_px, 55)
    return Pose(t_s, xy, np.full(17, 0.8), 640, 480)


def watch(guide: CameraGuide, pose: Pose, begin_s: float, seconds: float, light: str = "") -> float:
    """Show the guide this pose for so long at 15 frames/s; the time after it."""
    for i in range(round(seconds * 15)):
        t_s = begin_s + i / 15
        guide.update(Frame(t_s, IMAGE), replace(pose, t_s=t_s), light)
        guide.tick(t_s)
    return begin_s + seconds


ROLL = RoomRoll(-1.84, 0.31, Phrase("6 upright and 5 level things"))
