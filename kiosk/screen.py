"""What the screen shows and what a person can ask for: values only, frozen, no behaviour beyond reading themselves.

The page draws a `LiveView` and knows nothing else. Every word is a `Phrase`, so that the page can be had in every language.
What must not go in: anything that opens, waits, logs or decides.
"""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.clinic import Belt, BoutOrder
from kiosk.domain import Cue, Metrics, Moment, Pose, Side, TypicalStride, View
from kiosk.words import NOTHING, Language, Phrase


class State(StrEnum):
    """Where a visit stands, in the order of a visit."""

    IDLE = "idle"
    """The attract screen."""
    CHECK = "check"
    """Is the whole runner in the picture, as the view wants it?"""
    CHOOSE = "choose"
    """Menu: what to work on."""
    CODE = "code"
    """Menu: the take-away code of a runner who comes back, digit by digit."""
    COUNTDOWN = "countdown"
    RUNNING = "running"
    MEASURED = "measured"
    """A bout that the clinic ordered is over: thanks, and nothing about the runner."""
    SUMMARY = "summary"
    """What was found."""
    REPLAY = "replay"
    """The typical stride in slow motion."""
    ASK = "ask"
    """Menu: the questions about soreness, one at a time."""
    TAKE_HOME = "take_home"
    """QR code, take-away code, what comes next time."""
    SHUTDOWN = "shutdown"
    """Menu: really switch off?"""
    SETUP = "setup"
    """Menu: the staff set up the camera, step by step."""
    OFF = "off"
    """The system is shutting down."""


class Command(StrEnum):
    """What a person asks for, by button, key, page or HTTP. What it does in each state: kiosk/session.py."""

    START = "start"
    """Go on; take what is marked; "show me" while running."""
    STOP = "stop"
    """End; mark the next choice in a menu; the next language on the attract screen."""
    TOGGLE = "toggle"
    """Stop while running, else start: for a single button or the space key."""
    SHOW = "show"
    """Feedback on request, during a silent block."""
    TEST = "test"
    """Begin or end the self-test of a chain while running (long press on start)."""
    SHUTDOWN = "shutdown"
    """Ask whether to switch off (long press on stop)."""
    LANGUAGE = "language"
    """The next language, on every screen but while running."""
    SETUP = "setup"
    """Begin the guide that sets up the camera, on the attract screen; so does a long press on start. From the station itself only."""


@dataclass(frozen=True)
class Pick:
    """A tap on one choice of the menu that is shown."""

    key: str


Zone = tuple[float, float, float, float]
"""Left, top, right, bottom of a rectangle, parts of the picture's width and height."""


@dataclass(frozen=True)
class Drawn:
    """The treadmill's zone as a person dragged it on the picture, in the guide that sets up the camera."""

    zone: Zone
    """Left < right, top < bottom, within 0 to 1."""


Press = Command | Pick | Drawn | BoutOrder
"""All that a person can ask for: at the station, and for a bout from the clinic's page."""


@dataclass(frozen=True)
class Option:
    """One choice of a menu."""

    key: str
    """Name for the program, e.g. the name of a skill."""
    text: Phrase
    """At most four words."""
    more: Phrase = NOTHING
    """A second, quieter line."""
    on: bool | None = None
    """True or False makes it a switch that stays in the menu when it is taken; None is a plain choice."""


@dataclass(frozen=True)
class Menu:
    """A question that two buttons can answer: stop marks the next option, start takes it; a tap takes any."""

    name: str
    """"focus", "code", "sore_where", "sore_how", "sore_when", "shutdown", "setup"."""
    question: Phrase
    options: tuple[Option, ...]
    marked: int = 0
    """Index of the marked option."""
    typed: str = ""
    """Digits so far, in the menu "code"."""
    more: Phrase = NOTHING
    """A line below the question: why a code was refused, what the choice does."""


@dataclass(frozen=True)
class Check:
    """Is the runner well in the picture?"""

    ok: bool
    problem: str
    """Name of the drawing that shows what to correct, a row of kiosk/gait/placing.py; "" when all is well."""
    text: Phrase
    """What to do, at most six words, e.g. "Step back"."""
    more: Phrase = NOTHING
    """A second line for the staff."""
    left_s: int | None = None
    """Whole seconds until the visit goes on by itself; None while something is to be corrected."""


@dataclass(frozen=True)
class Guide:
    """What the guide that sets up the camera draws beside its menu."""

    step: str
    """"position", "zone", "roll", "person", "view", "done", "saving" or "saved"."""
    number: int
    """Of this step, from 1."""
    of: int
    """Steps in all."""
    sign: str | None = None
    """Name of the drawing beside the words; "" for all is well, None for none."""
    frame: Zone | None = None
    """The rectangle in which a whole person should stand."""
    zone: Zone | None = None
    """The treadmill's zone as it stands now."""
    adjustable: bool = False
    """Its corners may be dragged."""
    roll_deg: float | None = None
    """Where down is: degrees that the picture must be turned clockwise; None draws no line."""
    left_s: int | None = None
    """Seconds that are still looked; None when nothing is waited for."""
    facts: tuple[Phrase, ...] = ()
    """What was found, a line each."""
    width: int = 0
    """Of the camera's picture, pixels; 0 before the first."""
    height: int = 0


@dataclass(frozen=True)
class Gauge:
    """One bar: the cue's metric, or cadence while the screen is calm."""

    metric: str
    label: Phrase
    """Plain words, e.g. "Foot ahead of hip"."""
    unit: Phrase
    value: float
    low: float
    """Typical band, lower end."""
    high: float
    """Typical band, upper end."""
    minimum: float
    """Left end of the drawn scale."""
    maximum: float
    """Right end of the drawn scale."""
    decimals: int = 0
    """Digits after the point when written."""
    grade: str = ""
    """Evidence of the band: C and D are a guide, not what is typical."""


@dataclass(frozen=True)
class Strip:
    """The last minute of the gauge's metric, as a row of small bars or a line."""

    metric: str
    values: tuple[float | None, ...]
    """One a second, oldest first, at most 60; None where it was not known."""
    cued: tuple[bool, ...]
    """The same length: a cue about this metric was on the screen."""


@dataclass(frozen=True)
class Focus:
    """What this run works on."""

    skill: Phrase
    minutes: int
    """Minutes of focus in this run: one more each run."""
    left_s: int
    """Seconds of focus left; 0 when the rest of the run is free."""
    silent: bool
    """The screen is quiet on purpose: the form is scored without feedback ("show me" shows it)."""
    block_left_s: int = 0
    """Seconds until feedback and silence change places; 0 when they do not."""


class Answer(StrEnum):
    """What a self-test says about a link of the body's chain in this runner."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class Verdict:
    """The end of a self-test."""

    answer: Answer
    text: Phrase
    """The runner's own numbers, as a sentence or two."""
    upstream: str
    """Metric that was to be changed."""
    downstream: str
    """Metric that was watched."""


@dataclass(frozen=True)
class SelfTest:
    """The 60 s self-test while it runs, and its verdict for some seconds after."""

    instruction: Phrase
    """At most six words: "Run as usual", "Change only your arms"."""
    more: Phrase
    """How, in one line."""
    part: int
    """1 as usual, 2 changed, 3 as usual again."""
    left_s: int
    """Seconds left in this part."""
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Finding:
    """One line of the summary."""

    text: Phrase
    """A sentence for the runner."""
    metric: str
    good: bool
    drill: Phrase = NOTHING
    may_come_from: Phrase = NOTHING
    grade: str = ""
    label: Phrase = NOTHING
    """Plain words for the metric; empty in old or minimal findings."""
    unit: Phrase = NOTHING
    value: float | None = None
    spread: float | None = None
    """±, in the metric's unit."""
    low: float | None = None
    """Band, lower end; None without a band."""
    high: float | None = None
    decimals: int = 0
    side: Side | None = None
    """The side that is out, None when both are or there is none."""
    why: Phrase = NOTHING
    """Why it matters, one sentence; no promise."""
    source: str = ""
    """Where the band comes from."""
    change: Phrase = NOTHING
    """Against the last run, only when it exceeds noise."""
    moment: Moment = Moment.WHOLE
    """The moment of the stride that the picture shows."""
    marks: tuple[tuple[int, int], ...] = ()
    """Pairs of keypoints (COCO numbers) whose line the picture marks."""


@dataclass(frozen=True)
class FormScore:
    """Share of the focus skill's strides that were inside the band, with and without feedback."""

    with_feedback: float | None
    """0 to 1; None with too few strides."""
    without_feedback: float | None
    text: Phrase
    """What it says, as a sentence; why when one of the two is not known."""


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
    cues: tuple[Phrase, ...]
    """The cues that were shown, in order."""
    refusal: str = ""
    """Why there is no verdict, as a sentence; empty when there is one."""
    stored_in: str = ""
    """Where the session is stored, for the person at the keyboard."""
    reason_ended: Phrase = NOTHING
    """Why the run ended when nobody pressed stop."""
    stride: TypicalStride | None = None
    """For the replay and the pictures of the findings; None when it is not known."""
    score: FormScore | None = None
    """Form with and without feedback; None without a focus."""
    verdicts: tuple[Verdict, ...] = ()
    """Self-tests of this run."""
    drift: tuple[Phrase, ...] = ()
    """What changed within the run, only when it exceeds noise."""
    next_time: Phrase = NOTHING
    """What the next run works on and for how long."""
    drill: Phrase = NOTHING
    """The drill that is open now."""
    advice: Phrase = NOTHING
    """After the questions about soreness; e.g. to ask a professional."""
    code: str = ""
    """Take-away code; "" when there is nothing to come back to."""
    take_home: tuple[Phrase, ...] = ()
    """The summary as lines of text: what the QR code carries."""


@dataclass(frozen=True, eq=False)
class LiveView:
    """Everything the screen shows at one moment; the page draws it and knows nothing else."""

    state: State = State.IDLE
    language: Language = Language.EN
    frame_t_s: float | None = None
    """Stamp of the frame this is about, seconds on the monotonic clock; None before the first frame."""
    countdown_s: int | None = None
    """3, 2, 1 during the countdown."""
    elapsed_s: float = 0.0
    """Running time of this session, seconds."""
    cannot_judge: str = ""
    """Why no verdict is possible right now, as a sentence for the runner; empty when all is well."""
    check: Check | None = None
    """In the state CHECK."""
    menu: Menu | None = None
    """In the states that are menus."""
    guide: Guide | None = None
    """In the state SETUP."""
    cue: Cue | None = None
    asked_for: bool = False
    """The cue or gauge is shown because somebody asked for it ("show me")."""
    praise: str = ""
    """Shown once after a cue was followed."""
    focus: Focus | None = None
    test: SelfTest | None = None
    can_test: bool = False
    """A self-test may be begun now."""
    gauge: Gauge | None = None
    strip: Strip | None = None
    bout_left_s: int | None = None
    """Seconds left of a bout that the clinic ordered: it is only measured, nothing is coached; None in every other run."""
    belt: Belt | None = None
    """What is known of the belt; None where nobody can tell it."""
    cadence_spm: float | None = None
    metronome_spm: float | None = None
    """Beats a minute of the metronome; None while it is off."""
    say_aloud: str = ""
    """The words to be spoken while this view lasts; "" for silence."""
    pose: Pose | None = None
    view: View | None = None
    frames_per_s: float | None = None
    """Rate at which poses are computed."""
    notice: str = ""
    """Something the staff should know: no GPIO, camera lost, disk full."""
    fault: bool = False
    """Something is broken that a person must mend: the lamp says so."""
    summary: Summary | None = None
