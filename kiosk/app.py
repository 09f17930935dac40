"""Where the parts meet. No other module knows them all."""

import queue
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata

from kiosk import __version__
from kiosk.camera import CameraError, library_of, open_camera
from kiosk.config import Config, data_folder
from kiosk.desk import open_desk
from kiosk.desk.bouts import Station
from kiosk.domain import Frame, SessionInfo, View
from kiosk.gait.analysis import Analysis
from kiosk.levelling import Levelling
from kiosk.notify import Unit
from kiosk.panel import Panel, open_panel
from kiosk.panel.poweroff import shut_down
from kiosk.parts import Parts
from kiosk.pipeline import AFTER_RUN, Pipeline
from kiosk.pose.movenet import MoveNet
from kiosk.report.page import report_html
from kiosk.screen import LiveView, Press, State
from kiosk.sound import Microphone
from kiosk.store import SessionStore, StoreError, session
from kiosk.threads import Background, Latest, Stop, Worker, monotonic_s, offered
from kiosk.treadmill import BeltNow
from kiosk.upkeep import Upkeep
from kiosk.voice import Voice
from kiosk.web import create_app
from kiosk.web.link import lan_notice, link_host
from kiosk.web.server import STRANGERS, Server, WebError
from kiosk.web.tls import Certificate, TlsServer, certificate
from kiosk.words import Language, Phrase

MOST_PRESSES = 32
"""Presses waiting at once; a person cannot press more between two frames."""
FRAME_WAIT_S = 0.1
"""Longest wait for a frame before commands and the clock are looked at."""
QUIET_SCREEN_S = 0.25
"""Between two views of a screen on which nothing changed, after the run (our choice; the page takes 5 s without one for a fault)."""
FLUSH_S = 5.0
"""Longest wait for the disk before switching off."""
CHANCE = 10**9
"""Random numbers below this make take-away codes."""
RETRY_S = 2.0
"""Pause before a lost camera is opened again."""


class App:
    """The running kiosk: camera, pipeline, page, panel and store."""

    def __init__(self, config: Config) -> None:
        """Build all parts; nothing runs before `start`.

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
        self.finder = MoveNet(config.pose, config.treadmill.zone)
        self.camera = open_camera(config.camera)
        self.store = SessionStore.open(data_folder(config.store))
        self.belt = BeltNow(config.treadmill)
        self._microphone = Microphone(config.sound)
        self.desk = open_desk(config, self.store, self.belt, self._station())
        self._upkeep = Upkeep(self.desk.sweep, self._crashed)
        self._jobs: Background[Analysis] = Background("gait", self._crashed)
        self._level_jobs: Background[float] = Background("level", self._crashed)
        self.pipeline = Pipeline(self._parts(), config)
        self._lan_problem = lan_notice(config.web)
        self._certificate = self._certified()
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
            fingerprint=self._certificate.fingerprint if self._certificate else "",
            belt=self.belt,
        )
        own = ("127.0.0.1", config.web.port) if config.web.reports_only else None
        self.server = Server(web, config.web, self._crashed, own)
        self._web = web
        self._lan_server: Server | None = None
        """For phones that fetch a report: a server of its own, so that nobody in the network can crowd out the station's screen."""
        self._tls_server: TlsServer | None = None
        """For the clinic's pages and the API in the network."""
        self._camera_problem = self._off_problem = ""
        self._published_s = 0.0
        self._panel: Panel | None = None
        self._voice = Voice(on_crash=self._crashed)
        self._switching_off: Worker | None = None
        self._workers: list[Worker] = []

    def start(self) -> "App":
        """Serve the page, then open the camera and run."""
        try:
            self.server.start()
            self._serve_network()
            self.camera.start()
        except OSError:
            self.stop()
            raise
        if self.config.panel.enabled:
            self._panel = open_panel(self.config.panel, self.send, monotonic_s)
        self.belt.start()
        self._microphone.start()
        self.desk.start()
        self._upkeep.start()
        self._workers = [
            Worker("camera", self._film, self._crashed).start(),
            Worker("pipeline", self._work, self._crashed).start(),
        ]
        self._unit.ready(f"serving {self.server.url}")
        return self

    def stop(self) -> None:
        """End everything in the order of the data; a running session is closed and stored."""
        self._unit.stopping()
        for worker in self._workers:
            worker.stop()
        self._workers = []
        self._jobs.stop()
        self._level_jobs.stop()
        self.camera.stop()
        self._upkeep.stop()
        self.desk.close()
        self.belt.stop()
        self._microphone.stop()
        self._voice.close()
        if self._panel is not None:
            self._panel.close()
        self.stop_flag.set()
        self.views.close()
        self.server.stop()
        for server in (self._lan_server, self._tls_server):
            if server is not None:
                server.stop()
        self.store.close()

    def _serve_network(self) -> None:
        """With [web] lan: the one-time links for phones, and encrypted the clinic's pages and the API."""
        host = link_host(self.config.web) if self.config.web.reports_only else None
        if host is None:
            return
        server = Server(self._web, self.config.web, self._crashed, (host, self.server.port), STRANGERS)
        try:
            self._lan_server = server.start()
        except WebError as error:  # the station's own screen goes on without it
            self._lan_problem = Phrase("No link to reports: {reason}", reason=str(error))
        if self._certificate is None:
            return
        secure = TlsServer(self._web, self._certificate, (host, self.config.web.tls_port), self._crashed)
        try:
            self._tls_server = secure.start()
        except WebError as error:
            self._lan_problem = Phrase("The clinic's pages are not in the network: {reason}", reason=str(error))

    def _certified(self) -> Certificate | None:
        """The station's certificate, where the clinic is in the network."""
        host = link_host(self.config.web) if self.config.web.reports_only and self.config.clinic.enabled else None
        if host is None:
            return None
        try:
            return certificate(data_folder(self.config.store), host)
        except WebError as error:
            self._lan_problem = Phrase("The clinic's pages are not in the network: {reason}", reason=str(error))
            return None

    def _station(self) -> Station:
        hear = self._microphone.levels if self.config.sound.enabled else None
        return Station(self.send, self.views, f"treadside {__version__} {self.finder.name}", hear, self._camera_facts, self._crashed)

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
        self.crash = (name, error)

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
            hear=self._microphone.levels if self.config.sound.enabled else None,
        )

    def _report(self, session_id: int, language: Language) -> str | None:
        """The page of a stored session, for the one-time link; None when it is not stored or cannot be read."""
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
            extra={"program": f"treadside {metadata.version('treadside')}"},
        )

    def _film(self, stop: Stop) -> None:
        """Camera -> newest frame; a lost camera is opened again and again, and the page says so."""
        while not stop.is_set and not self.camera.ended:
            try:
                frame = self.camera.read(0.5)
            except CameraError as error:
                self._camera_problem = error.sentence
                self._reopen(stop)
                continue
            if frame is not None:
                self.frames.publish(frame)
        self.frames.close()

    def _reopen(self, stop: Stop) -> None:
        while not stop.wait(RETRY_S):
            self.camera.stop()
            try:
                self.camera.start()
            except CameraError as error:
                self._camera_problem = error.sentence
                self._unit.camera_answered()
            else:
                self._camera_problem = ""
                return

    def _notice(self) -> str:
        """What the staff should know now, the worst first."""
        panel = self._panel.problem if self._panel is not None else ""
        return (
            self._camera_problem
            or self._off_problem
            or panel
            or self._voice.problem
            or self.belt.problem
            or self._microphone.problem
            or self.desk.problem
            or self._lan_problem
            or next(iter(self.camera.warnings), "")
        )

    def _work(self, stop: Stop) -> None:
        seen = 0
        while not stop.is_set:
            seen, frame = self.frames.newer(seen, FRAME_WAIT_S)
            presses = self._waiting()
            self.pipeline.notice, self.pipeline.fault = self._notice(), bool(self._camera_problem)
            if frame is not None:
                self._show(self.pipeline.step(frame, presses))
                self._unit.frame()
            else:
                self._show(self.pipeline.without_frame(monotonic_s(), presses))
                self._unit.no_frame()
                if self.frames.closed:  # then `newer` does not wait
                    stop.wait(FRAME_WAIT_S)
        self.pipeline.close()

    def _show(self, view: LiveView) -> None:
        """To all who show or say it; none of them makes the frames wait."""
        if view.state not in AFTER_RUN or self._is_news(view):
            self.views.publish(view)
            self._published_s = monotonic_s()
        self._voice.show(view)
        self._unit.status(f"{view.state} {self.pipeline.notice}")
        if self._panel is not None:
            self._panel.show(view)
        if view.state is not State.OFF:
            self._switching_off = None  # a problem of the last time stands until somebody tries again
        elif self._switching_off is None:
            self._switching_off = Worker("switch off", self._switch_off, self._crashed).start()

    def _is_news(self, view: LiveView) -> bool:
        """After the run nothing moves, and a summary is large: the same screen is sent a few times a second only."""
        last = self.views.peek()
        if last is None or last.summary is not view.summary or monotonic_s() - self._published_s >= QUIET_SCREEN_S:
            return True
        return (last.state, last.language, last.menu, last.notice) != (view.state, view.language, view.menu, view.notice)

    def _switch_off(self, stop: Stop) -> None:
        """Everything on the disk, then ask the system; it ends this program in good order. A refusal is said on the page."""
        self.store.flush(FLUSH_S)
        self._off_problem = shut_down(self.config.panel.shutdown_command)

    def _waiting(self) -> list[Press]:
        found: list[Press] = []
        while True:
            try:
                found.append(self._presses.get_nowait())
            except queue.Empty:
                return found
