"""What tests/fuzz_web.py sends: whole requests as bytes, made by chance from a seed."""

import random
import re
from urllib.parse import urlencode

from api_fakes import BOTH, CONTROL, READ

Rules = list[tuple[str, list[str]]]
"""(rule, methods) of every route."""

TRAVERSALS = ("../", "..%2f", "%2e%2e/", "..\\", "....//", "%252e%252e%252f", "..;/", "%c0%ae%c0%ae/", "..%00/", "%2f%2f")
TARGETS = ("etc/passwd", "kiosk.toml", "__init__.py", "api.py", "sessions.sqlite3", ".git/config", "proc/self/environ")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "G\xe9T", "X" * 300)
HOSTS = ("127.0.0.1", "[::1]", "evil.example", "", "[", "localhost:99999", "localhost:x", "a" * 5000, "\xff\xfe", "localhost@evil.example")
ORIGINS = ("http://evil.example", "null", "http://[", "http://localhost", "\xff", "file://")
VALUES = (
    "0",
    "-1",
    "1",
    "9" * 5000,
    str(2**63),
    "NaN",
    "%00",
    "%ff%fe",
    "'",
    "<script>",
    "{{7*7}}",
    "%s%n",
    "%D9%A1",
    "1e999",
    "",
    "start",
)
KINDS = ("application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "", "\xff")
JSONS = (b"{}", b"[" * 2000, b'{"speed_kmh": NaN, "incline_pct": 0}', b'{"speed_kmh":' + b"9" * 3000 + b"}", b"\xff\xfe\x00", b"null")
BODIES = (b"", *JSONS, b"x" * 5000, b"x" * 200_000, b'--x\r\nContent-Disposition: form-data; name="a"; filename="../a"\r\n\r\nx\r\n--x--')
LINES = ("Cookie: session=x; key=" + BOTH, "Range: bytes=0-1", "Upgrade: websocket", "X-Forwarded-For: 1.2.3.4")
LINES += ("X-Forwarded-Host: evil.example", "Sec-Fetch-Site: cross-site", "Accept-Language: " + "de," * 1000, "If-Modified-Since: never")
LINES += (
    "X-HTTP-Method-Override: DELETE",
    "Authorization: Basic x",
    "X: " + "y" * 20000,
    "Accept: \xff",
    "If-None-Match: *",
    "Range: bytes=9-1",
)


def request(chance: random.Random, method: str, path: str, host: str = "localhost") -> bytes:
    """One request with a random choice of headers and body."""
    body = chance.choice(BODIES) if chance.random() < 0.4 else b""
    lines = [f"{method} {path} HTTP/1.{chance.choice('1110')}", f"Host: {host}", "Connection: close"]
    lines += chance.sample(LINES, chance.choice((0, 0, 1, 2)))
    if chance.random() < 0.7:
        lines.append(f"Authorization: Bearer {chance.choice((READ, CONTROL, BOTH, BOTH, 'wrong', ''))}")
    if chance.random() < 0.2:
        lines.append(f"Origin: {chance.choice(ORIGINS)}")
    if body or chance.random() < 0.1:
        lines += [f"Content-Type: {chance.choice(KINDS)}", f"Content-Length: {len(body)}"]
    if body and chance.random() < 0.1:  # without a body the standard forbids it, and the server waits for one like for a slow client
        lines.append("Expect: 100-continue")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def route_request(chance: random.Random, rules: Rules) -> bytes:
    """A route of the app with values in its places, mostly by a method that it takes."""
    rule, methods = chance.choice(rules)
    path = re.sub(r"<[^>]+>", lambda _: chance.choice(VALUES) if chance.random() < 0.6 else "1", rule)
    if chance.random() < 0.3:
        path += f"?{chance.choice(('limit', 'before', 'language', 'x', '%ff', 'next'))}={chance.choice(VALUES)}" * chance.choice((1, 1, 2))
    method = chance.choice(methods) if chance.random() < 0.7 else chance.choice(METHODS)
    return request(chance, method, path, "localhost" if chance.random() < 0.8 else chance.choice(HOSTS))


def traversal(chance: random.Random, rules: Rules) -> bytes:
    start = chance.choice(("/", "/static/", "/api/v1/sessions/", "/report/", "/command/", "/api/", "//", "http://localhost/", "*"))
    return request(chance, "GET", start + chance.choice(TRAVERSALS) * chance.randint(1, 8) + chance.choice(TARGETS))


def garbage(chance: random.Random, rules: Rules) -> bytes:
    """Random bytes, and requests that break off, lie about their length, or say it in two ways."""
    return chance.choice(
        (
            chance.randbytes(chance.randint(1, 3000)),
            request(chance, "GET", "/")[: chance.randint(1, 60)],
            b"GET / HTTP/1.1\r\nHost: localhost\r\n" + chance.randbytes(200) + b"\r\n\r\n",
            b"PUT /api/v1/belt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n{",
            b"PUT /api/v1/belt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n" + b"x" * 5000,
            b"PUT /api/v1/belt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\nx\r\n0\r\n\r\n",
            b"PUT /api/v1/belt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
            b"POST /command/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
            b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
            b"GET " + b"/a" * 200_000 + b" HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 30_000 + b"\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(300),
        )
    )


def pipeline(chance: random.Random, rules: Rules) -> bytes:
    """Five requests at once, the last one closes."""
    one = f"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {READ}\r\n".encode()
    return (one + b"\r\n") * 4 + one + b"Connection: close\r\n\r\n"


SITTINGS: list[tuple[str, str]] = []
"""(cookie, token of its forms) of browsers that are signed in to the clinic; filled by fuzz_web.py."""
STRANGERS: list[tuple[str, str]] = []
"""The same of browsers that are not."""
TYPED = (*VALUES, "9,5", "-2", "1e400", "x" * 5000, "\ud83d\ude00", "a\r\nX: y", "http://[", "../../etc/passwd")
"""What may be typed into any field of the clinic's forms."""
FIELDS = {
    "code": ("A-17", "Quiet-Heron-8"),
    "height_cm": ("176", "1,76"),
    "speed_kmh": ("9.5", "99"),
    "incline_pct": ("1", "-2"),
    "notes": ("knee",),
    "view": ("left", "front"),
    "kind": ("baseline", "retest"),
    "agreed": ("yes",),
    "video": ("yes",),
    "stick": ("/media/k", "/"),
    "password": ("long enough password",),
    "again": ("long enough password", "280417"),
    "name": ("a script",),
    "scope": ("read", "control"),
    "role": ("clinic", "gym"),
    "old": ("280417",),
    "pin": ("280417", "123456"),
    "language": ("de", "en"),
    "back": ("/clinic/assessments/1?step=2", "//[", "http://[", "//evil.example/clinic/", "/clinic/[", "/clinic/%0d%0aX: y"),
}
"""Fields of the clinic's forms -> what fits them, or nearly; half of the time."""
QUERIES = ("step", "kind", "paper", "language")


def clinic_request(chance: random.Random, rules: Rules) -> bytes:
    """A page or a form of the clinic: signed in, as a stranger, or without a cookie; the form's token is right two times of three."""
    rule, methods = chance.choice([row for row in rules if row[0].startswith("/clinic/")])
    path = re.sub(r"<[^>]+>", lambda _: chance.choice(VALUES) if chance.random() < 0.2 else "1", rule)
    path = path.replace("report.1", f"report.{chance.choice(('html', 'pdf', 'exe'))}").replace("files/1", f"files/{chance.choice(FILES)}")
    if chance.random() < 0.3:
        path += f"?{chance.choice(QUERIES)}={chance.choice(VALUES)}"
    taken = [method for method in methods if method in ("GET", "POST")] or methods
    method = chance.choice(taken) if chance.random() < 0.9 else chance.choice(METHODS)
    who = chance.random()
    held = SITTINGS if who < 0.6 and rule != "/clinic/lock" else STRANGERS if who < 0.85 else []
    cookie, token = chance.choice(held) if held else ("", "")
    return form_request(chance, method, path, cookie, token)


FILES = ("side.csv", "side.trc", "..%2f..%2fetc%2fpasswd", "%2e%2e/side.csv", "side.csv%00")


def form_request(chance: random.Random, method: str, path: str, cookie: str, token: str) -> bytes:
    """A request as a browser sends it, with a form that a person could hardly have typed."""
    form = [(name, chance.choice(fitting if chance.random() < 0.5 else TYPED)) for name, fitting in FIELDS.items() if chance.random() < 0.6]
    if chance.random() < 0.9:
        form.append(("csrf_token", token if chance.random() < 0.75 else chance.choice(VALUES)))
    body = urlencode(form, errors="replace").encode() if method == "POST" else b""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"Cookie: treadside_clinic={cookie if chance.random() < 0.95 else cookie[:-3]}"] if cookie else []
    if body:
        kind = "application/x-www-form-urlencoded" if chance.random() < 0.95 else chance.choice(KINDS)
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


SENDERS = {"route": route_request, "traversal": traversal, "garbage": garbage, "pipeline": pipeline, "clinic": clinic_request}
