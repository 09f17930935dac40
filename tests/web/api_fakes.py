"""A desk and a station for tests of the API, with known sessions."""

import queue
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Flask

from kiosk.clinic import Belt, Refused, Removed
from kiosk.config import WebConfig
from kiosk.domain import Cue, Fault, Frame, MetricValue, Quality, Side, View
from kiosk.screen import Check, Finding, Gauge, LiveView, Press, State, Summary
from kiosk.stored import StoredSession, Told
from kiosk.threads import Latest, Stop
from kiosk.web import create_app
from kiosk.words import Language, Phrase

READ, CONTROL, BOTH = "key-that-reads", "key-that-controls", "key-for-both"
KEYS = {READ: ("read",), CONTROL: ("control",), BOTH: ("read", "control")}
CODE, SECRET_PATH, ANSWER = "48151623", "/home/pi/secret.mp4", "My knee hurts"
"""What must never leave: a runner's take-away code, a path, an answer about soreness."""
RECORDER = {
    "state": "recording",
    "since": "2026-01-02T03:04:05Z",
    "segment": "2026-01-02_0002",
    "seconds": 61.5,
    "files": 9,
    "free_bytes": 10**10,
    "folder": SECRET_PATH,
    "problem": "",
}

FAULT = Fault(
    "overstride", "overstride_cm", 12.5, 0.0, 8.0, 1.2, Side.LEFT, Phrase("Land closer"), "B", "a paper", Phrase("Drill"), Phrase("")
)
GAUGE = Gauge("overstride_cm", Phrase("Foot ahead of hip"), Phrase("cm"), float("nan"), 0.0, 8.0, -5.0, 20.0, 1, "B")
RUNNING = LiveView(
    state=State.RUNNING,
    elapsed_s=61.5,
    view=View.LEFT,
    cadence_spm=171.5,
    gauge=GAUGE,
    cue=Cue(FAULT, Phrase("Land closer"), Phrase(""), 3.0),
    bout_left_s=17,
    belt=Belt(9.5, 1.0, "page"),
    frames_per_s=29.5,
    cannot_judge="Too dark",
    notice="The lamp is missing",
)
SUMMARY = LiveView(state=State.SUMMARY, summary=Summary(7, 60.0, 80, {}, (), (), code=CODE, stored_in=SECRET_PATH))


def stored(number: int, **changes: Any) -> StoredSession:
    """A session with one of everything."""
    finding = Finding(Phrase("Your foot lands {x} cm ahead", x=12), "overstride_cm", False, drill=Phrase("Hop"), value=12.5, side=Side.LEFT)
    row = StoredSession(
        number,
        "2026-01-02T03:04:05+00:00",
        "done",
        "left",
        9.5,
        "treadside 1, lightning",
        SECRET_PATH,
        61.5,
        80,
        "",
        {"camera": SECRET_PATH},
        {"cadence_spm": MetricValue(171.5, None, None, 80, 2.5, Quality.GOOD), "lean_deg": MetricValue(reason="too few strides")},
        ("Land closer",),
        told=Told((finding,)),
        answers=(ANSWER,),
        language="de",
    )
    return replace(row, **changes)


class FakeDesk:
    """What the API asks of a desk, in memory. It has no patients: whoever asks for them fails loudly."""

    def __init__(self, sessions: int = 5, recorder: Mapping[str, object] | None = None) -> None:
        self.rows = {number: stored(number) for number in range(1, sessions + 1)}
        self.belt_now = Belt(None, 0.0, "")
        self.recorder_now = recorder
        self.asked: list[str] = []
        self.problem: Exception | None = None

    def _fail(self) -> None:
        if self.problem is not None:
            raise self.problem

    def scopes_of(self, key: str) -> tuple[str, ...] | None:
        self.asked.append(key)
        self._fail()
        return KEYS.get(key)

    def sessions(self, limit: int, before_id: int | None = None) -> tuple[StoredSession, ...]:
        self._fail()
        numbers = sorted((n for n in self.rows if before_id is None or n < before_id), reverse=True)
        return tuple(self.rows[number] for number in numbers[:limit])

    def session(self, session_id: int) -> StoredSession | None:
        return self.rows.get(session_id)

    def delete_session(self, session_id: int) -> Removed:
        row = self.rows.get(session_id)
        if row is None:
            raise Refused(Phrase("There is no such session."))
        if row.state == "running":
            raise Refused(Phrase("This session still runs: stop it first."))
        self.rows.pop(session_id, None)
        return Removed(sessions=1, files=2)

    def belt(self) -> Belt:
        return self.belt_now

    def set_belt(self, speed_kmh: float | None, incline_pct: float) -> None:
        if self.belt_now.source == "treadmill":
            raise Refused(Phrase("The treadmill tells its speed itself: it cannot be typed."))
        self.belt_now = Belt(speed_kmh, incline_pct, "page")

    def recorder(self) -> Mapping[str, object] | None:
        return self.recorder_now


def report(session_id: int, language: Language) -> str | None:
    """A page that says what was asked; session 3 cannot be read."""
    return None if session_id == 3 else f"<!doctype html><p>session {session_id} in {language.value}"


class Station:
    """The application with a fake desk; `ask` is a request with a key."""

    def __init__(self, desk: FakeDesk | None, view: LiveView | None = RUNNING, places: int = 2) -> None:
        self.views: Latest[LiveView] = Latest()
        self.sent: queue.Queue[Press] = queue.Queue(places)
        if view is not None:
            self.views.publish(view)
        frames: Latest[Frame] = Latest()
        self.app: Flask = create_app(self.views, frames, self._send, WebConfig(), Stop(), report, desk=desk)  # type: ignore[arg-type]
        self.client = self.app.test_client()

    def ask(self, what: str, key: str = BOTH, **more: Any) -> Any:
        """`what` is "GET /state"."""
        method, path = what.split(" ", 1)
        headers = {"Authorization": f"Bearer {key}"} | more.pop("headers", {})
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def _send(self, press: Press) -> bool:
        try:
            self.sent.put_nowait(press)
        except queue.Full:
            return False
        return True


BAD_PLACE = Check(False, "step_back", Phrase("Step back"), Phrase("The feet are cut off."))
