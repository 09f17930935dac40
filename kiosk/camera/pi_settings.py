"""What the Raspberry Pi camera is asked for: sensor mode, frame rate and a shutter short enough for a swinging foot.

What must not go in: opening, waiting, or an import of picamera2.
"""

import copy
from collections.abc import Mapping
from typing import Any

from kiosk.config import CameraConfig

EXPOSURE_SHORT = 1
"""libcamera's AeExposureModeEnum.Short; written as a number so that libcamera is not imported."""

GAINS = (1.0, 2.0, 4.0, 8.0, 16.0)
SHUTTER_PARTS = (0.025, 0.25, 0.5, 0.75, 1.0)
"""Our choice: the exposure grows to the cap in step with the gain, so a dim room gets noise and not blur
(the remedy of picamera2 issue 634)."""


def full_field_mode(modes: list[dict[str, Any]], config: CameraConfig) -> dict[str, Any] | None:
    """The sensor mode that sees most of the scene at the wanted frame rate; many fast modes are crops.

    Args:
        modes: Picamera2's `sensor_modes`.

    Returns:
        {"output_size", "bit_depth"} for `sensor=`; None when the modes say too little (no Pi camera). Where no mode is
        fast enough, the fastest. Of equals the smallest that still has the wanted pixels.
    """
    known = [mode for mode in modes if {"fps", "crop_limits", "size", "bit_depth"} <= mode.keys()]
    if not known:
        return None
    wanted_fps = min(0.99 * config.frames_per_s, max(mode["fps"] for mode in known))  # 29.97 is 30 to everyone
    fast = [mode for mode in known if mode["fps"] >= wanted_fps]
    best = max(fast, key=lambda mode: _worth(mode, config))
    return {"output_size": best["size"], "bit_depth": best["bit_depth"]}


def _worth(mode: Mapping[str, Any], config: CameraConfig) -> tuple[int, bool, int]:
    width, height = mode["size"]
    field = mode["crop_limits"][2] * mode["crop_limits"][3]
    return field, width >= config.width and height >= config.height, -width * height


def advertised_controls(advertised: Mapping[str, Any], config: CameraConfig, tuned: bool) -> dict[str, Any]:
    """Only what the camera has: an unknown control is an error in Picamera2."""
    frame_us = round(1e6 / config.frames_per_s)
    wanted: dict[str, Any] = {"FrameDurationLimits": (frame_us, frame_us)}
    if tuned:
        wanted["AeExposureMode"] = EXPOSURE_SHORT
    else:
        wanted["ExposureTime"] = config.shutter_us  # automatic exposure stays on and moves the gain alone
    return {name: value for name, value in wanted.items() if name in advertised}


def short_tuning(picamera2_class: Any, model: str, shutter_us: int) -> dict[str, Any] | None:
    """The sensor's tuning with its "short" exposure capped at the shutter; None when there is no such tuning.

    As shipped, "short" is not: imx708 goes up to 60 ms (PLATFORM.md 2).
    """
    try:
        tuning: dict[str, Any] = copy.deepcopy(picamera2_class.load_tuning_file(f"{model}.json"))
        agc = picamera2_class.find_tuning_algo(tuning, "rpi.agc")
        for channel in agc.get("channels", [agc]):
            shutter = [round(part * shutter_us) for part in SHUTTER_PARTS]
            channel["exposure_modes"]["short"] = {"shutter": shutter, "gain": list(GAINS)}
    except (RuntimeError, KeyError, StopIteration):
        return None
    return tuning
