"""locks/: every package of pyproject.toml, and every package that those need, with its version and sha256, on every target."""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import lock  # noqa: E402  (tools/ is no package: its folder comes first)
import locked  # noqa: E402
from locked import GROUPS, TARGETS, Row, Target  # noqa: E402

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
NEEDS = {
    "station": PYPROJECT["project"]["dependencies"],
    "build": PYPROJECT["build-system"]["requires"],
    "test": EXTRAS["test"],
    "release": [*PYPROJECT["build-system"]["requires"], *EXTRAS["release"]],
}
BOOKWORM = Target("3.11", "aarch64")
TRIXIE = Target("3.13", "aarch64")


def held(target: Target, *groups: str) -> dict[str, list[Row]]:
    """Rows by name that apply on a target."""
    rows: dict[str, list[Row]] = {}
    for row in (row for group in groups for row in locked.load(group) if target in row.targets):
        rows.setdefault(row.name, []).append(row)
    return rows


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_each_need_of_pyproject_has_one_pin_within_its_range(target: Target) -> None:
    """A list, with those that are installed before it, holds what pyproject.toml asks for; tools/lock.py makes the lists again."""
    unpinned = []
    for number, group in enumerate(GROUPS, 1):
        pins = held(target, *(GROUPS[:number] if group != "release" else ["release"]))
        for need in (Requirement(line) for line in NEEDS[group]):
            rows = pins.get(canonicalize_name(need.name), [])
            if target.meets(need.marker) and not (len(rows) == 1 and need.specifier.contains(rows[0].version)):
                unpinned.append(f"{group}: {need} has {[row.version for row in rows]}")

    assert unpinned == []


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_each_package_has_one_version_on_a_target(target: Target) -> None:
    """pip refuses a list with two versions of one package."""
    for groups in (GROUPS[:-1], GROUPS[-1:]):
        assert {name: rows for name, rows in held(target, *groups).items() if len(rows) > 1} == {}


@pytest.mark.parametrize(("extra", "groups"), [("", ("station",)), ("test", ("station", "build", "test"))])
def test_what_the_needs_bring_along_is_pinned_too(extra: str, groups: tuple[str, ...]) -> None:
    """Followed through the packages installed here, from pyproject.toml downwards: with --no-deps nothing else would come."""
    here = Target(f"{sys.version_info[0]}.{sys.version_info[1]}", "x86_64")
    to_see = [Requirement(line) for line in [*NEEDS["station"], *(EXTRAS[extra] if extra else ())]]
    seen: set[str] = set()
    absent = []
    while to_see:
        need = to_see.pop()
        if not (need.marker is None or need.marker.evaluate({**here.environment(), "extra": ""})) or str(need) in seen:
            continue
        seen.add(str(need))
        try:
            own = [Requirement(line) for line in metadata.requires(need.name) or []]
        except metadata.PackageNotFoundError:
            absent.append(need.name)
            continue
        for extra_name in need.extras:
            met = {**here.environment(), "extra": extra_name}
            to_see += [Requirement(str(one).partition(";")[0]) for one in own if one.marker and one.marker.evaluate(met)]
        to_see += own

    assert len(seen) > 30
    assert {canonicalize_name(Requirement(one).name) for one in seen} - set(held(here, *groups)) == set()
    if absent:
        pytest.skip(f"not installed here, so not followed further: {', '.join(absent)}; ./setup.sh test brings them")


def test_the_tool_that_makes_the_lists_is_pinned_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """pip gets uv's version with the sha256 of its wheels and refuses any other; without its row there is a sentence."""
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        asked.append(command)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(lock.subprocess, "run", run)
    lock._uv(tmp_path)
    (command,) = asked
    assert "--require-hashes" in command
    assert not [word for word in command if word.startswith("uv=")]
    wanted = Path(command[command.index("-r") + 1]).read_text()
    assert re.fullmatch(r"uv==[0-9.]+( \\\n    --hash=sha256:[0-9a-f]{64})+\n", wanted)
    with pytest.raises(lock.LockError, match="does not hold nosuchtool"):
        lock.pinned("nosuchtool")


def test_the_lists_name_no_host_and_no_folder() -> None:
    """Only names, versions, markers and hashes, so that they are true with any index and any bundle."""
    row = r"[a-z0-9-]+==[0-9a-z.]+( ; python_version [<>=]+ '3\.\d+')?( \\\n    --hash=sha256:[0-9a-f]{64})+\n"
    for group in GROUPS:
        text = (locked.FOLDER / f"{group}.txt").read_text(encoding="utf-8")
        assert re.fullmatch(rf"(# [^\n]*\n)*({row})+", text)
        assert not re.search(r"https?:|file:|@", text)


def test_the_lists_are_written_as_they_were_read() -> None:
    """Reading and writing agree, so a list made again differs only where something changed."""
    for group in GROUPS:
        text = (locked.FOLDER / f"{group}.txt").read_text(encoding="utf-8")
        assert lock.list_text(group, sorted(locked.read(text), key=lambda row: (row.name, lock.marker_key(row)))) == text


def wheel(name: str, sha: str) -> dict[str, object]:
    """A wheel as a pylock.toml names it."""
    return {"url": f"there/{name}", "hashes": {"sha256": sha * 64}}


def test_only_wheels_that_run_on_a_target_are_allowed() -> None:
    """Source, musl, Windows, a newer glibc and a newer Python stay out; abi3 and pure wheels come in."""
    names = ["cp311-cp311-manylinux_2_27_aarch64", "cp39-abi3-manylinux_2_34_x86_64", "py3-none-any", "cp313-cp313-manylinux2014_x86_64"]
    others = [
        "cp311-cp311-musllinux_1_2_aarch64",
        "cp313-cp313-win_amd64",
        "cp313-cp313-manylinux_2_39_aarch64",
        "cp314-cp314-manylinux_2_17_x86_64",
    ]
    wheels = [wheel(f"a-1-{tag}.whl", f"{number:x}") for number, tag in enumerate([*names, *others])]

    (row,) = lock.rows_of([{"name": "A", "version": "1", "wheels": wheels}])

    assert row.name == "a"
    assert row.hashes == tuple(f"{number:x}" * 64 for number in range(len(names)))


def test_a_target_without_a_wheel_is_named() -> None:
    """Rather no list than one that a Pi cannot install."""
    package = {"name": "a", "version": "1", "wheels": [wheel("a-1-cp39-abi3-manylinux_2_17_x86_64.whl", "0")]}

    with pytest.raises(lock.LockError, match=r"a 1 has no wheel for Python 3\.1\d on aarch64"):
        lock.rows_of([package])


@pytest.mark.parametrize(
    ("targets", "marker"),
    [
        (TARGETS, ""),
        ([one for one in TARGETS if one.python == "3.11"], "python_version < '3.12'"),
        ([one for one in TARGETS if one.python != "3.11"], "python_version >= '3.12'"),
        ([one for one in TARGETS if one.python == "3.12"], "python_version == '3.12'"),
        ([one for one in TARGETS if one.machine == "aarch64"], "platform_machine == 'aarch64'"),
        ([BOOKWORM], "platform_machine == 'aarch64' and python_version < '3.12'"),
        ([BOOKWORM, Target("3.13", "x86_64")], None),
    ],
)
def test_a_marker_holds_on_its_targets_only(targets: list[Target], marker: str | None) -> None:
    """The shortest spelling, and read back it means the same."""
    row = Row("a", "1", frozenset(targets), ("0" * 64,))

    assert marker is None or locked.marker_of(row.targets) == marker
    assert locked.read(row.text()) == [row]


@pytest.mark.parametrize("line", ["a==1", "a>=1 --hash=sha256:" + "0" * 64, "a==1 --hash=sha256:12", "a==1 --hash=md5:" + "0" * 32])
def test_a_row_without_version_or_hash_is_refused(line: str) -> None:
    """A list that pip would not check is no list."""
    with pytest.raises(ValueError, match="not a pin with sha256 hashes"):
        locked.read(line)


def test_a_list_for_one_target_needs_no_marker() -> None:
    """For a download for another machine: its rows only, read back as rows for everywhere."""
    numpy = [row for row in locked.read(locked.plain_list(locked.load("station"), BOOKWORM)) if row.name == "numpy"]

    assert [(row.version, row.targets) for row in numpy] == [("1.26.4", frozenset(TARGETS))]


def test_numpy_is_the_one_that_fits_apts_camera() -> None:
    """Bookworm's apt has numpy 1, Trixie's numpy 2: the ABI of each is kept."""
    assert [held(target, "station")["numpy"][0].version[0] for target in (BOOKWORM, TRIXIE)] == ["1", "2"]
