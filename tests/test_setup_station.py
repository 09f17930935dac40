"""setup.sh install, uninstall and bundle into a folder: stand-ins for apt, systemctl, useradd and Python note what they are asked for.

What must not go in: anything that needs a network or root; whole installs are tried by tests/install_chroot.sh.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest
from test_setup import STAND_IN

from kiosk.config import Config

ROOT = Path(__file__).parents[1]
LOADED = "numpy 1.2.3 from apt with picamera2 and stand-in"

# Each is a shell script; $state holds what the machine is, one file for a fact. calls.txt gets every call.
NOTE = 'echo "${0##*/} $*" >>"$state/calls.txt"\n'
TOOLS = {
    "id": 'case $1 in -u) cat "$state/uid" ;; *) cat "$state/groups" 2>/dev/null || echo kiosk ;; esac',
    "dpkg": 'cat "$state/arch"',
    "uname": "echo aarch64",
    "dpkg-query": 'for name; do :; done; if grep -qx "$name" "$state/installed"; then printf installed; else exit 1; fi',
    "apt-cache": 'echo "  Candidate: $(grep -qx "$2" "$state/archive" && echo 1.0 || echo "(none)")"',
    "apt-get": NOTE
    + """for last; do :; done
case " $* " in
*" update "*) [ ! -e "$state/no-network" ] || { echo "E: no network"; exit 100; } ;;
*" install "*)
    for name; do [ ! -e "$state/broken-$name" ] || { echo "E: $name is broken"; exit 100; }; done
    for name; do case $name in -* | install | DPkg*) ;; *) echo "$name" >>"$state/installed" ;; esac; done ;;
esac""",
    "getent": 'case $1 in group) grep -qx "$2" "$state/known-groups" ;; *) grep "^${2:-.*}:" "$state/passwd" ;; esac',
    "useradd": NOTE + 'for name; do :; done; echo "$name:x:990:990:Treadside station:/:/usr/sbin/nologin" >>"$state/passwd"',
    "usermod": NOTE + 'echo "$(cat "$state/groups" 2>/dev/null) $3" >"$state/groups"',
    "userdel": NOTE + 'sed -i "/^$1:/d" "$state/passwd"',
    "runuser": 'shift 3; exec "$@"',
    "chown": NOTE,
    "sync": "",
    # the owner is what the last chown said; all else is the real stat
    "stat": 'if [ "$2" = %U ]; then grep -q "chown -hR kiosk:kiosk $3\\$" "$state/calls.txt" && echo kiosk || echo root\n'
    'elif [ "$2" = "%a %U" ]; then echo "$(/usr/bin/stat -c %a "$3") root"; else exec /usr/bin/stat "$@"; fi',
    "systemctl": """for unit; do :; done
on=$state/enabled-$unit
case " $* " in
*" is-enabled "*) [ -e "$on" ]; exit ;;
*" is-active "*) [ -e "$state/active-$unit" ]; exit ;;
*" get-default "*) cat "$state/default"; exit ;;
*" set-default "*) echo "$unit" >"$state/default" ;;
esac
"""
    + NOTE
    + """case " $* " in
*" enable "*) touch "$on" ;;
*" disable "*) rm -f "$on" "$state/active-$unit" ;;
*" restart "*) [ ! -e "$state/fails-$unit" ] || exit 1; touch "$state/active-$unit" ;;
esac""",
}

# The stand-in Python answers for what it cannot load; compileall is left out.
PRETENCE = f"""
if "-m" in sys.argv and "compileall" in sys.argv:
    sys.exit(0)
if any("self_test(network)" in word for word in sys.argv):
    here = pathlib.Path(os.environ["STAND_IN"])
    with open(here / "calls.txt", "a") as noted:
        print("load", sys.argv[0], file=noted)
    if (here / "does-not-load").exists():
        sys.exit("Traceback\\nValueError: numpy.dtype size changed")
    print("{LOADED}")
    sys.exit(0)
"""


class Machine:
    """A machine to install on, all of it in one folder: its root, what is on it, and a clone of the project."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.state = folder / "state"
        self.clone = folder / "a clone"
        self.bin = folder / "bin"
        for made in (self.root / "opt", self.state, self.bin):
            made.mkdir(parents=True)
        self.python = folder / "stand-in"
        self.python.write_text(STAND_IN.format(python=sys.executable, pretence=PRETENCE))
        self.python.chmod(0o755)
        self.is_so("says.txt", "")
        self.is_so("passwd", "root:x:0:0:root:/root:/bin/bash\n")
        self.is_so("default", "graphical.target\n")
        self.is_so("calls.txt", "")
        self.is_so("uid", "0")
        self.is_so("arch", "arm64")
        self.is_so("installed", "python3\npython3-venv\n")
        self.is_so("archive", "python3-picamera2\npython3-lgpio\nespeak-ng\ncage\nchromium\nchromium-sandbox\n")
        self.is_so("known-groups", "video\ngpio\n")
        for name, script in TOOLS.items():
            (self.bin / name).write_text(f'#!/bin/sh\nstate="{self.state}"\n{script}\n')
            (self.bin / name).chmod(0o755)
        self._make_clone()

    def _make_clone(self) -> None:
        for name in ("kiosk", "docs", "systemd", "tests"):
            (self.clone / name).mkdir(parents=True)
        for name in ("setup.sh", "pyproject.toml", "LICENSE", "README.md", "CHANGELOG.md", "docs/kiosk.toml", "kiosk/__init__.py"):
            shutil.copy(ROOT / name, self.clone / name)
        shutil.copytree(ROOT / "locks", self.clone / "locks")
        (self.clone / "kiosk/_version.py").write_text('__version__ = "1.2.3"\n')
        for name in ("kiosk.service", "kiosk-screen.service", "kiosk-recorder.service", "kiosk-daily.service", "kiosk-daily.timer"):
            (self.clone / "systemd" / name).write_text(f"[Service]\nUser={name.split('.')[0] if 'screen' in name else 'kiosk'}\n")
        (self.clone / "systemd/50-treadside.rules").write_text("// polkit\n")
        (self.clone / "tests/test_it.py").write_text("")

    def is_so(self, fact: str, text: str = "") -> None:
        """Write a fact of this machine."""
        (self.state / fact).write_text(text)

    def runs_systemd(self) -> None:
        """From here on systemd runs."""
        (self.root / "run/systemd/system").mkdir(parents=True)

    def setup(self, *arguments: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        """setup.sh of the clone, or of another folder."""
        environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "PYTHON": str(self.python),
            "STAND_IN": str(self.state),
            "STATION_ROOT": str(self.root),
        }
        command = ["bash", str((at or self.clone) / "setup.sh"), *arguments]
        return subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, timeout=60, check=False)

    def calls(self, *tools: str) -> list[str]:
        """What these tools were asked for since the last look at any."""
        noted = (self.state / "calls.txt").read_text().splitlines()
        return [call for call in noted if call.split()[0] in tools]

    def forget_calls(self) -> None:
        """What was asked so far is no longer listed; who owns what stays known."""
        kept = self.calls("chown")
        self.is_so("calls.txt", "".join(f"{call}\n" for call in kept))
        (self.state / "pip.txt").unlink(missing_ok=True)

    def enabled(self) -> set[str]:
        """Names of the units that start with the machine."""
        return {path.name.removeprefix("enabled-") for path in self.state.glob("enabled-*")}

    def files(self) -> dict[str, tuple[int, str]]:
        """Every file of the machine but logs: mode, and what is in it or where it leads."""
        found = [path for path in self.root.rglob("*") if "log" not in path.parts and (path.is_symlink() or path.is_file())]
        return {
            str(path.relative_to(self.root)): (path.lstat().st_mode, str(path.readlink()) if path.is_symlink() else path.read_text("latin-1"))
            for path in found
        }


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Raspberry Pi where Treadside was never installed."""
    if shutil.disk_usage(tmp_path).free < 2.5e9:
        pytest.skip("less than 2.5 GB free: setup.sh would refuse")
    return Machine(tmp_path)


def refusal(answer: subprocess.CompletedProcess[str]) -> str:
    """The one sentence on stderr of a run that refused."""
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1), answer
    return answer.stderr.removeprefix("setup.sh: ").rstrip("\n")


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


@pytest.mark.parametrize(("fact", "sentence"), [("fails", "could not install"), ("does-not-load", "do not load together: ValueError: numpy")])
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


def test_what_a_power_cut_left_is_removed(machine: Machine) -> None:
    """A half-made tree beside the one in use goes with the next run."""
    machine.setup("install")
    (machine.root / "opt/treadside.d/20260101-abcdef/kiosk").mkdir(parents=True)

    machine.setup("install")

    assert len(list((machine.root / "opt/treadside.d").iterdir())) == 1


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

    assert refusal(machine.setup("install")) == "this system has Python 3.9, 3.11 to 3.13 is needed: use Raspberry Pi OS Bookworm or Trixie."


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
    machine.setup("uninstall")

    assert "Note: this machine starts into a desktop" in first.stdout
    assert (during, started) == ("multi-user.target\n", False)
    assert (machine.state / "default").read_text() == "graphical.target\n"


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
    machine.setup("install")

    assert "was not made by install and stays" in machine.setup("uninstall").stdout
    assert machine.calls("userdel") == ["userdel kiosk-screen"]


def make_bundle(machine: Machine, targets: str = "trixie 3.13 aarch64\n") -> Path:
    """A bundle as `setup.sh bundle` lays it out, without wheels: the stand-in pip installs nothing."""
    inside = machine.clone.parent / "treadside-0"
    shutil.copytree(machine.clone, inside)
    (inside / "wheels").mkdir()
    (inside / "BUNDLE").write_text(targets)
    summing = "find . -type f ! -name SHA256SUMS -print0 | xargs -0 sha256sum >SHA256SUMS"
    subprocess.run(["bash", "-c", summing], cwd=inside, check=True)
    return inside


def pack(inside: Path) -> Path:
    """The bundle as one file."""
    with tarfile.open(inside.with_suffix(".tar"), "w") as packed:
        packed.add(inside, inside.name)
    return inside.with_suffix(".tar")


HERE = f"bookworm {sys.version_info[0]}.{sys.version_info[1]} aarch64\n"


@pytest.mark.parametrize("packed", [True, False])
def test_a_bundle_installs_without_index_and_without_apt(machine: Machine, packed: bool) -> None:
    """pip sees the bundle's wheels only; apt is not asked; missing packages are named with the command that brings them."""
    inside = make_bundle(machine, HERE)
    if packed:
        answer = machine.setup("install", "--offline", str(pack(inside)), "--no-screen")
    else:
        answer = machine.setup("install", "--no-screen", at=inside)
    pip = (machine.state / "pip.txt").read_text().splitlines()

    assert answer.returncode == 0, answer.stderr
    assert pip
    assert all("--no-index --find-links" in call for call in pip)
    assert machine.calls("apt-get") == []
    assert "nothing is fetched offline: python3-picamera2 python3-lgpio" in answer.stdout
    assert machine.enabled() == {"kiosk.service", "kiosk-daily.timer"}
    assert list((machine.root / "var/tmp").glob("*")) == []


def test_a_bundle_without_the_essential_package_names_it(machine: Machine) -> None:
    """One sentence with the command for somebody with network."""
    machine.is_so("installed", "python3\n")
    answer = machine.setup("install", "--offline", str(pack(make_bundle(machine, HERE))))

    assert "missing and nothing is fetched offline: python3-venv. Install them beforehand: sudo apt install python3-venv" in refusal(answer)


def test_a_bundle_for_another_machine_is_told(machine: Machine) -> None:
    """What it is for, and what this machine is."""
    answer = machine.setup("install", "--offline", str(pack(make_bundle(machine, "woody 3.1 x86_64\n"))))

    assert refusal(answer).startswith("this bundle is for woody on x86_64 (Python 3.1); this machine is aarch64 with Python 3.1")


def test_a_changed_file_in_a_bundle_is_told(machine: Machine) -> None:
    """The file is named."""
    inside = make_bundle(machine, HERE)
    (inside / "kiosk/__init__.py").write_text("")

    assert refusal(machine.setup("install", "--offline", str(pack(inside)))).startswith("the bundle is damaged (./kiosk/__init__.py: FAILED)")


def test_half_a_bundle_and_no_bundle_are_told(machine: Machine) -> None:
    """A copy that broke off, another tar file, a file that is not there, and no name at all."""
    whole = pack(make_bundle(machine, HERE))
    half, other = whole.with_name("half.tar"), whole.with_name("other.tar")
    half.write_bytes(whole.read_bytes()[:30000])
    with tarfile.open(other, "w") as packed:
        packed.add(ROOT / "LICENSE", "LICENSE")

    assert "is damaged, or no bundle" in refusal(machine.setup("install", "--offline", str(half)))
    assert refusal(machine.setup("install", "--offline", str(other))).endswith("is no bundle of ./setup.sh bundle.")
    assert "no such bundle" in refusal(machine.setup("install", "--offline", "/nowhere.tar"))
    assert refusal(machine.setup("install", "--offline")).startswith("--offline needs the bundle")


@pytest.mark.parametrize("arguments", [("install", "--fast"), ("uninstall", "all"), ("bundle", "a", "b"), ("bundle", "--target")])
def test_unknown_options_print_the_usage(machine: Machine, arguments: tuple[str, ...]) -> None:
    """Wrong use is 2, and touches nothing."""
    answer = machine.setup(*arguments)

    assert (answer.returncode, answer.stderr.startswith("usage:")) == (2, True)
    assert machine.files() == {}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--target", "woody"), "--target woody: bookworm, trixie or all"),
        (("--arch", "z80"), "--arch z80: aarch64 (Raspberry Pi), x86_64 or all"),
        (("/nowhere/at/all.tar",), "/nowhere/at: no such folder for the bundle"),
    ],
)
def test_a_bundle_that_cannot_be_made_is_told(machine: Machine, arguments: tuple[str, ...], sentence: str) -> None:
    """One sentence each."""
    assert refusal(machine.setup("bundle", *arguments)) == sentence


def test_the_settings_that_are_installed_are_valid_and_keep_data_where_the_station_may_write() -> None:
    """The template is accepted as it stands, and so are its lines that are commented out."""
    text = (ROOT / "docs/kiosk.toml").read_text()
    used = Config.model_validate(tomllib.loads(text))
    written_out = "\n".join(line.removeprefix("#") if line.startswith("#") and not line.startswith("# ") else line for line in text.splitlines())

    assert used.store.folder == "/var/lib/treadside"
    assert Config.model_validate(tomllib.loads(written_out)).panel.lamp_pin == 23
