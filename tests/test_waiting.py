"""A station that cannot start: a sentence by hand, a page that says why and tries again under systemd."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gpiozero.pins.mock import MockFactory

from kiosk import waiting
from kiosk.__main__ import main
from kiosk.app import App
from kiosk.config import CameraConfig, Config, PanelConfig, StoreConfig, WebConfig
from kiosk.doctor.inside import StationDoctor
from kiosk.filming import CameraHungError
from kiosk.panel.rhythm import RHYTHMS, Lamp, lamp_of
from kiosk.pose.movenet import ModelError
from kiosk.screen import LiveView
from kiosk.store import SessionStore
from kiosk.threads import Stop, Worker, monotonic_s
from kiosk.waiting import panel_of_broken, settled, started


def settings(tmp_path: Path, port: int = 0) -> Config:
    """A station without panel and camera."""
    return Config(
        store=StoreConfig(folder=str(tmp_path / "store")),
        web=WebConfig(port=port),
        panel=PanelConfig(enabled=False),
        camera=CameraConfig(kind="synthetic"),
    )


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As systemd starts it; nobody listens to the socket."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setattr(waiting, "AGAIN_S", 1.0)
    monkeypatch.setattr(waiting, "SHOW_S", 0.1)


def broken() -> App:
    """What the station's parts raise."""
    raise ModelError("model 'lightning': this model file is damaged. Install Treadside again.")


def test_by_hand_it_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without systemd the error goes to the terminal at once."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    with pytest.raises(ModelError, match="damaged"):
        started(broken, settings(tmp_path), Stop())


@pytest.mark.usefixtures("service")
def test_the_page_says_why_and_the_station_starts_when_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another kiosk holds the store: page and lamp say so; it lets go, and the station runs without anybody doing anything."""
    holder, config = SessionStore.open(tmp_path / "store"), settings(tmp_path)
    pages: list[dict[str, object]] = []

    class Server(waiting.Server):
        def stop(self, timeout_s: float = 5.0) -> bool:
            with urllib.request.urlopen(f"{self.url}live.json", timeout=5) as answer:
                pages.append(json.load(answer))
            holder.close()
            return super().stop(timeout_s)

    monkeypatch.setattr(waiting, "Server", Server)
    app = started(lambda: App(config), config, Stop())
    assert app is not None
    try:
        view = app.wait(lambda v: v.pose is not None)
        assert view is not None
        assert view.notice == ""
    finally:
        app.stop()
    (page,) = pages
    assert "another kiosk stores its sessions there" in str(page["notice"])
    assert (page["cannot_judge"], page["fault"], page["state"]) == ("This station is not ready.", True, "idle")
    assert lamp_of(LiveView(cannot_judge=str(page["cannot_judge"]), fault=True)) is Lamp.FAULT


@pytest.mark.usefixtures("service")
def test_who_asks_to_stop_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM while it says why it cannot start: it ends within a second."""
    monkeypatch.setattr(waiting, "AGAIN_S", 60.0)
    asked = Stop()
    found: list[App | None] = []
    worker = Worker("waiting", lambda _: found.append(started(broken, settings(tmp_path), asked))).start()
    Stop().wait(0.5)
    began_s = monotonic_s()
    asked.set()
    assert worker.stop(3.0)
    assert found == [None]
    assert monotonic_s() - began_s < 2.5


RAISED: dict[str, Callable[[], Exception]] = {
    "a hanging library, which only a new process gets rid of": lambda: CameraHungError("camera 0 hangs."),
    "a fault of the program": ZeroDivisionError,
}


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("error", RAISED.values(), ids=RAISED)
def test_what_waiting_cannot_mend_ends_the_process(tmp_path: Path, error: Callable[[], Exception]) -> None:
    """It is not tried again in this process."""
    asked = Stop()

    def build() -> App:
        asked.set()  # whoever tries again ends
        raise error()

    with pytest.raises(type(error())):
        started(build, settings(tmp_path), asked)


@pytest.mark.usefixtures("service")
def test_settings_with_a_mistake_are_said_on_the_page_until_they_are_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file edited by hand: page and doctor's page say which key; once it is right the station goes on with what it says."""
    path, pages = tmp_path / "kiosk.toml", list[dict[str, object]]()
    path.write_text("[camera]\nfps = 25\n")

    class Server(waiting.Server):
        def stop(self, timeout_s: float = 5.0) -> bool:
            for page in ("live.json", "doctor.json"):
                with urllib.request.urlopen(f"{self.url}{page}", timeout=30) as answer:
                    pages.append(json.load(answer))
            path.write_text("[camera]\nframes_per_s = 25\n")
            return super().stop(timeout_s)

    monkeypatch.setattr(waiting, "Server", Server)
    config = settled(path, Stop(), settings(tmp_path))
    assert config is not None
    assert config.camera.frames_per_s == 25
    view, doctor = pages
    assert ("fps" in str(view["notice"]), view["fault"], view["cannot_judge"]) == (True, True, "This station is not ready.")
    (row,) = [row for row in doctor["checks"] if row["name"] == "settings"]  # type: ignore[attr-defined]
    assert (row["level"], "fps" in row["found"]) == ("wrong", True)


@pytest.mark.usefixtures("service")
def test_a_doctor_that_crashed_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is left who would answer its page: systemd starts the station again."""
    monkeypatch.setattr(waiting, "AGAIN_S", 20.0)
    monkeypatch.setattr("kiosk.doctor.inside.StationDoctor._case", lambda self, screens: 1 / 0)
    path = tmp_path / "kiosk.toml"
    path.write_text("[camera]\nfps = 25\n")
    made = waiting.doctor_of_waiting

    def asked_at_once(*given: Any) -> StationDoctor:
        doctor = made(*given)
        doctor.start()
        doctor.checks(0, wait_s=0.0)
        return doctor

    monkeypatch.setattr(waiting, "doctor_of_waiting", asked_at_once)
    asked = Stop()
    patience = Worker("patience", lambda stop: None if stop.wait(10.0) else asked.set()).start()
    with pytest.raises(ZeroDivisionError):
        settled(path, asked, settings(tmp_path))
    patience.stop()


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("mistake", ["[camera]\nfps = 25\n", "[camera\n"], ids=["a wrong key", "no TOML"])
def test_the_lamp_blinks_fast_while_the_settings_have_a_mistake(tmp_path: Path, pins: MockFactory, mistake: str) -> None:
    """On its own pin, that stands in the same file: on and off within the time of three fast blinks; dark when the file is mended."""
    path, lights = tmp_path / "kiosk.toml", list[tuple[float, float]]()
    path.write_text(f"{mistake}[panel]\nlamp_pin = 23\n[store]\n")
    pin = pins.pin(23)
    write = pin._set_state

    def lit(value: float) -> None:
        write(value)
        lights.append((monotonic_s(), value))
        if len(lights) >= 8:
            path.write_text("")

    pin._set_state = lit
    asked = Stop()
    patience = Worker("patience", lambda stop: None if stop.wait(20.0) else asked.set()).start()  # a lamp that never blinks is a failure
    assert settled(path, asked, settings(tmp_path)) is not None
    patience.stop()
    assert {value for _, value in lights} == {0, 1}
    assert lights[-1][1] == 0
    on_s = [t_s for t_s, value in lights if value]
    assert on_s[2] - on_s[0] < 2 * RHYTHMS[Lamp.IDLE].period_s


PANELS = {
    "its pins, though another section is wrong": ("[camera]\nfps = 1\n[panel]\nlamp_pin = 23\n", PanelConfig(lamp_pin=23)),
    "its pins, though the file is no TOML": ("[panel] # box\nlamp_pin = 23\n[camera\n", PanelConfig(lamp_pin=23)),
    "the defaults, when it names no pin": ("[camera]\nfps = 1\n", PanelConfig()),
    "none, when its own section is wrong": ("[panel]\nlamp_pin = 99\n", PanelConfig(enabled=False)),
    "none, when its own section is no TOML": ("[panel]\nlamp_pin =\n", PanelConfig(enabled=False)),
    "none, when there is no text": (b"\xff\xfe", PanelConfig(enabled=False)),
}


@pytest.mark.parametrize(("text", "panel"), PANELS.values(), ids=PANELS)
def test_the_pins_of_a_broken_file_are_those_that_it_names(tmp_path: Path, text: str | bytes, panel: PanelConfig) -> None:
    """No pin is driven that the file does not name."""
    path = tmp_path / "kiosk.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert panel_of_broken(path) == panel


def test_by_hand_a_mistake_in_the_settings_is_wrong_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2 with the sentence, at once."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    path = tmp_path / "kiosk.toml"
    path.write_text("[camera]\nfps = 25\n")
    done = CliRunner().invoke(main, ["run", "--config", str(path)])
    assert (done.exit_code, "fps" in done.output) == (2, True)
