"""Readings of a machine made of files: what a Raspberry Pi shows, and what a machine without it shows."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.device import Clock, Throttling, clock, disk, memory, model, temperature_c, throttling, uptime_s

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CALM = Throttling(False, False, False, False)


def put(root: Path, **files: str) -> Path:
    """Files under `root`: the names with "__" for "/"."""
    for name, text in files.items():
        write(root, name.replace("__", "/"), text)
    return root


def write(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def zone(root: Path, number: int, kind: str, milli: str) -> None:
    write(root, f"sys/class/thermal/thermal_zone{number}/type", kind + "\n")
    write(root, f"sys/class/thermal/thermal_zone{number}/temp", milli + "\n")


def test_a_machine_without_anything_says_none(tmp_path: Path) -> None:
    """An empty root: every reading is None, none raises."""
    assert temperature_c(tmp_path) is None
    assert throttling(tmp_path, lambda: None) is None
    assert memory(tmp_path) is None
    assert (model(tmp_path), uptime_s(tmp_path)) == (None, None)
    assert clock(tmp_path, lambda: NOW).synchronised is None


def test_this_machine_has_memory_a_disk_and_an_uptime(tmp_path: Path) -> None:
    """The real files of Linux are read: this process is smaller than what is there, and the disk is not larger than itself."""
    found, room = memory(), disk(tmp_path)
    assert found is not None
    assert room is not None
    assert found.own_bytes is not None
    assert 10e6 < found.own_bytes < found.total_bytes
    assert 0 < found.available_bytes <= found.total_bytes
    assert 0 <= room.free_bytes <= room.total_bytes
    up_s = uptime_s()
    assert up_s is not None
    assert up_s > 1


def test_the_processor_is_preferred_to_a_hotter_part(tmp_path: Path) -> None:
    """A Pi's cpu-thermal counts although another sensor is hotter; thousandths of a degree become degrees."""
    zone(tmp_path, 0, "cpu-thermal", "61850")
    zone(tmp_path, 1, "nvme", "70000")
    assert temperature_c(tmp_path) == pytest.approx(61.85)


def test_without_a_processor_zone_the_hottest_counts_and_nonsense_does_not(tmp_path: Path) -> None:
    """A sensor that says -273 or nothing is left out."""
    zone(tmp_path, 0, "acpitz", "27800")
    zone(tmp_path, 1, "board", "40100")
    zone(tmp_path, 2, "broken", "-273000")
    zone(tmp_path, 3, "silent", "")
    assert temperature_c(tmp_path) == pytest.approx(40.1)


PLACES = (
    "sys/devices/platform/soc/soc:firmware/get_throttled",
    "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled",
)


@pytest.mark.parametrize("place", PLACES)
def test_the_bits_of_the_firmware_are_told_apart(tmp_path: Path, place: str) -> None:
    """50005: too little voltage and throttled, now and since the start; as Linux shows it, on boards of both kinds."""
    write(tmp_path, place, "50005\n")
    found = throttling(tmp_path, lambda: pytest.fail("vcgencmd is not asked where the kernel tells"))
    assert found == Throttling(True, False, True, False, True, False, True, False)


ASKED = {
    "throttled=0x0": CALM,
    "throttled=0x20000": Throttling(False, False, False, False, False, True),
    "throttled=0x8": Throttling(False, False, False, True),
    "throttled=0xe0002": Throttling(False, True, False, False, False, True, True, True),
}


@pytest.mark.parametrize(("answer", "wanted"), ASKED.items())
def test_vcgencmd_is_asked_where_the_kernel_does_not_tell(tmp_path: Path, answer: str, wanted: Throttling) -> None:
    """Its answer is the same number in other clothes."""
    assert throttling(tmp_path, lambda: answer) == wanted


@pytest.mark.parametrize("answer", ["", 'error=1 error_msg="Command not registered"', "VCHI initialization failed"])
def test_a_vcgencmd_that_fails_is_no_answer(tmp_path: Path, answer: str) -> None:
    """Words in place of a number: nothing is known, nothing is made up."""
    assert throttling(tmp_path, lambda: answer) is None


@pytest.mark.parametrize(("alarm", "wanted"), [("1", True), ("0", False)])
def test_the_voltage_alarm_alone_is_enough(tmp_path: Path, alarm: str, wanted: bool) -> None:
    """hwmon's rpi_volt says it where nothing else does; other hwmon drivers have no say."""
    put(tmp_path, sys__class__hwmon__hwmon0__name="cpu_thermal", sys__class__hwmon__hwmon0__in0_lcrit_alarm="1")
    put(tmp_path, sys__class__hwmon__hwmon2__name="rpi_volt", sys__class__hwmon__hwmon2__in0_lcrit_alarm=alarm)
    found = throttling(tmp_path, lambda: None)
    assert found is not None
    assert (found.under_voltage_now, found.slowed_now) == (wanted, False)


def test_slowed_says_any_of_three() -> None:
    """Capped, throttled and the soft limit all make it slow; a weak supply alone does not."""
    slow = [Throttling(False, *(place == i for i in range(3))) for place in range(3)]
    assert all(one.slowed_now for one in slow)
    assert not Throttling(True, False, False, False).slowed_now


def test_memory_is_read_from_kilobytes(tmp_path: Path) -> None:
    """Known numbers in, bytes out; lines of other kinds are left out."""
    put(tmp_path, proc__meminfo="MemTotal:  8000 kB\nMemFree: 1 kB\nMemAvailable:  2000 kB\nHugePages_Total:  0\n")
    put(tmp_path, proc__self__status="Name:\tkiosk\nVmRSS:\t  300 kB\n")
    found = memory(tmp_path)
    assert found is not None
    assert (found.total_bytes, found.available_bytes, found.own_bytes) == (8_192_000, 2_048_000, 307_200)


def test_the_disk_of_a_folder_that_is_not_there_yet_is_that_above(tmp_path: Path) -> None:
    """Before the first session the folder does not exist: the disk it will be on does."""
    there, later = disk(tmp_path), disk(tmp_path / "a" / "b")
    assert there is not None
    assert later is not None
    assert later.total_bytes == there.total_bytes == os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize


def test_the_model_has_no_nul_at_its_end(tmp_path: Path) -> None:
    """The device tree's strings end in a NUL."""
    put(tmp_path, **{"proc__device-tree__model": "Raspberry Pi 5 Model B Rev 1.0\0", "proc__uptime": "4242.17 8000.00\n"})
    assert (model(tmp_path), uptime_s(tmp_path)) == ("Raspberry Pi 5 Model B Rev 1.0", 4242.17)


def test_a_clock_that_a_time_server_set_is_trusted(tmp_path: Path) -> None:
    """systemd-timesyncd made its mark."""
    put(tmp_path, run__systemd__timesync__synchronized="")
    assert clock(tmp_path, lambda: NOW) == Clock(NOW, True, True, False)
    assert clock(tmp_path, lambda: NOW).trusted


def test_a_clock_that_waits_for_a_time_server_is_trusted_only_with_a_clock_of_the_board(tmp_path: Path) -> None:
    """No mark yet: the time may be that of the last shutdown, unless the board keeps its own."""
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    assert not clock(tmp_path, lambda: NOW).trusted
    (tmp_path / "sys/class/rtc/rtc0").mkdir(parents=True)
    assert clock(tmp_path, lambda: NOW).trusted


@pytest.mark.parametrize("year", [1970, 2024, 2100, 2106])
def test_a_year_that_cannot_be_is_not_plausible(tmp_path: Path, year: int) -> None:
    """Neither 1970 nor the end of 32-bit time is believed, whoever set it."""
    put(tmp_path, run__systemd__timesync__synchronized="")
    found = clock(tmp_path, lambda: datetime(year, 2, 7, tzinfo=UTC))
    assert (found.plausible, found.trusted) == (False, False)
