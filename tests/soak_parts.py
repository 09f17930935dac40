"""Who takes part in the soak (tests/soak_station.py): the station under a supervisor, a reader, a stalled client."""

import http.client
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.bench.memory import children, private_mb
from kiosk.data import DEMO_CLIP
from kiosk.threads import Stop, Worker, monotonic_s

FPS = 30
"""Of the bundled clip."""
AGAIN_S = 0.2
START_S = 3.0
"""Between two presses of start, when the first seems to be lost."""
STALL_S, STALL_AGAIN_S = 30.0, 1.0
UNCHANGING = ("summary", "off")
"""States in which the station sends a view four times a second only."""


def free_port() -> int:
    """A port nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def asked(port: int, path: str, method: str = "GET") -> dict[str, Any] | None:
    """The JSON answer of the station; None when it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request(method, path)
        found = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return found if isinstance(found, dict) and "error" not in found else None


@dataclass
class Life:
    """One process of the station, from its start to its end."""

    pid: int
    begin_s: float
    end_s: float = float("inf")
    resident_mb: list[float] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    def sample(self) -> None:
        """Look at it once; one that has just ended is left as it was."""
        with suppress(OSError):
            status = Path(f"/proc/{self.pid}/status").read_text()
            resident = re.search(r"VmRSS:\s+(\d+)", status)
            threads = re.search(r"Threads:\s+(\d+)", status)
            files = len(os.listdir(f"/proc/{self.pid}/fd"))
            if resident and threads:
                gait = [mb for pid in children(self.pid) if not math.isnan(mb := private_mb(pid))]
                self.resident_mb.append(int(resident[1]) / 1024 + sum(gait))
                self.threads.append(int(threads[1]))
                self.files.append(files)


class Supervised:
    """`kiosk run` on the looped clip, started again as kiosk.service would.

    Args:
        folder: for settings, store and logs.
        restart_s: RestartSec of the unit.
        sample_s: how often memory, threads and files are looked at.
    """

    def __init__(self, folder: Path, restart_s: float, sample_s: float = 2.0) -> None:
        self.port = free_port()
        self.store = folder / "store"
        self.toml = folder / "kiosk.toml"
        self.lives: list[Life] = []
        self._log = folder / "station.log"
        self._restart_s, self._sample_s = restart_s, sample_s
        self.toml.write_text(
            f'[store]\nfolder = "{self.store}"\n[web]\nport = {self.port}\n[panel]\nenabled = false\n'
            "[session]\nguided = false\nhands_free = false\nlongest_min = 600\n"
            f'[treadmill]\nview = "right"\nspeed_kmh = 10.8\n[camera]\nkind = "video"\nloop = true\npath = "{DEMO_CLIP}"\n'
        )
        self._worker = Worker("supervisor", self._supervise).start()

    @property
    def pid(self) -> int:
        """Of the present process."""
        return self.lives[-1].pid

    def end(self) -> None:
        """Stop the station in good order."""
        self._worker.stop(30)
        if self._worker.crash is not None:
            raise self._worker.crash

    def _supervise(self, stop: Stop) -> None:
        command = [sys.executable, "-u", "-m", "kiosk", "run", "--config", str(self.toml)]
        with self._log.open("wb") as log:
            while not stop.is_set:
                process = subprocess.Popen(command, stdout=log, stderr=log)
                life = Life(process.pid, monotonic_s())
                self.lives.append(life)
                self._attend(process, life, stop)
                life.end_s = monotonic_s()
                stop.wait(self._restart_s)

    def _attend(self, process: "subprocess.Popen[bytes]", life: Life, stop: Stop) -> None:
        """Until it ends, or until it is to end."""
        next_s = monotonic_s() + self._sample_s
        while process.poll() is None and not stop.wait(0.02):
            if monotonic_s() >= next_s:
                life.sample()
                next_s = monotonic_s() + self._sample_s
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


@dataclass
class Run:
    """A run as a reader of the page's events saw it."""

    server: str
    elapsed_s: float = 0.0


class Reader:
    """Reads every event as a page does: latencies, gaps between frame stamps, and the runs; starts a run whenever none is under way."""

    def __init__(self, port: int, token: str) -> None:
        self.at_s, self.latency_s = array("d"), array("d")
        """When an event came, seconds on the monotonic clock; how old its frame was then."""
        self.frames = self.lost = 0
        self.runs: list[Run] = []
        self.keep_running = True
        self.state = ""
        self._port, self._path = port, f"/events?screen={token}"
        self._before: tuple[str, float] | None = None
        self._pressed_s = float("-inf")
        self._worker = Worker("reader", self._read).start()

    def end(self) -> None:
        """Read no more; what went wrong is raised."""
        self._worker.stop(5)
        if self._worker.crash is not None:
            raise self._worker.crash

    def _read(self, stop: Stop) -> None:
        while not stop.wait(AGAIN_S):
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
            with suppress(OSError, http.client.HTTPException):
                connection.request("GET", self._path)
                answer = connection.getresponse()
                while not stop.is_set and answer.status == 200 and (line := answer.readline()):
                    if line.startswith(b"data: {") and len(line) > 20:
                        self._take(json.loads(line[6:]), monotonic_s())
            connection.close()

    def _take(self, view: dict[str, Any], now_s: float) -> None:
        if view.get("frame_t_s") is None:
            return
        self.state = view["state"]
        self._count(view["server"], float(view["frame_t_s"]), now_s)
        if self.state == "running":
            if not self.runs or self.runs[-1].server != view["server"]:
                self.runs.append(Run(view["server"]))
            self.runs[-1].elapsed_s = float(view["elapsed_s"])
        elif self.state == "idle" and self.keep_running and now_s - self._pressed_s > START_S:
            self._pressed_s = now_s
            asked(self._port, "/command/start", "POST")

    def _count(self, server: str, stamp_s: float, now_s: float) -> None:
        if self.state in UNCHANGING:
            self._before = None
            return
        if self._before is not None and self._before[0] == server:
            if stamp_s == self._before[1]:
                return
            self.frames += 1
            self.lost += max(0, round((stamp_s - self._before[1]) * FPS) - 1)
        self._before = (server, stamp_s)
        self.at_s.append(now_s)
        self.latency_s.append(now_s - stamp_s)


class Stalled:
    """A client that asks for the events and the picture and reads nothing, not even that it was cut; every half minute it comes again."""

    def __init__(self, port: int) -> None:
        self.came = 0
        self._port = port
        self._worker = Worker("stalled", self._stall).start()

    def end(self) -> None:
        """Go away."""
        self._worker.stop(5)

    def _stall(self, stop: Stop) -> None:
        while not stop.wait(STALL_AGAIN_S):
            with suppress(OSError), self._opened("/events"), self._opened("/stream.mjpg"):
                self.came += 1
                stop.wait(STALL_S)

    def _opened(self, path: str) -> socket.socket:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", self._port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return client


def until(reached: Callable[[], Any], seconds: float, every_s: float = 0.05) -> Any:
    """What `reached` gives as soon as it is neither None nor False; None when that did not come in time."""
    end_s = monotonic_s() + seconds
    while monotonic_s() < end_s:
        found = reached()
        if found is not None and found is not False:
            return found
        time.sleep(every_s)
    return None
