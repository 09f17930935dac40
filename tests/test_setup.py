"""setup.sh without an install: a stand-in Python notes what it is asked for, so each run takes moments.

What must not go in: anything that needs a network; whole installs are tried by hand and by CI, which starts with one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

STAND_IN = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
# The real Python for `-c`; `-m venv` makes a folder with this same stand-in, and `-m pip` only notes its arguments.
import os, pathlib, shutil, sys
{pretence}
arguments = sys.argv[1:]
here = pathlib.Path(os.environ["STAND_IN"])
if "-c" in arguments:
    code = arguments.index("-c") + 1
    sys.argv = ["-c", *arguments[code + 1 :]]
    exec(arguments[code])
elif arguments[:2] == ["-m", "venv"]:
    target = pathlib.Path(arguments[-1], "bin")
    target.mkdir(parents=True)
    shutil.copy(__file__, target / "python")
elif arguments[:2] == ["-m", "pip"]:
    with open(here / "pip.txt", "a") as noted:
        print(*arguments[2:], file=noted)
    (here / "version.txt").write_text(os.environ.get("SETUPTOOLS_SCM_PRETEND_VERSION", ""))
    print((here / "says.txt").read_text())
    if (here / "fails").exists():
        sys.exit(1)
    kiosk = pathlib.Path(sys.argv[0]).with_name("kiosk")
    kiosk.write_text('#!/bin/sh\\necho "kiosk $*"\\n')
    kiosk.chmod(0o755)
"""


class Clone:
    """The files of an install in a folder with a space in its name, and a stand-in Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a clone"
        self.tools = folder / "tools"
        self.python = folder / "stand-in"
        self.folder.mkdir()
        self.tools.mkdir()
        for name in ("setup.sh", "pyproject.toml"):
            shutil.copy(ROOT / name, self.folder)
        shutil.copytree(ROOT / "locks", self.folder / "locks")
        (self.tools / "says.txt").write_text("")
        self.pretend("")

    def pretend(self, pretence: str) -> None:
        """Make the stand-in run this line first."""
        self.python.write_text(STAND_IN.format(python=sys.executable, pretence=pretence))
        self.python.chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """setup.sh from another folder."""
        environment = {"PATH": os.environ["PATH"], "PYTHON": str(self.python), "STAND_IN": str(self.tools), **environment}
        command = ["bash", str(self.folder / "setup.sh"), *arguments]
        return subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, timeout=60, check=False)

    def pip_calls(self) -> list[str]:
        """What pip was asked for since the last look."""
        noted = self.tools / "pip.txt"
        calls = noted.read_text().splitlines() if noted.exists() else []
        noted.unlink(missing_ok=True)
        return calls


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A clone that was never set up."""
    if shutil.disk_usage(tmp_path).free < 800e6:
        pytest.skip("less than 800 MB free: setup.sh would refuse")
    return Clone(tmp_path)


@pytest.mark.parametrize("arguments", [(), ("instal",), ("--help",)])
def test_anything_but_demo_and_test_prints_the_usage(clone: Clone, arguments: tuple[str, ...]) -> None:
    """Wrong use is 2, and touches nothing."""
    answer = clone.run(*arguments)

    assert answer.returncode == 2
    assert answer.stderr.startswith("usage: ./setup.sh demo")
    assert not (clone.folder / ".venv").exists()


def test_the_first_run_installs_wheels_only_and_starts_the_kiosk(clone: Clone) -> None:
    """Every pip call is held to wheels, all packages by their hashes; the arguments reach `kiosk demo` unchanged."""
    answer = clone.run("demo", "--speed", "two words")
    calls = clone.pip_calls()

    assert answer.stdout.splitlines()[-1] == "kiosk demo --speed two words"
    packages, ours = calls
    lists = " ".join(f"--requirement {clone.folder}/.venv/{name}.txt" for name in ("station", "build"))
    assert packages.endswith(f" --only-binary=:all: --no-deps --require-hashes {lists}")
    assert ours.endswith(" --only-binary=:all: --no-deps --no-build-isolation --editable .")


APT_CAMERA = """
import importlib.metadata, importlib.util
from types import SimpleNamespace
find = importlib.util.find_spec
apt = SimpleNamespace(origin="/usr/lib/python3/dist-packages/picamera2/__init__.py")
importlib.util.find_spec = lambda name: apt if name == "picamera2" else find(name)
importlib.metadata.version = lambda name: {version!r}
"""


@pytest.mark.parametrize(("version", "stays"), [("1.24.2" if sys.version_info < (3, 12) else "2.2.4", True), ("2.9.0", False)])
def test_the_numpy_of_apts_camera_stays_when_it_is_in_range(clone: Clone, version: str, stays: bool) -> None:
    """In range: our numpy's rows, and nothing else, are left out of what pip gets; otherwise the list is as it is."""
    clone.pretend(APT_CAMERA.format(version=version))
    ours = (ROOT / "locks" / "station.txt").read_text()

    clone.run("demo")
    given = (clone.folder / ".venv" / "station.txt").read_text()

    assert given == (ours.replace(numpy_rows(ours), "") if stays else ours)


def numpy_rows(text: str) -> str:
    """The rows of numpy with their hashes."""
    return text[text.index("\nnumpy==") : text.index("\nopencv")]


def test_an_unchanged_second_run_does_without_pip(clone: Clone) -> None:
    """The stamp is trusted: no pip, no message, only the kiosk."""
    clone.run("demo")
    clone.pip_calls()

    answer = clone.run("demo")

    assert clone.pip_calls() == []
    assert answer.stdout == "kiosk demo\n"


@pytest.mark.parametrize("name", ["pyproject.toml", "locks/station.txt", "locks/test.txt"])
def test_changed_files_bring_the_same_venv_up_to_date(clone: Clone, name: str) -> None:
    """A pulled change installs on top, without making .venv again."""
    clone.run("demo")
    clone.pip_calls()
    (clone.folder / ".venv" / "kept").touch()
    with (clone.folder / name).open("a") as file:
        file.write("# changed\n")

    clone.run("demo")

    assert clone.pip_calls()
    assert (clone.folder / ".venv" / "kept").exists()


def test_only_the_install_part_of_setup_sh_counts(clone: Clone) -> None:
    """Words after the install part do not cause an install; words in it do."""
    clone.run("demo")
    clone.pip_calls()
    script = clone.folder / "setup.sh"
    script.write_text(script.read_text().replace("# --- install ends\n", "# --- install ends\n# words\n"))
    clone.run("demo")
    after = clone.pip_calls()
    script.write_text(script.read_text().replace("# --- install ends\n", "# words\n# --- install ends\n"))
    clone.run("demo")

    assert (after, bool(clone.pip_calls())) == ([], True)


def test_a_moved_folder_gets_a_new_venv(clone: Clone) -> None:
    """Scripts of .venv carry its path, so it is made again where it is now."""
    clone.run("demo")
    clone.folder = clone.folder.rename(clone.folder.with_name("moved"))

    answer = clone.run("demo")

    assert "Making .venv again" in answer.stdout
    assert answer.stdout.endswith("kiosk demo\n")


def test_an_interrupted_install_is_made_again(clone: Clone) -> None:
    """Without its stamp a .venv is not trusted."""
    (clone.tools / "fails").touch()
    failed = clone.run("demo")
    (clone.tools / "fails").unlink()

    answer = clone.run("demo")

    assert failed.returncode == 1
    assert "Making .venv again" in answer.stdout
    assert answer.returncode == 0


@pytest.mark.parametrize(
    ("pip_says", "sentence"),
    [
        (
            "WARNING: Retrying (...) after connection broken by 'NewConnectionError'\nERROR: No matching distribution found for av",
            "no connection",
        ),
        ("ERROR: No matching distribution found for av==16.1.0 (from av)", "no ready-made wheel for av==16.1.0 on"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "no space left"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "a downloaded package is not the one"),
        ("ERROR: the moon is full", "could not install: ERROR: the moon is full"),
    ],
)
def test_a_failing_pip_is_told_in_one_sentence(clone: Clone, pip_says: str, sentence: str) -> None:
    """One line on stderr, exit 1, and what pip said is kept."""
    (clone.tools / "fails").touch()
    (clone.tools / "says.txt").write_text(pip_says)

    answer = clone.run("demo")

    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert answer.stderr.startswith(f"setup.sh: {sentence}")
    assert pip_says in (clone.folder / ".venv" / "install.log").read_text()


@pytest.mark.parametrize(
    ("pretence", "sentence"),
    [
        ("sys.version_info = (3, 9, 18)", "is Python 3.9; Treadside needs 3.11, 3.12 or 3.13."),
        ("sys.exit(127)", "does not run; name a Python 3.11, 3.12 or 3.13."),
        ("sys.maxsize = 2**31 - 1", "use 64-bit Raspberry Pi OS (Bookworm or newer)."),
        (
            "import importlib.util as u; find = u.find_spec; u.find_spec = lambda name: None if name == 'ensurepip' else find(name)",
            f"its venv package is missing: sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv",
        ),
    ],
    ids=["too old", "broken", "32 bit", "no venv"],
)
def test_an_unfit_python_is_told_in_one_sentence(clone: Clone, pretence: str, sentence: str) -> None:
    """One line on stderr, exit 1, no half-made .venv."""
    clone.pretend(pretence)

    answer = clone.run("demo")

    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert answer.stderr.endswith(f"{sentence}\n")
    assert not (clone.folder / ".venv").exists()


def bare_path(clone: Clone) -> Path:
    """A folder for PATH with what setup.sh calls, and no Python."""
    folder = clone.tools / "bin"
    folder.mkdir()
    for name in ("bash", "dirname", "cat", "head", "tail", "sed", "grep", "awk", "df", "rm", "mv", "cp", "mkdir", "flock"):
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    shim = folder / "python3"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    return folder


def test_no_suitable_python_is_told_in_one_sentence(clone: Clone) -> None:
    """A pyenv shim that does not run counts as no Python."""
    if Path("/usr/lib/python3/dist-packages/picamera2").exists():
        pytest.skip("with apt's picamera2 setup.sh also looks at /usr/bin/python3")

    answer = clone.run("demo", PATH=str(bare_path(clone)), PYTHON="")

    assert answer.returncode == 1
    assert answer.stderr.startswith("setup.sh: no Python 3.11, 3.12 or 3.13 on PATH (found: none).")


def test_a_broken_shim_is_skipped_for_the_next_python(clone: Clone) -> None:
    """python3 is a broken shim, python3.12 runs: python3.12 it is."""
    folder = bare_path(clone)
    (folder / "python3.12").symlink_to(clone.python)

    answer = clone.run("demo", PATH=str(folder), PYTHON="")

    assert f"Making .venv with {folder}/python3.12" in answer.stdout
