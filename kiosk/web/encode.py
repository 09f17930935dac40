"""Values -> what travels to the page: a LiveView as JSON in its language, a Frame as JPEG. Pure: no clock, no request."""

import dataclasses
import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any

import cv2
import numpy as np

from kiosk.domain import Frame, ImageBgr, Pose
from kiosk.screen import Focus, Gauge, LiveView
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import translated

PICTURE_HEIGHT_PX = 480
"""Tallest picture that is sent: enough behind a skeleton, cheap on a Pi (PLATFORM.md 7)."""

JPEG_QUALITY = 70
"""Our choice: no visible blocks at 480 px, about 40 kB a picture."""


ARRAY_DIGITS = 3
"""Digits after the point in arrays: a thousandth of a leg length is finer than a screen (our choice)."""

FIELDS = tuple(field.name for field in dataclasses.fields(LiveView))
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def view_json(view: LiveView) -> dict[str, object]:
    """A LiveView as plain JSON values: every field by its own name, sentences in the view's language, NaN and infinity as null."""
    return _fields(view, view.language)


class ViewText:
    """`view_json` as one line of JSON text, the form that all readers share.

    A field that is the very value of the view before is not encoded again: values are frozen, and of the thirty only the pose and the
    clock are new with every frame; a strip of a minute is new twice a second, a summary once a run.
    """

    def __init__(self) -> None:
        self._language = Language.EN
        self._said: dict[str, tuple[object, str]] = {}
        """Field -> its last value and how that is written."""

    def __call__(self, view: LiveView) -> str:
        """The text of this view."""
        if view.language is not self._language:
            self._language, self._said = view.language, {}
        said = self._said
        for name in FIELDS:
            value = getattr(view, name)
            if name not in said or not _same(said[name][0], value):
                said[name] = value, f'"{name}":{_json(_plain(value, self._language))}'
        return f"{{{','.join([text for _, text in said.values()])}}}"


def _same(before: object, now: object) -> bool:
    """Whether it is written alike: the very value, or an equal one of those that the coach makes anew with every frame."""
    return now is before or (isinstance(now, (Gauge, Focus)) and now == before)


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


def _json(value: object) -> str:
    return _ENCODER.encode(value)


def _fields(value: Any, language: Language) -> dict[str, object]:
    return {field.name: _plain(getattr(value, field.name), language) for field in dataclasses.fields(value)}


def _plain(value: object, language: Language) -> object:  # noqa: PLR0911 - one return a kind of value
    if isinstance(value, Phrase):
        return translated(value, language)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float | np.floating):
        return round(float(value), 4) if math.isfinite(value) else None
    if isinstance(value, Pose):
        return _pose(value)
    if isinstance(value, np.ndarray):
        return _without_nan(np.round(value.astype(float), ARRAY_DIGITS).tolist())
    if dataclasses.is_dataclass(value):
        return _fields(value, language)
    if isinstance(value, Mapping):
        return {str(key): _plain(item, language) for key, item in value.items()}
    return [_plain(item, language) for item in value] if isinstance(value, tuple | list) else value


def _without_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return value if math.isfinite(value) else None


def _pose(pose: Pose) -> dict[str, object]:
    xy = [[round(x, 1), round(y, 1)] if math.isfinite(x) and math.isfinite(y) else None for x, y in pose.xy_px.tolist()]
    score = [round(s, 2) if math.isfinite(s) else 0.0 for s in pose.score.tolist()]
    return {"xy": xy, "score": score, "width": pose.width, "height": pose.height}
