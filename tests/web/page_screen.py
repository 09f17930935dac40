"""A browser on the page of a fake kiosk, and what tests ask of both."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from measures import AXE
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from web_fakes import FakeKiosk
from web_views import VIEWS

from kiosk.screen import LiveView, Press
from kiosk.threads import Stop, monotonic_s

SIZES = [(800, 480), (720, 1280), (1920, 1080)]
SMALL_SIZES = [(480, 800), (1024, 600)]
"""Screens of other makers: every menu must be wholly seen there too."""
PATIENCE_S = 30.0
SCREENSHOTS = os.environ.get("KIOSK_SCREENSHOTS", "")
"""A folder for one picture of every screen at every size; none are taken when it is empty."""
AXE_SCRIPT = Path(axe_core_python.__file__).parent / "axe.min.js"


class Screen:
    """A browser on the kiosk's page."""

    def __init__(self, driver: webdriver.Chrome, kiosk: FakeKiosk) -> None:
        self.driver = driver
        self.kiosk = kiosk
        driver.get(kiosk.server.url)
        self.run("localStorage.clear()")
        driver.get(kiosk.server.url)
        driver.get_log("browser")
        self.until(lambda: self.hidden("overlay"))

    def run(self, script: str, *values: object) -> Any:
        return self.driver.execute_script(script, *values)

    def until(self, reached: Callable[[], object], what: str = "") -> None:
        """Poll; a page that is being loaded again counts as not yet."""
        end_s, pause, last = monotonic_s() + PATIENCE_S, Stop(), None
        while monotonic_s() < end_s:
            try:
                last = reached()
            except WebDriverException as error:
                last = error
            if last and not isinstance(last, Exception):
                return
            pause.wait(0.02)
        pytest.fail(f"waited {PATIENCE_S:.0f} s for {what or reached}: {last!r}, {self.text('headline')!r}, {self.errors()}")

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.until(lambda: self.run("return [innerWidth, innerHeight]") == [width, height], "the new size")

    def show(self, name: str) -> None:
        self.show_view(name, VIEWS[name])

    def show_view(self, name: str, view: LiveView) -> None:
        """Show a view and wait until the page has drawn it; of a name with "-" the first part is the page's screen."""
        self.kiosk.show(view)
        said = view.menu.question if view.menu else view.check.text if view.check else view.cue.text if view.cue else ""
        looks = "return [document.body.dataset.screen, document.documentElement.lang, document.getElementById('headline').textContent]"

        def drawn() -> bool:
            screen, language, headline = self.run(looks)
            return bool(
                screen == name.split("-", maxsplit=1)[0] and language == view.language and headline and headline == (said or headline)
            )

        self.until(drawn, f"the {name} screen")

    def text(self, element: str) -> str:
        return str(self.run("return document.getElementById(arguments[0]).textContent", element))

    def hidden(self, element: str) -> bool:
        return not self.run("return document.getElementById(arguments[0]).checkVisibility()", element)

    def visible_words(self) -> str:
        return str(self.run("return document.body.innerText"))

    def errors(self) -> list[str]:
        """What the console complained about since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def violations(self) -> list[Any]:
        """What axe finds on the page as it is now: [rule, what it asks for, elements]."""
        if not self.run("return Boolean(window.axe)"):
            self.driver.execute_script(AXE_SCRIPT.read_text(encoding="utf-8"))
        found: list[Any] = self.driver.execute_async_script(AXE)
        return found

    def picture(self, name: str) -> None:
        """Keep a picture when somebody asked for pictures."""
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(f"{SCREENSHOTS}/{name}.png")

    def asked(self, n: int = 1) -> list[Press]:
        """The next `n` presses that reached the kiosk."""
        return [self.kiosk.commands.get(timeout=PATIENCE_S) for _ in range(n)]
