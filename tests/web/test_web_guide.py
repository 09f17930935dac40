"""The guide for the camera over HTTP: a zone that was dragged, and hands of other machines."""

import queue
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from kiosk.config import WebConfig
from kiosk.domain import Frame
from kiosk.screen import Command, Drawn, Guide, LiveView, Menu, Option, Pick, Press, State
from kiosk.threads import Latest, Stop, offered
from kiosk.web import create_app
from kiosk.words import Phrase

FAR = {"REMOTE_ADDR": "192.168.1.50"}
MENU = Menu("setup", Phrase("Is the runner inside?"), (Option("next", Phrase("Go on")), Option("quit", Phrase("Cancel"))))
SETUP = LiveView(State.SETUP, menu=MENU, guide=Guide("zone", 2, 5, zone=(0.2, 0.1, 0.8, 0.9), adjustable=True))


class Kiosk:
    """The page's side only."""

    def __init__(self) -> None:
        self.views: Latest[LiveView] = Latest()
        self.presses: queue.Queue[Press] = queue.Queue(2)
        frames: Latest[Frame] = Latest()
        app = create_app(self.views, frames, lambda press: offered(self.presses, press), WebConfig(host="0.0.0.0"), Stop())
        self.client: FlaskClient = app.test_client()

    def post(self, path: str, far: bool = False) -> int:
        return self.client.post(path, environ_base=FAR if far else {}).status_code

    def asked(self) -> list[Press]:
        return [self.presses.get_nowait() for _ in range(self.presses.qsize())]


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk()


@pytest.mark.parametrize("state", [State.IDLE, State.CHECK, State.CHOOSE])
@pytest.mark.parametrize("name", ["setup", "test"])
def test_other_machines_do_not_open_the_guide(kiosk: Kiosk, state: State, name: str) -> None:
    """With [web] host the page is open to all, the guide only to the station itself; start works from everywhere."""
    kiosk.views.publish(LiveView(state))
    assert kiosk.post(f"/command/{name}", far=True) == 403
    assert kiosk.post("/command/start", far=True) == 202
    assert kiosk.post(f"/command/{name}") == 202
    assert kiosk.asked() == [Command.START, Command(name)]


def test_a_self_test_is_still_anybodys(kiosk: Kiosk) -> None:
    """While somebody runs, "test" is the runner's own and opens no guide."""
    kiosk.views.publish(LiveView(State.RUNNING))
    assert kiosk.post("/command/test", far=True) == 202


def test_other_machines_press_nothing_in_the_guide(kiosk: Kiosk) -> None:
    """Commands, choices and zones are for whoever stands there."""
    kiosk.views.publish(SETUP)
    for path in ("/command/start", "/command/stop", "/pick/quit", "/zone/100/100/900/900"):
        assert kiosk.post(path, far=True) == 403
    assert kiosk.asked() == []
    assert kiosk.post("/pick/quit") == 202
    assert kiosk.asked() == [Pick("quit")]


def test_a_dragged_zone(kiosk: Kiosk) -> None:
    """Thousandths of the picture; where no zone is shown to be changed it is refused; one that is none is told."""
    assert kiosk.post("/zone/100/50/900/950") == 409
    kiosk.views.publish(replace(SETUP, guide=Guide("roll", 3, 5)))
    assert kiosk.post("/zone/100/50/900/950") == 409
    kiosk.views.publish(SETUP)
    assert kiosk.post("/zone/100/50/900/950") == 202
    assert kiosk.asked() == [Drawn((0.1, 0.05, 0.9, 0.95))]
    for wrong in ("900/50/100/950", "100/950/900/50", "0/0/1001/900", "0/0/0/0"):
        assert kiosk.post(f"/zone/{wrong}") == 400
    for wrong in ("-1/0/900/900", "0.1/0/1/1", "a/b/c/d", "1/2/3"):
        assert kiosk.post(f"/zone/{wrong}") == 404
    assert kiosk.asked() == []


def test_a_full_queue_is_said(kiosk: Kiosk) -> None:
    """Nothing is lost silently: the page complains and the finger tries again."""
    kiosk.views.publish(SETUP)
    assert [kiosk.post("/zone/100/50/900/950") for _ in range(3)] == [202, 202, 503]
