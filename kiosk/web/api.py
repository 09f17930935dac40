"""The API for scripts, /api/v1, and the page to read it, /api/.

One table (api_routes.py) says what there is; here is what each row does. Cookies are never looked at, so no foreign page can use a
person's browser for it. What must not go in: patients. A script needs no pseudonym, and an export is made by a person with the PIN.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, request
from pydantic import BaseModel
from werkzeug.exceptions import MethodNotAllowed, NotFound

from kiosk import __version__
from kiosk.clinic import Refused
from kiosk.screen import Command, LiveView, Press, State
from kiosk.stored import StoredSession
from kiosk.threads import Latest, monotonic_s
from kiosk.web import api_answers as answers
from kiosk.web.api_keys import Keys, TooMany, Unknown
from kiosk.web.api_models import Accepted, Belt, BeltWanted, Health, Live, PageQuery, Recorder, Removed, ReportQuery, Session, SessionPage
from kiosk.web.api_models import WhichSession as Which
from kiosk.web.api_openapi import document
from kiosk.web.api_page import page_rows, page_shapes
from kiosk.web.api_reading import Wrong, body_of, place_of, query_of
from kiosk.web.api_routes import PREFIX, ROUTES, SCOPES, Route
from kiosk.web.desk import Desk
from kiosk.web.guard import SENTENCES, sentence
from kiosk.web.take_home import Report
from kiosk.words import Language

BUSY = "The kiosk is busy and did not take the command: ask again in a second."
STARTING = "The kiosk is starting: nothing has been measured yet. Ask again in some seconds."
NO_DISK = "The data on the disk cannot be used now: the kiosk's log says why."

NO_START: Mapping[State, str] = {
    State.CHOOSE: "A person is choosing what to work on: the run starts by itself when nobody chooses.",
    State.CODE: "A person is typing a code: wait until the screen goes on.",
    State.SETUP: "The staff set up the camera at the station: wait until they are done.",
    State.COUNTDOWN: "The countdown runs already: the session starts by itself.",
    State.RUNNING: "A session runs already: stop it before you start another.",
    State.SUMMARY: "The summary of the last run is shown: POST session/stop ends it, then start.",
    State.MEASURED: "A bout of the clinic was measured just now: POST session/stop ends its screen, then start.",
    State.REPLAY: "The last run is shown in slow motion: POST session/stop ends it, then start.",
    State.ASK: "A person is answering questions: wait until the screen goes on.",
    State.TAKE_HOME: "The end of the last visit is shown: POST session/stop ends it, then start.",
    State.SHUTDOWN: "A person is asked whether to switch off: wait until the screen goes on.",
    State.OFF: "The kiosk is switching off.",
}
"""Where pressing start would do something else than start a session (kiosk/visit.py)."""
NO_STOP: Mapping[State, str] = {
    State.IDLE: "Nothing runs: there is nothing to stop.",
    State.CHOOSE: NO_START[State.CHOOSE],
    State.CODE: NO_START[State.CODE],
    State.SETUP: NO_START[State.SETUP],
    State.ASK: NO_START[State.ASK],
    State.SHUTDOWN: NO_START[State.SHUTDOWN],
    State.OFF: NO_START[State.OFF],
}
"""Where pressing stop would mark another choice, change the language, or do nothing."""


class Api:
    """What each row of ROUTES does; a row's `name` is the method's.

    Args:
        views: what the screen shows.
        send: puts a press on the kiosk's one queue; False when the queue is full.
        desk: None where there is no store behind the page; then no key is known.
        report: the report of a session in a language; None makes none.
    """

    def __init__(self, views: Latest[LiveView], send: Callable[[Press], bool], desk: Desk, report: Report | None) -> None:
        self._views, self._send, self._desk, self._report = views, send, desk, report

    def state(self) -> Live:
        """GET /state."""
        return answers.live(self._view())

    def health(self) -> Health:
        """GET /health."""
        return answers.health(self._views.peek(), monotonic_s(), __version__)

    def sessions(self, query: PageQuery) -> SessionPage:
        """GET /sessions."""
        return answers.page(self._desk.sessions(query.limit, query.before), query.limit)

    def session(self, place: Which) -> Session:
        """GET /sessions/ID."""
        return answers.session(self._found(place))

    def session_report(self, place: Which, query: ReportQuery) -> str:
        """GET /sessions/ID/report.html."""
        found = self._found(place)
        text = self._report(found.id, query.language or Language(found.language)) if self._report else None
        if text is None:
            raise Wrong(404, f"No report can be made of session {found.id} now: GET sessions/{found.id} has its numbers.")
        return text

    def delete_session(self, place: Which) -> Removed:
        """DELETE /sessions/ID."""
        return answers.removed(self._desk.delete_session(self._found(place).id))

    def session_start(self) -> Accepted:
        """POST /session/start."""
        return self._session_press(Command.START, NO_START)

    def session_stop(self) -> Accepted:
        """POST /session/stop."""
        return self._session_press(Command.STOP, NO_STOP)

    def belt(self) -> Belt:
        """GET /belt."""
        return answers.belt(self._desk.belt())

    def set_belt(self, body: BeltWanted) -> Belt:
        """PUT /belt."""
        self._desk.set_belt(body.speed_kmh, body.incline_pct)
        return answers.belt(self._desk.belt())

    def recorder(self) -> Recorder:
        """GET /recorder."""
        return answers.recorder(self._recorder())

    def recorder_start(self) -> Accepted:
        """POST /recorder/start."""
        self._recorder()
        return self._press(Command.START)

    def recorder_stop(self) -> Accepted:
        """POST /recorder/stop."""
        self._recorder()
        return self._press(Command.STOP)

    def _view(self) -> LiveView:
        view = self._views.peek()
        if view is None:
            raise Wrong(503, STARTING, {"Retry-After": "5"})
        return view

    def _found(self, place: Which) -> StoredSession:
        found = self._desk.session(place.id)
        if found is None:
            raise Wrong(404, f"There is no session {place.id}: GET sessions lists them.")
        return found

    def _recorder(self) -> Mapping[str, object]:
        found = self._desk.recorder()
        if found is None:
            raise Wrong(404, "This device is a station, not a recorder: use session/start and session/stop.")
        return found

    def _session_press(self, command: Command, refused: Mapping[State, str]) -> Accepted:
        if self._desk.recorder() is not None:
            raise Wrong(409, "This device records and shows nothing: use recorder/start and recorder/stop.")
        why = refused.get(self._view().state)
        if why:
            raise Wrong(409, why)
        return self._press(command)

    def _press(self, command: Command) -> Accepted:
        if not self._send(command):
            raise Wrong(503, BUSY, {"Retry-After": "1"})
        return Accepted(accepted=command.value)


class Door:
    """Checks key and request of a row, calls its method, words what went wrong.

    Args:
        api: None where there is no desk; then no key is known.
        keys: who may.
    """

    def __init__(self, api: Api | None, keys: Keys) -> None:
        self._api, self._keys = api, keys

    def answer(self, route: Route, **places: str) -> Response:
        """The row's answer, or one sentence."""
        try:
            self._check_key(route)
            return self._answered(route, places)
        except Wrong as wrong:
            answer = sentence(wrong.text, wrong.status)
            answer.headers.update(wrong.headers)
            return answer

    def _check_key(self, route: Route) -> None:
        try:
            scopes = self._keys.scopes(request.headers.get("Authorization", ""), request.remote_addr or "")
        except Unknown as unknown:
            raise Wrong(401, str(unknown), {"WWW-Authenticate": 'Bearer realm="treadside"'}) from None
        except TooMany as many:
            raise Wrong(429, str(many), {"Retry-After": str(many.wait_s)}) from None
        if route.scope not in scopes:
            header = {"WWW-Authenticate": f'Bearer realm="treadside", error="insufficient_scope", scope="{route.scope}"'}
            raise Wrong(403, f"This key is not for {route.scope!r}: make one with that scope.", header)

    def _answered(self, route: Route, places: Mapping[str, str]) -> Response:
        taken = {
            "place": place_of(places, route.place),
            "query": query_of(request, route.query),
            "body": body_of(request, route.body),
        }
        act = getattr(self._api, route.name)
        try:
            found = act(**{name: value for name, value in taken.items() if value is not None})
        except Refused as refused:
            raise Wrong(409, str(refused.sentence)) from None
        return _response(route, found)


def _response(route: Route, found: BaseModel | str) -> Response:
    """Only what the row promises goes out."""
    if type(found) is not (route.model or str):
        raise TypeError(f"{route.name}: expected {route.model or str}, got {type(found)}")
    if isinstance(found, str):
        return Response(found, route.status, content_type="text/html; charset=utf-8")
    return Response(found.model_dump_json(), route.status, content_type="application/json")


def register_api(
    app: Flask, views: Latest[LiveView], send: Callable[[Press], bool], desk: Desk | None, report: Report | None = None
) -> None:
    """Put the API, its document and its page into the application.

    Args:
        app: from `create_app`, with its guard.
        views: what the screen shows.
        send: puts a press on the kiosk's one queue; False when the queue is full.
        desk: None knows no key: then every request is refused, document and page can still be read.
        report: the report of a session in a language; None makes none.
    """
    keys = Keys(desk.scopes_of if desk else _nobody)
    door = Door(Api(views, send, desk, report) if desk else None, keys)
    routes = Blueprint("api", __name__)
    for route in ROUTES:
        address = PREFIX + route.path.replace("{", "<").replace("}", ">")
        routes.add_url_rule(address, route.name, partial(_guarded, door, route), methods=[route.method])
    written = cache(document)  # takes some hundredths of a second: not before somebody reads it
    routes.add_url_rule(f"{PREFIX}/openapi.json", "document", lambda: jsonify(written()))
    routes.add_url_rule("/api/", "page", lambda: _page(written()))
    app.register_blueprint(routes)
    app.register_error_handler(404, _not_found)
    app.register_error_handler(405, _not_this_way)


def _page(written: dict[str, Any]) -> str:
    """The document for people."""
    shown = {"version": __version__, "rows": page_rows(written), "shapes": page_shapes(written), "scopes": SCOPES, "prefix": PREFIX}
    return render_template("api.html", **shown)


def _guarded(door: Door, route: Route, **places: str) -> Response:
    """Like `door.answer`; a disk that cannot be used is a sentence here and a line in the log."""
    try:
        return door.answer(route, **places)
    except OSError as error:
        current_app.logger.error("%s failed", route.name, exc_info=error)
        answer = sentence(NO_DISK, 503)
        answer.headers["Retry-After"] = "10"
        return answer


def _nobody(key: str) -> None:
    """No key is known."""


def _not_found(error: NotFound) -> Response:
    ours = request.path.startswith("/api")
    return sentence("There is nothing at this address: /api/ says what there is." if ours else SENTENCES[404], 404)


def _not_this_way(error: MethodNotAllowed) -> Response:
    """With the header `Allow`, which the standard asks for."""
    allowed = ", ".join(sorted(error.valid_methods or ()))
    ours = request.path.startswith("/api")
    answer = sentence(f"This address does not take {request.method[:20]!a} requests: {allowed} only." if ours else SENTENCES[405], 405)
    answer.headers["Allow"] = allowed
    return answer
