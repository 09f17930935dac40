"""The nouns of a clinic: patients without names, assessments of two bouts, what changed between them, who may see them.

Values only, frozen, no behaviour beyond reading themselves. What must not go in: anything that opens, waits, logs or decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain import Metrics, TypicalStride, View
from kiosk.words import NOTHING, Language, Phrase

BOUT_S = 60.0
"""Length of a bout of the protocol, seconds (our choice: 40 strides of a leg of a slow runner, three blocks of 20 s)."""


# What may be typed: one table for forms, pages, the API, the command line and kiosk.toml, wherever they mean the same.
HEIGHT_LIMITS_CM = (80.0, 250.0)
"""Children to the tallest (our choice)."""
SPEED_LIMITS_KMH = (1.0, 40.0)
"""A slow walk to the fastest belt (our choice)."""
INCLINE_LIMITS_PCT = (-10.0, 40.0)
"""The steepest treadmills, downhill and uphill (our choice)."""
MOST_NOTES = 2000
"""Characters of notes (our choice: a page)."""
LONGEST_NAME = 40
"""Characters of a key's name (our choice: a line)."""
PASSWORD_LENGTH = (10, 99)
"""Characters of an export's password: 10, since an export can be attacked for years without us (our choice); 7-Zip takes no more than 99
for this format (its kPasswordSizeMax)."""


class Refused(ValueError):  # noqa: N818 - it is an answer, not a fault
    """Something that was asked for cannot be done; `sentence` says what, which value, what is allowed, what to do."""

    def __init__(self, sentence: Phrase) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class Role(StrEnum):
    """Who a PIN belongs to; what each may do is a table of kiosk/web."""

    GYM = "gym"
    """Staff of a gym: runs, exports, settings; no patients."""
    CLINIC = "clinic"
    """A clinic: everything."""


class Kind(StrEnum):
    """What an assessment is for."""

    BASELINE = "baseline"
    RETEST = "retest"


class Paper(StrEnum):
    """What a report is printed on."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True)
class PatientForm:
    """What is typed about a patient."""

    code: str
    """Pseudonym, as the clinic's own list has it; no name."""
    height_cm: float | None = None
    speed_kmh: float | None = None
    """Usual belt speed of the bouts."""
    incline_pct: float = 0.0
    notes: str = ""


@dataclass(frozen=True)
class Patient:
    """A patient as stored."""

    id: int
    form: PatientForm
    since_day: str
    """ISO date, a label only."""


@dataclass(frozen=True)
class Consent:
    """What the patient was asked and answered, kept word by word."""

    text: str
    """The whole text as it was shown, in its language."""
    language: Language
    video: bool
    """Video of the bouts may be kept."""
    given_utc: str
    """ISO 8601, a label only."""


@dataclass(frozen=True)
class BoutOrder:
    """One bout as the clinic asks the station for it. It names no patient: the station must not know."""

    assessment_id: int
    view: View
    seconds: float = BOUT_S
    speed_kmh: float | None = None
    incline_pct: float = 0.0
    height_cm: float | None = None
    video: bool = False
    name: str = ""
    """Of its recording, without suffix; given by the desk, says nothing of whose it is."""


@dataclass(frozen=True)
class BoutQuality:
    """May this bout be used?"""

    ok: bool
    problems: tuple[Phrase, ...] = ()
    """What is wrong, worst first, each with what to do; may be there for a usable bout too."""


@dataclass(frozen=True, eq=False)
class BoutResult:
    """What was measured in one bout, from its pose recording."""

    view: View | None
    seconds: float
    """Length of what was recorded."""
    strides: int
    """Of one leg."""
    metrics: Metrics
    blocks: Mapping[str, tuple[float, ...]]
    """Metric -> its value in each block, in order, each measured on its own."""
    block_s: float | None
    """Length of those blocks; None when the bout is too short for them."""
    quality: BoutQuality
    model: str
    """Program, version, model SHA-256: who found the points."""
    camera: Mapping[str, float | str | None] = field(default_factory=dict)
    """Roll, its standard error and source, yaw, size and rate of the pictures."""
    refusal: str = ""
    warnings: tuple[str, ...] = ()
    stride: TypicalStride | None = None
    """For the pictures of the report."""
    landing: Mapping[str, float] = field(default_factory=dict)
    """Loudness of the landings against the bout's own start, by kiosk/gait/landing.py; empty without a microphone."""


@dataclass(frozen=True, eq=False)
class StoredBout:
    """A bout of an assessment as stored."""

    id: int
    assessment_id: int
    started_utc: str
    order: BoutOrder
    result: BoutResult
    recording: str = ""
    """File name of the poses in the folder for recordings; "" when there is none."""
    video: str = ""
    """File name of the video; "" when none was allowed."""


@dataclass(frozen=True, eq=False)
class Assessment:
    """Bouts of one visit to the clinic: two views make one assessment."""

    id: int
    patient_id: int
    kind: Kind
    started_utc: str
    consent: Consent
    bouts: tuple[StoredBout, ...] = ()
    """In the order of the protocol; of one view the newest counts."""


class Outcome(StrEnum):
    """What a comparison says of one metric."""

    CHANGED = "changed"
    NOT_DISTINGUISHABLE = "not_distinguishable"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class MetricChange:
    """One metric, from an earlier assessment to a later one."""

    metric: str
    view: View
    before: float | None
    after: float | None
    change: float | None
    own: float | None
    """The patient's own smallest detectable change, in the metric's unit, from the blocks of both bouts."""
    published: float | None
    """Published or own measured smallest detectable change of the method; None when there is none."""
    source: str
    """Where `published` comes from."""
    outcome: Outcome
    reason: Phrase = NOTHING
    """Why it cannot be told."""


@dataclass(frozen=True)
class AssessmentChange:
    """What changed between two assessments of one patient."""

    before_id: int
    after_id: int
    metrics: tuple[MetricChange, ...]
    reasons: tuple[Phrase, ...] = ()
    """Why views could not be compared at all: another speed, another incline, another view, a bout that cannot be used."""


class BoutState(StrEnum):
    """Where the bout that was ordered stands."""

    WAITING = "waiting"
    """The countdown has not begun to measure."""
    RUNNING = "running"
    MEASURING = "measuring"
    """The recording is being analysed."""
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class BoutNow:
    """The bout that is running, or the last one, for the clinic's page."""

    order: BoutOrder
    state: BoutState
    left_s: int = 0
    """Seconds still to run."""
    cannot_judge: str = ""
    """Why nothing can be measured right now."""
    problem: Phrase = NOTHING
    """Why it failed."""
    bout_id: int | None = None
    """The stored bout, once it is done."""


@dataclass(frozen=True)
class Token:
    """A key for scripts; the key itself is shown once and kept as a hash."""

    id: int
    name: str
    scopes: tuple[str, ...]
    """"read", "control"."""
    made_day: str


@dataclass(frozen=True)
class Removed:
    """What a deletion or a sweep took away: counts only, nothing that says whose it was."""

    patients: int = 0
    sessions: int = 0
    bouts: int = 0
    files: int = 0
    codes: int = 0


@dataclass(frozen=True)
class Stick:
    """A USB stick that can take an export."""

    name: str
    """Label, or the device's name."""
    folder: str
    """Where it is mounted."""
    free_bytes: int


@dataclass(frozen=True)
class CopyNow:
    """An export on its way to a stick."""

    stick: str
    done_bytes: int
    all_bytes: int
    finished: bool = False
    """Written, checked, and the stick can be taken out."""
    problem: Phrase = NOTHING


@dataclass(frozen=True)
class Belt:
    """What is known of the belt now."""

    speed_kmh: float | None = None
    incline_pct: float = 0.0
    source: str = ""
    """"treadmill" (Bluetooth), "page" (typed), "config"; "" when unknown."""
