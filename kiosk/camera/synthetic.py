"""A drawn runner on a drawn treadmill: a camera that needs neither hardware nor a file, the same on every machine.

The joints are known exactly, so a test can ask what the rest of the kiosk makes of them. What must not go in: a claim
about how people run; the angles are rough and our choice.
"""

import math
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from kiosk.config import CameraConfig
from kiosk.domain import Frame, ImageBgr
from kiosk.threads import Stop, monotonic_s

CADENCE_SPM = 165.0
"""Steps per minute, both feet. Our choice: what many people run at."""

Point = tuple[float, float]
Colour = tuple[int, int, int]

# Lengths as parts of body height (Winter, Biomechanics and Motor Control of Human Movement, 4th ed., fig. 4.1).
THIGH, SHANK, FOOT, TRUNK, UPPER_ARM, FOREARM, HEAD = 0.245, 0.246, 0.152, 0.288, 0.186, 0.146, 0.13
BODY_OF_PICTURE = 0.75
"""Body height as part of the picture's height. Our choice."""

BACKGROUND: Colour = (176, 182, 186)
BELT: Colour = (58, 58, 60)
SKIN: Colour = (128, 160, 212)
SHIRT: Colour = (150, 70, 40)
SHORTS: Colour = (60, 50, 50)
SHOE: Colour = (60, 60, 200)


def joints_px(t_s: float, width: int, height: int, cadence_spm: float = CADENCE_SPM) -> dict[str, Point]:
    """Where the joints are at a moment; the runner faces right, so the camera sees the runner's right side.

    Returns:
        COCO names without face ("right_hip" ...), "nose", and "left_toe" and "right_toe": (x, y) in pixels.
    """
    body_px = BODY_OF_PICTURE * height
    phase = 2 * math.pi * t_s * cadence_spm / 120.0  # one stride is two steps
    bounce_px = 0.02 * body_px * math.cos(2 * phase)
    hip = (0.48 * width, 0.94 * height - (THIGH + SHANK) * 0.97 * body_px + bounce_px)
    shoulder = _along(hip, 174, TRUNK * body_px)
    joints = {"nose": _along(shoulder, 160, 0.18 * body_px)}
    for side, turn in (("left", math.pi), ("right", 0.0)):
        joints |= _leg(side, hip, phase + turn, body_px) | _arm(side, shoulder, phase + turn + math.pi, body_px)
    return joints


def _along(start: Point, angle_deg: float, length_px: float) -> Point:
    """The other end of a limb: 0 degrees hangs straight down, 90 points forward (right), 180 up."""
    angle = math.radians(angle_deg)
    return start[0] + length_px * math.sin(angle), start[1] + length_px * math.cos(angle)


def _leg(side: str, hip: Point, phase: float, body_px: float) -> dict[str, Point]:
    thigh_deg = 8 + 32 * math.sin(phase)
    bend_deg = 15 + 80 * max(0.0, math.cos(phase)) ** 1.5  # the knee folds while the leg swings forward
    knee = _along(hip, thigh_deg, THIGH * body_px)
    ankle = _along(knee, thigh_deg - bend_deg, SHANK * body_px)
    toe = _along(ankle, thigh_deg - bend_deg + 88, FOOT * 0.75 * body_px)
    return {f"{side}_hip": hip, f"{side}_knee": knee, f"{side}_ankle": ankle, f"{side}_toe": toe}


def _arm(side: str, shoulder: Point, phase: float, body_px: float) -> dict[str, Point]:
    upper_deg = -10 + 35 * math.sin(phase)
    elbow = _along(shoulder, upper_deg, UPPER_ARM * body_px)
    wrist = _along(elbow, upper_deg + 90, FOREARM * body_px)
    return {f"{side}_shoulder": shoulder, f"{side}_elbow": elbow, f"{side}_wrist": wrist}


def draw_runner(t_s: float, width: int, height: int, cadence_spm: float = CADENCE_SPM) -> ImageBgr:
    """The picture at a moment, (height, width, 3) blue-green-red; the same for the same arguments."""
    image = np.full((height, width, 3), BACKGROUND, np.uint8)
    floor = round(0.97 * height)
    cv2.rectangle(image, (round(0.1 * width), floor), (round(0.9 * width), height), BELT, -1)
    joints = joints_px(t_s, width, height, cadence_spm)
    body_px = BODY_OF_PICTURE * height
    _draw_limbs(image, joints, "left", body_px, 0.75)
    hip, shoulder = joints["right_hip"], joints["right_shoulder"]
    _limb(image, hip, shoulder, 0.13 * body_px, SHIRT)
    _limb(image, _along(shoulder, 172, 0.04 * body_px), _along(shoulder, 172, 0.08 * body_px), 0.06 * body_px, SKIN)
    head = _along(shoulder, 170, 0.15 * body_px)
    cv2.ellipse(image, (head, (HEAD * 0.8 * body_px, HEAD * body_px), 0), SKIN, -1, cv2.LINE_AA)
    _draw_limbs(image, joints, "right", body_px, 1.0)
    return image


def _draw_limbs(image: ImageBgr, joints: dict[str, Point], side: str, body_px: float, light: float) -> None:
    for start, end, thick, colour in (
        ("hip", "knee", 0.085, SHORTS),
        ("knee", "ankle", 0.055, SKIN),
        ("ankle", "toe", 0.045, SHOE),
        ("shoulder", "elbow", 0.05, SHIRT),
        ("elbow", "wrist", 0.04, SKIN),
    ):
        shade = (round(colour[0] * light), round(colour[1] * light), round(colour[2] * light))
        _limb(image, joints[f"{side}_{start}"], joints[f"{side}_{end}"], thick * body_px, shade)


def _limb(image: ImageBgr, start: Point, end: Point, thick_px: float, colour: Colour) -> None:
    a, b = (round(start[0]), round(start[1])), (round(end[0]), round(end[1]))
    cv2.line(image, a, b, colour, max(1, round(thick_px)), cv2.LINE_AA)


class SyntheticCamera:
    """Draws `config.width` x `config.height` pictures at `config.frames_per_s`.

    In real time a reader who is late gets the newest frame that is due; otherwise every frame comes at once, with `t_s`
    in seconds from the first.

    Args:
        cadence_spm: steps per minute, both feet.
        seconds: ends after this time; None never ends.
    """

    def __init__(self, config: CameraConfig, realtime: bool = True, cadence_spm: float = CADENCE_SPM, seconds: float | None = None) -> None:
        self._config = config
        self._realtime = realtime
        self._cadence_spm = cadence_spm
        self._count = None if seconds is None else round(seconds * config.frames_per_s)
        self._stop = Stop()
        self._next: int | None = None
        self._start_s = 0.0

    @property
    def name(self) -> str:
        """Says that nobody is really there."""
        return f"drawn runner ({self._cadence_spm:g} steps per minute)"

    @property
    def ended(self) -> bool:
        """True once the last frame was read, or after `stop`."""
        return self._stop.is_set

    @property
    def warnings(self) -> tuple[str, ...]:
        """Nothing can be wrong with a drawing."""
        return ()

    def start(self) -> None:
        """Begin at the first frame."""
        if self._next is not None and not self.ended:
            return
        self._stop = Stop()
        self._next = 0
        self._start_s = monotonic_s() if self._realtime else 0.0

    def read(self, timeout_s: float) -> Frame | None:
        """The next frame, or in real time the newest that is due; None when none is due within `timeout_s` seconds."""
        if self._next is None:
            raise RuntimeError("read() before start(): start the camera first.")
        number = self._newest(self._next)
        if self._count is not None and number >= self._count:
            self._stop.set()
        t_s = number / self._config.frames_per_s
        if self.ended or not self._due(t_s, timeout_s):
            return None
        self._next = number + 1
        return Frame(self._start_s + t_s, draw_runner(t_s, self._config.width, self._config.height, self._cadence_spm))

    def stop(self) -> None:
        """End."""
        self._stop.set()

    def _newest(self, following: int) -> int:
        """The newest frame that is due, or the one that comes next; never skips past the last."""
        if not self._realtime:
            return following
        due = int((monotonic_s() - self._start_s) * self._config.frames_per_s)
        last = due if self._count is None else self._count - 1
        return max(following, min(due, last))

    def _due(self, t_s: float, timeout_s: float) -> bool:
        wait_s = self._start_s + t_s - monotonic_s() if self._realtime else 0.0
        if wait_s > 0:
            self._stop.wait(min(wait_s, timeout_s))
        return wait_s <= timeout_s and not self.ended

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()
