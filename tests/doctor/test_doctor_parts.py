"""The doctor's checks of network and panel: damaged files, slow devices, stuck buttons; and its looks at the real parts."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

from kiosk.camera.fake_picamera2 import FakePicamera2
from kiosk.camera.picamera import PiCamera
from kiosk.config import CameraConfig, Config, PanelConfig, PoseConfig
from kiosk.data import DEMO_CLIP
from kiosk.doctor import model_rows, panel_rows
from kiosk.doctor.case import Case, Machine, Panel, Speed
from kiosk.doctor.looks import Look, measure, touch_panel
from kiosk.health import Level
from kiosk.panel import open_panel
from kiosk.pose import movenet
from kiosk.pose.movenet import MODELS, Network
from kiosk.words import Phrase


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The shipped models, copied to where a test may break them."""
    found = {name: Path(shutil.copy(path, tmp_path)) for name, path in MODELS.items()}
    shutil.copy(movenet.MODEL_FOLDER / "SHA256SUMS", tmp_path)
    for module in (movenet, model_rows):
        monkeypatch.setattr(module, "MODELS", found)
        monkeypatch.setattr(module, "MODEL_FOLDER", tmp_path)
    return found


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_model_is_known_by_its_checksum(models: dict[str, Path]) -> None:
    """Whole; one bit of the other one; one bit of the one in use; gone."""
    case = Case(Config())
    assert model_rows.model(case).level is Level.OK
    damage(models["thunder"])
    assert (model_rows.model(case).level, "thunder" in model_rows.model(case).found) == (Level.NOTE, True)
    damage(models["lightning"])
    assert (model_rows.model(case).level, model_rows.model(case).advice) == (Level.WRONG, model_rows.AGAIN)
    models["lightning"].unlink()
    assert model_rows.model(case).level is Level.WRONG


def test_a_model_of_ones_own_is_said(tmp_path: Path) -> None:
    """Nobody knows whether it is whole; one that is not there is wrong."""
    own = shutil.copy(MODELS["lightning"], tmp_path / "own.tflite")
    assert model_rows.model(Case(Config(pose=PoseConfig(model=str(own))))).level is Level.NOTE
    assert "no such file" in model_rows.model(Case(Config(pose=PoseConfig(model="/nowhere/x.tflite")))).found


def test_the_self_test_runs_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The right answer; an answer that is off; a file that is no model."""
    case = Case(Config())
    assert model_rows.self_answer(case).level is Level.OK
    noise = tmp_path / "noise.tflite"
    noise.write_bytes(b"noise" * 1000)
    check = model_rows.self_answer(Case(Config(pose=PoseConfig(model=str(noise)))))
    assert (check.level, "cannot load this model" in check.found) == (Level.WRONG, True)
    monkeypatch.setattr(Network, "__call__", model_answer_turned)
    assert "fails its self-test" in model_rows.self_answer(case).found


def model_answer_turned(network: Any, picture: Any) -> Any:
    network.set_input(picture)
    network.invoke()
    return network.output()[::-1]


@pytest.mark.parametrize(("ms", "level"), [(20, Level.OK), (50, Level.NOTE), (150, Level.WRONG)])
def test_speed_is_judged_against_the_frame_rate(ms: float, level: Level) -> None:
    """30 pictures a second need 33 ms; with more it skips; beyond 125 ms nothing can be measured. Others are told for comparison."""
    first, other = model_rows.speed(Case(Config(), measure=lambda: (Speed("a", "r", ms), Speed("b", "r", 999.0))))
    assert (first.level, first.value, other.level) == (level, ms, Level.OK)


def test_speed_of_a_network_that_did_not_run_is_not_guessed() -> None:
    """Nothing measured, nothing said."""
    assert [check.level for check in model_rows.speed(Case(Config()))] == [Level.ABSENT]


def test_the_networks_are_really_timed() -> None:
    """Both, the configured one first; quickly only that one; none when it does not run."""
    both = measure(PoseConfig(), quick=False)
    assert [speed.model for speed in both] == [path.name for path in MODELS.values()]
    assert all(0.1 < speed.inference_ms < 5000 for speed in both)
    assert len(measure(PoseConfig(model="thunder"), quick=True)) == 1
    assert measure(PoseConfig(model="/nowhere/x.tflite"), quick=False) == ()


def test_a_camera_is_really_looked_at() -> None:
    """A second of the clip: its rate, its newest picture only; a camera that is not there is a finding."""
    look = Look(CameraConfig(kind="video", path=str(DEMO_CLIP)), quick=True)
    seen = look.seen()
    assert (seen.problem, 2 <= len(seen.stamps_s) <= 40, look.background()) == ("", True, None)
    assert 0.99 < seen.stamps_s[-1] - seen.stamps_s[0] < 4  # a busy machine skips frames
    assert seen.frame is not None
    assert seen.frame.image_bgr.shape == (480, 640, 3)
    assert "no such file" in Look(CameraConfig(kind="video", path="/nowhere.mp4"), quick=True).seen().problem.lower()


SETTINGS = PanelConfig(lamp_pin=23)


def panel_checks(case: Case) -> dict[str, Any]:
    return {row.__name__: row(case) for row in (panel_rows.buttons, panel_rows.lamp)}


def test_free_pins_and_idle_buttons_are_fine(pins: MockFactory) -> None:
    """Both lines name their pins, and the pins are given back."""
    found = panel_checks(Case(Config(panel=SETTINGS), touch=lambda: touch_panel(SETTINGS)))
    assert {check.level for check in found.values()} == {Level.OK}
    assert ("GPIO17, GPIO27" in found["buttons"].found, "GPIO23" in found["lamp"].found) == (True, True)
    open_panel(SETTINGS, lambda _: True, lambda: 0.0).close()


class ShortedPin(MockPin):
    """GPIO27 is tied to ground: no pull-up lifts it."""

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.info.name == "GPIO27":
            self.drive_low()


def test_a_stuck_button_is_found(pins: MockFactory) -> None:
    """The stop button's wires touch: it is down from the first moment to the last."""
    Device.pin_factory = MockFactory(pin_class=ShortedPin)
    check = panel_checks(Case(Config(panel=SETTINGS), touch=lambda: touch_panel(SETTINGS)))["buttons"]
    assert (check.level, check.found) == (Level.WRONG, "The stop button is pressed all the time.")


def test_in_a_running_station_a_press_is_no_stuck_button() -> None:
    """5 s are somebody's long press, 40 s are not."""
    for down_s, level in ((5.0, Level.OK), (40.0, Level.WRONG)):
        case = Case(Config(panel=SETTINGS), inside=True, touch=lambda down_s=down_s: Panel(down_s={"start": down_s}))
        assert panel_rows.buttons(case).level is level


def test_a_pin_that_is_taken_is_wrong_in_its_own_line(pins: MockFactory) -> None:
    """The lamp's pin belongs to another program: the buttons are fine."""
    said = Phrase("The {part} on GPIO{pin} does not work ({reason}).", part=Phrase("lamp"), pin=23, reason="GPIO busy")
    found = panel_checks(Case(Config(panel=SETTINGS), touch=lambda: Panel({"lamp": said})))
    assert (found["buttons"].level, found["lamp"].level) == (Level.OK, Level.WRONG)


def test_no_pins_are_a_fault_of_a_pi_only(tmp_path: Path) -> None:
    """A laptop has none; switched off and held ones are not looked at."""
    nothing = Panel({"all": Phrase("No GPIO buttons (no chip).")})
    case = Case(Config(panel=SETTINGS), machine=Machine(tmp_path), touch=lambda: nothing)
    assert {check.level for check in panel_checks(case).values()} == {Level.ABSENT}
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text("Raspberry Pi 4 Model B Rev 1.4\0")
    assert {check.level for check in panel_checks(case).values()} == {Level.WRONG}
    off = Case(Config(panel=PanelConfig(enabled=False)))
    held = Case(Config(panel=SETTINGS), touch=lambda: Panel(on=False))
    assert {check.level for case in (off, held) for check in panel_checks(case).values()} == {Level.ABSENT}


def test_the_pi_camera_tells_how_long_it_exposed() -> None:
    """From the metadata of each frame, microseconds; None where a camera does not tell."""
    for missing, exposure_us in (((), 2000), (("ExposureTime",), None)):
        fake = type("Fake", (FakePicamera2,), {"missing_metadata": missing, "opened": []})
        with PiCamera(CameraConfig(), fake) as camera:
            frame = camera.read(2.0)
        assert frame is not None
        assert frame.exposure_us == exposure_us
