"""The clinic's pages for the network: the station's own certificate, and an encrypted server that strangers cannot hold up.

A certificate of one's own proves nothing by itself: the station's screen shows its fingerprint, to be compared once a device.
What must not go in: which pages there are (guard.py says what this server gives).
"""

import io
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cheroot.makefile import MakeFile
from cheroot.ssl import Adapter
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import Flask

from kiosk.threads import Stop, Worker, monotonic_s
from kiosk.web.crowd import THREADS, CrowdServer
from kiosk.web.server import WebError, bound

DAYS = 5 * 365
"""How long a certificate is good (our choice: as long as a station)."""
BEFORE = timedelta(days=1)
"""A certificate is good from a day before it was made: a Pi without a battery clock may be behind."""
WAITING = 32
"""Connections that may wait for a thread; further ones are refused."""
STALLED_S = 10.0
"""A client that says or takes nothing for so long is cut."""
READ_S = 20.0
"""A request has to be there this long after a thread began to read it, the handshake included: who drips bytes is cut."""
LIFE_S = 300.0
"""Longest life of a connection: an export over a slow network (our choice)."""
HEADER_BYTES = 16 * 1024
BODY_BYTES = 1024 * 1024
"""More is not even read; the application refuses far smaller forms with a sentence."""
FINISH_S = 2.0
"""What running answers get to end."""
LIMITS: dict[str, Any] = {
    "request_queue_size": WAITING,
    "accepted_queue_size": WAITING,
    "accepted_queue_timeout": 0.1,
    "timeout": STALLED_S,
    "shutdown_timeout": FINISH_S,
}
"""By cheroot's names."""


@dataclass(frozen=True)
class Certificate:
    """Where it is kept, and what a person compares."""

    path: Path
    key: Path
    fingerprint: str
    """SHA-256 as browsers show it: pairs of digits with colons."""


def certificate(folder: Path, address: str | None = None, clock_is_plausible: bool = True) -> Certificate:
    """This station's certificate; made at the first call and kept, so that the fingerprint stays the same.

    It is renewed only when it has expired or cannot be read. A new address does not renew it: the browser warns about a certificate
    of one's own anyway, and a fingerprint that changes with the network would teach people not to compare.

    Args:
        folder: the data folder.
        address: this machine's address in the network, to be named in a new certificate; None when it has none.
        clock_is_plausible: False keeps a certificate that seems to have expired: the clock is wrong, not the certificate.

    Raises:
        WebError: the folder cannot be written.
    """
    made = Certificate(folder / "station.crt", folder / "station.key", "")
    try:
        found = _good(made, clock_is_plausible)
        if found is None:
            found = _make(made, address)
    except OSError as error:
        raise WebError(f"the certificate in {folder} cannot be kept ({error.strerror}): make the folder writable for this user.") from None
    pairs = found.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(made.path, made.key, pairs)


def _good(files: Certificate, clock_is_plausible: bool) -> x509.Certificate | None:
    """The certificate that is there, when its key fits and it is not over. One that is not good yet is kept: the clock is behind."""
    try:
        found = x509.load_pem_x509_certificate(files.path.read_bytes())
        key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    except (FileNotFoundError, ValueError):
        return None
    same = key.public_key() == found.public_key()
    over = clock_is_plausible and datetime.now(UTC) >= found.not_valid_after_utc
    return found if same and not over else None


def _make(files: Certificate, address: str | None) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    host, now = socket.gethostname(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Treadside {host}"[:64])])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(_names(host, address)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files.path.parent.mkdir(parents=True, exist_ok=True)
    plain = serialization.NoEncryption()
    _write(files.key, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain), 0o600)
    _write(files.path, made.public_bytes(serialization.Encoding.PEM), 0o644)
    return made


def _names(host: str, address: str | None) -> list[x509.GeneralName]:
    addresses = ["127.0.0.1", *([address] if address else [])]
    names = ["localhost", host, *([] if host.endswith(".local") else [f"{host}.local"])]
    return [*(x509.DNSName(each) for each in names), *(x509.IPAddress(ipaddress.ip_address(each)) for each in addresses)]


def _write(path: Path, data: bytes, mode: int) -> None:
    """Whole or not at all, and never readable to others for a moment."""
    part = path.with_suffix(path.suffix + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


class _Hasty(ssl.SSLSocket):
    """A connection that has to get on with it. Its handshake is done by the thread that reads it, not by the one that accepts all."""

    def _hurry(self, life_s: float) -> None:
        left_s = self.__dict__.setdefault("born_s", monotonic_s()) + life_s - monotonic_s()
        if left_s <= 0:
            raise TimeoutError("too slow")
        self.settimeout(min(STALLED_S, left_s))

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        self._hurry(READ_S)
        return super().recv_into(buffer, nbytes, flags)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        self._hurry(READ_S)
        return super().recv(buflen, flags)

    def send(self, data: Any, flags: int = 0) -> int:
        if self.version() is None:  # an error page for who never shook hands would wait for them once more
            raise TimeoutError("no handshake")
        self._hurry(LIFE_S)
        return super().send(data, flags)


class _Adapter(Adapter):
    """Python's own TLS for cheroot."""

    def __init__(self, made: Certificate) -> None:
        super().__init__(str(made.path), str(made.key))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(made.path, made.key)
        self.context.sslsocket_class = _Hasty

    def bind(self, sock: socket.socket) -> socket.socket:
        """The listening socket stays as it is."""
        return sock

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        """The socket and what is told to the application; the handshake comes with the first reading."""
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, self.get_environ()

    def get_environ(self) -> dict[str, str]:
        """Encrypted, always."""
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}

    def makefile(self, sock: socket.socket, mode: str = "r", bufsize: int = io.DEFAULT_BUFFER_SIZE) -> Any:
        """What cheroot reads from and writes to."""
        return MakeFile(sock, mode, bufsize)


class TlsServer:
    """The encrypted server of one application; started and stopped like `Server`.

    Args:
        app: from `create_app`.
        made: from `certificate`.
        address: host and port; 0 takes any free port.
        on_crash: told when the server thread dies.
    """

    def __init__(
        self, app: Flask, made: Certificate, address: tuple[str, int], on_crash: Callable[[str, Exception], None] | None = None
    ) -> None:
        self._app, self._made, self._address = app, made, address
        self._worker = Worker("web tls", self._serve, on_crash)
        self._server: Any = None

    @property
    def port(self) -> int:
        """The port in use; after `start` also when 0 was asked for."""
        return self._address[1]

    @property
    def url(self) -> str:
        """Where a browser finds the clinic."""
        host = self._address[0]
        return f"https://{f'[{host}]' if ':' in host else host}:{self.port}/clinic/"

    def start(self) -> "TlsServer":
        """Bind and serve.

        Raises:
            WebError: the address cannot be bound, or the certificate cannot be read.
        """
        listener = bound(*self._address, key="tls_port")
        self._address = listener.getsockname()[:2]
        try:
            self._server = self._ready(listener)
        except OSError as error:
            listener.close()
            raise WebError(f"the certificate {self._made.path} cannot be used ({error}): delete it and {self._made.key}.") from None
        self._worker.start()
        return self

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Close the port; False when running answers did not end in time."""
        if self._server is None:
            return True
        self._server.stop()
        return self._worker.stop(timeout_s)

    def _ready(self, listener: socket.socket) -> Any:
        server = CrowdServer(self._address, self._app, numthreads=THREADS, max=THREADS, **LIMITS)
        server.keep_alive_conn_limit = 0  # a connection is one request: none is held open, and each has its own time
        server.max_request_header_size, server.max_request_body_size = HEADER_BYTES, BODY_BYTES
        server.ssl_adapter = _Adapter(self._made)
        server.listener = listener
        server.prepare()
        return server

    def _serve(self, stop: Stop) -> None:
        self._server.serve()
