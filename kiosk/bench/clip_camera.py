"""The bundled clip as a camera of any speed: at a pace, or a new frame whenever the last one was taken."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from kiosk.bench.stages import AHEAD
from kiosk.camera.video import VideoCamera
from kiosk.config import CameraConfig
from kiosk.data import DEMO_CLIP
from kiosk.domain import Frame, ImageBgr
from kiosk.threads import Latest, Stop, monotonic_s

CLIP_HZ = 30.0
"""Frames a second of the clip as it was filmed."""
EARLY_S = 0.01
"""So long before a frame is due it is decoded, when the one before is through: a camera's picture is there when it is due."""


def clip_frames() -> Iterator[Frame]:
    """The bundled clip again and again, as fast as it is read, with its own times in seconds from the first."""
    with VideoCamera(CameraConfig(kind="video", path=str(DEMO_CLIP), loop=True), realtime=False) as camera:
        while (frame := camera.read(0.0)) is not None:
            yield frame


class ClipCamera:
    """The clip again and again.

    With a pace a frame is stamped with the time at which it was due, and what was not read in time is skipped, as a camera does. Without,
    stamps go on as in the clip, so that gait has as much to do a frame as it has in the gym.

    Args:
        pace_hz: frames a second; None gives a frame whenever fewer than AHEAD are there that came after the last one `take` was told of.
    """

    name = "the bundled clip"
    warnings: tuple[str, ...] = ()

    def __init__(self, pace_hz: float | None) -> None:
        self._pace_hz = pace_hz
        self._frames: Iterator[Frame] | None = None
        self._image: ImageBgr | None = None
        """Of the next frame, decoded while the one before is worked on: a camera's picture is there when it is due."""
        self._over = Stop()
        self._taken: Latest[int] = Latest()
        self._heard = 0
        """Version of `_taken`."""
        self._last = -1
        """Number of the last frame that was taken."""
        self._start_s = 0.0
        self._n = 0
        """Of the next frame."""

    @property
    def ended(self) -> bool:
        """True after `stop`."""
        return self._over.is_set

    def start(self) -> None:
        """Open the clip."""
        if self._frames is None or self.ended:
            self._frames, self._image, self._over, self._taken = clip_frames(), None, Stop(), Latest()
            self._start_s = monotonic_s()
            self._n, self._heard, self._last = 0, 0, -1

    def take(self, t_s: float) -> None:
        """The frame with this stamp is taken; those before it are, too, or were skipped. From any one thread."""
        self._taken.publish(round((t_s - self._start_s) * CLIP_HZ))

    def read(self, timeout_s: float) -> Frame | None:
        """The next frame; None when none is due in that time."""
        if self._frames is None:
            raise RuntimeError("read() before start(): start the camera first.")
        if self._image is None and self._may_decode(timeout_s):
            self._image = next(self._frames).image_bgr
        if self._image is None or not self._may_give(timeout_s):
            return None
        frame = Frame(self._start_s + self._n / (self._pace_hz or CLIP_HZ), self._image)
        self._n, self._image = self._n + 1, None
        return frame

    def stop(self) -> None:
        """Give no more."""
        self._over.set()
        self._taken.close()

    def _may_decode(self, timeout_s: float) -> bool:
        return not self.ended and (self._pace_hz is None or self._is_due(self._pace_hz, timeout_s, EARLY_S))

    def _may_give(self, timeout_s: float) -> bool:
        return not self.ended and (self._is_taken(timeout_s) if self._pace_hz is None else self._is_due(self._pace_hz, timeout_s))

    def _is_taken(self, timeout_s: float) -> bool:
        """Fewer than AHEAD frames are under way."""
        if self._n > self._last + AHEAD:
            self._heard, last = self._taken.newer(self._heard, timeout_s)
            self._last = self._last if last is None else last
        return self._n <= self._last + AHEAD and not self.ended

    def _is_due(self, pace_hz: float, timeout_s: float, early_s: float = 0.0) -> bool:
        late_s = monotonic_s() - self._start_s - self._n / pace_hz
        self._n += max(0, int(late_s * pace_hz))
        wait_s = self._start_s + self._n / pace_hz - early_s - monotonic_s()
        if wait_s > 0:
            self._over.wait(min(wait_s, timeout_s))
        return wait_s <= timeout_s and not self.ended

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()
