"""The real server: seats, stalled readers, a quick stop, ports."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from flask import Flask
from web_fakes import FakeKiosk, Parts
from web_views import VIEWS

from kiosk.config import WebConfig
from kiosk.domain import Frame
from kiosk.screen import Command
from kiosk.threads import Stop, monotonic_s
from kiosk.web.server import Server, WebError
from kiosk.web.share import Seats


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
