"""Who watches the station while it is measured: headless Chromiums, or where there is none plain readers of the same streams.

What must not go in: the station, and turns.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from kiosk.bench.devtools import DevTools
from kiosk.bench.memory import group_cpu_s
from kiosk.bench.results import BenchError
from kiosk.browser.chromium import BrowserError, chromium
from kiosk.threads import Stop, monotonic_s

SHOWN_S = 30.0
"""Longest time until a page shows the station (our choice)."""
LOOK_S = 0.05
BLANK = "about:blank"
PROBE = Path(__file__).with_name("probe.js")


@dataclass(frozen=True)
class Seen:
    """What one watcher saw since it was asked last."""

    events: int = 0
    latency_ms: list[float] = field(default_factory=list)
    handler_ms: list[float] = field(default_factory=list)
    undrawn: int | None = None
    """None of a reader, which draws nothing."""


class Watcher(Protocol):
    """One browser, in processes of its own."""

    def open(self, url: str) -> None:
        """Go to the station's page; returns when it shows it."""

    def leave(self) -> None:
        """Watch no more; stays to be opened again."""

    def seen(self) -> Seen:
        """What it saw since the last time."""

    def hold(self) -> None:
        """Stand still."""

    def go_on(self) -> None:
        """Run again."""

    @property
    def cpu_s(self) -> float:
        """Processor time so far, seconds."""

    def end(self) -> None:
        """Close it."""


class Page:
    """A headless Chromium of its own, with the probe in its page.

    Args:
        folder: an empty one, for its profile.

    Raises:
        BenchError, BrowserError: it does not start.
    """

    def __init__(self, folder: Path) -> None:
        self._tools = DevTools(chromium(), folder)
        try:
            self._tools.call("Page.addScriptToEvaluateOnNewDocument", source=PROBE.read_text(encoding="utf-8"))
        except BaseException:
            self._tools.end()
            raise

    def open(self, url: str) -> None:
        """Go to the page; returns when it has drawn views."""
        self._tools.call("Page.navigate", url=url)
        until_s, pause = monotonic_s() + SHOWN_S, Stop()
        while not self._tools.evaluate('window.benchSeen?.events > 3 && document.getElementById("overlay")?.hidden === true'):
            if monotonic_s() > until_s:
                raise BenchError(f"Chromium did not show the station's page at {url} within {SHOWN_S:.0f} s. Use --readers to go without.")
            pause.wait(LOOK_S)
        self.seen()

    def leave(self) -> None:
        """To an empty page."""
        self._tools.call("Page.navigate", url=BLANK)

    def seen(self) -> Seen:
        """What the probe noted since the last time."""
        found = self._tools.evaluate("benchTake()")
        if not isinstance(found, dict):
            raise BenchError("The page that was measured crashed in Chromium. Use --readers to go without.")
        offset_ms = 1e3 * (time.time() - monotonic_s())
        latency_ms = [at - 1e3 * stamp_s - offset_ms for at, stamp_s in found["arrived"]]
        return Seen(found["events"], latency_ms, found["handler"], found["undrawn"])

    def hold(self) -> None:
        """All its processes."""
        os.killpg(self._tools.group, signal.SIGSTOP)

    def go_on(self) -> None:
        """All its processes."""
        os.killpg(self._tools.group, signal.SIGCONT)

    @property
    def cpu_s(self) -> float:
        """Of all its processes."""
        return group_cpu_s(self._tools.group)

    def end(self) -> None:
        """With all its processes."""
        self._tools.end()


class Reader:
    """Reads the events and the picture as a page does, and draws nothing."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "kiosk.bench.reader"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def open(self, url: str) -> None:
        """Returns when events come."""
        self._ask(f"open {url}")
        until_s, pause = monotonic_s() + SHOWN_S, Stop()
        while not self.seen().events:
            if monotonic_s() > until_s:
                raise BenchError(f"No event came from {url} within {SHOWN_S:.0f} s.")
            pause.wait(LOOK_S)

    def leave(self) -> None:
        """Closes its streams."""
        self._ask("leave")

    def seen(self) -> Seen:
        """Its latencies since the last time."""
        latency_ms = self._ask("seen")
        return Seen(len(latency_ms), latency_ms)

    def hold(self) -> None:
        """It."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It."""
        self._process.send_signal(signal.SIGCONT)

    @property
    def cpu_s(self) -> float:
        """Of its process."""
        return group_cpu_s(self._process.pid)

    def end(self) -> None:
        """Close its streams."""
        self.go_on()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what it was asked last and never read
                    pipe.close()
        self._process.wait()

    def _ask(self, word: str) -> list[float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # it has ended: it gives no line
            self._process.stdin.write(f"{word}\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise BenchError("a reader of the station's events ended: the station answers no more.")
        return [float(ms) for ms in json.loads(line)]


def kind_of_watchers(readers: bool) -> str:
    """ "chromium" where there is one and no plain readers are asked for, else "readers"."""
    if readers:
        return "readers"
    try:
        chromium()
    except BrowserError:
        return "readers"
    return "chromium"


def watcher(kind: str, folder: Path) -> Watcher:
    """One more of this kind; `folder` is made for it."""
    if kind == "readers":
        return Reader()
    folder.mkdir()
    return Page(folder)
