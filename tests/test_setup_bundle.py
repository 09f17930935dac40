"""setup.sh bundle, and install from a bundle, on a machine of stand-ins (tests/machine.py).

What must not go in: anything that needs a network; a whole bundle is made and installed by tests/install_chroot.sh.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from machine import ROOT, Machine, refusal


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Raspberry Pi where Treadside was never installed."""
    if shutil.disk_usage(tmp_path).free < 2.5e9:
        pytest.skip("less than 2.5 GB free: setup.sh would refuse")
    return Machine(tmp_path)


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

    assert refusal(machine.setup("install", "--offline", str(pack(inside)))).startswith(
        "the bundle is damaged (./kiosk/__init__.py: FAILED)"
    )


def test_no_line_of_a_changed_setup_sh_runs(machine: Machine) -> None:
    """It is looked at before it is started as root."""
    inside = make_bundle(machine, HERE)
    script = inside / "setup.sh"
    script.write_text(script.read_text().replace("\nset -euo pipefail\n", f'\ntouch "{machine.state}/ran"\nset -euo pipefail\n'))

    assert "damaged (./setup.sh or its checksum)" in refusal(machine.setup("install", "--offline", str(pack(inside))))
    assert not (machine.state / "ran").exists()


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


@pytest.mark.skipif(sys.version_info[:2] == (3, 12), reason="no Debian has Python 3.12, so there is no bundle for it")
def test_a_bundle_that_was_made_can_be_installed(machine: Machine, tmp_path: Path) -> None:
    """One file in the folder that was named, with version, wheels and checksums, and nothing beside it; install --offline takes it."""
    suite = "bookworm" if sys.version_info[:2] == (3, 11) else "trixie"
    out = tmp_path / "out"
    out.mkdir()
    made = machine.setup("bundle", str(out), "--target", suite, "--arch", "aarch64")
    answer = machine.setup("install", "--offline", str(out / "treadside-1.2.3.tar"), "--no-screen")

    with tarfile.open(out / "treadside-1.2.3.tar") as packed:
        sums = packed.extractfile("treadside-1.2.3/SHA256SUMS")
        assert sums is not None
        summed = {line.split()[1] for line in sums.read().decode().splitlines()}
    written_by_a_demo = "./kiosk/_version.py"

    assert made.returncode == 0, made.stderr
    assert ("./setup.sh" in summed, written_by_a_demo in summed) == (True, False)
    assert [path.name for path in out.iterdir()] == ["treadside-1.2.3.tar"]
    assert answer.returncode == 0, answer.stderr
    assert (machine.root / "opt/treadside/kiosk/_version.py").read_text().endswith('"1.2.3"\n')


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_bundle_of_a_checkout_has_only_what_git_knows(machine: Machine) -> None:
    """What merely lies in the project's folders is given to nobody; all that git knows is, as it is now."""

    def git(*words: str) -> None:
        known = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
        subprocess.run(["git", "-C", str(machine.clone), "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, env=known)

    (machine.clone / "kiosk/known.txt").write_text("before")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "all")
    (machine.clone / "kiosk/known.txt").write_text("now")
    (machine.clone / "kiosk/lies-here.npz").write_text("a run")
    (machine.clone / "docs").mkdir(exist_ok=True)
    (machine.clone / "docs/a letter.txt").write_text("a patient")
    made = machine.setup("bundle", str(machine.state), "--target", "trixie", "--arch", "aarch64")
    assert made.returncode == 0, made.stderr
    with tarfile.open(next(machine.state.glob("treadside-*.tar"))) as packed:
        found = {name.partition("/")[2]: name for name in packed.getnames()}
        known = packed.extractfile(found["kiosk/known.txt"])
        assert known is not None
        now = known.read()
    assert now == b"now"
    assert {"setup.sh", "locks/station.txt"} < set(found)
    assert [name for name in found if "lies-here" in name or "letter" in name] == []


def test_a_bundle_for_all_has_each_target_s_own_wheels(machine: Machine) -> None:
    """numpy 1 for Python 3.11 and numpy 2 for 3.13, by their hashes, for the glibc of that Debian and older ones."""
    machine.setup("bundle", str(machine.state))
    lists = {python: (machine.state / f"list-{python}").read_text().splitlines() for python in ("3.11", "3.13")}
    numpy = {python: [line for line in lines if line.startswith("numpy==")] for python, lines in lists.items()}
    platforms = {python: (machine.state / f"platforms-{python}").read_text() for python in lists}
    with tarfile.open(machine.state / "treadside-1.2.3.tar") as packed:
        targets = packed.extractfile("treadside-1.2.3/BUNDLE")
        assert targets is not None
        rows = targets.read().decode().splitlines()

    assert [line.split()[0] for lines in numpy.values() for line in lines] == ["numpy==1.26.4", "numpy==2.2.6"]
    assert all(" --hash=sha256:" in line for lines in lists.values() for line in lines)
    assert ("manylinux_2_36_x86_64" in platforms["3.11"], "manylinux_2_37_x86_64" in platforms["3.11"]) == (True, False)
    assert "manylinux_2_41_x86_64" in platforms["3.13"]
    assert rows == ["bookworm 3.11 aarch64", "bookworm 3.11 x86_64", "trixie 3.13 aarch64", "trixie 3.13 x86_64"]


def test_a_demo_in_an_unpacked_bundle_knows_its_version(machine: Machine) -> None:
    """There is no git to ask: the version is the bundle's, and a later install from the folder has it too."""
    answer = machine.setup("demo", at=make_bundle(machine, HERE))

    assert answer.returncode == 0, answer.stderr
    assert (machine.state / "version.txt").read_text() == "1.2.3"


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
