"""What a release checks and writes, without building one: tools/release.py does that, docs/release.md tells how."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import licences  # noqa: E402  (tools/ is no package: its folder comes first)
import release_checks  # noqa: E402
from licences import Package, copyleft, notices, problems, read_wheel  # noqa: E402

LOG = "# What is new\n\n## 0.3.0 (2026-12-01)\n\n- A thing.\n\n## 0.2.0 (2026-11-30)\n\n- Older.\n"


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        (["v0.2.0"], ""),
        (["v1.0.0rc1"], ""),
        ([], "this commit has no tag."),
        (["release"], "this commit's tags are release, and one like v0.2.0 is needed."),
        (["v0.2.0", "v0.2.1"], "this commit's tags are v0.2.0, v0.2.1, and one like v0.2.0 is needed."),
    ],
)
def test_one_tag_names_the_version(tags: list[str], problem: str) -> None:
    """No tag, another word and two tags are told with what to do."""
    said = release_checks.tag_problem(tags)

    assert said.startswith(problem)
    assert bool(said) == bool(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (LOG, ""),
        ("# What is new\n", "CHANGELOG.md begins with no entry, and 0.3.0 is to be released: write an entry '## 0.3.0 (2026-12-02)'."),
        (LOG.replace("## 0.3.0 (2026-12-01)", "## 0.2.9 (2026-12-01)"), "CHANGELOG.md begins with 0.2.9, and 0.3.0 is to be released"),
        (LOG.replace("2026-12-01", "soon"), "CHANGELOG.md dates 0.3.0 'soon', and a date like 2026-12-02 is needed."),
        (LOG.replace(" (2026-12-01)", ""), "CHANGELOG.md dates 0.3.0 None, and a date like"),
        (LOG.replace("2026-12-01", "2026-12-24"), "CHANGELOG.md dates 0.3.0 2026-12-24, after its commit of 2026-12-02"),
        (LOG.replace("- A thing.\n", ""), "CHANGELOG.md says nothing about 0.3.0"),
    ],
)
def test_the_change_log_begins_with_the_version(text: str, problem: str) -> None:
    """Version, date and at least one line of what is new."""
    said = release_checks.changelog_problem(text, "0.3.0", "2026-12-02")

    assert said.startswith(problem)
    assert bool(said) == bool(problem)


def test_our_change_log_could_be_released() -> None:
    """Its newest entry is one that the release command would take."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    top = release_checks.ENTRY.search(text)

    assert top is not None
    assert release_checks.changelog_problem(text, top["version"], top["date"]) == ""


def test_a_dirty_folder_and_a_missing_tag_end_in_one_sentence(tmp_path: Path) -> None:
    """Exit 1 and a sentence, before anything is made; in a small repository with nothing of this machine's settings for git."""
    if not shutil.which("git"):
        pytest.skip("no git here")
    quiet = {"cwd": tmp_path, "env": {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, "capture_output": True, "text": True}
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".gitignore").write_text("__pycache__\n")
    commit = ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "as it is"]
    for command in (["init", "-q"], ["add", "-A"], commit):
        subprocess.run(["git", *command], check=True, **quiet)

    untagged = subprocess.run([sys.executable, "tools/release.py"], check=False, **quiet)
    (tmp_path / "more").write_text("")
    dirty = subprocess.run([sys.executable, "tools/release.py"], check=False, **quiet)

    assert (untagged.returncode, untagged.stderr.count("\n")) == (1, 1)
    assert untagged.stderr.startswith("release.py: this commit has no tag. Make one")
    assert (dirty.returncode, dirty.stderr.count("\n")) == (1, 1)
    assert dirty.stderr.startswith("release.py: there are changes that are not committed (?? more ...).")
    assert not (tmp_path / "build").exists()


def package(name: str = "a", licence: str = "MIT", libraries: tuple[str, ...] = ()) -> Package:
    """A package with one licence file."""
    return Package(name, "1", licence, (("LICENSE", f"text of {name}"),), libraries, (), f"{name}-1-py3-none-any.whl", "0" * 64)


def test_a_wheel_tells_licence_texts_and_libraries(tmp_path: Path) -> None:
    """Texts each once, also outside dist-info; libraries by their folder; the hash is the file's."""
    path = tmp_path / "A_b-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        about = "Metadata-Version: 2.1\nName: A_b\nVersion: 1\nLicense: Apache 2.0\nRequires-Dist: c>=1\n"
        wheel.writestr("A_b-1.dist-info/METADATA", about)
        for name in ("A_b-1.dist-info/licenses/LICENSE.txt", "a/COPYING", "a/licenses.py", "a.libs/libx264-1.so.165", "a/NOTICE"):
            wheel.writestr(name, "the same" if name != "a/NOTICE" else "another")

    read = read_wheel(path)

    assert (read.name, read.version, read.licence, read.needs) == ("a-b", "1", "Apache-2.0", ("c>=1",))
    assert read.texts == (("A_b-1.dist-info/licenses/LICENSE.txt", "the same"), ("a/NOTICE", "another"))
    assert read.libraries == ("libx264-1.so.165",)


@pytest.mark.parametrize(
    ("expression", "field", "classifiers", "licence"),
    [
        ("BSD-3-Clause", "whatever", [], "BSD-3-Clause"),
        (None, "PSFL", [], "PSF-2.0"),
        (None, "", ["License :: OSI Approved :: MIT License"], "MIT"),
        (None, "Copyright 1999, all rights", ["License :: OSI Approved :: Apache Software License"], "Apache-2.0"),
        (None, "", ["License :: OSI Approved :: BSD License"], ""),
        (None, None, [], ""),
    ],
)
def test_a_licence_is_what_the_package_states(expression: str | None, field: str | None, classifiers: list[str], licence: str) -> None:
    """Expression before field before classifier; "BSD" alone is not precise enough to be believed."""
    assert licences.licence_of("somebody", expression, field, classifiers) == licence


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (package(licence="MIT AND BSD-3-Clause"), []),
        (package(licence="GPL-3.0-only OR MIT"), []),
        (package("fpdf2", "LGPL-3.0-only"), []),
        (package("av", "BSD-3-Clause", ("libx264-2.so.165",)), []),
        (package(licence=""), ["a 1: licence 'not stated' is not in the tables"]),
        (package(licence="SSPL-1.0"), ["a 1: licence 'SSPL-1.0' is not in the tables"]),
        (package(licence="LGPL-3.0-only"), ["a 1: LGPL-3.0-only is copyleft and not accepted yet"]),
        (package("fpdf2", "AGPL-3.0-only"), ["fpdf2 1: AGPL-3.0-only is copyleft and not accepted yet"]),
        (package(libraries=("libnew.so.1",)), ["a 1: the licence of libnew.so.1 inside it is not in the tables"]),
        (package(libraries=("libx265-1.so",)), ["a 1: libx265-1.so inside it is GPL-2.0-or-later and not accepted yet"]),
    ],
)
def test_what_nobody_looked_at_stops_a_release(one: Package, said: list[str]) -> None:
    """Unknown licences, and copyleft that was not accepted for this very package."""
    assert problems([one]) == said


def test_copyleft_is_listed_with_the_file_that_is_under_it() -> None:
    """The reader of the licences' file finds these at its top; the same library may be under another licence in another wheel."""
    both = [package("av", "BSD-3-Clause", ("libavutil-1.so",)), package("opencv-python-headless", "Apache-2.0", ("libavutil-1.so",))]

    assert copyleft([*both, package()]) == [
        "av 1, libavutil-1.so: LGPL-3.0-or-later",
        "opencv-python-headless 1, libavutil-1.so: LGPL-2.1-or-later",
    ]


def test_the_licences_file_holds_every_text() -> None:
    """Ours, each package's once, and the common ones."""
    text = notices([package("b"), package("a"), package("a")], [("MoveNet", "text of ours")], [("GPL-3", "text of Debian")])

    assert re.findall(r"^text of .+$", text, re.MULTILINE) == ["text of ours", "text of a", "text of b", "text of Debian"]
    assert text.index("\na 1: MIT\n") < text.index("\nb 1: MIT\n")


def test_docs_name_what_is_accepted() -> None:
    """Each copyleft package that we accept is explained in docs/release.md."""
    words = (ROOT / "docs" / "release.md").read_text(encoding="utf-8")

    assert [name for name in {*licences.ACCEPTED, *licences.MAY_HOLD_STRONG} if f"`{name}`" not in words] == []
