"""Plays every fault of docs/reliability.md in a real `kiosk run` under a supervisor like systemd, and measures the time to recover.

    python tests/play_faults.py [--only WORD] [--write]     about 5 minutes; --write puts the table into docs/reliability.md

The pause before a restart and the watchdog are those of systemd/kiosk.service (RestartSec=500ms, WatchdogSec=30). A full disk needs root
(it is a small file system in memory); without, that fault is left out and the table says so.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fault_table import FAULTS, Fault
from kiosk.store import SessionStore, sessions
from kiosk.threads import Stop, Worker

ROOT = Path(__file__).parents[1]
DOC = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: made by tests/play_faults.py -->", "<!-- end of faults -->"
RESTART_S, WATCHDOG_S = 0.5, 30.0
POLL_S = 0.05
PATIENCE_S = 90.0
DISK_MB = 6
View = dict[str, Any]


class Supervisor:
    """Starts the station again when it ends, and aborts it when it does not feed its watchdog, as systemd would.

    A station that never feeds it (this program is older than that) is not aborted.
    """

    def __init__(self, command: list[str], folder: Path) -> None:
        self._command, self._folder = command, folder
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self._socket.settimeout(0.05)
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._worker = Worker("supervisor", self._run).start()

    def stop(self) -> None:
        """End the station in good order."""
        self._worker.stop(20.0)
        self._socket.close()
        if self._worker.crash is not None:
            raise self._worker.crash

    def kill(self) -> None:
        """Kill -9."""
        assert self.process is not None
        self.process.kill()

    def _run(self, stop: Stop) -> None:
        environment = os.environ | {
            "NOTIFY_SOCKET": str(self._folder / "notify"),
            "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6)),
            "PYTHONPATH": str(ROOT),
        }
        with (self._folder / "station.log").open("wb") as log:
            while not stop.is_set:
                self.process = subprocess.Popen(self._command, stdout=log, stderr=log, env=environment)
                self.starts += 1
                self._attend(self.process, stop)
                stop.wait(RESTART_S)

    def _attend(self, process: "subprocess.Popen[bytes]", stop: Stop) -> None:
        fed_s = None
        while process.poll() is None and not stop.is_set:
            with suppress(TimeoutError):
                if b"WATCHDOG=1" in self._socket.recv(4096):
                    fed_s = time.monotonic()
            if fed_s is not None and time.monotonic() - fed_s > WATCHDOG_S:
                process.send_signal(signal.SIGABRT)
                process.wait(10)
        if process.poll() is None:
            process.terminate()
            process.wait(20)


@dataclass
class World:
    """The station, and what can be done to it."""

    folder: Path
    port: int
    station: Supervisor

    def switch(self, fault: str, on: bool = True, text: str = "") -> None:
        """A file that tests/faulty_station.py looks for."""
        path = self.folder / fault
        if on:
            path.write_text(text)
        else:
            path.unlink(missing_ok=True)

    def view(self) -> View:
        """What the screen shows; {} when the station does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/live.json", timeout=1) as answer:
                found: View = json.load(answer)
                return found
        except (OSError, ValueError):
            return {}

    def press(self, command: str) -> None:
        """A button."""
        post = urllib.request.Request(f"http://127.0.0.1:{self.port}/command/{command}", method="POST")
        urllib.request.urlopen(post, timeout=5).close()

    def until(self, done: Callable[[View], bool], what: str) -> float:
        """Wait; how long it took, seconds."""
        began_s = time.monotonic()
        while time.monotonic() - began_s < PATIENCE_S:
            if done(self.view()):
                return time.monotonic() - began_s
            time.sleep(POLL_S)
        raise SystemExit(f"{what}: not within {PATIENCE_S:.0f} s; the screen says {self.view()}. Log: {self.folder / 'station.log'}")

    def measures(self) -> float:
        """Wait until poses come and nothing is said."""
        return self.until(measuring, "it measures")

    def begins_a_run(self) -> None:
        """From the idle screen, or from whatever the last fault left."""
        self.ends_the_run()
        self.press("start")
        self.until(lambda view: view.get("state") == "running" and view["elapsed_s"] > 3, "a run")

    def ends_the_run(self) -> None:
        """Back to the idle screen."""
        self.measures()
        while (state := self.view().get("state")) != "idle":
            self.press("stop")
            self.until(lambda view, before=state: view.get("state") not in (before, None), f"the end of {state}")  # type: ignore[misc]
            time.sleep(1.2)  # a second tap at once would be ignored


def measuring(view: View) -> bool:
    """Poses come, nothing is wrong; being told where to stand is no fault."""
    fine = view.get("pose") is not None and not view.get("fault")
    return bool(fine and "picture" not in str(view.get("cannot_judge")) and "mending" not in str(view.get("cannot_judge")))


def lost(view: View) -> bool:
    """The runner is told."""
    return bool(view) and bool(view["fault"]) and bool(view["cannot_judge"])


def away(view: View) -> bool:
    """The page says that it is starting."""
    return not view


def noted(word: str) -> Callable[[View], bool]:
    """The staff is told, on a screen that has room for it."""
    return lambda view: word in str(view.get("notice"))


@dataclass(frozen=True)
class Times:
    """What was measured of one fault, seconds; None where there is nothing to measure."""

    said_s: float | None
    """From the fault to its state on the page."""
    back_s: float | None
    """From the fault, or where a person mends it from then, until poses come and nothing is said."""
    mended: bool = False
    """`back_s` counts from the mending."""
    more: str = ""


@dataclass(frozen=True)
class Play:
    """How one fault is played."""

    begin: Callable[[World], None]
    said: Callable[[View], bool] | None = None
    mend: Callable[[World], None] | None = None
    """Puts the world right again; None where the station does it alone."""
    hold_s: float = 0.0
    """How long the fault stands before it is mended."""
    in_run: bool = True

    def __call__(self, world: World) -> Times:
        """Play it."""
        if self.in_run:
            world.begins_a_run()
        else:
            world.ends_the_run()
        self.begin(world)
        said_s = world.until(self.said, "said") if self.said is not None else None
        if self.mend is None:
            return Times(said_s, (said_s or 0.0) + world.measures())
        time.sleep(self.hold_s)
        self.mend(world)
        return Times(said_s, world.measures(), mended=True)


def switched(fault: str, said: Callable[[View], bool] | None, hold_s: float = 8.0, in_run: bool = True) -> Play:
    """A fault that is switched on, said, and after a while switched off again."""
    return Play(lambda world: world.switch(fault), said, lambda world: world.switch(fault, on=False), hold_s, in_run)


def missing_at_start(world: World) -> Times:
    """The cable is out when the station starts."""
    world.measures()
    world.switch("camera unplugged")
    world.station.kill()
    world.until(away, "away")
    said_s = world.until(lambda view: "No camera found" in str(view.get("notice")), "said")
    world.switch("camera unplugged", on=False)
    return Times(said_s, world.measures(), mended=True)


def hanging_library(world: World) -> Times:
    """The cable falls out, and closing the camera never ends."""
    world.begins_a_run()
    world.switch("library hangs")
    world.switch("camera stalled")
    said_s = world.until(lost, "said")
    away_s = world.until(away, "restart")
    world.switch("camera stalled", on=False)
    return Times(said_s, said_s + away_s + world.measures())


def broken_network(world: World) -> Times:
    """It fails until a new process has it."""
    world.begins_a_run()
    world.switch("network raises")
    said_s = world.until(lost, "said")
    away_s = world.until(away, "restart")
    world.switch("network raises", on=False)
    return Times(said_s, said_s + away_s + world.measures())


def dead_store(world: World) -> Times:
    """The writing thread faults, begins again, faults again: the process ends."""
    world.begins_a_run()
    world.switch("store crash")
    away_s = world.until(away, "restart")
    world.switch("store crash", on=False)
    return Times(None, away_s + world.measures())


def full_disk(world: World) -> Times:
    """A small file system is filled while somebody runs, and emptied 10 s later."""
    filler = world.folder / "data" / "filler"
    world.begins_a_run()
    with filler.open("wb") as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
            file.flush()
    said_s = world.until(lambda view: bool(view.get("fault")), "said")
    time.sleep(10)
    filler.unlink()
    return Times(said_s, world.measures(), mended=True)


def jumping_clock(world: World) -> Times:
    """Nine years ahead, then back again, while somebody runs: nothing is interrupted, and the length of the run stays right."""
    world.begins_a_run()
    before, began_s, worst_s = world.view()["elapsed_s"], time.monotonic(), 0.0
    for ahead_s in (9 * 365 * 86400, 0):
        world.switch("clock", text=str(ahead_s))
        end_s = time.monotonic() + 7
        while time.monotonic() < end_s:
            view = world.view()
            assert measuring(view), view
            worst_s = max(worst_s, abs(view["elapsed_s"] - before - (time.monotonic() - began_s)))
            time.sleep(POLL_S)
    world.ends_the_run()
    age_s = time.time() - started_s(world)
    assert age_s < 120, f"the run's date is off by {age_s:.0f} s"
    return Times(None, 0.0, more=f"the run's clock was never off by more than {worst_s:.1f} s, its date is right")


def hot(world: World) -> Times:
    """Each picture takes 60 ms more, the sysfs of a hot Pi with a weak supply: cadence of the clip stays what it is."""
    sysfs = world.folder / "root/sys"
    files = {
        "class/thermal/thermal_zone0/type": "cpu-thermal",
        "class/thermal/thermal_zone0/temp": "84300",
        "devices/platform/soc/soc:firmware/get_throttled": "4",
    }
    for path, text in files.items():
        (sysfs / path).parent.mkdir(parents=True, exist_ok=True)
        (sysfs / path).write_text(text)
    world.switch("slow")
    said_s = world.until(noted("hot (84 °C)"), "said")
    world.begins_a_run()
    world.until(lambda view: view.get("elapsed_s", 0) > 12 and view.get("cadence_spm"), "a cadence")
    view = world.view()
    world.switch("slow", on=False)
    shutil.rmtree(world.folder / "root")
    world.ends_the_run()
    back_s = world.until(lambda view: view.get("notice") == "", "said no more")
    more = f"{view['frames_per_s']:.0f} pictures/s, cadence {view['cadence_spm']:.1f} spm (truth 162.2); the note stands 30 s longer"
    return Times(said_s, back_s, mended=True, more=more)


def lost_lamp(world: World) -> Times:
    """Its pin raises, and works again 5 s after it was said."""
    world.ends_the_run()
    world.switch("lamp")
    said_s = world.until(noted("lamp"), "said")
    time.sleep(5)
    world.switch("lamp", on=False)
    return Times(said_s, world.until(lambda view: view.get("notice") == "", "said no more"), mended=True)


def killed(world: World) -> None:
    """Kill -9."""
    world.station.kill()


PLAYS: dict[str, Callable[[World], Times]] = {
    "camera stalls (no frames, still open)": switched("camera stalled", lost, in_run=False),
    "camera unplugged in a run": switched("camera unplugged", lost),
    "camera missing at the start": missing_at_start,
    "camera library hangs in a call": hanging_library,
    "network fails once (raises)": Play(lambda world: world.switch("network raises once")),
    "network answers NaN or nonsense, for a while": switched("network nan", lost, hold_s=3.0),
    "network stays broken": broken_network,
    "network hangs": Play(lambda world: world.switch("network hangs"), away),
    "pipeline's thread dies": Play(lambda world: world.switch("pipeline crash"), away),
    "storing thread dies": dead_store,
    "disk full in a run": full_disk,
    "wall clock jumps nine years back and forth in a run": jumping_clock,
    "hot, throttled, weak supply (14 pictures/s) in a run": hot,
    "lamp's pin gone": lost_lamp,
    "process killed (kill -9)": Play(killed, away),
}


def started_s(world: World) -> float:
    """When the newest session began as its row says, seconds since 1970."""
    from datetime import datetime

    newest = sessions(world.folder / "data", 1)[0]
    return datetime.fromisoformat(newest.started_utc).timestamp()


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of DISK_MB for the sessions where we are root; False where it is not to be had."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "none", str(folder)]
    ours = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield ours
    finally:
        if ours:
            subprocess.run(["umount", str(folder)], check=True)


def free_port() -> int:
    """A port nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def world_in(folder: Path) -> Iterator[World]:
    """A station that measures."""
    port = free_port()
    (folder / "kiosk.toml").write_text(
        f'[store]\nfolder = "{folder / "data"}"\n[web]\nport = {port}\n[panel]\nlamp_pin = 23\n'
        "[session]\nguided = false\nhands_free = false\ncountdown_s = 0\n"
        '[treadmill]\nview = "right"\n'
    )
    launcher = str(Path(__file__).parent / "faulty_station.py")
    command = [sys.executable, launcher, str(folder), "run", "--config", str(folder / "kiosk.toml")]
    world = World(folder, port, Supervisor(command, folder))
    try:
        world.measures()
        yield world
    finally:
        world.station.stop()


@dataclass
class Result:
    """The times of all faults that were played."""

    times: dict[str, Times] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def play_all(only: str) -> Result:
    """Play them one after the other in one station, each from a station that measures."""
    result = Result()
    folder = Path(tempfile.mkdtemp(prefix="faults"))
    with small_disk(folder / "data") as small, world_in(folder) as world:
        for name, play in PLAYS.items():
            if only not in name:
                continue
            if play is full_disk and not small:
                result.left_out[name] = "needs root"
                continue
            before = world.station.starts
            result.times[name] = times = play(world)
            print(f"{name}: {said(times)} ({world.station.starts - before} restarts)", flush=True)
        world.ends_the_run()
    check_sessions(folder)
    shutil.rmtree(folder)
    return result


def check_sessions(folder: Path) -> None:
    """Every run that was begun is stored, ended or interrupted, with its length."""
    if not (folder / "data" / "sessions.sqlite3").exists():
        return  # it was on the small disk, which is gone: looked at before
    SessionStore.open(folder / "data").close()
    print({one.id: (one.state, round(one.duration_s, 1)) for one in sessions(folder / "data")})


def said(times: Times) -> str:
    """The two times as the table says them."""
    parts = []
    if times.said_s is not None:
        parts.append(f"said after {times.said_s:.1f} s")
    if times.back_s is not None:
        after = " after it was mended" if times.mended else ""
        parts.append(f"back {times.back_s:.1f} s{after}" if times.back_s >= 0.05 else "never away")
    return "; ".join(parts) + (f" ({times.more})" if times.more else "")


def table(result: Result) -> str:
    """The table of the document."""
    lines = ["| fault | found by | what is done | page and lamp | test | measured |", "|---|---|---|---|---|---|"]
    for row in FAULTS:
        lines.append("| " + " | ".join((row.name, row.detection, row.action, row.shows, f"`{row.test}`", cell(row, result))) + " |")
    return "\n".join(lines)


def cell(row: Fault, result: Result) -> str:
    """The measured time of a row."""
    if row.name in result.times:
        return said(result.times[row.name])
    return row.measured or f"not measured ({result.left_out.get(row.name, 'not played')})"


def main() -> None:
    """Play, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="play only the faults with this in their name")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    wanted = parser.parse_args()
    result = play_all(wanted.only)
    text = table(result)
    print(text)
    if wanted.write:
        before = DOC.read_text(encoding="utf-8")
        pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
        DOC.write_text(pattern.sub(lambda _: f"{BEGIN}\n{text}\n{END}", before), encoding="utf-8")


if __name__ == "__main__":
    main()
