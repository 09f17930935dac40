"""Who gives way to the network: the other threads of the station, jobs beside the frames, and the browser."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kiosk import threads
from kiosk.app import App
from kiosk.browser.chromium import NICE as BROWSER_NICE
from kiosk.browser.chromium import Chromium, modest
from kiosk.config import CameraConfig, Config, PoseConfig, StoreConfig, WebConfig
from kiosk.demo import DEMO_CLIP
from kiosk.run import LOOK_SHARE
from kiosk.threads import FIRST, FRAMES_NICE, NICE, Background, Latest, Stop, Worker

NOW_S = 100.0
ROOT = Path(__file__).parents[1]


def niceness(of: int = NICE) -> int:
    """Of a worker's thread, above that of the process."""
    found: Latest[int] = Latest()

    def work(stop: Stop) -> None:
        found.publish(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    worker = Worker("one", work, nice=of).start()
    _, nice = found.newer(0, 5.0)
    assert worker.stop()
    assert nice is not None
    return nice - os.getpriority(os.PRIO_PROCESS, os.getpid())


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness of their own on Linux only")
def test_a_thread_gives_way_unless_it_comes_first() -> None:
    """The network's thread is as nice as the process, those of the frames nicer, all others more so; the process stays as it was."""
    before = os.getpriority(os.PRIO_PROCESS, os.getpid())
    assert niceness(FIRST) == 0
    assert niceness(FRAMES_NICE) == min(FRAMES_NICE, 19 - before)
    assert niceness() == min(NICE, 19 - before)
    assert FIRST < FRAMES_NICE < NICE < BROWSER_NICE
    assert os.getpriority(os.PRIO_PROCESS, os.getpid()) == before


def test_a_sandbox_that_forbids_it_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread works on as it is."""

    def refused(which: int, who: int, nice: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refused)
    assert niceness() == 0


@pytest.fixture
def clock_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock says: its only number."""
    clock = [NOW_S]
    monkeypatch.setattr(threads, "monotonic_s", lambda: clock[0])
    return clock


@pytest.mark.parametrize(("took_s", "rests_s"), [(0.25, 1.0), (10.0, threads.REST_S)], ids=["four times as long", "not for ever"])
def test_a_background_rests_in_proportion(clock_s: list[float], took_s: float, rests_s: float) -> None:
    """With a share of a fifth; a job that had to wait for its core for ten seconds is not followed by forty without one."""
    background: Background[int] = Background("jobs", share=0.2)
    done: Latest[int] = Latest()

    def job() -> int:
        clock_s[0] += took_s
        return 7

    assert background.submit(job)
    for _ in range(2000):
        if not background._busy:
            break
        done.newer(0, 0.01)
    assert background.take() == 7
    clock_s[0] = NOW_S + took_s + rests_s - 0.01
    assert not background.submit(job)
    clock_s[0] = NOW_S + took_s + rests_s
    assert background.submit(job)
    background.stop()


def test_the_browser_gives_way_more_than_any_thread() -> None:
    """Its command begins with `nice`; as root also without the right to take that back."""
    command = modest(["chromium", "--app"])
    assert command[-2:] == ["chromium", "--app"]
    assert [Path(word).name for word in command[-5:-2]] == ["nice", "-n", str(BROWSER_NICE)]
    assert BROWSER_NICE > NICE
    assert ("--bounding-set=-sys_nice" in command) == (os.geteuid() == 0)


def test_the_browser_is_nice_and_stays_so() -> None:
    """What is started that way is nicer than we are, also as root, and nothing it does makes it less nice."""
    script = "import os\nbefore = os.nice(0)\ntry:\n    os.nice(-1)\nexcept PermissionError:\n    print(before)"
    done = subprocess.run(modest([sys.executable, "-c", script]), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(min(os.nice(0) + BROWSER_NICE, 19))


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel has no groups of sessions")
def test_the_browsers_session_is_as_nice(tmp_path: Path) -> None:
    """Where the kernel weighs sessions against each other, what is nice inside one only would not count."""
    browser = Chromium(["sleep", "60"], tmp_path / "log")
    try:
        told = Path(f"/proc/{browser.pid}/autogroup").read_text().split()
    finally:
        browser.end()
    assert told[-2:] == ["nice", str(BROWSER_NICE)]


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (3, 2), (4, 2), (8, 2)])
def test_one_core_stays_free(cores: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the network's threads, unless somebody gives their number."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    assert PoseConfig().threads == threads
    assert PoseConfig(threads=4).threads == 4


@pytest.mark.parametrize("unit", ["kiosk.service", "kiosk-recorder.service"])
def test_a_unit_lets_threads_give_way(unit: str) -> None:
    """`setpriority` is taken out of the group of calls that is forbidden, which only a later line can do."""
    lines = (ROOT / "systemd" / unit).read_text().splitlines()
    assert lines.index("SystemCallFilter=setpriority") > lines.index("SystemCallFilter=~@privileged @resources")


def station(tmp_path: Path) -> App:
    """With the bundled clip, not started."""
    config = Config(camera=CameraConfig(kind="video", path=str(DEMO_CLIP)), store=StoreConfig(folder=str(tmp_path)), web=WebConfig(port=0))
    return App(config)


def test_the_station_has_looks_that_rest(tmp_path: Path) -> None:
    """Of the time no more than LOOK_SHARE."""
    app = station(tmp_path)
    try:
        assert app._jobs._rest == pytest.approx(1 / LOOK_SHARE - 1)
    finally:
        app.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness of their own on Linux only")
def test_the_stations_threads_stand_in_this_order(tmp_path: Path) -> None:
    """The network first, then the frames' two other threads, then all others."""
    before = os.getpriority(os.PRIO_PROCESS, os.getpid())
    app = station(tmp_path).start()
    try:
        assert app.wait(lambda view: view.pose is not None) is not None
        ids = {thread.name: thread.native_id for thread in threading.enumerate()}
        of = [os.getpriority(os.PRIO_PROCESS, ids[name] or 0) - before for name in ("network", "camera", "pipeline", "store")]
    finally:
        app.stop()
    assert of == [0, *[min(FRAMES_NICE, 19 - before)] * 2, min(NICE, 19 - before)]


def test_a_system_without_nice_still_has_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command as it is."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert modest(["chromium"]) == ["chromium"]
