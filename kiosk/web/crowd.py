"""The server under the clinic's encrypted pages: no machine gets more than its share of the threads, and nothing of clients is logged.

What must not go in: encryption (tls.py).
"""

import ipaddress
import logging
import queue
import socket
import sys
from typing import Any

from cheroot import wsgi
from cheroot.errors import socket_errors_to_ignore
from cheroot.server import HTTPConnection, HTTPRequest

from kiosk.threads import Turn
from kiosk.web.spoken import spoken

THREADS = 16
"""Requests at once (our choice: a clinic's few browsers and a script)."""
PER_ADDRESS = THREADS // 2
"""Connections of one machine, read or waiting; further ones are closed at once. So one machine alone, however idle its connections are,
leaves half of the threads to others. A browser opens 6 at once to one host, and two may be on their way out (our choice)."""

_log = logging.getLogger(__name__)


class Spoken(HTTPRequest):
    """Requests of the encrypted server."""

    def simple_response(self, status: object, msg: str = "") -> None:
        """A refusal of the server's own, then the connection is closed: what else comes in it was not read."""
        headers, body = spoken(str(status))
        self.close_connection = True
        head = [f"{self.server.protocol} {status}", *(f"{name}: {value}" for name, value in headers), "Connection: close", "", ""]
        try:
            self.conn.wfile.write("\r\n".join(head).encode("latin-1") + body)
        except OSError as error:
            if error.args[0] not in socket_errors_to_ignore:  # who left does not hear the refusal, and that is no news
                raise


class _Counted(HTTPConnection):
    """A connection that tells when it is over."""

    RequestHandlerClass = Spoken

    def close(self) -> None:
        """Told first: who sees the end of an answer may come again at once."""
        self.server.leave(self)
        super().close()


def machine(address: str) -> str:
    """Who counts as one: an IPv4 address, or an IPv6 network of 64 bits, from which one machine takes as many addresses as it likes."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


class CrowdServer(wsgi.Server):
    """Serves on a socket that is bound already, and does not write what clients sent to the console. Nobody gets more than a share."""

    ConnectionClass = _Counted
    listener: socket.socket

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._turn, self._machines = Turn(), dict[HTTPConnection, str]()

    def process_conn(self, conn: HTTPConnection) -> None:
        """A connection that was just accepted waits for a thread, or is closed: it has not shaken hands yet, so nothing can be answered."""
        with self._turn:
            of = machine(conn.remote_addr)
            refused = list(self._machines.values()).count(of) >= PER_ADDRESS
            if not refused:
                self._machines[conn] = of
        try:
            if not refused:
                self.requests.put(conn)
        except queue.Full:
            refused = True
        if refused:
            conn.close()

    def leave(self, conn: HTTPConnection) -> None:
        """A connection is over."""
        with self._turn:
            self._machines.pop(conn, None)

    def bind(self, family: int, kind: int, proto: int = 0) -> socket.socket:
        """The socket that is there."""
        self.socket = self.listener
        return self.listener

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Clients that leave or do not speak TLS are no news; an error of ours is."""
        error = sys.exc_info()[1]
        if level >= logging.ERROR and not isinstance(error, OSError):
            _log.error("the encrypted server failed to answer: %s", type(error).__name__)
