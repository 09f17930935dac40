"""The doctor's page: what is wrong and what to do, for somebody who has never seen a terminal; and the same as JSON for `kiosk doctor`.

For the station itself, like its screen (guard.py). What must not go in: checks (kiosk/doctor).
"""

import math
from collections.abc import Callable
from typing import Protocol

from flask import Blueprint, Flask, Response, jsonify, render_template, request

from kiosk import __version__
from kiosk.health import Check, Level
from kiosk.threads import monotonic_s
from kiosk.web.guard import sentence
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import translated

SCHEMA = 1
PAGE_S = 12.0
"""A screen that shows the doctor's page asks again within this, so it counts as a screen (the page asks every 5 s)."""


class Doctor(Protocol):
    """The running station's doctor."""

    @property
    def busy(self) -> bool: ...  # noqa: D102
    @property
    def settings(self) -> str: ...  # noqa: D102
    def title(self, name: str) -> Phrase: ...  # noqa: D102
    def checks(self, screens: int, again: bool = False) -> tuple[Check, ...] | None: ...  # noqa: D102


class DoctorPage:
    """Its routes.

    Args:
        doctor: makes the report.
        screens: counts the browsers that show the station's screen.
    """

    def __init__(self, doctor: Doctor, screens: Callable[[], int]) -> None:
        self._doctor, self._screens = doctor, screens
        self._page_s = float("-inf")

    def blueprint(self) -> Blueprint:
        """All routes of this file."""
        routes = Blueprint("doctor", __name__)
        routes.add_url_rule("/doctor", view_func=self.page)
        routes.add_url_rule("/doctor.json", view_func=self.report)
        routes.add_url_rule("/doctor/again", view_func=self.again, methods=["POST"])
        return routes

    def page(self) -> str:
        """The page; its rows come by /doctor.json."""
        return render_template("doctor.html", version=__version__, busy=self._doctor.busy)

    def report(self) -> Response:
        """Everything that was found, in the language that is asked for; 503 when it takes too long."""
        return self._told(again=False)

    def again(self) -> Response:
        """The same, all looked at anew."""
        return self._told(again=True)

    def _told(self, again: bool) -> Response:
        if request.args.get("page") is not None:
            self._page_s = monotonic_s()
        screens = self._screens() + (monotonic_s() - self._page_s < PAGE_S)
        checks = self._doctor.checks(screens, again)
        if checks is None:
            return sentence("The station is looking at itself and is not done: ask again in a minute.", 503)
        language = Language.DE if request.args.get("language") == Language.DE else Language.EN
        order = [check.level for check in checks]
        worst = next((level for level in (Level.WRONG, Level.NOTE) if level in order), Level.OK)
        return jsonify(
            {
                "schema": SCHEMA,
                "level": worst.value,
                "busy": self._doctor.busy,
                "settings": self._doctor.settings,
                "version": __version__,
                "checks": [check_row(check, self._doctor.title(check.name), language) for check in checks],
            }
        )


def check_row(check: Check, title: Phrase, language: Language) -> dict[str, object]:
    """A check as plain JSON values; a value that is not finite is null."""
    value = check.value
    return {
        "name": check.name,
        "title": translated(title, language),
        "level": check.level.value,
        "found": translated(check.found, language),
        "advice": translated(check.advice, language),
        "value": value if value is not None and math.isfinite(value) else None,
        "unit": check.unit,
    }


def register_doctor(app: Flask, doctor: Doctor | None, screens: Callable[[], int]) -> None:
    """Add the page; None has none, as at a recorder."""
    if doctor is not None:
        app.register_blueprint(DoctorPage(doctor, screens).blueprint())
