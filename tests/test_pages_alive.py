"""An error on a page of the clinic: it is loaded again, but not over what somebody typed, and not for ever: asking keeps it unlocked."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chromium import needs_chromium, open_chromium

sys.path.append(str(Path(__file__).parent / "web"))
from clinic_house import CODE, PIN, House
from fake_desk import FakeDesk

from kiosk.config import WebConfig
from kiosk.threads import Stop
from kiosk.web.server import Server
from test_pages_clinic import Desk

pytestmark = needs_chromium

FAIL = "setTimeout(() => { throw new TypeError('x') }); 0"


@pytest.fixture
def form() -> Iterator[Desk]:
    """The form of a new patient."""
    house = House(FakeDesk())
    server = Server(house.app, WebConfig(port=0)).start()
    with open_chromium() as browser:
        opened = Desk(browser, house, server)
        opened.open("/clinic/")
        opened.type(pin=PIN, again=PIN)
        opened.press("button.main")
        opened.press("#new")
        yield opened
    assert opened.server.stop()


def failing(desk: Desk) -> None:
    """A script of the page fails."""
    desk.run("window.marked = true")
    desk.browser.execute_cdp_cmd("Runtime.evaluate", {"expression": FAIL})


def marked(desk: Desk) -> Any:
    """True as long as the page was not loaded again."""
    return desk.run("return window.marked ?? false")


def test_what_somebody_typed_is_worth_more(form: Desk) -> None:
    """Half a code stands in the form: the page stays. Nothing typed: it is loaded again, twice in a row and then no more."""
    form.type(code=CODE)
    failing(form)
    Stop().wait(2.0)
    assert (marked(form), form.run("return document.querySelector('[name=code]').value")) == (True, CODE)
    form.type(code="")
    form.run("sessionStorage.removeItem('again')")
    for _ in range(2):
        failing(form)
        form.until(lambda: not marked(form), "the page to come back")
    failing(form)
    Stop().wait(4.0)
    assert (marked(form), form.run("return location.pathname")) == (True, "/clinic/patients/new")
