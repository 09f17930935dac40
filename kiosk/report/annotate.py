"""The video a person can check: every frame with the skeleton that was measured and the numbers that came out."""

from pathlib import Path

import numpy as np

from kiosk.domain import FloatArray, Frame, Pose, PoseSeries, View
from kiosk.report.video import VideoWriter, draw_pose

MARK = "annotated by Treadside"
"""Stands in the header of the video, so that a batch over a folder leaves the copy out."""


class Annotator:
    """Draws a measured series into the frames of its own video, in order."""

    def __init__(self, out: Path, captions: tuple[str, ...], series: PoseSeries, view: View | None) -> None:
        self._writer = VideoWriter(out, comment=MARK)
        self._captions, self._series, self._view = captions, series, view

    def add(self, frame: Frame) -> None:
        """Write one frame with the pose of its time."""
        s = self._series
        i = nearest(s.t_s, frame.t_s)
        pose = Pose(frame.t_s, s.xy_px[i], s.score[i], s.width, s.height)
        self._writer.write(Frame(frame.t_s, draw_pose(frame.image_bgr, pose, self._view, self._captions)))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


def nearest(t_s: FloatArray, at_s: float) -> int:
    """Place of the time nearest to `at_s` in increasing times, the earlier of two; one or more. Without looking at all of them."""
    after = min(int(np.searchsorted(t_s, at_s)), len(t_s) - 1)
    before = max(after - 1, 0)
    return before if at_s - t_s[before] <= t_s[after] - at_s else after
