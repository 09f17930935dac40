"""Real Picamera2 and libcamera on a machine without a camera: what is put in the place of the hardware, and nothing else.

    python3 virtual_picamera2.py run --config FILE     `kiosk run` with libcamera's virtual camera
    python3 -m pytest -p virtual_picamera2 ...         the tests that need Picamera2

Stand-ins, each because a machine without Raspberry Pi hardware has no such thing (docs/platforms.md):
* the modules pykms and pidng (screen output and raw files; Picamera2 imports them, the kiosk uses neither): empty;
* the buffers: memory files (memfd), because there is no /dev/dma_heap, and two planes a picture, which the virtual camera wants;
* the raw modes: the virtual camera has no raw stream, so its picture formats are given as a USB camera's are;
* the sensor's pace: the virtual camera fills a buffer as soon as it gets one. So buffers are handed to it one a frame duration, the
  one that the kiosk asked for. Its time stamps are its own, the moment it filled the buffer.
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

FASTEST_FIRST_NS = 1_000_000_000
"""Pace until the camera is told its own, once a second: nothing asks for frames without saying how often."""


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
            self._buffers[stream.stream] = [self._buffer((plane, plane // 2)) for _ in range(stream.buffer_count)]

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
    """libcamera's camera, except that it gets a buffer to fill once a frame duration, as a sensor would fill one.

    A picture that has no buffer at its time comes with the next buffer and is counted in `late`: pictures are never left out, so a
    clip is then played a little more slowly than it says.
    """

    def __init__(self, camera: Any) -> None:
        self._camera = camera
        self._empty: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._sensor: Worker | None = None
        self._period_ns = FASTEST_FIRST_NS
        self.played = self.late = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._camera, name)

    def start(self, controls: Any) -> None:
        limits = controls.get(libcamera.controls.FrameDurationLimits)
        self._period_ns = 1000 * int(limits[0]) if limits else FASTEST_FIRST_NS
        self._camera.start(controls)
        self._sensor = Worker("sensor", self._fill, _crashed).start()

    def stop(self) -> None:
        if self._sensor is not None:
            self._sensor.stop()
        self._empty = queue.SimpleQueue()
        self._camera.stop()
        print(f"virtual camera: {self.played} pictures, {self.late} late", file=sys.stderr, flush=True)

    def queue_request(self, request: Any) -> None:
        self._empty.put(request)

    def _fill(self, stop: Stop) -> None:
        due_ns = time.monotonic_ns()
        while not stop.wait(max(0.0, (due_ns - time.monotonic_ns()) / 1e9)):
            try:
                self._camera.queue_request(self._empty.get(timeout=self._period_ns / 4e9))
            except queue.Empty:
                self.late += 1
            else:
                self.played += 1
            due_ns += self._period_ns


def _crashed(name: str, error: Exception) -> None:
    print(f"{name}: {error!r}", file=sys.stderr)
    os._exit(70)  # a test with a broken sensor must not look like one that passed


class VirtualPicamera2(inner.Picamera2):  # type: ignore[misc]
    """Picamera2 with the virtual camera."""

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
    picamera2.Picamera2 = VirtualPicamera2


def pytest_configure(config: Any) -> None:
    """As a plugin of pytest."""
    install()


if __name__ == "__main__":
    from kiosk.__main__ import main

    install()
    main(prog_name="kiosk")
