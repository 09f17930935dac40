"""The look at the window in a process of its own: same numbers, gives way, comes back, never outlives the station."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from kiosk import gait_process
from kiosk.app import App
from kiosk.config import CameraConfig, Config, StoreConfig, WebConfig
from kiosk.demo import DEMO_CLIP, demo_config
from kiosk.domain import PoseSeries, View
from kiosk.gait.analysis import Analysis, analyse
from kiosk.gait.geometry import Setting
from kiosk.gait_process import GaitProcess, GaitProcessError
from kiosk.screen import Command
from kiosk.threads import NICE, Stop, niceness
from runner import make_runner

WAIT_S = 10.0
SETTING = Setting()


def runner(seconds: int = 12) -> PoseSeries:
    """From the right, 30 frames a second."""
    return make_runner(np.arange(30 * seconds) / 30, cadence_spm=165.0)


def is_there(pid: int) -> bool:
    """It lives, and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_gone(pid: int) -> bool:
    """It ends within WAIT_S."""
    pause = Stop()
    for _ in range(int(WAIT_S / 0.05)):
        if not is_there(pid):
            return True
        pause.wait(0.05)
    return False


def numbers(analysis: Analysis) -> dict[str, tuple[float | None, float | None]]:
    """Of its report."""
    return {name: (metric.value, metric.spread) for name, metric in analysis.report.metrics.items()}


@pytest.fixture
def process() -> Iterator[GaitProcess]:
    """One that is ended after the test."""
    found = GaitProcess()
    yield found
    found.stop()


def test_its_numbers_are_those_of_the_function(process: GaitProcess) -> None:
    """To the last digit, with the strides and the gait behind them."""
    there, here = process.analyse(runner(), View.RIGHT, SETTING), analyse(runner(), View.RIGHT, SETTING)
    assert numbers(there) == numbers(here)
    assert numbers(there)["cadence_spm"][0] == pytest.approx(165, abs=1)
    assert there.values == here.values
    assert there.gait is not None


def test_it_is_started_once_and_gives_way_to_all(process: GaitProcess) -> None:
    """A run that begins starts it; a look uses the same one."""
    assert process.pid is None
    process.start()
    pid = process.pid
    assert pid is not None
    process.start()
    process.analyse(runner(), View.RIGHT, SETTING)
    assert process.pid == pid
    assert os.getpriority(os.PRIO_PROCESS, pid) == niceness(NICE)
    assert os.getsid(pid) == os.getsid(0), "niceness may count within a session only"
    assert os.getpgid(pid) != os.getpgid(0), "Ctrl-C is for the station"


def test_one_that_was_killed_is_started_again(process: GaitProcess) -> None:
    """Nothing of the look is lost."""
    process.start()
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert numbers(process.analyse(runner(), View.RIGHT, SETTING))["cadence_spm"][0] is not None
    assert process.pid not in (None, pid)


@pytest.mark.parametrize("seconds", [12, 120])
def test_one_that_hangs_is_ended_and_started_again(process: GaitProcess, monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """Whether it takes the poses, which wait in the socket, or these are too many for that."""
    monkeypatch.setattr(gait_process, "ANSWER_S", 0.5)
    process.start()
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(gait_process, "ANSWER_S", 30.0)
    assert numbers(process.analyse(runner(seconds), View.RIGHT, SETTING))["cadence_spm"][0] is not None
    assert is_gone(pid)
    assert process.pid not in (None, pid)


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
def test_without_a_process_it_is_measured_here(
    process: GaitProcess, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, program: str
) -> None:
    """One that always dies, and one that cannot be started: nothing is lost, the log says it once, and it is not tried for ever."""
    monkeypatch.setattr(gait_process.sys, "executable", program)
    process.start()
    for _ in range(2):
        assert numbers(process.analyse(runner(), View.RIGHT, SETTING)) == numbers(analyse(runner(), View.RIGHT, SETTING))
    assert [record.message for record in caplog.records if "failed 2 times" in record.message] != []
    assert len(caplog.records) == 1
    assert process.pid is None


def test_one_that_died_between_two_runs_is_no_loss_of_time(process: GaitProcess) -> None:
    """The next run starts another, before its first look."""
    process.start()
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while is_there(pid):
        Stop().wait(0.01)
    process.start()
    assert process.pid not in (None, pid)


def test_systemds_word_to_all_is_for_the_station(process: GaitProcess) -> None:
    """It goes on until the station ends it, so that the last look is not lost."""
    process.analyse(runner(), View.RIGHT, SETTING)
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    process.analyse(runner(), View.RIGHT, SETTING)
    assert process.pid == pid


def test_files_of_the_working_folder_are_not_taken_for_libraries(
    process: GaitProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody's queue.py, where the station was started."""
    (tmp_path / "queue.py").write_text("raise RuntimeError")
    monkeypatch.chdir(tmp_path)
    process.analyse(runner(), View.RIGHT, SETTING)
    assert caplog.records == []


def test_an_error_of_gait_comes_back_with_its_words(process: GaitProcess) -> None:
    """And the process goes on."""
    with pytest.raises(GaitProcessError, match="Traceback"):
        process.analyse(None, View.RIGHT, SETTING)  # type: ignore[arg-type] # what no program gives
    pid = process.pid
    assert numbers(process.analyse(runner(), View.RIGHT, SETTING))["cadence_spm"][0] is not None
    assert process.pid == pid


def test_after_stop_it_is_gone_and_a_late_look_is_done_here(process: GaitProcess) -> None:
    """Nothing starts it again."""
    process.start()
    pid = process.pid
    assert pid is not None
    process.stop()
    assert not is_there(pid)
    assert numbers(process.analyse(runner(), View.RIGHT, SETTING))["cadence_spm"][0] is not None
    process.start()
    assert process.pid is None


def test_it_does_not_outlive_a_station_that_was_killed() -> None:
    """It hears that nobody is there any more."""
    words = [
        "import os, signal",
        "from kiosk.gait_process import GaitProcess",
        "one = GaitProcess()",
        "one.start()",
        "print(one.pid, flush=True)",
        "os.kill(os.getpid(), signal.SIGKILL)",
    ]
    command = [sys.executable, "-c", "\n".join(words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert is_gone(int(done.stdout))


def test_the_station_looks_there_and_ends_it(tmp_path: Path) -> None:
    """From the beginning of a run; the numbers on the screen are from there."""
    demo = demo_config(Config(), 0)
    session = demo.session.model_copy(update={"countdown_s": 0, "hands_free": False})
    camera = CameraConfig(kind="video", path=str(DEMO_CLIP), loop=True)
    store = StoreConfig(folder=str(tmp_path))
    app = App(demo.model_copy(update={"session": session, "camera": camera, "store": store, "web": WebConfig(port=0)}))
    asked: list[Analysis] = []
    app._gait.analyse = partial(_noted, app._gait.analyse, asked)  # type: ignore[method-assign] # the same, and noted
    app.pipeline._parts = app._parts()
    app.start()
    try:
        assert app._gait.pid is None, "nobody runs yet"
        app.send(Command.START)
        view = app.wait(lambda view: view.cadence_spm is not None)
        assert view is not None
        pid = app._gait.pid
        assert pid is not None
        assert asked
    finally:
        app.stop()
    assert not is_there(pid)


def _noted(ask, asked: list[Analysis], *given) -> Analysis:  # type: ignore[no-untyped-def] # as GaitProcess.analyse
    asked.append(ask(*given))
    return asked[-1]
