"""The judge of tests/arm64.py: what is as here passes, what is not is named. The emulator itself is not needed for that."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import arm64
import roots

METRICS = {
    "cadence_spm": {"value": 162.2, "left": None, "right": None, "spread": 0.3},
    "contact_ms": {"value": 250.0, "left": 251.0, "right": 249.0, "spread": 3.0},
    "pelvic_drop_deg": {"value": None, "left": None, "right": None, "spread": None},
}
EVENTS = [{"t_s": 0.1, "side": "left", "kind": "contact"}, {"t_s": 0.4, "side": "left", "kind": "toe_off"}]
REPORT: dict[str, Any] = {"frames": 600, "metrics": METRICS, "events": EVENTS}
ANSWER = np.linspace(0, 1, 51).reshape(17, 3)


class Room(arm64.Room):
    """A root in which every command has run already."""

    def run(self, argv: list[str], tree: bool = False) -> str:
        return ""


@pytest.fixture
def there(tmp_path: Path) -> Room:
    (tmp_path / "root" / "srv").mkdir(parents=True)
    return Room(arm64.SUITES[0], tmp_path / "root", Path("qemu"))


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "clip.mp4").touch()
    return tmp_path / "here"


def put(place: Path, name: str, report: dict[str, Any]) -> None:
    (place / name).write_text(json.dumps(report))


def changed(**metrics: float) -> dict[str, Any]:
    return REPORT | {"metrics": {name: one | {"value": metrics.get(name, one["value"])} for name, one in METRICS.items()}}


@pytest.mark.parametrize(("off", "good"), [(2e-6, True), (2e-5, False)])
def test_an_answer_of_the_network_that_differs_is_seen(there: Room, here: Path, off: float, good: bool) -> None:
    """Last digits may differ, more may not."""
    np.savez(here / "network.npz", picture=ANSWER)
    np.savez(there.path("network.npz"), picture=ANSWER + off)
    assert arm64.network(there, here).good is good


@pytest.mark.parametrize(("value", "good"), [(250.0002, True), (251.0, False)])
def test_a_number_of_a_recording_that_differs_is_named(there: Room, here: Path, value: float, good: bool) -> None:
    """The same poses give the same numbers; one that differs is told with both values."""
    for name in arm64.RECORDINGS:
        put(here, f"{Path(name).stem}.json", REPORT)
        put(there.path(""), f"{Path(name).stem}.json", changed(contact_ms=value))
    told = arm64.recordings(there, here)
    assert told.good is good
    assert ("p04_side_left_low_arms.npz: .metrics.contact_ms.value 250 here, 251 there" in told.details) is not good


def test_a_number_on_one_side_only_is_seen(there: Room, here: Path) -> None:
    """A metric that is measured here and not there is no agreement."""
    for name in arm64.RECORDINGS:
        put(here, f"{Path(name).stem}.json", REPORT)
        put(there.path(""), f"{Path(name).stem}.json", REPORT | {"events": []})
    assert not arm64.recordings(there, here).good


@pytest.mark.parametrize(
    ("report", "good"),
    [
        (changed(contact_ms=252.9), True),
        (changed(contact_ms=253.1), False),
        (REPORT | {"metrics": METRICS | {"cadence_spm": METRICS["pelvic_drop_deg"]}}, False),
        (REPORT | {"events": EVENTS[::-1]}, False),
        (REPORT | {"events": [one | {"t_s": one["t_s"] + 0.03} for one in EVENTS]}, False),
        (REPORT | {"events": []}, False),
    ],
)
def test_a_clip_is_judged_by_the_spread_of_its_strides(there: Room, here: Path, report: dict[str, Any], good: bool) -> None:
    """Within one spread is the same; beyond it, missing, or with other or later events is not."""
    put(here, "clip.json", REPORT)
    put(there.path(""), "clip.json", report)
    assert arm64.clip(there, here).good is good


@dataclass(frozen=True)
class Answering(arm64.Room):
    """A root whose pytest answers this, in the shell that the check asks for."""

    said: str
    code: int

    def run(self, argv: list[str], tree: bool = False) -> str:
        inner = ["sh", "-c", f"printf '%s' \"$0\"; exit {self.code}", self.said]
        return subprocess.run([*argv[: argv.index("tests") + 1], *inner], capture_output=True, text=True, check=True).stdout


FAILED = "....F\n=== FAILURES ===\n" + "a line\n" * 40 + "FAILED test_a.py::test_b\n=== 1 failed, 4 passed in 2.00s ===\n"


@pytest.mark.parametrize(
    ("said", "code", "finding", "details"),
    [
        ("..\n=== 2 passed in 1.00s ===\n", 0, "2 passed in 1.00s of 1 files", None),
        (FAILED, 1, "1 failed, 4 passed in 2.00s of 1 files", ["=== FAILURES ===", *["a line"] * 40]),
        ("..\nFatal Python error: Segmentation fault\n", 139, "no answer of pytest", ["..", "Fatal Python error: Segmentation fault"]),
    ],
)
def test_pytest_in_the_root_is_told(there: Room, here: Path, said: str, code: int, finding: str, details: list[str] | None) -> None:
    """Its closing line is the finding; when a test failed all that is said of it follows, and a Python that fell over is no success."""
    (here / "tests.json").write_text('["test_session.py"]')
    told = arm64.tests(Answering(there.suite, there.root, there.emulator, said, code), here)
    assert (told.finding, told.good) == (finding, details is None)
    assert told.details[: len(details or [])] == (details or [])
    assert bool(told.details) is (details is not None)


def test_the_named_tests_are_there() -> None:
    """A test file that was renamed is noticed here, not after an hour of emulation."""
    assert [name for name in (*arm64.ALL_TESTS, *arm64.RECORDINGS) if not list(Path(__file__).parent.glob(f"**/{name}"))] == []


def test_a_kept_root_gets_new_wheels_when_the_locks_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run with the same pins installs the project only, the third with another pin all wheels, and none of the old stay."""
    installed: list[tuple[str, ...]] = []

    def pip(*words: str) -> None:
        installed.append(words)
        Path(words[words.index("--target") + 1]).mkdir(parents=True, exist_ok=True)

    def wheel(argv: list[str], **_: object) -> str:
        (Path(argv[argv.index("-w") + 1]) / "treadside-1-py3-none-any.whl").touch()
        return ""

    monkeypatch.setattr(roots, "_pip", pip)
    monkeypatch.setattr(roots, "said", wheel)
    monkeypatch.setattr(roots, "put_tree", lambda root: (root / roots.TREE[1:]).mkdir(parents=True, exist_ok=True))
    for more in (("a==1",), ("a==1",), ("a==2",)):
        roots.put_wheels(tmp_path, roots.Target("3.13", "aarch64"), ("station",), more)
        (tmp_path / roots.SITE[1:] / f"{more[0]}.py").touch()
    assert [sum("a==1" in words for words in installed), sum("a==2" in words for words in installed)] == [1, 1]
    assert sorted(path.name for path in (tmp_path / roots.SITE[1:]).glob("*.py")) == ["a==2.py"]
