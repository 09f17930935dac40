"""The station's own screen: starts Chromium on the page, watches that the page lives there, and starts it again when it does not.

What must not go in: the page itself, and the station, which runs without a screen too.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.asking import asked
from kiosk.browser.chromium import FLAGS, BrowserError, Chromium, chromium, compositor, display, draws, profile
from kiosk.threads import Stop, monotonic_s

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
LONGEST_PAUSE_S = 30.0
"""Between two starts of a Chromium that never gets as far as the page (our choice)."""


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
        try:
            return asked(self._host, self._port, path, ANSWER_S)
        except (OSError, HTTPException, ValueError):  # not there, or something else than a station
            return None


class Screen:
    """Keeps Chromium on the station's page until it is told to stop.

    Args:
        find: the station as it is to be looked for now; asked again whenever it does not answer, because its settings may have changed.
        more: further flags of Chromium.
        told: gets a line whenever something happens.

    Raises:
        BrowserError: no Chromium, or nothing to draw on.
    """

    def __init__(self, find: Callable[[], Place], more: Sequence[str], told: Callable[[str], object]) -> None:
        self._find, self._place = find, find()
        self._flags = [*FLAGS.split(), *display(os.environ, more), *more]
        self._compositor = compositor(os.environ, self._flags)
        self._chromium = chromium()
        self._told = told
        self._vain = 0
        """Starts in a row that did not get as far as the page."""

    def run(self, stop: Stop) -> None:
        """Wait for the station, show its page, watch it; again and again until `stop` is set.

        Raises:
            BrowserError: the display has gone; who started us starts us again with the next one.
        """
        with profile() as folder:
            while self._wait_for_station(stop):
                if not draws(self._compositor):
                    raise BrowserError(f"The display is gone: nobody listens at {self._compositor} any more.")
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
            if self._moved() or not waiting:
                self._told(f"Waiting for the station at {self._place.url}")
            waiting = True
            stop.wait(ASK_S)
        return False

    def _moved(self) -> bool:
        """Look for the station anew; True when it is to be found elsewhere from now on."""
        before, self._place = self._place, self._find()
        return self._place.url != before.url

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
            signs = self._place.signs(token)
            if signs is None and self._moved():
                return f"The settings name {self._place.url} now: Chromium is started again there"
            if not judge.update(monotonic_s(), signs):
                return "The page does not answer, but the station does: Chromium is started again"
            browser.forget_old_words()
            next_s = monotonic_s() + ASK_S
        return "Chromium is ended"
