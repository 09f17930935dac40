"""`kiosk screen` with a real Chromium that is killed, hangs or cannot start: the page comes back, and nothing is left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from chromium import FLAGS, needs_chromium, processes, renderer
from kiosk.browser import SILENT_S, Place
from kiosk.config import WebConfig
from kiosk.domain import Frame
from kiosk.screen import LiveView
from kiosk.threads import Latest, Stop, Worker, monotonic_s
from kiosk.web import create_app
from kiosk.web.server import Server
from test_browser import strange_server


class Shown:
    """`kiosk screen` on a page of a station of the test's own."""

    def __init__(self, folder: Path, chromium: str | None = None) -> None:
        self._views: Latest[LiveView] = Latest()
        self._config = WebConfig(port=0)
        self.open()
        self._publisher = Worker("views", self._publish).start()
        self._log = folder / "screen.log"
        self._folder = folder
        path = f"{folder}:{os.environ['PATH']}" if chromium else os.environ["PATH"]
        if chromium:
            (folder / "chromium").write_text(chromium)
            (folder / "chromium").chmod(0o755)
        command = [sys.executable, "-u", "-m", "kiosk", "screen", "--url", self._server.url, "--", *FLAGS.split()]
        environment = {**os.environ, "RUNTIME_DIRECTORY": str(folder), "PATH": path}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def open(self) -> None:
        """The station serves."""
        frames: Latest[Frame] = Latest()
        app = create_app(self._views, frames, lambda press: True, self._config, Stop())
        self._server = Server(app, self._config).start()
        self._config = WebConfig(port=self._server.port)

    def close(self) -> None:
        """The station is away."""
        assert self._server.stop()

    def _publish(self, stop: Stop) -> None:
        while not stop.wait(0.1):
            self._views.publish(LiveView())

    @property
    def words(self) -> str:
        """What it said."""
        return self._log.read_text()

    @property
    def pids(self) -> list[int]:
        """Of every Chromium it started, in order."""
        return [int(pid) for pid in re.findall(r"^Chromium (\d+) shows", self.words, re.MULTILINE)]

    def drawn(self) -> bool:
        """The page of the newest Chromium has drawn a view on this station."""
        if not self.pids:
            return False
        with suppress(OSError):
            token = re.search(r"screen=([0-9a-f]{32})", Path(f"/proc/{self.pids[-1]}/cmdline").read_text())
            found = Place(self._server.url)._asked(f"/screen/{token[1]}") if token else None
            return bool(found and found.get("drawn_s") is not None)
        return False

    def back_s(self, lost: Callable[[], object]) -> float:
        """Do something that loses the page; seconds until a new Chromium shows it."""
        n, begin_s = len(self.pids), monotonic_s()
        lost()
        until(lambda: len(self.pids) > n and self.drawn(), self)
        return monotonic_s() - begin_s

    def end(self) -> int:
        """Stop it as systemd does; its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(15)
        self._publisher.stop()
        self._server.stop()
        return code


def until(reached: Callable[[], object], shown: Shown, seconds: float = 40.0) -> None:
    end_s, pause = monotonic_s() + seconds, Stop()
    while not reached():
        assert monotonic_s() < end_s, shown.words
        pause.wait(0.05)


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    found = Shown(tmp_path)
    yield found
    found.end()


@needs_chromium
def test_a_killed_browser_and_a_killed_renderer_come_back(shown: Shown, record_property: Callable[[str, object], None]) -> None:
    """kill -9 of Chromium, then of the process that draws ("Aw, Snap"): the page is drawn again; at the end no process is left."""
    until(shown.drawn, shown)
    browser_s = shown.back_s(lambda: os.kill(shown.pids[-1], signal.SIGKILL))
    renderer_s = shown.back_s(lambda: os.kill(renderer(shown.pids[-1]), signal.SIGKILL))
    assert "Chromium ended with code -9 and is started again" in shown.words
    assert "The page does not answer, but the station does" in shown.words
    record_property("back_s", [browser_s, renderer_s])
    code = shown.end()
    assert (code, [processes(pid) for pid in shown.pids]) == (0, [[]] * 3)
    assert [path.name for path in shown._folder.iterdir()] == ["screen.log"]


@needs_chromium
def test_a_hung_page_comes_back_and_a_station_that_is_away_leaves_the_browser_alone(shown: Shown) -> None:
    """The station away for longer than a page may be silent: the same Chromium is there after. A renderer that stands still: a new one."""
    until(shown.drawn, shown)
    shown.close()
    Stop().wait(SILENT_S + 1.0)
    shown.open()
    until(shown.drawn, shown)
    assert len(shown.pids) == 1
    shown.back_s(lambda: os.kill(renderer(shown.pids[-1]), signal.SIGSTOP))
    assert len(shown.pids) == 2


BROKEN = """#!/bin/sh
for flag; do case $flag in --user-data-dir=*) mkdir -p "${flag#*=}"; ls "${flag#*=}" >> "$0.seen"; touch "${flag#*=}/mark";; esac; done
echo "cannot open the screen" >&2
exit 21
"""


def test_a_browser_that_cannot_start_is_tried_with_pauses_and_a_new_profile(tmp_path: Path) -> None:
    """Its last words are told; from the third try on it gets a profile without what the last one left."""
    found = Shown(tmp_path, BROKEN)
    until(lambda: found.words.count("Chromium ended with code 21 and is started again: cannot open the screen") == 3, found)
    found.end()
    assert (tmp_path / "chromium.seen").read_text().split() == ["mark"]


def test_a_display_that_went_ends_it(tmp_path: Path) -> None:
    """cage was killed: nothing is left that starts browsers for a screen that is no more; while it is there, browsers are started."""
    (tmp_path / "chromium").write_text(BROKEN)
    (tmp_path / "chromium").chmod(0o755)
    place = {"XDG_RUNTIME_DIR": str(tmp_path), "RUNTIME_DIRECTORY": str(tmp_path), "WAYLAND_DISPLAY": "wayland-7"}
    environment = {**os.environ, **place, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with strange_server(b'{"server": "x"}') as url, socket.socket(socket.AF_UNIX) as cage:
        cage.bind(str(tmp_path / "wayland-7"))
        cage.listen()
        command = [sys.executable, "-u", "-m", "kiosk", "screen", "--url", url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as screen:
            try:
                assert screen.stdout is not None
                begun = screen.stdout.readline()
                cage.close()
                rest, _ = screen.communicate(timeout=20)
            finally:
                screen.kill()  # one that goes on is a failure, not a test without end
    assert re.fullmatch(r"Chromium \d+ shows .*\n", begun)
    assert (screen.returncode, rest.splitlines()[-1].partition(":")[2]) == (
        1,
        f" The display is gone: nobody listens at {tmp_path}/wayland-7 any more.",
    )
