"""Take the README's picture: the page in the middle of a run on the bundled clip.

python tools/take_screenshot.py docs/screen.png
"""

import shutil
import sys
import tempfile

from selenium import webdriver

from kiosk.app import App
from kiosk.config import CameraConfig, Config, StoreConfig
from kiosk.data import DEMO_CLIP
from kiosk.demo import demo_config
from kiosk.screen import Command
from kiosk.threads import Stop

FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --hide-scrollbars"


def main(path: str, width: int = 1280, height: int = 720) -> None:
    """Run the station, wait for its first cue, and save the page."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    options.page_load_strategy = "eager"
    for flag in FLAGS.split():
        options.add_argument(flag)
    with tempfile.TemporaryDirectory() as folder:
        config = demo_config(Config(store=StoreConfig(folder=folder)), 0)
        app = App(config.model_copy(update={"camera": CameraConfig(kind="video", path=str(DEMO_CLIP), loop=True)})).start()
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        try:
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            browser.get(app.server.url)
            app.send(Command.START)
            app.wait(lambda view: view.cue is not None)
            Stop().wait(1.0)
            browser.save_screenshot(path)
        finally:
            browser.quit()
            app.stop()


if __name__ == "__main__":
    main(sys.argv[1])
