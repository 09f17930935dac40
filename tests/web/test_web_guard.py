"""Who may look at the page and press its buttons."""

import socket
from pathlib import Path

import pytest
from web_fakes import Parts

OURS = {"Host": "localhost:8080"}
ACCEPTED = [
    {},
    {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Host": "127.0.0.1:8080", "Origin": "http://127.0.0.1:8080"},
    {"Host": "[::1]:8080"},
]
REFUSED = [
    {"Origin": "http://evil.example"},
    {"Origin": "http://["},
    {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    {"Host": "evil.example:8080"},
    {"Host": "evil.example:8080", "Origin": "http://evil.example:8080", "Sec-Fetch-Site": "same-origin"},
    {"Host": "192.168.1.7:8080"},
]


@pytest.mark.parametrize("headers", ACCEPTED)
def test_own_page_and_command_line_may_send_commands(parts: Parts, headers: dict[str, str]) -> None:
    """Our own page, a bookmark, curl."""
    assert parts.client.post("/command/start", headers=OURS | headers).status_code == 202


@pytest.mark.parametrize("headers", REFUSED)
def test_foreign_pages_may_not_send_commands(parts: Parts, headers: dict[str, str]) -> None:
    """Another site, another program's page on this machine, or a foreign name pointed at our address (DNS rebinding): 403."""
    answer = parts.client.post("/command/start", headers=OURS | headers)
    assert (answer.status_code, list(answer.json), parts.sent.qsize()) == (403, ["error"], 0)


def test_foreign_pages_may_not_look(parts: Parts) -> None:
    """Streams are refused to other sites, which would else hold all seats; following a link to the page is fine."""
    foreign = OURS | {"Sec-Fetch-Site": "cross-site"}
    link = parts.client.get("/", headers=foreign | {"Sec-Fetch-Mode": "navigate"})
    assert (parts.client.get("/events", headers=foreign).status_code, link.status_code) == (403, 200)


@pytest.mark.parametrize(("host", "status"), [("192.168.1.7:8080", 200), (socket.gethostname(), 200), ("evil.example", 403)])
def test_on_the_network_addresses_and_own_name_are_ours(host: str, status: int) -> None:
    """Bound to all addresses: an address or this machine's name may be asked for, any other name not."""
    assert Parts(host="0.0.0.0").client.get("/health", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("path", ["/", "/health", "/nothing", "/static/base.css", "/words.json", "/command/start"])
def test_every_answer_is_closed_in(parts: Parts, path: str) -> None:
    """Own scripts and styles only, nothing kept, no sniffing, no frames, no sharing with other sites."""
    headers = parts.client.get(path, buffered=True).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "Access-Control-Allow-Origin" not in headers


def test_page_asks_for_nothing_from_elsewhere(parts: Parts) -> None:
    """No address of another machine in the page and its files (names of XML are not fetched)."""
    assert parts.app.static_folder
    names = [path.name for path in Path(parts.app.static_folder).iterdir() if path.suffix in (".js", ".css")]
    files = [parts.client.get(path, buffered=True).text for path in ["/", *(f"/static/{name}" for name in names)]]
    assert [line for text in files for line in text.splitlines() if "//" in line and "http" in line and "www.w3.org" not in line] == []
