"""The page in a real browser: what a tired runner sees from 2 m."""

import json
import os
import queue
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from web_fakes import CUE, RUNNING, VIEWS, FakeKiosk

from chromium import needs_chromium, open_chromium
from kiosk.domain import Side
from kiosk.screen import Command, State
from kiosk.threads import Stop, monotonic_s

pytestmark = needs_chromium

SIZES = [(800, 480), (720, 1280), (1920, 1080)]
PATIENCE_S = 30.0
SCREENSHOTS = os.environ.get("KIOSK_SCREENSHOTS", "")
"""A folder for one picture of every screen at every size; none are taken when it is empty."""

CAP_HEIGHT = """
const style = getComputedStyle(document.getElementById("headline"));
const paint = document.createElement("canvas").getContext("2d");
paint.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
return paint.measureText("H").actualBoundingBoxAscent;
"""

LINES = """
const line = document.getElementById("headline");
return Math.round(line.offsetHeight / parseFloat(getComputedStyle(line).lineHeight));
"""

MISPLACED = """
// words that are outside the screen, cut by their box, or written over other words
const wrong = [], seen = [];
if (document.scrollingElement.scrollHeight > innerHeight) wrong.push("page scrolls down");
if (document.scrollingElement.scrollWidth > innerWidth) wrong.push("page scrolls sideways");
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const words = walk.currentNode.textContent.trim();
  const owner = walk.currentNode.parentElement;
  if (!words || !owner.checkVisibility() || owner.closest("script, style")) continue;
  const range = document.createRange();
  range.selectNodeContents(walk.currentNode);
  const { left, right, top: above, bottom: below, width } = range.getBoundingClientRect();
  const slack = 0.12 * parseFloat(getComputedStyle(owner).fontSize); // line boxes are taller than letters
  const box = { left, right, top: above + slack, bottom: below - slack };
  if (!width) continue;
  if (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1) wrong.push(`off screen: ${words}`);
  for (let up = owner; up; up = up.parentElement) {
    if (getComputedStyle(up).overflow !== "hidden") continue;
    const room = up.getBoundingClientRect();
    if (box.top < room.top - 1 || box.bottom > room.bottom + 1 || box.right > room.right + 2) wrong.push(`cut: ${words}`);
  }
  for (const [other, place] of seen) {
    const deep = Math.min(box.bottom, place.bottom) - Math.max(box.top, place.top);
    const wide = Math.min(box.right, place.right) - Math.max(box.left, place.left);
    if (deep > 4 && wide > 2) wrong.push(`over each other: ${words} / ${other}`);
  }
  seen.push([words, box]);
}
return wrong;
"""

FAINT = """
// words with less than 7:1 contrast against the ground they stand on
const light = (color) => {
  const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = color.match(/[\\d.]+/g).map((c) => linear(c / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  const color = element ? getComputedStyle(element).backgroundColor : "rgb(0, 0, 0)";
  return color === "rgba(0, 0, 0, 0)" ? ground(element.parentElement) : color;
};
const faint = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !element.checkVisibility()) continue;
  const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 7) faint.push(`${element.textContent.trim()}: ${((a + 0.05) / (b + 0.05)).toFixed(1)}`);
}
return faint;
"""

SMALL_BUTTONS = """
return [...document.querySelectorAll("button")].filter((b) => b.checkVisibility() && b.getBoundingClientRect())
  .filter((b) => Math.min(b.getBoundingClientRect().width, b.getBoundingClientRect().height) < 60).map((b) => b.textContent);
"""

PAINTED = """
const canvas = document.getElementById("skeleton");
const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
let painted = 0;
for (let i = 3; i < data.length; i += 4) if (data[i]) painted += 1;
return painted;
"""


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

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

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
            pause.wait(0.1)
        pytest.fail(f"waited {PATIENCE_S:.0f} s for {what or reached}: {last!r}, {self.text('headline')!r}, {self.errors()}")

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.until(lambda: self.run("return [innerWidth, innerHeight]") == [width, height], "the new size")

    def show(self, name: str) -> None:
        self.kiosk.show(VIEWS[name])
        self.until(lambda: self.run("return document.body.dataset.screen") == name, f"the {name} screen")

    def text(self, element: str) -> str:
        return str(self.run(f"return document.getElementById('{element}').textContent"))

    def hidden(self, element: str) -> bool:
        return not self.run(f"return document.getElementById('{element}').checkVisibility()")

    def visible_words(self) -> str:
        return str(self.run("return document.body.innerText"))

    def errors(self) -> list[str]:
        """What the console complained about since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


@pytest.fixture(scope="module")
def driver() -> Iterator[webdriver.Chrome]:
    with open_chromium() as browser:
        browser.set_script_timeout(PATIENCE_S)
        yield browser


@pytest.fixture
def screen(driver: webdriver.Chrome) -> Iterator[Screen]:
    kiosk = FakeKiosk(VIEWS["idle"])
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    yield Screen(driver, kiosk)
    driver.get("about:blank")
    kiosk.close()


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("name", VIEWS)
def test_every_screen_fits_at_every_size(screen: Screen, name: str, width: int, height: int) -> None:
    """No scrolling, nothing cut or overlapping, 7:1 contrast, buttons for fingers, a quiet console."""
    screen.resize(width, height)
    screen.show(name)
    screen.until(lambda: screen.run(MISPLACED) == [], f"nothing misplaced, but {screen.run(MISPLACED)}")
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        screen.driver.save_screenshot(f"{SCREENSHOTS}/{name}_{width}x{height}.png")
    assert screen.run(FAINT) == []
    assert screen.run(SMALL_BUTTONS) == []
    assert screen.errors() == []


CUES = ["Tip forward from the ankles", "Land closer beneath you", "Run level, less up-down", "Swing from the shoulders", "Soft knees"]


@pytest.mark.parametrize(("width", "height"), [(800, 480), (1920, 1080)])
@pytest.mark.parametrize("words", CUES)
def test_cue_is_an_eighth_of_the_screen(screen: Screen, words: str, width: int, height: int) -> None:
    """Capitals of the cue are at least 12 % of the screen's height, in at most two lines."""
    screen.resize(width, height)
    screen.kiosk.show(replace(CUE, cue=replace(CUE.cue, text=words)))
    screen.until(lambda: screen.text("headline") == words and screen.run(CAP_HEIGHT) >= 0.12 * height, "large letters")
    assert screen.run(LINES) <= 2


def test_upright_screen_uses_its_width_for_the_cue(screen: Screen) -> None:
    """At 720x1280 two lines of 12 % cannot hold six words: the letters are as tall as three lines allow, over 10 mm on a 7 inch panel."""
    screen.resize(720, 1280)
    screen.show("cue")
    screen.until(lambda: screen.run(CAP_HEIGHT) >= 80, "large letters")
    assert screen.run(LINES) <= 3


def test_cue_screen_says_cause_gauge_cadence_and_time(screen: Screen) -> None:
    """One cue, what it may come from with the side, one gauge with its band and evidence in words, cadence, elapsed time."""
    screen.show("cue")
    words = screen.visible_words()
    expected = [
        "Tip forward from the ankles",
        "Left side. May come from swinging the legs mostly in front of you",
        "Thigh swing behind you",
        "below typical · evidence A",
    ]
    assert [part for part in [*expected, "14", "19", "29", "171", "12:34", "End run"] if part not in words] == []
    assert "may lead to" not in words


def test_gauge_puts_value_and_band_where_they_belong(screen: Screen) -> None:
    """On a scale from 5 to 45 the band 19 to 29 starts at 35 % and ends 40 % before the right end; 14.2 points at 23 %."""
    screen.show("cue")
    styles = screen.run("return ['band', 'pointer'].map((n) => document.getElementById(`gauge-${n}`).style).map((s) => [s.left, s.right])")
    assert styles == [["35%", "40%"], ["23%", "auto"]]


def test_bands_of_our_own_choice_are_not_called_typical(screen: Screen) -> None:
    """Grade D: "our guide"."""
    fault = replace(CUE.cue.fault, grade="D")
    screen.kiosk.show(replace(CUE, cue=replace(CUE.cue, fault=fault)))
    screen.until(lambda: screen.text("gauge-word") == "below our guide · evidence D")


def test_calm_screen_claims_nothing(screen: Screen) -> None:
    """Without a cue the screen says so, and shows cadence; it does not call the run good."""
    screen.show("calm")
    assert (screen.text("headline"), screen.text("subline")) == ("Run easy", "No cue right now.")
    assert screen.text("gauge-label") == "Cadence"


def test_cannot_judge_wins_over_a_cue(screen: Screen) -> None:
    """While nothing can be judged the reason is the headline, and no gauge pretends to measure."""
    screen.kiosk.show(replace(CUE, cannot_judge="You are walking."))
    screen.until(lambda: screen.text("headline") == "You are walking.")
    assert screen.hidden("gauge")


def test_countdown_is_one_giant_digit(screen: Screen) -> None:
    """The digit's height is over half of the screen's."""
    screen.resize(800, 480)
    screen.show("countdown")
    screen.until(lambda: screen.text("headline") == "3" and screen.run(CAP_HEIGHT) > 240)


def test_summary_tells_findings_numbers_and_evidence(screen: Screen) -> None:
    """Good first, then what to work on with drill, cause and grade; cadence and lean; a legend for the letters."""
    screen.show("summary")
    words = screen.visible_words()
    expected = ["12:34", "1043 strides", "Good", "Work on", "Drill: High knees, arms in sync.", "May come from slow steps", "Evidence D"]
    expected += ["Cadence", "171", "Forward lean", "6.4", "A measured", "New run"]
    assert [part for part in expected if part not in words] == []
    assert words.index("Good") < words.index("Work on")


def test_summary_without_a_verdict_says_why(screen: Screen) -> None:
    """A refusal takes the place of the findings."""
    refused = replace(VIEWS["summary"].summary, refusal="Fewer than 4 strides were seen.", findings=(), metrics={})
    screen.kiosk.show(replace(VIEWS["summary"], summary=refused))
    screen.until(lambda: "No verdict: Fewer than 4 strides were seen." in screen.visible_words())
    assert screen.errors() == []


def test_weak_joints_are_not_drawn(screen: Screen) -> None:
    """Joints scored below 0.2 leave no paint; well seen ones do."""
    screen.show("calm")
    screen.until(lambda: screen.run(PAINTED) > 1000, "a skeleton")
    screen.kiosk.show(replace(RUNNING, pose=replace(RUNNING.pose, score=RUNNING.pose.score * 0 + 0.19)))
    screen.until(lambda: screen.run(PAINTED) == 0, "an empty canvas")


def test_picture_and_mirror_are_the_runners_choice_and_kept(screen: Screen) -> None:
    """Both toggles work, survive a reload, and the server encodes pictures only while one is shown."""
    pictures = "return document.getElementById('picture').naturalWidth"
    seats = "return fetch('/health').then((answer) => answer.json()).then((health) => health.pictures)"
    screen.until(lambda: screen.run(pictures) == 640 and screen.run(seats) == 1, "a picture")
    for name in ("picture-toggle", "mirror-toggle"):
        screen.driver.find_element(By.ID, name).click()
    screen.until(lambda: screen.run(seats) == 0, "the picture's seat free again")
    screen.driver.refresh()
    screen.until(lambda: screen.text("picture-toggle") == "Picture: off" and screen.text("mirror-toggle") == "Mirror: off")
    assert screen.run("return document.getElementById('looks').matches('.mirrored')") is False
    assert screen.errors() == []


def test_privacy_mode_has_no_picture_and_no_button_for_it(driver: webdriver.Chrome) -> None:
    """[web] picture = false: the skeleton only, nothing asked for that the server refuses."""
    kiosk = FakeKiosk(VIEWS["calm"], picture=False)
    try:
        screen = Screen(driver, kiosk)
        screen.until(lambda: screen.run(PAINTED) > 1000, "a skeleton")
        assert (screen.hidden("picture"), screen.hidden("picture-toggle"), screen.errors()) == (True, True, [])
    finally:
        driver.get("about:blank")
        kiosk.close()


def commands(screen: Screen, n: int) -> list[Command]:
    found: list[Command] = []
    with_timeout = PATIENCE_S
    while len(found) < n:
        found.append(screen.kiosk.commands.get(timeout=with_timeout))
    return found


def test_keys_send_commands_once(screen: Screen) -> None:
    """Space toggles, s starts, x stops; a held key counts once; with Ctrl it is the browser's."""
    ActionChains(screen.driver).send_keys(" ").perform()
    assert commands(screen, 1) == [Command.TOGGLE]
    screen.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: 's', repeat: true}))")
    screen.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: 's', ctrlKey: true}))")
    for key in "sx":
        ActionChains(screen.driver).send_keys(key).perform()
        assert commands(screen, 1) == [{"s": Command.START, "x": Command.STOP}[key]]
    with pytest.raises(queue.Empty):
        screen.kiosk.commands.get(timeout=0.5)


def test_buttons_send_commands(screen: Screen) -> None:
    """The one main button starts, ends, starts again; after a touch the space key is still the toggle."""
    sent = []
    for name in ("idle", "calm", "summary"):
        screen.show(name)
        screen.driver.find_element(By.ID, "main").click()
        sent += commands(screen, 1)
    screen.driver.find_element(By.ID, "done").click()
    sent += commands(screen, 1)
    ActionChains(screen.driver).send_keys(" ").perform()
    assert sent + commands(screen, 1) == [Command.START, Command.STOP, Command.START, Command.STOP, Command.TOGGLE]


def test_a_command_that_did_not_get_through_is_said(screen: Screen) -> None:
    """A full queue: the notice asks to press again."""
    while screen.kiosk.commands.qsize() < 8:
        screen.kiosk.commands.put_nowait(Command.START)
    screen.driver.find_element(By.ID, "main").click()
    screen.until(lambda: "press again" in screen.text("notice"))


def test_page_recovers_by_itself_when_the_kiosk_restarts(screen: Screen) -> None:
    """Server gone: "Starting…", not an error and no old cue. Server back on the same port: the new state, the picture too."""
    screen.show("cue")
    port = screen.kiosk.server.port
    screen.kiosk.close()
    screen.until(lambda: not screen.hidden("overlay") and screen.text("overlay-title") == "Starting…", "the banner")
    screen.kiosk = FakeKiosk(VIEWS["calm"], port=port)
    try:
        screen.until(lambda: screen.hidden("overlay") and screen.text("headline") == "Run easy", "the new state")
        screen.until(lambda: 'pictures":1' in json.dumps(health(screen), separators=(",", ":")), "the picture")
    finally:
        screen.driver.get("about:blank")
        screen.kiosk.close()


def health(screen: Screen) -> dict[str, object]:
    found: dict[str, object] = screen.run("return fetch('/health').then((answer) => answer.json())")
    return found


def test_new_program_reloads_the_page(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the program's version changed at a restart, the page fetches itself again."""
    screen.run("window.loadedBefore = true")
    port = screen.kiosk.server.port
    screen.kiosk.close()
    monkeypatch.setattr("kiosk.web.live.__version__", "9.9")
    screen.kiosk = FakeKiosk(VIEWS["calm"], port=port)
    try:
        screen.until(lambda: screen.run("return document.body.dataset.version") == "9.9" and screen.text("headline") == "Run easy")
        assert screen.run("return window.loadedBefore") is None
    finally:
        screen.driver.get("about:blank")
        screen.kiosk.close()


def test_a_running_screen_without_news_does_not_keep_an_old_cue(screen: Screen) -> None:
    """The kiosk answers but measures nothing for 5 s while running: the page says it waits for the camera."""
    screen.show("cue")
    assert screen.kiosk.pause()
    screen.until(lambda: not screen.hidden("overlay") and screen.text("overlay-title") == "Waiting for the camera…", "the banner")


def test_right_side_is_named(screen: Screen) -> None:
    """A one-sided fault names the runner's own side."""
    cue = replace(CUE.cue, fault=replace(CUE.cue.fault, side=Side.RIGHT), may_come_from="low cadence")
    screen.kiosk.show(replace(CUE, state=State.RUNNING, cue=cue))
    screen.until(lambda: screen.text("subline") == "Right side. May come from low cadence")
