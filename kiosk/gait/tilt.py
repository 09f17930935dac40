"""What is believed about the camera's roll and yaw, where it comes from, and which metrics cannot stand it.

What must not go in: measuring roll or yaw (upright.py, stance.py).
"""

from dataclasses import dataclass

import numpy as np

from kiosk.domain import View
from kiosk.gait.geometry import Setting
from kiosk.gait.upright import Upright
from kiosk.words import Phrase

LARGEST_ROLL_DEG = 20.0
"""A picture rolled further is not corrected: the networks learned upright people, and lines are sought within 25° (our choice)."""
APPLIED_SD_DEG = 1.0
"""A roll from lines with a larger standard error is not applied (our choice: half of the least pelvic drop worth a word)."""
SURELY = 2.0
"""A roll of more than this many of its standard errors is there, even if it is not known well (95 %)."""
SQUARE_DEG = 12.0
"""Yaw estimated from the shoulders counts beyond three of its standard errors of 4° (stance.py)."""


@dataclass(frozen=True)
class Sensitive:
    """A row: metrics that change with the roll, and the largest standard error of it that they stand."""

    metrics: tuple[str, ...]
    largest_sd_deg: float


SENSITIVE: tuple[Sensitive, ...] = (
    Sensitive(("pelvic_drop_deg", "shoulder_tilt_deg", "lateral_lean_deg"), 1.0),  # our choice: runners differ by about 1° (Fukuchi 2017)
    Sensitive(
        ("overstride_ratio", "hip_over_ankle_ratio", "thigh_balance_ratio"), 1.5
    ),  # 1 degree is .018 L; runners differ by .028 L (Fukuchi 2017)
    Sensitive(
        ("trunk_lean_deg", "leg_lean_deg", "head_forward_deg", "shank_angle_deg", "thigh_back_deg", "thigh_front_deg"),
        3.0,  # our choice: about how much the networks' points differ from joints; runners differ by 2 to 3° (Fukuchi 2017)
    ),
)


@dataclass(frozen=True)
class Stand:
    """How the camera stands, as used for a recording."""

    roll_deg: float = 0.0
    """Degrees the picture must be turned clockwise so that gravity points down."""
    roll_sd_deg: float | None = None
    """Standard error, degrees; None when nobody measured it."""
    roll_source: str = "assumed"
    """given, recording, lines or assumed."""
    yaw_deg: float | None = None
    """Estimate, positive when the camera stands ahead of the runner, degrees; None when not known."""

    @property
    def used_yaw_deg(self) -> float:
        """The yaw for `Setting`: 0 unless it is surely there."""
        return self.yaw_deg if self.yaw_deg is not None and abs(self.yaw_deg) > SQUARE_DEG else 0.0


def stand_from_lines(upright: Upright | None) -> Stand:
    """What to believe after looking for lines.

    A roll within its own error is none. One that is surely there but not known well is kept with its error, so that the metrics
    that cannot stand it refuse.
    """
    if upright is None or (upright.sd_deg > APPLIED_SD_DEG and abs(upright.roll_deg) < SURELY * upright.sd_deg):
        return Stand()
    return Stand(upright.roll_deg if abs(upright.roll_deg) > upright.sd_deg else 0.0, upright.sd_deg, "lines")


ROLLED = Phrase("The camera is rolled by {roll_deg:.0f}°: more than {most_deg:.0f}° is not corrected. Turn it upright.")
ROLL_UNSURE = Phrase("The camera's roll is known to ±{sd_deg:.1f}° only, and changes this with it. Run kiosk calibrate.")
ROLL_UNKNOWN = Phrase("Nobody measured whether the camera stands upright. Run kiosk calibrate.")
AHEAD = Phrase("The camera is not square to the treadmill: it stands about {yaw_deg:.0f}° ahead of the runner. Move it straight beside.")
BEHIND = Phrase("The camera is not square to the treadmill: it stands about {yaw_deg:.0f}° behind the runner. Move it straight beside.")


def reason_against(metric: str, setting: Setting) -> str:
    """Why this metric cannot be known with a camera that stands like this, as a sentence; "" when it can."""
    row = next((row for row in SENSITIVE if metric in row.metrics), None)
    if row is None:
        return ""
    if abs(setting.roll_deg) > LARGEST_ROLL_DEG:
        return ROLLED.filled(roll_deg=abs(setting.roll_deg), most_deg=LARGEST_ROLL_DEG)
    if setting.roll_sd_deg is not None and not setting.roll_sd_deg <= row.largest_sd_deg:
        return ROLL_UNSURE.filled(sd_deg=setting.roll_sd_deg)
    return ""


def doubt_about(metric: str, setting: Setting, view: View) -> str:
    """Why this metric is of low quality with this camera; "" when it is not. From the side a runner's lean hides a small roll anyway."""
    if view.is_side or setting.roll_sd_deg is not None or metric not in SENSITIVE[0].metrics:
        return ""
    return ROLL_UNKNOWN


def warnings_of(stand: Stand, view: View | None) -> tuple[str, ...]:
    """What the person who reads the numbers should know about the camera."""
    out = []
    if stand.roll_source == "assumed" and view is not None and not view.is_side:
        out.append(
            Phrase(
                "Pelvic drop, shoulder tilt and sideways lean take the camera to stand upright: nobody measured it."
                " Run kiosk calibrate, or give --roll-deg."
            )
        )
    if stand.used_yaw_deg:
        out.append((AHEAD if stand.used_yaw_deg > 0 else BEHIND).filled(yaw_deg=abs(stand.used_yaw_deg)))
    return tuple(out)


def along_scale(setting: Setting) -> float:
    """Factor for lengths along the running direction in side views: 1 / cos(yaw), at most that of 30° (beyond it is no side view)."""
    return float(1 / np.cos(np.radians(min(abs(setting.yaw_deg), 30.0))))
