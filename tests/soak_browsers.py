"""The browsers of the soak (tests/soak_station.py): the station's own screen, and guests that note in their page when it was lost."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from chromium import FLAGS, open_chromium
from kiosk.threads import monotonic_s
from soak_parts import asked


class OwnScreen:
    """`kiosk screen` with a headless Chromium, and what the station says of its page."""

    def __init__(self, toml: Path, port: int, folder: Path) -> None:
        self._log, self._port = folder / "screen.log", port
        command = [sys.executable, "-u", "-m", "kiosk", "screen", "--config", str(toml), "--", *FLAGS.split(), "--window-size=800,480"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    @property
    def pid(self) -> int | None:
        """Of the Chromium that shows the page; None before the first."""
        shown = re.findall(r"^Chromium (\d+) shows", self._log.read_text(), re.MULTILINE)
        return int(shown[-1]) if shown else None

    @property
    def restarts(self) -> int:
        """How often `kiosk screen` itself ended a Chromium whose page did not answer."""
        return self._log.read_text().count("The page does not answer")

    def drawn_s(self) -> tuple[int, float] | None:
        """The Chromium that shows the page and when it last drew a view, on the monotonic clock; None when this station knows of none."""
        pid = self.pid
        if pid is None:
            return None
        with suppress(OSError):
            token = re.search(r"screen=([0-9a-f]{32})", Path(f"/proc/{pid}/cmdline").read_text())
            said = asked(self._port, f"/screen/{token[1]}") if token else None
            if said and said["drawn_s"] is not None:
                return pid, monotonic_s() - float(said["drawn_s"])
        return None

    def end(self) -> int:
        """Stop it, with its browser; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(20)


OBSERVE = """
window.soak ??= (() => {
  const overlay = document.getElementById("overlay"), seen = [];
  let live = overlay.hidden;
  new MutationObserver(() => live !== overlay.hidden && seen.push([Date.now(), (live = overlay.hidden)]))
    .observe(overlay, { attributes: true, attributeFilter: ["hidden"] });
  return seen;
})();
const [fresh, found] = [!window.soakKnown, window.soak.splice(0)];
window.soakKnown = true;
return [fresh, document.getElementById("overlay").hidden, found];
"""
"""Notes in the page when it loses and finds its live view; asking costs it nothing between two kills."""


class Guest:
    """A further browser on the page."""

    def __init__(self, driver: Any, url: str) -> None:
        self.reloads = -1
        self._driver = driver
        driver.get(url)
        self.back_s(0.0)

    def back_s(self, killed_at: float) -> float | None:
        """How long after `killed_at` (time.time) it showed a live view again; None while it does not; 0 when it never lost it."""
        fresh, live, seen = self._driver.execute_script(OBSERVE)
        self.reloads += fresh
        if not live:
            return None
        found: list[float] = [ms / 1000 - killed_at for ms, shown in seen if shown]
        return max([0.0, *found])


@contextmanager
def guests(n: int, url: str) -> Iterator[list[Guest]]:
    """`n` further browsers."""
    if n == 0:
        yield []
        return
    with open_chromium("--window-size=800,480") as driver, guests(n - 1, url) as others:
        yield [Guest(driver, url), *others]
