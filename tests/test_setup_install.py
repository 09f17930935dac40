"""setup.sh install and uninstall on a machine of stand-ins (tests/machine.py).

What must not go in: anything that needs a network or root; whole installs are tried by tests/install_chroot.sh.
"""

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from machine import LOADED, ROOT, Machine, refusal


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Raspberry Pi where Treadside was never installed."""
    if shutil.disk_usage(tmp_path).free < 2.5e9:
        pytest.skip("less than 2.5 GB free: setup.sh would refuse")
    return Machine(tmp_path)


def test_install_puts_everything_in_place(machine: Machine) -> None:
    """Program without tests, settings and data of kiosk, units and rule by their suffix, and what a station starts is enabled."""
    answer = machine.setup("install")
    root = machine.root

    assert answer.returncode == 0, answer.stderr
    assert (root / "opt/treadside/.venv/bin/kiosk").exists()
    assert (root / "opt/treadside/kiosk/__init__.py").exists()
    assert not (root / "opt/treadside/tests").exists()
    assert oct((root / "var/lib/treadside").stat().st_mode)[-3:] == "700"
    assert (root / "etc/polkit-1/rules.d/50-treadside.rules").read_text() == "// polkit\n"
    assert (root / "etc/systemd/system/kiosk-daily.timer").exists()
    assert machine.enabled() == {"kiosk.service", "kiosk-screen.service", "kiosk-daily.timer"}
    assert LOADED in answer.stdout


def test_a_new_user_gets_the_groups_that_exist(machine: Machine) -> None:
    """Of the six groups only video and gpio are known here."""
    machine.setup("install")

    assert [call.split()[-2] for call in machine.calls("usermod")] == ["video", "gpio"]
    assert [call.split()[-1] for call in machine.calls("useradd")] == ["kiosk", "kiosk-screen"]


def test_a_second_install_changes_nothing(machine: Machine) -> None:
    """Same files, no pip, no apt, no user, no unit touched; only the check that all loads together runs again."""
    machine.runs_systemd()
    machine.is_so("known-groups", "")
    machine.is_so("archive", "")
    lists = machine.root / "var/lib/apt/lists"
    lists.mkdir(parents=True)
    (lists / "x_Packages").touch()
    machine.setup("install")
    before = machine.files()
    machine.forget_calls()

    answer = machine.setup("install")

    assert machine.files() == before
    assert not (machine.state / "pip.txt").exists()
    assert machine.calls("apt-get", "useradd", "usermod", "systemctl") == []
    assert len(machine.calls("load")) == 1
    assert "nothing to change" in answer.stdout


def test_an_upgrade_swaps_the_program_and_keeps_settings_and_data(machine: Machine) -> None:
    """New files, a new unit, an old one gone, one tree left; kiosk.toml and data as they were; what runs is restarted."""
    machine.runs_systemd()
    machine.setup("install")
    (machine.root / "etc/treadside/kiosk.toml").write_text("# mine\n")
    (machine.root / "var/lib/treadside/sessions.sqlite3").write_text("runs")
    (machine.clone / "systemd/kiosk-daily.service").rename(machine.clone / "systemd/kiosk-weekly.service")
    (machine.clone / "kiosk/new.py").write_text("")
    machine.forget_calls()

    machine.setup("install")
    units = machine.root / "etc/systemd/system"

    assert (machine.root / "opt/treadside/kiosk/new.py").exists()
    assert ((units / "kiosk-weekly.service").exists(), (units / "kiosk-daily.service").exists()) == (True, False)
    assert len(list((machine.root / "opt/treadside.d").iterdir())) == 1
    assert (machine.root / "etc/treadside/kiosk.toml").read_text() == "# mine\n"
    assert (machine.root / "var/lib/treadside/sessions.sqlite3").read_text() == "runs"
    assert "systemctl restart kiosk.service" in machine.calls("systemctl")


def test_an_upgrade_of_the_program_alone_takes_the_packages_over(machine: Machine) -> None:
    """pip installs only Treadside itself, and scripts name the new tree; with other packages .venv is made anew."""
    machine.setup("install")
    script = machine.root / "opt/treadside/.venv/bin/flask"
    script.write_text(f"#!{script.resolve().parent}/python\n")
    (script.parents[1] / "pyvenv.cfg").write_text(f"command = python -m venv {script.resolve().parents[1]}\n")
    (machine.clone / "kiosk/new.py").write_text("")
    machine.forget_calls()
    machine.setup("install")
    alone = (machine.state / "pip.txt").read_text().splitlines()
    shebang, wanted = script.read_text(), f"#!{(machine.root / 'opt/treadside').resolve()}/.venv/bin/python\n"
    with (machine.clone / "locks/station.txt").open("a") as locks:
        locks.write("# changed\n")
    machine.forget_calls()
    machine.setup("install")

    assert [call.split()[-2:] for call in alone] == [["--editable", "."]]
    assert shebang == wanted
    assert not script.exists()
    assert len((machine.state / "pip.txt").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("fact", "sentence"), [("fails", "could not install"), ("does-not-load", "do not load together: ValueError: numpy")]
)
def test_a_failed_upgrade_leaves_the_station_that_was_there(machine: Machine, fact: str, sentence: str) -> None:
    """pip fails, or numpy does not fit apt's camera: one sentence, the old tree alone is there and linked; the next run mends it."""
    machine.setup("install")
    before = {name: file for name, file in machine.files().items() if name.startswith("opt/")}
    (machine.clone / "kiosk/new.py").write_text("")
    machine.is_so(fact)
    failed = machine.setup("install")
    after = {name: file for name, file in machine.files().items() if name.startswith("opt/")}
    (machine.state / fact).unlink()
    machine.setup("install")

    assert sentence in refusal(failed)
    assert after == before
    assert (machine.root / "opt/treadside/kiosk/new.py").exists()


def test_before_an_upgrade_the_database_is_copied(machine: Machine) -> None:
    """By the program that is there, before the new one can change its form; where that fails it is said, and goes on."""
    machine.setup("install")
    first = (machine.root / "var/log/treadside-install.log").read_text()
    (machine.clone / "kiosk/new.py").write_text("")
    machine.setup("install")
    log = (machine.root / "var/log/treadside-install.log").read_text()
    (machine.root / "opt/treadside/.venv/bin/kiosk").write_text("#!/bin/sh\necho no room for a copy\nexit 1\n")
    (machine.clone / "kiosk/newer.py").write_text("")
    answer = machine.setup("install")

    assert ("upkeep" in first, f"kiosk upkeep --config {machine.root}/etc/treadside/kiosk.toml" in log) == (False, True)
    assert "Note: the database was not copied before the upgrade (no room for a copy)" in answer.stdout.splitlines()
    assert (machine.root / "opt/treadside/kiosk/newer.py").exists()


def test_what_a_power_cut_left_is_removed(machine: Machine) -> None:
    """A half-made tree beside the one in use goes with the next run."""
    machine.setup("install")
    (machine.root / "opt/treadside.d/20260101-abcdef/kiosk").mkdir(parents=True)

    machine.setup("install")

    assert len(list((machine.root / "opt/treadside.d").iterdir())) == 1


def test_what_was_broken_off_before_the_restart_is_restarted(machine: Machine) -> None:
    """The new program is linked but the old one still runs: the next install restarts it, and the one after that does not."""
    machine.runs_systemd()
    machine.setup("install")
    (machine.root / "opt/treadside/unfinished").touch()
    machine.forget_calls()
    machine.setup("install")
    restarts = machine.calls("systemctl")
    machine.forget_calls()
    machine.setup("install")

    assert "systemctl restart kiosk.service" in restarts
    assert machine.calls("systemctl") == []


def test_a_damaged_program_is_made_again(machine: Machine) -> None:
    """A file of the program differs from the project's: a new tree."""
    machine.setup("install")
    (machine.root / "opt/treadside/kiosk/__init__.py").write_text("\0\0")

    machine.setup("install")

    assert (machine.root / "opt/treadside/kiosk/__init__.py").read_text() == (ROOT / "kiosk/__init__.py").read_text()


def test_a_station_that_no_longer_loads_is_made_again(machine: Machine) -> None:
    """apt changed numpy under it: the same version is installed anew, and says so when that does not help."""
    machine.setup("install")
    machine.is_so("does-not-load")

    answer = machine.setup("install")

    assert "Nothing in use was touched" in refusal(answer)


def test_a_folder_at_opt_treadside_that_is_not_ours_is_moved_aside(machine: Machine) -> None:
    """Somebody's own clone is kept under another name."""
    (machine.root / "opt/treadside").mkdir()
    (machine.root / "opt/treadside/mine").write_text("kept")

    answer = machine.setup("install")

    assert (machine.root / "opt/treadside.before/mine").read_text() == "kept"
    assert "Note: /opt/treadside was there" in answer.stdout


def test_the_recorder_takes_the_place_of_the_station_and_stays(machine: Machine) -> None:
    """--recorder enables the recorder and disables the rest; the next install without options keeps it so; --station goes back."""
    machine.setup("install")
    machine.setup("install", "--recorder")
    machine.setup("install")
    recorder = machine.enabled()
    machine.setup("install", "--station", "--no-screen")
    machine.setup("install")

    assert recorder == {"kiosk-recorder.service", "kiosk-daily.timer"}
    assert machine.enabled() == {"kiosk.service", "kiosk-daily.timer"}


def test_without_a_screen_no_browser_is_installed(machine: Machine) -> None:
    """cage and Chromium stay out; --screen brings them."""
    machine.setup("install", "--no-screen")
    without = (machine.state / "installed").read_text().split()
    machine.setup("install", "--screen")
    installed = set((machine.state / "installed").read_text().split())

    assert {"cage", "chromium", "chromium-sandbox"} & set(without) == set()
    assert {"cage", "chromium", "chromium-sandbox"} <= installed


def test_the_browser_has_another_name_in_some_archives(machine: Machine) -> None:
    """Without chromium it is chromium-browser."""
    machine.is_so("archive", "chromium-browser\n")
    machine.setup("install")

    assert "chromium-browser" in (machine.state / "installed").read_text().split()


def test_what_the_archive_has_not_is_a_note(machine: Machine) -> None:
    """Debian has no picamera2: said with what will not work, and the rest is installed."""
    machine.is_so("archive", "espeak-ng\n")
    answer = machine.setup("install", "--no-screen")

    assert answer.returncode == 0
    assert "Note: apt has no python3-picamera2 here: the camera of the Raspberry Pi will not work" in answer.stdout.splitlines()
    assert "espeak-ng" in (machine.state / "installed").read_text().split()


def test_one_broken_package_does_not_keep_the_others_away(machine: Machine) -> None:
    """espeak-ng cannot be installed: a note, and lgpio is there."""
    machine.is_so("broken-espeak-ng")
    answer = machine.setup("install", "--no-screen")

    assert "Note: apt could not install espeak-ng: spoken cues will not work." in answer.stdout
    assert "python3-lgpio" in (machine.state / "installed").read_text().split()


def test_an_essential_package_that_cannot_be_installed_ends_it(machine: Machine) -> None:
    """No python3-venv, no station; nothing was made."""
    machine.is_so("installed", "python3\n")
    machine.is_so("broken-python3-venv")

    assert "apt could not install python3-venv (E: python3-venv is broken)" in refusal(machine.setup("install"))
    assert not (machine.root / "opt/treadside").exists()


def test_a_unit_that_does_not_start_is_a_note_with_what_to_do(machine: Machine) -> None:
    """The installation is complete all the same; the others are started."""
    machine.runs_systemd()
    machine.is_so("fails-kiosk.service")
    answer = machine.setup("install")

    assert "Note: kiosk.service did not start; see why: journalctl -u kiosk.service -n 30" in answer.stdout.splitlines()
    assert (machine.state / "active-kiosk-screen.service").exists()


def test_a_desktop_gives_way_to_the_station_and_comes_back(machine: Machine) -> None:
    """On a Desktop image the station shows after the next start; --no-screen and uninstall bring the desktop back."""
    machine.runs_systemd()
    machine.is_so("active-display-manager.service")
    units = machine.root / "etc/systemd/system"
    units.mkdir(parents=True)
    (units / "display-manager.service").touch()
    first = machine.setup("install")
    machine.setup("install")
    during = (machine.state / "default").read_text()
    started = (machine.state / "active-kiosk-screen.service").exists()
    machine.setup("install", "--no-screen")
    without = (machine.state / "default").read_text()
    machine.setup("install", "--screen")
    machine.setup("uninstall")

    assert "Note: this machine starts into a desktop" in first.stdout
    assert without == "graphical.target\n"
    assert (during, started) == ("multi-user.target\n", False)
    assert (machine.state / "default").read_text() == "graphical.target\n"


def test_a_screen_without_its_programs_stays_off(machine: Machine) -> None:
    """No cage: neither desktop nor login prompt give way to a black screen; with it the next install shows the station."""
    machine.runs_systemd()
    machine.is_so("active-display-manager.service")
    machine.is_so("broken-cage")
    units = machine.root / "etc/systemd/system"
    units.mkdir(parents=True)
    (units / "display-manager.service").touch()
    answer = machine.setup("install")
    without = (machine.enabled(), (machine.state / "default").read_text())
    (machine.state / "broken-cage").unlink()
    machine.setup("install")

    assert "Note: cage or chromium is missing, so the station's screen stays off" in answer.stdout
    assert without == ({"kiosk.service", "kiosk-daily.timer"}, "graphical.target\n")
    assert "kiosk-screen.service" in machine.enabled()
    assert (machine.state / "default").read_text() == "multi-user.target\n"


def test_uninstall_waits_for_no_install(machine: Machine) -> None:
    """While another setup.sh is at work nothing is taken away under it."""
    machine.setup("install")
    folder = os.open(machine.root / "opt/treadside.d", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        answer = machine.setup("uninstall")
    finally:
        os.close(folder)

    assert "another setup.sh is at work" in refusal(answer)
    assert (machine.root / "opt/treadside/.venv/bin/kiosk").exists()


def test_uninstall_keeps_data_and_settings_and_is_safe_twice(machine: Machine) -> None:
    """Units, program and our user go; what stays is named, and belongs to root until the next install."""
    machine.setup("install")
    (machine.root / "var/lib/treadside/sessions.sqlite3").write_text("runs")
    first = machine.setup("uninstall")
    second = machine.setup("uninstall")
    data = machine.root / "var/lib/treadside"

    assert (first.returncode, second.returncode) == (0, 0), second.stderr
    assert {"Kept: /var/lib/treadside", "Kept: /etc/treadside/kiosk.toml"} <= set(first.stdout.splitlines())
    assert set(machine.files()) == {"var/lib/treadside/sessions.sqlite3", "etc/treadside/kiosk.toml"}
    assert machine.enabled() == set()
    assert "kiosk" not in (machine.state / "passwd").read_text()
    assert machine.calls("chown")[-4] == f"chown -hR root:root {data}"


def test_uninstall_leaves_a_user_that_was_there_before(machine: Machine) -> None:
    """Somebody's own user kiosk is not ours to remove."""
    machine.is_so("passwd", "kiosk:x:1000:1000:Kim:/home/kiosk:/bin/bash\n")
    answer = machine.setup("install")

    assert "Note: the user kiosk was there and can log in" in answer.stdout
    assert "was not made by install and stays" in machine.setup("uninstall").stdout
    assert machine.calls("userdel") == ["userdel kiosk-screen"]
