"""What the pipeline works with, as it sees it: the network, the store, work beside the frames. The app brings the real ones.

What must not go in: anything that works.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kiosk.clinic import Belt, BoutOrder
from kiosk.domain import Cue, FloatArray, Frame, GaitEvent, ImageBgr, Metrics, Pose, PoseSeries, SessionInfo, View
from kiosk.gait.analysis import Analysis, analyse
from kiosk.gait.geometry import Setting
from kiosk.gait.metrics import StrideValue
from kiosk.guide import Room
from kiosk.pose.crop import Prepared
from kiosk.screen import FormScore, Summary, Verdict
from kiosk.words import Language


class PoseFinder(Protocol):
    """From a frame to a pose (kiosk.pose.movenet.MoveNet), in one go or in three steps."""

    def estimate(self, frame: Frame) -> Pose:
        """The runner's pose in this frame."""

    def prepare(self, frame: Frame) -> Prepared: ...  # noqa: D102
    def infer(self, prepared: Prepared) -> FloatArray: ...  # noqa: D102
    def finish(self, prepared: Prepared, answer: FloatArray) -> Pose: ...  # noqa: D102


class SessionLog(Protocol):
    """Where a session is kept (kiosk.store). Nothing here waits for a disk except `begin`, `end` and a short look for a code."""

    problem: str

    def begin(self, info: SessionInfo, language: Language) -> int | None: ...  # noqa: D102
    def strides(self, session_id: int, t_s: float, rows: Sequence[StrideValue]) -> None: ...  # noqa: D102
    def events(self, session_id: int, events: Sequence[GaitEvent]) -> None: ...  # noqa: D102
    def cue(self, session_id: int, t_s: float, cue: Cue) -> None: ...  # noqa: D102
    def metrics(self, session_id: int, metrics: Metrics) -> None: ...  # noqa: D102
    def heartbeat(self, session_id: int, duration_s: float) -> None: ...  # noqa: D102
    def outcome(  # noqa: D102
        self, session_id: int, skill: str, exposure: float | None, score: FormScore | None, verdicts: Sequence[Verdict]
    ) -> None: ...
    def end(self, session_id: int, summary: Summary) -> None: ...  # noqa: D102
    def summary(self, session_id: int, summary: Summary) -> None: ...  # noqa: D102
    def answers(self, session_id: int, answers: Sequence[str]) -> None: ...  # noqa: D102
    def runner(self, code: str) -> str | None: ...  # noqa: D102
    def knows(self, code: str) -> bool | None: ...  # noqa: D102
    def keep_runner(self, code: str, progress: str, session_id: int | None) -> None: ...  # noqa: D102


class Jobs(Protocol):
    """Runs a job beside the frames (kiosk.threads.Background)."""

    def submit(self, job: Callable[[], Analysis]) -> bool: ...  # noqa: D102
    def take(self) -> Analysis | None: ...  # noqa: D102


class Level(Protocol):
    """Looks whether the camera is level (kiosk.levelling.Levelling)."""

    tilt_deg: float
    """Degrees by which it is tilted for sure; NaN when not known."""
    answered: bool
    """An answer came since `begin`."""

    def begin(self) -> None: ...  # noqa: D102
    def look(self, t_s: float, image_bgr: ImageBgr) -> None: ...  # noqa: D102


class Bouts(Protocol):
    """Takes the bouts that the clinic ordered (kiosk.desk). Nothing here waits for a disk."""

    def begin(self, order: BoutOrder) -> None: ...  # noqa: D102
    def add(self, frame: Frame, pose: Pose) -> None: ...  # noqa: D102
    def end(self, complete: bool) -> None: ...  # noqa: D102


@dataclass(frozen=True)
class SetUp:
    """What the guide for the camera works with."""

    room: Room
    finder: Callable[[], PoseFinder]
    """A new one that searches the whole picture: the zone is not known yet."""


@dataclass(frozen=True)
class Parts:
    """What the pipeline works with."""

    finder: PoseFinder
    log: SessionLog
    jobs: Jobs
    describe: Callable[[View | None], SessionInfo]
    """What is known when a session starts, with the wall clock as a label."""
    stored_in: str = ""
    """Where sessions are kept, for the summary."""
    level: Level | None = None
    """None: the camera is taken as it stands."""
    number: Callable[[], int] = lambda: 0
    """Random whole numbers from 0, for take-away codes."""
    bouts: Bouts | None = None
    """None: the clinic orders no bouts here."""
    belt: Callable[[], Belt] | None = None
    """Speed and incline now; None: what the configuration says."""
    forget_belt: Callable[[], None] = lambda: None
    """Called when a visit is over: what was typed about the belt goes with the visitor."""
    set_up: SetUp | None = None
    """None: the camera cannot be set up on the screen here."""
    hear: Callable[[float], tuple[FloatArray, FloatArray]] | None = None
    """Since a time: (t_s, level_db) of the microphone; None without one."""
    analyse: Callable[[PoseSeries, View, Setting], Analysis] = analyse
    """Measures a window; on the thread of `jobs`."""
    run_begins: Callable[[], None] = lambda: None
    """Called when a run begins: what its looks will need is made ready."""
