"""The API: every row's known answer, and every way to ask wrongly."""

import http.client
import json
import logging
import socket
from dataclasses import replace
from typing import Any

import pytest
from api_fakes import ANSWER, BAD_PLACE, BOTH, CODE, CONTROL, READ, RECORDER, RUNNING, SECRET_PATH, SUMMARY, FakeDesk, Station, stored
from web_fakes import FakeKiosk

from kiosk import __version__
from kiosk.clinic import Belt
from kiosk.config import TreadmillConfig
from kiosk.screen import Command, LiveView, State
from kiosk.web.api_keys import TRIES, WINDOW_S, Keys, TooMany, Unknown
from kiosk.web.api_models import MOST_ID, BeltWanted
from kiosk.web.api_routes import CONTROL as CONTROL_SCOPE
from kiosk.web.api_routes import ROUTES

EXAMPLES = {
    "set_belt": {"json": {"speed_kmh": 9.5, "incline_pct": 1}},
}


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def station(desk: FakeDesk) -> Station:
    return Station(desk)


def wrong(answer: Any) -> tuple[int, str]:
    """Status and sentence of an error, which has nothing else."""
    assert answer.is_json
    assert list(answer.json) == ["error"]
    assert answer.json["error"].endswith(".")
    return answer.status_code, answer.json["error"]


def test_state_is_what_the_screen_shows(station: Station) -> None:
    """Every field by its known value; NaN is null."""
    shown = {"metric": "overstride_cm", "low": 0.0, "high": 8.0, "grade": "B"}
    assert station.ask("GET /state", READ).json == {
        "state": "running",
        "language": "en",
        "elapsed_s": 61.5,
        "countdown_s": None,
        "view": "left",
        "cadence_spm": 171.5,
        "metrics": [shown | {"label": "Foot ahead of hip", "unit": "cm", "value": None}],
        "cue": shown | {"text": "Land closer", "value": 12.5},
        "bout_left_s": 17,
        "belt": {"speed_kmh": 9.5, "incline_pct": 1.0, "source": "page"},
        "session_id": None,
        "frames_per_s": 29.5,
        "problems": ["Too dark", "The lamp is missing"],
        "fault": False,
    }


def test_what_to_correct_is_a_problem(desk: FakeDesk) -> None:
    """The check's two lines."""
    view = LiveView(state=State.CHECK, check=BAD_PLACE)
    assert Station(desk, view).ask("GET /state").json["problems"] == ["Step back", "The feet are cut off."]


def test_nothing_private_leaves(desk: FakeDesk) -> None:
    """No take-away code, no path, no answer about soreness in any answer; the session of the summary is named."""
    station = Station(desk, SUMMARY)
    answers = [station.ask(f"GET {path}").text for path in ("/state", "/health", "/sessions", "/sessions/1")]
    assert [word for word in (CODE, SECRET_PATH, ANSWER) if word in "".join(answers)] == []
    assert json.loads(answers[0])["session_id"] == 7


def test_sessions_come_in_pages(station: Station) -> None:
    """Five sessions in pages of two: newest first, each once, and the last page says so."""
    first = station.ask("GET /sessions?limit=2").json
    second = station.ask(f"GET /sessions?limit=2&before={first['next_before']}").json
    third = station.ask(f"GET /sessions?limit=2&before={second['next_before']}").json
    assert [[row["id"] for row in page["sessions"]] for page in (first, second, third)] == [[5, 4], [3, 2], [1]]
    assert third["next_before"] is None


def test_a_session_has_its_numbers(station: Station) -> None:
    """Metrics with their reasons, findings, cues."""
    found = station.ask("GET /sessions/2", READ).json
    empty = {"value": None, "left": None, "right": None, "n": 0, "spread": None, "quality": "none", "reason": "too few strides"}
    assert found["metrics"]["lean_deg"] == empty
    assert found["metrics"]["cadence_spm"]["value"] == 171.5
    assert found["findings"][0]["text"] == "Your foot lands 12 cm ahead"
    assert (found["id"], found["view"], found["cues"]) == (2, "left", ["Land closer"])


def test_report_is_a_page_in_the_language_asked_for(station: Station) -> None:
    """Left out, it is that of the session."""
    asked = [station.ask(f"GET /sessions/1/report.html{query}") for query in ("", "?language=en")]
    assert [answer.text[-15:] for answer in asked] == ["session 1 in de", "session 1 in en"]
    assert asked[0].content_type == "text/html; charset=utf-8"


def test_report_that_cannot_be_made_is_a_sentence(station: Station) -> None:
    """Where else the numbers are."""
    assert wrong(station.ask("GET /sessions/3/report.html")) == (
        404,
        "No report can be made of session 3 now: GET sessions/3 has its numbers.",
    )


def test_a_deleted_session_is_gone(station: Station, desk: FakeDesk) -> None:
    """Counts come back; the second time there is none."""
    assert station.ask("DELETE /sessions/2", CONTROL).json == {"sessions": 1, "files": 2}
    assert wrong(station.ask("DELETE /sessions/2"))[0] == 404
    assert sorted(desk.rows) == [1, 3, 4, 5]


def test_a_running_session_cannot_be_deleted(station: Station, desk: FakeDesk) -> None:
    """The desk's own sentence."""
    desk.rows[9] = stored(9, state="running")
    assert wrong(station.ask("DELETE /sessions/9")) == (409, "This session still runs: stop it first.")


STARTS = {State.IDLE, State.CHECK}
STOPS = {State.CHECK, State.COUNTDOWN, State.RUNNING, State.SUMMARY, State.MEASURED, State.REPLAY, State.TAKE_HOME}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("name", "command", "fits"), [("start", Command.START, STARTS), ("stop", Command.STOP, STOPS)])
def test_start_and_stop_only_where_they_mean_it(desk: FakeDesk, state: State, name: str, command: Command, fits: set[State]) -> None:
    """A press that would pick from a menu, switch the device off or ask for help is refused; the rest goes onto the queue."""
    station = Station(desk, LiveView(state=state))
    answer = station.ask(f"POST /session/{name}", CONTROL)
    if state in fits:
        assert (answer.status_code, answer.json, station.sent.get_nowait()) == (202, {"accepted": name}, command)
    else:
        assert wrong(answer)[0] == 409
        assert station.sent.empty()


def test_a_full_queue_is_told(desk: FakeDesk) -> None:
    """The third press finds no place: 503, ask again."""
    station = Station(desk, LiveView())
    answers = [station.ask("POST /session/start") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 503]
    assert answers[2].headers["Retry-After"] == "1"


@pytest.mark.parametrize("what", ["GET /state", "POST /session/start"])
def test_before_the_first_picture_it_is_starting(desk: FakeDesk, what: str) -> None:
    """503, while health answers."""
    station = Station(desk, None)
    assert wrong(station.ask(what))[0] == 503
    assert station.ask("GET /health").json == {
        "status": "starting",
        "version": __version__,
        "state": None,
        "frame_age_s": None,
        "fault": False,
    }


def test_health_tells_the_age_of_the_picture(desk: FakeDesk) -> None:
    """Of a frame stamped at 0, the machine's whole uptime."""
    found = Station(desk, replace(RUNNING, frame_t_s=0.0, fault=True)).ask("GET /health").json
    assert (found["status"], found["state"], found["fault"]) == ("ok", "running", True)
    assert found["frame_age_s"] > 0


def test_belt_is_told_and_kept(station: Station, desk: FakeDesk) -> None:
    """PUT answers what holds now."""
    put = station.ask("PUT /belt", CONTROL, json={"speed_kmh": 9.5, "incline_pct": 1})
    assert put.json == station.ask("GET /belt", READ).json == {"speed_kmh": 9.5, "incline_pct": 1.0, "source": "page"}
    assert station.ask("PUT /belt", json={"speed_kmh": None, "incline_pct": 0}).json["speed_kmh"] is None


def test_a_belt_that_tells_itself_is_not_overruled(station: Station, desk: FakeDesk) -> None:
    """The desk's own sentence."""
    desk.belt_now = Belt(8.0, 0.0, "treadmill")
    status, text = wrong(station.ask("PUT /belt", json={"speed_kmh": 9, "incline_pct": 0}))
    assert (status, text) == (409, "The treadmill tells its speed itself: it cannot be typed.")


@pytest.mark.parametrize("speed_kmh", [0.0, -1.0, 40.5])
def test_belt_has_the_limits_of_the_settings(speed_kmh: float) -> None:
    """What kiosk.toml refuses, the API refuses."""
    with pytest.raises(ValueError, match="speed_kmh"):
        TreadmillConfig(speed_kmh=speed_kmh)
    with pytest.raises(ValueError, match="speed_kmh"):
        BeltWanted(speed_kmh=speed_kmh, incline_pct=0.0)


def test_a_recorder_is_started_and_stopped() -> None:
    """Its own fields come through, but not its folder; sessions are not for it."""
    station = Station(FakeDesk(recorder=RECORDER))
    assert station.ask("GET /recorder", READ).json == {name: value for name, value in RECORDER.items() if name != "folder"}
    assert [station.ask(f"POST /recorder/{name}").status_code for name in ("start", "stop")] == [202, 202]
    assert [station.sent.get_nowait(), station.sent.get_nowait()] == [Command.START, Command.STOP]
    assert wrong(station.ask("POST /session/start"))[0] == 409


@pytest.mark.parametrize("what", ["GET /recorder", "POST /recorder/start", "POST /recorder/stop"])
def test_a_station_is_no_recorder(station: Station, what: str) -> None:
    """404 and what to use."""
    assert wrong(station.ask(what)) == (404, "This device is a station, not a recorder: use session/start and session/stop.")
    assert station.sent.empty()


# keys ------------------------------------------------------------------------------------------------------------


def each_route() -> list[Any]:
    return [pytest.param(f"{r.method} {r.path.replace('{id}', '1')}", r, id=r.name) for r in ROUTES]


@pytest.mark.parametrize(("what", "route"), each_route())
def test_every_route_wants_a_key_with_its_scope(station: Station, what: str, route: Any) -> None:
    """None or a wrong one: 401; one for something else: 403; nothing happens."""
    other = READ if route.scope == CONTROL_SCOPE else CONTROL
    more = EXAMPLES.get(route.name, {})
    none = station.client.open(f"/api/v1{what.split()[1]}", method=route.method, **more)
    assert [wrong(none)[0], wrong(station.ask(what, "nonsense", **more))[0], wrong(station.ask(what, other, **more))[0]] == [401, 401, 403]
    assert none.headers["WWW-Authenticate"].startswith("Bearer")
    assert station.sent.empty()


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic a2V5LWZvci1ib3Ro", BOTH, f"Bearer {BOTH}, Bearer x", "Bearer " + "x" * 9000]
)
def test_only_a_bearer_key_counts(station: Station, header: str) -> None:
    """Anything else is no key."""
    assert wrong(station.client.get("/api/v1/state", headers={"Authorization": header}))[0] == 401


def test_cookies_are_not_looked_at(station: Station) -> None:
    """A key in a cookie opens nothing and no answer sets one."""
    for name in ("Authorization", "key", "session"):
        station.client.set_cookie(name, f"Bearer {BOTH}")
    assert station.client.get("/api/v1/state").status_code == 401
    assert "Set-Cookie" not in station.ask("GET /state").headers


def test_without_a_desk_no_key_is_known() -> None:
    """401, and the document can still be read."""
    station = Station(None)
    assert wrong(station.ask("GET /state"))[0] == 401
    assert station.client.get("/api/v1/openapi.json").status_code == 200


def test_keys_are_never_answered_or_logged(station: Station, desk: FakeDesk, caplog: pytest.LogCaptureFixture) -> None:
    """Also when the disk fails in the middle: 503, the reason in the log, no key in it."""
    desk.problem = OSError(5, "Input/output error", "/home/pi/data")
    with caplog.at_level(logging.DEBUG):
        answers = [station.ask("GET /sessions", BOTH), station.ask("GET /sessions", "wrong-key")]
    assert [wrong(answer)[0] for answer in answers] == [503, 503]
    assert "Input/output error" in caplog.text
    assert [word for word in (BOTH, "wrong-key") if word in caplog.text + "".join(a.text for a in answers)] == []
    assert "/home" not in answers[0].text


def test_guessing_is_slowed_and_neighbours_are_not(desk: FakeDesk) -> None:
    """After ten wrong keys an address waits, is not looked up, and may again after a minute; a key that worked goes on working."""
    now = [100.0]
    keys = Keys(desk.scopes_of, lambda: now[0])
    assert keys.scopes(f"Bearer {READ}", "10.0.0.1") == ("read",)
    for guess in range(TRIES):
        with pytest.raises(Unknown):
            keys.scopes(f"Bearer guess{guess}", "10.0.0.1")
    desk.asked.clear()
    with pytest.raises(TooMany) as wait:
        keys.scopes(f"Bearer {CONTROL}", "10.0.0.1")
    assert (desk.asked, wait.value.wait_s) == ([], 60)
    assert keys.scopes(f"Bearer {READ}", "10.0.0.1") == ("read",)
    assert keys.scopes(f"Bearer {CONTROL}", "10.0.0.2") == ("control",)
    now[0] += WINDOW_S
    assert keys.scopes(f"Bearer {BOTH}", "10.0.0.1") == ("read", "control")


def test_too_many_wrong_keys_are_429(station: Station) -> None:
    """With how long to wait."""
    answers = [station.ask("GET /state", f"guess{n}") for n in range(TRIES + 1)]
    assert [answer.status_code for answer in answers] == [401] * TRIES + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= WINDOW_S


def test_a_revoked_key_stops_at_once(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are looked up with every request."""
    assert station.ask("GET /state", READ).status_code == 200
    monkeypatch.delitem(__import__("api_fakes").KEYS, READ)
    assert wrong(station.ask("GET /state", READ))[0] == 401


# wrong requests --------------------------------------------------------------------------------------------------

DEEP = b"[" * 2000 + b"]" * 2000
BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "no JSON": (b"{", 400),
    "a list": (b"[]", 400),
    "null": (b"null", 400),
    "a field missing": (b'{"speed_kmh": 9}', 400),
    "an unknown field": (b'{"speed_kmh": 9, "incline_pct": 0, "name": "x"}', 400),
    "NaN": (b'{"speed_kmh": NaN, "incline_pct": 0}', 400),
    "infinity": (b'{"speed_kmh": 9, "incline_pct": -Infinity}', 400),
    "a number beyond floats": (b'{"speed_kmh": 1e999, "incline_pct": 0}', 400),
    "a huge integer": (b'{"speed_kmh": ' + b"9" * 4000 + b', "incline_pct": 0}', 400),
    "a number as text": (b'{"speed_kmh": "9", "incline_pct": 0}', 400),
    "a truth value": (b'{"speed_kmh": true, "incline_pct": 0}', 400),
    "out of range": (b'{"speed_kmh": 41, "incline_pct": 0}', 400),
    "deep nesting": (DEEP, 400),
    "deep nesting in a field": (b'{"speed_kmh": ' + DEEP[:1000] + b"}", 400),
    "invalid UTF-8": (b'{"speed_kmh": 9, "incline_pct": "\xff\xfe"}', 400),
    "a field twice": (b'{"speed_kmh": 9, "incline_pct": 0, "speed_kmh": 12}', 400),
    "too large": (b" " * 4097, 413),
}


@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES)
def test_a_wrong_body_is_a_sentence(station: Station, desk: FakeDesk, body: bytes, status: int) -> None:
    """And changes nothing; what was sent is not repeated at length."""
    found, text = wrong(station.ask("PUT /belt", data=body, content_type="application/json"))
    assert (found, len(text) < 300, desk.belt_now) == (status, True, Belt(None, 0.0, ""))


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"]
)
def test_only_json_by_its_name(station: Station, desk: FakeDesk, kind: str | None) -> None:
    """A form of a foreign page cannot say application/json."""
    answer = station.ask("PUT /belt", data=b'{"speed_kmh": 9, "incline_pct": 0}', content_type=kind)
    assert (wrong(answer)[0], desk.belt_now.source) == (415, "")


QUERIES = ["limit=0", "limit=101", "limit=-1", "limit=1.0", "limit=1_0", "limit=", "limit=%D9%A3", "limit=%ff", "limit=+5", "limit=5%00"]
QUERIES += ["limit=5&limit=5", "before=0", f"before={2**63}", "before=" + "9" * 5000, "x=1", "limit[]=5", "%ff=1", "before=NaN", "LIMIT=5"]


@pytest.mark.parametrize("query", QUERIES, ids=[query[:20] for query in QUERIES])
def test_a_wrong_query_is_a_sentence(station: Station, query: str) -> None:
    """Unknown, twice, not a number, out of range."""
    status, text = wrong(station.ask(f"GET /sessions?{query}"))
    assert (status, len(text) < 200) == (400, True)


IDS = [
    "0",
    "-1",
    "1.0",
    "1_0",
    "+1",
    "%201",
    "x",
    "9" * 5000,
    str(2**63),
    "%D9%A1",
    "%00",
    "%ff",
    "..",
    "%2e%2e",
    "1%2f2",
    "NaN",
    "1;2",
    "77",
]


@pytest.mark.parametrize("number", IDS, ids=[number[:20] for number in IDS])
@pytest.mark.parametrize("what", ["GET /sessions/{}", "GET /sessions/{}/report.html", "DELETE /sessions/{}"])
def test_a_session_that_cannot_be_is_not_found(station: Station, what: str, number: str) -> None:
    """Whatever stands in its place."""
    assert wrong(station.ask(what.format(number)))[0] == 404


def test_the_largest_number_is_looked_up(station: Station, desk: FakeDesk) -> None:
    """2^63 - 1 is a number that a row can have."""
    desk.rows[MOST_ID] = stored(MOST_ID)
    assert station.ask(f"GET /sessions/{MOST_ID}").json["id"] == MOST_ID


@pytest.mark.parametrize(
    ("what", "allow"),
    [
        ("POST /state", "GET, HEAD, OPTIONS"),
        ("GET /session/start", "OPTIONS, POST"),
        ("PATCH /belt", "GET, HEAD, OPTIONS, PUT"),
        ("TRACE /state", "GET, HEAD, OPTIONS"),
        ("NONSENSE /sessions/1", "DELETE, GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(station: Station, what: str, allow: str) -> None:
    """405 with `Allow`."""
    answer = station.ask(what)
    assert (wrong(answer)[0], answer.headers["Allow"]) == (405, allow)


def test_head_and_options_are_answered(station: Station) -> None:
    """HEAD is GET without a body, with its length; OPTIONS says what may be asked."""
    head, get = station.ask("HEAD /health"), station.ask("GET /health")
    options = station.ask("OPTIONS /belt")
    assert (head.status_code, head.data, head.headers["Content-Type"]) == (200, b"", get.headers["Content-Type"])
    assert (options.status_code, sorted(options.headers["Allow"].split(", "))) == (200, ["GET", "HEAD", "OPTIONS", "PUT"])


@pytest.mark.parametrize(
    "path", ["/state/", "/sessions/", "/sessions/1/", "", "/", "/nothing", "/../state", "/State", "/sessions/1/report.pdf"]
)
def test_other_addresses_say_where_to_read(station: Station, path: str) -> None:
    """404 and the page that lists all."""
    assert wrong(station.ask(f"GET {path}")) == (404, "There is nothing at this address: /api/ says what there is.")


def test_a_body_or_query_where_none_is_taken_is_refused(station: Station) -> None:
    """So that nobody believes that it did something."""
    assert wrong(station.ask("POST /session/stop", json={"now": True}))[0] == 400
    assert wrong(station.ask("POST /session/stop?now=1"))[0] == 400
    assert station.sent.empty()


def test_foreign_pages_are_refused_even_with_a_key(station: Station) -> None:
    """The guard of the whole page holds here too."""
    assert wrong(station.ask("GET /state", headers={"Origin": "http://evil.example"}))[0] == 403


def test_a_huge_body_is_refused_before_it_is_read() -> None:
    """900 MB announced: 413 at once as a JSON sentence, although nothing of it was sent."""
    kiosk = FakeKiosk(LiveView())
    try:
        with socket.create_connection(("127.0.0.1", kiosk.server.port), timeout=5) as wire:
            wire.sendall(b"PUT /api/v1/belt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n")
            answer = http.client.HTTPResponse(wire)
            answer.begin()
            assert (answer.status, answer.headers["Content-Type"]) == (413, "application/json")
            assert json.loads(answer.read())["error"].startswith("The request is too large")
    finally:
        kiosk.close()


# the page --------------------------------------------------------------------------------------------------------


def test_the_page_shows_every_route(station: Station) -> None:
    """Method, address and a command to copy; `/api` leads there; nothing is loaded from elsewhere and no script runs."""
    page = station.client.get("/api/").text
    assert [route.name for route in ROUTES if f'id="{route.name}"' not in page] == []
    assert page.count("Authorization: Bearer $KEY") == len(ROUTES)
    assert station.client.get("/api").headers["Location"].endswith("/api/")
    assert ("<script" in page, 'src="' in page) == (False, False)
