"""Machines that setup.sh install refuses, and what it installs: the settings, the parts, the packages that the guide names.

What must not go in: installing itself (test_setup_install.py).
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kiosk.config import Config
from machine import ROOT, Machine, refusal
from test_setup import STAND_IN


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Raspberry Pi where Treadside was never installed."""
    if shutil.disk_usage(tmp_path).free < 2.5e9:
        pytest.skip("less than 2.5 GB free: setup.sh would refuse")
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("fact", "value", "sentence"),
    [
        ("uid", "1000", "install changes the machine and needs root: sudo ./setup.sh install"),
        ("arch", "armhf", "this system is built for armhf, and 64 bit (arm64 or amd64) is needed: write the 64-bit Raspberry Pi OS,"),
    ],
)
def test_an_unfit_machine_is_told_in_one_sentence(machine: Machine, fact: str, value: str, sentence: str) -> None:
    """One line on stderr, exit 1, and nothing is touched."""
    machine.is_so(fact, value)

    assert sentence in refusal(machine.setup("install"))
    assert machine.files() == {}


def test_an_old_python_is_told_in_one_sentence(machine: Machine) -> None:
    """Bullseye has 3.9."""
    machine.python.write_text(STAND_IN.format(python=sys.executable, pretence="sys.version_info = (3, 9, 2)"))

    assert (
        refusal(machine.setup("install")) == "this system has Python 3.9, 3.11 to 3.13 is needed: use Raspberry Pi OS Bookworm or Trixie."
    )


def test_a_read_only_system_is_told_in_one_sentence(machine: Machine) -> None:
    """What is written into an overlay is gone after the next start; docs/power.md has the way."""
    (machine.root / "proc").mkdir()
    (machine.root / "proc/mounts").write_text("/dev/mmcblk0p2 /media/root-ro ext4 ro 0 0\noverlayroot / overlay rw 0 0\n")

    assert refusal(machine.setup("install")).startswith("this system is read only (overlay)")
    assert machine.calls("apt-get") == []


def test_too_little_space_is_told_before_anything_is_installed(machine: Machine) -> None:
    """500 MB are not enough; apt was not asked."""
    (machine.bin / "df").write_text("#!/bin/sh\necho head\necho / 1000000 500000 512000 50% /\n")
    (machine.bin / "df").chmod(0o755)

    assert "has 500 MB free and" in refusal(machine.setup("install"))
    assert machine.calls("apt-get") == []


def test_a_machine_without_systemd_is_told_in_one_sentence(machine: Machine) -> None:
    """Not a Debian with systemd: the demo is named."""
    (machine.bin / "systemctl").unlink()
    for name in ("bash", "dirname", "cat", "id"):
        if not (machine.bin / name).exists():
            (machine.bin / name).symlink_to(str(shutil.which(name)))
    environment = {"PATH": str(machine.bin), "STAND_IN": str(machine.state), "STATION_ROOT": str(machine.root)}
    command = [str(shutil.which("bash")), str(machine.clone / "setup.sh"), "install"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert refusal(answer).startswith("no systemctl here: a station needs Raspberry Pi OS or Debian")


def test_the_settings_that_are_installed_are_valid_and_keep_data_where_the_station_may_write() -> None:
    """The template is accepted as it stands, and so are its lines that are commented out."""
    text = (ROOT / "docs/kiosk.toml").read_text()
    used = Config.model_validate(tomllib.loads(text))
    written_out = "\n".join(
        line.removeprefix("#") if line.startswith("#") and not line.startswith("# ") else line for line in text.splitlines()
    )

    assert used.store.folder == "/var/lib/treadside"
    assert Config.model_validate(tomllib.loads(written_out)).panel.lamp_pin == 23


def words_of(name: str) -> list[str]:
    """The words of the first bash list of this name in setup.sh."""
    found = re.search(rf"\b{name}=\(([^)$\"]*)", (ROOT / "setup.sh").read_text())
    assert found is not None
    return found[1].split()


def test_what_is_started_and_copied_exists() -> None:
    """Each unit that a station starts stands in systemd/, and each part of the program in the project."""
    missing = [unit for unit in words_of("starts") if not (ROOT / "systemd" / unit).exists()]

    assert missing + [part for part in words_of("parts") if not (ROOT / part).exists()] == []


def test_the_guide_names_every_package() -> None:
    """Clinics without network install by docs/install.md beforehand what setup.sh would fetch."""
    guide = (ROOT / "docs/install.md").read_text()
    (beforehand,) = re.findall(r"^sudo apt install --no-install-recommends ((?:.*\\\n)*.*)", guide, re.MULTILINE)
    needed = {*words_of("wanted"), "python3-venv", "cage", "chromium", "chromium-sandbox"}

    assert set(beforehand.replace("\\", "").split()) == needed
