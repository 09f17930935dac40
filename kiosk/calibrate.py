"""`kiosk calibrate`: looks for some seconds, says how the camera stands and what to do, and writes it into kiosk.toml when asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.camera import CameraError, open_camera
from kiosk.camera.background import Background
from kiosk.config import Config, with_values
from kiosk.domain import Frame, View
from kiosk.gait.stance import roll_of_standing
from kiosk.gait.tilt import APPLIED_SD_DEG, LARGEST_ROLL_DEG
from kiosk.gait.upright import upright_from_lines
from kiosk.pose.movenet import MoveNet
from kiosk.pose.series import to_series
from kiosk.settings import SettingsError, change_section

LEAST_FRAMES = 5
"""Fewer cannot tell what stands still (our choice)."""
NO_FRAME_S = 10.0
"""A camera that gives nothing for so long is not working (our choice: a Pi camera starts within 2 s)."""


class CalibrationError(Exception):
    """Nothing can be told or written; the message says why and what to do."""


@dataclass(frozen=True)
class Found:
    """The camera's roll and how it was found."""

    roll_deg: float
    """Degrees the picture must be turned clockwise so that gravity points down."""
    sd_deg: float
    """Standard error, degrees."""
    source: str
    """What it was told from, for people."""
    yaw_deg: float | None = None
    """Angle between the picture and the level lines, a hint, degrees."""


def calibrate(config: Config, source: Path | None, seconds: float, person: bool, write_to: Path | None) -> Iterator[str]:
    """Look, say, and write.

    Args:
        config: camera, model and treadmill.
        source: video file to look at instead of the camera.
        seconds: how long to look.
        person: look at somebody who stands still instead of at the lines of the room.
        write_to: kiosk.toml that gets the roll; None writes nothing.

    Yields:
        Lines for people.

    Raises:
        CameraError, ModelError: nothing can be seen.
        CalibrationError: nothing can be told, or not written.
    """
    if source is not None:
        config = with_values(config, "camera", kind="video", path=str(source))
    found = look_at_person(config, seconds) if person else look_at_lines(config, seconds)
    yield from sentences(found)
    if write_to is not None:
        write(write_to, found)
        yield f"written: {write_to}"


def look_at_lines(config: Config, seconds: float) -> Found:
    """The roll from the lines of the room.

    Raises:
        CameraError: no frames.
        CalibrationError: too few lines, or lines that do not agree.
    """
    background = Background()
    for frame in _frames(config, seconds):
        background.add(frame.image_bgr)
    _check_count(background.frames)
    upright = upright_from_lines(background.segments_px(), *background.size_px)
    help_ = "Get a door frame, a wall corner or shelves into the picture and switch on the light, or use --person."
    if upright is None:
        raise CalibrationError(f"Too few upright and level lines agree in this picture. {help_}")
    source = f"{upright.uprights} upright and {upright.levels} level things"
    if upright.sd_deg > APPLIED_SD_DEG:
        raise CalibrationError(f"The lines tell the roll only as {upright.roll_deg:.1f}° ± {upright.sd_deg:.1f}° ({source}). {help_}")
    return Found(upright.roll_deg, upright.sd_deg, source, upright.yaw_deg)


def look_at_person(config: Config, seconds: float) -> Found:
    """The roll from a person who stands still and faces the camera.

    Raises:
        CameraError, ModelError: no frames, or no network.
        CalibrationError: nobody, not still, not whole.
    """
    finder = MoveNet(config.pose, config.treadmill.zone)
    poses = [finder.estimate(frame) for frame in _frames(config, seconds)]
    _check_count(len(poses))
    found = roll_of_standing(to_series(poses), View.FRONT)
    if found is None:
        raise CalibrationError(
            "Nobody is seen standing still from head to foot for 3 s. Stand on both feet, face the camera, arms down, and try again."
        )
    return Found(*found, "a person standing still")


def _frames(config: Config, seconds: float) -> Iterator[Frame]:
    """Frames of the first `seconds` of the source."""
    with open_camera(config.camera, realtime=config.camera.kind != "video") as camera:
        first_s, waited_s = None, 0.0
        while not camera.ended:
            frame = camera.read(1.0)
            if frame is None:
                waited_s += 1.0
                if waited_s >= NO_FRAME_S and not camera.ended:
                    raise CameraError(f"{camera.name}: no picture for {NO_FRAME_S:.0f} s. Check the camera and its cable.")
                continue
            first_s, waited_s = (frame.t_s if first_s is None else first_s), 0.0
            if frame.t_s - first_s > seconds:
                return
            yield frame


def _check_count(frames: int) -> None:
    if frames < LEAST_FRAMES:
        raise CalibrationError(f"Only {frames} pictures came; at least {LEAST_FRAMES} are needed. Give a longer clip, or more --seconds.")


def sentences(found: Found) -> Iterator[str]:
    """What was found and what to do."""
    roll_deg = round(found.roll_deg, 1) + 0.0  # no minus before a zero
    yield f"Camera roll: {roll_deg:.1f}° ± {found.sd_deg:.1f}° (standard error; from {found.source})."
    if found.yaw_deg is not None:
        yield f"Hint: the level lines run {found.yaw_deg:.0f}° out of the picture plane; 0° is square, if they run as the treadmill does."
    if abs(roll_deg) > LARGEST_ROLL_DEG:
        yield f"That is too much to correct: turn the camera {_turn(roll_deg)} and calibrate again."
    elif abs(roll_deg) <= found.sd_deg:
        yield "The camera stands upright as far as this can tell: nothing to do."
    else:
        yield f"Turn the camera {_turn(roll_deg)}, or put roll_deg = {roll_deg:.1f} under [treadmill]."


def _turn(roll_deg: float) -> str:
    """The scene turns against the camera: a picture to be turned clockwise was taken by a camera that leans clockwise."""
    return f"{abs(roll_deg):.1f}° {'counter-clockwise' if roll_deg > 0 else 'clockwise'} (seen from behind it)"


def write(path: Path, found: Found) -> None:
    """Put the roll and its error into kiosk.toml; every other line stays as it is, and the old file stays as kiosk.toml.before.

    Raises:
        CalibrationError: the roll is too large, the file is read-only, or its [treadmill] is not a plain section.
    """
    if abs(found.roll_deg) > LARGEST_ROLL_DEG:
        raise CalibrationError(f"A roll of {found.roll_deg:.1f}° is not written: more than {LARGEST_ROLL_DEG:.0f}° cannot be corrected.")
    try:
        change_section(path, "treadmill", {"roll_deg": round(found.roll_deg, 1) + 0.0, "roll_sd_deg": max(round(found.sd_deg, 1), 0.1)})
    except SettingsError as error:
        raise CalibrationError(str(error)) from error
