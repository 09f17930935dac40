"""Whole visits in a real browser at three sizes: by the pins of two buttons only, by touch only, by keyboard only."""

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from chromium import needs_chromium, open_chromium
from kiosk.app import App
from kiosk.config import CameraConfig, Config, PanelConfig, SessionConfig, StoreConfig, TreadmillConfig, WebConfig
from kiosk.data import DEMO_CLIP, DEMO_SPEED_KMH, DEMO_VIEW
from kiosk.screen import Command, LiveView, State
from kiosk.store import sessions

sys.path.append(str(Path(__file__).parent / "web"))
from measures import MISPLACED
from page_screen import SCREENSHOTS, SIZES

pytestmark = needs_chromium

PATIENCE_S = 45.0
TAP_S = 0.08


class Hand(Protocol):
    """One way of asking: what a person does to go on, to end, and to take a choice."""

    def go_on(self) -> None: ...
    def end(self) -> None: ...
    def take(self, key: str) -> None: ...


class Visit:
    """The station and a browser on its page."""

    def __init__(self, app: App, browser: Any) -> None:
        self.app, self.browser = app, browser

    @property
    def view(self) -> LiveView:
        view = self.app.views.peek()
        assert view is not None
        return view

    def until(self, reached: Callable[[], object], what: str) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while not reached():
            self.app.raise_crash()
            if time.monotonic() > end_s:
                pytest.fail(f"{what} did not come: {self.view.state}, {self.view.check}, page {self.screen()}")
            time.sleep(0.05)

    def reach(self, state: State) -> None:
        """Wait until the page shows this state."""
        shown = {"choose": "menu", "ask": "menu", "code": "menu", "shutdown": "menu"}.get(state, state)
        self.until(lambda: self.view.state is state and (state is State.RUNNING or self.screen() == shown), state)

    def screen(self) -> str:
        return str(self.run("return document.body.dataset.screen"))

    def run(self, script: str, *values: object) -> Any:
        return self.browser.execute_script(script, *values)

    def look(self, name: str) -> None:
        """Nothing is cut, off the screen or over something else; keep a picture when asked for."""
        time.sleep(0.3)
        assert self.run(MISPLACED) == [], name
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            width, height = self.run("return [innerWidth, innerHeight]")
            self.browser.save_screenshot(f"{SCREENSHOTS}/{width}x{height}-{name}.png")


class Buttons:
    """Two buttons on mock pins."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        panel = visit.app.config.panel
        self._start, self._stop = (Device.pin_factory.pin(pin) for pin in (panel.start_pin, panel.stop_pin))

    def _press(self, pin: Any) -> None:
        pin.drive_low()
        time.sleep(TAP_S)
        pin.drive_high()
        time.sleep(0.6)

    def tap(self) -> None:
        """A tenth of a second of start."""
        self._start.drive_low()
        time.sleep(0.03)
        self._start.drive_high()
        time.sleep(0.07)

    def tap_both(self) -> None:
        """Start a moment before stop, both at once."""
        for pin in (self._start, self._stop):
            pin.drive_low()
        time.sleep(0.03)
        for pin in (self._start, self._stop):
            pin.drive_high()
        time.sleep(0.07)

    def go_on(self) -> None:
        self._press(self._start)

    def end(self) -> None:
        self._press(self._stop)

    def take(self, key: str) -> None:
        menu = self._visit.view.menu
        assert menu is not None
        keys = [option.key for option in menu.options]
        for _ in range((keys.index(key) - menu.marked) % len(keys)):
            self._press(self._stop)
        self._press(self._start)


class Touch:
    """Fingers on the page."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def _tap(self, selector: str) -> None:
        place = "const r = document.querySelector(arguments[0]).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]"
        x, y = self._visit.run(place, selector)
        touch = self._visit.browser.execute_cdp_cmd
        touch("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        touch("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        time.sleep(0.6)

    def go_on(self) -> None:
        self._tap("#main")

    def end(self) -> None:
        self._tap("#main")

    def take(self, key: str) -> None:
        menu = self._visit.view.menu
        assert menu is not None
        self._tap(f"#options > :nth-child({[option.key for option in menu.options].index(key) + 1})")


class Keyboard:
    """Keys only."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def _type(self, key: str) -> None:
        ActionChains(self._visit.browser).send_keys(key).perform()
        time.sleep(0.6)

    def go_on(self) -> None:
        self._type("s")

    def end(self) -> None:
        self._type("x")

    def take(self, key: str) -> None:
        menu = self._visit.view.menu
        assert menu is not None
        keys = [option.key for option in menu.options]
        for _ in range((keys.index(key) - menu.marked) % len(keys)):
            self._type(Keys.ARROW_DOWN)
        self._type(Keys.ENTER)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """The station on the looped clip, with its panel on mock pins."""
    Device.pin_factory = MockFactory()
    config = Config(
        camera=CameraConfig(kind="video", path=str(DEMO_CLIP), loop=True),
        treadmill=TreadmillConfig(view=DEMO_VIEW, speed_kmh=DEMO_SPEED_KMH),
        session=SessionConfig(countdown_s=1, hands_free=False),
        panel=PanelConfig(shutdown_command=()),
        store=StoreConfig(folder=str(tmp_path / "store")),
        web=WebConfig(port=0),
    )
    app = App(config).start()
    try:
        yield app
    finally:
        app.stop()
        Device.pin_factory.reset()
        Device.pin_factory = None


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_chromium("--window-size=800,480", "--touch-events=enabled") as driver:
        yield driver


WAYS = (Buttons, Touch, Keyboard)
VISITS = list(itertools.product(WAYS, SIZES)) if os.environ.get("KIOSK_EVERY_VISIT") else list(zip(WAYS, SIZES, strict=True))
"""Each way at one size; each at each with KIOSK_EVERY_VISIT=1, which takes four minutes. Every screen at every size: tests/web."""


@pytest.mark.parametrize(("way", "size"), VISITS, ids=lambda value: value.__name__ if isinstance(value, type) else f"{value[0]}x{value[1]}")
def test_a_whole_visit(app: App, browser: Any, way: Callable[[Visit], Hand], size: tuple[int, int], tmp_path: Path) -> None:
    """Attract, check, choice, countdown, run with a cue, summary, replay, questions, take home, and one stored session."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(app.server.url)
    browser.get_log("browser")
    visit, name = Visit(app, browser), way.__name__.lower()
    hand = way(visit)
    visit.reach(State.IDLE)
    visit.look(f"{name}-1-idle")
    hand.go_on()
    visit.until(lambda: visit.view.state in (State.CHECK, State.CHOOSE), "check")
    visit.reach(State.CHOOSE)  # the runner of the clip stands well
    visit.look(f"{name}-2-choose")
    hand.take("drive")
    visit.reach(State.RUNNING)
    visit.until(lambda: visit.view.cue is not None and visit.screen() == "cue", "a cue")
    visit.look(f"{name}-3-cue")
    assert visit.view.focus is not None
    hand.end()
    visit.reach(State.SUMMARY)
    visit.look(f"{name}-4-summary")
    hand.go_on()
    visit.reach(State.REPLAY)
    visit.look(f"{name}-5-replay")
    hand.go_on()
    visit.reach(State.ASK)
    visit.look(f"{name}-6-ask")
    hand.take("shin_knee")
    while visit.view.state is State.ASK:
        assert visit.view.menu is not None
        hand.take(visit.view.menu.options[0].key)
    visit.reach(State.TAKE_HOME)
    visit.look(f"{name}-7-take-home")
    assert visit.view.summary is not None
    code = visit.view.summary.code
    assert f"{code[:3]} {code[3:]}" in visit.run("return document.body.innerText").replace("\xa0", " ")
    hand.go_on()
    visit.reach(State.IDLE)
    bad = [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]
    assert bad == []
    app.store.flush(5)
    (stored,) = sessions(tmp_path / "store")
    assert stored.state == "done"
    assert stored.answers[0] == "Shin or kneecap"


def test_impatient_hands(app: App, browser: Any, tmp_path: Path) -> None:
    """Ten presses a second, both buttons together, start in the countdown, a reload and a second browser in the run, stop upon stop:
    one session, whole, and both browsers show the same."""
    browser.get(app.server.url)
    visit = Visit(app, browser)
    hand = Buttons(visit)
    visit.reach(State.IDLE)
    for state in (State.CHECK, State.CHOOSE, State.COUNTDOWN):
        for _ in range(10):
            hand.tap_both() if state is State.COUNTDOWN else hand.tap()
            if visit.view.state is state:
                break
        visit.until(lambda wanted=state: visit.view.state is wanted or visit.view.state is State.RUNNING, state)
    for _ in range(10):
        hand.tap()  # start in the countdown, and while running: "show me" at most
    visit.reach(State.RUNNING)
    visit.until(lambda: visit.view.elapsed_s > 9, "nine seconds of running")
    browser.refresh()
    with open_chromium("--window-size=800,480") as second:
        second.get(app.server.url)
        other = Visit(app, second)
        other.until(lambda: other.screen() in ("cue", "calm", "praise", "silent"), "the second browser")
        visit.until(lambda: visit.screen() == other.screen(), "the first browser after its reload")
        for _ in range(20):
            app.send(Command.STOP)
            time.sleep(0.01)  # all within what counts as one press, also where this thread has to wait
        visit.reach(State.SUMMARY)
        other.reach(State.SUMMARY)
        texts = [v.run("return document.getElementById('summary').innerText") for v in (visit, other)]
        assert texts[0] == texts[1] != ""
    app.store.flush(5)
    (stored,) = sessions(tmp_path / "store")
    assert stored.state == "done"
    assert stored.duration_s > 9
    assert stored.strides == visit.view.summary.strides  # type: ignore[union-attr]
