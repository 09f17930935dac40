"""`kiosk record`: headless pose recording, with the picture only when asked for, and how a recorder can be.

What must not go in: files and the disk; they are in segments.py.
"""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from kiosk.camera import CameraError, open_camera
from kiosk.config import Config
from kiosk.pose.movenet import MoveNet
from kiosk.recorder.segments import RecorderError, Segments
from kiosk.screen import LiveView, State
from kiosk.threads import Stop
from kiosk.words import NOTHING


class RecorderState(StrEnum):
    """How the recorder is."""

    IDLE = "idle"
    RECORDING = "recording"
    FULL = "full"
    """The disk is nearly full: nothing is recorded until there is space and somebody presses start."""
    FAULT = "fault"
    """Recording is wanted but the camera or the disk refuses; it is tried again and again."""
    OFF = "off"
    """The system is shutting down."""


def view_of(state: RecorderState, problem: str, seconds: float, config: Config, frame_t_s: float | None = None) -> LiveView:
    """What lamp and page show. The lamp breathes while it waits, shines while it records, blinks twice when full, flashes at a fault.

    Args:
        state: how the recorder is.
        problem: a sentence, or no words.
        seconds: of this recording.
        config: all settings.
        frame_t_s: stamp of the newest frame of this recording, from which the API tells its age; None when nothing is recorded.
    """
    states = {RecorderState.RECORDING: State.RUNNING, RecorderState.OFF: State.OFF}
    return LiveView(
        state=states.get(state, State.IDLE),
        frame_t_s=frame_t_s,
        language=config.session.language,
        elapsed_s=seconds,
        notice=problem,
        cannot_judge=problem if state is RecorderState.FULL else NOTHING,
        fault=state is RecorderState.FAULT or (state is RecorderState.IDLE and bool(problem)),
    )


def record(config: Config, out: Path, video: bool, minutes: float | None, stop: Stop, told: Callable[[str], None]) -> list[Path]:
    """Record poses until the source ends, the time is over, `stop` is set, or the disk is nearly full.

    Args:
        config: camera, model, treadmill and [recorder].
        out: an existing or new folder.
        video: also store the picture.
        minutes: longest time; None has no end.
        stop: asked to end by a signal.
        told: takes a line for the log; it is told each file that was recorded.

    Returns:
        The pose files written.

    Raises:
        OSError: the camera or the folder cannot be used, or the disk is nearly full.
    """
    out.mkdir(parents=True, exist_ok=True)
    config = config.model_copy(update={"recorder": config.recorder.model_copy(update={"video": video})})
    realtime = config.camera.kind != "video"
    segments = Segments(config, out, MoveNet(config.pose, config.treadmill.zone), told, patient=not realtime)
    try:
        segments.recover()
        if segments.is_full:
            raise RecorderError(segments.full_sentence)
        with open_camera(config.camera, realtime=realtime) as camera:
            first_s = None
            while not stop.is_set and not camera.ended and not segments.is_full:
                frame = camera.read(1.0)
                if frame is None:
                    continue
                first_s = frame.t_s if first_s is None else first_s
                if minutes is not None and frame.t_s - first_s >= 60 * minutes:
                    break
                segments.add(frame)
            for warning in camera.warnings:
                told(f"Note: {warning}")
    finally:
        segments.close()
    if segments.is_full:
        raise RecorderError(segments.full_sentence)
    if not segments.files:
        raise CameraError(segments.problem or f"{config.camera.kind}: no frame came, nothing was recorded.")
    return segments.files
