"""The page: Flask behind waitress, live events, the newest picture.

What must not go in: anything that changes the session. The page and its readers only look, and send commands.
"""

from collections.abc import Callable

from flask import Flask

from kiosk.config import WebConfig
from kiosk.domain import Frame
from kiosk.screen import LiveView, Press
from kiosk.threads import Latest, Stop
from kiosk.web.api import register_api
from kiosk.web.desk import Desk
from kiosk.web.guard import guard
from kiosk.web.live import Live
from kiosk.web.take_home import Report, TakeHome

BODY_LIMIT_BYTES = 4096
"""Commands have no body; anything larger is not for us (our choice)."""


def create_app(
    views: Latest[LiveView],
    frames: Latest[Frame],
    send: Callable[[Press], bool],
    settings: WebConfig,
    stop: Stop,
    report: Report | None = None,
    desk: Desk | None = None,
) -> Flask:
    """Build the web application.

    Args:
        views: what the screen shows; the newest is sent, older ones are skipped.
        frames: pictures of the camera; read only while somebody looks.
        send: puts a command or a pick on the kiosk's one queue; False when the queue is full.
        settings: the [web] section.
        stop: open streams end soon after it is set.
        report: gives the page of a stored session in a language, for the one-time link; None offers no link.
        desk: the clinic's side of the kiosk, for the API's keys and sessions; None knows no key.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT_BYTES
    guard(app, settings)
    app.register_blueprint(Live(views, frames, send, settings, stop).blueprint())
    app.register_blueprint(TakeHome(views, report, settings).blueprint())
    register_api(app, views, send, desk, report)
    return app
