"""Videos out: frames with their true time stamps, and the skeleton drawn into them."""

import os
from contextlib import suppress
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np
from av.video.frame import PictureType

from kiosk.domain import Frame, ImageBgr, Pose, View
from kiosk.pose.keypoints import BONES, LEFT, SEEN_SCORE

TICKS = 90_000
"""Time base of the file, per second: the usual one of video streams, exact for common frame rates."""
FONT = cv2.FONT_HERSHEY_SIMPLEX
NEAR_BGR = (255, 255, 255)
FAR_BGR = (80, 170, 255)
"""The side that faces the camera white, the other orange: told apart also without colour vision by their width."""


class VideoError(OSError):
    """The video cannot be written; the message says why."""


class VideoWriter:
    """H.264 in a fragmented MP4, so that a cut of power leaves a file that plays.

    Args:
        key_every_s: for a video that is made while somebody films: a key frame, and so a whole fragment, this often, and an encoder
            that holds nothing back and leaves the other cores to the network. None makes the smallest file.
        comment: written into the file, e.g. that a skeleton was drawn into its pictures.
    """

    def __init__(self, path: Path, key_every_s: float | None = None, comment: str = "") -> None:
        self._path, self._key_every_s, self._key_s = path, key_every_s, float("-inf")
        if path.suffix.lower() != ".mp4":
            raise VideoError(f"{path}: the video is written as MP4. Name a file that ends in .mp4.")
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise VideoError(f"{path}: cannot write a video there ({error.strerror}). Name a file in a folder that exists.") from None
        # FFmpeg writes into memory and we write to the disk: its own writer crashes the process when the disk is full
        self._memory = BytesIO()
        self._muxer = av.open(self._memory, "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"})
        if comment:
            self._muxer.metadata["comment"] = comment
        self._stream: av.VideoStream | None = None
        self._first_s = 0.0
        self._last_tick = -1

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def write(self, frame: Frame) -> None:
        """Add a frame at its own time; the first one starts the file.

        Raises:
            VideoError: the disk is full, or the frames are too small for a video.
        """
        if self._stream is None:
            self._stream = self._open(frame)
        height, width = self._stream.height, self._stream.width
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.image_bgr[:height, :width]), format="bgr24")
        self._last_tick = max(round((frame.t_s - self._first_s) * TICKS), self._last_tick + 1)
        picture.pts, picture.time_base = self._last_tick, Fraction(1, TICKS)
        if self._key_every_s is not None and frame.t_s - self._key_s >= self._key_every_s:
            picture.pict_type = PictureType.I
            self._key_s = frame.t_s
        self._muxer.mux(self._stream.encode(picture))
        self._empty()

    def sync(self) -> None:
        """Have all whole fragments on the disk.

        Raises:
            OSError: the disk refuses.
        """
        if not self._file.closed:
            os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """Finish the file; again is once.

        Raises:
            VideoError: the disk is full.
        """
        if self._file.closed:
            return
        self._finish_muxer()
        self._empty()
        self._file.close()

    def _finish_muxer(self) -> None:
        """Let FFmpeg end in good order, into memory: left open it crashes the process when it is collected."""
        if self._stream is not None:
            self._muxer.mux(self._stream.encode())
        self._muxer.close()

    def _empty(self) -> None:
        """Move what FFmpeg has made to the disk."""
        try:
            self._file.write(self._memory.getvalue())
            self._file.flush()
        except OSError as error:
            with suppress(OSError):  # closing writes once more
                self._file.close()
            with suppress(ValueError):  # finished before
                self._finish_muxer()
            raise VideoError(f"{self._path}: the video cannot be written ({error.strerror}). Free some space.") from None
        self._memory.seek(0)
        self._memory.truncate()

    def _open(self, frame: Frame) -> av.VideoStream:
        height, width = (side - side % 2 for side in frame.image_bgr.shape[:2])
        if min(height, width) < 16:  # x264's smallest picture
            raise VideoError(f"{self._path}: frames of {width} x {height} pixels are too small for a video; 16 x 16 are needed.")
        self._first_s = frame.t_s
        # without B-frames the first picture is at time 0 also in a fragmented file
        options = {"preset": "veryfast", "crf": "23", "x264-params": "bframes=0"}
        if self._key_every_s is not None:  # superfast: half the work of veryfast for a larger file (our choice)
            options |= {"preset": "superfast", "tune": "zerolatency", "forced-idr": "1"}
        stream = self._muxer.add_stream("libx264", rate=Fraction(30), options=options)
        if self._key_every_s is not None:
            stream.codec_context.thread_count = 1
        stream.height, stream.width = height, width
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        return stream


def draw_pose(image_bgr: ImageBgr, pose: Pose, view: View | None, lines: tuple[str, ...] = ()) -> ImageBgr:
    """A copy of the picture with the skeleton and lines of text at its top left."""
    out = image_bgr.copy()
    scale = max(out.shape[0] / 480, 0.6)
    for a, b in BONES:
        if min(pose.score[a], pose.score[b]) < SEEN_SCORE or not np.isfinite(pose.xy_px[[a, b]]).all():
            continue
        near = view is None or not view.is_side or _is_near(a, view)
        p, q = (tuple(int(v) for v in pose.xy_px[i]) for i in (a, b))
        cv2.line(out, p, q, NEAR_BGR if near else FAR_BGR, max(round((4 if near else 2) * scale), 1), cv2.LINE_AA)
    _write(out, lines, scale)
    return out


def _write(out: ImageBgr, lines: tuple[str, ...], scale: float) -> None:
    """The lines at the top left, all of one size, so small that the longest one fits."""
    wide = max((cv2.getTextSize(text, FONT, 0.7 * scale, round(5 * scale))[0][0] for text in lines), default=1)
    scale *= min(1.0, (out.shape[1] - 20 * scale) / max(wide, 1))
    for row, text in enumerate(lines):
        at = (round(10 * scale), round((26 + 26 * row) * scale))
        cv2.putText(out, text, at, FONT, 0.7 * scale, (0, 0, 0), max(round(5 * scale), 2), cv2.LINE_AA)
        cv2.putText(out, text, at, FONT, 0.7 * scale, NEAR_BGR, max(round(1.5 * scale), 1), cv2.LINE_AA)


def _is_near(point: int, view: View) -> bool:
    return (point in LEFT.values()) == (view is View.LEFT)
