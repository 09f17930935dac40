"""The doctor's page: what it says to somebody who has never seen a terminal, that it can be read, and that it never stays."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from doctor_fakes import FakeDoctor, sick, well
from measures import FAINT, SMALL_BUTTONS, SMALL_WORDS
from page_screen import SIZES, Screen
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from web_fakes import FakeKiosk
from web_views import VIEWS

from chromium import needs_chromium
from kiosk.config import WebConfig
from kiosk.health import Check, Level
from kiosk.screen import LiveView
from kiosk.threads import Latest, Stop
from kiosk.web import create_app
from kiosk.words import Phrase

OVERFLOWING = """
// words cut sideways, buttons off the screen, rows wider than their list
const wrong = [];
if (document.scrollingElement.scrollHeight > innerHeight || document.scrollingElement.scrollWidth > innerWidth) wrong.push("page scrolls");
const list = document.getElementById("list");
if (list.scrollWidth > list.clientWidth) wrong.push("list scrolls sideways");
for (const one of document.querySelectorAll("button, h1, h2, .row p, .mark span")) {
  const { left, right } = one.getBoundingClientRect();
  if (left < 0 || right > innerWidth || one.scrollWidth > one.clientWidth + 1) wrong.push(one.textContent);
}
for (const one of document.querySelectorAll(".mark span")) {
  if (one.getBoundingClientRect().height > 1.6 * parseFloat(getComputedStyle(one).fontSize)) wrong.push(`broken: ${one.textContent}`);
}
for (const one of document.querySelectorAll("button")) if (one.getBoundingClientRect().bottom > innerHeight) wrong.push(one.textContent);
return wrong;
"""
ROWS = "return [...document.querySelectorAll('.row')].map((row) => [row.dataset.name, row.dataset.level])"


def client(doctor: FakeDoctor | None, **web: Any) -> Any:
    return create_app(Latest[LiveView](), Latest(), lambda press: True, WebConfig(**web), Stop(), doctor=doctor).test_client()


def test_json_is_in_the_language_that_is_asked_for() -> None:
    """English for `kiosk doctor`, German for a page that asks; numbers that are not finite are null."""
    doctor = FakeDoctor()
    doctor.report = (Check("light", Level.NOTE, Phrase("No camera found. {look}", look="?"), Phrase("Look"), float("nan"), "grey"),)
    pages = {language: client(doctor).get(f"/doctor.json?language={language}").json for language in ("en", "de", "xx")}
    assert [page["checks"][0]["title"] for page in pages.values()] == ["Light", "Licht", "Light"]
    assert pages["de"]["checks"][0]["found"] == "Keine Kamera gefunden. ?"
    assert {key: pages["en"][key] for key in ("schema", "level", "busy", "settings")} == {
        "schema": 1,
        "level": "note",
        "busy": False,
        "settings": doctor.settings,
    }
    assert (pages["en"]["checks"][0]["value"], set(pages["en"]["checks"][0])) == (
        None,
        {"name", "title", "level", "found", "advice", "value", "unit"},
    )


def test_a_report_that_takes_too_long_is_said_and_asked_for_anew() -> None:
    """503 with a sentence; POST looks at everything anew; a recorder has no such page."""
    doctor = FakeDoctor()
    assert client(doctor).post("/doctor/again").json["level"] == "wrong"
    assert doctor.asked == [(0, True)]
    doctor.report = None
    assert client(doctor).get("/doctor.json").status_code == 503
    assert client(None).get("/doctor").status_code == 404


def test_a_screen_on_the_doctors_page_counts_as_a_screen() -> None:
    """Else the page itself would say that no browser is there; `kiosk doctor` is none."""
    doctor = FakeDoctor()
    browser = client(doctor)
    browser.get("/doctor.json")
    browser.get("/doctor.json?page=1")
    browser.get("/doctor.json")
    assert [screens for screens, _ in doctor.asked] == [0, 1, 1]


@pytest.mark.parametrize("path", ["/doctor", "/doctor.json"])
def test_other_machines_do_not_get_it(path: str) -> None:
    """With [web] lan neither unencrypted nor encrypted; nor do foreign web pages on this machine."""
    browser = client(FakeDoctor(), lan=True)
    assert browser.get(path).status_code == 200
    elsewhere = {"REMOTE_ADDR": "192.168.1.7"}
    assert browser.get(path, environ_base=elsewhere).status_code == 403
    assert browser.get(path, environ_base=elsewhere, base_url="https://localhost").status_code == 403
    assert browser.get(path, headers={"Origin": "http://elsewhere.example"}).status_code == 403


@pytest.fixture
def doctor() -> FakeDoctor:
    return FakeDoctor()


@pytest.fixture
def page(driver: webdriver.Chrome, doctor: FakeDoctor) -> Iterator[Screen]:
    """A station's screen that knows a doctor; the page is opened from it."""
    kiosk = FakeKiosk(replace(VIEWS["idle"], notice="No camera found."), doctor=doctor)
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    screen = Screen(driver, kiosk)
    screen.until(lambda: not screen.hidden("notice"))
    yield screen
    driver.get("about:blank")
    kiosk.close()


def opened(page: Screen, language: str = "en") -> None:
    page.driver.get("about:blank")
    page.driver.get(f"{page.kiosk.server.url}doctor#{language}")
    page.until(lambda: page.run(ROWS))


def click(page: Screen, element: str) -> None:
    ActionChains(page.driver).click(page.driver.find_element("id", element)).perform()


@needs_chromium
def test_a_tap_on_the_notice_opens_it_and_a_button_leads_back(page: Screen) -> None:
    """In the station's language; "back" is the screen."""
    click(page, "notice")
    page.until(lambda: page.run(ROWS))
    assert page.text("title") == "2 things are wrong"
    click(page, "back")
    page.until(lambda: page.text("headline"))


@needs_chromium
def test_the_worst_stands_on_top_with_what_to_do(page: Screen, doctor: FakeDoctor) -> None:
    """Wrong, worth a look, fine, not there; each with its sign and its word; what to do only where something is to be done."""
    opened(page)
    rows = page.run(ROWS)
    assert [level for _, level in rows] == ["wrong"] * 2 + ["note"] + ["ok"] * (len(rows) - 8) + ["absent"] * 5
    assert [name for name, level in rows if level in ("wrong", "note")] == ["camera", "buttons", "power"]
    words = page.run("return [...document.querySelectorAll('.row')].slice(0, 2).map((row) => row.innerText.split(/\\n+/))")
    assert words[0][:2] == ["Wrong", "Camera"]
    assert words[0][-1].startswith("What to do: Switch the device off, push both ends")
    assert page.run("return document.querySelectorAll('.do').length") == 3
    doctor.report = well()
    click(page, "again")
    page.until(lambda: page.text("title") == "Nothing is wrong")
    assert doctor.asked[-1][1] is True
    assert page.errors() == []


@needs_chromium
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_can_be_read_and_pressed_at_every_size(page: Screen, width: int, height: int, language: str) -> None:
    """Nothing cut, letters and buttons large enough, 7:1 contrast, nothing for axe; the list is scrolled by a finger."""
    page.resize(width, height)
    opened(page, language)
    page.picture(f"doctor-{language}-{width}x{height}")
    assert page.run(OVERFLOWING) == []
    assert (page.run(SMALL_WORDS), page.run(SMALL_BUTTONS), page.run(FAINT)) == ([], [], [])
    assert page.violations() == []
    assert page.run("return document.documentElement.lang") == language
    page.run("document.getElementById('list').scrollTop = 1e6")
    page.picture(f"doctor-{language}-{width}x{height}-end")
    assert page.run("return document.querySelector('.row:last-child').getBoundingClientRect().bottom <= innerHeight")


@needs_chromium
def test_its_language_can_be_changed(page: Screen) -> None:
    """By its button, with everything on it."""
    opened(page)
    click(page, "language")
    page.until(lambda: page.text("title") == "2 Dinge sind nicht in Ordnung" and "Was tun:" in page.visible_words())


@needs_chromium
def test_it_goes_back_to_the_screen_when_nobody_touches_it(page: Screen) -> None:
    """Three minutes after the last touch; the clock of the page is put forward here."""
    opened(page)
    page.run("const now = performance.now.bind(performance); performance.now = () => now() + 170000")
    click(page, "title")
    page.run("const now = performance.now.bind(performance); performance.now = () => now() + 170000")
    Stop().wait(1.5)
    assert page.run(ROWS)
    page.run("const now = performance.now.bind(performance); performance.now = () => now() + 20000")
    page.until(lambda: page.text("headline"))


@needs_chromium
def test_it_goes_back_at_once_when_somebody_steps_on(page: Screen, doctor: FakeDoctor) -> None:
    """The screen is the runner's; who opens it during a run may read it, and is told that some things wait."""
    doctor.busy = True
    opened(page)
    assert page.text("sub") == "Somebody runs: some things are looked at later."
    doctor.busy = False
    click(page, "again")
    page.until(lambda: page.text("sub") == "Worth a look: 1")
    doctor.busy = True
    page.until(lambda: page.text("headline"))


@needs_chromium
def test_it_goes_back_also_when_somebody_steps_on_before_the_first_report(page: Screen, doctor: FakeDoctor) -> None:
    """The first report takes up to half a minute: the runner's screen must not be left on this page for it."""
    doctor.report = None
    page.driver.get("about:blank")
    page.driver.get(f"{page.kiosk.server.url}doctor#en")
    page.until(lambda: doctor.asked)
    doctor.busy, doctor.report = True, sick()
    page.until(lambda: page.text("headline"))


@needs_chromium
def test_a_station_that_is_away_is_said_and_the_page_stays_until_it_is_back(page: Screen, doctor: FakeDoctor) -> None:
    """It says so, does not go to the browser's own error page, and goes on by itself."""
    opened(page)
    port, kiosk = page.kiosk.server.port, page.kiosk
    kiosk.close()
    click(page, "again")
    page.until(lambda: page.text("title") == "The station does not answer.")
    click(page, "back")
    doctor.report = sick()[:1]
    page.kiosk = FakeKiosk(VIEWS["idle"], port, doctor)
    page.until(lambda: page.text("title") == "Nothing is wrong" if page.run(ROWS) else None)
