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
LONGEST = ["test_visit", "web/test_clinic_doors", "test_cli", "gait/test_gait_symmetry", "web/test_web_summary", "test_hands_free"]
"""Files that begin first, so that no worker waits for a long one at the end."""
FOLDERS = frozenset(["coach", "gait", "guide", "pose", "report", "tools", "words"])
FILES = frozenset(
    [
        "test_bout_run",
        "test_bouts",
        "test_build_model",
        "test_calibrate",
        "test_cli",
        "test_cli_sessions",
        "test_compare",
        "test_desk",
        "test_hands_free",
        "test_layers",
        "test_levelling",
        "test_limits",
        "test_locks",
        "test_pace",
        "test_packaging",
        "test_people",
        "test_readme",
        "test_refusals",
        "test_release",
        "test_session",
        "test_session_visit",
        "test_setup",
        "test_version",
        "test_visit",
        "web/test_api",
        "web/test_api_docs",
        "web/test_api_schema",
        "web/test_api_token",
        "web/test_clinic_doors",
        "web/test_clinic_leaks",
        "web/test_clinic_results",
        "web/test_web_belt",
        "web/test_web_colours",
        "web/test_web_encode",
        "web/test_web_guard",
        "web/test_web_guide",
        "web/test_web_page",
        "web/test_web_screens",
        "web/test_web_summary",
        "web/test_web_take_home",
    ]
)
"""What may run beside another test."""


def name_of(path: Path) -> str:
    """A test file as it is named here."""
    return str(path.relative_to(TESTS).with_suffix(""))


def runs_beside(path: Path) -> bool:
    """True when tests of this file may run beside another test."""
    name = name_of(path)
    return name in FILES or name.split("/")[0] in FOLDERS


def order(path: Path) -> tuple[bool, int]:
    """Sorts the files: side by side before alone, the longest first."""
    name = name_of(path)
    return not runs_beside(path), LONGEST.index(name) if name in LONGEST else len(LONGEST)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker: a group for each file, one for all that run alone, and these last."""
    if not getattr(config.option, "loadgroup", False):
        return
    items.sort(key=lambda item: order(item.path))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(name_of(item.path) if runs_beside(item.path) else "alone"))


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
