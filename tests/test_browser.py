"""`kiosk screen`: Chromium shows the page, and is started again whenever the page is lost, however it was lost."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from chromium import FLAGS, needs_chromium
from kiosk import browser
from kiosk.__main__ import main
from kiosk.browser import BACK_S, FIRST_S, SILENT_S, Judge, Place, Signs
from kiosk.browser.chromium import BrowserError, display, profile
from kiosk.config import WebConfig
from kiosk.domain import Frame
from kiosk.screen import LiveView
from kiosk.threads import Latest, Stop, Worker, monotonic_s
from kiosk.web import create_app
from kiosk.web.server import Server

HEARD = Signs(0.3)
MUTE = Signs(None)


def alive(judge: Judge, until_s: float, signs: Signs | None, from_s: float = 0.0) -> float | None:
    """When the judge first wants a new browser, seconds; None: not until then."""
    now_s = from_s
    while now_s < until_s:
        if not judge.update(now_s, signs):
            return now_s
        now_s += 0.5
    return None


def test_a_page_that_speaks_lives() -> None:
    """For an hour."""
    judge = Judge(0.0)
    assert alive(judge, 3600.0, HEARD) is None
    assert judge.lived


def test_a_page_that_falls_silent_is_lost_soon() -> None:
    """After five seconds without a word: "Aw, Snap", a hung renderer, another address."""
    judge = Judge(0.0)
    judge.update(0.0, Signs(0.0))
    silent_since = [judge.update(s, Signs(s)) for s in (1.0, 2.0, 3.0, 4.0, SILENT_S)]
    assert silent_since == [True] * 4 + [False]


def test_a_page_that_never_speaks_gets_the_time_of_a_slow_start() -> None:
    """Half a minute, then the browser is started anew."""
    assert alive(Judge(0.0), 100.0, MUTE) == FIRST_S


def test_a_station_that_is_away_is_no_fault_of_the_browser() -> None:
    """However long; and a new process of the station knows of no screen at first: the page gets some seconds to come back."""
    judge = Judge(0.0)
    assert alive(judge, 10.0, HEARD) is None
    assert alive(judge, 1000.0, None, from_s=10.0) is None
    assert alive(judge, 2000.0, MUTE, from_s=1000.0) == 999.5 + BACK_S


@pytest.mark.parametrize(
    ("environment", "more", "flags"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, (), ["--ozone-platform=wayland"]),
        ({"DISPLAY": ":0"}, (), ["--ozone-platform=x11"]),
        ({}, ("--headless=new",), []),
    ],
)
def test_chromium_draws_where_there_is_a_screen(environment: dict[str, str], more: tuple[str, ...], flags: list[str]) -> None:
    """Wayland first; told something else, nothing is added."""
    assert display(environment, more) == flags


def said(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and words of `kiosk screen`."""
    result = CliRunner().invoke(main, ["screen", *arguments], env={"WAYLAND_DISPLAY": "", "DISPLAY": "", **environment})
    return result.exit_code, result.output


def test_no_screen_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing and what to do."""
    monkeypatch.setattr(browser, "chromium", lambda: "/bin/true")
    code, words = said("--url", "http://127.0.0.1:9/")
    assert code == 1
    assert "neither WAYLAND_DISPLAY nor DISPLAY is set" in words
    assert "kiosk-screen.service" in words


def test_no_chromium_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    code, words = said("--url", "http://127.0.0.1:9/", WAYLAND_DISPLAY="wayland-0")
    assert (code, "sudo apt install chromium" in words) == (1, True)


@pytest.mark.parametrize("url", ["ftp://x/", "127.0.0.1:8080", "http://", "http://x:99999/"])
def test_a_wrong_address_is_a_sentence(url: str) -> None:
    """Which one, and what one looks like."""
    with pytest.raises(BrowserError, match=r"is no address of a station: use one such as http://127.0.0.1:8080/"):
        Place(url)


def test_what_is_no_flag_is_wrong_use() -> None:
    """Flags of Chromium begin with --, so that a second page cannot be slipped in."""
    code, words = said("--url", "http://127.0.0.1:9/", "--", "http://elsewhere/")
    assert (code, "is no flag of Chromium" in words) == (2, True)


@contextmanager
def strange_server(body: bytes) -> Iterator[str]:
    """Something else on the port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    worker = Worker("strange", lambda stop: server.serve_forever(0.05)).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        worker.stop()
        server.server_close()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"some": "thing"}', b"\xff"])
def test_something_else_on_the_port_is_not_the_station(body: bytes) -> None:
    """The screen waits on; an older station that does not know of screens is left alone."""
    with strange_server(body) as url:
        assert (Place(url).answers(), Place(url).signs("0" * 32)) == (False, None)


def test_the_profile_is_in_memory_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In systemd's runtime folder, for nobody else to read; what a killed one left is removed, that of one that runs is not."""
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    dead, other = tmp_path / "treadside-screen-999999999", tmp_path / f"treadside-screen-{os.getppid()}"
    for folder in (dead, other):
        (folder / "profile").mkdir(parents=True)
    with profile() as mine:
        assert (mine.parent, mine.stat().st_mode & 0o777) == (tmp_path, 0o700)
        assert (dead.exists(), other.exists()) == (False, True)
    assert list(tmp_path.iterdir()) == [other]


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


def renderer(pid: int) -> int:
    """The process of this Chromium that draws the page: of its renderers, that which worked most (one waits for a second page)."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(state[2]) == pid and "--type=renderer" in (folder / "cmdline").read_text():
                found[int(folder.name)] = int(state[11]) + int(state[12])
    return max(found, key=lambda each: found[each])


def group(pid: int) -> list[int]:
    """Every process of this Chromium that is not a zombie."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(state[2]) == pid and state[0] != "Z":
                found.append(int(folder.name))
    return found


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
    assert (code, [group(pid) for pid in shown.pids]) == (0, [[]] * 3)
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


def test_the_unit_does_not_fall_with_the_station() -> None:
    """Wants=, never Requires=; started again at once and for ever; a user that cannot read what is stored."""
    unit = (Path(__file__).parents[1] / "systemd" / "kiosk-screen.service").read_text()
    lines = [line for line in unit.splitlines() if line and not line.startswith("#")]
    assert not [line for line in lines if line.startswith(("Requires=", "BindsTo=", "PartOf="))]
    wanted = ["Restart=always", "RestartSec=1", "StartLimitIntervalSec=0", "User=kiosk-screen", "Conflicts=getty@tty1.service"]
    assert [line for line in wanted if line not in lines] == []
    assert json.dumps(lines).count("kiosk.service") == 2
