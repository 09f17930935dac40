"""Pages tell the station that they work and what failed; the station's own screen has a place that nobody else takes."""

import json
import logging
from contextlib import closing

import pytest
from test_web_server import health, leave, opened
from web_fakes import FakeKiosk, Parts
from web_views import VIEWS

from kiosk.web.watched import SCREENS_MAX, TOLD_MAX, TOLD_S, Errors, Screens, own_screen

TOKEN = "0123456789abcdef" * 2
OTHER = "f" * 32
ERROR = {"kind": "TypeError", "file": "page.js", "line": "12"}


class Clock:
    """A clock that a test sets."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_screen_is_as_old_as_its_last_word() -> None:
    """Alive counts from every beat, drawn only from those that say so; a token nobody used has no age."""
    clock = Clock()
    screens = Screens(clock)
    screens.beat(TOKEN, drawn=True)
    clock.now_s += 2.0
    screens.beat(TOKEN, drawn=False)
    clock.now_s += 1.0
    assert screens.ages(TOKEN) == {"alive_s": 1.0, "drawn_s": 3.0}
    assert screens.ages(OTHER) == {"alive_s": None, "drawn_s": None}


def test_only_the_newest_screens_are_remembered() -> None:
    """Whoever makes up tokens cannot fill the memory, and a screen that goes on saying that it works is not forgotten for them."""
    clock = Clock()
    screens = Screens(clock)
    for i in range(100):
        screens.beat(f"{i:032x}", drawn=False)
        screens.beat(TOKEN, drawn=True)
    known = [i for i in range(100) if screens.ages(f"{i:032x}")["alive_s"] is not None]
    assert len(known) == SCREENS_MAX - 1
    assert screens.ages(TOKEN)["alive_s"] == 0.0


def test_strangers_never_push_out_the_own_screen() -> None:
    """With [web] host open to all: a hundred made-up tokens of other machines leave its age as it was."""
    parts = Parts(host="0.0.0.0")
    assert parts.client.post(f"/screen/{TOKEN}?drawn=1").status_code == 204
    for i in range(100):
        parts.client.post(f"/screen/{i:032x}", environ_base={"REMOTE_ADDR": f"192.168.7.{i}"})
    found = parts.client.get(f"/screen/{TOKEN}").json
    strangers = [parts.client.get(f"/screen/{i:032x}").json["alive_s"] is not None for i in range(100)]
    assert found["drawn_s"] is not None
    assert sum(strangers) == SCREENS_MAX


@pytest.mark.parametrize(
    ("host", "address", "own"), [("", "127.0.0.1", True), ("192.168.7.1", "192.168.7.1", True), ("192.168.7.1", "192.168.7.2", False)]
)
def test_the_own_screen_is_known_by_its_address(host: str, address: str, own: bool) -> None:
    """Loopback, or the one address that the station is bound to: `kiosk screen` asks there."""
    parts = Parts(host=host)
    with parts.app.test_request_context(f"/?screen={TOKEN}", environ_base={"REMOTE_ADDR": address}):
        assert own_screen() is own


def test_beats_come_and_are_asked_for_by_http(parts: Parts) -> None:
    """POST says it, GET tells it; a token of another form is refused with a sentence."""
    assert parts.client.post(f"/screen/{TOKEN}?drawn=1").status_code == 204
    found = parts.client.get(f"/screen/{TOKEN}").json
    assert 0 <= found["drawn_s"] < 10
    assert found["alive_s"] == found["drawn_s"]
    assert [parts.client.post(f"/screen/{bad}").status_code for bad in ("x" * 32, "abc", TOKEN.upper())] == [404] * 3


@pytest.mark.parametrize("path", [f"/screen/{TOKEN}", "/page-error?kind=TypeError&file=page.js&line=1"])
def test_a_foreign_page_says_nothing(parts: Parts, path: str) -> None:
    """The guard of all commands holds here too."""
    assert parts.client.post(path, headers={"Origin": "http://evil.example"}).status_code == 403
    assert parts.client.get(f"/screen/{TOKEN}").json["alive_s"] is None


def test_an_error_of_the_page_is_one_line_in_the_log(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    """Its kind and its place."""
    caplog.set_level(logging.ERROR)
    assert parts.client.post("/page-error", query_string=ERROR).status_code == 204
    assert [r.getMessage() for r in caplog.records] == ["an error of the page: TypeError in page.js:12; it loads itself again"]


@pytest.mark.parametrize("bad", [{"kind": "Anna Muster"}, {"file": "anna muster.js"}, {"file": "a.js\nroot"}, {"line": "x"}, {"kind": ""}])
def test_what_a_person_typed_never_comes_into_the_log(parts: Parts, caplog: pytest.LogCaptureFixture, bad: dict[str, str]) -> None:
    """Only names of kinds and of our own files are taken."""
    caplog.set_level(logging.DEBUG)
    parts.client.post("/page-error", query_string=ERROR | bad)
    assert caplog.text == ""


def test_a_page_that_fails_all_day_does_not_fill_the_log() -> None:
    """Ten a minute, and ten more in the next."""
    clock = Clock()
    errors = Errors(clock)
    first = [errors.told(ERROR) for _ in range(50)]
    clock.now_s += TOLD_S
    again = [errors.told(ERROR) for _ in range(50)]
    assert (sum(first), sum(again)) == (TOLD_MAX, TOLD_MAX)


def test_the_own_screen_finds_its_place_while_all_others_are_taken() -> None:
    """Three strangers hold all seats of both streams: the station's own screen still gets its events and its picture."""
    kiosk = FakeKiosk(VIEWS["cue"])
    with closing(kiosk):
        strangers = [opened(kiosk, path) for path in ("/events", "/stream.mjpg") for _ in range(3)]
        refused = opened(kiosk, "/events?screen=no-token")
        own = [opened(kiosk, f"{path}?screen={TOKEN}") for path in ("/events", "/stream.mjpg")]
        seen = (refused.status, [stream.status for stream in own], health(kiosk)["screens"])
        assert "places" in json.loads(refused.read())["error"]
        leave(*strangers, *own, refused)
    assert seen == (503, [200, 200], 4)
