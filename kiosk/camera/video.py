"""A video file in the place of a camera: at its own speed as if it were live, or every frame as fast as possible.

What must not go in: decoding and broken files; that is `clip.py`.
"""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.camera import CameraError
from kiosk.camera.clip import DECODE_THREADS, Clip, ClipFrame, VideoInfo, probe
from kiosk.config import CameraConfig
from kiosk.domain import Frame
from kiosk.threads import Stop, monotonic_s
from kiosk.words import Phrase

__all__ = ["VideoCamera", "VideoInfo", "probe"]

LONGEST_SKIP_S = 0.25
"""Our choice: a clip that decodes more slowly than it plays still gives about four frames a second."""

SHORTEST_FRAME_S = 1e-3
"""Our choice: how long the last frame of a loop lasts when the file does not say and holds one frame only."""


class VideoCamera:
    """Plays `config.path`.

    In real time `t_s` is the monotonic time of `start` plus the frame's own time, a frame comes when it is due, and a
    reader who is late gets the newest frame that is due, as from a live camera. Otherwise every frame comes at once,
    with `t_s` in seconds from the first. A loop goes on in time: its first frame comes when the last one has been shown.
    """

    def __init__(self, config: CameraConfig, realtime: bool = True, decode_threads: int = DECODE_THREADS) -> None:
        self._path = Path(config.path).expanduser()
        if not config.path:
            raise CameraError('[camera] path is empty. Name the video file: path = "clip.mp4".')
        self._loop = config.loop
        self._realtime = realtime
        self._decode_threads = decode_threads
        self._stop = Stop()
        self._clip: Clip | None = None
        self._frames: Iterator[tuple[float, ClipFrame]] = iter(())
        self._next: tuple[float, ClipFrame] | None = None
        self._warnings: list[str] = []
        self._start_s = 0.0

    @property
    def name(self) -> str:
        """The file's name."""
        return f"video {self._path.name}"

    @property
    def info(self) -> VideoInfo:
        """What the clip says about itself, once it was started."""
        if self._clip is None:
            raise RuntimeError("info before start(): start the camera first.")
        return self._clip.info

    @property
    def ended(self) -> bool:
        """True once the last frame was read, or after `stop`."""
        return self._stop.is_set

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file, as far as it was read."""
        return tuple(self._warnings)

    def start(self) -> None:
        """Open the file and decode its first frame.

        Raises:
            CameraError: the file is missing or no clip that can be read.
        """
        if self._clip is not None and not self.ended:
            return
        self.stop()
        self._clip = Clip(self._path, self._decode_threads)
        self._stop = Stop()
        self._warnings = []
        self._frames = self._timed(self._clip)
        self._next = next(self._frames)
        self._start_s = monotonic_s() if self._realtime else 0.0

    def read(self, timeout_s: float) -> Frame | None:
        """The next frame, or in real time the newest that is due; None when none is due within `timeout_s` seconds."""
        if self._clip is None:
            raise RuntimeError("read() before start(): start the camera first.")
        if self._next is None:
            self._stop.set()
        if self.ended or (self._realtime and not self._due(timeout_s)):
            return None
        t_s, frame = self._take()
        return Frame(self._start_s + t_s, frame.image_bgr())

    def stop(self) -> None:
        """Close the file."""
        self._stop.set()
        self._next = None
        if self._clip is not None:
            self._clip.close()

    def _due(self, timeout_s: float) -> bool:
        """Wait until the next frame is due; False when it is not within the time."""
        assert self._next is not None
        wait_s = self._start_s + self._next[0] - monotonic_s()
        if wait_s > 0:
            self._stop.wait(min(wait_s, timeout_s))
        return wait_s <= timeout_s and not self.ended

    def _take(self) -> tuple[float, ClipFrame]:
        """The next frame; in real time, the last of those that are due by now."""
        assert self._next is not None
        began_s = monotonic_s()
        newest, self._next = self._next, None
        self._next = next(self._frames, None)
        while self._realtime and self._next is not None and self._start_s + self._next[0] <= monotonic_s():
            if monotonic_s() - began_s > LONGEST_SKIP_S:
                self._tell_slow()
                break
            newest = self._next
            self._next = next(self._frames, None)
        return newest

    def _tell_slow(self) -> None:
        sentence = Phrase("{file}: is decoded more slowly than it plays, so the picture lags. Use a smaller picture.", file=self._path.name)
        if sentence not in self._warnings:
            self._warnings.append(sentence)

    def _timed(self, clip: Clip) -> Iterator[tuple[float, ClipFrame]]:
        """(seconds since the first frame of the first round, frame); without end when the clip is looped."""
        begin_s = 0.0
        while True:
            t_s, duration_s = 0.0, SHORTEST_FRAME_S
            for frame in clip:
                duration_s = frame.duration_s or (frame.t_s - t_s) or duration_s
                t_s = frame.t_s
                yield begin_s + t_s, frame
            self._warnings += [sentence for sentence in clip.warnings if sentence not in self._warnings]
            clip.close()
            if not self._loop:
                return
            begin_s += t_s + duration_s
            clip = self._clip = Clip(self._path, self._decode_threads)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()
