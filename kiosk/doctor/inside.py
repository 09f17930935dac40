"""The doctor in the running station: watches the frames that come anyway, and looks at everything else when somebody asks.

Nobody asks, nothing is looked at: watching costs two numbers a frame. What must not go in: the page (kiosk/web/doctor.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kiosk.camera import Camera, CameraError
from kiosk.camera.background import Background
from kiosk.config import Config
from kiosk.doctor import MATTERS, TITLES, Matter, looked_at
from kiosk.doctor.case import Case, Machine, Panel, Running, Seen, Speed, read_settings
from kiosk.doctor.looks import panel_of
from kiosk.domain import Frame
from kiosk.health import Check
from kiosk.panel import Panel as OpenPanel
from kiosk.screen import LiveView, State
from kiosk.threads import Latest, Stop, Worker, monotonic_s
from kiosk.words import NOTHING, Phrase

WATCHED = 300
"""Newest frames whose times are kept: 10 s at 30 a second (our choice)."""
SILENT_S = 3.0
"""Without a frame for so long the camera gives no picture (our choice: ninety pictures at 30 a second)."""
FRESH_S = 3.0
"""A report is not made anew before this (our choice: the page asks every five seconds)."""
WAIT_S = 45.0
"""Longest wait for a report: the first one reads the whole database and runs the self-test (our choice)."""
STILL_LOOKS, STILL_EVERY_S = 20, 0.15
"""Three seconds, as the doctor looks from outside, with fewer frames (our choice)."""
BUSY = (State.CHECK, State.CHOOSE, State.CODE, State.COUNTDOWN, State.RUNNING, State.SETUP, State.OFF)
"""Somebody is on the belt or about to be, or sets up the camera."""
SILENT = Phrase("The camera has given no picture for {seconds:.0f} s.")
OVER = Phrase("The video is over: no more pictures come.")


@dataclass(frozen=True)
class Parts:
    """What the station's doctor may ask. Each is called from the doctor's own thread."""

    camera: Camera | None
    """None where the camera is not looked at."""
    camera_problem: Callable[[], str]
    """Why the camera is lost; "" while it is not."""
    view: Callable[[], LiveView | None]
    panel: Callable[[], OpenPanel | None]
    """None before the pins are opened, or when there is no panel."""
    notices: Callable[[], Mapping[str, str]]
    """As `Running.notices`."""
    where: Callable[[], str]
    """Address of the station's own page."""
    model: str = ""
    runtime: str = ""
    """Of the network in use."""
    waits_for: Callable[[], str] = str
    """Why the station cannot start; "" when it runs."""


@dataclass(frozen=True)
class _Asked:
    screens: int
    again: bool


class StationDoctor:
    """Every method may be called from any thread: state that two threads share is one attribute that is replaced.

    Args:
        config: as the station runs.
        path: of the settings file; None for none.
        parts: of the station.
        machine: the world outside.
        on_crash: told of an error that nobody expected; a check that breaks is a line of the report.
    """

    def __init__(
        self,
        config: Config,
        path: Path | None,
        parts: Parts,
        machine: Machine | None = None,
        on_crash: Callable[[str, Exception], None] | None = None,
    ) -> None:
        self._config, self._path, self._parts, self._machine = config, path, parts, machine or Machine()
        self._at_start = read_settings(path)[1]
        self._stamps: tuple[float, ...] = ()
        self._exposures: tuple[float, ...] = ()
        self._newest: Frame | None = None
        self._came_s = self._began_s = monotonic_s()
        self._stage_s = 0.0
        self._spans_ms: tuple[float, ...] = ()
        self._kept: dict[str, tuple[float, tuple[Check, ...]]] = {}
        self._asked: Latest[_Asked] = Latest()
        self._reports: Latest[tuple[Check, ...]] = Latest()
        self._made_s = float("-inf")
        self._worker = Worker("doctor", self._run, on_crash)

    def start(self) -> None:
        """Be ready to be asked; harmless the second time, and after a crash, which stays."""
        if not self._worker.alive and self.crash is None:
            self._worker.start()

    def stop(self) -> None:
        """End after the check that runs."""
        self._asked.close()
        self._reports.close()
        self._worker.stop()

    @property
    def crash(self) -> Exception | None:
        """What ended its thread; None while nothing did. It answers no more."""
        return self._worker.crash

    # ---- watching ---------------------------------------------------------------------------------------------------

    def frame(self, frame: Frame) -> None:
        """A frame came from the camera; called from the camera's thread alone."""
        self._stamps = (*self._stamps[1 - WATCHED :], frame.t_s)
        if frame.exposure_us is not None:
            self._exposures = (*self._exposures[1 - WATCHED :], frame.exposure_us)
        self._newest, self._came_s = frame, monotonic_s()

    def stage(self, name: str) -> None:
        """The network's stages as they end (MoveNet.timer); called from the network's thread alone (kiosk/looking.py)."""
        now_s = monotonic_s()
        if name == "invoke":
            self._spans_ms = (*self._spans_ms[1 - WATCHED :], 1e3 * (now_s - self._stage_s))
        self._stage_s = now_s

    # ---- being asked ------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Somebody is on the belt or about to be: heavy checks wait."""
        view = self._parts.view()
        return view is not None and view.state in BUSY

    @property
    def settings(self) -> str:
        """Path of the settings file; "" for none."""
        return str(self._path.absolute()) if self._path is not None else ""

    def title(self, name: str) -> Phrase:
        """Of a check, for people."""
        return TITLES[name]

    def checks(self, screens: int, again: bool = False, wait_s: float = WAIT_S) -> tuple[Check, ...] | None:
        """The newest report, made now when it is not fresh.

        Args:
            screens: browsers that show a page of the station.
            again: look at everything anew, also at what is kept for a while.
            wait_s: longest wait.

        Returns:
            None when no report was made in that time.
        """
        newest = self._reports.peek()
        if newest is not None and not again and monotonic_s() - self._made_s < FRESH_S:
            return newest
        seen, _ = self._reports.newer(0, 0.0)
        self._asked.publish(_Asked(screens, again))
        return self._reports.newer(seen, wait_s)[1] or newest

    def _run(self, stop: Stop) -> None:
        seen = 0
        while not stop.is_set:
            seen, asked = self._asked.newer(seen, 0.5)
            if asked is not None:
                self._report(asked)
            elif self._asked.closed:
                return

    def _report(self, asked: _Asked) -> None:
        if asked.again:
            self._kept = {}
        case = self._case(asked.screens)
        found = tuple(check for matter in MATTERS for check in self._looked_at(matter, case))
        self._made_s = monotonic_s()
        self._reports.publish(found)

    def _looked_at(self, matter: Matter, case: Case) -> tuple[Check, ...]:
        """The row, or its answer of a while ago where that still holds, or nothing newer can be had during a run."""
        now_s = monotonic_s()
        case.busy = self.busy  # a report takes seconds, and somebody may have stepped on meanwhile
        made_s, kept = self._kept.get(matter.name, (float("-inf"), ()))
        if kept and (now_s - made_s < matter.keep_s or (matter.heavy and case.busy)):
            return kept
        found = looked_at(matter, case)
        if not (matter.heavy and case.busy):
            self._kept[matter.name] = (now_s, found)
        return found

    def _case(self, screens: int) -> Case:
        parts, view = self._parts, self._parts.view()
        why = parts.waits_for()
        state = "waits" if why else "answers"
        visit = why or (view.state.value if view is not None else "starting")
        running = Running(state, parts.where(), visit, screens, parts.notices())
        return Case(
            self._config,
            replace(read_settings(self._path, self._at_start)[0], path=self._path),
            self._machine,
            running,
            busy=self.busy,
            inside=True,
            look=self._seen,
            watch=self._watch,
            measure=self._speeds,
            touch=self._panel,
        )

    def _seen(self) -> Seen:
        camera, silent_s = self._parts.camera, monotonic_s() - self._came_s
        problem = self._parts.camera_problem()
        if camera is None:
            return Seen(self._config.camera.kind, problem, held=not problem)
        if not problem and silent_s > SILENT_S:
            problem = OVER if camera.ended else SILENT.filled(seconds=silent_s)
        if problem:
            return Seen(camera.name, problem)
        return Seen(camera.name, "", camera.warnings, self._stamps, self._exposures, self._newest)

    def _watch(self) -> Background | None:
        """Some seconds of what comes anyway; None when somebody steps on meanwhile."""
        background, pause, last = Background(), self._worker.stop_flag, None
        for _ in range(STILL_LOOKS):
            if self.busy or pause.wait(STILL_EVERY_S):
                return None
            if self._newest is not None and self._newest is not last:
                last = self._newest
                background.add(last.image_bgr)
        return background

    def _speeds(self) -> tuple[Speed, ...]:
        """Of the network at its daily work."""
        if not self._spans_ms:
            return ()
        return (Speed(self._parts.model, self._parts.runtime, float(np.median(self._spans_ms))),)

    def _panel(self) -> Panel:
        opened = self._parts.panel()
        return panel_of(opened) if opened is not None else Panel(on=False)


def doctor_of_waiting(config: Config, path: Path | None, error: Callable[[], Exception | None]) -> StationDoctor:
    """The doctor of a station that cannot start and tries again: it leaves camera and pins to the next try.

    Args:
        config: with which it would run.
        path: of the settings file; None for none.
        error: why it could not start the last time; None before the first try.
    """
    web = config.web
    parts = Parts(
        camera=None,
        camera_problem=lambda: said(error()) if isinstance(error(), CameraError) else NOTHING,
        view=lambda: None,
        panel=lambda: None,
        notices=dict,
        where=lambda: f"http://{web.host or '127.0.0.1'}:{web.port}/",
        waits_for=lambda: said(error()),
    )
    return StationDoctor(config, path, parts)


def said(error: Exception | None) -> Phrase:
    """The error's sentence, which knows other languages where the part that raised it does; NOTHING for none."""
    if error is None:
        return NOTHING
    first = error.args[0] if error.args else ""
    return first if isinstance(first, Phrase) else Phrase("{said}", said=str(error))
