"""The guide for the camera on the page: a zone that was dragged, and that only the station itself sets up its camera.

What must not go in: the guide's steps and words (kiosk/guide).
"""

from collections.abc import Callable

from flask import Blueprint, Flask, Response, jsonify, request

from kiosk.screen import Command, Drawn, LiveView, Press, State
from kiosk.threads import Latest
from kiosk.web.guard import is_loopback, sentence

PARTS = 1000
"""Addresses hold whole thousandths of the picture."""
PRESSES = ("live.command", "live.pick", "guide.zone")
OPENS = (Command.SETUP.value, Command.TEST.value)
BEFORE_A_RUN = (State.IDLE, State.CHECK, State.CHOOSE)
"""Commands that open the guide, and where (kiosk/visit.py)."""


def register_guide(app: Flask, views: Latest[LiveView], send: Callable[[Press], bool]) -> None:
    """Add POST /zone/<left>/<top>/<right>/<bottom>, and keep other machines' hands off the guide."""
    routes = Blueprint("guide", __name__)
    routes.add_url_rule(
        "/zone/<int:left>/<int:top>/<int:right>/<int:bottom>", "zone", lambda **edges: _zone(views, send, **edges), methods=["POST"]
    )
    app.register_blueprint(routes)
    app.before_request(lambda: _stranger(views))


def _stranger(views: Latest[LiveView]) -> Response | None:
    """With [web] host the page is open to other machines; the camera is still set up where it stands."""
    if request.endpoint not in PRESSES or is_loopback(request.remote_addr or ""):
        return None
    view = views.peek()
    state = view.state if view is not None else State.IDLE
    opens = (request.view_args or {}).get("name") in OPENS and state in BEFORE_A_RUN
    return sentence("The camera is set up at the station itself, not from another machine.", 403) if opens or state is State.SETUP else None


def _zone(views: Latest[LiveView], send: Callable[[Press], bool], left: int, top: int, right: int, bottom: int) -> Response:
    if not (left < right <= PARTS and top < bottom <= PARTS):
        return sentence(f"A zone needs left < right and top < bottom, each from 0 to {PARTS}.", 400)
    view = views.peek()
    if view is None or view.guide is None or not view.guide.adjustable:
        return sentence("No zone can be changed on the screen now: look at the screen.", 409)
    if not send(Drawn((left / PARTS, top / PARTS, right / PARTS, bottom / PARTS))):
        return sentence("The kiosk is busy and did not take the zone: drag it again.", 503)
    answer = jsonify(accepted="zone")
    answer.status_code = 202
    return answer
