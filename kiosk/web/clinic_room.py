"""What all pages of the clinic share: who asks, in which language, how a page is drawn, how a number is read from a form."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from babel.dates import format_date
from flask import Response, g, make_response, redirect, render_template, request, session, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from kiosk.clinic import Assessment, Patient, Refused, Role
from kiosk.coach.wording import for_clinic, spelled
from kiosk.config import ClinicConfig, WebConfig
from kiosk.web.clinic_rights import may
from kiosk.web.clinic_sitting import Sittings
from kiosk.web.clinic_words import WORDS
from kiosk.web.desk import Desk
from kiosk.web.link import link_host
from kiosk.web.pin import Pins, Place
from kiosk.web.take_home import Report
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import MINUS, translated

Answer = Response | AnyResponse
"""What a view gives."""

NUMBER = re.compile(rf"[-+{MINUS}]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)")
"""A number as people type it; Python itself also takes 1_76, 1e2 and digits of other scripts."""

SITTING = "sitting"
LANGUAGE = "language"
AFTER = "after"
"""Keys of the cookie's session; AFTER is the page to show after the PIN."""

BACK = re.compile(r"/clinic/[a-z0-9/-]*(\?[a-z0-9=&]*)?")
"""Addresses of the clinic's own pages: what a form may name as the page to go back to."""

REPORT_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
}
"""On reports: they carry their style and pictures with them; no script runs and nothing is fetched."""


@dataclass(frozen=True)
class Room:
    """What the pages work with."""

    desk: Desk
    clinic: ClinicConfig
    web: WebConfig
    pins: Pins
    sittings: Sittings
    report: Report | None
    """Page of a run of the gym."""
    patients_days: int
    """How long a patient without a new assessment is kept."""
    fingerprint: str
    """Of the certificate; "" when there is none."""
    countdown_s: Callable[[], int | None] = lambda: None
    """What the station's screen counts down to a bout, seconds; None when it does not."""

    @property
    def address(self) -> str:
        """Where other machines find these pages; "" when they cannot."""
        host = link_host(self.web)
        if host is None or not self.fingerprint or not self.web.tls_port:
            return ""
        return f"https://{f'[{host}]' if ':' in host else host}:{self.web.tls_port}/clinic/"

    def patient(self, patient_id: int) -> Patient:
        """The patient, or the answer 404."""
        found = self.desk.patient(patient_id)
        if found is None:
            raise NotFound
        return found

    def assessment(self, assessment_id: int) -> Assessment:
        """The assessment, or the answer 404."""
        found = self.desk.assessment(assessment_id)
        if found is None:
            raise NotFound
        return found


def place() -> Place:
    """Where this request comes from; only the guard's own check of the address says so."""
    return Place.STATION if g.at_station else Place.NETWORK


def role() -> Role | None:
    """Who asks; None when nobody is signed in."""
    found: Role | None = g.get("role")
    return found


def language() -> Language:
    """By the switch on the page, else by the browser."""
    chosen = session.get(LANGUAGE) or request.accept_languages.best_match([each.value for each in Language])
    return Language(chosen) if chosen in set(Language) else Language.EN


def said(text: str) -> str:
    """A phrase in the page's language, without commands: a clinic has no command line."""
    return translated(for_clinic(text), language())


def say(name: str, /, **values: object) -> str:
    """The words of a row of `WORDS`."""
    row = WORDS[name]
    return said(row.filled(**values) if values else row)


def page(template: str, status: int = 200, **values: object) -> Response:
    """A page of the clinic."""
    shared: Mapping[str, object] = {
        "say": say,
        "words": WORDS,
        "said": said,
        "spelled": spelled,
        "language": language().value,
        "languages": [each.value for each in Language],
        "role": role(),
        "may": lambda endpoint: may(role(), f"clinic.{endpoint}"),
        "here": here(),
        "lock_s": g.lock_s,
        "plain": plain,
        "day": day,
        "moment": moment,
    }
    return make_response(render_template(f"clinic/{template}.html", **shared, **values), status)


def here() -> str:
    """This page's address with its query, to come back to; the door for whatever is not read with GET."""
    asked = request.full_path.rstrip("?")
    return asked if request.method == "GET" and BACK.fullmatch(asked) else url_for("clinic.door")


def plain(value: float | None) -> str:
    """A number as it is typed, with the language's decimal sign; "" for None."""
    return "" if value is None else said(Phrase("{value:g}", value=float(value)))


def day(stored: str) -> str:
    """A date as the language writes it; as it is stored when it is none."""
    try:
        return str(format_date(date.fromisoformat(stored[:10]), "medium", locale=language().value))
    except ValueError:
        return stored


def moment(stored_utc: str) -> str:
    """Date and time by the station's own clock, from ISO 8601; a time without a zone is UTC; as it is stored when it is none."""
    try:
        at = datetime.fromisoformat(stored_utc)
    except ValueError:
        return stored_utc
    at = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone()
    return f"{format_date(at, 'medium', locale=language().value)}, {at:%H:%M}"


def problem(text: Phrase, status: int) -> Response:
    """One sentence as a page, with a way back."""
    return page("problem", status, problem=text)


def go(endpoint: str, **values: object) -> Answer:
    """To another page, read with GET."""
    return redirect(url_for(f"clinic.{endpoint}", **values), 303)  # type: ignore[arg-type]


def download(data: bytes, name: str, kind: str) -> Response:
    """A file to keep; its name says nothing about whose it is."""
    answer = Response(data, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def number(name: str, label: Phrase, low: float, high: float) -> float | None:
    """A number of the form, with point or comma; None for an empty field.

    Raises:
        Refused: it is no number, or outside of [low, high].
    """
    typed = request.form.get(name, "").strip()
    if not typed:
        return None
    value = float(typed.replace(",", ".").replace(MINUS, "-")) if NUMBER.fullmatch(typed) else math.nan
    if not low <= value <= high:
        raise Refused(Phrase("{what}: {typed} cannot be used. Give a number from {low:g} to {high:g}.", **_about(label, typed, low, high)))
    return value


def needed(name: str, label: Phrase, low: float, high: float) -> float:
    """A number that must not be left out: an empty field is a question, not a nought.

    Raises:
        Refused: it is missing, no number, or outside of [low, high].
    """
    value = number(name, label, low, high)
    if value is None:
        raise Refused(Phrase("{what}: type a number from {low:g} to {high:g}; 0 when it is level.", what=label, low=low, high=high))
    return value


def _about(label: Phrase, typed: str, low: float, high: float) -> dict[str, object]:
    return {"what": label, "typed": typed[:20], "low": low, "high": high}
