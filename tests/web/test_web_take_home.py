"""What leaves with the runner: QR codes that a camera reads, and a link that works once, for its own report only."""

import http.client
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from selenium.webdriver.support.ui import WebDriverWait

from chromium import needs_chromium, open_chromium
from kiosk.config import WebConfig
from kiosk.domain import ImageBgr
from kiosk.screen import LiveView, State, Summary
from kiosk.threads import Latest, Stop, Worker
from kiosk.web import create_app, link
from kiosk.web.link import EXPIRES_S, Links, lan_address, lan_notice, link_host
from kiosk.web.qr import MOST_BYTES, fitting_text, svg
from kiosk.web.server import Server
from kiosk.words import Language, Phrase

LINES = (Phrase("Treadside, {minutes:.1f} min.", minutes=12.5), Phrase("Your code: {code}", code="471 108"), "Good: cadence 171 ± 1")
SUMMARY = Summary(7, 754.0, 1043, {}, (), (), take_home=LINES)
TAKE_HOME = LiveView(State.TAKE_HOME, summary=SUMMARY)
REPORT = "<!doctype html><title>report</title><p>all about run {}"
PHONE = {"REMOTE_ADDR": "192.168.1.77"}
STATION_HOST = "192.168.1.5:8080"
OTHER_ROUTES = ("/", "/events", "/stream.mjpg", "/live.json", "/health", "/take-home.svg", "/link.svg", "/static/page.js", "/nothing")


def app_of(view: LiveView | None, report: bool = True, **settings: object) -> Flask:
    views: Latest[LiveView] = Latest()
    if view is not None:
        views.publish(view)
    said = (lambda number, language: REPORT.format(number)) if report else None
    return create_app(views, Latest(), lambda press: True, WebConfig.model_validate(settings), Stop(), said)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A station in LAN mode, whose address is known."""
    monkeypatch.setattr(link, "lan_address", lambda: "192.168.1.5")
    return app_of(TAKE_HOME, lan=True).test_client()


def dark(drawing: bytes, pixels: int = 4) -> ImageBgr:
    """The modules of one of our SVG codes as a picture."""
    text = drawing.decode()
    found = re.search(r'viewBox="0 0 (\d+) ', text)
    assert found is not None
    picture = np.full((int(found[1]), int(found[1])), 255, np.uint8)
    for x, y, n in re.findall(r"M(\d+) (\d+)h(\d+)v1", text):
        picture[int(y), int(x) : int(x) + int(n)] = 0
    return np.repeat(np.repeat(picture, pixels, axis=0), pixels, axis=1)


def read(picture: ImageBgr) -> str:
    """What a camera's decoder makes of it."""
    return str(cv2.QRCodeDetector().detectAndDecode(picture)[0])


def path_of(answer: bytes) -> str:
    """The path in a QR code of a link."""
    url = urlsplit(read(dark(answer)))
    assert (url.scheme, url.netloc) == ("http", "192.168.1.5:80")
    return url.path


# ---- the code ----


def test_code_carries_the_lines() -> None:
    """A decoder reads the lines of the summary, in the language of the screen, without any network."""
    views = (TAKE_HOME, replace(TAKE_HOME, language=Language.DE))
    english, german = (read(dark(app_of(view).test_client().get("/take-home.svg").data)).split("\n") for view in views)
    assert english == ["Treadside, 12.5 min.", "Your code: 471 108", "Good: cadence 171 ± 1"]
    assert "12,5" in german[0]


def test_longest_code_is_read() -> None:
    """As many letters of two bytes as fit are version 12 and are read at 4 pixels a module."""
    text = "ä" * (MOST_BYTES // 2)
    drawing = svg(text)
    assert b'viewBox="0 0 73 73"' in drawing  # 65 modules and the quiet edge
    assert read(dark(drawing)) == text


def test_what_does_not_fit_is_cut_from_the_end() -> None:
    """Whole lines go first; a single line is cut between letters."""
    assert fitting_text(("one", "two", "three"), Language.EN, most_bytes=9) == "one\ntwo"
    assert fitting_text(("äääää",), Language.EN, most_bytes=5) == "ää"


@needs_chromium
def test_code_is_read_from_the_screen() -> None:
    """The longest code, drawn 300 pixels wide by a browser on a screen of 800 x 480, is read from the screenshot."""
    text = "ä" * (MOST_BYTES // 2)
    page = f"data:text/html;charset=utf-8,<style>svg{{width:300px}}</style>{svg(text).decode()}".replace("#", "%23")
    with open_chromium("--window-size=800,480") as browser:
        browser.get(page)
        seen = cv2.imdecode(np.frombuffer(browser.get_screenshot_as_png(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert read(seen) == text


@pytest.mark.parametrize("view", [None, LiveView(), replace(TAKE_HOME, summary=replace(SUMMARY, take_home=()))])
def test_without_a_summary_there_is_no_code(view: LiveView | None) -> None:
    """A sentence, 404."""
    answer = app_of(view).test_client().get("/take-home.svg")
    assert (answer.status_code, "no summary" in answer.json["error"]) == (404, True)


# ---- the link ----


def test_the_link_opens_the_report_once(client: FlaskClient) -> None:
    """Opening shows a button however often (previews of messengers, HEAD), pressing it gives the report, the second time nothing."""
    path = path_of(client.get("/link.svg").data)
    for _ in range(3):
        assert client.head(path, environ_base=PHONE, headers={"Host": STATION_HOST}).status_code == 200
        page = client.get(path, environ_base=PHONE, headers={"Host": STATION_HOST})
        assert (page.status_code, "<button>" in page.text, "run 7" in page.text) == (200, True, False)
    first, second = (client.post(path, environ_base=PHONE, headers={"Host": STATION_HOST}) for _ in range(2))
    assert (first.status_code, "run 7" in first.text, first.headers["Cache-Control"]) == (200, True, "no-store")
    assert (second.status_code, "used or is too old" in second.text) == (410, True)
    assert client.get(path, environ_base=PHONE, headers={"Host": STATION_HOST}).status_code == 410


def test_a_used_link_is_followed_by_a_new_one(client: FlaskClient) -> None:
    """The code stays the same until it was used."""
    first, again = (path_of(client.get("/link.svg").data) for _ in range(2))
    client.post(first)
    assert first == again != path_of(client.get("/link.svg").data)


def test_report_that_cannot_be_read_keeps_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails does not use the link up."""
    monkeypatch.setattr(link, "lan_address", lambda: "192.168.1.5")
    views: Latest[LiveView] = Latest()
    views.publish(TAKE_HOME)
    pages = iter([None, "<p>read"])
    app = create_app(views, Latest(), lambda press: True, WebConfig(lan=True), Stop(), lambda number, language: next(pages))
    client = app.test_client()
    path = path_of(client.get("/link.svg").data)
    assert [client.post(path).status_code for _ in range(3)] == [503, 200, 410]


def test_wrong_tokens_open_nothing(client: FlaskClient) -> None:
    """Guessed, cut, empty and foreign tokens, before and after a link was offered."""
    before = client.get("/report/x").status_code
    path = path_of(client.get("/link.svg").data)
    wrong = ("/report/x", path[:-1], path + "A", f"/report/{path[8:].swapcase()}", "/report/%C3%A4")
    assert {before, *(client.post(p).status_code for p in wrong)} == {410}
    assert len(path.rsplit("/", 1)[1]) >= 22  # 128 bits
    assert client.post(path).status_code == 200


def test_links_expire_and_belong_to_the_last_session() -> None:
    """Good for a quarter of an hour; the next runner's link makes the former worthless; another language is another link."""
    now_s = 100.0
    links = Links(lambda: now_s)
    old = links.offer(1, Language.EN)
    assert links.offer(1, Language.EN) == old
    now_s += EXPIRES_S - 1
    assert links.look(old) is not None
    now_s += 1
    assert (links.look(old), links.take(old)) == (None, None)
    second = links.offer(1, Language.EN)
    third = links.offer(2, Language.DE)
    assert len({old, second, third}) == 3
    taken = links.take(third)
    assert links.take(second) is None
    assert taken is not None
    assert (taken.session_id, taken.language) == (2, Language.DE)


def test_two_at_once_cannot_both_use_it() -> None:
    """Eight phones press the button together; one gets the report."""
    links = Links()
    for _ in range(20):
        token = links.offer(1, Language.EN)
        got: list[bool] = []
        workers = [Worker(f"phone {i}", lambda stop, token=token, got=got: got.append(links.take(token) is not None)) for i in range(8)]  # type: ignore[misc]
        for worker in workers:
            worker.start()
        assert all(worker.stop() for worker in workers)
        assert sum(got) == 1


@pytest.mark.parametrize("settings", [{}, {"lan": True, "host": "127.0.0.1"}, {"host": "0.0.0.0"}])
def test_no_link_without_lan_mode(settings: dict[str, object]) -> None:
    """Off by default, and off on a station that keeps to itself; the text code is there all the same."""
    client = app_of(TAKE_HOME, **settings).test_client()
    assert (client.get("/link.svg").status_code, client.get("/take-home.svg").status_code) == (404, 200)


def test_no_link_without_report_or_stored_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is offered that cannot be given."""
    monkeypatch.setattr(link, "lan_address", lambda: "192.168.1.5")
    unstored = replace(TAKE_HOME, summary=replace(SUMMARY, session_id=None))
    assert app_of(TAKE_HOME, report=False, lan=True).test_client().get("/link.svg").status_code == 404
    assert app_of(unstored, lan=True).test_client().get("/link.svg").status_code == 404


# ---- who may ask ----


def test_in_lan_mode_other_devices_get_nothing_else(client: FlaskClient) -> None:
    """The screen, its events, the picture, the codes and commands are the station's own; a phone gets a sentence."""
    headers = {"Host": STATION_HOST}
    got = {path: client.get(path, environ_base=PHONE, headers=headers).status_code for path in OTHER_ROUTES}
    assert got == dict.fromkeys(OTHER_ROUTES, 403)
    assert client.post("/command/start", environ_base=PHONE, headers=headers).status_code == 403
    assert (client.get("/live.json").status_code, client.post("/command/start").status_code) == (200, 202)


def test_a_host_given_by_hand_opens_the_page_as_before() -> None:
    """[web] host = "0.0.0.0" shows the screen on other devices, with LAN mode or without."""
    for lan in (False, True):
        client = app_of(TAKE_HOME, lan=lan, host="0.0.0.0").test_client()
        assert client.get("/live.json", environ_base=PHONE, headers={"Host": STATION_HOST}).status_code == 200


def test_a_foreign_name_is_refused(client: FlaskClient) -> None:
    """A page that points its own name at our address reaches no link."""
    path = path_of(client.get("/link.svg").data)
    assert client.post(path, environ_base=PHONE, headers={"Host": "evil.example"}).status_code == 403
    foreign = {"Host": STATION_HOST, "Origin": "http://evil.example"}
    assert client.post(path, environ_base=PHONE, headers=foreign).status_code == 403
    assert client.post(path, environ_base=PHONE, headers={"Host": STATION_HOST, "Origin": f"http://{STATION_HOST}"}).status_code == 200


def asked(host: str, port: int, method: str, path: str) -> int:
    with closing(http.client.HTTPConnection(host, port, timeout=10)) as connection:
        connection.request(method, path)
        return connection.getresponse().status


@contextmanager
def served(view: LiveView, **settings: object) -> Iterator[Server]:
    config = WebConfig.model_validate({"port": 0, **settings})
    server = Server(app_of(view, **settings), config).start()
    try:
        yield server
    finally:
        assert server.stop()


@pytest.mark.skipif(lan_address() is None, reason="this machine has no second address")
def test_through_a_real_second_address() -> None:
    """Over this machine's own address in the network: the report once, nothing else; without LAN mode nobody listens there."""
    own = lan_address()
    assert own is not None
    with served(TAKE_HOME, lan=True) as server:
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
            connection.request("GET", "/link.svg")
            url = urlsplit(read(dark(connection.getresponse().read())))
        assert (url.hostname, url.port) == (own, server.port)
        assert [asked(own, server.port, "GET", path) for path in OTHER_ROUTES] == [403] * len(OTHER_ROUTES)
        got = [asked(own, server.port, method, url.path) for method in ("HEAD", "GET", "POST", "POST")]
        assert got == [200, 200, 200, 410]
    with served(TAKE_HOME) as server, pytest.raises(ConnectionRefusedError):
        asked(own, server.port, "GET", "/live.json")


@needs_chromium
@pytest.mark.skipif(lan_address() is None, reason="this machine has no second address")
def test_a_phone_opens_its_report() -> None:
    """In a browser of a phone's size: the page with the button, a tap, the report; going back and again gives no second one."""
    with served(TAKE_HOME, lan=True) as server, open_chromium("--window-size=390,844") as browser:
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
            connection.request("GET", "/link.svg")
            url = read(dark(connection.getresponse().read()))
        browser.get(url)
        browser.find_element("css selector", "button").click()
        WebDriverWait(browser, 10).until(lambda b: b.title == "report")
        assert "all about run 7" in browser.page_source
        browser.get(url)
        assert not browser.find_elements("css selector", "button")


# ---- addresses ----


def test_station_in_no_network_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """No address is no link and a notice; a host that keeps the station to itself is named; all well says nothing."""
    monkeypatch.setattr(link, "lan_address", lambda: None)
    assert (link_host(WebConfig(lan=True)), "in no network" in lan_notice(WebConfig(lan=True))) == (None, True)
    assert "host" in lan_notice(WebConfig(lan=True, host="localhost"))
    assert lan_notice(WebConfig()) == ""
    monkeypatch.setattr(link, "lan_address", lambda: "10.0.0.9")
    assert (link_host(WebConfig(lan=True)), lan_notice(WebConfig(lan=True))) == ("10.0.0.9", "")
    assert link_host(WebConfig(lan=True, host="10.0.0.3")) == "10.0.0.3"


@pytest.mark.skipif(lan_address() is None, reason="this machine has no second address")
def test_address_is_found_without_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network without a gateway: the interfaces are asked, and the loopback is not taken."""
    known = lan_address()
    monkeypatch.setattr(link, "ELSEWHERE", ("not an address", 9))
    assert lan_address() == known
