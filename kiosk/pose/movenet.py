"""The network: models, runtimes, the self-test, and from a frame to a pose.

The layout of tensors ends in this file: what leaves it are poses in pixels of the frame.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.config import PoseConfig
from kiosk.domain import FloatArray, Frame, Pose
from kiosk.pose.crop import CropTracker, Prepared, Square
from kiosk.pose.cut import cut
from kiosk.pose.identity import Identity, People
from kiosk.pose.runtimes import runtime_module

MODEL_FOLDER = Path(str(resources.files("kiosk.pose") / "model"))
MODELS = {
    "lightning": MODEL_FOLDER / "movenet_lightning_int8.tflite",
    "thunder": MODEL_FOLDER / "movenet_thunder_int8.tflite",
}
SELF_TEST_OFF = 0.04
"""Largest distance of a self-test keypoint from the stored answer, parts of the crop's side: Lightning and Thunder, both
runtimes and x86 against aarch64 stay within 0.03 (measured on this frame), a broken kernel is far outside."""


class ModelError(RuntimeError):
    """The network cannot be used: file missing, changed, of another kind, or its self-test failed."""


class Interpreter(Protocol):
    """What both runtimes offer."""

    def allocate_tensors(self) -> None: ...  # noqa: D102
    def get_input_details(self) -> list[dict[str, Any]]: ...  # noqa: D102
    def get_output_details(self) -> list[dict[str, Any]]: ...  # noqa: D102
    def set_tensor(self, index: int, value: NDArray[Any]) -> None: ...  # noqa: D102
    def get_tensor(self, index: int) -> NDArray[Any]: ...  # noqa: D102
    def invoke(self) -> None: ...  # noqa: D102


@dataclass(frozen=True)
class Runtime:
    """One way to run a .tflite file."""

    name: str
    module: str
    """Module that holds `Interpreter`."""

    def load(self, path: Path, threads: int) -> Interpreter:
        """An interpreter for the file.

        Raises:
            ImportError: the runtime is not installed.
            ModelError: the file is not a model that it can run.
        """
        module = runtime_module(self.module)
        try:
            found: Interpreter = module.Interpreter(model_path=str(path), num_threads=threads)
            found.allocate_tensors()
        except (ValueError, RuntimeError, SystemError) as error:
            raise ModelError(
                f"{path}: {self.name} cannot load this model ({_first_line(error)}). Give a .tflite file of MoveNet."
            ) from error
        return found


RUNTIMES = (
    Runtime("ai-edge-litert", "ai_edge_litert.interpreter"),
    Runtime("tflite-runtime", "tflite_runtime.interpreter"),
)
"""In order of preference: the first one that is installed is used (docs/decisions.md)."""


def open_runtime(name: str, path: Path, threads: int) -> tuple[str, Interpreter]:
    """The named runtime, or with "auto" the first installed one.

    Raises:
        ModelError: no such runtime is installed, or it cannot load the file.
    """
    rows = [r for r in RUNTIMES if name in ("auto", r.name)]
    for row in rows:
        try:
            return row.name, row.load(path, threads)
        except ImportError as error:
            if (error.name or "").startswith("kiosk"):
                raise
    wanted = " or ".join(r.name for r in rows) or name
    raise ModelError(f"no runtime for the network: {wanted} is not installed. Run ./setup.sh demo once, or pip install ai-edge-litert.")


def model_path(model: str) -> Path:
    """The file of a model: a name of MODELS or a path.

    Raises:
        ModelError: the file does not exist.
    """
    path = MODELS.get(model) or Path(model).expanduser()
    if not path.is_file():
        raise ModelError(f"model {model!r}: no such file. Use {', '.join(MODELS)} or the path of a MoveNet .tflite file.")
    return path


def _digest(path: Path) -> str:
    """SHA-256 of the model; a shipped one must have the digest it was shipped with."""
    try:
        found = sha256(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}). Check its permissions, or install Treadside again.") from None
    lines = (MODEL_FOLDER / "SHA256SUMS").read_text().splitlines()
    wanted = {name: digest for digest, name in (line.split() for line in lines if line.strip())}
    if path in MODELS.values() and found != wanted.get(path.name):
        raise ModelError(f"{path}: this model file is damaged (its SHA-256 differs from SHA256SUMS). Install Treadside again.")
    return found


def sha256(path: Path) -> str:
    """SHA-256 of a file, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Network:
    """A loaded single-pose MoveNet: a square RGB picture in, 17 keypoints out."""

    def __init__(self, settings: PoseConfig) -> None:
        self.path = model_path(settings.model)
        self.sha256 = _digest(self.path)
        self.runtime, self._interpreter = open_runtime(settings.runtime, self.path, settings.threads)
        source, sink = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
        self._input, self._output, self._dtype = source["index"], sink["index"], source["dtype"]
        self._check_shape(tuple(source["shape"]), tuple(sink["shape"]))
        self.side_px = int(source["shape"][1])
        self.name = f"{self.path.stem} {self.sha256[:12]} {self.runtime}"

    def _check_shape(self, given: tuple[int, ...], got: tuple[int, ...]) -> None:
        square = len(given) == 4 and given[1] == given[2] and given[3] == 3
        if not square or got != (1, 1, 17, 3) or self._dtype not in (np.uint8, np.int8, np.int32, np.float32):
            shapes = f"input {list(map(int, given))} {np.dtype(self._dtype)}, output {list(map(int, got))}"
            raise ModelError(f"{self.path}: not a single-pose MoveNet ({shapes}; needed input [1, N, N, 3], output [1, 1, 17, 3]).")

    def set_input(self, rgb: NDArray[np.uint8]) -> None:
        """Hand over the picture: (side_px, side_px, 3) uint8 RGB."""
        signed = self._dtype == np.int8  # then 0 to 255 is -128 to 127
        picture = (rgb ^ np.uint8(128)).view(np.int8) if signed else rgb.astype(self._dtype, copy=False)
        self._interpreter.set_tensor(self._input, picture[None])

    def invoke(self) -> None:
        """Run the network on the input that was set."""
        self._interpreter.invoke()

    def output(self) -> FloatArray:
        """(17, 3) float32: y, x as parts of the square, score."""
        return np.asarray(self._interpreter.get_tensor(self._output)[0, 0])

    def __call__(self, rgb: NDArray[np.uint8]) -> FloatArray:
        """(side_px, side_px, 3) uint8 RGB -> (17, 3) y, x, score."""
        self.set_input(rgb)
        self.invoke()
        return self.output()


def self_test(network: Network) -> None:
    """Run the network on one stored picture whose answer is known; also warms it up.

    Raises:
        ModelError: the answer is off by more than SELF_TEST_OFF.
    """
    with np.load(MODEL_FOLDER / "selftest.npz") as stored:
        picture, wanted = stored["rgb"], stored["yx"]
    resized = cv2.resize(picture, (network.side_px, network.side_px), interpolation=cv2.INTER_AREA)
    off = float(np.abs(network(np.asarray(resized, np.uint8))[:, :2] - wanted)[stored_points(wanted)].max())
    if not off <= SELF_TEST_OFF:
        raise ModelError(
            f"{network.path.name} with {network.runtime} fails its self-test: a keypoint of the stored picture is {off:.3f} of the picture "
            f"away from where it belongs (allowed {SELF_TEST_OFF}). Try another runtime: [pose] runtime in kiosk.toml."
        )


def stored_points(wanted: FloatArray) -> NDArray[np.bool_]:
    """Which stored keypoints are compared: those that are plain to see in the picture (finite in the answer)."""
    return np.asarray(np.isfinite(wanted).all(axis=1))


class MoveNet:
    """From a frame to a pose: looks where the runner was, and remembers where the runner is.

    `estimate` does it in one go. A station does the three steps on three threads, so that the network never waits for the rest:
    `prepare` on one, `infer` on one, `finish` on one, the answers in the order of the frames. `prepare` looks where the newest finished
    pose says; it and `finish` share one attribute of the crop tracker that is replaced, never changed.
    """

    def __init__(
        self,
        settings: PoseConfig,
        zone: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0),
        check: bool = True,
        network: Network | None = None,
    ) -> None:
        """`check` runs the self-test first; only the tool that stores its picture leaves it out.

        `network` is one that is loaded and tested already; it keeps nothing from one picture to the next.
        """
        self.network = network or Network(settings)
        if check and network is None:
            self_test(self.network)
        self._crop = CropTracker(zone)
        self._identity = Identity(zone)
        self.timer: Callable[[str], None] | None = None
        """Called with the name of each finished stage; the benchmark and the doctor set it. On the network's thread: "crop" when `infer`
        begins, "invoke" when it ends. "decode" is told by `estimate` alone."""

    @property
    def name(self) -> str:
        """Model, its checksum's first digits, and runtime."""
        return self.network.name

    @property
    def people(self) -> People:
        """Whom the frames showed so far."""
        return self._identity.people

    def estimate(self, frame: Frame) -> Pose:
        """The runner's pose in this frame, in its pixels; points outside the frame, and all when it is not the runner, are NaN with
        score 0.
        """
        prepared = self.prepare(frame)
        pose = self.finish(prepared, self.infer(prepared))
        self._tick("decode")
        return pose

    def prepare(self, frame: Frame) -> Prepared:
        """Cut out of the frame what the network looks at.

        The picture is a new one each time: 110 kB which the allocator hands out again, where a pool would have to know who still reads
        one. It is not cut into the network's own tensor, because the network may be working on the picture before.
        """
        picture = np.empty((self.network.side_px, self.network.side_px, 3), np.uint8)
        return Prepared(frame, cut(frame.image_bgr, self.square(frame), picture), picture)

    def infer(self, prepared: Prepared) -> FloatArray:
        """The network's answer: (17, 3) float32: y, x as parts of the square, score.

        Raises:
            NoPoseError, GivenUpError: as the network's `invoke` (kiosk/pose/sturdy.py).
        """
        self._tick("crop")
        self.network.set_input(prepared.picture_rgb)
        self.network.invoke()
        answer = self.network.output()
        self._tick("invoke")
        return answer

    def finish(self, prepared: Prepared, answer: FloatArray) -> Pose:
        """The pose that the answer means, as `estimate` gives it; called for the answers in the order of their frames."""
        frame = prepared.frame
        height, width = frame.image_bgr.shape[:2]
        pose = self._identity.update(_to_pose(answer, prepared.square, frame.t_s, width, height))
        self._crop.update(pose)  # so the square never follows somebody else
        return pose

    def square(self, frame: Frame) -> Square:
        """Where in this frame the network would look."""
        height, width = frame.image_bgr.shape[:2]
        return self._crop.square(width, height)

    def _tick(self, stage: str) -> None:
        if self.timer is not None:
            self.timer(stage)


def _to_pose(yxs: FloatArray, square: Square, t_s: float, width: int, height: int) -> Pose:
    left, top, side = square.left_px, square.top_px, square.side_px
    points = [_point(left + x * side, top + y * side, score, width, height) for y, x, score in yxs.tolist()]
    found = np.array(points, np.float32)
    return Pose(t_s, found[:, :2], found[:, 2], width, height)


def _point(x: float, y: float, score: float, width: int, height: int) -> tuple[float, float, float]:
    """As it is, when it lies in the frame."""
    return (x, y, score) if 0 <= x < width and 0 <= y < height else (math.nan, math.nan, 0.0)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
