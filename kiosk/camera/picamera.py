"""The Raspberry Pi camera, through Picamera2.

What must not go in: an import of picamera2 or libcamera at the top; they exist only on a Pi, and importing them opens
devices.
"""

from collections.abc import Mapping
from concurrent.futures import CancelledError
from types import TracebackType
from typing import Any, Self

from kiosk.camera import CameraError, CameraLostError
from kiosk.camera.pi_settings import advertised_controls, full_field_mode, short_tuning
from kiosk.camera.pi_stream import FORMATS, WANTED, PiStream, stream_of
from kiosk.config import CameraConfig
from kiosk.domain import Frame
from kiosk.threads import monotonic_s
from kiosk.words import Phrase

BUFFERS = 4
"""One with us, one in the sensor, two on the way: PLATFORM.md 2 saw two stall and says 4 to 6."""

STALL_S = 5.0
"""Our choice: a camera that starts gives its first frame within a second or two, so 5 s without one is a lost camera."""

FLUSH_S = 0.5
"""Our choice: how long `stop` waits for a capture that was finished while it was being cancelled."""

LOOK = Phrase("Check the ribbon cable (power off first) and run: rpicam-hello --list-cameras")

NOT_CLOSED = Phrase("{camera}: did not close cleanly ({error}). If it cannot be opened again, restart the kiosk.")
BUSY = Phrase(
    "{camera}: cannot be opened, most likely because another program has it ({error}). Stop that program"
    " (is the kiosk already running? systemctl status 'kiosk*') and try again."
)
WRONG_FORMAT = Phrase(
    "{camera}: gives {given} where {asked} was asked for, which the kiosk cannot use (it can use {usable})."
    " Use a Raspberry Pi camera on the ribbon cable."
)
NO_PICTURE = Phrase("{camera}: gave no picture of {given} ({error}). Restart the kiosk; if it stays so, use another camera.")
OTHER_SIZE = Phrase("{camera}: gives pictures of {given} pixels where {asked} was asked for.")
STALLED = Phrase("{camera}: gave no frame for {waited_s:.1f} s; it was unplugged or hangs. {look}")
NO_STAMPS = Phrase("{camera}: gives frames without SensorTimestamp, so nothing can be timed. Use a Raspberry Pi camera.")


class PiCamera:
    """A camera on the ribbon cable; `t_s` is the sensor's own time stamp, the start of the frame's first line.

    Args:
        picamera2_class: stands in for Picamera2, e.g. `FakePicamera2`; None imports the real one in `start`.
        stall_s: seconds without a frame after which the camera counts as lost.
    """

    def __init__(self, config: CameraConfig, picamera2_class: Any = None, stall_s: float = STALL_S) -> None:
        self._config = config
        self._class = picamera2_class
        self._stall_s = stall_s
        self._camera: Any = None
        self._job: Any = None
        self._ended = False
        self._model = ""
        self._waited_s = 0.0
        self._last_s = float("-inf")
        self._stream: PiStream | None = None
        self._warnings: list[str] = []

    @property
    def name(self) -> str:
        """Which camera, with its sensor once it is open."""
        return f"camera {self._config.index}" + (f" ({self._model})" if self._model else "")

    @property
    def ended(self) -> bool:
        """True after `stop` only: a camera does not end by itself."""
        return self._ended

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the camera gives in place of what was asked for."""
        return tuple(self._warnings)

    @property
    def stream(self) -> PiStream | None:
        """Format, size and line length the camera really gives; None before `start`. Stays after `stop`."""
        return self._stream

    def start(self) -> None:
        """Open, configure and run the camera.

        Raises:
            CameraError: no Picamera2, no such camera, it is in use, or it cannot give our format.
        """
        if self._camera is not None:
            return
        self._class = self._class or _picamera2_class()
        self._model = _find_model(self._class, self._config.index)
        self._warnings = []
        tuning = short_tuning(self._class, self._model, self._config.shutter_us)
        self._camera = self._open(tuning)
        self._ended, self._waited_s = False, 0.0
        try:
            self._configure(tuning is not None)
            self._camera.start()
        except RuntimeError as error:
            self.stop()
            raise CameraLostError(
                Phrase("{camera}: cannot be started ({error}). {look}", camera=self.name, error=str(error), look=LOOK)
            ) from error
        except BaseException:
            self.stop()
            raise

    def read(self, timeout_s: float) -> Frame | None:
        """The next frame of the sensor; None when none came within `timeout_s` seconds.

        Raises:
            CameraError: no frame for `stall_s` seconds of waiting.
        """
        if self._camera is None:
            if self._ended:
                return None
            raise RuntimeError("read() before start(): start the camera first.")
        end_s = monotonic_s() + timeout_s
        while (request := self._capture(max(0.0, end_s - monotonic_s()))) is not None:
            frame = self._frame(request)
            if frame.t_s > self._last_s:
                self._last_s = frame.t_s
                return frame
        return None

    def stop(self) -> None:
        """Let go of the camera, so that another program can have it."""
        self._ended = True
        camera, self._camera = self._camera, None
        if camera is None:
            return
        try:
            self._drop_job(camera)
            camera.close()  # stops it too
        except RuntimeError as error:
            self._warnings.append(NOT_CLOSED.filled(camera=self.name, error=str(error)))

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    def _open(self, tuning: Mapping[str, Any] | None) -> Any:
        try:
            return self._class(self._config.index, tuning=tuning)
        except (RuntimeError, IndexError) as error:
            raise CameraLostError(BUSY.filled(camera=self.name, error=str(error))) from error

    def _configure(self, tuned: bool) -> None:
        config, camera = self._config, self._camera
        sensor = full_field_mode(camera.sensor_modes, config)
        camera.configure(
            camera.create_video_configuration(
                main={"size": (config.width, config.height), "format": WANTED},
                controls=advertised_controls(camera.camera_controls, config, tuned),
                buffer_count=BUFFERS,
                queue=False,
                sensor=sensor,
            )
        )
        self._check_stream(stream_of(camera.camera_configuration()["main"]))

    def _check_stream(self, stream: PiStream) -> None:
        """Picamera2 silently gives another format or size when the camera cannot do what was asked.

        Another format that can be converted is no warning: the pictures are the same.
        """
        given = f"{stream.format} {stream.size}"
        if not stream.usable:
            usable = ", ".join(FORMATS)
            raise CameraError(WRONG_FORMAT.filled(camera=self.name, given=given, asked=WANTED, usable=usable))
        self._stream = stream
        asked = f"{self._config.width}x{self._config.height}"
        if stream.size != asked:
            self._warnings.append(OTHER_SIZE.filled(camera=self.name, given=stream.size, asked=asked))

    def _capture(self, timeout_s: float) -> Any:
        """The next request or None.

        A capture whose wait times out stays in Picamera2's queue, takes a buffer when a frame comes, and nobody would
        release it. So the capture itself is kept over time-outs and waited for again.
        """
        began_s = monotonic_s()
        if self._job is None:
            self._job = self._camera.capture_request(wait=False)
        try:
            request = self._job.get_result(timeout=timeout_s)
        except TimeoutError:
            self._count_stall(monotonic_s() - began_s)
            return None
        self._job, self._waited_s = None, 0.0
        return request

    def _count_stall(self, waited_s: float) -> None:
        self._waited_s += waited_s
        if self._waited_s >= self._stall_s:
            raise CameraLostError(STALLED.filled(camera=self.name, waited_s=self._waited_s, look=LOOK))

    def _frame(self, request: Any) -> Frame:
        """Copy the picture and its time out of a request, and give the buffer back."""
        assert self._stream is not None  # it is set before the camera runs
        try:
            array = request.make_array("main")
            told = request.get_metadata()
        finally:
            request.release()
        if (stamp_ns := told.get("SensorTimestamp")) is None:
            raise CameraError(NO_STAMPS.filled(camera=self.name))
        try:
            return Frame(stamp_ns / 1e9, self._stream.bgr(array), told.get("ExposureTime"))
        except ValueError as error:
            raise CameraLostError(NO_PICTURE.filled(camera=self.name, given=self._stream.size, error=str(error))) from error

    def _drop_job(self, camera: Any) -> None:
        """A capture in the queue would make Picamera2's stop() wait for a frame that may never come."""
        job, self._job = self._job, None
        if job is None:
            return
        camera.cancel_all_and_flush()
        try:
            job.get_result(timeout=FLUSH_S).release()
        except (CancelledError, TimeoutError):
            return


def _find_model(picamera2_class: Any, index: int) -> str:
    """The sensor's name, e.g. "imx708"."""
    infos = picamera2_class.global_camera_info()
    if not infos:
        raise CameraLostError(Phrase("No camera found. {look}", look=LOOK))
    if index >= len(infos):
        found = ", ".join(f"{number} ({info.get('Model', '?')})" for number, info in enumerate(infos))
        raise CameraLostError(Phrase("[camera] index = {index}: no such camera. Found: {found}.", index=index, found=found))
    return str(infos[index].get("Model", "unknown"))


def _picamera2_class() -> Any:
    try:
        from picamera2 import Picamera2
    except ImportError as error:
        if (error.name or "").startswith("kiosk"):
            raise
        raise CameraError(
            f"Picamera2 cannot be imported ({error}). On a Raspberry Pi: sudo apt install python3-picamera2, and make the venv"
            " with --system-site-packages (setup.sh install does both). Elsewhere use [camera] kind = video or synthetic."
        ) from error
    except ValueError as error:  # "numpy.dtype size changed": apt's simplejpeg with pip's numpy
        raise CameraError(
            f"Picamera2 does not fit the numpy of this venv ({error}). Run setup.sh install again: it keeps apt's numpy."
        ) from error
    return Picamera2
