"""Where the parts meet. No other module knows them all."""

import queue
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata

from kiosk.camera import CameraError, open_camera
from kiosk.config import Config, data_folder
from kiosk.domain import Frame, SessionInfo, View
from kiosk.gait.analysis import Analysis
from kiosk.panel import Panel, open_panel
from kiosk.pipeline import Parts, Pipeline
from kiosk.pose.movenet import MoveNet
from kiosk.screen import Command, LiveView
from kiosk.store import SessionStore
from kiosk.threads import Background, Latest, Stop, Worker, monotonic_s
from kiosk.web import create_app
from kiosk.web.server import Server

MOST_COMMANDS = 32
"""Commands waiting at once; a person cannot press more between two frames."""
FRAME_WAIT_S = 0.1
"""Longest wait for a frame before commands and the clock are looked at."""
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
        self._commands: queue.Queue[Command] = queue.Queue(MOST_COMMANDS)
        self.finder = MoveNet(config.pose, config.treadmill.zone)
        self.camera = open_camera(config.camera)
        self.store = SessionStore.open(data_folder(config.store))
        self._jobs: Background[Analysis] = Background("gait", self._crashed)
        parts = Parts(self.finder, self.store, self._jobs, self._describe, str(self.store.path))
        self.pipeline = Pipeline(parts, config)
        web = create_app(self.views, self.frames, self.send, config.web, self.stop_flag)
        self.server = Server(web, config.web, self._crashed)
        self._panel: Panel | None = None
        self._workers: list[Worker] = []

    def start(self) -> "App":
        """Serve the page, then open the camera and run."""
        try:
            self.server.start()
            self.camera.start()
        except OSError:
            self.stop()
            raise
        if self.config.panel.enabled:
            self._panel = open_panel(self.config.panel, self.send, monotonic_s)
            self._tell()
        self._workers = [
            Worker("camera", self._film, self._crashed).start(),
            Worker("pipeline", self._work, self._crashed).start(),
        ]
        return self

    def stop(self) -> None:
        """End everything in the order of the data; a running session is closed and stored."""
        for worker in self._workers:
            worker.stop()
        self._workers = []
        self._jobs.stop()
        self.camera.stop()
        if self._panel is not None:
            self._panel.close()
        self.stop_flag.set()
        self.views.close()
        self.server.stop()
        self.store.close()

    def send(self, command: Command) -> bool:
        """Put a command on the one queue; False when it is full."""
        try:
            self._commands.put_nowait(command)
        except queue.Full:
            return False
        return True

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

    def _describe(self, view: View | None) -> SessionInfo:
        return SessionInfo(
            started_utc=datetime.now(UTC).isoformat(timespec="seconds"),
            view=view,
            speed_kmh=self.config.treadmill.speed_kmh,
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
                self._tell(str(error))
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
                self._tell(str(error))
            else:
                self._tell()
                return

    def _tell(self, camera_problem: str = "") -> None:
        """What the staff should know now: the camera first, then the panel."""
        panel = self._panel.problem if self._panel is not None else ""
        self.pipeline.notice = camera_problem or panel or " ".join(self.camera.warnings)

    def _work(self, stop: Stop) -> None:
        seen = 0
        while not stop.is_set:
            seen, frame = self.frames.newer(seen, FRAME_WAIT_S)
            commands = self._waiting()
            if frame is not None:
                self.views.publish(self.pipeline.step(frame, commands))
            else:
                self.views.publish(self.pipeline.without_frame(monotonic_s(), commands))
                if self.frames.closed:  # then `newer` does not wait
                    stop.wait(FRAME_WAIT_S)
        self.pipeline.close()

    def _waiting(self) -> list[Command]:
        found = []
        while True:
            try:
                found.append(self._commands.get_nowait())
            except queue.Empty:
                return found
