"""The page never stays on an error: in a real browser it tells the station, and loads itself again when the station answers."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from page_screen import Screen
from selenium import webdriver
from web_fakes import FakeKiosk
from web_views import VIEWS

from chromium import needs_chromium
from kiosk.threads import Stop, monotonic_s

pytestmark = needs_chromium

TOKEN = "0123456789abcdef" * 2
STEADY_S = 1.5


@pytest.fixture(autouse=True)
def forget(screen: Screen) -> Iterator[None]:
    """Each test begins with the shortest pause, and leaves no token and no complaint behind."""
    screen.run("sessionStorage.clear()")
    yield
    screen.driver.execute_script("if (location.protocol === 'http:') sessionStorage.clear()")
    screen.errors()


def as_page(screen: Screen, script: str) -> None:
    """Run a script as the page's own: errors of those that the driver runs are hidden from the page."""
    screen.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": script})


def mark(screen: Screen) -> None:
    """So that a page that was loaded again is known."""
    screen.run("window.marked = true")


def fresh(screen: Screen) -> bool:
    """A page loaded since `mark` shows a view."""
    return bool(screen.run("return !window.marked && document.getElementById('overlay')?.hidden"))


def steady(screen: Screen) -> bool:
    """The page is not loaded again any more."""
    mark(screen)
    Stop().wait(STEADY_S)
    return bool(screen.run("return window.marked"))


def test_a_thrown_error_is_told_once_and_the_page_comes_back(screen: Screen, caplog: pytest.LogCaptureFixture) -> None:
    """An exception in a handler: one line in the log although it is thrown again and again, one reload, then the page is steady."""
    caplog.set_level(logging.ERROR)
    mark(screen)
    as_page(screen, "setInterval(() => { throw new RangeError('Anna Muster') }, 20)")
    screen.until(lambda: fresh(screen), "the page to come back")
    assert steady(screen)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert re.fullmatch(r"an error of the page: RangeError in page\.js:\d+; it loads itself again", told[0])


def test_a_promise_that_fails_brings_the_page_back(screen: Screen) -> None:
    """Also errors that no handler sees."""
    mark(screen)
    as_page(screen, "Promise.reject(new TypeError('x')); 0")
    screen.until(lambda: fresh(screen), "the page to come back")
    assert steady(screen)


def test_a_view_that_cannot_be_drawn_brings_the_page_back(screen: Screen) -> None:
    """A page that lost a part of itself cannot draw the next view: that is an error like any other."""
    mark(screen)
    screen.run("document.getElementById('headline').remove()")
    screen.until(lambda: fresh(screen), "the page to come back")
    assert screen.text("headline")


def test_errors_that_come_again_are_answered_with_growing_pauses(screen: Screen) -> None:
    """Half a second, then one, and so on: a page that fails at once every time does not keep the station busy."""
    pauses = []
    for _ in range(2):
        mark(screen)
        begin_s = monotonic_s()
        as_page(screen, "setTimeout(() => { throw new Error('x') })")
        screen.until(lambda: fresh(screen), "the page to come back")
        pauses.append(monotonic_s() - begin_s)
    assert [pause >= least for pause, least in zip(pauses, (0.5, 1.0), strict=True)] == [True] * 2
    assert pauses[0] < 2.0


def test_a_new_version_is_loaded_exactly_once(screen: Screen, driver: webdriver.Chrome, monkeypatch: pytest.MonkeyPatch) -> None:
    """The station is started anew as another version: the page of that version is fetched, and then nothing more."""
    mark(screen)
    port = screen.kiosk.server.port
    screen.kiosk.close()
    monkeypatch.setattr("kiosk.web.live.__version__", "99.0")
    screen.kiosk = FakeKiosk(VIEWS["cue"], port=port)
    screen.until(lambda: fresh(screen), "the new page")
    found = (screen.run("return document.body.dataset.version"), steady(screen))
    driver.get("about:blank")
    screen.kiosk.close()
    assert found == ("99.0", True)


def test_the_station_away_and_back(screen: Screen, driver: webdriver.Chrome) -> None:
    """ "Starting…" while it is away, the view again soon after it is back, without a reload."""
    mark(screen)
    port = screen.kiosk.server.port
    screen.kiosk.close()
    screen.until(lambda: screen.text("overlay-title") == "Starting…" and not screen.hidden("overlay"), "Starting")
    screen.kiosk = FakeKiosk(VIEWS["cue"], port=port)
    begin_s = monotonic_s()
    screen.until(lambda: screen.hidden("overlay"), "the view")
    took_s = monotonic_s() - begin_s
    kept = screen.run("return window.marked")
    driver.get("about:blank")
    screen.kiosk.close()
    assert kept
    assert took_s < 4


def test_an_error_while_the_station_is_away_waits_for_it(screen: Screen, driver: webdriver.Chrome) -> None:
    """The page is not left for the browser's own error page, which would stay; it is loaded again when the station is back."""
    mark(screen)
    port = screen.kiosk.server.port
    screen.kiosk.close()
    as_page(screen, "setTimeout(() => { throw new Error('x') })")
    Stop().wait(2.0)
    waited = screen.run("return window.marked && location.protocol")
    screen.kiosk = FakeKiosk(VIEWS["cue"], port=port)
    screen.until(lambda: fresh(screen), "the page to come back")
    driver.get("about:blank")
    screen.kiosk.close()
    assert waited == "http:"


def test_a_page_without_its_script_is_loaded_again(screen: Screen) -> None:
    """The station died while the page was on its way: what is missing is noticed. Chromium is told to refuse one file, then no longer."""
    screen.driver.execute_cdp_cmd("Network.enable", {})
    screen.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/static/screens.js"]})
    screen.driver.get(screen.kiosk.server.url)
    screen.until(lambda: screen.text("overlay-title") == "Starting…" and not screen.hidden("overlay"), "Starting, said by the page itself")
    screen.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    screen.until(lambda: screen.hidden("overlay"), "the page to come back")
    screen.driver.execute_cdp_cmd("Network.disable", {})


def test_the_own_screen_says_that_it_lives(screen: Screen) -> None:
    """With a token in its address it tells once a second that it works and has drawn, also after it was loaded again; without, never."""

    def ages() -> dict[str, float | None]:
        found: dict[str, float | None] = screen.run(
            f"const r = new XMLHttpRequest(); r.open('GET', '/screen/{TOKEN}', false); r.send(); return JSON.parse(r.responseText)"
        )
        return found

    assert ages() == {"alive_s": None, "drawn_s": None}
    screen.driver.get(f"{screen.kiosk.server.url}?screen={TOKEN}")
    screen.until(lambda: ages()["drawn_s"] is not None, "the first beat")
    seen = []
    for _ in range(15):
        Stop().wait(0.2)
        seen.append(ages())
    assert max(age["alive_s"] or 0.0 for age in seen) < 2.5
    assert max(age["drawn_s"] or 0.0 for age in seen) < 2.5
    screen.kiosk.show(replace(VIEWS["idle"]))
    screen.driver.get("about:blank")
