"""Who is served: the station's own screen, phones that fetch a report, and the clinic in the network.

What must not go in: pages (kiosk/web), and what they show.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask

from kiosk.config import Config, data_folder
from kiosk.device import clock
from kiosk.web.link import lan_notice, link_host
from kiosk.web.server import STRANGERS, Server, WebError
from kiosk.words import Phrase

if TYPE_CHECKING:
    from kiosk.web.tls import Certificate, TlsServer  # cryptography loads only where the clinic is in the network

Crashed = Callable[[str, Exception], None]


class Serving:
    """The servers of one application: each has its own threads, so that nobody in the network crowds out the station's screen."""

    def __init__(self, config: Config, on_crash: Crashed) -> None:
        self._config, self._on_crash = config, on_crash
        self.problem: str = lan_notice(config.web)
        """A sentence for the staff about the network; "" when all is well."""
        self._certificate = self._certified()
        self._web: Flask | None = None
        self._servers: list[Server | TlsServer] = []

    @property
    def fingerprint(self) -> str:
        """Of the certificate with which the network is served; "" when it is not."""
        return self._certificate.fingerprint if self._certificate else ""

    def serve(self, web: Flask) -> Server:
        """The server of the station's own screen, for this application; nothing is bound before `start`."""
        settings = self._config.web
        own = ("127.0.0.1", settings.port) if settings.reports_only else None
        self._web, self.station = web, Server(web, settings, self._on_crash, own)
        return self.station

    def start(self) -> None:
        """Serve the screen; with [web] lan also the one-time links for phones, and encrypted the clinic's pages and the API.

        Raises:
            WebError: the screen's port cannot be bound. A network that cannot be served is a `problem`, and the screen goes on.
        """
        self._servers.append(self.station.start())
        host = link_host(self._config.web) if self._config.web.reports_only else None
        if host is None:
            return
        self._start_links(host)
        self._start_clinic(host)

    def stop(self) -> None:
        """End them all."""
        for server in self._servers:
            server.stop()
        self._servers = []

    def _start_links(self, host: str) -> None:
        assert self._web is not None
        try:
            links = Server(self._web, self._config.web, self._on_crash, (host, self.station.port), STRANGERS)
            self._servers.append(links.start())
        except WebError as error:
            self.problem = Phrase("No link to reports: {reason}", reason=str(error))

    def _start_clinic(self, host: str) -> None:
        if self._certificate is None:
            return
        assert self._web is not None
        from kiosk.web.tls import TlsServer

        try:
            secure = TlsServer(self._web, self._certificate, (host, self._config.web.tls_port), self._on_crash)
            self._servers.append(secure.start())
        except WebError as error:
            self.problem = Phrase("The clinic's pages are not in the network: {reason}", reason=str(error))

    def _certified(self) -> "Certificate | None":
        """The station's certificate, where the clinic is in the network."""
        host = link_host(self._config.web) if self._config.web.reports_only and self._config.clinic.enabled else None
        if host is None:
            return None
        from kiosk.web.tls import certificate

        try:
            return certificate(data_folder(self._config.store), host, clock().plausible)
        except WebError as error:
            self.problem = Phrase("The clinic's pages are not in the network: {reason}", reason=str(error))
            return None
