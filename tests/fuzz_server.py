"""The server that tests/fuzz_web.py attacks: the whole application around doubles. What must not go in: what is sent, what is judged."""

import inspect
import json
import random
import re
import sys
import threading
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE / "web")]

from api_fakes import FakeDesk, report  # noqa: E402

PSEUDONYM, CLINIC_PIN = "Quiet-Heron-7", "739152"
"""Of the clinic's double: only those who are signed in may see the one, nobody the other."""


class OneAtATime:
    """A double that many threads may ask: its methods run one after the other, like those of the real store."""

    def __init__(self, desk: object) -> None:
        self._desk, self._turn = desk, threading.RLock()

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._desk, name)

        def answer(*values: Any, **named: Any) -> Any:
            with self._turn:
                return asked(*values, **named)

        return answer


class Both:
    """A desk made of several doubles: the first that has a method answers."""

    def __init__(self, *desks: object) -> None:
        self._desks = desks

    def __getattr__(self, name: str) -> Any:
        return next(getattr(desk, name) for desk in self._desks if hasattr(desk, name))


def whole_app(send: Any, views: Any, frames: Any, stop: Any) -> Any:
    """All pages that there are: station, take-home, API, and the clinic where this tree has it."""
    from kiosk.config import ClinicConfig, WebConfig
    from kiosk.web import create_app

    more: dict[str, Any] = {}
    desks: list[object] = [OneAtATime(FakeDesk(sessions=200))]
    if "clinic" in inspect.signature(create_app).parameters:
        more["clinic"] = ClinicConfig(enabled=True)
        desks.append(OneAtATime(visited()))
    return create_app(views, frames, send, WebConfig(port=0), stop, report, desk=Both(*desks), **more)  # type: ignore[arg-type]


def visited() -> Any:
    """The clinic's double with a patient, a baseline and a retest of one bout each, and a stick."""
    from fake_desk import STARTED
    from fake_desk import FakeDesk as ClinicDesk

    from kiosk.clinic import BoutOrder, Consent, CopyNow, Kind, PatientForm, Stick
    from kiosk.domain import View
    from kiosk.words import Language

    desk = ClinicDesk()
    desk.add_patient(PatientForm(PSEUDONYM, 176.0, 9.5, 1.0, "notes"))
    for kind in Kind:
        visit = desk.begin_assessment(1, kind, Consent("text", Language.EN, False, STARTED))
        desk._stored(BoutOrder(visit.id, View.LEFT, 60.0, 9.5))
    desk.plugged, desk.copied = (Stick("KINGSTON", "/media/k", 8_000_000_000),), CopyNow("KINGSTON", 10, 100)
    return desk


def browsers(app: Any) -> dict[str, list[tuple[str, str]]]:
    """(cookie, token of its forms) of some browsers that typed the PIN, and of some that did not."""
    first = app.test_client()
    held: dict[str, list[tuple[str, str]]] = {"strangers": [_held(app.test_client()) for _ in range(4)], "sittings": []}
    first.post("/clinic/first-pin", data={"csrf_token": _held(first)[1], "pin": CLINIC_PIN, "again": CLINIC_PIN})
    for _ in range(4):
        browser = app.test_client()
        browser.post("/clinic/enter", data={"csrf_token": _held(browser)[1], "pin": CLINIC_PIN})
        held["sittings"].append(_held(browser))
        assert browser.get("/clinic/patients").status_code == 200
    return held


def _held(browser: Any) -> tuple[str, str]:
    page = browser.get("/clinic/", follow_redirects=True).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return browser.get_cookie("treadside_clinic", path="/clinic").value, found[1]


def serve() -> None:
    """Serve until stdin ends; the screen goes through all its views."""
    from web_fakes import picture
    from web_views import VIEWS

    from kiosk.config import WebConfig
    from kiosk.threads import Latest, Stop
    from kiosk.web.server import Server

    views: Any = Latest()
    frames: Any = Latest()
    views.publish(VIEWS["idle"])
    chance = random.Random(1)
    app = whole_app(lambda press: chance.random() < 0.9, views, frames, Stop())
    held = browsers(app)
    server = Server(app, WebConfig(port=0)).start()
    print(json.dumps({"port": server.port, **held}), flush=True)
    shown, ended = list(VIEWS.values()), Stop()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    while not ended.wait(0.1):
        views.publish(chance.choice(shown))
        frames.publish(picture())
    server.stop()
