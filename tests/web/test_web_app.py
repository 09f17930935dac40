"""The web application without a browser: what is sent, to whom, and what is refused."""

import http.client
import json
import math
import queue
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice

import cv2
import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from web_fakes import CUE, RUNNING, VIEWS, FakeKiosk, picture

from kiosk.config import WebConfig
from kiosk.domain import Frame
from kiosk.screen import Command, LiveView
from kiosk.threads import Latest, Stop, monotonic_s
from kiosk.web import create_app
from kiosk.web.encode import jpeg, view_json
from kiosk.web.server import Server, WebError
from kiosk.web.share import Seats, Shared


class Parts:
    """An application and both ends of what it reads and writes."""

    def __init__(self, **settings: object) -> None:
        self.views: Latest[LiveView] = Latest()
        self.frames: Latest[Frame] = Latest()
        self.sent: queue.Queue[Command] = queue.Queue(2)
        self.stop = Stop()
        self.app: Flask = create_app(self.views, self.frames, self._send, WebConfig.model_validate(settings), self.stop)
        self.client: FlaskClient = self.app.test_client()

    def _send(self, command: Command) -> bool:
        try:
            self.sent.put_nowait(command)
        except queue.Full:
            return False
        return True


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def kiosk() -> Iterator[FakeKiosk]:
    running = FakeKiosk(VIEWS["cue"])
    yield running
    running.close()


def opened(kiosk: FakeKiosk, path: str) -> http.client.HTTPResponse:
    """An open stream; close it with `leave`."""
    connection = http.client.HTTPConnection("127.0.0.1", kiosk.server.port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.connection = connection  # type: ignore[attr-defined]
    return answer


def leave(*streams: http.client.HTTPResponse) -> None:
    for stream in streams:
        stream.close()
        stream.connection.close()  # type: ignore[attr-defined]


def health(kiosk: FakeKiosk) -> dict[str, object]:
    with closing(http.client.HTTPConnection("127.0.0.1", kiosk.server.port, timeout=10)) as connection:
        connection.request("GET", "/health")
        found: dict[str, object] = json.loads(connection.getresponse().read())
        return found


def until_free(kiosk: FakeKiosk, kind: str, within_s: float) -> bool:
    end_s, pause = monotonic_s() + within_s, Stop()
    while monotonic_s() < end_s:
        if health(kiosk)[kind] == 0:
            return True
        pause.wait(0.1)
    return False


# ---- what is sent ----


def test_view_is_json_with_every_field() -> None:
    """Every field of a LiveView by name; NaN and infinity are null; a pose is rounded, a missing joint null."""
    view = replace(CUE, cadence_spm=math.nan, frames_per_s=math.inf)
    data = json.loads(json.dumps(view_json(view), allow_nan=False))
    assert set(data) == set(LiveView.__dataclass_fields__)
    assert (data["cadence_spm"], data["frames_per_s"], data["state"], data["view"]) == (None, None, "running", "left")
    assert (data["cue"]["fault"]["side"], data["gauge"]["low"]) == ("left", 19.0)
    assert (data["pose"]["xy"][0], data["pose"]["xy"][2], data["pose"]["score"][:3]) == ([352.0, 92.0], None, [0.8, 0.8, 0.0])


def test_summary_is_json_with_every_metric() -> None:
    """A metric without a value keeps its reason."""
    summary = view_json(VIEWS["summary"])["summary"]
    assert summary["metrics"]["lateral_lean_deg"]["reason"] == "Only seen from the front or the rear."  # type: ignore[index]


def test_picture_is_at_most_480_high() -> None:
    """960 lines become 480, the shape of the picture stays; a small one is sent as it is."""
    sizes = [cv2.imdecode(np.frombuffer(jpeg(picture(height=h)), np.uint8), cv2.IMREAD_COLOR).shape for h in (960, 240)]
    assert sizes == [(480, 640, 3), (240, 320, 3)]


def data_of(block: bytes) -> dict[str, object]:
    found: dict[str, object] = json.loads(block.split(b"data: ", 1)[1])
    return found


def test_events_send_the_newest_view_only(parts: Parts) -> None:
    """A reader that was slow gets the newest view next, none of those in between; the first comes at once."""
    parts.views.publish(RUNNING)
    stream = iter(parts.client.get("/events", buffered=False).response)
    assert next(stream) == b"retry: 1000\n\n"
    assert data_of(next(stream))["elapsed_s"] == 754.0
    for second in range(100):
        parts.views.publish(replace(RUNNING, elapsed_s=float(second)))
    assert data_of(next(stream))["elapsed_s"] == 99.0


def test_events_name_the_process_and_can_be_timed(parts: Parts) -> None:
    """Each event has the server's name, the version, and the moment it was sent on the clock of the frames."""
    parts.views.publish(replace(RUNNING, frame_t_s=monotonic_s()))
    stream = iter(parts.client.get("/events", buffered=False).response)
    next(stream)
    event = data_of(next(stream))
    assert event["server"] == parts.client.get("/health").json["server"] != Parts().client.get("/health").json["server"]
    assert event["version"]
    assert 0 <= event["sent_t_s"] - event["frame_t_s"] < 5  # type: ignore[operator]


def test_events_beat_while_nothing_happens(parts: Parts) -> None:
    """Without news a comment and a beat come about every two seconds."""
    stream = iter(parts.client.get("/events", buffered=False).response)
    next(stream)
    start_s = monotonic_s()
    assert next(stream) == b": heartbeat\nevent: beat\ndata: {}\n\n"
    assert 1.9 < monotonic_s() - start_s < 6


def test_streams_end_when_the_kiosk_stops_or_nothing_more_can_come(parts: Parts) -> None:
    """After `stop`, or when the slot is closed, a stream ends by itself."""
    parts.views.close()
    assert list(islice(parts.client.get("/events", buffered=False).response, 3)) == [b"retry: 1000\n\n"]
    parts.stop.set()
    assert list(islice(parts.client.get("/stream.mjpg", buffered=False).response, 3)) == [b"--frame\r\n"]


def test_one_encoding_serves_all_readers_and_none_is_made_for_nobody() -> None:
    """Three readers of one version: one encoding. No reader: none."""
    source: Latest[int] = Latest()
    made: list[int] = []
    shared = Shared(source, lambda value: made.append(value) or str(value))
    source.publish(1)
    source.publish(2)
    assert made == []
    assert [shared.newer(0, 1.0) for _ in range(3)] == [(2, "2")] * 3
    assert made == [2]


def test_stream_sends_the_newest_picture_with_its_boundary(parts: Parts) -> None:
    """Old frames are skipped; each picture is followed by the boundary at once, so that browsers show it without delay."""
    for level in (40, 240):
        parts.frames.publish(picture(level))
    answer = parts.client.get("/stream.mjpg", buffered=False)
    stream = iter(answer.response)
    next(stream)
    head, body = next(stream).split(b"\r\n\r\n", 1)
    image = cv2.imdecode(np.frombuffer(body[: -len(b"\r\n--frame\r\n")], np.uint8), cv2.IMREAD_COLOR)
    assert (answer.mimetype, body[-11:], image.shape) == ("multipart/x-mixed-replace", b"\r\n--frame\r\n", (480, 640, 3))
    assert abs(float(image[-1, -1, 0]) - 240) < 5
    assert head.startswith(b"Content-Type: image/jpeg")


def test_no_picture_leaves_a_kiosk_without_pictures() -> None:
    """[web] picture = false: 404 with a sentence, and the page does not ask."""
    parts = Parts(picture=False)
    parts.frames.publish(picture())
    answer = parts.client.get("/stream.mjpg")
    assert (answer.status_code, "picture = false" in answer.json["error"]) == (404, True)
    assert 'data-picture="no"' in parts.client.get("/").text


def test_state_can_be_read_once(parts: Parts) -> None:
    """/live.json is the newest view; before the first a sentence and 503."""
    assert parts.client.get("/live.json").status_code == 503
    parts.views.publish(CUE)
    assert parts.client.get("/live.json").json["cue"]["text"] == "Tip forward from the ankles"


# ---- commands ----


def test_commands_reach_the_queue(parts: Parts) -> None:
    """202 and the command on the queue."""
    answer = parts.client.post("/command/toggle")
    assert (answer.status_code, answer.json, parts.sent.get_nowait()) == (202, {"accepted": "toggle"}, Command.TOGGLE)


def test_a_full_queue_is_said(parts: Parts) -> None:
    """The third command on a queue for two: 503, a sentence, and when to try again."""
    answers = [parts.client.post("/command/start") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 503]
    assert (answers[2].json["error"][:19], answers[2].headers["Retry-After"]) == ("The kiosk is busy a", "1")


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [("POST", "/command/dance", 404, "start, stop, toggle"), ("GET", "/command/start", 405, "POST"), ("GET", "/nothing", 404, "open /")],
)
def test_wrong_requests_get_a_sentence(parts: Parts, method: str, path: str, status: int, words: str) -> None:
    """JSON with one sentence that says what to do."""
    answer = parts.client.open(path, method=method)
    assert (answer.status_code, words in answer.json["error"], parts.sent.qsize()) == (status, True, 0)


def test_our_own_mistake_is_a_sentence_without_traceback(parts: Parts) -> None:
    """A view that cannot be encoded: 500, no names of files or types in the answer."""
    parts.views.publish(replace(RUNNING, notice=object()))  # type: ignore[arg-type]
    answer = parts.client.get("/live.json")
    assert (answer.status_code, answer.json) == (500, {"error": "The kiosk could not answer this request: the reason is in its log."})


# ---- who may ask ----

OURS = {"Host": "localhost:8080"}
ACCEPTED = [
    {},
    {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Host": "127.0.0.1:8080", "Origin": "http://127.0.0.1:8080"},
    {"Host": "[::1]:8080"},
]
REFUSED = [
    {"Origin": "http://evil.example"},
    {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    {"Host": "evil.example:8080"},
    {"Host": "evil.example:8080", "Origin": "http://evil.example:8080", "Sec-Fetch-Site": "same-origin"},
    {"Host": "192.168.1.7:8080"},
]


@pytest.mark.parametrize("headers", ACCEPTED)
def test_own_page_and_command_line_may_send_commands(parts: Parts, headers: dict[str, str]) -> None:
    """Our own page, a bookmark, curl."""
    assert parts.client.post("/command/start", headers=OURS | headers).status_code == 202


@pytest.mark.parametrize("headers", REFUSED)
def test_foreign_pages_may_not_send_commands(parts: Parts, headers: dict[str, str]) -> None:
    """Another site, another program's page on this machine, or a foreign name pointed at our address (DNS rebinding): 403."""
    answer = parts.client.post("/command/start", headers=OURS | headers)
    assert (answer.status_code, list(answer.json), parts.sent.qsize()) == (403, ["error"], 0)


def test_foreign_pages_may_not_look(parts: Parts) -> None:
    """Streams are refused to other sites, which would else hold all seats; following a link to the page is fine."""
    foreign = OURS | {"Sec-Fetch-Site": "cross-site"}
    link = parts.client.get("/", headers=foreign | {"Sec-Fetch-Mode": "navigate"})
    assert (parts.client.get("/events", headers=foreign).status_code, link.status_code) == (403, 200)


@pytest.mark.parametrize(("host", "status"), [("192.168.1.7:8080", 200), (socket.gethostname(), 200), ("evil.example", 403)])
def test_on_the_network_addresses_and_own_name_are_ours(host: str, status: int) -> None:
    """Bound to all addresses: an address or this machine's name may be asked for, any other name not."""
    assert Parts(host="0.0.0.0").client.get("/health", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("path", ["/", "/health", "/nothing", "/static/page.css", "/command/start"])
def test_every_answer_is_closed_in(parts: Parts, path: str) -> None:
    """Own scripts and styles only, nothing kept, no sniffing, no frames, no sharing with other sites."""
    headers = parts.client.get(path, buffered=True).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "Access-Control-Allow-Origin" not in headers


def test_page_asks_for_nothing_from_elsewhere(parts: Parts) -> None:
    """No address of another machine in the page and its files (names of XML are not fetched)."""
    names = ["page.css", "layout.css", "page.js", "text.js", "live.js", "fit.js", "skeleton.js", "gauge.js", "summary.js", "dom.js"]
    files = [parts.client.get(path, buffered=True).text for path in ["/", *(f"/static/{name}" for name in names)]]
    assert [line for text in files for line in text.splitlines() if "//" in line and "http" in line and "www.w3.org" not in line] == []


# ---- the real server ----

NOISE = Frame(0.0, np.random.default_rng(1).integers(0, 255, (480, 640, 3), dtype=np.uint8))
"""A picture that JPEG cannot make small."""


def test_buttons_work_while_all_seats_are_taken(kiosk: FakeKiosk) -> None:
    """Three screens and three pictures are served, a fourth of each gets 503 and a sentence, a command still gets through."""
    streams = [opened(kiosk, path) for path in ("/events", "/stream.mjpg") for _ in range(3)]
    assert [stream.status for stream in streams] == [200] * 6
    late = [opened(kiosk, path) for path in ("/events", "/stream.mjpg")]
    assert [answer.status for answer in late] == [503, 503]
    assert ["places" in json.loads(answer.read())["error"] for answer in late] == [True, True]
    with closing(http.client.HTTPConnection("127.0.0.1", kiosk.server.port, timeout=10)) as connection:
        connection.request("POST", "/command/stop")
        assert connection.getresponse().status == 202
    leave(*streams, *late)
    assert kiosk.commands.get(timeout=5) is Command.STOP


def test_a_seat_is_free_soon_after_its_reader_left(kiosk: FakeKiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when nothing is sent, not even a heartbeat, so that reloading the page five times is no problem."""
    monkeypatch.setattr("kiosk.web.live.BEAT_S", 600.0)
    kiosk.pause()
    stream = opened(kiosk, "/events")
    assert health(kiosk)["screens"] == 1
    leave(stream)
    assert until_free(kiosk, "screens", 5)


def test_asking_only_for_the_headers_takes_no_seat(parts: Parts) -> None:
    """HEAD never runs the stream; its seat comes back all the same."""
    assert [parts.client.head("/events", buffered=True).status_code for _ in range(5)] == [200] * 5
    assert parts.client.get("/health").json["screens"] == 0


def test_a_seat_given_back_twice_counts_once() -> None:
    """Two seats, one given back twice: still one to take, not two."""
    seats = Seats(2)
    first, second = seats.take(), seats.take()
    assert first
    assert second
    first()
    first()
    assert (seats.taken, seats.take() is not None, seats.take()) == (1, True, None)


def test_stop_is_quick_with_open_and_stalled_streams(caplog: pytest.LogCaptureFixture) -> None:
    """Two readers and one that takes nothing: the server ends within 2 s, leaves no thread behind and frees the port."""
    kiosk = FakeKiosk(VIEWS["cue"])
    streams = [opened(kiosk, "/events"), opened(kiosk, "/stream.mjpg")]
    with socket.create_connection(("127.0.0.1", kiosk.server.port)) as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.sendall(b"GET /stream.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert kiosk.pause()
        for _ in range(40):  # 12 MB: more than all buffers on the way hold
            kiosk.frames.publish(NOISE)
            Stop().wait(0.08)
        start_s = monotonic_s()
        kiosk.close()
        took_s = monotonic_s() - start_s
    leave(*streams)
    FakeKiosk(VIEWS["idle"], port=kiosk.server.port).close()
    assert took_s < 2
    assert "still running" not in caplog.text


def test_port_in_use_is_a_sentence(kiosk: FakeKiosk) -> None:
    """Which port on which address, and what to do; it is an OSError too."""
    config = WebConfig(port=kiosk.server.port)
    with pytest.raises(WebError, match=rf"port {kiosk.server.port} on 127.0.0.1 is already in use.*\[web\] port in kiosk.toml") as problem:
        Server(Flask("second"), config).start()
    assert isinstance(problem.value, OSError)


def test_foreign_address_is_a_sentence() -> None:
    """A host that this machine does not have."""
    with pytest.raises(WebError, match="no such address"):
        Server(Flask("far"), WebConfig(host="192.0.2.1", port=0)).start()


def test_port_zero_takes_a_free_port(kiosk: FakeKiosk) -> None:
    """The address to open is known after start."""
    assert kiosk.server.port > 0
    assert kiosk.server.url == f"http://127.0.0.1:{kiosk.server.port}/"
