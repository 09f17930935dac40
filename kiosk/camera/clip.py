"""A video file as upright pictures with their true times, whatever state the file is in.

What must not go in: waiting, looping, or any idea of "now"; that is `video.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer
from av.sidedata.sidedata import Type as SideData
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from kiosk.camera import CameraError
from kiosk.domain import ImageBgr
from kiosk.words import Phrase

CUT_OFF = Phrase("{file}: cannot be read to its end ({error}).")
DAMAGED = Phrase("{file}: {frames} damaged frame(s) were left out.")
UNORDERED = Phrase("{file}: {frames} frame(s) without a later time than the one before were left out.")
SHORTER = Phrase("{file}: the last frame is at {last_s:.1f} s, but the file says it lasts {said_s:.1f} s.")

DECODE_THREADS = 2
"""Unless somebody says how many. Our choice: on two cores 600 frames of 640x480 H.264 took 0.20 s with one thread, 0.16 s with two and
0.19 s with one per core; a Pi keeps its other two cores for the network."""

SHORTER_THAN_SAID_S = 1.0
"""Our choice: a clip that ends this much before its header says was cut off."""

STILL_FORMATS = ("image2", "tty")
"""FFmpeg opens a picture or a text file as a clip of one frame; so do the formats that end in "_pipe"."""


@dataclass(frozen=True)
class VideoInfo:
    """What a clip says about itself; enough for a progress bar."""

    frames: int | None
    """Estimated number of frames; None when the file does not say."""
    duration_s: float | None
    """Seconds; None when the file does not say."""
    fps: float | None
    """Average frames per second; None when the file does not say."""
    width: int
    """Pixels, as the picture stands upright."""
    height: int
    """Pixels, as the picture stands upright."""


@dataclass(frozen=True, eq=False)
class ClipFrame:
    """A decoded frame that is turned into an array only if someone wants it."""

    t_s: float
    """Seconds from the first frame of the clip."""
    duration_s: float
    """How long the file says it is shown, seconds; 0 when it does not say."""
    decoded: VideoFrame
    matrix: tuple[int, ...] | None

    def image_bgr(self) -> ImageBgr:
        """The picture as it was seen: turned and mirrored as the file's display matrix says."""
        return upright(self.decoded.to_ndarray(format="bgr24"), self.matrix)


class Clip:
    """An open video file; iterate once over its frames, then read `warnings`."""

    def __init__(self, path: Path, decode_threads: int = DECODE_THREADS) -> None:
        self.path = path
        self.info: VideoInfo
        self.warnings: list[str] = []
        self._container, self._stream = _open(path, decode_threads)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def _begin(self) -> None:
        self._damaged = self._unordered = 0
        self._frames = self._intact()
        first = next(self._frames, None)
        if first is None:
            raise CameraError(f"{self.path}: has no frame that can be shown. Record it again, or give another file.")
        if first.pts is None or self._container.format.flags & cast(int, av.format.Flags.no_timestamps.value):
            raise CameraError(
                f"{self.path}: has no time stamps ({self._container.format.name}), so nothing in it can be timed."
                f" Wrap it with the rate it was recorded at: ffmpeg -r 30 -i {self.path.name} -c copy {self.path.stem}.mp4"
            )
        self._first = first
        self._matrix = _display_matrix(first)
        self.info = self._describe(*upright(np.zeros((first.height, first.width), np.uint8), self._matrix).shape)

    def _describe(self, height: int, width: int) -> VideoInfo:
        fps = float(self._stream.average_rate) if self._stream.average_rate else None
        duration_s = _duration_s(self._container, self._stream)
        frames = self._stream.frames or (round(duration_s * fps) if duration_s and fps else None)
        return VideoInfo(frames, duration_s, fps, width, height)

    def __iter__(self) -> Iterator[ClipFrame]:
        """Frames with strictly increasing times, the first at 0."""
        first_s = last_s = _time_s(self._first)
        yield self._frame(self._first, 0.0)
        for decoded in self._frames:
            t_s = _time_s(decoded)
            if decoded.pts is None or t_s <= last_s:
                self._unordered += 1
                continue
            last_s = t_s
            yield self._frame(decoded, last_s - first_s)
        self._tell(last_s - first_s)

    def _frame(self, decoded: VideoFrame, t_s: float) -> ClipFrame:
        return ClipFrame(t_s, _duration_of(decoded), decoded, self._matrix)

    def _intact(self) -> Iterator[VideoFrame]:
        """Decoded frames; after damage nothing up to the next key frame, as what lies between is partly invented."""
        waiting = False
        for decoded in self._decoded():
            if decoded is None or decoded.is_corrupt:
                waiting = True
                self._damaged += 1
            elif waiting and not decoded.key_frame:
                self._damaged += 1
            else:
                waiting = False
                yield decoded

    def _decoded(self) -> Iterator[VideoFrame | None]:
        """Decoded frames, None for each packet that cannot be decoded; ends where the file cannot be read on."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                yield from cast(list[VideoFrame], packet.decode())
            except av.error.InvalidDataError:
                yield None
            except av.error.FFmpegError as error:
                self.warnings.append(CUT_OFF.filled(file=self.path.name, error=error.strerror))
                return

    def _tell(self, last_s: float) -> None:
        name = self.path.name
        if self._damaged:
            self.warnings.append(DAMAGED.filled(file=name, frames=self._damaged))
        if self._unordered:
            self.warnings.append(UNORDERED.filled(file=name, frames=self._unordered))
        said_s = self.info.duration_s
        if said_s is not None and said_s - last_s > SHORTER_THAN_SAID_S:
            self.warnings.append(SHORTER.filled(file=name, last_s=last_s, said_s=said_s))


def probe(path: Path) -> VideoInfo:
    """What a clip says about itself.

    Raises:
        CameraError: the file is missing or no clip that can be read.
    """
    clip = Clip(path)
    clip.close()
    return clip.info


def upright(image: np.ndarray[Any, Any], matrix: tuple[int, ...] | None) -> np.ndarray[Any, Any]:
    """Turn and mirror a picture by quarter turns.

    Args:
        image: (height, width, ...) as stored.
        matrix: FFmpeg's nine display matrix numbers (libavutil/display.h: x' = a x + c y, y' = b x + d y, with a, b at
            0, 1 and c, d at 3, 4); None leaves the picture as it is. PyAV's `rotation` does not know about mirrors.

    Returns:
        The contiguous picture as it was seen.
    """
    if matrix is None:
        return np.ascontiguousarray(image)
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    if abs(b) > abs(a):
        image, a, d = np.swapaxes(image, 0, 1), c, b
    if a < 0:
        image = image[:, ::-1]
    if d < 0:
        image = image[::-1]
    return np.ascontiguousarray(image)


def _open(path: Path, decode_threads: int) -> tuple[InputContainer, VideoStream]:
    _check_file(path)
    try:
        container = av.open(str(path))
    except av.error.FFmpegError as error:
        raise CameraError(
            f"{path}: is not a video, or was cut off while it was recorded ({error.strerror}). Give a file that a video player can play."
        ) from error
    try:
        return container, _video_stream(container, path, decode_threads)
    except BaseException:
        container.close()
        raise


def _check_file(path: Path) -> None:
    if not path.exists():
        raise CameraError(f"{path}: no such file. Give an existing video file.")
    if not path.is_file():
        raise CameraError(f"{path}: is not a file. Give one video file.")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise CameraError(f"{path}: cannot be read ({error.strerror}). Check who may read it.") from error
    if empty:
        raise CameraError(f"{path}: is empty (0 bytes). Copy or record it again.")


def _video_stream(container: InputContainer, path: Path, decode_threads: int) -> VideoStream:
    if container.format.name.endswith("_pipe") or container.format.name in STILL_FORMATS:
        raise CameraError(f"{path}: is not a video ({container.format.name}). Give a video file.")
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            stream.thread_type = "AUTO"
            stream.codec_context.thread_count = decode_threads
            return stream
    raise CameraError(f"{path}: has no video in it, only {', '.join(s.type for s in container.streams) or 'nothing'}. Give a video file.")


def _time_s(decoded: VideoFrame) -> float:
    return decoded.time or 0.0 if decoded.time_base else 0.0


def _duration_of(decoded: VideoFrame) -> float:
    """Seconds; 0 when the file does not say. The division of whole numbers is as exact as a fraction, and takes a tenth of its time."""
    base = decoded.time_base
    return decoded.duration * base.numerator / base.denominator if base and decoded.duration else 0.0


def _duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else None


def _display_matrix(decoded: VideoFrame) -> tuple[int, ...] | None:
    side_data: Any = decoded.side_data  # PyAV's stub says a mapping of str; it is one of SideData, and its `[]` raises
    data = side_data.get(SideData.DISPLAYMATRIX)
    return None if data is None else tuple(int(n) for n in np.frombuffer(bytes(data), "<i4"))
