"""`kiosk record` and its service, with a drawn runner in front of a network that finds nobody: fast, and no hardware."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gpiozero.pins.mock import MockFactory

from kiosk import recorder
from kiosk.camera import Camera, CameraError
from kiosk.camera.synthetic import SyntheticCamera
from kiosk.cli.record import record as record_command
from kiosk.config import CameraConfig, Config
from kiosk.domain import Frame, Pose
from kiosk.notify import Watchdog, notify
from kiosk.panel.rhythm import Lamp, lamp_of
from kiosk.pose.recording import load
from kiosk.recorder import record
from kiosk.recorder.segments import RecorderError, Segments
from kiosk.recorder.service import RecorderService
from kiosk.screen import Command
from kiosk.threads import Stop

UNIT = Path(__file__).parents[1] / "systemd" / "kiosk-recorder.service"
SMALL = {"kind": "synthetic", "width": 160, "height": 120}


class Nobody:
    """In the place of the network."""

    name = "no network"

    def estimate(self, frame: Frame) -> Pose:
        height, width = frame.image_bgr.shape[:2]
        return Pose(frame.t_s, np.full((17, 2), np.nan, np.float32), np.zeros(17, np.float32), width, height)


def config_of(folder: Path, **values: Any) -> Config:
    sections = {"camera": SMALL, "recorder": {"folder": str(folder), "free_gb": 0.001, **values}, "panel": {"enabled": False}}
    return Config.model_validate(sections)


def until(done: Callable[[], bool], seconds: float = 15.0) -> bool:
    end_s = time.monotonic() + seconds
    while not done() and time.monotonic() < end_s:
        time.sleep(0.02)
    return done()


def service_of(folder: Path, told: list[str], config: Config | None = None, **parts: Any) -> RecorderService:
    chosen = config or config_of(folder)
    return RecorderService(chosen, told.append, finders=lambda config: Nobody(), **parts)


def is_in(service: RecorderService, state: str, seconds: float = 15.0) -> bool:
    return until(lambda: service.state()["state"] == state, seconds)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fill(ballast: Path) -> None:
    """Write until nothing more fits."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MoveNet", lambda pose, zone: Nobody())


def test_buttons_start_and_stop_and_the_lamp_tells(tmp_path: Path, pins: MockFactory) -> None:
    """Start on its pin records, stop finishes a file that opens; the lamp breathes, shines, breathes; the log has every change."""
    told: list[str] = []
    config = config_of(tmp_path).model_copy(update={"panel": Config().panel})
    service = service_of(tmp_path, told, config).start()
    lamps = [lamp_of(service.views.peek()) if until(lambda: service.views.peek() is not None) else None]
    for pin, state in ((17, "recording"), (27, "idle")):
        pins.pin(pin).drive_low()
        pins.pin(pin).drive_high()
        assert is_in(service, state)
        assert until(lambda: service.views.newer(0, 0.1)[1] is not None)
        time.sleep(0.3)
        lamps.append(lamp_of(service.views.peek()))
    service.stop()
    (name,) = names(tmp_path)
    assert re.fullmatch(r"\d{8}-\d{6}-0001\.npz", name)
    assert len(load(tmp_path / name).series.t_s) > 3
    assert lamps == [Lamp.IDLE, Lamp.RUNNING, Lamp.IDLE]
    assert [line.split(",")[0] for line in told if line.startswith("recorder:")] == [
        *("recorder: idle", "recorder: recording", "recorder: idle", "recorder: ended")
    ]


def test_hammered_buttons_end_in_the_last_wish(tmp_path: Path) -> None:
    """Two hundred presses from the API, more than can wait: nothing breaks, the last stop holds, every file opens."""
    told: list[str] = []
    service = service_of(tmp_path, told).start()
    for i in range(200):
        service.send((Command.START, Command.STOP, Command.TOGGLE, Command.TEST, Command.LANGUAGE)[i % 5])
        time.sleep(0.002)
    assert until(lambda: service.send(Command.STOP))
    time.sleep(0.5)
    assert is_in(service, "idle")
    service.stop()
    assert service.crash is None
    assert [n for n in names(tmp_path) if not n.endswith(".npz")] == []
    assert all(len(load(tmp_path / n).series.t_s) for n in names(tmp_path))


def test_state_says_what_the_api_needs(tmp_path: Path) -> None:
    """State, segment, seconds and free bytes while it records."""
    service = service_of(tmp_path, [], config_of(tmp_path, autostart=True)).start()
    assert is_in(service, "recording")
    time.sleep(0.3)
    state = service.state()
    service.stop()
    assert set(state) == {"state", "since", "segment", "seconds", "files", "free_bytes", "folder", "problem"}
    assert re.fullmatch(r"\d{8}-\d{6}-0001", str(state["segment"]))
    assert 0.2 < float(str(state["seconds"])) < 10
    assert int(str(state["free_bytes"])) > 0


class Unsteady(SyntheticCamera):
    """A camera whose cable comes off after some frames, and is put back after some tries."""

    def __init__(self, config: CameraConfig, frames: int = 10, tries: int = 2) -> None:
        super().__init__(config)
        self.left, self.tries = frames, tries
        self.cable_off = False

    def start(self) -> None:
        if self.cable_off and self.tries > 0:
            self.tries -= 1
            raise CameraError("No camera found.")
        self.cable_off = False
        super().start()

    def read(self, timeout_s: float) -> Frame | None:
        self.left -= 1
        if self.left == 0:
            self.cable_off = True
            raise CameraError("The camera was lost.")
        return super().read(timeout_s)


def test_views_carry_the_stamp_of_the_newest_frame_while_it_records(tmp_path: Path) -> None:
    """From it the API tells how old the picture is; before and after a recording there is none."""
    service = service_of(tmp_path, []).start()

    def stamp() -> float | None:
        view = service.views.peek()
        return view.frame_t_s if view is not None else None

    assert is_in(service, "idle")
    assert stamp() is None
    service.send(Command.START)
    assert until(lambda: stamp() is not None)
    first_s = stamp()
    assert first_s is not None
    assert abs(time.monotonic() - first_s) < 2
    assert until(lambda: (stamp() or 0.0) > first_s)
    service.send(Command.STOP)
    assert until(lambda: stamp() is None)
    service.stop()


def test_a_lost_camera_is_said_and_recording_goes_on_when_it_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault with the reason, tries, then another segment; the first one is kept."""
    monkeypatch.setattr("kiosk.recorder.service.RETRY_S", 0.1)
    told: list[str] = []
    config = config_of(tmp_path, autostart=True)
    service = service_of(tmp_path, told, config, cameras=Unsteady).start()
    assert until(lambda: told.count("recorder: recording") == 2)
    time.sleep(0.3)
    service.stop()
    changes = [line for line in told if line.startswith("recorder:")][1:]
    assert changes == [
        *("recorder: recording", "recorder: fault: The camera was lost.", "recorder: fault: No camera found."),
        *("recorder: recording", "recorder: ended"),
    ]
    assert [len(load(tmp_path / n).series.t_s) > 2 for n in names(tmp_path)] == [True, True]


def test_a_nearly_full_disk_stops_in_good_order_until_somebody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full keeps the file and the lamp blinks twice; space alone does not start it, a press without space neither, both do."""
    monkeypatch.setattr("kiosk.recorder.segments.LOOK_S", 0.0)
    free, told = [10**9], list[str]()
    service = service_of(tmp_path, told, config_of(tmp_path, autostart=True), free=lambda folder: free[0]).start()
    assert is_in(service, "recording")
    time.sleep(0.2)
    free[0] = 1000
    assert is_in(service, "full")
    time.sleep(0.2)
    lamp = lamp_of(service.views.peek())
    service.send(Command.START)
    time.sleep(0.4)
    states = [service.state()["state"]]
    free[0] = 10**9
    time.sleep(0.4)
    states.append(service.state()["state"])
    service.send(Command.START)
    assert is_in(service, "recording")
    time.sleep(0.2)
    service.stop()
    assert (states, lamp) == (["full", "full"], Lamp.CANNOT_JUDGE)
    assert len([load(tmp_path / n) for n in names(tmp_path)]) == 2
    assert any("nearly full: 0 MB are free, 1 MB must stay free" in line for line in told)


def test_holding_stop_finishes_the_file_and_switches_off(tmp_path: Path) -> None:
    """The configured command runs after the last recording is on the disk; a refusal is said and the service waits on."""
    told: list[str] = []
    seen = tmp_path / "seen"
    folder = tmp_path / "recordings"
    config = config_of(folder, autostart=True)
    panel = config.panel.model_copy(update={"shutdown_command": ("sh", "-c", f"ls {folder} > {seen}; exit 3")})
    service = service_of(folder, told, config.model_copy(update={"panel": panel})).start()
    assert is_in(service, "recording")
    time.sleep(0.2)
    service.send(Command.STOP)
    service.send(Command.SHUTDOWN)
    assert until(lambda: any("could not be switched off" in line for line in told))
    assert is_in(service, "idle")
    service.stop()
    assert seen.read_text().split() == names(folder)
    assert names(folder)[0].endswith(".npz")


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    """Before anything runs."""
    (tmp_path / "file").touch()
    service = service_of(tmp_path, [], config_of(tmp_path / "file" / "below"))
    with pytest.raises(RecorderError, match=r"cannot be used for recordings .* Set \[recorder\] folder"):
        service.start()


def test_a_second_recorder_in_the_folder_is_refused(tmp_path: Path, no_network: None) -> None:
    """By both ways of recording, with one sentence; the first one goes on, and its folder is free as soon as it ends, also by kill -9."""
    (tmp_path / "half.npz.part").write_bytes(b"of the first one")
    program = "import sys, time, pathlib, kiosk.tape.hold as h; x = h.Hold(pathlib.Path(sys.argv[1])); print(1, flush=True); time.sleep(60)"
    first = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1])
    try:
        assert first.stdout is not None
        first.stdout.readline()
        with pytest.raises(RecorderError, match="another recorder or station writes"):
            service_of(tmp_path, []).start()
        with pytest.raises(RecorderError, match=f"{tmp_path}: another recorder"):
            record(config_of(tmp_path), tmp_path, False, 0.01, Stop(), lambda line: None)
        assert names(tmp_path) == ["half.npz.part"]
    finally:
        first.kill()
        first.communicate()
    service_of(tmp_path, []).start().stop()
    assert names(tmp_path) == []
    service_of(tmp_path, []).start().stop()


def test_segments_are_files_of_their_own(tmp_path: Path, no_network: None) -> None:
    """`kiosk record` cuts every segment_s; no frame is missing between two files, and old ones of the recorder go by size."""
    stop, told = Stop(), list[str]()
    camera = {"kind": "synthetic", "width": 160, "height": 120, "frames_per_s": 30}
    config = Config.model_validate({"camera": camera, "recorder": {"segment_s": 5, "free_gb": 0}})
    files = record(config, tmp_path, False, 6.5 / 60, stop, told.append)
    spans = [load(path).series.t_s for path in files]
    assert [path.name[-9:] for path in files] == ["-0001.npz", "-0002.npz"]
    assert spans[0][-1] - spans[0][0] == pytest.approx(5, abs=0.3)
    assert 0 < spans[1][0] - spans[0][-1] < 0.5
    assert [line for line in told if line.startswith("recorded")] == [f"recorded {path}" for path in files]


def test_record_says_that_the_disk_is_nearly_full(tmp_path: Path, no_network: None) -> None:
    """Before the camera is opened, with both figures."""
    config = Config.model_validate({"camera": SMALL, "recorder": {"free_gb": 1000}})
    with pytest.raises(RecorderError, match=r"nearly full: \d+ MB are free, 1000000 MB must stay free"):
        record(config, tmp_path, False, 0.1, Stop(), print)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_really_full_disk_loses_nothing_earlier(tmp_path: Path) -> None:
    """On a disk of 400 kB that something else fills: fault is said, what was finished opens, and after room is made it goes on."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let tests mount a tmpfs")
    told: list[str] = []
    try:
        config = config_of(tmp_path, autostart=True, free_gb=0)
        service = service_of(tmp_path, told, config).start()
        assert is_in(service, "recording")
        time.sleep(0.3)
        ballast = tmp_path / "ballast"
        fill(ballast)
        assert is_in(service, "fault")
        assert "No space left" in str(service.state()["problem"])
        ballast.unlink()
        assert is_in(service, "recording")
        service.stop()
        (name,) = names(tmp_path)
        assert len(load(tmp_path / name).series.t_s) > 10
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """READY, the state and the end go to the socket, and the watchdog is fed; without systemd nothing is sent."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        service = service_of(tmp_path / "r", []).start()
        time.sleep(0.5)
        service.stop()
        heard.settimeout(0)
        lines: list[str] = []
        while not lines or lines[-1] != "STOPPING=1":
            lines += heard.recv(4096).decode().splitlines()
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify("READY=1")
    assert {"READY=1", "STATUS=idle", "WATCHDOG=1", "STOPPING=1"} <= set(lines)
    assert lines.count("WATCHDOG=1") >= 3


def test_the_watchdog_is_not_fed_when_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread feeds it: between two rounds of work nothing is sent; without systemd it has no time at all."""
    sent: list[str] = []
    monkeypatch.setattr("kiosk.notify.notify", lambda *lines: sent.extend(lines))
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    watchdog = Watchdog()
    watchdog.alive()
    time.sleep(0.3)
    fed = len(sent)
    watchdog.alive()
    monkeypatch.delenv("WATCHDOG_USEC")
    Watchdog().alive()
    assert (fed, len(sent)) == (1, 2)


def test_out_or_service_is_needed() -> None:
    """Wrong use says what to give."""
    from click.testing import CliRunner

    results = [CliRunner().invoke(record_command, args) for args in ([], ["--service", "--minutes", "1"])]
    assert [result.exit_code for result in results] == [2, 2]
    assert "--out" in results[0].output
    assert "--minutes" in results[1].output


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_is_right_and_hardened(tmp_path: Path) -> None:
    """systemd-analyze says nothing at all (an unknown key is only a warning), and the exposure is below 4."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/treadside/.venv/bin/kiosk", "/bin/true"))
    verify = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    security = ["systemd-analyze", "security", "--offline=true", "--threshold=40", str(unit)]
    exposure = subprocess.run(security, capture_output=True, text=True, check=False)
    assert (verify.returncode, verify.stdout + verify.stderr, exposure.returncode) == (0, "", 0)


def test_the_camera_protocol_is_kept_by_the_fake() -> None:
    """The unsteady camera of these tests is a camera."""
    camera: Camera = Unsteady(CameraConfig.model_validate(SMALL))
    assert camera.name.startswith("drawn runner")


def test_settings_of_the_guide_are_valid() -> None:
    """The kiosk.toml of docs/recorder.md is accepted as it stands, and names every setting of [recorder] with its default."""
    guide = (UNIT.parents[1] / "docs" / "recorder.md").read_text()
    (block,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    given = tomllib.loads(block)
    assert Config.model_validate(given).recorder == Config().recorder
    assert set(given["recorder"]) == set(type(Config().recorder).model_fields)


@pytest.mark.parametrize(
    ("free", "free_gb", "said"),
    [
        (999_999, 0.001, "0 MB are free, 1 MB must"),
        (1_200_000, 0.0014, "1 MB are free, 2 MB must"),
        (1_099_999_999, 1.1, "1099 MB are free, 1100 MB must"),
    ],
)
def test_a_full_disk_is_told_with_two_numbers_that_differ(tmp_path: Path, free: int, free_gb: float, said: str) -> None:
    """What is free is never rounded up to what must be, nor that down."""
    config = Config.model_validate({"camera": SMALL, "recorder": {"free_gb": free_gb}})
    segments = Segments(config, tmp_path, Nobody(), print, free=lambda _: free)
    full, sentence = segments.is_full, segments.full_sentence
    segments.close()
    assert full
    assert f"nearly full: {said} stay free" in sentence
