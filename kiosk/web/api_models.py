"""What the API takes and gives, as pydantic models: they check requests, make answers, and are the schemas of the document.

No model has a field for a patient, a take-away code, an answer about soreness or a path of this machine.
What must not go in: reading requests, asking the desk.
"""

import math
import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from kiosk.clinic import INCLINE_LIMITS_PCT, SPEED_LIMITS_KMH
from kiosk.domain import Quality, Side, View
from kiosk.screen import State
from kiosk.web.api_described import Described
from kiosk.words import Language

MOST_ID = 2**63 - 1
"""Largest number that SQLite gives a row."""
PAGE = 100
"""Most sessions in one answer (our choice: about 400 kB with their numbers)."""


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _digits(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch("-?[0-9]{1,20}", value, re.ASCII):  # int() also takes "1_0", " 1" and other scripts
        raise ValueError("a whole number in digits is needed")
    return value


Number = Annotated[float | None, BeforeValidator(_finite)]
"""A number, null when it is not known: JSON has no NaN."""
# the limits stand before the validator: behind it they would hold, but not be in the document
Id = Annotated[int, Field(ge=1, le=MOST_ID), BeforeValidator(_digits)]


class Taken(Described):
    """Base of what is sent to us: unknown fields, NaN and infinity are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class Given(Described):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Error(Given):
    """Every error: one sentence."""

    error: str
    """What, which value, what is allowed, what to do."""


class WhichSession(Taken):
    """The place in an address that names a session."""

    id: Id
    """Number of the session."""


class PageQuery(Taken):
    """Which sessions."""

    limit: Annotated[int, Field(ge=1, le=PAGE), BeforeValidator(_digits)] = 20
    """How many."""
    before: Id = MOST_ID
    """Only sessions with a smaller number: the last number of one page gives the next page."""


def _no_default(schema: JsonDict) -> None:
    schema.pop("default", None)


class ReportQuery(Taken):
    """How the report is written."""

    language: Language | SkipJsonSchema[None] = Field(None, json_schema_extra=_no_default)
    """Language of the report; left out: that of the screen during the run."""


class BeltWanted(Taken):
    """What a person or a script knows of the belt. Both are needed: what is left out would be forgotten."""

    speed_kmh: Annotated[float, Field(strict=True, ge=SPEED_LIMITS_KMH[0], le=SPEED_LIMITS_KMH[1])] | None
    """Belt speed, km/h; null when nobody knows it."""
    incline_pct: Annotated[float, Field(strict=True, ge=INCLINE_LIMITS_PCT[0], le=INCLINE_LIMITS_PCT[1])]
    """Incline, percent; 0 is level."""


class Belt(Given):
    """What is known of the belt now."""

    speed_kmh: Number
    incline_pct: float
    source: str
    """"treadmill" (told by Bluetooth), "page" (typed, or sent here), "config", or "" when unknown."""


class CueShown(Given):
    """The one thing the runner is told now."""

    text: str
    metric: str
    value: Number
    low: Number
    """Typical band, lower end."""
    high: Number
    grade: str
    """Evidence of the band, A to D; C and D are a guide."""


class Shown(Given):
    """A metric that is on the screen now."""

    metric: str
    label: str
    unit: str
    value: Number
    low: Number
    high: Number
    grade: str


class Live(Given):
    """What the station shows now; it never says who runs."""

    state: State
    """Where the visit stands; "running" while a session is measured."""
    language: Language
    """Of the screen; this API speaks English."""
    elapsed_s: float
    """Running time of this session, seconds."""
    countdown_s: int | None
    view: View | None
    """Which side of the runner faces the camera."""
    cadence_spm: Number
    """Steps a minute."""
    metrics: tuple[Shown, ...]
    """The metrics on the screen now."""
    cue: CueShown | None
    bout_left_s: int | None
    """Seconds left of a bout that the clinic ordered; null in every other run."""
    belt: Belt | None
    session_id: int | None
    """The session whose summary is shown; null when there is none or it could not be stored."""
    frames_per_s: Number
    """Rate at which poses are computed."""
    problems: tuple[str, ...]
    """Why nothing can be judged now, what to correct, what the staff should know; empty when all is well."""
    fault: bool
    """Something is broken that a person must mend."""


class Metric(Given):
    """One number of a session with all that is needed to judge it."""

    value: Number
    left: Number
    right: Number
    n: int
    """Strides behind the value."""
    spread: Number
    """Median absolute deviation over the strides times 1.4826, in the metric's unit."""
    quality: Quality
    reason: str
    """Why there is no value or why its quality is low; "" when good."""


class Found(Given):
    """One finding of the summary."""

    text: str
    metric: str
    good: bool
    value: Number
    spread: Number
    low: Number
    high: Number
    unit: str
    side: Side | None
    grade: str
    source: str
    """Where the band comes from."""
    drill: str
    may_come_from: str


class SessionLine(Given):
    """A stored session in a list."""

    id: int
    started_utc: str
    state: Literal["running", "done", "interrupted"]
    """"interrupted": the kiosk ended in its middle."""
    view: View | None
    speed_kmh: Number
    duration_s: float
    strides: int
    refusal: str
    """Why there is no verdict; "" when there is one."""


class SessionPage(Given):
    """Sessions, newest first."""

    sessions: tuple[SessionLine, ...]
    next_before: int | None
    """`before` of the next page; null when this page was not full."""


class Session(SessionLine):
    """A stored session with its numbers."""

    model: str
    """Program, version and model that found the points."""
    metrics: dict[str, Metric]
    findings: tuple[Found, ...]
    cues: tuple[str, ...]
    """Texts of the cues shown, in order."""


class Removed(Given):
    """What a deletion took away."""

    sessions: int
    files: int


class Accepted(Given):
    """The command is on its way; `GET state` tells what came of it."""

    accepted: str


class Recorder(Given):
    """State of the headless recorder (docs/recorder.md)."""

    state: str
    """What it does now."""
    since: str
    """UTC, since when."""
    segment: str
    """Name of the segment that is written; "" between two."""
    seconds: float
    """Length of this recording so far."""
    files: int
    """Recordings in the folder."""
    free_bytes: int
    """Free on the disk."""
    problem: str
    """Why it does not record; "" when all is well."""


class Health(Given):
    """For monitoring."""

    status: Literal["ok", "starting"]
    version: str
    state: State | None
    frame_age_s: Number
    """Age of the newest frame, seconds."""
    fault: bool
