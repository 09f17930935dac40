"""Where frames come from: the Camera protocol, the table of cameras, and the error they share.

Adding a camera is one file and one row of `CAMERAS`. What must not go in: the library of any one camera (its file is
imported only when it is chosen), and anything that looks into a picture.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from types import TracebackType
from typing import Protocol, Self

from kiosk.config import CameraConfig
from kiosk.domain import Frame
from kiosk.words import Phrase


class CameraError(OSError):
    """The camera cannot be opened or was lost; the message says what happened and what to do."""

    @property
    def sentence(self) -> Phrase:
        """The message as it can be said in another language, where the camera gave it as a phrase."""
        said = self.args[0] if self.args else ""
        return said if isinstance(said, Phrase) else Phrase(str(self))


class CameraLostError(CameraError):
    """The camera is not there or does not answer now: plugged in again, or let go by another program, it can be opened."""


class Camera(Protocol):
    """A source of frames with one owner: `start`, `read` and `stop` are called from the same thread.

    Starting twice is starting once, stopping is safe at any time, and a stopped camera can be started again.
    Reading a camera that was never started is a bug: RuntimeError.
    """

    @property
    def name(self) -> str:
        """What people call it, e.g. "camera 0 (imx708)"."""

    @property
    def ended(self) -> bool:
        """True once no frame will ever come: the clip is over or the camera was stopped."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the staff about what is not as asked; grows while frames are read."""

    def start(self) -> None:
        """Open the source.

        Raises:
            CameraLostError: it is missing, busy or does not start now; trying again may help.
            CameraError: it can never be opened like this.
        """

    def read(self, timeout_s: float) -> Frame | None:
        """The next frame, with a `t_s` larger than that of the frame before.

        Returns:
            None when nothing came within `timeout_s` seconds (`ended` is False) or nothing ever will (`ended` is True).

        Raises:
            CameraLostError: the source was lost.
        """

    def stop(self) -> None:
        """Let go of the source."""

    def __enter__(self) -> Self:
        """Start."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""


@dataclass(frozen=True)
class CameraRow:
    """One kind of camera."""

    name: str
    """What `[camera] kind` says in kiosk.toml."""
    description: str
    """One line for people who choose."""
    open: Callable[[CameraConfig, bool], Camera]
    """(config, realtime) -> a camera that is not started yet."""
    library: str = ""
    """Distribution that reads it; empty for none."""


def _picamera(config: CameraConfig, realtime: bool) -> Camera:
    from kiosk.camera.picamera import PiCamera

    return PiCamera(config)


def _video(config: CameraConfig, realtime: bool) -> Camera:
    from kiosk.camera.video import VideoCamera

    return VideoCamera(config, realtime)


def _synthetic(config: CameraConfig, realtime: bool) -> Camera:
    from kiosk.camera.synthetic import SyntheticCamera

    return SyntheticCamera(config, realtime)


CAMERAS: tuple[CameraRow, ...] = (
    CameraRow("picamera", "Raspberry Pi camera on the ribbon cable", _picamera, "picamera2"),
    CameraRow("video", "video file, played at its own speed", _video, "opencv-python-headless"),
    CameraRow("synthetic", "drawn runner, needs neither camera nor file", _synthetic),
)


def open_camera(config: CameraConfig, realtime: bool = True) -> Camera:
    """The camera that `config.kind` names, not started yet.

    Args:
        realtime: False reads a clip as fast as possible, every frame, with `t_s` from its first frame. A real camera
            is always in real time.

    Raises:
        CameraError: there is no such kind, or its library is missing.
    """
    for row in CAMERAS:
        if row.name == config.kind:
            return row.open(config, realtime)
    raise CameraError(f"[camera] kind = {config.kind!r}: no such camera. Use one of {', '.join(row.name for row in CAMERAS)}.")


def library_of(kind: str) -> str:
    """Name and version of what reads this kind of camera, e.g. "picamera2 0.3.31"; empty without a library, or when it does not tell."""
    names = [row.library for row in CAMERAS if row.name == kind and row.library]
    try:
        return " ".join((names[0], metadata.version(names[0]))) if names else ""
    except metadata.PackageNotFoundError:
        return ""
