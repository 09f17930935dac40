"""Who may ask, and how we answer when something is wrong: one JSON sentence, never a traceback.

A kiosk on localhost can be reached by every web site that a browser on the same machine opens. So a request must name us in
`Host` (else a foreign name was pointed at our address: DNS rebinding) and must not be sent by a foreign page.
"""

import ipaddress
import socket
import traceback
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, jsonify, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Redirect

from kiosk.config import WebConfig

POLICY = "Content-Security-Policy"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer: nothing from elsewhere, nothing kept, nobody else may show our pictures."""

FOR_PHONES = frozenset({"take_home.ask", "take_home.give"})
"""Endpoints that [web] lan opens to other machines: a person's own report, by its one-time link (take_home.py)."""

ON_PHONES = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # with no-referrer the button's request would come from "null", which the guard refuses
}
"""On pages for phones: they carry their style with them and one form; no script runs."""

ON_CLINIC = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # as on phones: forms tell from where they come, also to flask-wtf
}
"""On the clinic's pages: the page's own, and forms."""

OVER_TLS = ("clinic.", "api.", "static")
"""What the encrypted server gives: endpoints that begin so. Over the network these are given encrypted only."""

OWN_ADDRESSES = "OWN_ADDRESSES"
"""Key of the application's configuration: from where this machine asks when it uses the address that it is bound to."""

SENTENCES = {
    404: "There is nothing at this address: open / for the screen.",
    405: "This address does not take this kind of request: commands are sent with POST, everything else is read with GET.",
    413: "The request is too large: commands have no body.",
    500: "The kiosk could not answer this request: the reason is in its log.",
}


def sentence(text: str, status: int) -> Response:
    """An error as one JSON sentence."""
    answer = jsonify(error=text)
    answer.status_code = status
    return answer


def guard(app: Flask, settings: WebConfig) -> None:
    """Check every request, word every error, put `HEADERS` on every answer."""
    app.config[OWN_ADDRESSES] = _addresses(settings.bound_host)

    @app.before_request
    def check() -> Response | Redirect | None:
        return _refusal(settings)

    @app.after_request
    def protect(answer: Response) -> Response:
        _put_headers(answer, request.endpoint or "")
        return answer

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> Response:
        status = error.code or 500
        return sentence(SENTENCES.get(status, f"The request was refused: {error.name}."), status)

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        if _is_private(request.endpoint or ""):  # an error's text may name a patient: its kind and its place are enough
            where = traceback.extract_tb(error.__traceback__)[-1]
            app.logger.error("%s failed: %s in %s:%s", request.endpoint, type(error).__name__, where.filename, where.lineno)
        else:
            app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return sentence(SENTENCES[500], 500)


def _put_headers(answer: Response, endpoint: str) -> None:
    """`HEADERS`, with those of the page's kind; a view of the clinic that gives a report has its own policy already."""
    answer.headers.update({name: value for name, value in HEADERS.items() if name != POLICY or not _is_private(endpoint)})
    if endpoint in FOR_PHONES:
        answer.headers.update(ON_PHONES)
    elif _is_private(endpoint):
        for name, value in ON_CLINIC.items():
            if name != POLICY or POLICY not in answer.headers:
                answer.headers[name] = value


def _is_private(endpoint: str) -> bool:
    return endpoint.startswith("clinic.")


def _refusal(settings: WebConfig) -> Response | Redirect | None:
    return _wrong_server(settings, request.endpoint or "") or _foreign(settings)


def _wrong_server(settings: WebConfig, endpoint: str) -> Response | Redirect | None:
    """The station's own screen is served unencrypted to itself; the network gets the clinic and the API encrypted, and nothing else so."""
    if request.is_secure:
        return _over_tls(endpoint)
    if is_loopback(request.remote_addr or ""):
        return None
    if endpoint.startswith(OVER_TLS[:2]):
        return sentence("The clinic's pages and the API are given to other machines encrypted only: open https:// at [web] tls_port.", 403)
    if settings.reports_only and endpoint not in FOR_PHONES:
        return sentence("This screen is for the station itself: other devices may only open the link of their own report.", 403)
    return None


def _over_tls(endpoint: str) -> Response | Redirect | None:
    if request.path == "/":
        return redirect("/clinic/", 303)
    if endpoint and not endpoint.startswith(OVER_TLS):
        return sentence("This screen is for the station itself: over the network there are /clinic/ and /api/v1.", 403)
    return None


def _foreign(settings: WebConfig) -> Response | None:
    if not host_is_ours(request.host, settings.bound_host):
        return sentence(f"This kiosk is not {request.host!r}: use the address that it shows at start.", 403)
    if _sent_by_foreign_page():
        return sentence("Requests from other web pages are refused: use the kiosk's own page.", 403)
    return None


def host_is_ours(host: str, bound_host: str) -> bool:
    """True when the `Host` header names this kiosk: localhost, the bound address, or, bound to the network, an address or our own name."""
    name = (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
    if name in {"localhost", "127.0.0.1", "::1", bound_host.lower()}:
        return True
    if is_loopback(bound_host):
        return False
    own = socket.gethostname().lower()
    return _is_address(name) or name in {own, f"{own}.local"}


def port_of(host: str) -> int:
    """The port in a `Host` header; 80 when it names none."""
    try:
        return urlsplit(f"//{host}").port or 80
    except ValueError:
        return 80


def is_loopback(host: str) -> bool:
    """True for this machine itself, by name or address."""
    return host.lower() == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def is_at_station() -> bool:
    """True when the request comes from this machine: from loopback, or from the very address that [web] host names."""
    asked = (request.remote_addr or "").removeprefix("::ffff:")  # IPv4 on a socket for both kinds
    return is_loopback(asked) or asked in current_app.config[OWN_ADDRESSES]


def _addresses(host: str) -> frozenset[str]:
    """Of a name or address; none for a name that nobody knows, of which the server says so (server.py)."""
    try:
        return frozenset(str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except OSError:
        return frozenset()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _place_of(origin: str) -> str:
    """Host and port of an origin; "" for what is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _sent_by_foreign_page() -> bool:
    origin = request.headers.get("Origin")
    if origin is not None and _place_of(origin) != request.host.lower():
        return True
    opened_by_link = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    return not opened_by_link and request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")
