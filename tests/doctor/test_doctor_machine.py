"""The doctor's checks of the device, its services, the network and what can be switched on, on a made-up machine."""

import importlib.util
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.config import ClinicConfig, Config, SessionConfig, SoundConfig, StoreConfig, TreadmillConfig, WebConfig
from kiosk.doctor import machine_rows, service_rows
from kiosk.doctor.case import Case, Machine, Running
from kiosk.health import Level
from kiosk.web.tls import DAYS, certificate
from kiosk.words import Phrase

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def put(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def case(root: Path, says: str | None = None, config: Config | None = None, now: datetime = NOW, **running: Any) -> Case:
    """A machine with these files, whose programs all say this."""
    machine = Machine(root, lambda words: says, lambda: now)
    return Case(config or Config(), machine=machine, running=Running(**running))


@pytest.mark.parametrize(("free_mb", "level"), [(800, Level.OK), (120, Level.NOTE), (30, Level.WRONG)])
def test_memory_is_judged_by_what_can_be_had(tmp_path: Path, free_mb: int, level: Level) -> None:
    """Enough, little, nothing; and a machine that does not tell."""
    assert machine_rows.memory(case(tmp_path)).level is Level.ABSENT
    put(tmp_path, "proc/meminfo", f"MemTotal:  1953125 kB\nMemAvailable:  {free_mb * 10**6 // 1024} kB\n")
    check = machine_rows.memory(case(tmp_path))
    assert (check.level, check.value) == (level, pytest.approx(free_mb, abs=1))


@pytest.mark.parametrize(("celsius", "level"), [(52, Level.OK), (76, Level.NOTE), (83, Level.WRONG)])
def test_heat_is_judged(tmp_path: Path, celsius: int, level: Level) -> None:
    """From 80 degrees on a Pi slows itself down."""
    assert machine_rows.temperature(case(tmp_path)).level is Level.ABSENT
    put(tmp_path, "sys/class/thermal/thermal_zone0/type", "cpu-thermal\n")
    put(tmp_path, "sys/class/thermal/thermal_zone0/temp", f"{celsius}000\n")
    check = machine_rows.temperature(case(tmp_path))
    assert (check.level, check.value) == (level, celsius)


THROTTLED = {
    "nothing": ("0x0", Level.OK, "enough"),
    "too weak now": ("0x50005", Level.WRONG, "too weak now"),
    "hot now": ("0x20002", Level.WRONG, "hot"),
    "too weak before": ("0x50000", Level.NOTE, "too weak at least once"),
    "hot before": ("0x80000", Level.NOTE, "heat at least once"),
}


@pytest.mark.parametrize(("bits", "level", "word"), THROTTLED.values(), ids=THROTTLED)
def test_power_and_throttling_are_told_apart(tmp_path: Path, bits: str, level: Level, word: str) -> None:
    """What vcgencmd says, now and since the start; nothing on a machine that is no Pi."""
    check = machine_rows.power(case(tmp_path, f"throttled={bits}"))
    assert (check.level, word in check.found) == (level, True)
    assert machine_rows.power(case(tmp_path)).level is Level.ABSENT


def test_the_clock_is_judged_by_its_year_and_by_whether_anybody_set_it(tmp_path: Path) -> None:
    """1970 is wrong; a plausible time that nobody set is worth a look; with a time server it is fine."""
    assert machine_rows.clock(case(tmp_path, now=datetime(1970, 1, 1, tzinfo=UTC))).level is Level.WRONG
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    assert machine_rows.clock(case(tmp_path)).level is Level.NOTE
    put(tmp_path, "run/systemd/timesync/synchronized", "")
    assert machine_rows.clock(case(tmp_path)).level is Level.OK


STATES = {
    "answers": Level.OK,
    "recorder": Level.NOTE,
    "none": Level.ABSENT,
    "holder": Level.NOTE,
    "silent": Level.WRONG,
    "stranger": Level.WRONG,
    "waits": Level.WRONG,
}


@pytest.mark.parametrize(("state", "level"), STATES.items())
def test_who_is_at_the_port_is_told(tmp_path: Path, state: str, level: Level) -> None:
    """The station, nobody, somebody else, somebody who hangs."""
    assert service_rows.station(case(tmp_path, state=state)).level is level


def test_an_installed_station_that_does_not_run_is_worth_a_look(tmp_path: Path) -> None:
    """With how to start it."""
    put(tmp_path, "etc/systemd/system/kiosk.service", "")
    check = service_rows.station(case(tmp_path))
    assert (check.level, "systemctl start kiosk" in check.advice) == (Level.NOTE, True)


def unit(
    name: str, active: str = "active", enabled: str = "enabled", restarts: int = 0, load: str = "loaded", result: str = "success"
) -> str:
    return f"Id={name}\nLoadState={load}\nActiveState={active}\nUnitFileState={enabled}\nNRestarts={restarts}\nResult={result}\n"


UNITS = {
    "all well": (unit("kiosk.service"), Level.OK),
    "failed": (unit("kiosk.service", "failed", result="exit-code"), Level.WRONG),
    "killed by the watchdog": (unit("kiosk.service", "activating", result="watchdog"), Level.WRONG),
    "not enabled": (unit("kiosk.service", enabled="disabled"), Level.NOTE),
    "ended by itself five times": (unit("kiosk.service", restarts=5), Level.NOTE),
    "no screen wanted": (unit("kiosk-screen.service", "inactive", "disabled"), Level.OK),
    "not installed": (unit("kiosk.service", "inactive", "", load="not-found"), Level.ABSENT),
}


@pytest.mark.parametrize(("told", "level"), UNITS.values(), ids=UNITS)
def test_what_systemd_says_of_a_unit_is_judged(tmp_path: Path, told: str, level: Level) -> None:
    """One unit in each state, beside one that is not there."""
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    gone = unit("kiosk-recorder.service", "inactive", "", load="not-found")
    (check,) = service_rows.units(case(tmp_path, f"{told}\n{gone}"))
    assert check.level is level


@pytest.mark.parametrize(
    ("state", "since_h", "level"),
    [("active", 77, Level.NOTE), ("active", 75.9, Level.OK), ("activating", 10, Level.NOTE)],
    ids=["23 h ago", "a day ago", "just now"],
)
def test_the_note_of_restarts_goes_after_a_quiet_day(tmp_path: Path, state: str, since_h: float, level: Level) -> None:
    """On a device that has run for 100 hours; the count stays."""
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    put(tmp_path, "proc/uptime", f"{100 * 3600:.2f} 1.00")
    told = unit("kiosk.service", state, restarts=3) + f"ActiveEnterTimestampMonotonic={since_h * 3600e6:.0f}\n"
    (check,) = service_rows.units(case(tmp_path, told))
    assert (check.level, "restarted 3 times" in check.found) == (level, True)


def test_without_systemd_there_are_no_units(tmp_path: Path) -> None:
    """And a systemd that does not answer is said."""
    assert service_rows.units(case(tmp_path))[0].level is Level.ABSENT
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    assert service_rows.units(case(tmp_path))[0].level is Level.NOTE


@pytest.mark.parametrize(
    ("screens", "unit_is", "level"),
    [(1, None, Level.OK), (0, "active\n", Level.WRONG), (0, "inactive\n", Level.NOTE), (None, None, Level.ABSENT)],
)
def test_a_screen_that_should_be_there_and_is_not_is_wrong(tmp_path: Path, screens: int | None, unit_is: str | None, level: Level) -> None:
    """With its unit running; without it a person may open a browser."""
    assert service_rows.screen(case(tmp_path, unit_is, state="answers", screens=screens)).level is level


def test_the_network_is_told_by_its_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed, open to all, for phones, for phones without a network."""

    def level(**web: Any) -> Level:
        return service_rows.network(case(tmp_path, config=Config(web=WebConfig(**web)))).level

    assert (level(), level(host="192.168.1.5")) == (Level.ABSENT, Level.NOTE)
    monkeypatch.setattr("kiosk.web.link.lan_address", lambda: "192.168.1.5")
    assert level(lan=True) is Level.OK
    monkeypatch.setattr("kiosk.web.link.lan_address", lambda: None)
    assert level(lan=True) is Level.WRONG


@pytest.mark.parametrize(("days", "level"), [(10, Level.OK), (DAYS - 20, Level.NOTE)])
def test_the_certificate_of_the_clinic_has_an_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, level: Level) -> None:
    """A month before its end somebody should know."""
    monkeypatch.setattr("kiosk.web.link.lan_address", lambda: "192.168.1.5")
    certificate(tmp_path, "192.168.1.5")
    config = Config(web=WebConfig(lan=True), clinic=ClinicConfig(enabled=True), store=StoreConfig(folder=str(tmp_path)))
    check = service_rows.network(case(tmp_path, config=config, now=datetime.now(UTC) + timedelta(days=days)))
    assert (check.level, check.value) == (level, pytest.approx(DAYS - days, abs=0.01))


def test_a_treadmill_that_is_named_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not named; named without a radio, with one, without the library; as the running station hears it."""
    config = Config(treadmill=TreadmillConfig(bluetooth="Belt 3"))
    assert service_rows.bluetooth(case(tmp_path)).level is Level.ABSENT
    assert service_rows.bluetooth(case(tmp_path, config=config)).level is Level.WRONG
    (tmp_path / "sys/class/bluetooth/hci0").mkdir(parents=True)
    assert service_rows.bluetooth(case(tmp_path, config=config)).level is Level.OK
    deaf = {"treadmill": Phrase("Looking for it.")}
    assert service_rows.bluetooth(case(tmp_path, config=config, state="answers", notices=deaf)).found == "Looking for it."
    assert service_rows.bluetooth(case(tmp_path, config=config, state="answers")).level is Level.OK
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "bleak" in service_rows.bluetooth(case(tmp_path, config=config)).found


def test_a_microphone_that_is_wanted_is_looked_for(tmp_path: Path) -> None:
    """Off; none; another one than the one that is named; the right one; as the running station hears it."""
    assert service_rows.microphone(case(tmp_path)).level is Level.ABSENT
    config = Config(sound=SoundConfig(enabled=True, device="usb mic"))
    assert service_rows.microphone(case(tmp_path, config=config)).found == "No microphone is plugged in."
    put(tmp_path, "proc/asound/card1/pcm0c/info", "")
    put(tmp_path, "proc/asound/cards", " 1 [Device ]: USB-Audio - Webcam\n")
    assert service_rows.microphone(case(tmp_path, config=config)).found == "No microphone is called “usb mic”."
    put(tmp_path, "proc/asound/cards", " 1 [Device ]: USB-Audio - USB Mic Pro\n")
    assert service_rows.microphone(case(tmp_path, config=config)).level is Level.OK
    silent = {"microphone": "It is silent."}
    assert service_rows.microphone(case(tmp_path, config=config, state="answers", notices=silent)).level is Level.NOTE


def test_a_voice_that_is_wanted_needs_its_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed is fine; missing is wrong where cues are to be spoken, else no fault."""
    speaks = Config(session=SessionConfig(voice=True))
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/espeak-ng")
    assert service_rows.voice(case(tmp_path, config=speaks)).level is Level.OK
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert service_rows.voice(case(tmp_path, config=speaks)).level is Level.WRONG
    assert service_rows.voice(case(tmp_path)).level is Level.ABSENT
    assert service_rows.voice(case(tmp_path, state="answers", notices={"voice": "No loudspeaker."})).level is Level.NOTE
