"""What leaves with the runner: the summary as a QR code, and in LAN mode the full report by a one-time link.

Messengers and cameras open links to look at them. So opening the link only shows a button; pressing it uses the link.
What must not go in: what the lines and the report say.
"""

from collections.abc import Callable

from flask import Blueprint, Response, make_response, render_template, request

from kiosk.config import WebConfig
from kiosk.screen import LiveView, Summary
from kiosk.threads import Latest
from kiosk.web.guard import port_of, sentence
from kiosk.web.link import Links, link_host
from kiosk.web.qr import fitting_text, svg
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import translated

Report = Callable[[int, Language], str | None]
"""Number of a stored session, language -> its page (HTML in one file); None when it cannot be read."""

WORDS = {
    "title": Phrase("Your run report"),
    "once": Phrase("This link opens your report once. Save or share the page afterwards if you want to keep it."),
    "open": Phrase("Open my report"),
    "gone": Phrase("This link was used or is too old. It works once and for 15 minutes: scan a new code on the station's screen."),
    "unread": Phrase("The report cannot be read now. Please ask the staff."),
}


class TakeHome:
    """The routes over the newest view.

    Args:
        views: what the screen shows.
        report: makes the report; None offers no link.
        settings: the [web] section.
        links: given by tests.
    """

    def __init__(self, views: Latest[LiveView], report: Report | None, settings: WebConfig, links: Links | None = None) -> None:
        self._views, self._report, self._settings = views, report, settings
        self._links = links or Links()

    def blueprint(self) -> Blueprint:
        """All routes of this file."""
        routes = Blueprint("take_home", __name__)
        routes.add_url_rule("/take-home.svg", view_func=self.code)
        routes.add_url_rule("/link.svg", view_func=self.link)
        routes.add_url_rule("/report/<token>", view_func=self.ask, methods=["GET"])
        routes.add_url_rule("/report/<token>", view_func=self.give, methods=["POST"])
        return routes

    def code(self) -> Response:
        """QR code of the summary's lines, in the language of the screen."""
        summary, language = self._shown()
        if summary is None or not summary.take_home:
            return sentence("There is no summary to take home now: it comes after a run.", 404)
        return _picture(fitting_text(summary.take_home, language))

    def link(self) -> Response:
        """QR code of the one-time link to the report; a new one when the last was used."""
        summary, language = self._shown()
        host = link_host(self._settings)
        if self._report is None or host is None:
            return sentence("There is no link to reports: it needs [web] lan = true in kiosk.toml and a network.", 404)
        if summary is None or summary.session_id is None:
            return sentence("There is no report now: it comes after a run.", 404)
        name = f"[{host}]" if ":" in host else host
        return _picture(f"http://{name}:{port_of(request.host)}/report/{self._links.offer(summary.session_id, language)}")

    def ask(self, token: str) -> Response:
        """A page with one button; opening it, also by a messenger's preview, does not use the link."""
        link = self._links.look(token)
        return _page("gone", self._shown()[1], 410) if link is None else _page("once", link.language)

    def give(self, token: str) -> Response:
        """The report itself; the link is used, unless the report cannot be read."""
        link = self._links.look(token)
        if link is None or self._report is None:
            return _page("gone", self._shown()[1], 410)
        text = self._report(link.session_id, link.language)
        if text is None:
            return _page("unread", link.language, 503)
        return make_response(text) if self._links.take(token) else _page("gone", link.language, 410)

    def _shown(self) -> tuple[Summary | None, Language]:
        view = self._views.peek() or LiveView()
        return view.summary, view.language


def _picture(text: str) -> Response:
    return Response(svg(text), content_type="image/svg+xml")


def _page(text: str, language: Language, status: int = 200) -> Response:
    words = {name: translated(phrase, language) for name, phrase in WORDS.items()}
    return make_response(
        render_template("link.html", words=words, text=words[text], button=text == "once", language=language.value), status
    )
