"""The web application without a browser: what is sent and what commands do."""

import json
from dataclasses import replace
from itertools import islice

import cv2
import numpy as np
import pytest
from web_fakes import Parts, picture
from web_views import CUE, RUNNING, focus_menu

from kiosk.screen import Command, Pick, State
from kiosk.threads import Latest, monotonic_s
from kiosk.web.share import Shared
from kiosk.words import Phrase


def test_words_of_the_page_come_in_all_languages(parts: Parts) -> None:
    """English needs no catalogue; German has the page's words."""
    data = parts.client.get("/words.json").json
    assert (data["en"], data["de"]["Press start"]) == ({}, "Drück Start")


def data_of(block: bytes) -> dict[str, object]:
    found: dict[str, object] = json.loads(block.split(b"data: ", 1)[1])
    return found


def test_events_send_the_newest_view_only(parts: Parts) -> None:
    """A reader that was slow gets the newest view next, none of those in between; the first comes at once."""
    parts.views.publish(RUNNING)
    stream = iter(parts.client.get("/events", buffered=False).response)
    assert next(stream) == b"retry: 300\n\n"
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
    assert list(islice(parts.client.get("/events", buffered=False).response, 3)) == [b"retry: 300\n\n"]
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


def test_a_tap_on_a_choice_reaches_the_queue(parts: Parts) -> None:
    """Only a choice that is on the screen now; another gets a sentence."""
    menu = focus_menu(lambda english, german: Phrase(english))
    parts.views.publish(replace(RUNNING, state=State.CHOOSE, menu=menu))
    taken, unknown = (parts.client.post(f"/pick/{key}") for key in ("land", "nonsense"))
    assert (taken.status_code, parts.sent.get_nowait(), parts.sent.qsize()) == (202, Pick("land"), 0)
    assert (unknown.status_code, "no choice 'nonsense'" in unknown.json["error"]) == (404, True)
    parts.views.publish(RUNNING)
    assert parts.client.post("/pick/land").status_code == 404


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
