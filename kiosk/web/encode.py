"""Values -> what travels to the page: a LiveView as JSON, a Frame as JPEG. Pure: no clock, no request."""

import dataclasses
import json
import math
from collections.abc import Mapping
from enum import Enum

import cv2
import numpy as np

from kiosk.domain import Frame, ImageBgr, Pose
from kiosk.screen import LiveView

PICTURE_HEIGHT_PX = 480
"""Tallest picture that is sent: enough behind a skeleton, cheap on a Pi (PLATFORM.md 7)."""

JPEG_QUALITY = 70
"""Our choice: no visible blocks at 480 px, about 40 kB a picture."""


def view_json(view: LiveView) -> dict[str, object]:
    """A LiveView as plain JSON values: every field by its own name, NaN and infinity as null."""
    return {field.name: _plain(getattr(view, field.name)) for field in dataclasses.fields(view)}


def view_text(view: LiveView) -> str:
    """`view_json` as one line of JSON text, the form that all readers share."""
    return json.dumps(view_json(view), separators=(",", ":"), allow_nan=False)


def jpeg(frame: Frame) -> bytes:
    """The picture as JPEG, at most `PICTURE_HEIGHT_PX` high."""
    done, data = cv2.imencode(".jpg", _small(frame.image_bgr), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError(f"expected a (height, width, 3) uint8 picture, got {frame.image_bgr.shape} {frame.image_bgr.dtype}")
    return data.tobytes()


def _small(image: ImageBgr) -> ImageBgr:
    height, width = image.shape[:2]
    if height <= PICTURE_HEIGHT_PX:
        return image
    size = (max(1, round(width * PICTURE_HEIGHT_PX / height)), PICTURE_HEIGHT_PX)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _plain(value: object) -> object:
    if isinstance(value, Pose):
        return _pose(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float | np.floating):
        return round(float(value), 4) if math.isfinite(value) else None
    if dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _pose(pose: Pose) -> dict[str, object]:
    xy = [[round(float(x), 1), round(float(y), 1)] if np.isfinite((x, y)).all() else None for x, y in pose.xy_px]
    score = [round(float(s), 2) if np.isfinite(s) else 0.0 for s in pose.score]
    return {"xy": xy, "score": score, "width": pose.width, "height": pose.height}
