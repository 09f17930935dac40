"""Looking at camera, network and panel while nobody else uses them. What must not go in: judging."""

import time

import numpy as np

from kiosk.camera import Camera, CameraError, open_camera
from kiosk.camera.background import Background
from kiosk.config import CameraConfig, PanelConfig, PoseConfig
from kiosk.doctor.case import Panel, Seen, Speed
from kiosk.doctor.panel_rows import BUTTON_NAMES, LAMP_NAMES, TOUCHED_S
from kiosk.domain import Frame
from kiosk.panel import NAMES, open_panel
from kiosk.panel import Panel as OpenPanel
from kiosk.pose.movenet import MODELS, ModelError, Network, model_path
from kiosk.threads import Stop, monotonic_s
from kiosk.words import Phrase

LOOK_S, QUICK_LOOK_S = 3.0, 1.0
"""How long the camera is looked at (our choice: ninety pictures tell a rate to a hundredth; a third of them to a thirtieth)."""
PATIENCE_S = 8.0
"""A camera that starts gives its first frame within two seconds; after this it is not waited for any more (our choice)."""
WARM_UP, RUNS, QUICK_RUNS = 3, 30, 10
"""Inferences: first ones are slow, then the median of the others counts (our choice)."""
NO_PICTURE = np.zeros((0, 0, 3), np.uint8)
TOUCH_S = TOUCHED_S + 0.1
"""How long the buttons are looked at."""


class Look:
    """The camera, opened once for some seconds and let go. A camera that cannot be had is a finding, not an error.

    Args:
        config: the [camera] section.
        quick: for one second only; then it is not known what stands still.
    """

    def __init__(self, config: CameraConfig, quick: bool) -> None:
        self._config, self._quick = config, quick
        self._background = Background()

    def seen(self) -> Seen:
        """Open, look, let go."""
        name: str = self._config.kind
        try:
            camera = open_camera(self._config)
            name = camera.name
            with camera:
                frames = self._frames(camera)
                exposures = tuple(frame.exposure_us for frame in frames if frame.exposure_us is not None)
                newest = frames[-1] if frames else None
                return Seen(camera.name, "", camera.warnings, tuple(frame.t_s for frame in frames), exposures, newest)
        except CameraError as error:
            return Seen(name, error.sentence)

    def background(self) -> Background | None:
        """What stood still in what `seen` saw; None after a quick look."""
        return None if self._quick or not self._background.frames else self._background

    def _frames(self, camera: Camera) -> list[Frame]:
        """Each without its picture but for the newest: a Pi has not the memory for ninety."""
        began_s, frames = monotonic_s(), list[Frame]()
        seconds = QUICK_LOOK_S if self._quick else LOOK_S
        while not camera.ended and monotonic_s() - began_s < PATIENCE_S:
            frame = camera.read(0.5)
            if frame is None:
                continue
            self._background.add(frame.image_bgr)
            if frames:
                frames[-1] = Frame(frames[-1].t_s, NO_PICTURE, frames[-1].exposure_us)
            frames.append(frame)
            if frame.t_s - frames[0].t_s >= seconds:
                break
        return frames


def measure(config: PoseConfig, quick: bool) -> tuple[Speed, ...]:
    """The configured network, then the other shipped ones; () when the configured one does not run (the self-test says why)."""
    models = [config.model] + ([] if quick else [name for name in MODELS if MODELS[name] != _path_or_none(config.model)])
    found = []
    for model in models:
        try:
            found.append(timed(Network(config.model_copy(update={"model": model})), QUICK_RUNS if quick else RUNS))
        except ModelError:
            if not found:
                return ()
    return tuple(found)


def timed(network: Network, runs: int) -> Speed:
    """Median of so many inferences; what is in the picture makes no difference to a network of fixed size."""
    network.set_input(np.zeros((network.side_px, network.side_px, 3), np.uint8))
    spans_ms = []
    for _ in range(WARM_UP + runs):
        began_s = time.perf_counter()
        network.invoke()
        spans_ms.append(1e3 * (time.perf_counter() - began_s))
    return Speed(network.path.name, network.runtime, float(np.median(spans_ms[WARM_UP:])))


def touch_panel(config: PanelConfig) -> Panel:
    """Open the pins for half a second."""
    if not config.enabled:
        return Panel()
    opened = open_panel(config, lambda _: True, monotonic_s)
    try:
        Stop().wait(TOUCH_S)
        return panel_of(opened)
    finally:
        opened.close()


def panel_of(opened: OpenPanel) -> Panel:
    """An open panel as it is now."""
    return Panel({_part(said): said for said in opened.problems}, opened.down_s)


def _part(problem: Phrase) -> str:
    """Which part a sentence of the panel is about; "all" when it is about none of them."""
    about = problem.values.get("part")
    return next((name for name in (*BUTTON_NAMES, *LAMP_NAMES) if NAMES[name] == about), "all")


def _path_or_none(model: str) -> object:
    try:
        return model_path(model)
    except ModelError:
        return None
