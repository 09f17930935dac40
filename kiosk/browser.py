"""The station's own screen: starts Chromium on the page, watches that the page lives there, and starts it again when it does not.

What must not go in: the page itself, and the station, which runs without a screen too.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.threads import Stop, monotonic_s

NAMES = ("chromium", "chromium-browser")
"""Both are on Bookworm, only the first on Trixie (PLATFORM.md 5)."""

FLAGS = """
--kiosk --noerrdialogs --no-first-run --no-default-browser-check --disable-infobars --disable-session-crashed-bubble
--hide-crash-restore-bubble --password-store=basic --disable-pinch --overscroll-history-navigation=0
--autoplay-policy=no-user-gesture-required --disable-features=Translate,MediaRouter --disable-component-update --disable-sync
--disable-background-networking --disable-background-timer-throttling --disable-breakpad --disk-cache-size=8388608 --log-level=3
"""
"""One page and nothing else: no bubbles, questions, gestures, updates; sound without a touch (PLATFORM.md 5). The cache is in memory."""

LOOK_S = 0.1
"""How often is looked whether Chromium still runs."""
ASK_S = 0.5
"""How often the station is asked whether the page lives."""
ANSWER_S = 2.0
"""Longest wait for the station's answer."""
SILENT_S = 5.0
"""A page that says something every second and was silent for so long is gone or hangs (our choice)."""
FIRST_S = 30.0
"""Longest time from the start of Chromium to the first word of the page: a Pi with a cold card takes 10 s (our choice)."""
BACK_S = 10.0
"""The same after the station was away: the page is there already."""
END_S = 3.0
"""What Chromium gets to end by itself."""
LONGEST_PAUSE_S = 30.0
"""Between two starts of a Chromium that never gets as far as the page (our choice)."""
SPEAKS = "treadside-screen-"


class BrowserError(OSError):
    """There is no screen to be had here; the message says why and what to do."""


@dataclass(frozen=True)
class Signs:
    """What the station says of our page."""

    alive_s: float | None
    """How long ago the page said that it works, seconds; None: not since this station started."""


class Judge:
    """Whether the page lives; one `update` a look. Pure: told the time.

    Args:
        now_s: when Chromium was started, seconds on the monotonic clock.
    """

    def __init__(self, now_s: float) -> None:
        self.lived = False
        """The page has been there."""
        self._since_s = now_s
        self._patience_s = FIRST_S

    def update(self, now_s: float, signs: Signs | None) -> bool:
        """False when Chromium must be started again; `signs` are None while the station is away, and then the page waits for it."""
        if signs is None:
            self._since_s = now_s
            self._patience_s = max(self._patience_s, BACK_S)
            return True
        if signs.alive_s is not None and signs.alive_s < SILENT_S:
            self.lived, self._since_s, self._patience_s = True, now_s - signs.alive_s, SILENT_S
        return now_s - self._since_s < self._patience_s


class Place:
    """The station as its screen finds it.

    Args:
        url: of the page, e.g. "http://127.0.0.1:8080/".

    Raises:
        BrowserError: this is no such address.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            self._host, self._port = parts.hostname or "", parts.port or 80
        except ValueError:
            self._host = ""
        if parts.scheme != "http" or not self._host:
            raise BrowserError(f"{url!r} is no address of a station: use one such as http://127.0.0.1:8080/.")
        self.url = url.split("?", maxsplit=1)[0]

    def answers(self) -> bool:
        """True when a station answers there."""
        found = self._asked("/health")
        return found is not None and "server" in found

    def signs(self, token: str) -> Signs | None:
        """What it says of the page with this token; None when it does not answer."""
        found = self._asked(f"/screen/{token}")
        return None if found is None or "alive_s" not in found else Signs(found["alive_s"])

    def _asked(self, path: str) -> dict[str, float | None] | None:
        connection = HTTPConnection(self._host, self._port, timeout=ANSWER_S)
        try:
            connection.request("GET", path)
            found = json.loads(connection.getresponse().read())
        except (OSError, HTTPException, ValueError):  # not there, or something else than a station
            return None
        finally:
            connection.close()
        return found if isinstance(found, dict) else None


def chromium() -> str:
    """The browser's path.

    Raises:
        BrowserError: there is none.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise BrowserError("Chromium is not installed: sudo apt install chromium chromium-sandbox.")
    return found


def display(environment: Mapping[str, str], more: Sequence[str]) -> list[str]:
    """The flags that tell Chromium where to draw.

    Raises:
        BrowserError: there is nothing to draw on.
    """
    if any(flag.startswith(("--headless", "--ozone-platform")) for flag in more):
        return []
    if environment.get("WAYLAND_DISPLAY"):
        return ["--ozone-platform=wayland"]
    if environment.get("DISPLAY"):
        return ["--ozone-platform=x11"]
    raise BrowserError(
        "There is no screen to draw on: neither WAYLAND_DISPLAY nor DISPLAY is set. Start it by kiosk-screen.service, "
        "by `cage -- kiosk screen`, or from the desktop's autostart (docs/screen.md)."
    )


class Chromium:
    """One running Chromium with all its processes.

    Args:
        command: the browser and its flags.
        log: its words, from this start only.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._log = log
        with log.open("wb") as words:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=words, stderr=words, start_new_session=True)
        self.pid = self._process.pid

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    @property
    def last_words(self) -> str:
        """The last line it wrote."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def end(self) -> None:
        """Chromium and every process it started."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


@contextmanager
def profile() -> Iterator[Path]:
    """A folder in memory for the browser's profile; what an earlier one left there when it was killed is removed.

    The places in order: systemd's RuntimeDirectory, the user's own, the folder for temporary files.
    """
    base = Path(os.environ.get("RUNTIME_DIRECTORY") or os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    for left in base.glob(f"{SPEAKS}*"):
        if not _runs(left.name.removeprefix(SPEAKS)):
            shutil.rmtree(left, ignore_errors=True)
    folder = base / f"{SPEAKS}{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: str) -> bool:
    return not pid.isdecimal() or Path("/proc", pid).exists()


class Screen:
    """Keeps Chromium on the station's page until it is told to stop.

    Args:
        place: the station.
        more: further flags of Chromium.
        told: gets a line whenever something happens.

    Raises:
        BrowserError: no Chromium, or nothing to draw on.
    """

    def __init__(self, place: Place, more: Sequence[str], told: Callable[[str], object]) -> None:
        self._place = place
        self._flags = [*FLAGS.split(), *display(os.environ, more), *more]
        self._chromium = chromium()
        self._told = told
        self._vain = 0
        """Starts in a row that did not get as far as the page."""

    def run(self, stop: Stop) -> None:
        """Wait for the station, show its page, watch it; again and again until `stop` is set."""
        with profile() as folder:
            while self._wait_for_station(stop):
                if self._vain > 1:  # whatever is wrong, it may be in the profile
                    shutil.rmtree(folder / "profile", ignore_errors=True)
                self._told(self._shown(folder, stop))
                stop.wait(min(LONGEST_PAUSE_S, 2.0 ** (self._vain - 2)) if self._vain else 0.0)

    def _wait_for_station(self, stop: Stop) -> bool:
        """False when it was told to stop meanwhile."""
        waiting = False
        while not stop.is_set:
            if self._place.answers():
                return True
            if not waiting:
                self._told(f"Waiting for the station at {self._place.url}")
            waiting = True
            stop.wait(ASK_S)
        return False

    def _shown(self, folder: Path, stop: Stop) -> str:
        """Show the page until it is over, and say why."""
        token = secrets.token_hex(16)
        flags = [*self._flags, f"--user-data-dir={folder / 'profile'}", f"--app={self._place.url}?screen={token}"]
        browser = Chromium([self._chromium, *flags], folder / "chromium.log")
        self._told(f"Chromium {browser.pid} shows {self._place.url}")
        judge = Judge(monotonic_s())
        try:
            why = self._watch(browser, judge, token, stop)
        finally:
            browser.end()
        self._vain = 0 if judge.lived else self._vain + 1
        return why

    def _watch(self, browser: Chromium, judge: Judge, token: str, stop: Stop) -> str:
        next_s = 0.0
        while not stop.wait(LOOK_S):
            if browser.code is not None:
                words = f": {browser.last_words}" if not judge.lived and browser.last_words else ""
                return f"Chromium ended with code {browser.code} and is started again{words}"
            if monotonic_s() < next_s:
                continue
            if not judge.update(monotonic_s(), self._place.signs(token)):
                return "The page does not answer, but the station does: Chromium is started again"
            next_s = monotonic_s() + ASK_S
        return "Chromium is ended"
