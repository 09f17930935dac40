"""The encrypted server: its certificate, what it speaks, and that slow strangers do not hold it up."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from clinic_house import House
from cryptography import x509

from kiosk.threads import Stop, monotonic_s
from kiosk.web import tls
from kiosk.web.crowd import PER_ADDRESS, THREADS, machine
from kiosk.web.server import WebError
from kiosk.web.tls import TlsServer, certificate


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TlsServer]:
    running = TlsServer(House().app, certificate(tmp_path), ("127.0.0.1", 0)).start()
    yield running
    assert running.stop()


def trusting(tmp_path: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(tmp_path / "station.crt"))


def asked(server: TlsServer, context: ssl.SSLContext, path: str = "/clinic/") -> tuple[int, str]:
    connection = http.client.HTTPSConnection("localhost", server.port, context=context, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_the_certificate_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    """The same fingerprint at the next start, also with another address; the key is for its owner only; it names the address."""
    made = certificate(tmp_path, "192.168.1.5")
    assert certificate(tmp_path, "10.0.0.9") == made
    assert made.key.stat().st_mode & 0o777 == 0o600
    names = x509.load_pem_x509_certificate(made.path.read_bytes()).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "192.168.1.5" in [str(each) for each in names.get_values_for_type(x509.IPAddress)]
    assert len(made.fingerprint) == 32 * 3 - 1


def test_a_broken_or_old_certificate_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off by a power cut, or over: a new one, which works."""
    monkeypatch.setattr(tls, "DAYS", -0.5)
    old = certificate(tmp_path)
    monkeypatch.undo()
    new = certificate(tmp_path)
    new.path.write_text("-----BEGIN")
    assert len({old.fingerprint, new.fingerprint, certificate(tmp_path).fingerprint}) == 3


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """One sentence, no traceback of the system."""
    (tmp_path / "file").write_text("")
    with pytest.raises(WebError, match="make the folder writable"):
        certificate(tmp_path / "file")


def test_it_serves_the_clinic_to_who_trusts_it(server: TlsServer, tmp_path: Path) -> None:
    """With the certificate checked by name; not the station's own page."""
    assert asked(server, trusting(tmp_path))[0] == 200
    assert asked(server, trusting(tmp_path), "/live.json")[0] == 403


def test_it_speaks_no_old_tls_and_no_plain_http(server: TlsServer, tmp_path: Path) -> None:
    """TLS 1.1 is refused by the server; plain http gets no page."""
    old = trusting(tmp_path)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        asked(server, old)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
        plain.sendall(b"GET /clinic/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"<html" not in plain.recv(1000)


def idle(server: TlsServer, source: str) -> socket.socket:
    """A connection that says nothing, from one of the addresses that this machine has for itself."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=10, source_address=(source, 0))


def is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.5)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def test_one_machine_does_not_hold_up_others(server: TlsServer, tmp_path: Path) -> None:
    """Of forty idle connections its share is kept, the others are closed at once; another machine is answered at once, and so is the
    first one as soon as it has let go."""
    strangers = [idle(server, "127.0.0.2") for _ in range(40)]
    began_s = monotonic_s()
    assert asked(server, trusting(tmp_path))[0] == 200
    assert monotonic_s() - began_s < 3
    assert sum(is_closed(stranger) for stranger in reversed(strangers)) == 40 - PER_ADDRESS
    for stranger in strangers:
        stranger.close()
    stop, freed = Stop(), False
    while not freed and monotonic_s() - began_s < 20:
        with idle(server, "127.0.0.2") as again:
            freed = not is_closed(again)
        stop.wait(0.05)
    assert freed


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.168.1.7", "192.168.1.7"),
        ("::ffff:192.168.1.7", "192.168.1.7"),
        ("fe80::1:2%eth0", "fe80::/64"),
        ("2001:db8::9", "2001:db8::/64"),
    ],
)
def test_who_counts_as_one_machine(address: str, counted: str) -> None:
    """IPv6 gives a machine as many addresses as it likes: its network counts."""
    assert machine(address) == counted


def test_slow_strangers_do_not_hold_it_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More connections than threads, silent or half a handshake: the next one is answered within the time a stranger has."""
    monkeypatch.setattr(tls, "READ_S", 1.0)
    server = TlsServer(House().app, certificate(tmp_path), ("127.0.0.1", 0)).start()
    strangers = [idle(server, f"127.0.0.{2 + k % 3}") for k in range(THREADS + 4)]
    try:
        for stranger in strangers:
            stranger.sendall(b"\x16\x03\x01")
        began_s = monotonic_s()
        assert asked(server, trusting(tmp_path))[0] == 200
        assert monotonic_s() - began_s < 5
    finally:
        for stranger in strangers:
            stranger.close()
        assert server.stop()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /clinic/patients/new HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n", 413),
        (b"GET /clinic/ HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"x" * 20_000 + b"\r\n\r\n", 413),
        (b"NONSENSE\r\n\r\n", 400),
    ],
)
def test_what_the_server_refuses_itself_is_one_json_sentence(server: TlsServer, tmp_path: Path, request_: bytes, status: int) -> None:
    """Like every refusal of the application, with its headers; no text of the library."""
    with trusting(tmp_path).wrap_socket(
        socket.create_connection(("localhost", server.port), timeout=10), server_hostname="localhost"
    ) as wire:
        wire.sendall(request_)
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        assert (answer.status, answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (status, "application/json", "no-store")
        assert json.loads(answer.read())["error"].startswith({413: "The request is too large", 400: "This is no request"}[status])
