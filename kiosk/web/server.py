"""Waitress in a worker thread: binds with a clear sentence, stops quickly with open streams."""

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from waitress import create_server, wasyncore

from kiosk.config import WebConfig
from kiosk.threads import Stop, Worker
from kiosk.web.spoken import SpokenChannel

THREADS = 16
"""10 streams (live.py: 6 for whoever looks, 4 for the station's own screen) and 6 for buttons and pages."""

LOOP_S = 0.2
"""How often the server looks whether it should end."""

BACKLOG = 64
"""Connections that may wait for a moment."""

FINISH_S = 1.0
"""What running answers get to end after their connections were closed."""

BODY_BYTES = 262_144
"""A request that announces a larger body is refused before it is read: else it would be written to the disk first, up to 1 GB."""

STALLED_MS = 10_000
"""A reader that takes nothing for this long is cut, so that its seat becomes free (our choice)."""

REASONS = {
    errno.EADDRINUSE: "is already in use: another program, or a second kiosk, has it. "
    "Set [web] port in kiosk.toml to another number or stop the other program",
    errno.EACCES: "may not be used by this user: ports below 1024 need rights. Set [web] port in kiosk.toml to 1024 or above",
    errno.EADDRNOTAVAIL: "cannot be opened: this machine has no such address. Set [web] host in kiosk.toml to 127.0.0.1",
}


@dataclass(frozen=True)
class Crowd:
    """Whom a server is made for."""

    connections: int
    """Most at once; further ones wait."""
    threads: int
    silent_s: int
    """A connection that asks nothing for so long is cut, seconds."""


OURS = Crowd(64, THREADS, 120)
"""The station's own screen and who looks after it."""
STRANGERS = Crowd(16, 2, 10)
"""Phones in the network that fetch a report: they must not be able to take anything from the station's own screen (our choice)."""


class WebError(OSError):
    """The page cannot be served; the message says why and what to do."""


class Server:
    """The web server of one application.

    Args:
        app: from `create_app`.
        settings: the [web] section.
        on_crash: told when the server thread dies.
        address: host and port, when they are not those of the settings.
        crowd: how much it may take.
    """

    def __init__(
        self,
        app: Flask,
        settings: WebConfig,
        on_crash: Callable[[str, Exception], None] | None = None,
        address: tuple[str, int] | None = None,
        crowd: Crowd = OURS,
    ) -> None:
        self._app = app
        self._crowd = crowd
        self._worker = Worker("web", self._serve, on_crash)
        self._socket: socket.socket | None = None
        self._address: tuple[str, int] = address or (settings.bound_host, settings.port)

    @property
    def port(self) -> int:
        """The port in use; after `start` also when the settings say 0."""
        return self._address[1]

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the page."""
        host = self._address[0]
        if host in {"0.0.0.0", "::"}:
            host = "::1" if ":" in host else "127.0.0.1"
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    def start(self) -> "Server":
        """Bind and serve.

        Raises:
            WebError: the address cannot be bound.
        """
        self._socket = bound(*self._address)
        self._address = self._socket.getsockname()[:2]
        self._worker.start()
        return self

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Cut open streams and close the port; False when the server did not end in time."""
        return self._worker.stop(timeout_s)

    def _serve(self, stop: Stop) -> None:
        sockets: dict[int, wasyncore.dispatcher] = {}
        server = create_server(
            self._app,
            map=sockets,
            sockets=[self._socket],
            threads=self._crowd.threads,
            ident=None,
            # a slow reader gets few old pictures, and a reader that left is noticed at once (PLATFORM.md 7)
            outbuf_high_watermark=65536,
            channel_request_lookahead=1,
            connection_limit=self._crowd.connections,
            channel_timeout=self._crowd.silent_s,
            cleanup_interval=min(30, self._crowd.silent_s),
            max_request_body_size=BODY_BYTES,
            log_socket_errors=False,  # a reader that went away is no news
        )
        server.channel_class = SpokenChannel
        while not stop.is_set:
            wasyncore.loop(timeout=LOOP_S, use_poll=True, map=sockets, count=1)
        for reader in list(server.active_channels.values()):
            reader.handle_close()  # ends its stream, also one that waits for a stalled reader
        wasyncore.close_all(sockets)
        server.task_dispatcher.shutdown(timeout=FINISH_S)


def bound(host: str, port: int, key: str = "port") -> socket.socket:
    """A socket that listens on the address; `key` is the setting of [web] that its port comes from.

    Raises:
        WebError: it cannot be had.
    """
    try:
        family, kind, _, _, address = _lookup(host, port)
        listener = socket.socket(family, kind)
    except OSError as error:
        raise WebError(f"[web] host = {host!r} is not an address of this machine ({error}): use 127.0.0.1.") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_MS)  # connections inherit it
        listener.bind(address)
        listener.listen(BACKLOG)  # here, since two sockets can bind to one port as long as neither listens
    except OSError as error:
        listener.close()
        reason = REASONS.get(error.errno or 0, f"cannot be opened ({error.strerror})")
        raise WebError(f"port {port} on {host} {reason}.".replace("[web] port", f"[web] {key}")) from None
    return listener


def _lookup(host: str, port: int) -> tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[object, ...]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return min(found, key=lambda row: row[0] is not socket.AF_INET)
