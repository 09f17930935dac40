"""The order of work: newest frame -> pose -> coach -> live view, then gait, for one visit after the other.

It owns the visit: buttons and pages only send presses. The parts come as arguments, so nothing here opens a device.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from kiosk.bout_run import BoutRun
from kiosk.check_run import CheckRun
from kiosk.coach.lesson import LessonState
from kiosk.coach.soreness import said
from kiosk.config import Config
from kiosk.domain import Frame, Pose, View
from kiosk.gait.repeats import RepeatWatch
from kiosk.guide.run import GuideRun
from kiosk.parts import Parts, PoseFinder
from kiosk.pose.light import LightWatch, blame
from kiosk.pose.presence import Belt, Presence
from kiosk.pose.series import poses_per_s
from kiosk.pose.smooth import OneEuro
from kiosk.run import Run, keep, with_take_home
from kiosk.screen import LiveView, Menu, Press, State, Summary
from kiosk.session import Session
from kiosk.visit import SessionState
from kiosk.visitor import CodeBook, Visitor
from kiosk.words import NOTHING, Phrase

NO_PICTURE_S = 1.5
"""Without a frame for this long the screen says so (our choice)."""
NO_PICTURE = Phrase("The camera gives no picture.")
RATE_S = 2.0
"""Poses that the shown rate is counted over (our choice)."""
STAFF_LOOKS = (State.IDLE, State.CHECK, State.SUMMARY, State.OFF)
"""Screens with room for a notice to the staff; while somebody runs or chooses it would only be in the way."""
AFTER_RUN = (State.SUMMARY, State.REPLAY, State.ASK, State.TAKE_HOME)
"""States in which the last run's summary is on the screen."""


class Pipeline:
    """One `step` or `step_with` a frame, `without_frame` while none comes; all return what the screen shows.

    What a frame tells of the run is taken in by `learn`, which may come when the view is on its way: a look at the light, a finished look
    at gait and a new one take longer than the view. What is learned is on the screen with the next frame.
    """

    def __init__(self, parts: Parts, config: Config) -> None:
        self._parts = parts
        self._config = config
        self._session = Session(config.session, can_set_up=parts.set_up is not None)
        self._guide: GuideRun | None = None
        self._state = SessionState(State.IDLE, language=config.session.language)
        self._codes = CodeBook(parts.log, parts.number)
        self._visitor = Visitor(self._codes, config.session)
        self._smooth = OneEuro()
        self._presence = Presence()
        self._set_view = None if config.treadmill.view == "auto" else View(config.treadmill.view)
        self._view = self._set_view
        self._check: CheckRun | None = None
        self._recent: deque[Pose] = deque()
        self._pose: Pose | None = None
        self._fresh: tuple[Frame, Pose] | None = None
        """The last frame, until `learn` has taken it in."""
        self._light, self._repeats = LightWatch(), RepeatWatch()
        self._run: Run | None = None
        self._bout: BoutRun | None = None
        self._lesson: LessonState | None = None
        self._summary: Summary | None = None
        self._answered = 0
        self._now_s = float("-inf")
        self._frame_s = float("-inf")
        self.notice = ""
        """A sentence for the staff that stands as long as it is set."""
        self.fault = False
        """What the notice says is broken, and a person must mend it."""
        self.missing: Phrase = NO_PICTURE
        """What the runner is told while nothing is measured for NO_PICTURE_S."""

    def step(self, frame: Frame, presses: Sequence[Press] = ()) -> LiveView:
        """Work on one frame."""
        view = self.step_with(frame, self.finder.estimate(frame), presses)
        self.learn()
        return view

    @property
    def finder(self) -> PoseFinder:
        """What finds poses now: the guide for the camera has one of its own. May be read from any thread."""
        guide = self._guide
        return guide.finder if guide is not None else self._parts.finder

    @property
    def in_bout(self) -> bool:
        """A clinic's bout is recorded now. May be read from any thread."""
        return self._bout is not None

    def step_with(self, frame: Frame, pose: Pose, presses: Sequence[Press] = ()) -> LiveView:
        """What the screen shows of a frame and the pose that was found in it; `learn` takes in the rest."""
        self.learn()
        self._fresh = frame, pose
        t_s = self._forward(frame.t_s)
        self._frame_s = t_s
        self._pose = self._smooth.update(pose)
        keep(self._recent, pose, RATE_S)
        if self._check is not None:
            self._check.look(frame, pose, self._light.problem)
        if self._guide is not None and self._state.state is State.SETUP:
            self._guide.guide.update(frame, pose, self._light.problem)
        self._advance(t_s, presses, self._presence.update(pose))
        if self._run is not None and self._bout is None:
            self._lesson = self._run.step(t_s)
        return self._show(frame.t_s)

    def learn(self) -> None:
        """Take in what the last frame tells of light, camera and run; nothing when that was done."""
        if self._fresh is not None:
            (frame, pose), self._fresh = self._fresh, None
            self._take_in(frame, pose)

    def _take_in(self, frame: Frame, pose: Pose) -> None:
        t_s = self._frame_s
        self._light.update(t_s, frame.image_bgr, pose)
        again = self._repeats.update(t_s, frame.image_bgr)
        if self._bout is not None:
            if not again:
                self._bout.add(frame, pose)
            self._bout.step(t_s)
        elif self._run is not None:
            if not again:
                self._run.add(pose)
            self._run.look(t_s)
            self._view = self._run.view

    def without_frame(self, t_s: float, presses: Sequence[Press] = ()) -> LiveView:
        """Go on in time while no frame comes: buttons still work."""
        self.learn()
        t_s = self._forward(t_s)
        self._advance(t_s, presses, Belt.UNKNOWN)
        return self._show(None)

    def close(self) -> None:
        """End a running session, so that its summary is stored."""
        self.learn()
        if self._run is not None:
            self._finish(self._run, replace(self._state, elapsed_s=self._now_s - self._run.started_s))
        if self._bout is not None:
            self._bout.finish(self._state)
            self._bout = None

    def _forward(self, t_s: float) -> float:
        """A time that never goes back: a frame's stamp may be older than the last look at the clock."""
        self._now_s = max(self._now_s, t_s)
        return self._now_s

    # ---- the visit --------------------------------------------------------------------------------------------------

    def _advance(self, t_s: float, presses: Sequence[Press], belt: Belt) -> None:
        """Move the visit on, and do what its changes ask for."""
        before = self._state.state
        well_placed = self._check is not None and self._check.well_placed(self._state.seconds_in)
        self._state = self._session.update(t_s, presses, belt, self._keys(), well_placed)
        if self._state.state is State.ASK and not self._keys():  # nothing more to ask: not even for one frame
            self._state = self._session.update(t_s, (), belt, ())
        self._follow(before, t_s)

    def _keys(self) -> tuple[str, ...]:
        menu = self._menu()
        return tuple(option.key for option in menu.options) if menu is not None else ()

    def _menu(self) -> Menu | None:
        if self._guide is not None and self._state.state is State.SETUP:
            return self._guide.guide.menu(self._state.marked, self._lost)
        return self._visitor.menu(self._state, self._set_view)

    @property
    def _lost(self) -> bool:
        return self._now_s - self._frame_s > NO_PICTURE_S

    def _follow(self, before: State, t_s: float) -> None:
        state = self._state
        if state.stopped and self._run is not None:
            self._finish(self._run, state)
        if state.stopped and self._bout is not None:
            self._bout.finish(state)
            self._bout = None
        if state.state is not before:
            self._enter(before)
        self._visitor.take(state, t_s)
        if self._guide is not None:
            self._guide.follow(state, before, t_s)
        if len(state.answers) > self._answered:
            self._answer(state.answers)
        if state.started:
            self._begin(t_s)
        if self._run is not None:
            for asked in state.asked:
                self._run.press(asked, t_s)

    def _enter(self, before: State) -> None:
        """A new screen: what belonged to the last visit is forgotten."""
        state = self._state.state
        if state is State.SETUP and self._guide is None and self._parts.set_up is not None:
            self._guide = GuideRun(self._parts.set_up, self._config.treadmill.view)
        elif state not in (State.SETUP, State.SHUTDOWN):
            self._guide = None
        self._check = CheckRun(self._set_view, self._parts.level) if state is State.CHECK else None
        if state is State.IDLE or (before in AFTER_RUN and state in (State.COUNTDOWN, State.RUNNING)):
            self._visitor = Visitor(self._codes, self._config.session)
            self._summary, self._answered = None, 0
        if state is State.IDLE:
            self._parts.forget_belt()

    def _begin(self, t_s: float) -> None:
        self._summary, self._answered = None, 0
        if self._state.order is not None and self._parts.bouts is not None:
            self._bout = BoutRun(self._parts.bouts, self._state.order, t_s)
            return
        self._run = Run(self._parts, self._config, self._visitor, self._view, t_s, self._state)

    def _finish(self, run: Run, state: SessionState) -> None:
        self._summary = run.finish(state, self._light.problem)
        self._run = self._lesson = None

    def _answer(self, answers: tuple[str, ...]) -> None:
        """Keep what was answered so far: the next run is chosen by it."""
        self._answered = len(answers)
        if self._summary is None:
            return
        id_ = self._summary.session_id
        if self._visitor.progress.runs:
            self._visitor.keep(self._visitor.progress.with_soreness(answers), id_)
        self._summary = with_take_home(self._summary, self._visitor, self._view)
        if id_ is not None:
            self._parts.log.answers(id_, said(answers))
            self._parts.log.summary(id_, self._summary)

    # ---- the screen -------------------------------------------------------------------------------------------------

    def _show(self, frame_t_s: float | None) -> LiveView:
        state, lost = self._state, self._lost
        refusal = self._refusal(lost)
        told = self._told(refusal)
        return LiveView(
            state=state.state,
            language=state.language,
            frame_t_s=frame_t_s,
            countdown_s=state.countdown_s,
            elapsed_s=state.elapsed_s,
            cannot_judge=refusal,
            check=self._check.shown if self._check is not None else None,
            menu=self._menu(),
            guide=self._guide.guide.shown() if self._guide is not None and state.state is State.SETUP else None,
            pose=None if lost else self._pose,
            view=self._view,
            frames_per_s=poses_per_s(self._recent),
            notice=(self.notice or self._parts.log.problem or self._repeats.warning) if state.state in STAFF_LOOKS else "",
            fault=self.fault or bool(self._parts.log.problem) or lost,
            summary=self._summary if state.state in AFTER_RUN else None,
            belt=self._parts.belt() if self._parts.belt is not None else None,
            bout_left_s=self._bout_left_s(),
            cadence_spm=self._run.cadence_spm if self._run is not None and not refusal else None,
            cue=told.cue,
            praise=told.praise,
            asked_for=told.asked_for,
            focus=told.focus,
            test=told.test,
            can_test=told.can_test,
            gauge=told.gauge,
            strip=told.strip,
            metronome_spm=told.metronome_spm,
            say_aloud=told.say_aloud,
        )

    def _refusal(self, lost: bool) -> str:
        if lost:
            return self.missing
        run = self._bout or self._run
        return blame(run.refusal, self._light.problem) if run is not None else ""

    def _bout_left_s(self) -> int | None:
        """Of the bout that is ordered or runs."""
        if self._bout is not None:
            return self._bout.left_s(self._state)
        order = self._state.order
        return math.ceil(order.seconds) if order is not None and self._state.state is State.COUNTDOWN else None

    def _told(self, refusal: str) -> LessonState:
        """What the coach shows; what depends on a judgement is left out while there is none."""
        lesson = self._lesson
        if self._run is None or lesson is None:
            return LessonState()
        beat_spm = lesson.metronome_spm if self._visitor.metronome else None
        if refusal:
            return LessonState(focus=lesson.focus, test=lesson.test, metronome_spm=beat_spm)
        aloud = lesson.say_aloud if self._visitor.voice else NOTHING
        if beat_spm == lesson.metronome_spm and aloud == lesson.say_aloud:
            return lesson
        return replace(lesson, metronome_spm=beat_spm, say_aloud=aloud)
