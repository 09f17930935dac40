"""The nouns that every part of the kiosk speaks: values only, frozen, no behaviour beyond reading themselves.

What must not go in: anything that opens, waits, logs or decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.words import Phrase

FloatArray = NDArray[np.floating[Any]]
"""Any array of floats; its shape and unit stand where it is used."""

ImageBgr = NDArray[np.uint8]
"""(height, width, 3) uint8 picture in blue, green, red order, the order of OpenCV and of Picamera2's "RGB888"."""


class View(StrEnum):
    """Which side of the runner faces the camera. Left and right are the runner's own."""

    LEFT = "left"
    RIGHT = "right"
    FRONT = "front"
    REAR = "rear"

    @property
    def is_side(self) -> bool:
        """True for the two views that see the runner from the side."""
        return self in (View.LEFT, View.RIGHT)


class Side(StrEnum):
    """A side of the runner's own body."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Side":
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class EventKind(StrEnum):
    """First and last touch of a foot with the belt."""

    CONTACT = "contact"
    TOE_OFF = "toe_off"


class Quality(StrEnum):
    """How far a metric may be trusted: LOW is shown but never coached, NONE has no value."""

    GOOD = "good"
    LOW = "low"
    NONE = "none"


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of the camera."""

    t_s: float
    """Seconds on the camera's monotonic clock, or from the first frame of a clip that is read as fast as possible."""
    image_bgr: ImageBgr
    """(height, width, 3) uint8, blue-green-red."""
    exposure_us: float | None = None
    """How long it was exposed, microseconds; None when the camera does not tell."""


@dataclass(frozen=True, eq=False)
class Pose:
    """The 17 keypoints of one person in one frame, in COCO order."""

    t_s: float
    """The frame's own time, seconds."""
    xy_px: FloatArray
    """(17, 2) x to the right and y down, pixels of the frame; NaN where a point is missing."""
    score: FloatArray
    """(17,) the network's confidence, 0 to 1; 0 where a point is missing."""
    width: int
    """Width of the frame, pixels."""
    height: int
    """Height of the frame, pixels."""


@dataclass(frozen=True, eq=False)
class PoseSeries:
    """Poses of one runner over time: what gait reads, and what a pose recording holds."""

    t_s: FloatArray
    """(n,) seconds, strictly increasing, need not be regular."""
    xy_px: FloatArray
    """(n, 17, 2) pixels; NaN where a point is missing."""
    score: FloatArray
    """(n, 17) confidence, 0 to 1."""
    width: int
    """Width of the frames, pixels."""
    height: int
    """Height of the frames, pixels."""


@dataclass(frozen=True)
class GaitEvent:
    """One contact or toe off."""

    t_s: float
    """Seconds, same clock as the poses."""
    side: Side
    kind: EventKind


@dataclass(frozen=True)
class Stride:
    """From one contact of a foot to its next, [start_s, end_s)."""

    side: Side
    start_s: float
    """Contact, seconds."""
    toe_off_s: float
    """Toe off inside the stride, seconds."""
    end_s: float
    """Next contact of the same foot, seconds."""


@dataclass(frozen=True)
class MetricValue:
    """One number of METRICS.md with all that is needed to judge it."""

    value: float | None = None
    """The metric, in the unit of its name; None when it cannot be known."""
    left: float | None = None
    """The runner's left side, where the metric has sides."""
    right: float | None = None
    """The runner's right side, where the metric has sides."""
    n: int = 0
    """Strides behind the value (of the side with fewer where it has two)."""
    spread: float | None = None
    """Median absolute deviation over the strides times 1.4826, in the metric's unit."""
    quality: Quality = Quality.NONE
    reason: str = ""
    """Why there is no value or why its quality is low, as a sentence; empty when good."""


Metrics = Mapping[str, MetricValue]
"""Metric name -> value. Every metric of the table is present, also those without a value."""


@dataclass(frozen=True)
class GaitReport:
    """What gait found in a span of poses."""

    metrics: Metrics
    events: tuple[GaitEvent, ...] = ()
    """Contacts and toe offs of both feet, by time."""
    strides: tuple[Stride, ...] = ()
    refusal: str = ""
    """Why nothing can be said at all, as a sentence for the runner; empty when metrics have values."""
    warnings: tuple[str, ...] = ()


class Moment(StrEnum):
    """A moment of the stride, for the picture beside a number."""

    WHOLE = "whole"
    """No moment: the mean over the stride."""
    CONTACT = "contact"
    MIDSTANCE = "midstance"
    TOE_OFF = "toe_off"
    SWING = "swing"
    """The knee is bent most."""


@dataclass(frozen=True, eq=False)
class TypicalStride:
    """One stride folded from many: the median path of every keypoint, for slow motion and pictures."""

    view: View
    xy: FloatArray
    """(n, 17, 2) leg lengths from mid-hip, x to the right of the picture and y down, n phases evenly from the left foot's contact to
    its next; NaN where a point is not known."""
    duration_s: float
    """Length of the stride, seconds."""
    contact: Mapping[Side, float]
    """Phase (0 to 1) of each foot's contact; the left one is 0. A foot without a known event is missing."""
    toe_off: Mapping[Side, float]
    strides: int
    """Strides that were folded."""


@dataclass(frozen=True)
class Fault:
    """One metric out of its band by more than its own noise, with the words for it."""

    name: str
    """Row of the rules table, e.g. "overstride"."""
    metric: str
    value: float
    low: float
    """Lower end of the typical band at this speed, in the metric's unit."""
    high: float
    """Upper end of the typical band."""
    excess: float
    """How far out of band, in half-widths of the band; the larger the worse."""
    side: Side | None
    """The side that is out, None when the metric has none or both are."""
    cue: Phrase
    """At most six words."""
    grade: str
    """Evidence grade A to D (COACHING.md)."""
    source: str
    drill: Phrase
    may_come_from: Phrase
    """What it may be a symptom of, or what it may lead to; "" when nothing is known."""


@dataclass(frozen=True)
class Cue:
    """The one thing the runner is told now."""

    fault: Fault
    text: Phrase
    may_come_from: Phrase
    since_s: float
    """When it was first shown, seconds on the frames' clock."""


@dataclass(frozen=True)
class SessionInfo:
    """What is known when a session starts."""

    started_utc: str
    """Wall clock as ISO 8601, a label only: all arithmetic uses the frames' clock."""
    view: View | None
    speed_kmh: float | None
    model: str
    source: str
    """Camera or file the frames come from."""
    extra: Mapping[str, str] = field(default_factory=dict)
