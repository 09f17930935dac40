"""`kiosk doctor` from outside: who is at the port, what the running station tells, exit codes, JSON, a stranger's first try."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from kiosk.__main__ import main
from kiosk.config import Config, StoreConfig, WebConfig
from kiosk.doctor import MATTERS, outside
from kiosk.doctor.outside import ask, examine_station, is_held, settings_file
from kiosk.health import Level
from kiosk.store import SessionStore
from kiosk.web.server import Server


@contextmanager
def served(answers: dict[str, Any]) -> Iterator[int]:
    """A web server that gives these answers; its port."""
    app = Flask("somebody")
    for path, answer in answers.items():
        app.add_url_rule(path, path, lambda answer=answer: answer)
    server = Server(app, WebConfig(port=0)).start()
    try:
        yield server.port
    finally:
        assert server.stop()


def config(tmp_path: Path, port: int) -> Config:
    return Config(web=WebConfig(port=port), store=StoreConfig(folder=str(tmp_path / "store")))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def toml(tmp_path: Path, port: int, more: str = "") -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text(
        f'[web]\nport = {port}\n[store]\nfolder = "{tmp_path / "store"}"\n[panel]\nenabled = false\n[camera]\nkind = "synthetic"\n{more}'
    )
    return path


HEALTH = {"server": "a", "version": "1", "status": "ok", "screens": 0}
ROW = {
    "name": "light",
    "title": "Light",
    "level": "note",
    "found": "It is 1.5 dark",
    "advice": "Switch it on.",
    "value": 12.0,
    "unit": "grey",
}


def test_who_is_at_the_port(tmp_path: Path) -> None:
    """Nobody; a page that is no JSON; JSON of something else; a recorder without the doctor; the station with its report."""
    assert ask(config(tmp_path, 0)).running.state == "none"
    assert ask(config(tmp_path, free_port())).running.state == "none"
    for answers, state in (
        ({"/": "hello"}, "stranger"),
        ({"/health": "hello"}, "stranger"),
        ({"/health": [1]}, "stranger"),
        ({"/health": {"status": "ok"}}, "stranger"),
        ({"/health": HEALTH}, "recorder"),
        ({"/health": HEALTH, "/doctor.json": {"checks": [{"name": "of another version"}]}}, "recorder"),
        ({"/health": HEALTH, "/doctor.json": {"checks": [ROW], "settings": "/etc/x.toml"}}, "answers"),
    ):
        with served(answers) as port:
            assert ask(config(tmp_path, port)).running.state == state, answers
    (check,) = ask_of(answers, tmp_path).checks
    assert (check.name, check.level, check.found, check.advice, check.value) == (
        "light",
        Level.NOTE,
        "It is 1.5 dark",
        "Switch it on.",
        12.0,
    )


def ask_of(answers: dict[str, Any], tmp_path: Path) -> outside.Answer:
    with served(answers) as port:
        return ask(config(tmp_path, port))


def test_a_port_that_takes_connections_and_says_nothing_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A station that hangs."""
    monkeypatch.setattr(outside, "KNOCK_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert ask(config(tmp_path, listener.getsockname()[1])).running.state == "silent"


def test_a_port_that_speaks_no_http_is_a_stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something else than a web server greets first."""
    monkeypatch.setattr(outside, "KNOCK_S", 0.5)
    from kiosk.threads import Stop, Worker

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet(stop: Stop) -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"220 mail.example\r\n")
                connection.recv(1000)

        worker = Worker("greeter", greet).start()
        assert ask(config(tmp_path, listener.getsockname()[1])).running.state == "stranger"
        assert worker.stop()


def test_a_store_that_is_in_use_is_seen_and_not_disturbed(tmp_path: Path) -> None:
    """The lock of another process; nothing is made in a folder that is not there."""
    folder = tmp_path / "store"
    assert (is_held(folder), folder.exists()) == (False, False)
    store = SessionStore.open(folder)
    try:
        assert is_held(folder)
        assert ask(config(tmp_path, free_port())).running.state == "holder"
        levels = {check.name: check.level for check in examine_station(toml(tmp_path, free_port()), quick=True)}
        assert (levels["camera"], levels["station"]) == (Level.ABSENT, Level.NOTE)
    finally:
        store.close()
    assert not is_held(folder)


def test_the_settings_of_an_installed_station_are_found(tmp_path: Path) -> None:
    """Named ones first, then the installed ones, then none."""
    installed = tmp_path / "kiosk.toml"
    assert settings_file(None, installed) is None
    installed.write_text("")
    assert settings_file(None, installed) == installed
    assert settings_file(Path("other.toml"), installed) == Path("other.toml")


def test_an_installed_station_has_its_data_where_the_service_puts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An administrator's own data folder is not looked at."""
    path = tmp_path / "kiosk.toml"
    path.write_text(f"[web]\nport = {free_port()}\n[panel]\nenabled = false\n")
    monkeypatch.setattr(outside, "INSTALLED", path)
    monkeypatch.setattr(outside, "INSTALLED_DATA", tmp_path / "var")
    (data,) = [check for check in examine_station(path, quick=True) if check.name == "data"]
    assert data.found.startswith(str(tmp_path / "var"))


def run(*words: str) -> Any:
    return CliRunner().invoke(main, ["doctor", *words])


def test_a_machine_without_faults_ends_with_0_and_every_line(tmp_path: Path) -> None:
    """The drawn runner as a camera: notes are allowed; the file of --json says the same."""
    done = run("--config", str(toml(tmp_path, free_port())), "--quick", "--json", str(tmp_path / "out.json"))
    assert (done.exit_code, done.exception) == (0, None), done.output
    assert done.output.splitlines()[-1].startswith("Nothing is wrong. Worth a look: camera")
    found = json.loads((tmp_path / "out.json").read_text())
    assert (found["schema"], found["level"]) == (1, "note")
    assert list(dict.fromkeys(check["name"] for check in found["checks"])) == [matter.name for matter in MATTERS]


def test_a_fault_ends_with_1_and_json_alone_on_stdout(tmp_path: Path) -> None:
    """A model that is not there; --json - prints nothing else."""
    path = toml(tmp_path, free_port(), '[pose]\nmodel = "/nowhere/x.tflite"\n')
    done = run("--config", str(path), "--quick", "--json", "-")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["level"]) == (1, "wrong")
    assert {check["name"] for check in found["checks"] if check["level"] == "wrong"} == {"model", "self_test"}


def test_broken_settings_are_a_finding_and_wrong_use_is_2(tmp_path: Path) -> None:
    """A file with a typing error is looked at; an option that does not exist is not."""
    path = toml(tmp_path, free_port(), "[sound]\nenable = true\n")
    done = run("--config", str(path), "--quick")
    assert (done.exit_code, "Traceback" in done.output) == (1, False)
    assert [line.split()[1] for line in done.output.splitlines() if line.startswith("WRONG")] == ["settings"]
    assert run("--slow").exit_code == 2
    done = run("--config", str(toml(tmp_path, free_port())), "--quick", "--json", str(tmp_path / "no" / "out.json"))
    assert (done.exit_code, "cannot be written" in done.output) == (1, True)


def test_a_port_that_is_taken_is_wrong(tmp_path: Path) -> None:
    """By another program: the station could not start."""
    with served({"/": "hello"}) as port:
        done = run("--config", str(toml(tmp_path, port)), "--quick")
    assert (done.exit_code, "WRONG  station" in done.output, "Another program answers" in done.output) == (1, True, True)


def test_what_the_running_station_says_counts_and_other_settings_are_a_line_more(tmp_path: Path) -> None:
    """Its own report, line by line; a file that it does not use is looked at here."""
    with served({"/health": HEALTH, "/doctor.json": {"checks": [ROW], "settings": str(tmp_path / "kiosk.toml")}}) as port:
        (told,) = examine_station(toml(tmp_path, port), quick=True)
        other = (tmp_path / "kiosk.toml").rename(tmp_path / "other.toml")
        checks = examine_station(other, quick=True)
    assert (told.name, [check.name for check in checks]) == ("light", ["settings", "light"])
