"""Where the parts meet. No other module knows them all."""

import queue
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from kiosk import __version__
from kiosk.camera import Camera, library_of, open_camera
from kiosk.config import Config, data_folder
from kiosk.desk import open_desk
from kiosk.desk.station import Station
from kiosk.doctor.inside import Parts as DoctorParts
from kiosk.doctor.inside import StationDoctor
from kiosk.domain import Frame, SessionInfo, View
from kiosk.filming import Filming
from kiosk.gait.analysis import Analysis
from kiosk.gait_process import GaitProcess
from kiosk.levelling import Levelling
from kiosk.looking import Looking, Seen, hung
from kiosk.notices import Notices
from kiosk.notify import Unit
from kiosk.panel import Panel, open_panel
from kiosk.panel.mending import MendingPanel
from kiosk.parts import Parts, SetUp
from kiosk.pipeline import NO_PICTURE, Pipeline
from kiosk.pose.movenet import MoveNet
from kiosk.pose.sturdy import SturdyNetwork
from kiosk.power_off import PowerOff
from kiosk.run import LOOK_SHARE
from kiosk.screen import LiveView, Press, State
from kiosk.serving import Serving
from kiosk.setting_up import SettingUp
from kiosk.showing import Showing
from kiosk.sound import Microphone
from kiosk.standing import Standing
from kiosk.store import SessionStore, StoreError, session
from kiosk.threads import FRAMES_NICE, Background, Latest, Stop, Worker, monotonic_s, offered, taken
from kiosk.treadmill import BeltNow
from kiosk.upkeep import Upkeep
from kiosk.voice import Voice
from kiosk.watch import Watch
from kiosk.web import create_app
from kiosk.words import NOTHING, Language, Phrase

MOST_PRESSES = 32
"""Presses waiting at once; a person cannot press more between two frames."""
FRAME_WAIT_S = 0.1
"""Longest wait for a frame before commands and the clock are looked at."""
NO_POSES = Phrase("The station is mending itself.")
CHANCE = 10**9
"""Random numbers below this make take-away codes."""


class App:
    """The running kiosk: camera, pipeline, page, panel and store."""

    def __init__(self, config: Config, config_path: Path | None = None, camera: Camera | None = None) -> None:
        """Build all parts; nothing runs before `start`. `config_path`: of the settings, where the guide for the camera writes.

        `camera` is one that is there already, in place of what the settings say.

        Raises:
            ModelError, CameraError, StoreError, WebError: a part cannot be used; the message says what to do.
        """
        self.config = config
        self.views: Latest[LiveView] = Latest()
        self.frames: Latest[Frame] = Latest()
        self.stop_flag = Stop()
        self.crash: tuple[str, Exception] | None = None
        self._unit = Unit()
        self._presses: queue.Queue[Press] = queue.Queue(MOST_PRESSES)
        self.network = SturdyNetwork(config.pose)
        self.finder = MoveNet(config.pose, config.treadmill.zone, network=self.network)
        self.camera = camera or open_camera(config.camera)
        self.store = SessionStore.open(data_folder(config.store))
        self.store.on_crash(self._crashed)
        self.belt = BeltNow(config.treadmill)
        self._microphone = Microphone(config.sound, on_crash=self._crashed)
        self.desk = open_desk(config, self.store, self.belt, self._station())
        self._upkeep = Upkeep(self.desk.sweep, self._crashed)
        self.watch = Watch(data_folder(config.store), self._rate, self.store.move_dates, self._crashed)
        self._gait = GaitProcess()
        self._jobs: Background[Analysis] = Background("gait", self._crashed, LOOK_SHARE)
        self._level_jobs: Background[float] = Background("level", self._crashed)
        self.anew = False
        """Ended because kiosk.toml was changed: to be started again with its new values."""
        self._standing = Standing(data_folder(config.store), self._crashed)
        self._setting_up = SettingUp(config, config_path, self._begin_anew, self._crashed)
        self.pipeline = Pipeline(self._parts(), config)
        self.looking = Looking(lambda: self.pipeline.finder, self._wanted, self._crashed)
        self._serving = Serving(config, self._crashed)
        self._voice = Voice(on_crash=self._crashed)
        self._power_off = PowerOff(self.store.flush, config.panel.shutdown_command, self._crashed)
        self._showing = Showing(self.views)
        self._notices = self._what_may_be_wrong()
        self.doctor = StationDoctor(config, config_path, self._what_the_doctor_asks(), on_crash=self._crashed)
        self.finder.timer = self.doctor.stage
        web = create_app(
            self.views,
            self.frames,
            self.send,
            config.web,
            self.stop_flag,
            self._report,
            desk=self.desk,
            clinic=config.clinic,
            patients_days=config.store.patients_days,
            fingerprint=self._serving.fingerprint,
            belt=self.belt,
            doctor=self.doctor,
        )
        self.server = self._serving.serve(web)
        self._filming: Filming | None = None
        self._panel: Panel | None = None
        self._workers: list[Worker] = []

    def start(self) -> "App":
        """Serve the page, then open the camera and run; a camera that is not there yet is waited for, and the page says so."""
        try:
            self._serving.start()
            self._filming = Filming(self.camera, self.frames, self._unit.camera_answered, self._filmed)
            self._notices.add("camera", self._filming)
            self._filming.start(Worker("camera", self._filming.run, self._crashed, FRAMES_NICE))
        except OSError:
            self.stop()
            raise
        if self.config.panel.enabled:
            self._panel = MendingPanel(lambda: open_panel(self.config.panel, self.send, monotonic_s), self._crashed)
            self._notices.add("panel", self._panel)
        self.belt.start()
        self._microphone.start()
        self.desk.start()
        self._upkeep.start()
        self.doctor.start()
        self.watch.start()
        self.looking.start()
        self._workers = [Worker("pipeline", self._work, self._crashed, FRAMES_NICE).start()]
        self._unit.ready(f"serving {self.server.url}")
        return self

    def stop(self) -> None:
        """End everything in the order of the data; a running session is closed and stored."""
        self._unit.stopping()
        self.looking.stop()
        for worker in self._workers:
            worker.stop()
        self._workers = []
        self._jobs.stop()
        self._gait.stop()
        self._level_jobs.stop()
        self._setting_up.stop()
        self._standing.stop()
        if self._filming is not None:
            self._filming.stop()
        self._upkeep.stop()
        self.doctor.stop()
        self.watch.stop()
        self.desk.close()
        self.belt.stop()
        self._microphone.stop()
        self._voice.close()
        if self._panel is not None:
            self._panel.close()
        self.stop_flag.set()
        self.views.close()
        self._serving.stop()
        self.store.close()

    def _station(self) -> Station:
        hear = self._microphone.levels if self.config.sound.enabled else None
        return Station(self.send, self.views, f"treadside {__version__} {self.finder.name}", hear, self._camera_facts, self._crashed)

    def _what_may_be_wrong(self) -> Notices:
        return Notices(
            pose=self.network,
            power_off=self._power_off,
            voice=self._voice,
            treadmill=self.belt,
            microphone=self._microphone,
            clinic=self.desk,
            store=self.store,
            network=self._serving,
            machine=self.watch,
            camera_place=self._standing,
        )

    def _what_the_doctor_asks(self) -> DoctorParts:
        return DoctorParts(
            camera=self.camera,
            camera_problem=lambda: self._notices.by_name().get("camera", NOTHING),
            view=self.views.peek,
            panel=lambda: self._panel,
            notices=self._notices.by_name,
            where=lambda: self.server.url,
            model=self.network.path.name,
            runtime=self.network.runtime,
        )

    def _rate(self) -> float | None:
        view = self.views.peek()
        return view.frames_per_s if view is not None else None

    def _camera_facts(self) -> dict[str, str]:
        kind = self.config.camera.kind
        return {"kind": kind, "name": self.camera.name, "library": library_of(kind)}

    def send(self, press: Press) -> bool:
        """Put a press on the one queue; False when it is full."""
        return offered(self._presses, press)

    def wait(self, done: Callable[[LiveView], bool], poll_s: float = 0.25) -> LiveView | None:
        """Wait until a live view fulfils `done`, the kiosk is stopped, or a part crashed (then its error is raised)."""
        seen = 0
        while not self.stop_flag.is_set:
            self.raise_crash()
            seen, view = self.views.newer(seen, poll_s)
            if view is not None and done(view):
                return view
        return None

    def raise_crash(self) -> None:
        """Raise what ended a worker: systemd starts the kiosk again."""
        if self.crash is not None:
            name, error = self.crash
            error.add_note(f"in the {name} thread")
            raise error

    def _crashed(self, name: str, error: Exception) -> None:
        self.crash = self.crash or (name, error)  # the first: others may only follow from it

    def _parts(self) -> Parts:
        return Parts(
            finder=self.finder,
            log=self.store,
            jobs=self._jobs,
            describe=self._describe,
            stored_in=str(self.store.path),
            level=Levelling(self.config.treadmill.roll_deg, self._level_jobs),
            number=lambda: secrets.randbelow(CHANCE),
            bouts=self.desk.bouts,
            belt=self.belt.now,
            forget_belt=self.belt.forget,
            set_up=SetUp(self._setting_up, lambda: MoveNet(self.config.pose, check=False, network=self.finder.network)),
            hear=self._microphone.levels if self.config.sound.enabled else None,
            analyse=self._gait.analyse,
            run_begins=self._gait.start,
        )

    def _begin_anew(self) -> None:
        self.anew = True
        self.stop_flag.set()

    def _report(self, session_id: int, language: Language) -> str | None:
        """The page of a stored session, for the one-time link; None when it is not stored or cannot be read."""
        from kiosk.report.page import report_html  # no start needs it

        try:
            stored = session(self.store.path.parent, session_id)
        except StoreError:
            return None
        return report_html(stored, language) if stored is not None else None

    def _describe(self, view: View | None) -> SessionInfo:
        return SessionInfo(
            started_utc=datetime.now(UTC).isoformat(timespec="seconds"),
            view=view,
            speed_kmh=self.belt.now().speed_kmh,
            model=self.finder.name,
            source=self.camera.name,
            extra={"program": f"treadside {__version__}"},
        )

    def _step(self, seen: Seen | None, presses: Sequence[Press]) -> LiveView:
        """Go on with a frame, or in time alone where there is none or the network gives no pose."""
        self.pipeline.notice = self._notices.worst or next(iter(self.camera.warnings), NOTHING)
        self.pipeline.fault = bool(self._notices.fault)
        self.pipeline.missing = NO_POSES if self.network.problem or self.looking.is_stuck else NO_PICTURE
        if seen is None:
            return self.pipeline.without_frame(monotonic_s(), presses)
        frame, pose = seen.frame, seen.pose()
        if pose is None:
            return self.pipeline.without_frame(frame.t_s, presses)
        return self.pipeline.step_with(frame, pose, presses)

    def _learn(self, seen: Seen | None, view: LiveView) -> None:
        """What a frame tells besides its view, which is on its way by now."""
        self.pipeline.learn()
        if seen is not None and seen.answer is not None:
            self._standing.look(seen.frame.t_s, seen.frame.image_bgr, view.state is State.IDLE)

    def _filmed(self, frame: Frame) -> None:
        """A frame came: on the camera's thread."""
        self.looking.look_at(frame)
        self.doctor.frame(frame)

    def _wanted(self, t_s: float) -> bool:
        """All pictures of a clinic's bout, which is short and refused below a rate; else as many as keep the device cool."""
        return self.pipeline.in_bout or self.watch.cooling.wanted(t_s)

    def _work(self, stop: Stop) -> None:
        while not stop.is_set:
            seen = self.looking.next(FRAME_WAIT_S)
            view = self._step(seen, taken(self._presses))
            self._show(view)
            self._learn(seen, view)
            if seen is None or seen.answer is None:
                self._unit.no_frame()
            else:
                self._unit.frame()
            if self._filming is not None and self._filming.is_hung:
                self._crashed("camera", self._filming.hung())
            if self.looking.is_hung:
                self._crashed("network", hung())
        while (seen := self.looking.next(0)) is not None:  # a run is stored to its last frame
            self._step(seen, ())
        self.pipeline.close()

    def _show(self, view: LiveView) -> None:
        """To all who show or say it; none of them makes the frames wait."""
        self._showing.show(view)
        self._voice.show(view)
        self._unit.status(f"{view.state} {self.pipeline.notice}")
        if self._panel is not None:
            self._panel.show(view)
        self._power_off.show(view)
