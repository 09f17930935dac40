"""The station in a process of its own, as `kiosk run` has it, that tells what its stages took and can be made to stand still.

    python -m kiosk.bench.station '{"model": "lightning", "runtime": "ai-edge-litert", "threads": 1, "pace_hz": 30}'

It prints a line of JSON when somebody runs before it, then answers each line "begin" and "end" with one. What must not go in: browsers.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from kiosk.app import App
from kiosk.bench.clip_camera import ClipCamera
from kiosk.bench.memory import children, cpu_s, private_mb, proportional_mb, resident_mb
from kiosk.bench.results import BenchError, Setup
from kiosk.bench.stages import POSED, TAKEN, Gauge, Spans
from kiosk.config import Config, PoseConfig, StoreConfig, WebConfig
from kiosk.demo import demo_config
from kiosk.screen import Command, State
from kiosk.threads import monotonic_s, pool_memory

STOP_S = 20.0
QUIET = {"OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
"""As the command line sets them."""


@dataclass(frozen=True)
class Told:
    """What a station told of a turn."""

    seconds: float
    poses: int
    cpu_s: float
    resident_mb: float
    proportional_mb: float
    records: list[Spans]


class Station:
    """A running station.

    Args:
        setup: of its network.
        pace_hz: frames a second of its camera; None as many as it takes.

    Raises:
        BenchError: it does not start.
    """

    def __init__(self, setup: Setup, pace_hz: float | None) -> None:
        asked = json.dumps({**asdict(setup), "pace_hz": pace_hz})
        command = [sys.executable, "-m", "kiosk.bench.station", asked]
        self._words = tempfile.TemporaryFile("w+")  # not a pipe: nobody reads it while it runs  # noqa: SIM115 - closed by `end`
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._words, text=True, env={**QUIET, **os.environ}
        )
        try:
            self.url = str(self._answer()["url"])
        except BaseException:
            self.end()
            raise

    def begin(self) -> None:
        """From now on it counts."""
        self._ask("begin")

    def told(self) -> Told:
        """What it counted since `begin`."""
        return Told(**self._ask("end"))

    def hold(self) -> None:
        """Stand still, with what it started: it takes no processor time at all."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        """Run again."""
        self._send(signal.SIGCONT)

    def end(self) -> None:
        """Stop it in good order."""
        self.go_on()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what it was asked last and never read
                    pipe.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._words.close()

    def _send(self, number: signal.Signals) -> None:
        for pid in (self._process.pid, *children(self._process.pid)):
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(pid, number)

    def _ask(self, word: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{word}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended; its last words say why
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._words.seek(0)
            words = self._words.read().strip().splitlines()
            raise BenchError(f"the station that was to be measured ended: {words[-1] if words else 'it did not say why'}")
        found = json.loads(line)
        assert isinstance(found, dict)
        return found


def main(arguments: Sequence[str]) -> None:
    """Run the station until nobody asks any more."""
    pool_memory()
    wanted = json.loads(arguments[0])
    pace_hz = wanted.pop("pace_hz")
    camera, gauge = ClipCamera(pace_hz), Gauge()
    gauge.ended = lambda stage, given: camera.take(given[1].frame.t_s) if stage == TAKEN else None
    with tempfile.TemporaryDirectory() as folder, gauge.hooked():
        _serve(_settings(PoseConfig(**wanted), folder), camera, gauge)


def _serve(config: Config, camera: ClipCamera, gauge: Gauge) -> None:
    app = App(config, camera=camera).start()
    gc.freeze()  # as `kiosk run` does
    try:
        app.send(Command.START)
        app.wait(lambda view: view.state is State.RUNNING and view.pose is not None)
        _tell({"url": app.server.url})
        _listen(gauge, app)
    finally:
        app.stop()


def _listen(gauge: Gauge, app: App) -> None:
    began_s, began_cpu_s = monotonic_s(), 0.0
    for line in sys.stdin:
        helpers = children(os.getpid())
        now_cpu_s = sum(os.times()[:2]) + sum(cpu_s(pid) for pid in helpers)
        records = gauge.take()
        if app.crash is not None:
            name, error = app.crash
            sys.exit(f"its {name} thread failed: {error!r}")
        if line.strip() == "begin":
            began_s, began_cpu_s = monotonic_s(), now_cpu_s
            _tell({})
            continue
        poses = sum(POSED in r for r in records)
        told = Told(monotonic_s() - began_s, poses, now_cpu_s - began_cpu_s, *_memory_mb(os.getpid(), helpers), records)
        _tell(asdict(told))


def _memory_mb(pid: int, helpers: Sequence[int]) -> tuple[float, float]:
    """Resident and proportional, of the station and what it started; what a helper shares with others is counted once."""
    return resident_mb(pid) + sum(map(private_mb, helpers)), sum(map(proportional_mb, (pid, *helpers)))


def _settings(pose: PoseConfig, folder: str) -> Config:
    demo = demo_config(Config(), 0)
    session = demo.session.model_copy(update={"countdown_s": 0, "hands_free": False, "longest_min": 600.0})
    return demo.model_copy(update={"pose": pose, "store": StoreConfig(folder=folder), "web": WebConfig(port=0), "session": session})


def _tell(found: dict[str, Any]) -> None:
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
