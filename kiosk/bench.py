"""`kiosk bench`: how much of the machine's time goes into the network, measured side by side in one run.

Bare invoke and the whole pipeline take turns, so that a noisy machine disturbs both alike; then the live station runs with
one reader of its events in a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kiosk.app import App
from kiosk.batch import frames_of
from kiosk.camera.video import VideoCamera
from kiosk.config import CameraConfig, Config, StoreConfig, WebConfig
from kiosk.data import DEMO_CLIP
from kiosk.demo import demo_config
from kiosk.domain import Frame, SessionInfo
from kiosk.gait.analysis import Analysis
from kiosk.parts import Parts
from kiosk.pipeline import Pipeline
from kiosk.pose.movenet import MoveNet
from kiosk.screen import Command, LiveView, State
from kiosk.threads import Background, monotonic_s
from kiosk.web.encode import view_json


@dataclass
class Stopwatch:
    """Milliseconds a stage, gathered between ticks."""

    spans_ms: dict[str, list[float]] = field(default_factory=dict)
    _last_s: float = 0.0

    def start(self) -> None:
        """Begin a frame."""
        self._last_s = monotonic_s()

    def tick(self, stage: str) -> None:
        """End a stage."""
        now_s = monotonic_s()
        self.spans_ms.setdefault(stage, []).append(1e3 * (now_s - self._last_s))
        self._last_s = now_s


class NoLog:
    """A store that keeps nothing: the benchmark leaves no sessions behind."""

    problem = ""

    def begin(self, info: SessionInfo) -> None:
        """No session."""

    def strides(self, *_: Any) -> None:
        """Nothing."""

    events = cue = metrics = heartbeat = end = outcome = summary = answers = keep_runner = strides

    def runner(self, code: str) -> None:
        """Nobody has a code."""

    def knows(self, code: str) -> bool:
        """Nobody has a code."""
        return False


def run_bench(config: Config, rounds: int, seconds: float) -> dict[str, Any]:
    """Measure and return all figures; times in milliseconds."""
    finder = MoveNet(config.pose)
    watch = Stopwatch()
    jobs: Background[Analysis] = Background("gait")
    pipeline = _running_pipeline(config, finder, jobs)
    frames = _frames()
    bare, whole = [], []
    _for(seconds, lambda: _step(pipeline, frames, watch, finder))  # warm-up
    watch.spans_ms.clear()
    for _ in range(rounds):
        bare.append(_for(seconds, finder.network.invoke))
        whole.append(_for(seconds, lambda: _step(pipeline, frames, watch, finder)))
    jobs.stop()
    ratios = [w / b for w, b in zip(whole, bare, strict=True)]
    live = _live(config, max(8.0, rounds * seconds))
    return {
        "model": finder.name,
        "threads": config.pose.threads,
        "cpus": os.cpu_count(),
        "rounds": rounds,
        "bare_invoke_fps": _median(bare),
        "pipeline_fps": _median(whole),
        "pipeline_to_bare": _median(ratios),
        "stages_ms": {name: _spread(values) for name, values in watch.spans_ms.items()},
        "live": live,
    }


def lines(result: dict[str, Any]) -> Iterator[str]:
    """The figures for a person."""
    yield f"{result['model']}, {result['threads']} threads of {result['cpus']} CPUs, medians of {result['rounds']} turns"
    yield f"bare invoke    {result['bare_invoke_fps']:7.1f} frames/s"
    yield f"whole pipeline {result['pipeline_fps']:7.1f} frames/s, ratio {result['pipeline_to_bare']:.3f}"
    yield "stage        median ms    p95 ms"
    for name, value in result["stages_ms"].items():
        yield f"  {name:10s} {value['median']:9.2f} {value['p95']:9.2f}"
    live = result["live"]
    latency = live["stamp_to_event_ms"]
    yield f"live station: {live['poses_per_s']:.1f} poses/s of a {live['clip_fps']:.0f} frames/s clip, one reader, {live['events']} events"
    yield f"frame stamp to event: median {latency['median']:.1f} ms, p95 {latency['p95']:.1f} ms"


def _running_pipeline(config: Config, finder: MoveNet, jobs: Background[Analysis]) -> Pipeline:
    """A pipeline in the middle of a run, so that gait and coach work as well."""
    parts = Parts(finder, NoLog(), jobs, lambda view: SessionInfo("", view, None, "", ""))
    settings = demo_config(config, 0)
    session = settings.session.model_copy(update={"countdown_s": 0})
    pipeline = Pipeline(parts, settings.model_copy(update={"session": session}))
    pipeline.without_frame(0.0, [Command.START])
    return pipeline


def _frames() -> Iterator[Frame]:
    camera = VideoCamera(CameraConfig(kind="video", path=str(DEMO_CLIP), loop=True), realtime=False)
    camera.start()
    return frames_of(camera)


def _step(pipeline: Pipeline, frames: Iterator[Frame], watch: Stopwatch, finder: MoveNet) -> None:
    finder.timer = watch.tick
    watch.start()
    frame = next(frames)
    watch.tick("read")
    view = pipeline.step(frame)
    watch.tick("gait+coach")
    json.dumps(view_json(view))
    watch.tick("encode")


def _for(seconds: float, work: Callable[[], Any]) -> float:
    """Calls a second."""
    count, start_s = 0, monotonic_s()
    while monotonic_s() - start_s < seconds:
        work()
        count += 1
    return count / (monotonic_s() - start_s)


def _live(config: Config, seconds: float) -> dict[str, Any]:
    """The station on the looped clip, watched by one reader in another process."""
    with tempfile.TemporaryDirectory() as folder:
        settings = demo_config(config, 0).model_copy(
            update={
                "camera": CameraConfig(kind="video", path=str(DEMO_CLIP), loop=True),
                "store": StoreConfig(folder=folder),
                "web": WebConfig(port=0),
            }
        )
        app = App(settings).start()
        try:
            app.send(Command.START)
            app.wait(lambda v: v.state is State.RUNNING)
            command = [sys.executable, "-m", "kiosk.bench", app.server.url, str(seconds)]
            read = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True)
            rate = app.wait(_has_rate)
        finally:
            app.stop()
    latencies = json.loads(read.stdout)
    poses_per_s = rate.frames_per_s if rate and rate.frames_per_s else float("nan")
    return {"poses_per_s": poses_per_s, "clip_fps": 30.0, "events": len(latencies), "stamp_to_event_ms": _spread(latencies)}


def _has_rate(view: LiveView) -> bool:
    return view.frames_per_s is not None


def read_events(url: str, seconds: float) -> list[float]:
    """Milliseconds from each frame's stamp to the arrival of its event, for the given time."""
    out: list[float] = []
    until_s = monotonic_s() + seconds
    with urllib.request.urlopen(f"{url.rstrip('/')}/events", timeout=10) as stream:
        for line in stream:
            now_s = monotonic_s()
            if line.startswith(b"data:"):
                stamp_s = json.loads(line[5:]).get("frame_t_s")
                out += [1e3 * (now_s - stamp_s)] if stamp_s is not None else []
            if now_s > until_s:
                return out
    return out


def _median(values: list[float]) -> float:
    return round(float(np.median(values)), 3)


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": _median(values), "p95": round(float(np.percentile(values, 95)), 3)}


if __name__ == "__main__":
    print(json.dumps(read_events(sys.argv[1], float(sys.argv[2]))))
