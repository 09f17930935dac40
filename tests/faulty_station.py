"""The kiosk's command line in a world that breaks on demand: `python tests/faulty_station.py FOLDER run --config kiosk.toml`.

A file in FOLDER switches its fault on, and off when it is deleted; tests/play_faults.py does that. Everything else is the real program:
the camera is Picamera2's stand-in playing the bundled clip, and wall clock, network, pins and sysfs break where theirs would.
"""

import datetime
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])
"""Where the switches are."""


def on(fault: str) -> bool:
    """This fault is switched on."""
    return (FOLDER / fault).exists()


def once(fault: str) -> bool:
    """This fault is switched on; it is no longer, after this look."""
    found = on(fault)
    (FOLDER / fault).unlink(missing_ok=True)
    return found


def ahead_s() -> float:
    """By how much the wall clock is wrong: what the file "clock" says."""
    try:
        return float((FOLDER / "clock").read_text() or 0)
    except (FileNotFoundError, ValueError):
        return 0.0


class Wrong(datetime.datetime):
    """The wall clock as this station has it."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> "Wrong":
        return super().now(tz) + datetime.timedelta(seconds=ahead_s())


real_time = time.time
time.time = lambda: real_time() + ahead_s()
datetime.datetime = Wrong  # type: ignore[misc]  # before the kiosk imports it

sys.path.insert(0, str(Path(__file__).parent))

from kiosk import watch  # noqa: E402
from kiosk.__main__ import main  # noqa: E402
from kiosk.camera import picamera  # noqa: E402
from kiosk.camera.clip import Clip  # noqa: E402
from kiosk.camera.fake_picamera2 import FakePicamera2  # noqa: E402
from kiosk.data import DEMO_CLIP  # noqa: E402
from kiosk.pipeline import Pipeline  # noqa: E402
from kiosk.pose.movenet import Network  # noqa: E402
from kiosk.store.writer import Writer  # noqa: E402
from kiosk.threads import Stop  # noqa: E402


def looped() -> Iterator[Any]:
    """The pictures of the bundled clip, again and again."""
    while True:
        for frame in Clip(DEMO_CLIP):
            yield frame.image_bgr()


class ClipCamera(FakePicamera2):
    """Shows the bundled clip until somebody pulls its cable or its library hangs."""

    pictures = looped()

    @classmethod
    def global_camera_info(cls) -> list[dict[str, Any]]:
        return [] if on("camera unplugged") else super().global_camera_info()

    def _can_deliver(self) -> bool:
        return super()._can_deliver() and not on("camera unplugged") and not on("camera stalled")

    def picture(self, number: int) -> Any:
        return next(self.pictures)

    def close(self) -> None:
        while once("library hangs"):
            Stop().wait(1e6)
        super().close()


def break_network() -> None:
    """The runtime raises, answers NaN, or does not come back."""
    invoke, output = Network.invoke, Network.output

    def broken_invoke(network: Network) -> None:
        if once("network raises once") or on("network raises"):
            raise RuntimeError("Node number 3 (DELEGATE) failed to invoke.")
        if once("network hangs"):
            Stop().wait(1e6)
        invoke(network)
        if on("slow"):
            Stop().wait(0.06)

    def broken_output(network: Network) -> Any:
        found = output(network)
        return found * float("nan") if on("network nan") else found

    Network.invoke, Network.output = broken_invoke, broken_output  # type: ignore[method-assign]


def break_threads() -> None:
    """The threads that draw and store end by a fault of the program."""
    step, collect = Pipeline.step_with, Writer._collect

    def broken_step(pipeline: Pipeline, *frame: Any) -> Any:
        if once("pipeline crash"):
            raise ZeroDivisionError("a fault of the program, played")
        return step(pipeline, *frame)

    def broken_collect(writer: Writer) -> None:
        if on("store crash"):
            raise ZeroDivisionError("a fault of the program, played")
        collect(writer)

    Pipeline.step_with, Writer._collect = broken_step, broken_collect  # type: ignore[method-assign]


def break_lamp() -> None:
    """The lamp's pin is gone."""
    from gpiozero.pins.mock import MockPWMPin

    set_state = MockPWMPin._set_state

    def broken(pin: Any, value: float) -> None:
        if on("lamp"):
            raise OSError(5, "Input/output error")
        set_state(pin, value)

    MockPWMPin._set_state = broken


def break_machine() -> None:
    """sysfs and /run are those of the folder "root", where it is there."""
    read = watch.read_machine
    watch.read_machine = lambda folder: read(folder, FOLDER / "root") if on("root") else read(folder)  # type: ignore[assignment]


if __name__ == "__main__":
    os.environ |= {"GPIOZERO_PIN_FACTORY": "mock", "GPIOZERO_MOCK_PIN_CLASS": "mockpwmpin"}
    picamera._picamera2_class = lambda: ClipCamera
    break_network()
    break_threads()
    break_lamp()
    break_machine()
    main(sys.argv[2:])
