"""The import rule: every module of kiosk/ stands on one line of LINES and imports from its own line and the lines below.

What must not go in: imports of the kiosk. The rule is read from the source, so it holds on a machine without camera or model.
"""

import ast
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Line:
    """One line of the design; `modules` are names or fnmatch patterns of modules."""

    level: int
    modules: tuple[str, ...]
    pure: bool = False
    """No clock, file, thread, log, camera or web: imports only PURE_LIBRARIES, pure lines and SETTINGS."""
    own_package_only: bool = False
    """Parts of one line that must not know one another: camera, pose, web, panel, store, report."""


LINES = (
    Line(
        4,
        (
            *("kiosk.app", "kiosk.__main__", "kiosk.cli", "kiosk.cli.*", "kiosk.batch", "kiosk.bench", "kiosk.bench.*"),
            *("kiosk.calibrate", "kiosk.compare", "kiosk.demo", "kiosk.levelling", "kiosk.setting_up", "kiosk.standing", "kiosk.results"),
            *("kiosk.many", "kiosk.many.*", "kiosk.bouts", "kiosk.desk", "kiosk.desk.*", "kiosk.upkeep"),
            *("kiosk.recorder", "kiosk.recorder.*", "kiosk.doctor", "kiosk.doctor.*", "kiosk.daily", "kiosk.serving"),
            *("kiosk.asking", "kiosk.browser", "kiosk.browser.*", "kiosk.cooling", "kiosk.filming", "kiosk.looking", "kiosk.notices"),
            *("kiosk.gait_process", "kiosk.power_off", "kiosk.showing", "kiosk.waiting", "kiosk.watch"),
        ),
    ),
    Line(
        3,
        (
            *("kiosk.camera", "kiosk.camera.*"),
            *("kiosk.pose.cut", "kiosk.pose.movenet", "kiosk.pose.recording", "kiosk.pose.runtimes", "kiosk.pose.selftest"),
            "kiosk.pose.sturdy",
            *("kiosk.web", "kiosk.web.*"),
            *("kiosk.panel", "kiosk.panel.*"),
            *("kiosk.voice", "kiosk.sound", "kiosk.treadmill", "kiosk.treadmill.*", "kiosk.usb"),
            *("kiosk.tape", "kiosk.tape.*", "kiosk.device", "kiosk.device.*"),
            *("kiosk.store", "kiosk.store.*"),
            *("kiosk.report", "kiosk.report.*"),
        ),
        own_package_only=True,
    ),
    Line(
        2,
        (
            *("kiosk.bout_run", "kiosk.check_run", "kiosk.pace", "kiosk.parts", "kiosk.pipeline"),
            *("kiosk.run", "kiosk.session", "kiosk.visit", "kiosk.visitor", "kiosk.guide", "kiosk.guide.*"),
        ),
    ),
    Line(
        1,
        (
            *("kiosk.gait", "kiosk.gait.*"),
            *("kiosk.coach", "kiosk.coach.*"),
            *("kiosk.pose", "kiosk.pose.keypoints", "kiosk.pose.crop", "kiosk.pose.smooth", "kiosk.pose.series"),
            *("kiosk.pose.identity", "kiosk.pose.presence", "kiosk.pose.light", "kiosk.pose.pictures", "kiosk.pose.points"),
        ),
        pure=True,
    ),
    Line(0, ("kiosk.domain", "kiosk.screen", "kiosk.stored", "kiosk.clinic", "kiosk.health", "kiosk.words"), pure=True),
    Line(0, ("kiosk", "kiosk._version")),  # the version: of a file that a build writes, or of what is installed
    Line(0, ("kiosk.config", "kiosk.durable", "kiosk.settings", "kiosk.threads", "kiosk.notify", "kiosk.data", "kiosk.words.catalogue")),
)

LEVELS_OF_SHELLS = (0, 1)  # a shell knows the nouns and the pure core, not the order of work (line 2)

SETTINGS = "kiosk.config"  # a pure part may be handed its own section

PURE_LIBRARIES = frozenset(
    {"numpy", "scipy", "json"}
    | {"__future__", "abc", "array", "bisect", "cmath", "collections", "copy", "dataclasses", "datetime", "enum", "fractions", "functools"}
    | {"heapq", "itertools", "math", "numbers", "operator", "re", "statistics", "string", "types", "typing"}
)
CLOCK_READINGS = frozenset({"now", "utcnow", "today"})  # datetime is welcome as a value, its clock is not

THREADS = "kiosk.threads"
THREAD_LIBRARIES = frozenset({"threading", "_thread"})


def modules_of(root: Path) -> dict[str, Path]:
    """Every module of root/kiosk by its dotted name; a package is named without `.__init__`."""
    found = {}
    for path in sorted((root / "kiosk").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def line_of(module: str) -> Line | None:
    """The line a module stands on; None for a module that the design does not know."""
    return next((line for line in LINES if any(fnmatchcase(module, pattern) for pattern in line.modules)), None)


def called(node: ast.expr) -> str:
    """The last part of a called name: `import_module` for `importlib.import_module(...)`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def absolute(name: str, dots: int, package: str) -> str:
    """A relative import (`dots` > 0) as seen from `package`, as an absolute name."""
    if not dots:
        return name
    base = package.split(".")[: len(package.split(".")) - dots + 1]
    return ".".join([*base, name] if name else base)


def renamed_loaders(tree: ast.Module) -> set[str]:
    """What this file calls `importlib.import_module` and `__import__`."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module in ("importlib", "builtins"))
    names = {alias.asname or alias.name for node in imports for alias in node.names if alias.name in ("import_module", "__import__")}
    return names | {"import_module", "__import__"}


def imports_of(tree: ast.Module, package: str, known: set[str]) -> Iterator[tuple[int, str]]:
    """(line number, absolute module name) of every import, wherever it stands: in functions, under TYPE_CHECKING, as a string.

    A type is knowledge too, so `if TYPE_CHECKING:` is no way around the rule.
    """
    loaders = renamed_loaders(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node.module or "", node.level, package)
            for alias in node.names:
                inner = f"{base}.{alias.name}"  # `from kiosk import store` imports kiosk.store
                yield node.lineno, inner if inner in known else base
        elif isinstance(node, ast.Call) and called(node.func) in loaders and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                name = first.value.lstrip(".")
                yield node.lineno, absolute(name, len(first.value) - len(name), package)


def part_of(module: str) -> str:
    """The part a module belongs to: `camera` for kiosk.camera.video."""
    return module.split(".")[1] if "." in module else ""


def complaint(module: str, line: Line, target: str) -> str | None:
    """Why `module`, which stands on `line`, must not import `target`; None when it may."""
    library = target.partition(".")[0]
    return kiosk_complaint(module, line, target) if library == "kiosk" else library_complaint(module, line, library)


def library_complaint(module: str, line: Line, library: str) -> str | None:
    """The same for what is not ours."""
    if library in THREAD_LIBRARIES and module != THREADS:
        return f"only {THREADS} may import threading: use its Latest, Stop and Worker"
    if line.pure and library not in PURE_LIBRARIES:
        return "pure code imports only numpy, scipy and plain stdlib (PURE_LIBRARIES)"
    return None


def kiosk_complaint(module: str, line: Line, target: str) -> str | None:
    """The same for our own modules."""
    below = line_of(target)
    if below is None:
        return f"{target} is not in LINES"
    if line.pure and not below.pure and target != SETTINGS:
        return "pure code imports only pure code and its section of kiosk.config"
    if line.own_package_only and below.level not in LEVELS_OF_SHELLS and part_of(target) != part_of(module):
        return "a shell imports its own package and lines 0 and 1; kiosk.app brings the parts together"
    if below.level > line.level:
        return f"line {line.level} must not know line {below.level}"
    return None


def clock_readings(tree: ast.Module) -> Iterator[int]:
    """Line numbers of `datetime.now()` and its like."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    return (node.lineno for node in calls if called(node.func) in CLOCK_READINGS)


def check_module(module: str, path: Path, known: set[str]) -> Iterator[str]:
    """Every breach of the import rule in one file, as `module:line: what: why`."""
    line = line_of(module)
    if line is None:
        yield f"{module}: LINES in tests/test_layers.py does not know this file; add it there, on the line that fits what it imports"
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for number, target in imports_of(tree, package, known):
        why = complaint(module, line, target)
        if why:
            yield f"{module}:{number}: imports {target}: {why}"
    if line.pure:
        yield from (f"{module}:{number}: reads the clock: time travels with the frame" for number in clock_readings(tree))


def breaches(root: Path) -> list[str]:
    """Every breach of the import rule under root/kiosk."""
    modules = modules_of(root)
    return [breach for module, path in modules.items() for breach in check_module(module, path, set(modules))]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the kiosk's source in which a test can plant something."""
    shutil.copytree(ROOT / "kiosk", tmp_path / "kiosk", ignore=lambda folder, names: {n for n in names if not is_source(Path(folder, n))})
    return tmp_path


def is_source(path: Path) -> bool:
    """True for a folder and a .py file: models and clips are not needed here."""
    return path.is_dir() or path.suffix == ".py"


def planted(root: Path, file: str, source: str) -> list[str]:
    """What the checker says of the new file root/kiosk/FILE with this source."""
    target = root / "kiosk" / file
    assert not target.exists(), f"kiosk/{file} exists: plant elsewhere"
    target.write_text(source, encoding="utf-8")
    module = f"kiosk.{file.replace('/', '.').removesuffix('.py')}"
    return [breach for breach in breaches(root) if breach.startswith(f"{module}:")]


def test_every_module_imports_only_from_its_own_line_and_below() -> None:
    """The kiosk keeps the import rule."""
    assert breaches(ROOT) == []


def test_every_module_stands_on_one_line_only() -> None:
    """No file is matched by two lines, so the order of LINES does not matter."""
    lines = {m: [line.level for line in LINES if any(fnmatchcase(m, p) for p in line.modules)] for m in modules_of(ROOT)}

    assert {module: levels for module, levels in lines.items() if len(levels) > 1} == {}


def test_a_file_the_design_does_not_know_is_told_where_to_stand(copy: Path) -> None:
    """A new file fails with a sentence that says where to add it."""
    (breach,) = planted(copy, "helpers.py", "")

    assert (
        breach
        == "kiosk.helpers: LINES in tests/test_layers.py does not know this file; add it there, on the line that fits what it imports"
    )


BREACHES = {
    "flask in the pure core": ("gait/planted.py", "import flask", "flask"),
    "a library inside a function": ("coach/planted.py", "def f():\n    from sqlite3 import connect\n    return connect", "sqlite3"),
    "part of a library": ("gait/planted.py", "import os.path", "os.path"),
    "the wall clock": ("gait/planted.py", "import time", "time"),
    "the clock of datetime": ("gait/planted.py", "import datetime\nNOW = datetime.datetime.now()", "reads the clock"),
    "the kiosk's own threads in the pure core": ("gait/planted.py", "from kiosk.threads import monotonic_s", "kiosk.threads"),
    "a shell in the pure core": ("coach/planted.py", "from kiosk import store", "kiosk.store"),
    "a shell of the same package": ("gait/planted.py", "from kiosk.pose import movenet", "kiosk.pose.movenet"),
    "a shell knows a shell": ("web/planted.py", "from kiosk.store import anything", "kiosk.store"),
    "a shell knows a shell by a relative import": ("web/planted.py", "from .. import store", "kiosk.store"),
    "a relative import of a name": ("camera/planted.py", "from ..pose.movenet import MoveNet", "kiosk.pose.movenet"),
    "a shell knows the order of work": ("web/planted.py", "import kiosk.pipeline", "kiosk.pipeline"),
    "a shell knows the whole": ("store/planted.py", "from kiosk.app import App", "kiosk.app"),
    "a type is knowledge too": (
        "gait/planted.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from kiosk.web import create_app",
        "kiosk.web",
    ),
    "import_module": ("camera/planted.py", "import importlib\nX = importlib.import_module('kiosk.web')", "kiosk.web"),
    "import_module by another name": (
        "camera/planted.py",
        "from importlib import import_module as load\nX = load('kiosk.web')",
        "kiosk.web",
    ),
    "a relative import_module": ("camera/planted.py", "import importlib\nX = importlib.import_module('..web', __package__)", "kiosk.web"),
    "__import__": ("gait/planted.py", "X = __import__('flask')", "flask"),
    "threading outside kiosk.threads": ("web/planted.py", "from threading import Thread", "threading"),
    "a module that does not exist": ("web/planted.py", "import kiosk.nowhere", "kiosk.nowhere"),
}


@pytest.mark.parametrize(("file", "source", "named"), BREACHES.values(), ids=BREACHES)
def test_a_planted_breach_is_reported(copy: Path, file: str, source: str, named: str) -> None:
    """The checker is seen to fail: one breach planted, one reported, with the file and what it imports."""
    (breach,) = planted(copy, file, source + "\n")

    assert breach.startswith(f"kiosk.{file.replace('/', '.').removesuffix('.py')}:")
    assert named in breach


ALLOWED = {
    "a shell knows the pure core and the nouns": ("web/planted.py", "import flask\nimport kiosk.gait\nfrom kiosk import domain, threads"),
    "a shell knows its own package": ("web/planted.py", "from . import planted\nfrom kiosk.web import planted as also"),
    "the pure core calculates": ("coach/planted.py", "import numpy as np\nfrom scipy import signal\nfrom kiosk import domain, gait"),
    "a pure part is handed its section": ("coach/planted.py", "from kiosk.config import Config"),
}


@pytest.mark.parametrize(("file", "source"), ALLOWED.values(), ids=ALLOWED)
def test_what_the_design_allows_is_not_reported(copy: Path, file: str, source: str) -> None:
    """The checker is not stricter than the design."""
    assert planted(copy, file, source + "\n") == []
