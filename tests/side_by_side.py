"""Two tests at a time, where that is honest: `pytest -n 2`, as setup.sh calls it.

Tests of pure code, and of pages with a stand-in for the station, run beside one another, a file a group. All others run alone,
after them: they look at the clock, at a whole station or at a process that is killed, and a busy machine would change what they
see. A new file runs alone until it is named here. Without pytest-xdist, or without -n, nothing changes.
"""

import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
LONGEST = ("test_visit", "web/test_clinic_doors", "test_cli", "gait/test_gait_symmetry", "web/test_web_summary", "test_hands_free")
"""Files that begin first, so that no worker waits for a long one at the end."""
FOLDERS = frozenset(("coach", "gait", "guide", "pose", "report", "tools", "words"))
NAMES = """
test_arm64 test_bout_run test_bouts test_build_model test_calibrate test_cli test_cli_sessions test_compare
test_config_station test_daily test_desk test_hands_free test_lamp test_layers test_levelling test_limits test_locks
test_notices test_pace test_packaging test_people test_readme test_refusals test_release test_reliability test_session
test_session_visit test_setup test_setup_bundle test_setup_install test_setup_station test_sound test_upkeep
test_version test_visit test_wiring camera/test_camera_background camera/test_camera_fake camera/test_camera_moved
camera/test_camera_picamera camera/test_camera_synthetic device/test_device doctor/test_doctor_camera doctor/test_doctor_data
doctor/test_doctor_machine doctor/test_doctor_parts doctor/test_doctor_table store/test_store_nouns store/test_store_retention
tape/test_tape_journal tape/test_tape_ring treadmill/test_treadmill_ftms treadmill/test_treadmill_guide web/test_api
web/test_api_docs web/test_api_schema web/test_api_token web/test_clinic_doors web/test_clinic_leaks web/test_clinic_results
web/test_web_belt web/test_web_colours web/test_web_encode web/test_web_guard web/test_web_guide web/test_web_guide_steps
web/test_web_page web/test_web_press web/test_web_screens web/test_web_summary web/test_web_take_home
"""
FILES = frozenset(NAMES.split())
"""What may run beside another test, besides these folders."""


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker: what runs alone comes last."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: order(item.path))


@pytest.hookimpl(optionalhook=True)  # there is no such hook without pytest-xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hands out a file at a time in the order of the workers, and all that run alone to one worker. (xdist's own groups, by a mark,
    do nothing with pytest 9.)"""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            path = config.rootpath / nodeid.partition("::")[0]
            return name_of(path) if runs_beside(path) else "alone"

    config.option.loadscopereorder = False
    return Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A lock, because the last tests side by side may still run in one worker when the other begins those that have to be alone."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    with Path(__file__).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH if runs_beside(item.path) else fcntl.LOCK_EX)
        try:
            return (yield)
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
