"""The version: of the git tag when Treadside is built or installed, of a file when it runs."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SLOW = ("importlib.metadata", "subprocess")


def ask(folder: Path) -> subprocess.CompletedProcess[str]:
    """What a copy of kiosk/__init__.py in a folder says, in a Python that sees no other Treadside, and which modules that took."""
    code = f"import sys; sys.path[:0] = [{str(folder)!r}]; import kiosk; print(kiosk.__version__, *(one in sys.modules for one in {SLOW}))"
    return subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an uninstalled kiosk."""
    (tmp_path / "kiosk").mkdir()
    shutil.copy(ROOT / "kiosk" / "__init__.py", tmp_path / "kiosk")
    return tmp_path


def test_the_version_of_the_build_is_read_from_its_file(folder: Path) -> None:
    """No metadata and no other program is asked: a start is not slower."""
    (folder / "kiosk" / "_version.py").write_text('__version__ = "1.2.3"\n')

    assert ask(folder).stdout == "1.2.3 False False\n"


def test_without_the_file_the_installed_version_is_said(folder: Path) -> None:
    """A folder put on the path by hand, in an environment that has Treadside."""
    (folder / "treadside-4.5.dist-info").mkdir()
    (folder / "treadside-4.5.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: treadside\nVersion: 4.5\n")

    assert ask(folder).stdout.startswith("4.5 ")


def test_a_folder_that_nobody_installed_is_version_0_0(folder: Path) -> None:
    """No version is no reason not to start."""
    assert ask(folder).stdout.startswith("0.0 ")


def test_a_broken_version_file_is_not_hidden(folder: Path) -> None:
    """Only the file's absence is expected; what it cannot import itself is told."""
    (folder / "kiosk" / "_version.py").write_text("import nowhere\n")

    assert "No module named 'nowhere'" in ask(folder).stderr


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository of one commit with our settings of the version."""
    if not shutil.which("git"):
        pytest.skip("no git here")
    for name in ("pyproject.toml", ".git_archival.txt", ".gitattributes", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "kiosk").mkdir()
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    """Run git without this machine's settings."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(folder)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True, env=environment)


def built(folder: Path) -> str:
    """The version that a build in this folder gets, as it stands in kiosk/_version.py afterwards."""
    pytest.importorskip("setuptools_scm", reason="setuptools-scm is not installed: ./setup.sh test brings it")
    command = [sys.executable, "-m", "setuptools_scm", "--force-write-version-files"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    said = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout.strip()
    written: dict[str, str] = {}
    exec((folder / "kiosk" / "_version.py").read_text(), written)
    assert written["__version__"] == said
    return said


def test_a_tag_is_the_version(repository: Path) -> None:
    """v0.2.0 is 0.2.0; other tags do not count."""
    git(repository, "tag", "-a", "v0.2.0", "-m", "x")
    git(repository, "tag", "-a", "before-the-fair", "-m", "x")

    assert built(repository) == "0.2.0"


def test_a_commit_after_the_tag_says_so(repository: Path) -> None:
    """The next version is not out yet; the commit can be found."""
    git(repository, "tag", "-a", "v0.2.0", "-m", "x")
    git(repository, "commit", "-q", "--allow-empty", "-m", "two")

    assert built(repository).startswith("0.2.1.dev1+g")


def test_without_a_tag_it_is_before_any_release(repository: Path) -> None:
    """CI and most clones have no tags: lower than every release, and with the commit."""
    assert built(repository).startswith("0.1.dev1+g")


def test_an_archive_of_a_tag_knows_it(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """git fills .git_archival.txt in; no .git is needed."""
    git(repository, "tag", "-a", "v0.2.0", "-m", "x")
    unpacked = tmp_path_factory.mktemp("unpacked")
    git(repository, "archive", "-o", str(unpacked / "it.zip"), "v0.2.0")
    shutil.unpack_archive(unpacked / "it.zip", unpacked)
    (unpacked / "kiosk").mkdir()

    assert built(unpacked) == "0.2.0"


def test_a_copied_folder_is_built_all_the_same(tmp_path: Path) -> None:
    """Neither git nor an archive: 0.0, not a failed install."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "kiosk").mkdir()

    assert built(tmp_path) == "0.0"


def test_the_written_file_is_left_out_of_git_and_of_the_checks() -> None:
    """It is of one install; ruff and git do not see it."""
    assert "kiosk/_version.py" in (ROOT / ".gitignore").read_text().split()
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools_scm"]["version_file"] == "kiosk/_version.py"
