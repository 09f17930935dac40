"""The clinic's pages in a real browser: from the first PIN to the report and the lock, every page at three sizes, by axe and by eye."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_core_python
import pytest

from chromium import needs_chromium, open_chromium

sys.path.append(str(Path(__file__).parent / "web"))
from clinic_house import CODE, PIN, House
from fake_desk import FakeDesk
from measures import AXE, FAINT
from page_screen import SCREENSHOTS

from kiosk.clinic import BoutQuality, CopyNow, Stick
from kiosk.config import WebConfig
from kiosk.web.server import Server
from kiosk.words import Language, Phrase

pytestmark = needs_chromium

SIZES = ((800, 480), (720, 1280), (1920, 1080))
PATIENCE_S = 15.0
NEXT = "return !document.documentElement.dataset.left && document.readyState === 'complete'"
WIDE = "return document.scrollingElement.scrollWidth > innerWidth ? [document.scrollingElement.scrollWidth] : []"
SMALL = """
return [...document.querySelectorAll("button, a, summary, input, label.tick")].filter((e) => e.checkVisibility() && !e.matches(".skip"))
  .filter((e) => !e.closest("label.tick") || e.matches("label"))
  .map((e) => [e.textContent.trim() || e.id, e.getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < 47.5).map(([name, box]) => `${name} ${box.width}x${box.height}`);
"""


class Desk:
    """A browser at a station with a clinic."""

    def __init__(self, browser: Any, house: House, server: Server) -> None:
        self.browser, self.house, self.server = browser, house, server
        self.url = f"http://localhost:{server.port}"

    def open(self, path: str) -> None:
        self.browser.get(self.url + path)

    def run(self, script: str, *values: object) -> Any:
        return self.browser.execute_script(script, *values)

    def type(self, **fields: str) -> None:
        for name, text in fields.items():
            field = self.browser.find_element("id", name)
            field.clear()
            field.send_keys(text)

    def press(self, css: str) -> None:
        """Press, and wait for the next page."""
        self.run("document.documentElement.dataset.left = 'yes'")  # a name on window may be that of an element
        self.browser.find_element("css selector", css).click()
        self.until(
            lambda: self.run("return !document.documentElement.dataset.left && document.readyState === 'complete'"), f"the page after {css}"
        )

    def until(self, reached: Callable[[], object], what: str) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while not reached():
            if time.monotonic() > end_s:
                pytest.fail(f"{what} did not come: {self.run('return document.body.innerText')}")
            time.sleep(0.05)

    def look(self, name: str, rules: bool = True) -> None:
        """At every size: no sideways scrolling, things to press of 48 px, 7:1 contrast; nothing for axe where `rules`, which know no
        language; pictures when asked for.
        """
        for width, height in SIZES:
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            assert {"wide": self.run(WIDE), "small": self.run(SMALL), "faint": self.run(FAINT)} == {"wide": [], "small": [], "faint": []}, (
                name
            )
            if SCREENSHOTS:
                Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
                self.browser.save_screenshot(f"{SCREENSHOTS}/clinic-{width}x{height}-{name.replace('/', '')}.png")
        if not rules:
            return
        self.browser.execute_script((Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
        assert self.browser.execute_async_script(AXE) == [], name

    def bout(self) -> None:
        """Press start and wait for the verdict."""
        self.press("#start")
        assert self.run("return Boolean(document.getElementById('now'))")
        self.until(lambda: self.run("return Boolean(document.getElementById('verdict'))"), "the verdict")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_chromium() as opened:
        opened.set_script_timeout(PATIENCE_S)
        yield opened


@pytest.fixture
def desk(browser: Any) -> Iterator[Desk]:
    house = House(FakeDesk(run_s=1.5))
    server = Server(house.app, WebConfig(port=0)).start()
    browser.delete_all_cookies()
    opened = Desk(browser, house, server)
    yield opened
    browser.get("about:blank")
    assert opened.server.stop()


def test_from_the_first_pin_to_the_report(desk: Desk) -> None:
    """First PIN, a patient, consent, two bouts, the report, the lock; the address never names the patient, the console is quiet."""
    desk.open("/clinic/")
    desk.type(pin=PIN, again=PIN)
    desk.press("button.main")
    desk.press("#new")
    desk.type(code="P-001", height_cm="176", speed_kmh="9,5")
    desk.press("button.main")
    desk.press("#baseline")
    desk.browser.find_element("id", "agreed").click()
    desk.press("#begin")
    desk.bout()
    desk.press("#use")
    desk.bout()
    desk.press("#use")
    report = desk.browser.find_element("id", "html-de").get_attribute("href")
    assert "P-001" not in desk.browser.current_url + report
    desk.open(report.removeprefix(desk.url))
    assert "Report 1" in desk.run("return document.body.innerText")
    desk.browser.back()
    desk.press("#lock")
    desk.open("/clinic/patients")
    assert desk.browser.current_url == f"{desk.url}/clinic/"
    (visit,) = desk.house.desk.visits.values()
    assert [bout.order.view for bout in visit.bouts] == ["left", "front"]
    assert (visit.bouts[0].order.speed_kmh, visit.consent.video, "stick figure" in visit.consent.text) == (9.5, False, True)
    assert [entry for entry in desk.browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_the_pin_is_changed_in_the_settings(desk: Desk) -> None:
    """With the old one; the new one opens the door then."""
    desk.open("/clinic/")
    desk.type(pin=PIN, again=PIN)
    desk.press("button.main")
    desk.open("/clinic/settings")
    desk.type(old=PIN, pin="740218", again="740218")
    desk.press("form[action$='change-pin'] button")
    assert "The PIN is changed" in desk.run("return document.body.innerText")
    desk.press("#lock")
    desk.type(pin="740218")
    desk.press("button.main")
    assert desk.browser.current_url == f"{desk.url}/clinic/patients"


def start_a_bout(desk: Desk) -> None:
    """From the first PIN to a bout of which 42 s are left."""
    desk.open("/clinic/")
    desk.type(pin=PIN, again=PIN)
    desk.press("button.main")
    desk.open(f"/clinic/patients/{desk.house.patient()}/consent")
    desk.browser.find_element("id", "agreed").click()
    desk.press("#begin")
    desk.press("#start")
    desk.until(lambda: desk.run("return document.getElementById('left').textContent") == "0:42", "the seconds left")


def test_a_bout_that_runs_is_told_and_can_be_stopped(desk: Desk) -> None:
    """The seconds come by themselves; the button is there while there is something to stop; after it the page says what came of it."""
    desk.house.desk._times = (0.5, 60.0, 0.1)
    start_a_bout(desk)
    assert "looks ahead" in desk.run("return document.getElementById('doing').textContent")
    desk.press("#stop")
    assert desk.run("return [Boolean(document.getElementById('now')), Boolean(document.querySelector('.trouble'))]") == [False, True]


def test_the_copy_to_a_stick_is_told_while_it_runs(desk: Desk) -> None:
    """The bar moves by itself, the page says that the stick stays in, and then that it may go."""
    desk.open("/clinic/")
    desk.type(pin=PIN, again=PIN)
    desk.press("button.main")
    desk.house.desk.copied = CopyNow("KINGSTON", 10, 100)
    desk.open("/clinic/copy")
    assert "Leave the stick in." in desk.run("return document.body.innerText")
    desk.look("copying")
    desk.house.desk.copied = CopyNow("KINGSTON", 70, 100)
    desk.until(lambda: desk.run("return document.getElementById('bar').value") == 70, "the bar")
    desk.house.desk.copied = CopyNow("KINGSTON", 100, 100, finished=True)
    desk.until(lambda: "may be taken out" in desk.run("return document.body.innerText"), "the end")
    desk.look("copied")
    desk.house.desk.copied = CopyNow("KINGSTON", 70, 100, problem=Phrase("The stick was taken out."))
    desk.open("/clinic/copy")
    assert "The stick was taken out." in desk.run("return document.body.innerText")


@pytest.mark.parametrize("language", list(Language))
def test_every_page_fits_and_is_readable(desk: Desk, language: Language) -> None:
    """All pages at three sizes, in both languages."""
    fake = desk.house.desk

    def look(name: str) -> None:
        desk.look(f"{name}-{language}", rules=language is Language.EN)

    fake.plugged = (Stick("KINGSTON", "/media/k", 8_000_000_000),)
    fake.quality = BoutQuality(False, (Phrase("The runner left the picture."),))
    desk.open("/clinic/")
    if desk.run("return document.documentElement.lang") != language:
        desk.press(f"button[name=language][value={language}]")
    look("first")
    desk.type(pin=PIN, again=PIN)
    desk.press("button.main")
    patient_id = desk.house.patient()
    for kind in ("baseline", "retest"):
        desk.open(f"/clinic/patients/{patient_id}/consent?kind={kind}")
        if kind == "baseline":
            look("consent")
        desk.browser.find_element("id", "agreed").click()
        desk.press("#begin")
        if kind == "baseline":
            look("side")
            desk.press("#start")
            look("running")
        else:
            desk.press("#start")
        desk.until(lambda: desk.run("return Boolean(document.getElementById('verdict'))"), "the verdict")
    look("verdict")
    fake.quality = BoutQuality(True)
    desk.press("#start")
    desk.until(lambda: desk.run("return Boolean(document.querySelector('#verdict[data-ok=yes]'))"), "the second verdict")
    look("second-verdict")
    pages = {"results": "/clinic/assessments/2?step=3", "patients": "/clinic/patients", "new": "/clinic/patients/new"}
    pages |= {
        name: f"/clinic/patients/{patient_id}{path}" for name, path in (("patient", ""), ("delete", "/delete"), ("export", "/export"))
    }
    pages |= {name: f"/clinic/{name}" for name in ("runs", "settings", "keys")}
    for name, path in pages.items():
        desk.open(path)
        look(name)


def test_a_page_that_locked_itself_leaves(desk: Desk) -> None:
    """Nobody asked for anything: the script sees the lock and the patient's page goes."""
    desk.open("/clinic/")
    desk.type(pin=PIN, again=PIN)
    desk.press("button.main")
    desk.open(f"/clinic/patients/{desk.house.patient()}")
    desk.house.post("/clinic/enter", pin=PIN)
    desk.house.post("/clinic/change-pin", role="clinic", old=PIN, pin="740218", again="740218")
    desk.until(lambda: desk.browser.current_url == f"{desk.url}/clinic/", "the door")


def jump(desk: Desk, minutes: float) -> None:
    """The page's clock goes on, the station's does not."""
    desk.run("window.trueNow ??= Date.now.bind(Date); Date.now = () => trueNow() + arguments[0] * 60000;", minutes)


@pytest.mark.parametrize("language", list(Language))
def test_a_page_without_its_station_locks_itself(desk: Desk, language: Language) -> None:
    """The station is gone: after [clinic] lock_min without use nothing of the patient is left, and a sentence says what to do."""
    desk.open("/clinic/")
    if desk.run("return document.documentElement.lang") != language:
        desk.press(f"button[name=language][value={language}]")
    desk.type(pin=PIN, again=PIN)
    desk.press("button.main")
    desk.open(f"/clinic/patients/{desk.house.patient()}")
    assert desk.server.stop()
    jump(desk, 9.8)
    time.sleep(1.5)  # the timer looks every second
    assert CODE in desk.run("return document.body.innerText")
    desk.browser.find_element("css selector", "h1").click()
    jump(desk, 19.6)
    time.sleep(1.5)
    assert CODE in desk.run("return document.body.innerText")
    jump(desk, 20.1)
    desk.until(lambda: CODE not in desk.run("return document.body.innerText"), "the lock")
    assert CODE not in desk.run("return document.documentElement.outerHTML")
    assert {"en": "Unlock it with your PIN", "de": "Entsperren Sie sie"}[language] in desk.run("return document.body.innerText")
    desk.look(f"asleep-{language}", rules=language is Language.EN)


def test_a_station_that_does_not_answer_is_told(desk: Desk) -> None:
    """A few seconds without an answer: no time that runs no more, no button that does nothing; the page goes on when it answers again."""
    desk.house.desk._times = (0.1, 60.0, 0.1)
    start_a_bout(desk)
    assert desk.server.stop()
    desk.until(lambda: desk.run("return document.getElementById('state').textContent") == "The station does not answer.", "the silence")
    assert desk.run("return [document.getElementById('left').textContent, document.getElementById('stopping').hidden]") == ["", True]
    desk.look("silent")
    desk.server = Server(desk.house.app, WebConfig(port=desk.server.port)).start()
    desk.until(lambda: desk.run("return document.getElementById('state').textContent") == "Running", "the bout")
    assert desk.run("return document.getElementById('stopping').hidden") is False
