"""The nouns that every part of the kiosk speaks: values only, frozen, no behaviour beyond reading themselves.

What must not go in: anything that opens, waits, logs or decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


class State(StrEnum):
    """Where a visit stands."""

    IDLE = "idle"
    COUNTDOWN = "countdown"
    RUNNING = "running"
    SUMMARY = "summary"


class Command(StrEnum):
    """What a person asks for, by button, key, page or HTTP."""

    START = "start"
    STOP = "stop"
    TOGGLE = "toggle"


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
    cue: str
    """At most six words."""
    grade: str
    """Evidence grade A to D (COACHING.md)."""
    source: str
    drill: str
    may_come_from: str
    """What it may be a symptom of, or what it may lead to; "" when nothing is known."""


@dataclass(frozen=True)
class Cue:
    """The one thing the runner is told now."""

    fault: Fault
    text: str
    may_come_from: str
    since_s: float
    """When it was first shown, seconds on the frames' clock."""


@dataclass(frozen=True)
class Gauge:
    """One bar: the cue's metric, or cadence while the screen is calm."""

    metric: str
    label: str
    """Plain words, e.g. "Foot ahead of hip"."""
    unit: str
    value: float
    low: float
    """Typical band, lower end."""
    high: float
    """Typical band, upper end."""
    minimum: float
    """Left end of the drawn scale."""
    maximum: float
    """Right end of the drawn scale."""


@dataclass(frozen=True)
class Finding:
    """One line of the summary."""

    text: str
    """A sentence for the runner."""
    metric: str
    good: bool
    drill: str = ""
    may_come_from: str = ""
    grade: str = ""


@dataclass(frozen=True)
class Summary:
    """What a session ends with."""

    session_id: int | None
    """Row in the store; None when it could not be stored."""
    duration_s: float
    strides: int
    metrics: Metrics
    findings: tuple[Finding, ...]
    """At most three, good first."""
    cues: tuple[str, ...]
    """The cues that were shown, in order."""
    refusal: str = ""
    """Why there is no verdict, as a sentence; empty when there is one."""
    stored_in: str = ""
    """Where the session is stored, for the person at the keyboard."""


@dataclass(frozen=True, eq=False)
class LiveView:
    """Everything the screen shows at one moment; the page draws it and knows nothing else."""

    state: State = State.IDLE
    frame_t_s: float | None = None
    """Stamp of the frame this is about, seconds on the monotonic clock; None before the first frame."""
    countdown_s: int | None = None
    """3, 2, 1 during the countdown."""
    elapsed_s: float = 0.0
    """Running time of this session, seconds."""
    cannot_judge: str = ""
    """Why no verdict is possible right now, as a sentence for the runner; empty when all is well."""
    cue: Cue | None = None
    praise: str = ""
    """Shown once after a cue was followed."""
    gauge: Gauge | None = None
    cadence_spm: float | None = None
    pose: Pose | None = None
    view: View | None = None
    frames_per_s: float | None = None
    """Rate at which poses are computed."""
    notice: str = ""
    """Something the staff should know: no GPIO, camera lost, disk full."""
    summary: Summary | None = None


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
