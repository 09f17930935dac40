"""`kiosk record --service`: the recorder as a device without a screen. Two buttons, a lamp, a log.

It waits, records while somebody wants it to, and says by state, lamp and log how it is. Recording itself is in segments.py.
"""

import queue
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from kiosk.camera import Camera, CameraError, open_camera
from kiosk.config import CameraConfig, Config, recordings_folder
from kiosk.domain import Frame
from kiosk.notify import Watchdog, notify
from kiosk.panel import Panel, open_panel
from kiosk.panel.poweroff import shut_down
from kiosk.pose.movenet import MoveNet
from kiosk.recorder import RecorderState, view_of
from kiosk.recorder.segments import Finder, RecorderError, Segments, free_bytes
from kiosk.screen import Command, LiveView, Press
from kiosk.threads import FIRST, Latest, Stop, Worker, monotonic_s, offered
from kiosk.words import NOTHING

MOST_PRESSES = 32
"""Presses waiting at once; a person cannot press more between two frames."""
WAIT_S = 0.1
"""Longest wait for a frame or a press before the other things are looked at."""
RETRY_S = 2.0
"""Pause before a lost camera is opened again."""
END_S = 60.0
"""Longest wait for the last recording when the service ends."""


class RecorderService:
    """The service: `start`, then `send` presses, read `state`, `stop`. All may be called from any thread.

    Args:
        config: all settings; [recorder] folder and autostart matter most.
        told: takes a line for the log at every change of state.
        cameras: opens the camera that is configured.
        free: bytes that are free on the disk of a folder.
        finders: loads the network.
    """

    def __init__(
        self,
        config: Config,
        told: Callable[[str], None],
        *,
        cameras: Callable[[CameraConfig], Camera] = open_camera,
        free: Callable[[Path], int] = free_bytes,
        finders: Callable[[Config], Finder] = lambda config: MoveNet(config.pose, config.treadmill.zone),
    ) -> None:
        """Load the network; nothing runs before `start`.

        Raises:
            ModelError, CameraError: a part cannot be used; the message says what to do.
        """
        self.config = config
        self.folder = recordings_folder(config)
        self.views: Latest[LiveView] = Latest()
        self.frames: Latest[Frame] = Latest()
        """Pictures while it records, e.g. for a page in the local network; nothing is published when nobody records."""
        self.stop_flag = Stop()
        self.crash: tuple[str, Exception] | None = None
        self._told = told
        self._camera = cameras(config.camera)
        self._segments = Segments(config, self.folder, finders(config), told, free=free, on_crash=self._crashed)
        self._presses: queue.Queue[Press] = queue.Queue(MOST_PRESSES)
        self._state, self._since = RecorderState.IDLE, _now()
        self._problem: str = NOTHING
        self._wanted = config.recorder.autostart
        self._filming = False
        self._retry_s = float("-inf")
        self._begun_s: float | None = None
        self._frame_t_s: float | None = None
        self._recorded_s = 0.0
        self._panel: Panel | None = None
        self._watchdog = Watchdog()
        self._worker = Worker("recorder", self._run, self._crashed, FIRST)  # it asks the network

    def start(self) -> "RecorderService":
        """Mend what a cut of power left, then wait for presses (or record at once with [recorder] autostart).

        Raises:
            RecorderError: the folder cannot be used, or another process records there.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._segments.close()
            raise RecorderError(f"{self.folder}: cannot be used for recordings ({error.strerror}). Set [recorder] folder.") from None
        try:
            self._segments.recover()
        except RecorderError:
            self._segments.close()
            raise
        if self.config.panel.enabled:
            self._panel = open_panel(self.config.panel, self.send, monotonic_s)
            for problem in self._panel.problems:
                self._told(f"Note: {problem}")
        self._told(f"recorder: {self._state}, recordings go to {self.folder}")
        self._worker.start()
        notify("READY=1", f"STATUS={self._state}")
        return self

    def stop(self) -> None:
        """End in good order: the running segment is finished and stays."""
        notify("STOPPING=1")
        self.stop_flag.set()
        if self._worker.alive:
            self._worker.stop(END_S)
        if self._panel is not None:
            self._panel.close()
        self.frames.close()
        self.views.close()
        self._told("recorder: ended")

    def wait(self) -> None:
        """Wait until somebody stops it, or a part crashed (then its error is raised: systemd starts the service again)."""
        while not self.stop_flag.wait(0.25):
            if self.crash is not None:
                name, error = self.crash
                error.add_note(f"in the {name} thread")
                raise error

    def send(self, press: Press) -> bool:
        """Ask for something: START, STOP, TOGGLE, SHUTDOWN; others are ignored. False when too many wait."""
        return offered(self._presses, press)

    def state(self) -> Mapping[str, object]:
        """How it is, for the API: state, since (UTC), segment, seconds (of this recording), files, free_bytes, folder, problem."""
        return {
            "state": str(self._state),
            "since": self._since,
            "segment": self._segments.segment,
            "seconds": round(self._seconds, 1),
            "files": len(self._segments.files),
            "free_bytes": self._segments.free_bytes,
            "folder": str(self.folder),
            "problem": str(self._problem),
        }

    @property
    def _seconds(self) -> float:
        running_s = 0.0 if self._begun_s is None else monotonic_s() - self._begun_s
        return self._recorded_s + running_s

    def _crashed(self, name: str, error: Exception) -> None:
        self.crash = (name, error)

    def _run(self, stop: Stop) -> None:
        try:
            while not stop.is_set and not self.stop_flag.is_set:
                self._take_presses()
                if self._wanted:
                    self._record()
                else:
                    self._idle(stop)
                self._show()
                self._watchdog.alive()
        finally:
            self._stop_filming()
            self._segments.close()

    def _take_presses(self) -> None:
        while True:
            try:
                press = self._presses.get_nowait()
            except queue.Empty:
                return
            self._take(press)

    def _take(self, press: Press) -> None:
        if self._state is RecorderState.OFF:
            return
        if press is Command.TOGGLE:
            press = Command.STOP if self._wanted else Command.START
        if press is Command.START and not self._wanted:
            self._wanted, self._recorded_s = True, 0.0
        elif press is Command.STOP:
            self._end()
        elif press is Command.SHUTDOWN:
            self._switch_off()

    def _idle(self, stop: Stop) -> None:
        stop.wait(WAIT_S)
        self._segments.tell()
        self._look_at_disk()

    def _look_at_disk(self) -> bool:
        """True when there is room; else the recording ends in good order. A disk that does not answer is a fault."""
        try:
            full = self._segments.is_full
        except RecorderError as error:
            if self._wanted:
                self._change(RecorderState.FAULT, str(error))
            return False
        if full and self._wanted:
            self._end(RecorderState.FULL, self._segments.full_sentence)
        return not full

    def _record(self) -> None:
        """One frame, or one try to get the camera."""
        if not self._look_at_disk() or (not self._filming and not self._open()):
            self._segments.tell()
            self.stop_flag.wait(WAIT_S)
            return
        try:
            frame = self._camera.read(WAIT_S)
        except CameraError as error:
            self._lost(error)
            return
        if frame is not None:
            self._keep(frame)
        elif self._camera.ended:
            self._told("The source has ended.")
            self._end()

    def _keep(self, frame: Frame) -> None:
        self.frames.publish(frame)
        self._frame_t_s = frame.t_s
        self._segments.add(frame)
        if self._begun_s is None:
            self._begun_s = monotonic_s()
        if self._segments.problem:
            self._change(RecorderState.FAULT, self._segments.problem)
        else:
            self._change(RecorderState.RECORDING)

    def _open(self) -> bool:
        """Open the camera; after a failure again every RETRY_S."""
        if monotonic_s() - self._retry_s < RETRY_S:
            return False
        try:
            self._camera.start()
        except CameraError as error:
            self._lost(error)
            return False
        self._filming = True
        return True

    def _lost(self, error: CameraError) -> None:
        """The segment so far is kept; recording goes on in another one when the camera is back."""
        self._stop_filming()
        self._retry_s = monotonic_s()
        self._change(RecorderState.FAULT, error.sentence)

    def _stop_filming(self) -> None:
        self._segments.finish()
        if self._begun_s is not None:
            self._recorded_s, self._begun_s = self._seconds, None
        self._camera.stop()
        self._filming = False

    def _end(self, state: RecorderState = RecorderState.IDLE, problem: str = NOTHING) -> None:
        self._stop_filming()
        self._wanted, self._retry_s, self._frame_t_s = False, float("-inf"), None
        self._change(state, problem)

    def _switch_off(self) -> None:
        """Everything on the disk, then ask the system; it ends this program in good order. A refusal is said."""
        self._end(RecorderState.OFF)
        self._show()
        self._segments.settle()
        problem = shut_down(self.config.panel.shutdown_command)
        if problem:
            self._change(RecorderState.IDLE, problem)

    def _change(self, state: RecorderState, problem: str = NOTHING) -> None:
        if (state, problem) == (self._state, self._problem):
            return
        self._state, self._problem, self._since = state, problem, _now()
        self._told(f"recorder: {state}" + (f": {problem}" if problem else ""))
        notify(f"STATUS={state} {problem}".strip())

    def _show(self) -> None:
        view = view_of(self._state, self._problem, self._seconds, self.config, self._frame_t_s)
        self.views.publish(view)
        if self._panel is not None:
            self._panel.show(view)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
