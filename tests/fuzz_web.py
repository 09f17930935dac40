"""10,000 wrong and right requests against the real server, over real sockets: `python tests/fuzz_web.py [--requests N] [--seed N]`.

The server is a process of its own, so that its threads, files and log can be watched. Fails on any 500, any answer with a traceback, a
path of this machine or a secret, any request without an answer or an end within 5 s, any growth of threads or open files, and when
the station's own page is late meanwhile. One to three minutes on two cores.
"""

import argparse
import errno
import json
import os
import random
import re
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE / "web")]

from api_fakes import ANSWER, BOTH, CONTROL, READ, SECRET_PATH  # noqa: E402

from fuzz_requests import SENDERS, SITTINGS, STRANGERS, Rules  # noqa: E402
from fuzz_server import CLINIC_PIN, PSEUDONYM, serve, whole_app  # noqa: E402

HANG_S = 5.0
PAGE_S = 2.0
"""The station's page may take this long while this attack takes the cores (our choice)."""
AT_ONCE = 6
SLOW = 8
"""Clients that send one byte in half a second, all the time."""
LEAKS = ("Traceback (most recent", "site-packages", str(HERE.parent), sys.prefix, SECRET_PATH, ANSWER, BOTH)
ENDLESS = (b"text/event-stream", b"multipart/x-mixed-replace")


@dataclass
class Found:
    """What the run counts."""

    statuses: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    statuses_of: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """The same by what was sent."""
    slowest_of: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    page_s: list[float] = field(default_factory=list)
    slowest_s: float = 0.0


def talk(port: int, data: bytes, half: bool = False) -> bytes:
    """Everything that comes back until the server closes; of an endless answer its head. Raises TimeoutError after HANG_S."""
    until_s, back = time.monotonic() + HANG_S, b""
    with socket.create_connection(("127.0.0.1", port), timeout=HANG_S) as wire:
        try:
            wire.sendall(data)
            if half:
                select.select([wire], [], [], 0.1)  # what can be answered is answered before we hang up
                wire.shutdown(socket.SHUT_WR)
            while time.monotonic() < until_s:
                wire.settimeout(max(0.01, until_s - time.monotonic()))
                part = wire.recv(65536)
                back += part
                if not part or any(kind in back[:4096] for kind in ENDLESS):
                    return back
        except TimeoutError:
            raise
        except OSError as error:
            if error.errno not in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):  # refused in the middle of sending is an end too
                raise
            return back
    raise TimeoutError


SHARES = (("route", 0.25), ("clinic", 0.35), ("traversal", 0.08), ("garbage", 0.08), ("pipeline", 0.04))
"""Of all requests; the rest is driven by the API's document."""


def judge(found: Found, kind: str, sent: bytes, back: bytes) -> None:
    """Count the answers, note what must not be."""
    statuses = re.findall(rb"(?:^|\n|\}|>)HTTP/1\.[01] (\d{3})", back) or [b"closed"]
    found.statuses.update(status.decode() for status in statuses)
    signed_in = any(cookie.encode() in sent for cookie, _ in SITTINGS)
    found.statuses_of[f"{kind} signed in" if signed_in else kind].update(status.decode() for status in statuses)
    text = back.decode("latin-1")
    secret = () if signed_in else (PSEUDONYM,)
    leak = next((word for word in (*LEAKS, CLINIC_PIN, *secret) if word in text), None)
    if b"500" in statuses or leak or (kind == "pipeline" and statuses != [b"200"] * 5):
        found.wrong.append(f"{kind}: {statuses} {leak or ''} for {sent[:150]!r}")


def send_one(found: Found, port: int, kind: str, seed: int, rules: Rules) -> None:
    sent, start_s = SENDERS[kind](random.Random(seed), rules), time.monotonic()
    found.kinds[kind] += 5 if kind == "pipeline" else 1
    try:
        judge(found, kind, sent, talk(port, sent, half=kind == "garbage"))
    except TimeoutError:
        found.wrong.append(f"{kind}: no end within {HANG_S} s for {sent[:150]!r}")
    took_s = time.monotonic() - start_s
    found.slowest_of[kind] = max(found.slowest_of.get(kind, 0.0), took_s)
    found.slowest_s = max(found.slowest_s, took_s)


def by_document(found: Found, port: int, n: int, seed: int) -> None:
    """Right and wrong requests as the API's document describes them; every answer is compared with it."""
    import hypothesis
    import schemathesis
    from schemathesis.core.failures import FailureGroup
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi.checks import ignored_auth

    few = {"deadline": None, "database": None}
    how = {"phases": [hypothesis.Phase.generate], "suppress_health_check": list(hypothesis.HealthCheck)}
    base = f"http://127.0.0.1:{port}/api/v1"
    api = schemathesis.openapi.from_url(f"{base}/openapi.json")
    operations = [operation.ok() for operation in api.get_all_operations()]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    each = -(-n // (len(operations) * len(modes)))
    for operation in operations:
        for mode in modes:

            @hypothesis.seed(seed)
            @hypothesis.settings(max_examples=each, **few, **how)
            @hypothesis.given(operation.as_strategy(generation_mode=mode))
            def check(case: Any) -> None:
                answer = case.call(base_url=base, headers={"Authorization": f"Bearer {BOTH}"}, timeout=HANG_S)
                found.kinds["document"] += 1
                judge(found, "document", b"", f"HTTP/1.1 {answer.status_code} \r\n\r\n{answer.text}".encode())
                if answer.status_code != 503:  # the double's queue is full now and then
                    case.validate_response(answer, excluded_checks=[ignored_auth])

            try:
                check()
            except FailureGroup as failure:
                found.wrong.append(f"document: {operation.label}: {failure.exceptions[0]}")


def look_at_page(found: Found, port: int, stop: threading.Event) -> None:
    """The station's own screen, twice a second."""
    while not stop.wait(0.5):
        for path in ("/", "/live.json"):
            start_s = time.monotonic()
            back = talk(port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            found.page_s.append(time.monotonic() - start_s)
            if not back.startswith(b"HTTP/1.1 200"):
                found.wrong.append(f"the page {path}: {back[:80]!r}")


def dawdle(port: int, stop: threading.Event) -> None:
    """A slow client: a request that never gets finished."""
    while not stop.is_set():
        with socket.create_connection(("127.0.0.1", port), timeout=HANG_S) as wire:
            for byte in b"POST /command/start HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"z" * 10_000:
                if stop.wait(0.5):
                    break
                wire.send(bytes([byte]))


def counts(pid: int) -> tuple[int, int, int]:
    """(threads, open files, resident kB) of a process."""
    memory = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return len(os.listdir(f"/proc/{pid}/task")), len(os.listdir(f"/proc/{pid}/fd")), int(memory.split()[1])


def settled(pid: int, wanted: tuple[int, int, int]) -> tuple[int, int, int]:
    """The counts once they are back, at most 20 s later."""
    for _ in range(100):
        now = counts(pid)
        if now[0] <= wanted[0] and now[1] <= wanted[1]:
            break
        time.sleep(0.2)
    return now


def rules_of_app() -> Rules:
    """(rule, methods) of the whole application."""
    from kiosk.threads import Latest, Stop

    app = whole_app(lambda press: True, Latest(), Latest(), Stop())
    return [(rule.rule, sorted(rule.methods or ())) for rule in app.url_map.iter_rules()]


def attack(found: Found, port: int, n: int, seed: int, rules: Rules) -> None:
    """All of it, several at once, while a screen looks on and slow clients hold connections."""
    chance = random.Random(seed)
    plan = [kind for kind, share in SHARES for _ in range(round(n * share / (5 if kind == "pipeline" else 1)))]
    chance.shuffle(plan)
    driven = n - sum(5 if kind == "pipeline" else 1 for kind in plan)
    stop = threading.Event()
    slow = [threading.Thread(target=dawdle, args=(port, stop)) for _ in range(SLOW)]
    watcher = threading.Thread(target=look_at_page, args=(found, port, stop))
    for thread in (*slow, watcher):
        thread.start()
    try:
        with ThreadPoolExecutor(AT_ONCE) as crowd:
            sent = [crowd.submit(send_one, found, port, kind, chance.randrange(2**32), rules) for kind in plan]
            by_document(found, port, driven, seed)
            for one in sent:
                one.result()
    finally:
        stop.set()
        for thread in (*slow, watcher):
            thread.join()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--serve", action="store_true", help="for itself: be the server")
    given = options.parse_args()
    if given.serve:
        serve()
        return 0
    with tempfile.TemporaryFile("w+") as log:
        return run(given.requests, given.seed, log)


def run(n: int, seed: int, log: IO[str]) -> int:
    command = [sys.executable, __file__, "--serve"]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
    assert server.stdout
    assert server.stdin
    told, found, rules = json.loads(server.stdout.readline()), Found(), rules_of_app()
    port = told["port"]
    SITTINGS[:], STRANGERS[:] = told["sittings"], told["strangers"]
    for key in (READ, CONTROL, BOTH):  # keys that worked before are not stopped by the wrong ones that follow
        talk(port, f"GET /api/v1/state HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
    time.sleep(1)
    before, start_s = counts(server.pid), time.monotonic()
    attack(found, port, n, seed, rules)
    took_s, after = time.monotonic() - start_s, settled(server.pid, before)
    server.stdin.close()
    ended = server.wait(10)
    log.seek(0)
    lines = log.read().splitlines()
    checks = {
        "no 500, leak or hang": not found.wrong,
        "no traceback in the log": not any("Traceback" in line for line in lines),
        "no key in the log": not any(key in line for line in lines for key in (READ, CONTROL, BOTH)),
        "no pseudonym and no PIN in the log": not any(word in line for line in lines for word in (PSEUDONYM, CLINIC_PIN)),
        "the clinic's pages were open": found.statuses_of["clinic signed in"]["200"] > 0.02 * n,
        "threads and files are back": after[0] <= before[0] and after[1] <= before[1],
        f"the page answered within {PAGE_S} s": max(found.page_s) <= PAGE_S,
        "the server ended in good order": ended == 0,
        "enough was sent": sum(found.kinds.values()) >= 0.9 * n,
    }
    print(f"{sum(found.kinds.values())} requests in {took_s:.0f} s to {len(rules)} routes, seed {seed}, {SLOW} slow clients")
    print("statuses:", json.dumps(dict(sorted(found.statuses.items()))))
    print("kinds:", json.dumps(found.kinds), "slowest:", json.dumps({kind: round(s, 2) for kind, s in found.slowest_of.items()}))
    for kind, counted in found.statuses_of.items():
        print(f"  {kind}:", json.dumps(dict(sorted(counted.items()))))
    pages = sorted(found.page_s)
    print(f"slowest {found.slowest_s:.2f} s; page {len(pages)} times, median {pages[len(pages) // 2]:.3f} s, slowest {pages[-1]:.3f} s")
    print(f"threads {before[0]} -> {after[0]}, open files {before[1]} -> {after[1]}, memory {before[2]} -> {after[2]} kB")
    for line in (*found.wrong[:20], *[line for line in lines if "Traceback" in line or "Error" in line][:10]):
        print("WRONG", line)
    for name, good in checks.items():
        print("ok  " if good else "FAIL", name)
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
