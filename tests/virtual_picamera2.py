"""Real Picamera2 and libcamera on a machine without a camera: what is put in the place of the hardware, and nothing else.

    python3 virtual_picamera2.py run --config FILE     `kiosk run` with libcamera's virtual camera
    python3 -m pytest -p virtual_picamera2 ...         the tests that need Picamera2

Stand-ins, each because a machine without Raspberry Pi hardware has no such thing (docs/platforms.md):
* the modules pykms and pidng (screen output and raw files; Picamera2 imports them, the kiosk uses neither): empty;
* the buffers: memory files (memfd), because there is no /dev/dma_heap, and two planes a picture, which the virtual camera wants;
* the raw modes: the virtual camera has no raw stream, so its picture formats are given as a USB camera's are;
* the sensor's pace: the virtual camera fills a buffer as soon as it gets one, and shows each picture four times. So it gets four
  buffers a frame duration, the one that the kiosk asked for, and the three repeats go back before Picamera2 sees them; for that it
  gets four times the buffers. The time stamps are the virtual camera's own: the moment it filled the buffer.
Everything else is what runs on a Raspberry Pi: configure(), requests, jobs, threads, release(), stop(), close().
"""

import mmap
import os
import queue
import sys
import time
from types import ModuleType
from typing import Any

from kiosk.threads import Stop, Worker

REPEATS = 4
"""How often the virtual camera of libcamera 0.4.0 shows each picture (seen)."""
SLOW_NS = 1_000_000_000
"""A picture a second for whoever does not say how often: then it is seen that nobody said."""


def _empty_modules() -> None:
    for name, attributes in (
        ("pykms", ("PixelFormat", "Card", "ResourceManager", "DumbFramebuffer", "DmabufFramebuffer")),
        ("pidng", ()),
        ("pidng.camdefs", ("Picamera2Camera",)),
        ("pidng.core", ("PICAM2DNG",)),
    ):
        module = ModuleType(name)
        for attribute in attributes:
            setattr(module, attribute, _Anything(attribute, (), {}))
        sys.modules.setdefault(name, module)


class _Anything(type):
    """A class that has every attribute: pykms.PixelFormat is a table of names that Picamera2 reads while it is imported."""

    def __getattr__(cls, name: str) -> str:
        return name


_empty_modules()

import libcamera  # noqa: E402  (what Picamera2 imports must be there first)
import picamera2  # noqa: E402
import picamera2.picamera2 as inner  # noqa: E402
from picamera2.allocators.allocator import Allocator  # noqa: E402


class MappedFile:
    """A buffer's memory for as long as it is looked at; a `Sync` of Picamera2."""

    def __init__(self, allocator: Any, buffer: Any, write: bool) -> None:
        self._buffer = buffer
        self._map: mmap.mmap | None = None

    def __enter__(self) -> mmap.mmap:
        size = sum(plane.length for plane in self._buffer.planes)
        self._map = mmap.mmap(self._buffer.planes[0].fd, size)
        return self._map

    def __exit__(self, *error: object) -> None:
        if self._map is not None:
            self._map.close()


class MemoryFiles(Allocator):
    """Buffers in memory files: a plane of brightness and a plane of colours, one behind the other in one file."""

    def __init__(self) -> None:
        super().__init__()
        self.sync = MappedFile
        self._files: list[int] = []
        self._buffers: dict[Any, list[Any]] = {}

    def allocate(self, libcamera_config: Any, use_case: Any) -> None:
        self.close()
        for stream in libcamera_config:
            if str(stream.pixel_format) != "NV12":
                raise RuntimeError(f"the virtual camera gives NV12, not {stream.pixel_format}")
            plane = stream.stride * stream.size.height
            self._buffers[stream.stream] = [self._buffer((plane, plane // 2)) for _ in range(REPEATS * stream.buffer_count)]

    def _buffer(self, lengths: tuple[int, int]) -> Any:
        file = os.memfd_create("picture")
        self._files.append(file)
        os.ftruncate(file, sum(lengths))
        planes = []
        for offset, length in zip((0, lengths[0]), lengths, strict=True):
            plane = libcamera.FrameBuffer.Plane()
            plane.fd, plane.offset, plane.length = file, offset, length
            planes.append(plane)
        return libcamera.FrameBuffer(planes)

    def buffers(self, stream: Any) -> list[Any]:
        return self._buffers[stream]

    def close(self) -> None:
        for file in self._files:
            os.close(file)
        self._files, self._buffers = [], {}


class PacedCamera:
    """libcamera's camera, except that it gets the buffers of one picture a frame duration, as a sensor would fill one.

    A picture for which there are no buffers in time comes later and is counted in `late`; none is left out, and the ones after it
    come at their own times, so a clip keeps its speed.
    """

    def __init__(self, camera: Any) -> None:
        self._camera = camera
        self._empty: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._sensor: Worker | None = None
        self._period_ns = SLOW_NS
        self._runs = False
        self._filled = self.played = self.late = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._camera, name)

    def start(self, controls: Any) -> None:
        limits = controls.get(libcamera.controls.FrameDurationLimits)
        self._period_ns = 1000 * int(limits[0]) if limits else SLOW_NS
        self._camera.start(controls)
        self._runs = True
        self._sensor = Worker("sensor", self._fill, _crashed).start()

    def stop(self) -> None:
        self._runs = False
        if self._sensor is not None:
            self._sensor.stop()
        self._empty = queue.SimpleQueue()
        self._camera.stop()
        print(f"virtual camera: {self.played} pictures, {self.late} of them late", file=sys.stderr, flush=True)

    def queue_request(self, request: Any) -> None:
        if self._runs:
            self._empty.put(request)

    def is_new(self, request: Any) -> bool:
        """A filled buffer is a picture and no repeat; a repeat goes back to be filled."""
        self._filled += 1
        if self._filled % REPEATS == 1:
            return True
        request.reuse()
        self.queue_request(request)
        return False

    def _fill(self, stop: Stop) -> None:
        due_ns = time.monotonic_ns()
        while not stop.wait(max(0.0, (due_ns - time.monotonic_ns()) / 1e9)):
            for _ in range(REPEATS):
                if (request := self._next(stop)) is None:
                    return
                self._camera.queue_request(request)
            self.played += 1
            self.late += time.monotonic_ns() > due_ns + self._period_ns
            due_ns += self._period_ns

    def _next(self, stop: Stop) -> Any:
        """A buffer to fill; None when the camera is stopped."""
        while not stop.is_set:
            try:
                return self._empty.get(timeout=self._period_ns / 1e9)
            except queue.Empty:
                continue
        return None


def _crashed(name: str, error: Exception) -> None:
    print(f"{name}: {error!r}", file=sys.stderr)
    os._exit(70)  # a test with a broken sensor must not look like one that passed


class WithoutRepeats:
    """libcamera's manager of cameras, which hands out the filled buffers."""

    def __init__(self, manager: Any, cameras: dict[int, Any]) -> None:
        self._manager = manager
        self._cameras = cameras

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)

    def get_ready_requests(self) -> list[Any]:
        complete = libcamera.Request.Status.Complete
        ready = self._manager.get_ready_requests()
        return [one for one in ready if one.status != complete or self._cameras[one.cookie].camera.is_new(one)]


class Manager(inner.CameraManager):  # type: ignore[misc]
    """Picamera2's list of open cameras."""

    @property
    def cms(self) -> WithoutRepeats:
        return WithoutRepeats(super().cms, self.cameras)


class VirtualPicamera2(inner.Picamera2):  # type: ignore[misc]
    """Picamera2 with the virtual camera."""

    _cm = Manager()

    def _grab_camera(self, index: Any) -> PacedCamera:
        return PacedCamera(super()._grab_camera(index))

    def _get_raw_modes(self) -> list[dict[str, Any]]:
        first = self.camera.generate_configuration([libcamera.StreamRole.VideoRecording]).at(0)
        return [{"format": str(first.pixel_format), "size": (first.size.width, first.size.height)}]

    @property
    def sensor_modes(self) -> list[dict[str, Any]]:
        """As Picamera2 lists a camera that is not raw: formats only."""
        return [{"format": mode["format"]} for mode in self._raw_modes]


def install() -> None:
    """From now on `from picamera2 import Picamera2` gives the virtual one; it closes with memory files as well."""
    inner.DmaAllocator = MemoryFiles
    inner.Picamera2._cm = VirtualPicamera2._cm
    picamera2.Picamera2 = VirtualPicamera2


def pytest_configure(config: Any) -> None:
    """As a plugin of pytest."""
    install()


if __name__ == "__main__":
    from kiosk.__main__ import main

    install()
    main(prog_name="kiosk")
