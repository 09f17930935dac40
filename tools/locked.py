"""The lists in locks/: one row a package, with its version, where it applies and the sha256 of each wheel that is allowed.

Reading and writing them; no network here. tools/lock.py makes the lists, pip and tools/release.py read them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "locks"
GROUPS = ("station", "build", "test", "release")
"""Of station, build and test each package stands in the first that needs it; release is whole in itself."""
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = ("x86_64", "aarch64")
GLIBC_MINOR = 36
"""Of Debian Bookworm (glibc 2.36), the oldest system that Treadside supports."""
LEGACY_TAGS = {"x86_64": ("manylinux2014", "manylinux2010", "manylinux1"), "aarch64": ("manylinux2014",)}
"""Older names of manylinux_2_17, _2_12 and _2_5 (PEP 600)."""


@dataclass(frozen=True)
class Target:
    """A kind of machine that Treadside runs on: Python as "3.11", machine as `uname -m` says it."""

    python: str
    machine: str

    def environment(self) -> dict[str, str]:
        """What markers are evaluated with."""
        return {
            "python_version": self.python,
            "python_full_version": f"{self.python}.5",
            "platform_machine": self.machine,
            "sys_platform": "linux",
            "platform_system": "Linux",
            "os_name": "posix",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "extra": "",
        }

    def meets(self, marker: Marker | None) -> bool:
        """True when a row with this marker applies here."""
        return marker is None or marker.evaluate(self.environment())

    def platforms(self) -> list[str]:
        """Platform tags of wheels that run here, newest glibc first."""
        lowest = 17 if self.machine == "aarch64" else 5
        new = [f"manylinux_2_{minor}_{self.machine}" for minor in range(GLIBC_MINOR, lowest - 1, -1)]
        return [*new, *(f"{name}_{self.machine}" for name in LEGACY_TAGS[self.machine]), f"linux_{self.machine}"]

    def tags(self) -> frozenset[Tag]:
        """Tags of all wheels that run here."""
        major, minor = (int(part) for part in self.python.split("."))
        version, platforms = (major, minor), self.platforms()
        own = cpython_tags(version, [f"cp{major}{minor}"], platforms)
        return frozenset([*own, *compatible_tags(version, f"cp{major}{minor}", platforms)])

    def runs(self, wheel_name: str) -> bool:
        """True when the wheel of this file name can be installed here."""
        return bool(parse_wheel_filename(wheel_name)[3] & self.tags())


TARGETS = tuple(Target(python, machine) for python, machine in product(PYTHONS, MACHINES))


@dataclass(frozen=True)
class Row:
    """One package of a list."""

    name: str
    """As packaging's canonicalize_name writes it."""
    version: str
    targets: frozenset[Target]
    hashes: tuple[str, ...]
    """sha256 of the wheels, hexadecimal, sorted."""

    def text(self) -> str:
        """As pip reads it."""
        marker = marker_of(self.targets)
        head = f"{self.name}=={self.version}" + (f" ; {marker}" if marker else "")
        return " \\\n    ".join([head, *(f"--hash=sha256:{one}" for one in self.hashes)])


def marker_of(targets: frozenset[Target]) -> str:
    """The shortest marker that holds on these targets and on no other one; empty when it is all of them."""
    of_machine = {machine: [target.python for target in TARGETS if target in targets and target.machine == machine] for machine in MACHINES}
    if of_machine["x86_64"] == of_machine["aarch64"]:
        return _python_marker(of_machine["x86_64"])
    parts = []
    for machine, pythons in of_machine.items():
        if pythons:
            python = _python_marker(pythons)
            parts.append(f"platform_machine == '{machine}'" + (f" and {python}" if python else ""))
    return " or ".join(f"({part})" for part in parts) if len(parts) > 1 else parts[0]


def _python_marker(pythons: list[str]) -> str:
    if not pythons:
        raise ValueError("a row must apply to at least one target")
    if tuple(pythons) == PYTHONS:
        return ""
    if tuple(pythons) == PYTHONS[: len(pythons)]:
        return f"python_version < '{PYTHONS[len(pythons)]}'"
    if tuple(pythons) == PYTHONS[-len(pythons) :]:
        return f"python_version >= '{pythons[0]}'"
    return " or ".join(f"python_version == '{python}'" for python in pythons)


def read(text: str) -> list[Row]:
    """The rows of a list.

    Raises:
        ValueError: a row is not `name==version [; marker]` followed by sha256 hashes.
    """
    rows = []
    for line in text.replace("\\\n", " ").splitlines():
        words = line.partition("#")[0].split(" --hash=")
        if words == [""]:
            continue
        need = Requirement(words[0].strip())
        pins = [one.version for one in need.specifier if one.operator == "=="]
        hashes = [word.strip().removeprefix("sha256:") for word in words[1:]]
        if len(pins) != 1 or not hashes or any(len(one) != 64 for one in hashes):
            raise ValueError(f"not a pin with sha256 hashes: {line[:100]!r}")
        applies = frozenset(target for target in TARGETS if target.meets(need.marker))
        rows.append(Row(canonicalize_name(need.name), pins[0], applies, tuple(sorted(hashes))))
    return rows


def load(group: str) -> list[Row]:
    """The rows of locks/GROUP.txt."""
    return read((FOLDER / f"{group}.txt").read_text(encoding="utf-8"))


def plain_list(rows: Iterable[Row], target: Target) -> str:
    """The rows of one target without markers: pip reads markers with its own Python, not with the one it downloads for."""
    return "".join(f"{Row(row.name, row.version, frozenset(TARGETS), row.hashes).text()}\n" for row in rows if target in row.targets)
