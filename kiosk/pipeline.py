"""The order of work while somebody runs: newest frame -> pose -> gait -> coach -> live view.

It owns the session: buttons and pages only send commands. The parts come as arguments, so nothing here opens a device.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kiosk.coach.cues import CueEngine, gauge_for
from kiosk.coach.findings import findings
from kiosk.coach.rules import find_faults
from kiosk.config import Config
from kiosk.domain import Cue, Frame, GaitEvent, Metrics, Pose, PoseSeries, SessionInfo, View
from kiosk.gait.analysis import Analysis, analyse
from kiosk.gait.geometry import Setting
from kiosk.gait.metrics import StrideValue
from kiosk.gait.offsets import MOVENET
from kiosk.gait.quality import refusal_of_frames
from kiosk.gait.refusals import say
from kiosk.gait.repeats import RepeatWatch
from kiosk.gait.spans import LONGEST_GAP_S
from kiosk.gait.tally import SETTLE_S, Tally
from kiosk.gait.view import detect_view
from kiosk.pose.light import LightWatch, blame
from kiosk.pose.presence import Belt, Presence
from kiosk.pose.series import to_series
from kiosk.pose.smooth import OneEuro
from kiosk.screen import Command, Gauge, LiveView, State, Summary
from kiosk.session import Session
from kiosk.visit import SessionState

WINDOW_S = 12.0
"""Length of the span that live numbers come from: about 16 strides of each leg (our choice: enough to fold, short enough to
follow a change within a cue's hold)."""
LOOK_EVERY_S = 0.5
"""How often gait looks at the window (our choice)."""
FIRST_LOOK_S = 4.0
"""Running time before the first look: 4 strides (METRICS.md)."""
STORE_EVERY_S = 0.5
"""How often the session's length is stored: a cut of power loses less than a second of it."""
STORE_GROWTH = 1.03
"""The medians are stored again when this many times more strides came: every stride is stored at once, and medians of an hour
must not be made twice a second."""
PATIENCE_S = 7.0
"""Running time before a refusal is shown; until then there may simply be too few strides (our choice)."""
NO_PICTURE_S = 1.5
"""Without a frame for this long the screen says so (our choice)."""


class PoseFinder(Protocol):
    """From a frame to a pose (kiosk.pose.movenet.MoveNet)."""

    def estimate(self, frame: Frame) -> Pose:
        """The runner's pose in this frame."""


class SessionLog(Protocol):
    """Where a session is kept (kiosk.store). Nothing here waits for a disk except `begin` and `end`."""

    problem: str

    def begin(self, info: SessionInfo) -> int | None: ...  # noqa: D102
    def strides(self, session_id: int, t_s: float, rows: Sequence[StrideValue]) -> None: ...  # noqa: D102
    def events(self, session_id: int, events: Sequence[GaitEvent]) -> None: ...  # noqa: D102
    def cue(self, session_id: int, t_s: float, cue: Cue) -> None: ...  # noqa: D102
    def metrics(self, session_id: int, metrics: Metrics) -> None: ...  # noqa: D102
    def heartbeat(self, session_id: int, duration_s: float) -> None: ...  # noqa: D102
    def end(self, session_id: int, summary: Summary) -> None: ...  # noqa: D102


class Jobs(Protocol):
    """Runs a job beside the frames (kiosk.threads.Background)."""

    def submit(self, job: Callable[[], Analysis]) -> bool: ...  # noqa: D102
    def take(self) -> Analysis | None: ...  # noqa: D102


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


class Run:
    """One session while it runs: window, strides, cue."""

    def __init__(self, session_id: int | None, started_s: float) -> None:
        self.session_id = session_id
        self.started_s = started_s
        self.tally = Tally()
        self.engine = CueEngine()
        self.poses: deque[Pose] = deque()
        self.looked_s = started_s + FIRST_LOOK_S - LOOK_EVERY_S
        self.stored_s = started_s
        self.stored_strides = 0
        self.events_until_s = started_s
        self.cue: Cue | None = None
        self.praise = ""
        self.gauge: Gauge | None = None
        self.cadence_spm: float | None = None
        self.refusal = ""

    def window(self) -> PoseSeries:
        """The poses of the last WINDOW_S."""
        return to_series(list(self.poses))


class Pipeline:
    """One `step` a frame, `without_frame` while none comes; both return what the screen shows."""

    def __init__(self, parts: Parts, config: Config) -> None:
        self._parts = parts
        self._config = config
        self._session = Session(config.session)
        self._smooth = OneEuro()
        self._presence = Presence()
        belt = config.treadmill
        self._setting = Setting(roll_deg=belt.roll_deg, roll_sd_deg=belt.roll_sd_deg, incline_pct=belt.incline_pct, network=MOVENET)
        self._auto = config.treadmill.view == "auto"
        self._view = None if self._auto else View(config.treadmill.view)
        self._recent: deque[Pose] = deque()
        self._pose: Pose | None = None
        self._light, self._repeats = LightWatch(), RepeatWatch()
        self._run: Run | None = None
        self._summary: Summary | None = None
        self._now_s = float("-inf")
        self._frame_s = float("-inf")
        self.notice = ""
        """A sentence for the staff that stands as long as it is set."""

    def step(self, frame: Frame, commands: Sequence[Command] = ()) -> LiveView:
        """Work on one frame."""
        t_s = self._forward(frame.t_s)
        pose = self._parts.finder.estimate(frame)
        self._frame_s = t_s
        self._pose = self._smooth.update(pose)
        self._light.update(t_s, frame.image_bgr, pose)
        again = self._repeats.update(t_s, frame.image_bgr)
        _keep(self._recent, pose, 2.0)
        state = self._advance(t_s, commands, self._presence.update(pose))
        if self._run is not None and state.state is State.RUNNING:
            if not again:
                _keep(self._run.poses, pose, WINDOW_S)
            self._look(self._run, t_s)
        return self._show(state, frame.t_s)

    def without_frame(self, t_s: float, commands: Sequence[Command] = ()) -> LiveView:
        """Go on in time while no frame comes: commands still work."""
        t_s = self._forward(t_s)
        return self._show(self._advance(t_s, commands, Belt.UNKNOWN), None)

    def close(self) -> None:
        """End a running session, so that its summary is stored."""
        if self._run is not None:
            self._finish(self._run, self._now_s)

    def _forward(self, t_s: float) -> float:
        """A time that never goes back: a frame's stamp may be older than the last look at the clock."""
        self._now_s = max(self._now_s, t_s)
        return self._now_s

    def _advance(self, t_s: float, commands: Sequence[Command], belt: Belt) -> SessionState:
        state = self._session.update(t_s, commands, belt)
        if state.started:
            self._summary = None
            self._run = Run(self._parts.log.begin(self._parts.describe(self._view)), t_s)
        if state.stopped and self._run is not None:
            self._finish(self._run, t_s)
        if state.state is State.COUNTDOWN or state.state is State.IDLE:
            self._summary = None
        return state

    def _look(self, run: Run, t_s: float) -> None:
        """Start an analysis when it is time, take a finished one, and let the coach see it."""
        analysis = self._parts.jobs.take()
        if analysis is not None:
            self._take(run, analysis, t_s)
        if t_s - run.stored_s >= STORE_EVERY_S and run.session_id is not None:
            run.stored_s = t_s
            self._parts.log.heartbeat(run.session_id, t_s - run.started_s)
        if t_s - run.looked_s < LOOK_EVERY_S:
            return
        run.looked_s = t_s
        series, setting = run.window(), self._setting
        if self._auto and (self._view is None or run.cadence_spm is None):  # also when the last visitor faced the other way
            self._view = detect_view(series) or self._view
        view = self._view
        if view is not None:
            self._parts.jobs.submit(lambda: analyse(series, view, setting))  # while the last one still runs, this look is skipped
        elif t_s - run.started_s > PATIENCE_S:
            run.refusal = refusal_of_frames(series, None) or say("view_unknown")

    def _take(self, run: Run, analysis: Analysis, t_s: float) -> None:
        if analysis.end_s < run.started_s:
            return  # looked at before this run began
        report = analysis.report
        run.refusal = report.refusal if t_s - run.started_s > PATIENCE_S else ""
        self._count(run, analysis)
        cadence = report.metrics["cadence_spm"]
        run.cadence_spm = cadence.value
        faults = find_faults(report.metrics, self._config.treadmill.speed_kmh)
        state = run.engine.update(t_s, faults, report.metrics)
        if state.cue is not None and (run.cue is None or state.cue.since_s != run.cue.since_s) and run.session_id is not None:
            self._parts.log.cue(run.session_id, t_s - run.started_s, state.cue)
        run.cue, run.praise = state.cue, state.praise
        run.gauge = gauge_for(report.metrics, run.cue, self._config.treadmill.speed_kmh)

    def _count(self, run: Run, analysis: Analysis, settle_s: float = SETTLE_S) -> None:
        """Add the new strides to the session and send them to the store."""
        fresh = run.tally.update(analysis, analysis.end_s, settle_s)
        if run.session_id is None:
            return
        log, id_ = self._parts.log, run.session_id
        until_s = analysis.end_s - settle_s
        events = [e for e in analysis.report.events if run.events_until_s <= e.t_s < until_s]
        run.events_until_s = max(run.events_until_s, until_s)
        log.events(id_, [GaitEvent(e.t_s - run.started_s, e.side, e.kind) for e in events])
        log.strides(id_, analysis.end_s - run.started_s, [_shifted(v, run.started_s) for v in fresh])
        if settle_s == 0 or run.tally.strides >= run.stored_strides * STORE_GROWTH:
            run.stored_strides = run.tally.strides
            log.metrics(id_, run.tally.metrics(self._view))

    def _finish(self, run: Run, t_s: float) -> None:
        """Measure the last strides and close the session."""
        speed_kmh, refusal = self._config.treadmill.speed_kmh, run.refusal
        if self._view is not None and run.poses:
            last = analyse(run.window(), self._view, self._setting)
            self._count(run, last, settle_s=0.0)
            refusal = blame(last.report.refusal, self._light.problem)
        metrics = run.tally.metrics(self._view, refusal or "The run was too short: at least 4 strides of each leg are needed.")
        has_verdict = metrics["cadence_spm"].value is not None
        self._summary = Summary(
            session_id=run.session_id,
            duration_s=t_s - run.started_s,
            strides=run.tally.strides,
            metrics=metrics,
            findings=findings(metrics, find_faults(metrics, speed_kmh), speed_kmh, run.engine.shown) if has_verdict else (),
            cues=run.engine.shown,
            refusal="" if has_verdict else metrics["cadence_spm"].reason,
            stored_in=self._parts.stored_in,
        )
        if run.session_id is not None:
            self._parts.log.end(run.session_id, self._summary)
        self._run = None

    def _show(self, state: SessionState, frame_t_s: float | None) -> LiveView:
        run = self._run if state.state is State.RUNNING else None
        lost = self._now_s - self._frame_s > NO_PICTURE_S
        refusal = "The camera gives no picture." if lost else run.refusal if run else ""
        if run and run.refusal and not lost:
            refusal = blame(run.refusal, self._light.problem)
        judged = run if run is not None and not refusal else None
        return LiveView(
            state=state.state,
            frame_t_s=frame_t_s,
            countdown_s=state.countdown_s,
            elapsed_s=state.elapsed_s,
            cannot_judge=refusal if run is not None or lost else "",
            cue=judged.cue if judged else None,
            praise=judged.praise if judged else "",
            gauge=judged.gauge if judged else None,
            cadence_spm=judged.cadence_spm if judged else None,
            pose=None if lost else self._pose,
            view=self._view,
            frames_per_s=_rate(self._recent),
            notice=self.notice or self._parts.log.problem or self._repeats.warning,
            summary=self._summary,
        )


def _keep(poses: deque[Pose], pose: Pose, span_s: float) -> None:
    """Append, and drop what is older than the span or lies before a gap; a stamp that does not increase is left out."""
    if poses and pose.t_s <= poses[-1].t_s:
        return
    if poses and pose.t_s - poses[-1].t_s > LONGEST_GAP_S:
        poses.clear()
    poses.append(pose)
    while poses[-1].t_s - poses[0].t_s > span_s:
        poses.popleft()


def _rate(poses: deque[Pose]) -> float | None:
    """Poses per second of the recent ones; None with fewer than three."""
    if len(poses) < 3:
        return None
    return (len(poses) - 1) / (poses[-1].t_s - poses[0].t_s)


def _shifted(value: StrideValue, by_s: float) -> StrideValue:
    """The same with its time counted from the start of the run."""
    return StrideValue(value.metric, value.side, value.start_s - by_s, value.value)
