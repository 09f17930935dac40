"""The world that tests/play_faults.py plays in: a station under a supervisor like systemd, what can be done to it, and what it shows.

The pause before a restart and the watchdog are those of systemd/kiosk.service (RestartSec=500ms, WatchdogSec=30).
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.threads import Stop, Worker

ROOT = Path(__file__).parents[1]
RESTART_S, WATCHDOG_S = 0.5, 30.0
POLL_S = 0.05
PATIENCE_S = 90.0
DISK_MB = 6
View = dict[str, Any]


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
    begun: int = 0
    """Runs so far."""

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
        self.begun += 1
        self.until(lambda view: view.get("state") == "running" and view["elapsed_s"] > 3, "a run")

    def ends_the_run(self) -> None:
        """Back to the idle screen."""
        self.measures()
        while (state := self.view().get("state")) != "idle":
            self.press("stop")
            self.until(lambda view, before=state: view.get("state") not in (before, None), f"the end of {state}")  # type: ignore[misc]
            time.sleep(1.2)  # a second tap at once would be ignored


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
    command += ["--port", str(port)]  # also while the file cannot be read
    world = World(folder, port, Supervisor(command, folder))
    try:
        world.measures()
        yield world
    finally:
        world.station.stop()
