"""A stand-in for Picamera2 that breaks where the real one breaks, for people without a Raspberry Pi.

The rules were read in Picamera2 0.3.38 (picamera2.py, request.py, job.py, controls.py); where it would wait for ever
the fake raises. A test sets the class attributes in a subclass, as the kiosk calls the constructor itself. What must
not go in: anything the real class does not have, except those attributes and the counters that tests read.
"""

from collections.abc import Mapping
from concurrent.futures import CancelledError
from typing import Any, ClassVar

import cv2
import numpy as np

from kiosk.domain import ImageBgr
from kiosk.threads import Stop, monotonic_s

Picture = np.ndarray[Any, Any]

LEFT_BGR, RIGHT_BGR = (255, 0, 0), (0, 0, 255)
"""The scene: blue on the left, red on the right, so that a swap of colours is seen."""

_SENSOR_MODES: tuple[dict[str, Any], ...] = (
    # imx708 as Picamera2 lists it: the fast mode is a crop, the middle one the full field, the large one too slow
    {"size": (1536, 864), "bit_depth": 10, "fps": 120.13, "crop_limits": (768, 432, 3072, 1728)},
    {"size": (2304, 1296), "bit_depth": 10, "fps": 56.03, "crop_limits": (0, 0, 4608, 2592)},
    {"size": (4608, 2592), "bit_depth": 10, "fps": 14.35, "crop_limits": (0, 0, 4608, 2592)},
)

_TUNING: dict[str, Any] = {
    "version": 2.0,
    "algorithms": [
        {"rpi.black_level": {}},
        {"rpi.agc": {"channels": [{"exposure_modes": {"short": {"shutter": [100, 5000, 60000], "gain": [1.0, 2.0, 16.0]}}}]}},
    ],
}


class FakeRequest:
    """A completed request: read it, then release it exactly once."""

    def __init__(self, camera: "FakePicamera2", number: int, timestamp_ns: int) -> None:
        self._camera = camera
        self._number = number
        self._metadata: dict[str, Any] = {"SensorTimestamp": timestamp_ns, "ExposureTime": 2000, "AnalogueGain": 1.5}
        self._released = False

    def make_array(self, name: str) -> Picture:
        """A copy of the stream: RGB888 is blue, green, red without padding, NV12 is cut too; YUV420 keeps its padding."""
        self._check()
        if name != "main":
            raise RuntimeError(f"Stream {name!r} is not defined")
        return self._camera.picture(self._number)

    def get_metadata(self) -> dict[str, Any]:
        """SensorTimestamp in nanoseconds among others."""
        self._check()
        return {k: v for k, v in self._metadata.items() if k not in self._camera.missing_metadata}

    def release(self) -> None:
        """Give the buffer back."""
        if self._released:
            raise RuntimeError("CompletedRequest: lock now has negative ref_count")
        self._released = True
        self._camera.outstanding -= 1

    def _check(self) -> None:
        if self._released or not self._camera.is_open:
            raise AssertionError("the request was released or its camera closed")


class FakeJob:
    """A capture that may finish later; a wait that times out leaves it in the queue, where it takes the next frame."""

    def __init__(self, camera: "FakePicamera2") -> None:
        self._camera = camera
        self.result: FakeRequest | None = None
        self.cancelled = False

    def get_result(self, timeout: float | None = None) -> FakeRequest:
        """The request; TimeoutError when none came within `timeout` seconds."""
        if self.cancelled:
            raise CancelledError
        if self.result is None:
            self._camera.run(self, timeout)
        if self.result is None:
            raise TimeoutError
        return self.result


class FakePicamera2:
    """The part of Picamera2 that the kiosk uses."""

    cameras: tuple[Mapping[str, Any], ...] = ({"Model": "imx708", "Location": 2, "Rotation": 180, "Id": "/base/i2c@1/imx708@1a", "Num": 0},)
    """What is plugged in."""
    busy = False
    """True: another program has the camera."""
    delivered_format = ""
    """Format that configure() silently gives in place of the one asked for; "" gives what was asked."""
    delivered_size: tuple[int, int] | None = None
    """Size that configure() silently gives in place of the one asked for."""
    tunings: Mapping[str, Mapping[str, Any]] = {"imx708.json": _TUNING}
    """Tuning files by name."""
    controls_advertised: tuple[str, ...] = ("FrameDurationLimits", "AeEnable", "AeExposureMode", "ExposureTime", "AnalogueGain")
    modes: tuple[Mapping[str, Any], ...] = _SENSOR_MODES
    """What `sensor_modes` lists."""
    missing_metadata: tuple[str, ...] = ()
    """Keys that frames do not carry."""
    stretches_ns: Mapping[int, int] = {}
    """Frame number -> nanoseconds added to its distance from the frame before; negative turns time back."""
    unplugged_after: int | None = None
    """The cable falls out after this many frames."""
    padding = 32
    """Bytes at the end of each line in memory."""
    opened: ClassVar[list[Any]] = []
    """Every camera this class has opened, newest last; a test gives its subclass a list of its own."""

    def __init__(self, camera_num: int = 0, tuning: Mapping[str, Any] | None = None) -> None:
        self.is_open = self.started = False
        if camera_num >= len(self.cameras):
            raise RuntimeError(f"No camera number {camera_num} found")
        if self.busy:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self.tuning = tuning
        self.is_open = True
        self.outstanding = 0
        self.config: dict[str, Any] = {}
        self.jobs: list[FakeJob] = []
        self._frames = 0
        self._timestamp_ns = 0
        self._due_s = 0.0
        self.opened.append(self)

    @classmethod
    def global_camera_info(cls) -> list[dict[str, Any]]:
        """One dict per camera, without opening any."""
        return [dict(camera) for camera in cls.cameras]

    @classmethod
    def load_tuning_file(cls, tuning_file: str) -> dict[str, Any]:
        """The tuning of a sensor; RuntimeError when there is none."""
        if tuning_file not in cls.tunings:
            raise RuntimeError("Tuning file not found")
        return dict(cls.tunings[tuning_file])

    @staticmethod
    def find_tuning_algo(tuning: Mapping[str, Any], name: str) -> dict[str, Any]:
        """The settings of one algorithm, inside the given tuning."""
        found: dict[str, Any] = next(algorithm for algorithm in tuning["algorithms"] if name in algorithm)[name]
        return found

    @property
    def camera_controls(self) -> dict[str, tuple[Any, Any, Any]]:
        """Control -> (smallest, largest, default); empty when closed."""
        return dict.fromkeys(self.controls_advertised, (0, 1_000_000, 0)) if self.is_open else {}

    @property
    def sensor_modes(self) -> list[dict[str, Any]]:
        """The sensor's modes; asking reconfigures the camera, so it must not run."""
        self._check_configurable()
        return [dict(mode) for mode in self.modes]

    def create_video_configuration(
        self,
        main: Mapping[str, Any] | None = None,
        controls: Mapping[str, Any] | None = None,
        buffer_count: int = 6,
        queue: bool = True,
        sensor: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """A configuration; odd sizes are made even."""
        stream = {"format": "XBGR8888", "size": (1280, 720)} | dict(main or {})
        stream["size"] = tuple(n - n % 2 for n in stream["size"])
        limits = {"FrameDurationLimits": (33333, 33333)} | dict(controls or {})
        return {"main": stream, "controls": limits, "buffer_count": buffer_count, "queue": queue, "sensor": dict(sensor or {})}

    def configure(self, config: Mapping[str, Any]) -> None:
        """Take a configuration, silently adjusted to what the camera can do."""
        self._check_configurable()
        for control in config["controls"]:
            if control not in self.controls_advertised:
                raise RuntimeError(f"Control {control} is not advertised by libcamera")
        size = self.delivered_size or config["main"]["size"]
        stream_format = self.delivered_format or config["main"]["format"]
        stride = size[0] * (3 if stream_format == "RGB888" else 1) + self.padding
        self.config = dict(config) | {"main": {"format": stream_format, "size": size, "stride": stride}}

    def camera_configuration(self) -> dict[str, Any]:
        """What configure() really set."""
        return self.config

    def start(self) -> None:
        """Run."""
        if not self.config:
            raise RuntimeError("Camera has not been configured")
        self.started = True
        self._timestamp_ns = round(monotonic_s() * 1e9)
        self._due_s = (self._timestamp_ns + self._period_ns()) / 1e9

    def stop(self) -> None:
        """Stop; raises where the real one would wait for ever behind a capture that no frame comes for."""
        if not self.started:
            return
        if self.jobs and not self._can_deliver():
            raise RuntimeError("stop() would wait for ever behind a capture: call cancel_all_and_flush() first")
        if self.jobs:
            self._deliver()
        self.started = False

    def close(self) -> None:
        """Let go of the camera."""
        if self.is_open:
            self.stop()
        self.is_open = False

    def cancel_all_and_flush(self) -> None:
        """Forget the captures that wait for a frame."""
        for job in self.jobs:
            job.cancelled = True
        self.jobs = []

    def capture_request(self, wait: bool | float | None = None) -> Any:
        """The next request; a job when `wait` is False (or 0). A number is a timeout in seconds."""
        if not self.is_open:
            raise RuntimeError("Camera not opened")
        job = FakeJob(self)
        self.jobs.append(job)
        if wait is None or wait is True:
            return job.get_result(None)
        return job.get_result(wait) if wait else job

    def run(self, job: FakeJob, timeout: float | None) -> None:
        """Deliver frames to the waiting captures, oldest first, until `job` has its own or the time is over."""
        end_s = monotonic_s() + (1e9 if timeout is None else timeout)
        while job.result is None and self._can_deliver() and self._due_s <= end_s:
            Stop().wait(max(0.0, self._due_s - monotonic_s()))
            self._deliver()
        if job.result is None:
            if timeout is None:
                raise RuntimeError("capture_request() would wait for ever: no frame will come")
            Stop().wait(max(0.0, end_s - monotonic_s()))

    def picture(self, number: int) -> Picture:
        """What the sensor sees at a frame, as the configured format lies in memory after make_array."""
        stream = self.config["main"]
        width, height = stream["size"]
        scene: ImageBgr = np.empty((height, width, 3), np.uint8)
        scene[:, : width // 2], scene[:, width // 2 :] = LEFT_BGR, RIGHT_BGR
        if stream["format"] == "RGB888":
            return scene
        if stream["format"] not in ("NV12", "YUV420"):
            return np.full((height, stream["stride"]), number % 256, np.uint8)
        planar = cv2.cvtColor(scene, cv2.COLOR_BGR2YUV_I420)
        return _nv12(planar, width, height) if stream["format"] == "NV12" else _padded(planar, stream["stride"], width, height)

    def _can_deliver(self) -> bool:
        plugged = self.unplugged_after is None or self._frames < self.unplugged_after
        return self.started and plugged and self.outstanding < self.config["buffer_count"]

    def _deliver(self) -> None:
        """One frame: its time goes on by the frame duration, also for frames that nobody asked for."""
        period_ns = self._period_ns()
        missed = max(0, int((monotonic_s() - self._due_s) * 1e9 / period_ns))
        self._timestamp_ns += period_ns * (1 + missed) + self.stretches_ns.get(self._frames, 0)
        self._due_s += period_ns * (1 + missed) / 1e9
        self.outstanding += 1
        self.jobs.pop(0).result = FakeRequest(self, self._frames, self._timestamp_ns)
        self._frames += 1

    def _period_ns(self) -> int:
        return int(self.config["controls"]["FrameDurationLimits"][0]) * 1000

    def _check_configurable(self) -> None:
        if not self.is_open:
            raise RuntimeError("Camera not opened")
        if self.started:
            raise RuntimeError("Camera must be stopped before configuring")


def _colours(planar: Picture, width: int, height: int) -> Picture:
    """(2, height / 2, width / 2): the blue and the red difference of an I420 picture."""
    return planar[height:].reshape(2, height // 2, width // 2)


def _nv12(planar: Picture, width: int, height: int) -> Picture:
    """One plane of colours, blue and red in turns; Picamera2 cuts the padding off."""
    return np.vstack([planar[:height], np.moveaxis(_colours(planar, width, height), 0, -1).reshape(height // 2, width)])


def _padded(planar: Picture, stride: int, width: int, height: int) -> Picture:
    """As Picamera2 gives YUV420: lines of `stride` bytes, two lines of a colour plane in each, padding between."""
    wide = np.zeros((height * 3 // 2, stride), np.uint8)
    wide[:height, :width] = planar[:height]
    colours = wide[height:].reshape(2, height // 2, stride // 2)
    colours[:, :, : width // 2] = _colours(planar, width, height)
    return wide
