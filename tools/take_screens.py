"""Take the pictures of docs/screens and of the README: a real visit on the bundled clip, every screen at three sizes. About four minutes.

python tools/take_screens.py docs
"""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from selenium import webdriver

from kiosk.app import App
from kiosk.config import CameraConfig, Config, SessionConfig, StoreConfig
from kiosk.data import DEMO_CLIP
from kiosk.demo import demo_config
from kiosk.screen import Command, LiveView, Pick, Press, State
from kiosk.threads import Stop

FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --hide-scrollbars"
SIZES = ((800, 480), (720, 1280), (1920, 1080))
README_SIZE = (1280, 720)
WEBP_QUALITY = 80
"""Our choice: text stays sharp, a screen takes 20 to 80 kB."""

Reached = Callable[[LiveView], bool]


def at(state: State) -> Reached:
    """This screen is reached."""
    return lambda view: view.state is state


TOUR: tuple[tuple[str, tuple[Press, ...], Reached, float], ...] = (
    ("01-start", (), at(State.IDLE), 1.0),
    ("02-start-german", (Command.LANGUAGE,), at(State.IDLE), 1.0),
    ("03-check", (Command.LANGUAGE, Command.START), at(State.CHECK), 0.4),
    ("04-choose", (), at(State.CHOOSE), 0.5),
    ("05-code", (Pick("code"), Pick("4"), Pick("8")), at(State.CODE), 0.5),
    ("06-countdown", (Pick("back"), Pick("drive")), at(State.COUNTDOWN), 0.3),
    ("07-cue", (), lambda view: view.cue is not None, 2.0),
    ("08-silent", (), lambda view: view.focus is not None and view.focus.silent, 2.0),
    ("09-self-test", (Command.TEST,), lambda view: view.test is not None and view.test.part > 1, 3.0),
    ("10-verdict", (), lambda view: view.test is not None and view.test.verdict is not None, 1.0),
    ("11-summary", (Command.STOP,), at(State.SUMMARY), 1.0),
    ("12-replay", (Command.START,), at(State.REPLAY), 1.0),
    ("13-sore", (Command.START,), at(State.ASK), 0.5),
    ("14-take-home", (Pick("nothing"),), at(State.TAKE_HOME), 1.5),
    ("15-switch-off", (Command.SHUTDOWN,), at(State.SHUTDOWN), 0.5),
)
"""(name, presses that lead there, when it is there, seconds to settle)."""


class Tour:
    """The station and a browser."""

    def __init__(self, app: App, browser: webdriver.Chrome, folder: Path) -> None:
        self._app, self._browser, self._folder = app, browser, folder
        self._pause = Stop()

    def take_all(self) -> None:
        """Every screen of TOUR."""
        self._browser.get(self._app.server.url)
        for name, presses, reached, settle_s in TOUR:
            for press in presses:
                self._pause.wait(0.8)  # longer than the quiet time after a press
                self._app.send(press)
            self._app.wait(reached)
            self._pause.wait(settle_s)
            for size in SIZES:
                self._save(self._folder / "screens" / f"{name}-{size[0]}x{size[1]}.webp", size)
            if name == "07-cue":
                self._save(self._folder / "screen.png", README_SIZE)

    def _save(self, path: Path, size: tuple[int, int]) -> None:
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        self._browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self._pause.wait(0.25)
        picture = np.frombuffer(self._browser.get_screenshot_as_png(), np.uint8)
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), cv2.imdecode(picture, cv2.IMREAD_COLOR), [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])


def main(folder: Path) -> None:
    """Run the station and take the tour."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    options.page_load_strategy = "eager"
    for flag in FLAGS.split():
        options.add_argument(flag)
    with tempfile.TemporaryDirectory() as store:
        config = demo_config(Config(store=StoreConfig(folder=store)), 0)
        camera = CameraConfig(kind="video", path=str(DEMO_CLIP), loop=True)
        app = App(config.model_copy(update={"camera": camera, "session": SessionConfig(hands_free=False, summary_s=600)})).start()
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        try:
            Tour(app, browser, folder).take_all()
        finally:
            browser.quit()
            app.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
