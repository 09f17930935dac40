"""`kiosk record`: headless pose recording, with the picture only when asked for."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from kiosk import __version__
from kiosk.camera import CameraError, open_camera
from kiosk.camera.background import Background
from kiosk.config import Config
from kiosk.domain import Frame, Pose
from kiosk.gait.tilt import stand_from_lines
from kiosk.gait.upright import upright_from_lines
from kiosk.pose.movenet import MoveNet
from kiosk.pose.recording import Recording, save
from kiosk.pose.series import to_series
from kiosk.report.video import VideoWriter
from kiosk.threads import Stop

SAVE_EVERY_S = 15.0
"""A cut of power loses at most this much."""
FILE_S = 600.0
"""A new file begins after this long, so that saving stays quick."""


def record(config: Config, out: Path, video: bool, minutes: float | None, stop: Stop, told: Callable[[str], None]) -> list[Path]:
    """Record poses until the source ends, the time is over, or `stop` is set.

    Args:
        config: camera, model and treadmill.
        out: an existing or new folder.
        video: also store the picture.
        minutes: longest time; None has no end.
        stop: asked to end by a signal.
        told: takes a line for the log.

    Returns:
        The pose files written.

    Raises:
        OSError: the camera or the folder cannot be used.
    """
    out.mkdir(parents=True, exist_ok=True)
    finder = MoveNet(config.pose, config.treadmill.zone)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    tape = _Tape(out, stamp, config, f"treadside {__version__} {finder.name}")
    film = VideoWriter(out / f"{stamp}.mp4") if video else None
    realtime = config.camera.kind != "video"
    try:
        with open_camera(config.camera, realtime=realtime) as camera:
            first_s = None
            while not stop.is_set and not camera.ended:
                frame = camera.read(1.0)
                if frame is None:
                    continue
                first_s = frame.t_s if first_s is None else first_s
                if minutes is not None and frame.t_s - first_s >= 60 * minutes:
                    break
                if tape.add(frame, finder.estimate(frame)):
                    told(f"{frame.t_s - first_s:.0f} s recorded")
                if film is not None:
                    film.write(frame)
            for warning in camera.warnings:
                told(f"Note: {warning}")
    finally:
        try:
            tape.close()
        finally:
            if film is not None:
                film.close()
    if not tape.files:
        raise CameraError(f"{config.camera.kind}: no frame came, nothing was recorded.")
    return tape.files


class _Tape:
    """Poses on their way to files."""

    def __init__(self, out: Path, stamp: str, config: Config, made_by: str) -> None:
        self._out, self._stamp = out, stamp
        self._config, self._made_by = config, made_by
        self._poses: list[Pose] = []
        self._background = Background()
        self._saved_s = float("-inf")
        self.files: list[Path] = []

    def add(self, frame: Frame, pose: Pose) -> bool:
        """Keep a pose; True when the file on disk was brought up to date."""
        if self._poses and pose.t_s - self._poses[0].t_s >= FILE_S:
            self.close()
            self._poses = []
            self._background = Background()
        if not self._poses:
            self.files.append(self._out / f"{self._stamp}-{len(self.files) + 1:02d}.npz")
            self._saved_s = pose.t_s
        self._poses.append(pose)
        self._background.add(frame.image_bgr)
        if pose.t_s - self._saved_s < SAVE_EVERY_S:
            return False
        self._saved_s = pose.t_s
        self._save(self._config.treadmill.roll_deg, self._config.treadmill.roll_sd_deg)
        return True

    def close(self) -> None:
        """Write the current file for the last time, with the camera's roll from the lines when nobody gave it."""
        roll_deg, sd_deg = self._config.treadmill.roll_deg, self._config.treadmill.roll_sd_deg
        if roll_deg == 0 and sd_deg is None:
            stand = stand_from_lines(upright_from_lines(self._background.segments_px(), *self._background.size_px))
            roll_deg, sd_deg = stand.roll_deg, stand.roll_sd_deg
        self._save(roll_deg, sd_deg)

    def _save(self, roll_deg: float, sd_deg: float | None) -> None:
        """Write the current file whole, in place of its last state."""
        if self._poses:
            view = self._config.treadmill.view
            save(self.files[-1], Recording(to_series(self._poses), view, roll_deg, self._made_by, sd_deg))
