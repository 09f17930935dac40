"""The guide for the camera at a real station on the bundled clip: by the pins of two buttons, and by touch in a real browser."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from chromium import needs_chromium, open_chromium
from kiosk.app import App
from kiosk.camera.moved import load as load_reference
from kiosk.config import CameraConfig, Config, PanelConfig, SessionConfig, StoreConfig, TreadmillConfig, WebConfig, load
from kiosk.data import DEMO_CLIP
from kiosk.screen import Guide, State
from test_pages_visit import Buttons, Touch, Visit

TOML = "# our gym\n[treadmill]\nspeed_kmh = 10.8  # always\n"


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text(TOML)
    return path


@pytest.fixture
def app(tmp_path: Path, toml: Path, pins: MockFactory) -> Iterator[App]:
    """The station on the looped clip, with its panel on mock pins; a press is long after 0.8 s."""
    config = Config(
        camera=CameraConfig(kind="video", path=str(DEMO_CLIP), loop=True),
        treadmill=TreadmillConfig(speed_kmh=10.8),
        session=SessionConfig(hands_free=False),
        panel=PanelConfig(shutdown_command=(), hold_s=0.8),
        store=StoreConfig(folder=str(tmp_path / "store")),
        web=WebConfig(port=0),
    )
    app = App(config, toml).start()
    try:
        yield app
    finally:
        app.stop()


class Walk(Visit):
    """A visit of the guide."""

    @property
    def guide(self) -> Guide:
        guide = self.view.guide
        assert guide is not None
        return guide

    def at(self, step: str) -> None:
        self.until(lambda: self.view.guide is not None and self.view.guide.step == step, step)

    def screen(self) -> str:
        return str(self.view.state) if self.browser is None else super().screen()


def check_stored(toml: Path, folder: Path) -> None:
    """The runner of the clip is inside the zone, the room is upright, the view is hers, and the camera's place is remembered."""
    belt = load(toml).treadmill
    left, top, right, bottom = belt.zone
    assert (left < 0.35, top < 0.12, right > 0.65, bottom > 0.83) == (True,) * 4
    assert 0.3 < right - left < 0.95
    assert belt.roll_deg == pytest.approx(0.0, abs=0.5)
    assert belt.roll_sd_deg is not None
    assert belt.view == "right"
    assert toml.read_text().startswith("# our gym\n[treadmill]\n")
    assert "speed_kmh = 10.8  # always" in toml.read_text()
    assert (toml.parent / "kiosk.toml.before").read_text() == TOML
    assert load_reference(folder) is not None


def test_two_buttons_through_the_whole_guide(app: App, toml: Path, tmp_path: Path) -> None:
    """A long press on start at the idle station, then start and stop only, until kiosk.toml is written and the station ends to start
    anew.
    """
    walk = Walk(app, None)
    hand = Buttons(walk)
    walk.until(lambda: app.views.peek() is not None, "a first view")
    hand._start.drive_low()
    walk.until(lambda: walk.view.state is State.SETUP, "the guide")
    hand._start.drive_high()
    time.sleep(0.6)
    walk.until(lambda: walk.guide.sign == "", "a camera that stands well")
    hand.take("next")
    walk.at("zone")
    walk.until(lambda: walk.guide.adjustable, "a zone")
    hand.take("wider")
    hand.take("next")
    walk.at("roll")
    walk.until(lambda: walk.guide.roll_deg is not None, "a roll")
    hand.take("next")
    walk.at("view")
    assert walk.view.menu is not None
    assert walk.view.menu.options[0].key == "right-side"  # seen from the runner's steps
    hand.go_on()
    walk.at("done")
    hand.take("save")
    walk.at("saved")
    assert app.wait(lambda view: False) is None  # ends by itself
    assert app.anew
    check_stored(toml, tmp_path / "store")


@needs_chromium
def test_touch_through_the_whole_guide(app: App, toml: Path, tmp_path: Path) -> None:
    """Taps only: in by the small entry, a corner of the zone dragged, a file that cannot be written, then written; the page says that
    the station starts. Nothing is cut on any screen.
    """
    with open_chromium("--window-size=800,480", "--touch-events=enabled") as browser:
        metrics = {"width": 800, "height": 480, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get(app.server.url)
        walk = Walk(app, browser)
        hand = Touch(walk)
        walk.reach(State.IDLE)
        for _ in range(5):  # a note that comes in the first seconds moves the buttons under the finger
            if walk.view.state is State.IDLE:
                hand._tap("#set-up")
        walk.reach(State.SETUP)
        walk.until(lambda: walk.guide.sign == "", "a camera that stands well")
        walk.look("guide-1-position")
        hand.take("next")
        walk.until(lambda: walk.guide.adjustable, "a zone")
        walk.look("guide-2-zone")
        before = walk.guide.zone
        drag(walk, 3, (-40, 30))  # the lower left corner, outwards
        walk.until(lambda: walk.guide.zone != before, "a dragged zone")
        assert before is not None
        assert walk.guide.zone is not None
        assert walk.guide.zone[0] < before[0]
        assert walk.guide.zone[3] > before[3]
        assert (walk.guide.zone[1], walk.guide.zone[2]) == pytest.approx((before[1], before[2]), abs=0.011)
        hand.take("next")
        walk.until(lambda: walk.guide.roll_deg is not None, "a roll")
        walk.look("guide-3-roll")
        hand.take("next")
        walk.at("view")
        walk.look("guide-4-view")
        hand.take("right-side")
        walk.at("done")
        walk.look("guide-5-done")
        toml.chmod(0o444)
        hand.take("save")
        walk.until(lambda: "read-only" in walk.run("return document.body.innerText"), "the reason on the page")
        walk.look("guide-6-not-saved")
        assert toml.read_text() == TOML
        toml.chmod(0o644)
        hand.take("save")
        walk.at("saved")
        walk.until(lambda: "starts anew" in walk.run("return document.body.innerText"), "what comes next on the page")
        assert app.wait(lambda view: False) is None
        check_stored(toml, tmp_path / "store")
        app.stop()
        starting = "return document.getElementById('overlay').checkVisibility() && document.getElementById('overlay-title').textContent"
        wait_for(lambda: walk.run(starting) == "Starting…")
        bad = [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE" and "ERR_" not in e["message"]]
        assert bad == []


def wait_for(reached: Callable[[], object]) -> None:
    end_s = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < end_s
        time.sleep(0.1)


def drag(walk: Walk, corner: int, by: tuple[int, int]) -> None:
    """Put a finger on a corner of the zone and move it, in ten steps, while views come in."""
    box = "document.querySelectorAll('.drawn-corner')[arguments[0]].getBoundingClientRect()"
    place = f"const r = {box}; return [r.x + r.width / 2, r.y + r.height / 2]"
    x, y = walk.run(place, corner)
    touch: Any = walk.browser.execute_cdp_cmd
    touch("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for i in range(1, 11):
        point = {"x": x + by[0] * i / 10, "y": y + by[1] * i / 10}
        touch("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        time.sleep(0.03)
    touch("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    time.sleep(0.6)
