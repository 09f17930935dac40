"""Make the lists in locks/ from pyproject.toml: every package of a Treadside .venv with its version and the sha256 of its wheels.

    .venv/bin/python tools/lock.py              # after a change in pyproject.toml; what can stay as it is stays
    .venv/bin/python tools/lock.py --upgrade    # the newest versions that pyproject.toml allows

uv resolves for all targets at once (a few seconds); it is fetched from the package index into a temporary folder, the version and the
wheels that locks/release.txt names. A new one: change its version in pyproject.toml, and run it; the old one makes the list with the new.
A list holds only wheels for 64-bit Linux, x86_64 and aarch64: no source packages, so nothing is ever compiled.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from locked import FOLDER, GROUPS, PYTHONS, ROOT, TARGETS, Row, load

HEADS = {
    "station": "what a station needs",
    "build": "what an editable install or a wheel of Treadside is built with",
    "test": "what the checks and tests need besides",
    "release": "all that tools/release.py needs",
}
HEAD = """# {what}: versions as tried, sha256 of the wheels for Python 3.11 to 3.13 on x86_64 and aarch64.
# Made by `python tools/lock.py` from pyproject.toml: change that, never this.
"""


class LockError(Exception):
    """The lists cannot be made; the message says why."""


def main() -> None:
    """Write all lists, or say why not in one sentence."""
    parser = argparse.ArgumentParser(description="Make locks/*.txt from pyproject.toml.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows")
    upgrade = parser.parse_args().upgrade
    try:
        with tempfile.TemporaryDirectory() as folder:
            lists = resolve(Path(folder), upgrade)
    except LockError as error:
        sys.exit(f"lock.py: {error}")
    FOLDER.mkdir(exist_ok=True)
    for group, rows in lists.items():
        (FOLDER / f"{group}.txt").write_text(list_text(group, rows), encoding="utf-8")
        print(f"locks/{group}.txt: {len(rows)} rows, {sum(len(row.hashes) for row in rows)} wheels")


def resolve(folder: Path, upgrade: bool) -> dict[str, list[Row]]:
    """The rows of each list; a package that an earlier list holds is left out of the later ones, but not of release.

    Raises:
        LockError: uv finds no set of versions, or a target has no wheel.
    """
    uv = _uv(folder)
    sources = write_sources(folder, (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = folder / "pins.txt"
    if not upgrade:
        pins.write_text("\n".join(_kept()) + "\n")
    _compile(uv, [*sources["station"], *sources["build"], *sources["test"], *sources["release"]], ["-o", str(pins)])
    lists: dict[str, list[Row]] = {}
    for group in GROUPS:
        answer = folder / f"pylock.{group}.toml"
        _compile(uv, sources[group], ["--constraint", str(pins), "--format", "pylock.toml", "-o", str(answer)])
        held = {row.name for rows in lists.values() for row in rows} if group != "release" else set()
        rows = rows_of(tomllib.loads(answer.read_text(encoding="utf-8"))["packages"])
        lists[group] = [row for row in rows if row.name not in held]
    return lists


def write_sources(folder: Path, pyproject: str) -> dict[str, list[str]]:
    """uv's arguments for each list: a file of requirements for each. `folder` gets the files, and uv's settings."""
    project = tomllib.loads(pyproject)
    extras = project["project"]["optional-dependencies"]
    needs = {
        "station": project["project"]["dependencies"],
        "build": project["build-system"]["requires"],
        "test": extras["test"],
        "release": [*project["build-system"]["requires"], *extras["release"]],
    }
    for group, lines in needs.items():
        (folder / f"{group}.in").write_text("\n".join(lines) + "\n", encoding="utf-8")
    places = ", ".join(f'"{_environment(machine)}"' for machine in sorted({target.machine for target in TARGETS}))
    (folder / "pyproject.toml").write_text(f"[tool.uv]\nenvironments = [{places}]\n", encoding="utf-8")
    return {group: [str(folder / f"{group}.in")] for group in needs}


def _environment(machine: str) -> str:
    last = PYTHONS[-1].split(".")
    below = f"{last[0]}.{int(last[1]) + 1}"
    system = "sys_platform == 'linux' and platform_python_implementation == 'CPython'"
    return f"{system} and platform_machine == '{machine}' and python_version < '{below}'"


def rows_of(packages: Iterable[dict[str, Any]]) -> list[Row]:
    """Rows of the packages of a pylock.toml, by name, held to the wheels of our targets.

    Raises:
        LockError: a target has no wheel of a package that it needs.
    """
    rows = []
    for package in packages:
        marker = Marker(package["marker"]) if "marker" in package else None
        targets = frozenset(target for target in TARGETS if target.meets(marker))
        hashes = set()
        for target in targets:
            fitting = {wheel["hashes"]["sha256"] for wheel in package.get("wheels", ()) if target.runs(_file_name(wheel))}
            if not fitting:
                raise LockError(f"{package['name']} {package['version']} has no wheel for Python {target.python} on {target.machine}.")
            hashes |= fitting
        if targets:
            rows.append(Row(canonicalize_name(package["name"]), package["version"], targets, tuple(sorted(hashes))))
    return sorted(rows, key=lambda row: (row.name, marker_key(row)))


def marker_key(row: Row) -> str:
    """The oldest Python that a row is for, so that rows of one name stand in that order."""
    return min(target.python for target in row.targets)


def list_text(group: str, rows: list[Row]) -> str:
    """The file of a list."""
    return HEAD.format(what=HEADS[group][0].upper() + HEADS[group][1:]) + "".join(f"{row.text()}\n" for row in rows)


def _file_name(wheel: dict[str, Any]) -> str:
    return str(wheel.get("name") or wheel["url"].rpartition("/")[2])


def _kept() -> list[str]:
    """The pins of today's lists, which uv keeps where it can."""
    texts = [row.text().partition(" \\")[0] for group in GROUPS if (FOLDER / f"{group}.txt").exists() for row in load(group)]
    return sorted(texts)


def _uv(folder: Path) -> list[str]:
    """uv in a folder of its own: .venv stays as it is."""
    wanted = folder / "uv.txt"
    wanted.write_text(pinned("uv") + "\n", encoding="utf-8")
    fixed = ["--only-binary=:all:", "--no-deps", "--require-hashes", "--target", str(folder / "uv"), "-r", str(wanted)]
    if subprocess.run([sys.executable, "-m", "pip", "install", "-qq", *fixed], check=False).returncode:
        raise LockError("uv could not be fetched as locks/release.txt names it; is there a network?")
    return [str(folder / "uv" / "bin" / "uv"), "pip", "compile", "--directory", str(folder)]


def pinned(name: str) -> str:
    """The rows of a tool in locks/release.txt, with their hashes, as pip reads them.

    Raises:
        LockError: it has none.
    """
    rows = [row.text() for row in load("release") if row.name == name]
    if not rows:
        raise LockError(f"locks/release.txt does not hold {name}, which makes the lists: take the file of the last release back.")
    return "\n".join(rows)


def _compile(uv: list[str], sources: list[str], more: list[str]) -> None:
    fixed = ["--universal", "--python-version", PYTHONS[0], "--only-binary", ":all:", "--quiet", "--no-header", "--no-annotate"]
    answer = subprocess.run([*uv, *sources, *fixed, *more], capture_output=True, text=True, check=False, env=os.environ | {"NO_COLOR": "1"})
    if answer.returncode:
        raise LockError(f"no set of versions fits pyproject.toml:\n{answer.stderr.strip()}")


if __name__ == "__main__":
    main()
