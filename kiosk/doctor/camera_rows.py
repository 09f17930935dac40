"""Checks of what the camera gives: pictures, how often, how sharp, how light. Known answers: tests/doctor/test_doctor_camera.py."""

import numpy as np

from kiosk.camera.moved import Moved, ReferenceFileError, load, moved
from kiosk.config import data_folder
from kiosk.doctor.case import Case, Seen
from kiosk.doctor.data_rows import is_closed
from kiosk.domain import FloatArray, Frame, Pose
from kiosk.health import Check, Level
from kiosk.pose.light import DARK, Light, look, picture_problem
from kiosk.words import NOTHING, Phrase

LEAST_HZ = 8.0
"""Below this nothing is measured (METRICS.md: stride-phase folding holds from 8 frames/s on)."""
SLOW_PART = 0.9
"""Of the wanted rate; 29.97 is 30 to everyone, 25 is not (our choice)."""
FEW_LOST, MANY_LOST = 0.02, 0.2
"""Parts of the frames that are missing: up to the first nobody need care, above the second a fifth of each stride is
not seen (our choice)."""
WHOLE_PART = 0.1
"""At least so many of the distances between frames have none missing: the distance of a camera's frames hardly varies (our choice)."""
LEAST_LOST = 3
"""One or two frames missing in a short look are chance (our choice)."""
LONG_GAP_S, LONGEST_GAP_S = 0.33, 1.0
"""A gap as long as a step at 180 steps/min hides a whole contact; one of a second hides three (our choice)."""
LEAST_FRAMES = 5
"""Fewer tell no rate (our choice)."""
SHUTTER_SLACK = 1.05
"""Sensors expose in whole lines, so a little more than asked for is normal (our choice)."""
SMEAR_US = 8000
"""Above this a foot that swings at 8 m/s moves more than 6 cm in a picture (our choice: about half a shoe's height)."""
SWING_M_S = 8.0
"""Speed of a swinging foot of a runner at about 12 km/h: a little more than twice the belt (our choice, for the example only)."""

CABLE = Phrase("Switch the device off, push both ends of the camera's flat cable in, and switch it on again.")
NO_PI = Phrase("This machine is no Raspberry Pi. To try Treadside here: kiosk demo, or [camera] kind = video with path in kiosk.toml.")
SEE_CAMERA = Phrase("Look at [camera] in kiosk.toml: kind and path say where the pictures come from.")
SET_UP = Phrase("The camera was moved, or something stands before it. Put it back, or set it up again: “Set up camera” on the screen.")
NEVER_KEPT = Phrase("Not known: how the camera stood was never kept (“Set up camera” on the screen does it).")
NO_PICTURES = Phrase("Not looked at: the camera gives no pictures.")


def camera(case: Case) -> Check:
    """It is there, opens, and gives pictures of the wanted size."""
    seen, kind = case.seen, case.config.camera.kind
    if seen.held:
        return Check("camera", Level.ABSENT, Phrase("Not looked at: another Treadside program has the camera."))
    help_ = CABLE if kind == "picamera" else SEE_CAMERA
    if seen.problem:
        elsewhere = kind == "picamera" and not case.machine.is_pi
        return Check("camera", Level.WRONG, _said(seen.problem), NO_PI if elsewhere else help_)
    if seen.frame is None:
        return Check("camera", Level.WRONG, Phrase("{camera} gives no picture.", camera=seen.name), help_)
    height, width = seen.frame.image_bgr.shape[:2]
    found = Phrase("{camera} gives pictures of {width} x {height} pixels.", camera=seen.name, width=width, height=height)
    if seen.warnings:
        return Check("camera", Level.NOTE, _said(seen.warnings[0]), Phrase("Look at width and height under [camera] in kiosk.toml."))
    if kind == "picamera":
        return Check("camera", Level.OK, found)
    instead = Phrase("This is no camera: [camera] kind = {kind}. For real runners set kind = picamera in kiosk.toml.", kind=kind)
    return Check("camera", Level.NOTE, found, instead)


def frame_rate(case: Case) -> Check:
    """Pictures a second against what [camera] frames_per_s asks for."""
    steps_s = _steps_s(case.seen)
    if steps_s is None:
        return Check("frame_rate", Level.ABSENT, NO_PICTURES)
    rate, wanted = float(1 / steps_s.mean()), case.config.camera.frames_per_s
    clip = case.config.camera.kind == "video"
    found = Phrase("{rate:.1f} pictures a second ({wanted} are asked for).", rate=rate, wanted=wanted)
    if clip:
        found = Phrase("{rate:.1f} pictures a second come from the video.", rate=rate)
    if rate < LEAST_HZ:
        help_ = Phrase("Nothing can be measured below {least:.0f} a second. Stop other programs, take a smaller picture.", least=LEAST_HZ)
        return Check("frame_rate", _bad(case), found, help_, rate, "frames/s")
    if not clip and rate < SLOW_PART * wanted:
        help_ = Phrase("It works, with less detail. If the device is hot or busy, mend that; else set frames_per_s in kiosk.toml to this.")
        return Check("frame_rate", Level.NOTE, found, help_, rate, "frames/s")
    return Check("frame_rate", Level.OK, found, value=rate, unit="frames/s")


def frame_gaps(case: Case) -> Check:
    """Frames that are missing by their time stamps, and the longest wait."""
    steps_s = _steps_s(case.seen)
    if steps_s is None:
        return Check("frame_gaps", Level.ABSENT, NO_PICTURES)
    usual_s, longest_s = float(np.quantile(steps_s, WHOLE_PART, method="lower")), float(steps_s.max())
    lost = int(np.maximum(np.round(steps_s / usual_s) - 1, 0).sum())
    part = lost / (lost + len(steps_s))
    found = Phrase(
        "{lost} of {all} pictures are missing; the longest wait was {longest_ms:.0f} ms.",
        lost=lost,
        all=lost + len(steps_s) + 1,
        longest_ms=1e3 * longest_s,
    )
    if part > MANY_LOST or longest_s > LONGEST_GAP_S:
        help_ = Phrase("The device does not keep up or the camera's cable is loose. Stop other programs, look at heat and cable.")
        return Check("frame_gaps", _bad(case), found, help_, 1e3 * longest_s, "ms")
    if (part > FEW_LOST and lost >= LEAST_LOST) or longest_s > LONG_GAP_S:
        help_ = Phrase("Steps in these gaps are not counted. Look again; if it stays, stop other programs on this device.")
        return Check("frame_gaps", Level.NOTE, found, help_, 1e3 * longest_s, "ms")
    return Check("frame_gaps", Level.OK, found, value=1e3 * longest_s, unit="ms")


def shutter(case: Case) -> Check:
    """How long each picture is exposed, against [camera] shutter_us."""
    seen, most_us = case.seen, case.config.camera.shutter_us
    if not seen.stamps_s:
        return Check("shutter", Level.ABSENT, NO_PICTURES)
    if not seen.exposures_us:
        return Check("shutter", Level.ABSENT, Phrase("This camera does not tell how long it exposes."))
    exposed_us = float(np.median(seen.exposures_us))
    found = Phrase(
        "Pictures are exposed for {exposed_ms:.1f} ms (at most {most_ms:.1f} ms are allowed).",
        exposed_ms=exposed_us / 1e3,
        most_ms=most_us / 1e3,
    )
    if exposed_us > SHUTTER_SLACK * most_us:
        help_ = Phrase("The camera does not keep to shutter_us, so fast feet are smeared. Put more light on the treadmill.")
        return Check("shutter", Level.NOTE, found, help_, exposed_us, "us")
    if exposed_us > SMEAR_US:
        smear_cm = SWING_M_S * exposed_us / 1e4
        help_ = Phrase(
            "A swinging foot smears over {smear_cm:.0f} cm. Set shutter_us = 4000 under [camera] and put light on the treadmill.",
            smear_cm=smear_cm,
        )
        return Check("shutter", Level.NOTE, found, help_, exposed_us, "us")
    return Check("shutter", Level.OK, found, value=exposed_us, unit="us")


def light(case: Case) -> Check:
    """Whether a runner could be seen in this picture: dark, washed out, blurred."""
    frame = case.seen.frame
    if frame is None:
        return Check("light", Level.ABSENT, NO_PICTURES)
    measured = _light_of(frame)
    problem = picture_problem(measured)
    found = Phrase("Brightness {level:.0f}, contrast {contrast:.0f} (of 255).", level=measured.level, contrast=measured.contrast)
    if not problem:
        return Check("light", Level.OK, found, value=measured.level, unit="grey")
    level = Level.WRONG if measured.level < DARK / 2 else Level.NOTE  # from 15 down the network sees nobody (pose/light.py)
    return Check("light", level, found, _said(problem), measured.level, "grey")


def camera_moved(case: Case) -> Check:
    """Whether the camera stands as it did when the guide set it up; `kiosk calibrate` without --guide keeps nothing."""
    folder = data_folder(case.config.store)
    try:
        then = load(folder) if not is_closed(folder) else None
    except ReferenceFileError as error:
        return Check("camera_moved", Level.NOTE, _said(str(error)), SET_UP)
    if then is None:
        return Check("camera_moved", Level.ABSENT, NEVER_KEPT)
    if case.seen.frame is None or case.background is None:
        return Check("camera_moved", Level.ABSENT, Phrase("Not looked at: the camera was not watched long enough."))
    now = moved(then, case.background)
    if now is None:
        return Check("camera_moved", Level.ABSENT, Phrase("It cannot be told in this picture: too dark, too empty, or of another size."))
    return _as_found(now)


def _as_found(now: Moved) -> Check:
    if now.another_picture:
        return Check("camera_moved", Level.WRONG, Phrase("The camera sees another picture than when it was set up."), SET_UP)
    found = Phrase(
        "Against the day it was set up the picture lies {right:+.1f} % to the right, {down:+.1f} % down, turned by {turn:+.1f}°.",
        right=100 * now.right,
        down=100 * now.down,
        turn=now.turn_deg,
    )
    level, help_ = (Level.WRONG, SET_UP) if now.matters else (Level.OK, NOTHING)
    return Check("camera_moved", level, found, help_, now.turn_deg, "deg")


def _bad(case: Case) -> Level:
    """A video or a drawn runner loses frames when this machine is busy: no fault of a camera."""
    return Level.WRONG if case.config.camera.kind == "picamera" else Level.NOTE


def _light_of(frame: Frame) -> Light:
    """Of the whole picture: the doctor does not know where a runner is."""
    height, width = frame.image_bgr.shape[:2]
    nobody = Pose(frame.t_s, np.full((17, 2), np.nan), np.zeros(17), width, height)
    return look(frame.image_bgr, nobody)


def _steps_s(seen: Seen) -> FloatArray | None:
    """Seconds from each frame to the next; None with too few frames."""
    return np.diff(np.asarray(seen.stamps_s)) if len(seen.stamps_s) >= LEAST_FRAMES else None


def _said(text: str) -> Phrase:
    """A sentence of a part as it is, with its pattern where it knows one."""
    return text if isinstance(text, Phrase) else Phrase("{said}", said=text)
