"""Switching off: everything on the disk first, the system asked once, a refusal said until somebody tries again."""

from collections.abc import Callable
from pathlib import Path

from kiosk.power_off import PowerOff
from kiosk.screen import LiveView, State
from kiosk.threads import Stop, monotonic_s

OFF, IDLE = LiveView(state=State.OFF), LiveView(state=State.IDLE)


def test_the_system_is_asked_once_for_each_time(tmp_path: Path) -> None:
    """However many views say so; after the disk has all; the second time goes well and takes the refusal back."""
    asked, ready = tmp_path / "asked", tmp_path / "ready"
    script = tmp_path / "off"
    script.write_text(f"#!/bin/sh\necho asked >> {asked}\n[ -e {ready} ] || exit 1\n")
    script.chmod(0o755)
    power = PowerOff(lambda seconds: asked.write_text(asked.read_text() + "flushed\n"), (str(script),), lambda name, error: None)
    asked.write_text("")
    for view in (IDLE, OFF, OFF, OFF):
        power.show(view)
    wait_for(lambda: bool(power.problem))
    assert (asked.read_text().split(), "could not be switched off" in power.problem) == (["flushed", "asked"], True)
    ready.touch()
    power.show(IDLE)
    assert power.problem
    power.show(OFF)
    wait_for(lambda: not power.problem)
    assert (asked.read_text().split(), power.problem) == (["flushed", "asked"] * 2, "")


def wait_for(done: Callable[[], bool]) -> None:
    until_s = monotonic_s() + 10
    while not done() and monotonic_s() < until_s:
        Stop().wait(0.02)
