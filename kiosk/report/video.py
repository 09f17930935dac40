"""Videos out: frames with their true time stamps, and the skeleton drawn into them."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np

from kiosk.domain import Frame, ImageBgr, Pose, View
from kiosk.pose.keypoints import BONES, LEFT, SEEN_SCORE

TICKS = 90_000
"""Time base of the file, per second: the usual one of video streams, exact for common frame rates."""
NEAR_BGR = (255, 255, 255)
FAR_BGR = (80, 170, 255)
"""The side that faces the camera white, the other orange: told apart also without colour vision by their width."""


class VideoError(OSError):
    """The video cannot be written; the message says why."""


class VideoWriter:
    """H.264 in a fragmented MP4, so that a cut of power leaves a file that plays."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = av.open(str(path), "w", options={"movflags": "frag_keyframe+empty_moov"})
        except (OSError, ValueError) as error:
            raise VideoError(f"{path}: cannot write a video there ({error}). Name a file ending in .mp4 in a folder that exists.") from None
        self._stream: av.VideoStream | None = None
        self._first_s = 0.0
        self._last_tick = -1

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def write(self, frame: Frame) -> None:
        """Add a frame at its own time; the first one starts the file."""
        if self._stream is None:
            self._stream = self._open(frame)
        height, width = self._stream.height, self._stream.width
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.image_bgr[:height, :width]), format="bgr24")
        self._last_tick = max(round((frame.t_s - self._first_s) * TICKS), self._last_tick + 1)
        picture.pts, picture.time_base = self._last_tick, Fraction(1, TICKS)
        self._file.mux(self._stream.encode(picture))

    def close(self) -> None:
        """Finish the file."""
        if self._stream is not None:
            self._file.mux(self._stream.encode())
        self._file.close()

    def _open(self, frame: Frame) -> av.VideoStream:
        self._first_s = frame.t_s
        # without B-frames the first picture is at time 0 also in a fragmented file
        options = {"preset": "veryfast", "crf": "23", "x264-params": "bframes=0"}
        stream = self._file.add_stream("libx264", rate=Fraction(30), options=options)
        stream.height, stream.width = (side - side % 2 for side in frame.image_bgr.shape[:2])
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
    for row, text in enumerate(lines):
        at = (round(10 * scale), round((26 + 26 * row) * scale))
        cv2.putText(out, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7 * scale, (0, 0, 0), round(5 * scale), cv2.LINE_AA)
        cv2.putText(out, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7 * scale, NEAR_BGR, max(round(1.5 * scale), 1), cv2.LINE_AA)
    return out


def _is_near(point: int, view: View) -> bool:
    return (point in LEFT.values()) == (view is View.LEFT)
