"""Faults of the screen, played for tests/play_faults.py: the station's own browser (`kiosk screen`, headless), and a page with an error.

What must not go in: the faults of the station itself.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chromium import open_chromium, renderer
from fault_world import PATIENCE_S, POLL_S, World
from kiosk.threads import monotonic_s
from soak_browsers import OwnScreen
from soak_parts import until

THROW = "setTimeout(() => { throw new Error('played'); }, 0); window.before = true;"
"""An error of a script that runs in the page; the mark goes with the page."""
DRAWN_AGAIN = "return !window.before && document.getElementById('overlay')?.hidden === true;"


def browser_killed(world: World) -> float:
    """Kill -9 of Chromium; seconds until another one has drawn a view."""
    with own_screen(world) as screen:
        return _back_s(screen, lambda pid: os.kill(pid, signal.SIGKILL))


def page_killed(world: World) -> float:
    """Kill -9 of the process that draws, which is what "Aw, Snap" is."""
    with own_screen(world) as screen:
        return _back_s(screen, lambda pid: os.kill(renderer(pid), signal.SIGKILL))


def page_hangs(world: World) -> float:
    """The process that draws is stopped: the page stands still."""
    with own_screen(world) as screen:
        return _back_s(screen, lambda pid: os.kill(renderer(pid), signal.SIGSTOP))


def script_error(world: World) -> float:
    """An error in the page's script; seconds until the page is loaded again and shows the station."""
    with open_chromium("--window-size=800,480") as browser:
        browser.get(f"http://127.0.0.1:{world.port}/")
        _until(lambda: bool(browser.execute_script(DRAWN_AGAIN)), "the page")
        browser.execute_script(THROW)
        return _until(lambda: bool(browser.execute_script(DRAWN_AGAIN)), "the page again")


@contextmanager
def own_screen(world: World) -> Iterator[OwnScreen]:
    """`kiosk screen` that shows the station."""
    screen = OwnScreen(world.folder / "kiosk.toml", world.port, world.folder)
    try:
        _until(lambda: screen.drawn_s() is not None, "the screen")
        time.sleep(3)  # a page that works
        yield screen
    finally:
        screen.end()


def _back_s(screen: OwnScreen, fault: Callable[[int], object]) -> float:
    """Play the fault to the Chromium that shows the page; seconds until another Chromium, or another page, has drawn a view after it."""
    pid = screen.pid
    assert pid is not None
    at_s = monotonic_s()
    fault(pid)

    def drawn() -> bool:
        found = screen.drawn_s()
        return found is not None and found[0] != pid and found[1] > at_s

    return _until(drawn, "the screen again")


def _until(done: Callable[[], bool], what: str) -> float:
    began_s = monotonic_s()
    if until(done, PATIENCE_S, POLL_S) is None:
        raise SystemExit(f"{what}: not within {PATIENCE_S:.0f} s")
    return monotonic_s() - began_s
