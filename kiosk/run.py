"""One run: its window of poses, its strides, its lesson, and the summary it ends with.

What must not go in: the visit around it (session.py), frames and pictures (pipeline.py), what the coach decides (coach/).
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kiosk.coach.chains import choose
from kiosk.coach.drills import open_drill
from kiosk.coach.findings import MOST, findings
from kiosk.coach.focus import SURPRISE, next_time, plan, skill_for
from kiosk.coach.lesson import Lesson, LessonState
from kiosk.coach.outcome import progress_after
from kiosk.coach.progress import Progress
from kiosk.coach.readings import is_trusted
from kiosk.coach.rules import baseline_of, find_faults
from kiosk.coach.soreness import advice
from kiosk.coach.takehome import take_home_lines
from kiosk.coach.tiring import drift_words, fade_finding
from kiosk.config import Config
from kiosk.domain import Fault, GaitEvent, Metrics, Pose, View
from kiosk.gait.analysis import Analysis, analyse
from kiosk.gait.drift import BLOCK_S, Block, Drift, drifts
from kiosk.gait.geometry import Setting
from kiosk.gait.landing import landing_change, landing_summary, landing_words, landings
from kiosk.gait.metrics import StrideValue
from kiosk.gait.offsets import MOVENET
from kiosk.gait.quality import refusal_of_frames
from kiosk.gait.refusals import say
from kiosk.gait.spans import LONGEST_GAP_S
from kiosk.gait.strides import Gait
from kiosk.gait.tally import SETTLE_S, Tally
from kiosk.gait.typical import typical_stride
from kiosk.gait.view import detect_view
from kiosk.pace import Pace
from kiosk.parts import Parts
from kiosk.pose.light import blame
from kiosk.pose.series import to_series
from kiosk.screen import Command, Finding, Summary
from kiosk.visit import Ending, SessionState
from kiosk.visitor import Visitor
from kiosk.words import NOTHING, Phrase

WINDOW_S = 12.0
"""Length of the span that live numbers come from: about 16 strides of each leg (our choice: enough to fold, short enough to
follow a change within a cue's hold)."""
LOOK_EVERY_S = 0.5
"""How often gait looks at the window (our choice)."""
LOOK_SHARE = 0.2
"""Of the time that looks may take at most: on a slow device they come less often, and leave a core to the frames (our choice: half a
second as long as a look takes less than 100 ms)."""
FIRST_LOOK_S = 4.0
"""Running time before the first look: 4 strides (METRICS.md)."""
STORE_EVERY_S = 0.5
"""How often the session's length is stored: a cut of power loses less than a second of it."""
STORE_GROWTH = 1.03
"""The medians are stored again when this many times more strides came: every stride is stored at once, and medians of an hour
must not be made twice a second."""
PATIENCE_S = 7.0
"""Running time before a refusal is shown; until then there may simply be too few strides (our choice)."""
TOO_SHORT = Phrase("The run was too short: at least 4 strides of each leg are needed.")
NOTHING_SURE = Phrase("The run was too short for a verdict: at least 7 well seen strides of each leg are needed, about 10 s.")

WHY_ENDED: dict[Ending | None, Phrase] = {
    Ending.STEPPED_OFF: Phrase("You stepped off, so the run ended."),
    Ending.NOBODY: Phrase("Nobody stepped on, so the run ended."),
    Ending.NO_PICTURE: Phrase("The camera was lost, so the run ended."),
    Ending.LONGEST: Phrase("Nobody pressed stop, so the run ended by itself."),
}
"""What the summary says; nothing when somebody pressed stop."""


class Run:
    """One session while it runs."""

    def __init__(self, parts: Parts, config: Config, visitor: Visitor, view: View | None, started_s: float, state: SessionState) -> None:
        self._log, self._jobs, self._analyse = parts.log, parts.jobs, parts.analyse
        parts.run_begins()
        self._stored_in = parts.stored_in
        self._auto = config.treadmill.view == "auto"
        self._pace = Pace(parts.belt, config.treadmill)
        self._hear = parts.hear
        self._contacts: list[GaitEvent] = []
        """Of the whole run, for the sound of its landings."""
        self._setting = setting_of(config, self._pace.incline_pct)
        self._visitor = visitor
        self.view = view
        self.started_s = started_s
        self.session_id = parts.log.begin(parts.describe(view), state.language)
        self.tally = Tally()
        self.plan = visitor.plan(view)
        self._lesson = Lesson(self.plan, self._pace.speed_kmh, view, visitor.progress.baseline)
        self.poses: deque[Pose] = deque()
        self._looked_s = started_s + FIRST_LOOK_S - LOOK_EVERY_S
        self._stored_s = started_s
        self._stored_strides = 0
        self._events_until_s = started_s
        self._cue_since_s: float | None = None
        self._window_began_s = started_s
        self._window_from_s: float | None = None
        """Poses before it are not looked at; None for all of the window."""
        self._blocks: dict[str, list[Block]] = {}
        """Values of windows that share no frame, for how much a value wanders by itself."""
        self._block_s = started_s
        self._gait: Gait | None = None
        """Of the last window that could be measured, for the typical stride."""
        self.cadence_spm: float | None = None
        self.refusal = ""
        """Why no verdict is possible now; "" while one is, and in the first seconds."""

    def add(self, pose: Pose) -> None:
        """Take the pose of one frame."""
        if self.poses and pose.t_s - self.poses[-1].t_s > LONGEST_GAP_S:
            self._window_began_s = pose.t_s  # the window begins anew: too few strides are no refusal for a while
        keep(self.poses, pose, WINDOW_S)

    def press(self, command: Command, t_s: float) -> None:
        """What the runner asks of the coach: SHOW or TEST."""
        if command is Command.SHOW:
            self._lesson.show(t_s)
        else:
            self._lesson.test(t_s)

    def step(self, t_s: float) -> LessonState:
        """What the coach shows now."""
        state = self._lesson.tick(t_s)
        self._window_from_s = state.window_from_s
        self._log_cue(state, t_s)
        return state

    def look(self, t_s: float) -> None:
        """Take a finished look at gait, and start one when it is time: beside the views, which do not wait for it."""
        analysis = self._jobs.take()
        if analysis is not None:
            self._take(analysis, t_s)
            self._log_cue(self._lesson.tick(t_s), t_s)  # one that begins now is in the summary, also when the run ends with the next frame
        if t_s - self._stored_s >= STORE_EVERY_S and self.session_id is not None:
            self._stored_s = t_s
            self._log.heartbeat(self.session_id, t_s - self.started_s)
        if t_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = t_s
            self._pace.look()
            self._lesson.speed_kmh = self._pace.now_kmh
            self._look(t_s, self._window_from_s)

    def finish(self, state: SessionState, picture: str) -> Summary:
        """Measure the last strides and close the session.

        Args:
            state: of the visit, for the run's length and why it ended.
            picture: what is wrong with the picture itself; "" when nothing is.
        """
        refusal = self.refusal
        if self.view is not None and self.poses:
            last = analyse(to_series(self._window()), self.view, self._setting)
            self._count(last, settle_s=0.0)
            refusal = blame(last.report.refusal, picture)
            self._gait = last.gait or self._gait
        summary = self._summary(state, refusal)
        if self.session_id is not None:
            self._log.end(self.session_id, summary)
        return summary

    def _summary(self, state: SessionState, refusal: str) -> Summary:
        outcome, before = self._lesson.finish(), self._visitor.progress
        metrics = self.tally.metrics(self.view, refusal or TOO_SHORT)
        has_verdict = any(is_trusted(metric) for metric in metrics.values())
        speed_kmh = self._pace.speed_kmh
        faults = find_faults(metrics, speed_kmh, before.baseline)
        if has_verdict:
            after = progress_after(before, outcome, metrics, work_first(faults), baseline_of(metrics, speed_kmh), speed_kmh)
            self._visitor.keep(after, self.session_id)
        if self.session_id is not None:
            self._log.outcome(self.session_id, outcome.skill, outcome.exposure_share, outcome.score, outcome.verdicts)
        drift = drifts(self.tally.tracks(), self.started_s, self._blocks)
        told = findings(metrics, faults, speed_kmh, outcome.cues, before.last_at(speed_kmh), before.baseline)
        told = with_open_drills(with_fading(told, drift), self._visitor.progress, faults)
        return with_take_home(
            Summary(
                session_id=self.session_id,
                duration_s=state.elapsed_s,
                strides=(self.tally.strides + 1) // 2,  # of one leg: a stride of each leg begins in every stride
                metrics=metrics,
                findings=told if has_verdict else (),
                cues=outcome.cues,
                refusal="" if has_verdict else NOTHING_SURE if metrics["cadence_spm"].value is not None else metrics["cadence_spm"].reason,
                stored_in=self._stored_in,
                reason_ended=WHY_ENDED.get(state.reason_ended, NOTHING),
                stride=typical_stride(self._gait),
                score=outcome.score,
                verdicts=outcome.verdicts,
                drift=(*drift_words(drift), *self._landing_words()),
            ),
            self._visitor,
            self.view,
        )

    def _landing_words(self) -> tuple[Phrase, ...]:
        """Quieter or louder than the run's own start, where a microphone listens."""
        if self._hear is None:
            return ()
        found = landings(*self._hear(self.started_s), self._contacts)
        said = landing_words(landing_summary(landing_change(found, self._pace.change_kmh)))
        return (said,) if said else ()

    def _window(self, from_s: float | None = None) -> list[Pose]:
        """The poses of the last WINDOW_S that are not older than `from_s`; stacked where they are looked at, beside the frames."""
        return [pose for pose in self.poses if from_s is None or pose.t_s >= from_s]

    def _look(self, t_s: float, from_s: float | None) -> None:
        """Have the window analysed; while the last look still runs, this one is skipped."""
        self._window_began_s = max(self._window_began_s, from_s or -math.inf)  # a self-test begins its windows anew
        poses, setting, look = self._window(from_s), self._setting, self._analyse
        if self._auto and (self.view is None or self.cadence_spm is None):  # also when the last visitor faced the other way
            self.view = detect_view(to_series(poses)) or self.view
        view = self.view
        if view is not None:
            self._jobs.submit(lambda: look(to_series(poses), view, setting))
        elif t_s - self._window_began_s > PATIENCE_S:
            self.refusal = refusal_of_frames(to_series(poses), None) or say("view_unknown")

    def _take(self, analysis: Analysis, t_s: float) -> None:
        if analysis.end_s < self.started_s:
            return  # looked at before this run began
        report = analysis.report
        self.refusal = report.refusal if t_s - self._window_began_s > PATIENCE_S else ""
        self._gait = analysis.gait or self._gait
        if t_s - self._block_s >= BLOCK_S:
            self._block_s = t_s
            self._add_block(report.metrics, analysis.end_s)
        fresh = self._count(analysis)
        self.cadence_spm = report.metrics["cadence_spm"].value
        self._lesson.view = self.view
        self._lesson.update(t_s, report.metrics, fresh)

    def _add_block(self, metrics: Metrics, end_s: float) -> None:
        for name, metric in metrics.items():
            if metric.value is not None:
                self._blocks.setdefault(name, []).append((end_s - WINDOW_S, metric.value))

    def _count(self, analysis: Analysis, settle_s: float = SETTLE_S) -> tuple[StrideValue, ...]:
        """Add the new strides to the session and send them to the store."""
        fresh = self.tally.update(analysis, analysis.end_s, settle_s)
        if self.session_id is None:
            return fresh
        log, id_ = self._log, self.session_id
        until_s = analysis.end_s - settle_s
        events = [e for e in analysis.report.events if self._events_until_s <= e.t_s < until_s]
        self._events_until_s = max(self._events_until_s, until_s)
        self._contacts += events if self._hear is not None else []
        log.events(id_, [GaitEvent(e.t_s - self.started_s, e.side, e.kind) for e in events])
        log.strides(id_, analysis.end_s - self.started_s, [_shifted(v, self.started_s) for v in fresh])
        if settle_s == 0 or self.tally.strides >= self._stored_strides * STORE_GROWTH:
            self._stored_strides = self.tally.strides
            log.metrics(id_, self.tally.metrics(self.view))
        return fresh

    def _log_cue(self, state: LessonState, t_s: float) -> None:
        if state.cue is not None and state.cue.since_s != self._cue_since_s and self.session_id is not None:
            self._cue_since_s = state.cue.since_s
            self._log.cue(self.session_id, t_s - self.started_s, state.cue)


def setting_of(config: Config, incline_pct: float) -> Setting:
    """Camera and belt as gait wants them."""
    camera = config.treadmill
    return Setting(roll_deg=camera.roll_deg, roll_sd_deg=camera.roll_sd_deg, incline_pct=incline_pct, network=MOVENET)


def with_fading(told: tuple[Finding, ...], drift: Mapping[str, Drift]) -> tuple[Finding, ...]:
    """The same with what faded as the runner tired, where there is room for a third line."""
    faded = fade_finding(drift)
    return told if faded is None or len(told) >= MOST else (*told, faded)


def with_open_drills(told: tuple[Finding, ...], progress: Progress, faults: Sequence[Fault]) -> tuple[Finding, ...]:
    """The same, where a line to work on names the drill that is open to this runner, not one behind a gate."""
    skills = {fault.metric: skill_for([fault.name]) for fault in reversed(faults)}

    def opened(finding: Finding) -> Finding:
        skill = skills.get(finding.metric)
        drill = open_drill(progress, skill.name) if skill is not None and not finding.good else None
        return finding if drill is None else replace(finding, drill=drill.label)

    return tuple(opened(finding) for finding in told)


def with_take_home(summary: Summary, visitor: Visitor, view: View | None) -> Summary:
    """The same with what the runner takes home, which changes with the answers about soreness."""
    progress = visitor.progress
    drill = plan(progress, SURPRISE, view).drill if progress.runs else None
    told = replace(
        summary,
        next_time=next_time(progress, view),
        drill=Phrase("{name}: {how}", name=drill.label, how=drill.how) if drill is not None else NOTHING,
        advice=advice(progress.soreness),
        code=visitor.code,
    )
    return replace(told, take_home=take_home_lines(told))


def work_first(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """The fault to work on, then the others."""
    chosen = choose(faults)
    return (chosen[0], *(fault for fault in faults if fault is not chosen[0])) if chosen else ()


def keep(poses: deque[Pose], pose: Pose, span_s: float) -> None:
    """Append, and drop what is older than the span or lies before a gap; a stamp that does not increase is left out."""
    if poses and pose.t_s <= poses[-1].t_s:
        return
    if poses and pose.t_s - poses[-1].t_s > LONGEST_GAP_S:
        poses.clear()
    poses.append(pose)
    while poses[-1].t_s - poses[0].t_s > span_s:
        poses.popleft()


def _shifted(value: StrideValue, by_s: float) -> StrideValue:
    """The same with its time counted from the start of the run."""
    return StrideValue(value.metric, value.side, value.start_s - by_s, value.value)
