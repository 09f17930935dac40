"""The units of systemd/ are right, hardened, and what they say of `kiosk run` is what it does: READY, WATCHDOG, STATUS, STOPPING."""

import itertools
import json
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk import app as app_module
from kiosk.app import App
from kiosk.camera import CameraError
from kiosk.config import CameraConfig, ClinicConfig, Config
from kiosk.domain import Frame
from kiosk.notify import Unit
from kiosk.threads import Stop, monotonic_s

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "systemd"
SERVICES = ("kiosk.service", "kiosk-recorder.service", "kiosk-daily.service")
LONG_RUNNING = SERVICES[:2]
OURS = (*SERVICES, "kiosk-daily.timer")
MOST_EXPOSURE = 20
"""In tenths, as systemd-analyze takes it: the issue allows 2.0."""

analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def settings(unit: str) -> dict[str, list[str]]:
    """Every setting of a unit with its values, in order."""
    found: dict[str, list[str]] = {}
    for line in (FOLDER / unit).read_text().splitlines():
        name, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def stand_ins(folder: Path) -> Path:
    """All units, with programs in the place of /opt/treadside that this machine has."""
    for path in FOLDER.iterdir():
        text = re.sub(r"^(Exec\w+=[-+!]*)\S+", r"\1/bin/true", path.read_text(), flags=re.MULTILINE)
        (folder / path.name).write_text(text)
    return folder


@analyze
def test_systemd_has_nothing_to_say(tmp_path: Path) -> None:
    """All units of the folder, also those of other rooms, without one word: an unknown key is only a warning, and exit code 0."""
    folder = stand_ins(tmp_path)
    units = sorted(str(path) for path in folder.iterdir() if path.suffix in (".service", ".timer", ".socket", ".path", ".target"))
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert set(map("{}".format, OURS)) <= {Path(unit).name for unit in units}
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@analyze
def test_an_unknown_key_would_be_seen(tmp_path: Path) -> None:
    """The check above is no empty one: a misspelt setting makes systemd speak."""
    folder = stand_ins(tmp_path)
    unit = folder / "kiosk.service"
    unit.write_text(unit.read_text().replace("ProtectHome=", "ProtectHom="))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert "ProtectHom" in done.stdout + done.stderr


@analyze
@pytest.mark.parametrize("unit", SERVICES)
def test_the_exposure_is_at_most_two(unit: str, tmp_path: Path) -> None:
    """Also with the drop-in for the local network, as `systemd-analyze security` counts."""
    whole = tmp_path / unit
    whole.write_text((FOLDER / unit).read_text() + (FOLDER / "lan.conf").read_text())
    for path in (FOLDER / unit, whole):
        command = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-200:] + done.stderr


@pytest.mark.parametrize("unit", LONG_RUNNING)
def test_a_service_heals_itself(unit: str) -> None:
    """systemd is told by the program, starts it again for ever and within a second, and has a watchdog."""
    given = settings(unit)
    assert (given["Type"], given["NotifyAccess"], given["Restart"]) == (["notify"], ["main"], ["always"])
    assert given["StartLimitIntervalSec"] == ["0"]
    assert given["RestartSec"] == ["500ms"]
    assert given["WatchdogSec"] == {"kiosk.service": ["30"], "kiosk-recorder.service": ["60"]}[unit]


@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_is_nobody_special(unit: str) -> None:
    """The user kiosk, whose groups are its own (one that does not exist would keep the service down), no privilege, no core files."""
    given = settings(unit)
    assert (given["User"], given["CapabilityBoundingSet"], given["NoNewPrivileges"]) == (["kiosk"], [""], ["yes"])
    assert not {"SupplementaryGroups", "Group", "AmbientCapabilities"} & set(given)
    assert (given["LimitCORE"], given["UMask"], given["StateDirectoryMode"]) == (["0"], ["0077"], ["0700"])
    assert "/var/lib/treadside" in given["RequiresMountsFor"][0]
    assert given["ExecStart"][0].startswith("/opt/treadside/.venv/bin/kiosk ")
    assert given["ExecStart"][0].endswith("--config /etc/treadside/kiosk.toml") or unit == "kiosk-recorder.service"
    assert given["SystemCallErrorNumber"] == ["EPERM"]


def test_the_daily_run_leaves_the_station_alone() -> None:
    """It removes neither the station's runtime folder nor the shared memory of its user when it ends, and has no network and no device."""
    given = settings("kiosk-daily.service")
    assert not {"RuntimeDirectory", "RemoveIPC"} & set(given)
    assert (given["PrivateNetwork"], given["PrivateDevices"]) == (["yes"], ["yes"])
    assert settings("kiosk-daily.timer")["Persistent"] == ["true"]


@pytest.mark.parametrize("unit", LONG_RUNNING)
def test_what_the_camera_needs_is_not_taken_away(unit: str) -> None:
    """Directives that hide cameras, the files that gpiozero reads, or break ctypes."""
    given = settings(unit)
    assert not {"PrivateDevices", "ProcSubset", "MemoryDenyWriteExecute", "PrivateUsers", "PrivateNetwork"} & set(given)
    allowed = set(given["DeviceAllow"])
    assert {f"char-{name} rw" for name in ("video4linux", "media", "dma_heap", "gpiochip", "vcio")} <= allowed
    assert ("char-alsa rw" in allowed) == (unit == "kiosk.service")
    assert "AF_UNIX" in given["RestrictAddressFamilies"][0]


def test_sticks_that_were_in_before_the_start_can_be_written() -> None:
    """All that is mounted at the start becomes read-only but what is named; the default folders for sticks are."""
    given = settings("kiosk.service")
    assert given["ProtectSystem"] == ["strict"]
    assert {f"-{folder}" for folder in ClinicConfig().stick_folders} <= set(given["ReadWritePaths"][0].split())


def test_one_camera_has_one_owner() -> None:
    """The two services end each other, in an order: what the one leaves in /run is not taken from the other."""
    station, recorder = map(settings, LONG_RUNNING)
    assert station["Conflicts"] == ["kiosk-recorder.service"]
    assert recorder["Conflicts"] == ["kiosk.service"]
    assert "kiosk.service" in recorder["After"][0].split()


def test_nothing_is_bound_to_the_station() -> None:
    """No unit of the folder Requires= or BindsTo= another one: a restart of the station must not take the screen down."""
    for path in FOLDER.iterdir():
        given = settings(path.name)
        assert not {"Requires", "BindsTo", "PartOf", "Requisite"} & set(given), path.name


def test_the_drop_in_only_opens_private_networks() -> None:
    """The local network may come in; the deny of all else stays."""
    given = settings("lan.conf")
    assert list(given) == ["IPAddressAllow"]
    assert "any" not in given["IPAddressAllow"][0]
    assert len(given["IPAddressAllow"][0].split()) == 6


@analyze
def test_the_page_tells_the_exposure() -> None:
    """The table of docs/services.md has the figures that systemd-analyze gives, for every service of ours."""
    told = dict(re.findall(r"^\| (kiosk\S*\.service).*?\| (\d\.\d) \|$", (ROOT / "docs" / "services.md").read_text(), re.MULTILINE))
    command = ["systemd-analyze", "security", "--offline=true"]
    counted = {}
    for unit in SERVICES:
        done = subprocess.run([*command, str(FOLDER / unit)], capture_output=True, text=True, check=False)
        counted[unit] = re.findall(r"exposure level for \S+: (\d\.\d)", done.stdout)[0]
    assert told == counted


# ---- the polkit rule ------------------------------------------------------------------------------------------------

HARNESS = """
var rules = [], polkit = {addRule: function (rule) { rules.push(rule); }, Result: {YES: "yes", NOT_HANDLED: null}};
%s
var asked = %s;
console.log(JSON.stringify(asked.map(function (ask) {
    var action = {id: ask.action, lookup: function (name) { return ask.details[name]; }};
    return rules[0](action, {user: ask.user});
})));
"""
POWER_OFF = "org.freedesktop.login1.power-off"
UNMOUNT = "org.freedesktop.udisks2.filesystem-unmount-others"
USB = {"drive.removable.bus": "usb", "drive.removable": "true"}
CARD = {"drive.removable.bus": "sdio", "drive.removable": "true"}


def answers(*asked: tuple[str, str, Mapping[str, str]]) -> list[str | None]:
    """What the rule says to (user, action, details)."""
    rows = json.dumps([{"user": user, "action": action, "details": details} for user, action, details in asked])
    script = HARNESS % ((FOLDER / "50-treadside.rules").read_text(), rows)
    found: list[str | None] = json.loads(subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True).stdout)
    return found


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: it plays polkit here")
def test_the_rule_allows_power_off_and_sticks_and_nothing_else() -> None:
    """The service's user may switch off and release a USB stick; nobody else may by this rule, and it may nothing more."""
    yes = answers(("kiosk", POWER_OFF, {}), ("kiosk", f"{POWER_OFF}-multiple-sessions", {}), ("kiosk", UNMOUNT, USB))
    no = answers(
        ("pi", POWER_OFF, {}),
        ("pi", UNMOUNT, USB),
        ("kiosk", f"{POWER_OFF}-ignore-inhibit", {}),
        ("kiosk", "org.freedesktop.login1.reboot", {}),
        ("kiosk", UNMOUNT, CARD),
        ("kiosk", UNMOUNT, {}),
        ("kiosk", "org.freedesktop.udisks2.filesystem-mount-system", USB),
        ("kiosk", "org.freedesktop.udisks2.modify-device", USB),
        ("kiosk", "org.freedesktop.systemd1.manage-units", {}),
        ("kiosk", "org.freedesktop.policykit.exec", {}),
    )
    assert (yes, no) == (["yes"] * 3, [None] * 10)


def test_the_rule_is_for_old_engines() -> None:
    """Bookworm's polkit has an engine of ECMAScript 5: no let, const, arrows or template strings."""
    code = re.sub(r"//.*", "", (FOLDER / "50-treadside.rules").read_text())
    assert not re.search(r"\b(let|const|class|includes)\b|=>|`", code)


# ---- what the process says ------------------------------------------------------------------------------------------


@dataclass
class Heard:
    """A socket that plays systemd, and what came, with the time of its coming."""

    socket: socket.socket
    lines: list[tuple[float, str]] = field(default_factory=list)

    def more(self, seconds: float, until: str = "\0") -> bool:
        """Listen for so long, or until a line begins like this; True when it came."""
        end_s = monotonic_s() + seconds
        while (left_s := end_s - monotonic_s()) > 0:
            self.socket.settimeout(left_s)
            with suppress(TimeoutError):
                new = [(monotonic_s(), line) for line in self.socket.recv(4096).decode().splitlines()]
                self.lines += new
                if any(line.startswith(until) for _, line in new):
                    return True
        return False

    def count(self, line: str) -> int:
        """How often this line came."""
        return sum(said == line for _, said in self.lines)


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """A watchdog of 0.8 s, so fed every 0.2 s by whoever feeds it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "800000")
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        yield Heard(listening)


def clip_of(folder: Path, seconds: float) -> Path:
    """A clip of an empty room."""
    path = folder / "room.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 15.0, (320, 240))
    for _ in range(int(15 * seconds)):
        writer.write(np.full((240, 320, 3), 90, np.uint8))
    writer.release()
    return path


def test_a_real_station_tells_systemd(heard: Heard, tmp_path: Path) -> None:
    """READY when the page answers; fed while there are frames, no more after the clip has ended; STOPPING at SIGTERM, and exit code 0."""
    command = [sys.executable, "-m", "kiosk", "run", "--port", "0", "--video", str(clip_of(tmp_path, 2.5))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    try:
        assert heard.more(60, "READY=1")
        (url,) = re.findall(r"http://\S+", next(line for _, line in heard.lines if line.startswith("STATUS=serving")))
        with urllib.request.urlopen(url, timeout=5) as page:
            status = page.status
        heard.more(1.5)
        fed = heard.count("WATCHDOG=1")
        heard.more(2)  # the clip ends
        ended = heard.count("WATCHDOG=1")
        heard.more(1)
        process.terminate()
        stopping = heard.more(10, "STOPPING=1")
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert (status, stopping, process.returncode) == (200, True, 0), out
    assert fed >= 3
    assert heard.count("WATCHDOG=1") == ended
    assert any(line.startswith("STATUS=idle") for _, line in heard.lines)


class Device:
    """A camera that gives three frames, then does what the test asks for."""

    name, ended, warnings = "device", False, ()

    def __init__(self, fault: str) -> None:
        self._fault, self._starts, self._given, self.never = fault, 0, itertools.count(), Stop()

    def start(self) -> None:
        """Open; refused or without an answer from the second time on, where that is the fault."""
        self._starts += 1
        if self._starts > 1 and self._fault == "refuses":
            raise CameraError("No camera found.")
        if self._starts > 1 and self._fault == "hangs":
            self.never.wait(60)

    def read(self, timeout_s: float) -> Frame | None:
        """A frame, or lost."""
        self.never.wait(0.02)
        if self._fault == "none" or next(self._given) < 3:
            return Frame(monotonic_s(), np.full((240, 320, 3), 90, np.uint8))
        raise CameraError("The camera was lost.")

    def stop(self) -> None:
        """Close."""


FAULTS = {
    "none": True,
    "refuses": True,
    "opens, no frames": False,
    "hangs": False,
    "network hangs": False,
}
"""What happens -> the watchdog is fed."""


@pytest.mark.parametrize("fault", FAULTS)
def test_who_feeds_the_watchdog(fault: str, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames do, and a camera that says that it is not there; one that says nothing, or frames that nobody gets through, do not."""
    device = Device("none" if fault == "network hangs" else fault)
    monkeypatch.setattr(app_module, "open_camera", lambda config: device)
    monkeypatch.setattr("kiosk.filming.RETRY_S", 0.05)
    config = Config.model_validate({"web": {"port": 0}, "panel": {"enabled": False}, "camera": CameraConfig(kind="synthetic").model_dump()})
    app = App(config).start()
    try:
        assert heard.more(10, "READY=1")
        heard.more(0.5)
        if fault == "network hangs":
            monkeypatch.setattr(app.finder, "infer", lambda prepared: device.never.wait(60))
        heard.more(1.0)  # until the answers that were on their way are through, also on a loaded machine
        before = heard.count("WATCHDOG=1")
        heard.more(1.0)
        fed = heard.count("WATCHDOG=1") - before
    finally:
        device.never.set()
        with suppress(TypeError):  # the hanging network gives no answer in the end
            app.raise_crash()
        app.stop()
    assert (fed >= 3) if FAULTS[fault] else (fed == 0)


def test_an_old_answer_feeds_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer counts once: rounds without frames after it, and rounds before any, do not feed."""
    sent: list[str] = []
    monkeypatch.setattr("kiosk.notify.notify", lambda *lines: sent.extend(lines))
    monkeypatch.setenv("WATCHDOG_USEC", "4")
    unit = Unit()
    unit.no_frame()
    unit.camera_answered()
    for _ in range(3):
        unit.no_frame()
    unit.status("two\nlines")
    unit.status("two\nlines")
    assert sent == ["WATCHDOG=1", "STATUS=two lines"]
