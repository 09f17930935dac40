"""The clinic's pages: who comes in, in one place before every view. The pages themselves are clinic_*.py, one file a part.

What must not go in: what a page shows.
"""

import secrets
from collections.abc import Callable

from flask import Blueprint, Flask, Response, g, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from kiosk.clinic import Refused
from kiosk.config import ClinicConfig, WebConfig
from kiosk.web import clinic_bouts, clinic_door, clinic_files, clinic_patients, clinic_runs
from kiosk.web.clinic_rights import DATA, POLLS, RIGHTS, Right, may
from kiosk.web.clinic_room import AFTER, SITTING, Answer, Room, go, here, page, problem, role, said
from kiosk.web.clinic_sitting import Sittings
from kiosk.web.clinic_words import WORDS
from kiosk.web.desk import Desk
from kiosk.web.guard import is_loopback, sentence
from kiosk.web.pin import Pins
from kiosk.web.take_home import Report

FORM_BYTES = 64 * 1024
"""Largest form: the longest notes and room (our choice)."""
COOKIE = "treadside_clinic"
PAGES = (clinic_door, clinic_patients, clinic_bouts, clinic_files, clinic_runs)
SENTENCES = {404: "not_here", 405: "not_this_way", 413: "too_large"}
"""Status -> row of WORDS."""


class _OwnCookie(SecureCookieSessionInterface):
    """Encrypted connections get a cookie that never travels without encryption."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def clinic_for(
    app: Flask,
    desk: Desk,
    settings: ClinicConfig,
    web: WebConfig,
    report: Report | None,
    patients_days: int,
    fingerprint: str,
    countdown_s: Callable[[], int | None],
) -> None:
    """Add all pages of the clinic, in a room with its keys and sittings; arguments as of `create_app`."""
    pins, sittings = Pins(desk), Sittings(settings.lock_min * 60)
    add_clinic(app, Room(desk, settings, web, pins, sittings, report, patients_days, fingerprint, countdown_s))


def add_clinic(app: Flask, room: Room) -> None:
    """Add all pages of the clinic to the application."""
    app.secret_key = secrets.token_bytes(32)
    app.session_interface = _OwnCookie()
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_PATH="/clinic",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_CHECK_DEFAULT=False,  # the station's own commands have the guard's check of the origin
        WTF_CSRF_TIME_LIMIT=None,  # a form is good until the page locks itself
    )
    csrf = CSRFProtect(app)
    routes = Blueprint("clinic", __name__, url_prefix="/clinic")
    routes.before_request(lambda: _who_comes(room, csrf))
    routes.register_error_handler(Refused, _refused)
    routes.register_error_handler(CSRFError, _old_form)
    routes.register_error_handler(HTTPException, _known)
    routes.register_error_handler(OSError, lambda error: _disk(app, error))
    for part in PAGES:
        part.add(routes, room)
    app.register_blueprint(routes)


def _who_comes(room: Room, csrf: CSRFProtect) -> Answer | None:
    """Size, PIN, right, form: in this order, so that strangers cannot make the later checks work."""
    g.lock_s = room.sittings.lock_s
    request.max_content_length = FORM_BYTES
    endpoint = request.endpoint or ""
    if (request.content_length or 0) > FORM_BYTES:
        raise RequestEntityTooLarge
    g.at_station = is_loopback(request.remote_addr or "")
    g.role = room.sittings.role(session.get(SITTING, ""), use=endpoint not in POLLS)
    if not may(g.role, endpoint):
        return _turned_away(endpoint)
    csrf.protect()
    return None


def _turned_away(endpoint: str) -> Answer:
    if role() is not None or endpoint not in RIGHTS:
        return problem(WORDS["not_allowed"], 403)
    if endpoint in DATA:
        return sentence(said(WORDS["locked"]), 401)
    if request.method == "GET" and RIGHTS[endpoint] is not Right.ANYBODY:
        session[AFTER] = here()
    return go("door")


def _refused(error: Refused) -> Response:
    return problem(error.sentence, 400)


def _old_form(error: CSRFError) -> Response:
    return problem(WORDS["old_form"], 400)


def _known(error: HTTPException) -> Response:
    status = error.code or 500
    if request.endpoint in POLLS:
        return sentence(said(WORDS[SENTENCES.get(status, "refused")]), status)
    return problem(WORDS[SENTENCES.get(status, "refused")], status)


def _disk(app: Flask, error: OSError) -> Response:
    app.logger.error("clinic: %s failed: %s %s", request.endpoint, type(error).__name__, error.errno)  # its text may name a patient
    return page("problem", 503, problem=WORDS["disk"], back=url_for("clinic.door"))
