"""The doctor in the running station: the real App on the demo clip, asked by its page's address and by `kiosk doctor`."""

import json
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from kiosk.__main__ import main
from kiosk.app import App
from kiosk.camera import CameraError
from kiosk.config import CameraConfig, Config, load
from kiosk.data import DEMO_CLIP
from kiosk.doctor import LATER, MATTERS
from kiosk.doctor.case import Case, Machine
from kiosk.doctor.inside import FRESH_S, OVER, Parts, StationDoctor
from kiosk.doctor.outside import ask
from kiosk.domain import Frame
from kiosk.health import Check, Level
from kiosk.screen import Command, LiveView, State
from kiosk.store.database import NAME
from kiosk.threads import Stop, Worker, monotonic_s
from kiosk.waiting import started

PICTURE = np.full((48, 64, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def toml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of a station that plays the demo clip over and over, and whose runner must press to begin."""
    folder = tmp_path_factory.mktemp("station")
    path = folder / "kiosk.toml"
    path.write_text(
        f'[store]\nfolder = "{folder / "store"}"\n[web]\nport = 0\n[panel]\nenabled = false\n'
        "[session]\nhands_free = false\nguided = false\ncountdown_s = 0\n"
        f'[camera]\nkind = "video"\nloop = true\npath = "{DEMO_CLIP}"\n'
    )
    return path


@pytest.fixture(scope="module")
def app(toml: Path) -> Iterator[App]:
    """The station, and its port in the file: so `kiosk doctor --config` finds it."""
    running = App(load(toml), toml).start()
    try:
        assert running.wait(lambda view: view.frames_per_s is not None) is not None
        yield running
    finally:
        running.stop()


def asked(app: App, path: str = "doctor.json", method: str = "GET") -> dict[str, Any]:
    request = urllib.request.Request(f"{app.server.url}{path}", method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def levels(report: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["level"] for check in report["checks"]}


def test_a_running_station_tells_how_it_is(app: App) -> None:
    """Every row: the clip's rate, its light, the network's real time, the whole database; nothing is wrong."""
    Stop().wait(2.0)  # a rate wants some frames
    report = asked(app)
    assert list(dict.fromkeys(check["name"] for check in report["checks"])) == [matter.name for matter in MATTERS]
    found = {check["name"]: check for check in report["checks"]}
    assert [found[name]["level"] for name in ("settings", "station", "light", "self_test", "database", "data")] == ["ok"] * 6
    assert found["frame_rate"]["value"] == pytest.approx(30, abs=12)  # a busy machine skips
    assert 0.1 < found["speed"]["value"] < 2000
    assert (found["screen"]["level"], found["screen"]["value"]) == ("note", 0)
    assert levels(report)["station"] == "ok"


def test_the_command_asks_the_station_and_changes_nothing(app: App, toml: Path) -> None:
    """`kiosk doctor` at the same time: same lines, and the station goes on as it was."""
    other = toml.with_name("same-port.toml")
    other.write_text(toml.read_text().replace("port = 0", f"port = {app.server.port}"))
    done = CliRunner().invoke(main, ["doctor", "--config", str(other), "--json", "-"])
    report = json.loads(done.stdout)
    assert (done.exit_code, report["level"]) == (0, "note")
    (station,) = [check for check in report["checks"] if check["name"] == "station"]
    assert station["found"] == f"The station runs at {app.server.url} (idle)."
    assert app.crash is None


def test_while_somebody_runs_heavy_checks_wait_or_keep_their_last_answer(app: App) -> None:
    """What was known stays; looked at anew, they say that they wait; after the run they are made."""
    asked(app)
    app.send(Command.START)
    assert app.wait(lambda view: view.state is State.RUNNING) is not None
    Stop().wait(FRESH_S)
    report = asked(app)
    assert (report["busy"], levels(report)["self_test"]) == (True, "ok")
    report = asked(app, "doctor/again", "POST")
    later = {check["name"] for check in report["checks"] if check["found"] == LATER}
    assert later == {matter.name for matter in MATTERS if matter.heavy}
    app.send(Command.STOP)
    assert app.wait(lambda view: view.state is not State.RUNNING) is not None
    report = asked(app, "doctor/again", "POST")
    assert (report["busy"], levels(report)["database"]) == (False, "ok")


def test_settings_that_are_changed_under_the_station_are_seen(app: App, toml: Path) -> None:
    """And ones that would not let it start again."""
    before = toml.read_text()
    try:
        for text, level in ((before + "[sound]\nenabled = false\ndevice = 'x'\n", "note"), (before + "[no]\n", "wrong"), (before, "ok")):
            toml.write_text(text)
            assert levels(asked(app, "doctor/again", "POST"))["settings"] == level
    finally:
        toml.write_text(before)


class Camera:
    name, warnings, ended = "camera 0 (imx708)", (), False


class House:
    """A station that is not there: its parts as a test wants them."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s, self.problem, self.camera = 100.0, "", Camera()
        self.view = LiveView(state=State.IDLE)
        monkeypatch.setattr("kiosk.doctor.inside.monotonic_s", lambda: self.now_s)
        path = tmp_path / "kiosk.toml"
        path.write_text(f'[store]\nfolder = "{tmp_path / "store"}"\n[panel]\nenabled = false\n')
        parts = Parts(
            self.camera,  # type: ignore[arg-type]
            lambda: self.problem,
            lambda: self.view,
            lambda: None,
            dict,
            lambda: "here",
            "m",
            "r",
        )
        self.crashed: list[str] = []
        self.doctor = StationDoctor(load(path), path, parts, Machine(tmp_path), lambda name, error: self.crashed.append(name))

    def film(self, seconds: float) -> None:
        for _ in range(round(30 * seconds)):
            self.now_s += 1 / 30
            self.doctor.stage("crop")
            self.now_s += 0.012
            self.doctor.stage("invoke")
            self.now_s -= 0.012
            self.doctor.frame(Frame(self.now_s, PICTURE, 2500))

    def found(self, *names: str) -> dict[str, Check]:
        from kiosk.doctor import examine

        case = self.doctor._case(screens=1)
        return {check.name: check for check in examine(case, [matter for matter in MATTERS if matter.name in names])}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    return House(tmp_path, monkeypatch)


def test_a_doctor_that_dies_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its page would wait for an answer for ever, and nobody would know."""
    monkeypatch.setattr(StationDoctor, "_case", lambda self, screens: 1 / 0)
    house.doctor.start()
    try:
        assert house.doctor.checks(0, wait_s=0.5) is None
    finally:
        house.doctor.stop()
    assert (house.crashed, type(house.doctor.crash)) == (["doctor"], ZeroDivisionError)


def test_the_station_is_told_of_a_doctor_that_dies(app: App) -> None:
    """The App's own way to end a process is what its doctor calls."""
    assert app.doctor._worker._on_crash == app._crashed


def test_watching_gives_rate_exposure_and_speed(house: House) -> None:
    """Known answers: 30 a second, 2.5 ms, 12 ms an inference."""
    house.film(12)
    found = house.found("frame_rate", "frame_gaps", "shutter", "speed")
    assert [round(check.value or 0, 3) for check in found.values()] == [30.0, 33.333, 2500.0, 12.0]
    assert {check.level for check in found.values()} == {Level.OK}


def test_a_camera_that_falls_silent_is_wrong_with_the_reason(house: House) -> None:
    """By its own sentence where it has one; else after three seconds; a video that is over says so."""
    house.film(2)
    house.now_s += 2
    assert house.found("camera")["camera"].level is Level.OK
    house.now_s += 2
    assert house.found("camera")["camera"].found == "The camera has given no picture for 4 s."
    house.camera.ended = True  # type: ignore[misc]
    assert house.found("camera")["camera"].found == OVER
    house.problem = CameraError("It was unplugged.").sentence
    assert house.found("camera")["camera"].found == "It was unplugged."


def test_a_report_is_made_when_asked_and_kept_for_a_moment(house: House) -> None:
    """Nobody asks: nothing is made. Asked twice within three seconds: once; asked anew: anew; stopped: no wait without end."""
    house.doctor.start()
    try:
        house.film(1)
        assert house.doctor._reports.peek() is None
        first = house.doctor.checks(1)
        assert house.doctor.checks(1) is first
        assert house.doctor.checks(1, again=True) is not first
        house.now_s += FRESH_S + 1
        assert house.doctor.checks(1) is not first
    finally:
        house.doctor.stop()
    assert house.doctor.checks(1, again=True, wait_s=0.1) is not None


def test_a_report_that_is_being_made_when_somebody_steps_on_leaves_the_rest_for_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heavy checks after that moment are not made."""

    def steps_on(case: Case) -> Check:
        house.view = LiveView(state=State.CHECK)
        return Check("station", Level.OK, LATER)

    matters = [replace(matter, look=steps_on) if matter.name == "station" else matter for matter in MATTERS]
    monkeypatch.setattr("kiosk.doctor.inside.MATTERS", matters)
    house.film(1)
    house.doctor.start()
    try:
        found = house.doctor.checks(1) or ()
    finally:
        house.doctor.stop()
    assert {check.name for check in found if check.level is Level.ABSENT and check.found == LATER} == {m.name for m in MATTERS if m.heavy}


def test_a_station_that_cannot_start_says_why_on_the_same_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under systemd it waits and tries again: its doctor names the reason, and leaves camera and pins to the next try."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / NAME).write_bytes(b"noise" * 1000)
    path = tmp_path / "kiosk.toml"
    path.write_text(f'[store]\nfolder = "{tmp_path / "store"}"\n[web]\nport = {free_port()}\n[panel]\nenabled = false\n')
    config, asked_to_stop = load(path), Stop()
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "systemd"))
    waiting = Worker("waiting", lambda stop: started(lambda: App(synthetic(config)), config, asked_to_stop, path) and None).start()
    try:
        found = {}
        until_s = monotonic_s() + 20
        while monotonic_s() < until_s and found.get("station", (Level.OK, ""))[0] is not Level.WRONG:
            found = {check.name: (check.level, check.found) for check in ask(config).checks}
            waiting.stop_flag.wait(0.1)
    finally:
        asked_to_stop.set()
        assert waiting.stop(20)
    assert found["station"][0] is Level.WRONG
    assert "cannot be used" in found["station"][1]
    assert (found["database"][0], found["camera"][0], found["self_test"][0]) == (Level.WRONG, Level.ABSENT, Level.OK)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def synthetic(config: Config) -> Config:
    return config.model_copy(update={"camera": CameraConfig(kind="synthetic")})
