"""Two tests at a time, where that is honest: `pytest -n 2 --dist loadgroup --no-loadscope-reorder`, as setup.sh calls it.

Tests of pure code, and of pages with a stand-in for the station, run beside one another, a file a group. All others run alone,
after them: they look at the clock, at a whole station or at a process that is killed, and a busy machine would change what they
see. A new file runs alone until it is named here. Without pytest-xdist, or without these options, nothing changes.
"""

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LONGEST = ("test_visit.py", "test_cli.py", "gait/test_gait_symmetry.py", "test_many.py", "coach/test_coach_cues.py", "test_hands_free.py")
"""Files that begin first, so that no worker waits for a long one at the end."""
BESIDE = ("gait", "coach", "pose", "report", "tools", "words", *LONGEST)
"""Folders and files whose tests may run beside another test."""


def runs_beside(path: Path) -> bool:
    """True when tests of this file may run beside another test."""
    inside = path.relative_to(TESTS)
    return str(inside) in BESIDE or inside.parts[0] in BESIDE


def order(path: Path) -> tuple[bool, int]:
    """Sorts the files: side by side before alone, the longest first."""
    name = str(path.relative_to(TESTS))
    return not runs_beside(path), LONGEST.index(name) if name in LONGEST else len(LONGEST)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker: a group for each file, one for all that run alone, and these last."""
    if not getattr(config.option, "loadgroup", False):
        return
    items.sort(key=lambda item: order(item.path))
    for item in items:
        name = str(item.path.relative_to(TESTS)) if runs_beside(item.path) else "alone"
        item.add_marker(pytest.mark.xdist_group(name))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """The last tests side by side may still be running in the other worker when the first one begins that has to be alone: it waits."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    with Path(__file__).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH if runs_beside(item.path) else fcntl.LOCK_EX)
        try:
            return (yield)
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
