"""How long `kiosk run` takes until its page is served, and until that shows a pose; what it takes in memory."""

import json
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from kiosk.bench.memory import proportional_mb, resident_mb
from kiosk.bench.plan import Plan
from kiosk.bench.results import BenchError, Setup, Start, median
from kiosk.data import DEMO_CLIP, DEMO_VIEW
from kiosk.threads import Stop, monotonic_s

LONGEST_S = 60.0
"""Of one start (our choice: a Pi with a cold card takes ten seconds)."""
LOOK_S = 0.02
STOP_S = 20.0


class Started:
    """One start of the station with this network: seconds and megabytes.

    Raises:
        BenchError: it shows no pose.
    """

    def __init__(self, setup: Setup) -> None:
        with tempfile.TemporaryDirectory() as folder:
            toml, port = Path(folder, "kiosk.toml"), free_port()
            toml.write_text(_settings(setup, Path(folder), port), encoding="utf-8")
            began_s = monotonic_s()
            command = [sys.executable, "-m", "kiosk", "run", "--config", str(toml)]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                _until(lambda: _asked(port, "/") is not None, process)
                self.page_s = monotonic_s() - began_s
                _until(lambda: _shows_a_pose(port), process)
                self.pose_s = monotonic_s() - began_s
                self.resident_mb, self.proportional_mb = resident_mb(process.pid), proportional_mb(process.pid)
            finally:
                _end(process)


def measure(plan: Plan) -> Start | None:
    """Of the plan's first live setup; None where no start is asked for."""
    if not plan.starts or not plan.live:
        return None
    starts = []
    for n in range(plan.starts):
        plan.say(f"start {n + 1} of {plan.starts}")
        starts.append(Started(plan.live[0]))
    first, later = starts[0], starts[1:] or starts
    return Start(
        len(later),
        median([s.page_s for s in later]),
        median([s.pose_s for s in later]),
        first.page_s,
        first.pose_s,
        max(s.resident_mb for s in starts),
        max(s.proportional_mb for s in starts),
    )


def free_port() -> int:
    """A port nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _settings(setup: Setup, folder: Path, port: int) -> str:
    return (
        f'[pose]\nmodel = "{setup.model}"\nruntime = "{setup.runtime}"\nthreads = {setup.threads}\n'
        f'[store]\nfolder = "{folder}"\n[web]\nport = {port}\n[panel]\nenabled = false\n'
        f'[treadmill]\nview = "{DEMO_VIEW}"\n[camera]\nkind = "video"\nloop = true\npath = "{DEMO_CLIP}"\n'
    )


def _until(reached: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    end_s, pause = monotonic_s() + LONGEST_S, Stop()
    while not reached():
        if process.poll() is not None:
            raise BenchError(f"kiosk run ended with code {process.returncode} when its start was measured. Try it by hand.")
        if monotonic_s() > end_s:
            raise BenchError(f"kiosk run showed no pose within {LONGEST_S:.0f} s. Try it by hand.")
        pause.wait(LOOK_S)


def _shows_a_pose(port: int) -> bool:
    answer = _asked(port, "/live.json")
    return answer is not None and json.loads(answer).get("pose") is not None


def _asked(port: int, path: str) -> bytes | None:
    """What it answers; None while it does not."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        found = answer.read()
        return found if answer.status == 200 else None
    except (OSError, HTTPException):  # nobody listens yet
        return None
    finally:
        connection.close()


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
