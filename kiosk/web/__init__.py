"""The page: Flask behind waitress, live events, the newest picture.

What must not go in: anything that changes the session. The page and its readers only look, and send commands.
"""

from collections.abc import Callable

from flask import Flask

from kiosk.config import ClinicConfig, WebConfig
from kiosk.domain import Frame
from kiosk.screen import LiveView, Press
from kiosk.threads import Latest, Stop
from kiosk.web.api import register_api
from kiosk.web.belt import BeltControl, register_belt
from kiosk.web.desk import Desk
from kiosk.web.doctor import Doctor, register_doctor
from kiosk.web.guard import guard
from kiosk.web.guide import register_guide
from kiosk.web.live import Live
from kiosk.web.take_home import Report, TakeHome
from kiosk.web.watched import Watched

BODY_LIMIT_BYTES = 4096
"""Commands have no body; anything larger is not for us (our choice)."""


def create_app(
    views: Latest[LiveView],
    frames: Latest[Frame],
    send: Callable[[Press], bool],
    settings: WebConfig,
    stop: Stop,
    report: Report | None = None,
    *,
    desk: Desk | None = None,
    clinic: ClinicConfig | None = None,
    patients_days: int = 3650,
    fingerprint: str = "",
    belt: BeltControl | None = None,
    doctor: Doctor | None = None,
) -> Flask:
    """Build the web application.

    Args:
        views: what the screen shows; the newest is sent, older ones are skipped.
        frames: pictures of the camera; read only while somebody looks.
        send: puts a command or a pick on the kiosk's one queue; False when the queue is full.
        settings: the [web] section.
        stop: open streams end soon after it is set.
        report: gives the page of a stored session in a language, for the one-time link; None offers no link.
        desk: the clinic's side of the kiosk; None has no clinic, and knows no key of the API.
        clinic: the [clinic] section; None or not enabled has no clinic.
        patients_days: of the [store] section, for the words of the consent.
        fingerprint: of the certificate with which the network is served; "" when it is not.
        belt: speed and incline that the page may change; None shows no such control.
        doctor: looks at the station; None has no such page.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT_BYTES
    guard(app, settings)
    live = Live(views, frames, send, settings, stop)
    app.register_blueprint(live.blueprint())
    register_doctor(app, doctor, live.screens)
    app.register_blueprint(Watched().blueprint())
    app.register_blueprint(TakeHome(views, report, settings).blueprint())
    if desk is not None and clinic is not None and clinic.enabled:
        from kiosk.web.clinic import clinic_for  # forms and their pages are a twentieth of a start, and few stations have a clinic

        clinic_for(app, desk, clinic, settings, report, patients_days, fingerprint, lambda: _countdown_s(views))
    register_api(app, views, send, desk, report)
    register_belt(app, belt)
    register_guide(app, views, send)
    return app


def _countdown_s(views: Latest[LiveView]) -> int | None:
    """What the station counts down now; None when it does not."""
    view = views.peek()
    return view.countdown_s if view is not None else None
