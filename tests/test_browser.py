"""`kiosk screen`: Chromium shows the page, and is started again whenever the page is lost, however it was lost."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from kiosk import browser
from kiosk.__main__ import main
from kiosk.browser import BACK_S, FIRST_S, SILENT_S, Judge, Place, Screen, Signs
from kiosk.browser.chromium import LOG_BYTES, BrowserError, Chromium, display, profile
from kiosk.cli.screen import Reader, url_of
from kiosk.threads import Stop, Worker, monotonic_s

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


STATION = b'{"server": "x", "alive_s": 0.1}'


def test_the_screen_goes_where_the_settings_send_the_station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the station answers nothing moves; as soon as it is gone the settings are read again, and Chromium shows the new place."""
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    (tmp_path / "chromium").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "chromium").chmod(0o755)
    monkeypatch.setattr(browser, "chromium", lambda: str(tmp_path / "chromium"))
    told: list[str] = []

    def shows(url: str) -> bool:
        return any(line.startswith("Chromium ") and line.endswith(f" shows {url}") for line in told)

    with strange_server(STATION) as own:
        with strange_server(STATION) as first:
            toml = tmp_path / "kiosk.toml"
            toml.write_text(f"[web]\nport = {urlsplit(first).port}\n")
            settings = Reader(toml)
            screen = Screen(lambda: Place(url_of(settings.now())), ["--headless"], told.append)
            worker = Worker("screen", screen.run).start()
            wait_for(lambda: shows(first))
            toml.write_text(f"[web]\nport = {urlsplit(own).port}\n")
            Stop().wait(1.2)  # two looks
            stayed = not shows(own)
        wait_for(lambda: shows(own))
        assert worker.stop()
    assert (stayed, shows(own), worker.crash) == (True, True, None)


def test_settings_with_a_mistake_send_the_screen_to_the_default_until_they_are_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """8080, where the station says which key it is; each mistake is told once, however often is looked."""
    toml = tmp_path / "kiosk.toml"
    toml.write_text("[web]\nport = 9000\nprot = 1\n")
    settings = Reader(toml)
    found = [url_of(settings.now()) for _ in range(3)]
    toml.write_text("[web]\nport = 9000\n")
    found.append(url_of(settings.now()))
    assert found == ["http://127.0.0.1:8080/"] * 3 + ["http://127.0.0.1:9000/"]
    assert capsys.readouterr().err.count("prot") == 1


def test_the_profile_is_in_memory_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In systemd's runtime folder, for nobody else to read; what a killed one left is removed, that of one that runs is not."""
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    dead, other = tmp_path / "treadside-screen-999999999", tmp_path / f"treadside-screen-{os.getppid()}"
    same_number = tmp_path / f"treadside-screen-{os.getpid()}"
    for folder in (dead, other, same_number):
        (folder / "profile").mkdir(parents=True)
    with profile() as mine:
        assert (mine.parent, mine.stat().st_mode & 0o777) == (tmp_path, 0o700)
        assert (dead.exists(), other.exists(), list(mine.iterdir())) == (False, True, [])
    assert list(tmp_path.iterdir()) == [other]


def test_a_browser_that_complains_all_day_does_not_fill_the_memory(tmp_path: Path) -> None:
    """Its log is emptied while it runs, and only then when it is long; what it writes afterwards stands at the begin again."""
    log, go = tmp_path / "log", tmp_path / "go"
    script = f"yes complaint | head -c {LOG_BYTES + 1}; until [ -e {go} ]; do sleep 0.05; done; echo the last; sleep 60"
    browser = Chromium(["sh", "-c", script], log)
    try:
        wait_for(lambda: log.stat().st_size > LOG_BYTES)
        browser.forget_old_words()
        go.touch()
        wait_for(lambda: log.stat().st_size > 0)
        browser.forget_old_words()
        assert log.read_bytes() == b"the last\n"
    finally:
        browser.end()


def wait_for(done: Callable[[], bool]) -> None:
    until_s = monotonic_s() + 10
    while not done() and monotonic_s() < until_s:
        Stop().wait(0.02)


def test_the_unit_does_not_fall_with_the_station() -> None:
    """Wants=, never Requires=; started again at once and for ever; a user that cannot read what is stored."""
    unit = (Path(__file__).parents[1] / "systemd" / "kiosk-screen.service").read_text()
    lines = [line for line in unit.splitlines() if line and not line.startswith("#")]
    assert not [line for line in lines if line.startswith(("Requires=", "BindsTo=", "PartOf="))]
    wanted = ["Restart=always", "RestartSec=1", "StartLimitIntervalSec=0", "User=kiosk-screen", "Conflicts=getty@tty1.service"]
    assert [line for line in wanted if line not in lines] == []
    assert json.dumps(lines).count("kiosk.service") == 2
