"""The camera's own thread: camera -> newest frame. A camera that is lost is closed and opened again until it is back.

Only this thread touches the camera, from its first opening to its last closing: a library that hangs holds up nobody else. What must
not go in: what a frame shows, the library of any one camera.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kiosk.camera import Camera, CameraError, CameraLostError
from kiosk.domain import Frame
from kiosk.threads import Latest, Stop, Worker, monotonic_s
from kiosk.words import NOTHING, Phrase

LOG = logging.getLogger(__name__)
READ_S = 0.5
"""Longest wait for a frame before the thread looks whether it should end."""
RETRY_S = 2.0
"""Pause before a lost camera is opened again."""
HUNG_S = 10.0
"""A call of the camera's library that takes longer never comes back (our choice: opening a camera takes a second or two)."""
STOP_S = 5.0
"""Longest wait for the library when the station ends (our choice)."""
HANGS = Phrase("{camera} hangs: its library has not answered for {seconds:.0f} s. The station starts again by itself.")


class CameraHungError(CameraError):
    """The library does not come back: only a new process can have the camera again."""


class Filming:
    """One camera and the newest of its frames."""

    def __init__(
        self,
        camera: Camera,
        frames: Latest[Frame],
        answered: Callable[[], None] = lambda: None,
        saw: Callable[[Frame], None] = lambda frame: None,
    ) -> None:
        """`answered` is called when an attempt to open the camera ended: it cannot be had now, but its library does not hang.

        `saw` is told of every frame, on the camera's thread: it must return before the next one.
        """
        self.problem: Phrase = NOTHING
        """A sentence while there is no camera; NOTHING from the first frame on."""
        self._camera, self._frames, self._answered, self._saw = camera, frames, answered, saw
        self._open = False
        self._opened: Latest[CameraError | None] = Latest()
        """One value: how the first opening went."""
        self._inside_s: float | None = None
        """Since when the library has been busy with a call."""
        self._worker: Worker | None = None

    def start(self, worker: Worker) -> "Filming":
        """Open the camera and film on this worker, whose target is `run`. A camera that is not there yet is waited for.

        Raises:
            CameraError: it can never be opened as the settings say; waiting would not help.
        """
        self._worker = worker.start()
        version, error = self._opened.newer(0, HUNG_S)
        if error is not None:
            self._worker.stop()
            raise error
        if not version and self._worker.alive:
            raise self.hung()
        return self

    @property
    def is_hung(self) -> bool:
        """The library has not come back from a call for HUNG_S."""
        since_s = self._inside_s
        return since_s is not None and monotonic_s() - since_s > HUNG_S

    def hung(self) -> CameraHungError:
        """What to end the process with."""
        return CameraHungError(HANGS.filled(camera=self._camera.name, seconds=HUNG_S))

    def stop(self) -> bool:
        """Let go of the camera; False when its library hangs."""
        return self._worker is None or self._worker.stop(0.0 if self.is_hung else STOP_S)

    def run(self, stop: Stop) -> None:
        """Film until the clip ends or somebody asks to stop."""
        try:
            wanted = self._first()
            while wanted and not stop.is_set and not (self._open and self._camera.ended):
                self._step(stop)
        finally:
            self._opened.close()
            with self._inside():
                self._camera.stop()
            self._frames.close()

    def _first(self) -> bool:
        """Open the camera for the first time; False when it never can be."""
        try:
            with self._inside():
                self._camera.start()
        except CameraLostError as error:
            self._lose(error)
            self._answered()
        except CameraError as error:
            self._opened.publish(error)
            return False
        else:
            self._open = True
        self._opened.publish(None)
        return True

    def _step(self, stop: Stop) -> None:
        """One frame, or after a pause one more try to have the camera."""
        if not self._open:
            self._reopen(stop)
            return
        try:
            with self._inside():
                frame = self._camera.read(READ_S)
        except CameraError as error:
            self._lose(error)
            return
        if frame is not None:
            self._saw(frame)  # first: what the network shall look at is the most urgent
            self._frames.publish(frame)
            self._see()

    def _reopen(self, stop: Stop) -> None:
        with self._inside():
            self._camera.stop()  # what is left of it
        if stop.wait(RETRY_S):
            return
        try:
            with self._inside():
                self._camera.start()
        except CameraError as error:
            self._lose(error)
            self._answered()
        else:
            self._open = True

    def _lose(self, error: CameraError) -> None:
        self._open = False
        if error.sentence.pattern != self.problem.pattern:  # once a change, not at every try
            LOG.warning("the camera is lost: %s", error)
        self.problem = error.sentence

    def _see(self) -> None:
        """A frame came: only now a camera that was opened again is back."""
        if self.problem:
            LOG.info("the camera is back")
            self.problem = NOTHING

    @contextmanager
    def _inside(self) -> Iterator[None]:
        """The library is called."""
        self._inside_s = monotonic_s()
        try:
            yield
        finally:
            self._inside_s = None
