"""A headless Chromium that is spoken to over two pipes (its DevTools protocol): no driver, no library, no open port.

What must not go in: the station's page.
"""

import fcntl
import json
import os
import select
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from kiosk.bench.results import BenchError
from kiosk.browser.chromium import modest
from kiosk.threads import Stop, monotonic_s

FLAGS = """
--headless=new --remote-debugging-pipe --disable-gpu --disable-dev-shm-usage --no-first-run --no-default-browser-check --hide-scrollbars
--disable-background-networking --disable-component-update --disable-sync --disable-quic --disable-breakpad --disable-extensions
--window-size=1024,600 --autoplay-policy=no-user-gesture-required --password-store=basic --log-level=3
"""
"""As the station's own screen is started, without a display (PLATFORM.md 8)."""
FOR_ROOT = "--no-sandbox"
"""Chromium's sandbox refuses root."""
CHILD_READS, CHILD_WRITES = 3, 4
"""Chromium expects its pipes there."""
ABOVE = 10
"""Our ends of the pipes have higher numbers, so that moving one does not close another."""
ANSWER_S = 30.0
"""Longest answer (our choice)."""
END_S = 3.0
LOOK_S = 0.02
PIECE_BYTES = 65536


class DevTools:
    """One Chromium with one page.

    Args:
        program: path of Chromium.
        folder: of its profile and its log.

    Raises:
        BenchError: it does not start.
    """

    def __init__(self, program: str, folder: Path) -> None:
        down, up = _pipe(), _pipe()
        self._write, self._read = down[1], up[0]
        flags = [*FLAGS.split(), *([FOR_ROOT] if os.geteuid() == 0 else []), f"--user-data-dir={folder}", "about:blank"]
        try:
            self.group = _spawned(modest([program, *flags]), folder / "chromium.log", down[0], up[1])
        finally:
            os.close(down[0])
            os.close(up[1])
        self._id, self._left = 0, b""
        self._session: dict[str, str] = {}
        try:
            self._attach()
        except BaseException:
            self.end()
            raise

    def call(self, method: str, **values: object) -> dict[str, Any]:
        """What Chromium answers.

        Raises:
            BenchError: it refuses, does not answer, or has ended.
        """
        self._id += 1
        message = json.dumps({"id": self._id, "method": method, "params": values, **self._session})
        try:
            _send(self._write, message.encode() + b"\0")
        except BrokenPipeError:
            raise BenchError("Chromium ended while it was measured.") from None
        answer = self._answer(self._id, method)
        if "error" in answer:
            raise BenchError(f"Chromium refuses {method}: {answer['error'].get('message', answer['error'])}")
        found: dict[str, Any] = answer.get("result", {})
        return found

    def evaluate(self, script: str) -> object:
        """The value of an expression in the page; None of one that fails there."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return found.get("result", {}).get("value")

    def end(self) -> None:
        """End it with all its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGCONT)
            os.killpg(self.group, signal.SIGTERM)
        until_s, pause = monotonic_s() + END_S, Stop()
        while not (ended := os.waitpid(self.group, os.WNOHANG)[0]) and monotonic_s() < until_s:
            pause.wait(LOOK_S)
        with suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGKILL)
        if not ended:
            os.waitpid(self.group, 0)
        os.close(self._write)
        os.close(self._read)

    def _attach(self) -> None:
        until_s, pause = monotonic_s() + ANSWER_S, Stop()
        while not (pages := [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"]):
            if monotonic_s() > until_s:
                raise BenchError("Chromium opened no page.")
            pause.wait(LOOK_S)
        found = self.call("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)
        self._session = {"sessionId": found["sessionId"]}
        self.call("Page.enable")

    def _answer(self, wanted: int, method: str) -> dict[str, Any]:
        """The answer to this call; events that come before it are dropped."""
        until_s = monotonic_s() + ANSWER_S
        while True:
            line, end, rest = self._left.partition(b"\0")
            if not end:
                self._left += self._piece(until_s, method)
                continue
            self._left = rest
            found: dict[str, Any] = json.loads(line)
            if found.get("id") == wanted:
                return found

    def _piece(self, until_s: float, method: str) -> bytes:
        ready, _, _ = select.select([self._read], [], [], max(0.0, until_s - monotonic_s()))
        if not ready:
            raise BenchError(f"Chromium did not answer {method} within {ANSWER_S:.0f} s.")
        piece = os.read(self._read, PIECE_BYTES)
        if not piece:
            raise BenchError("Chromium ended while it was measured.")
        return piece


def _pipe() -> tuple[int, int]:
    """Reading and writing end, both above ABOVE and closed in processes that are started."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, ABOVE) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]


def _spawned(command: list[str], log: Path, reads: int, writes: int) -> int:
    """The number of the process, which leads a group of its own."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
        (os.POSIX_SPAWN_DUP2, reads, CHILD_READS),
        (os.POSIX_SPAWN_DUP2, writes, CHILD_WRITES),
    ]
    try:
        return os.posix_spawn(command[0], command, os.environ, file_actions=actions, setpgroup=0)
    except OSError as error:
        raise BenchError(f"{command[0]} cannot be started ({error.strerror}).") from None


def _send(pipe: int, message: bytes) -> None:
    while message:
        message = message[os.write(pipe, message) :]
