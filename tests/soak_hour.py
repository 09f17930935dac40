"""An hour of a session, as fast as it goes: what gait and coach cost a frame, and whether memory stays flat.

    python tests/soak_hour.py [--minutes 60] [--trace] [--json FILE]

The real pipeline and the real store work on made poses at 30 frames a second; only the network is left out. What runs in the
frame loop is timed apart from the looks at the window, which the station does beside the frames. Times are processor time of that
thread, so that other programs do not count. Not a test: it takes some minutes and tells times of this machine. `--trace` tells which
lines hold more memory at the end than after two minutes, and makes everything several times slower.
"""

import argparse
import json
import os
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from time import thread_time
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does; before numpy loads

import numpy as np

from kiosk.config import Config, SessionConfig, TreadmillConfig
from kiosk.domain import Frame, Pose, SessionInfo, View
from kiosk.gait.analysis import Analysis
from kiosk.parts import Parts
from kiosk.pipeline import Pipeline
from kiosk.screen import Command
from kiosk.store import SessionStore
from runner import make_runner

FPS = 30
AT_THE_ENDS_MIN = 5
"""The first and the last minutes that are compared."""
WARM_MIN = 2
"""From this minute on memory must stay: all windows are full."""


class Finder:
    """Gives the poses of a made runner instead of asking a network; each minute has noise of its own."""

    def __init__(self) -> None:
        self._poses: Iterator[Pose] = iter(())

    def prepare(self, minute: int) -> None:
        """Make the poses of a minute, before they are timed."""
        t_s = minute * 60.0 + np.arange(60 * FPS) / FPS
        s = make_runner(t_s, cadence_spm=165.0, noise_px=2.0, seed=minute)
        self._poses = iter([Pose(float(t), xy, score, 640, 480) for t, xy, score in zip(t_s, s.xy_px, s.score, strict=True)])

    def estimate(self, frame: Frame) -> Pose:
        """The pose of the next frame."""
        return next(self._poses)


class Beside:
    """Takes jobs as the station's background thread does; the soak does them between frames and times them."""

    def __init__(self) -> None:
        self._job: Callable[[], Analysis] | None = None
        self._result: Analysis | None = None

    def submit(self, job: Callable[[], Analysis]) -> bool:
        """Keep the job for `work`."""
        self._job = job
        return True

    def take(self) -> Analysis | None:
        """The result, once."""
        result, self._result = self._result, None
        return result

    def work(self) -> bool:
        """Do the waiting job; False when there is none."""
        if self._job is None:
            return False
        self._result, self._job = self._job(), None
        return True


class Figures:
    """What was measured, by minute; made whole before the start, so that it is no part of what grows."""

    def __init__(self, minutes: int) -> None:
        self.frame_ms = np.full((minutes, 60 * FPS), np.nan)
        self.look_ms = np.full((minutes, 60 * FPS), np.nan)
        """NaN at frames after which no look was due."""
        self.resident_mb: list[float] = []

    def part(self, minutes: slice) -> dict[str, float]:
        """Figures of some minutes."""
        frames, looks = self.frame_ms[minutes], self.look_ms[minutes]
        look_ms = float(np.nanmedian(looks))
        return {
            "frame_median_ms": float(np.median(frames)),
            "frame_p95_ms": float(np.percentile(frames, 95)),
            "frame_p99_ms": float(np.percentile(frames, 99)),
            "frame_largest_ms": float(frames.max()),
            "look_median_ms": look_ms,
            "looks_a_frame_ms": look_ms * float(np.isfinite(looks).mean()),
        }


def soak(minutes: int, folder: Path, trace: bool = False) -> dict[str, Any]:
    """Run a session of that many minutes and return all figures."""
    finder, beside, figures = Finder(), Beside(), Figures(minutes)
    store = SessionStore.open(folder)
    config = Config(session=SessionConfig(guided=False, countdown_s=0), treadmill=TreadmillConfig(view="right"))
    pipeline = Pipeline(Parts(finder, store, beside, _described), config)
    pipeline.without_frame(0.0, [Command.START])
    image = np.zeros((480, 640, 3), np.uint8)
    if trace:
        tracemalloc.start()
    warm = None
    for minute in range(minutes):
        finder.prepare(minute)
        for i in range(60 * FPS):
            frame = Frame(minute * 60.0 + i / FPS, image)
            start_s = thread_time()
            pipeline.step(frame)
            figures.frame_ms[minute, i] = 1e3 * (thread_time() - start_s)
            start_s = thread_time()
            if beside.work():
                figures.look_ms[minute, i] = 1e3 * (thread_time() - start_s)
        figures.resident_mb.append(_resident_mb())
        median_ms = float(np.median(figures.frame_ms[minute]))
        if trace and minute + 1 == WARM_MIN:
            warm = tracemalloc.take_snapshot()
        print(f"{minute + 1} min: {median_ms:.3f} ms a frame, {figures.resident_mb[-1]:.1f} MB", file=sys.stderr, flush=True)
    grown = [str(line) for line in tracemalloc.take_snapshot().compare_to(warm, "lineno")[:10]] if warm is not None else []
    tracemalloc.stop()
    start_s = thread_time()
    pipeline.close()
    end_ms = 1e3 * (thread_time() - start_s)
    problem = store.problem
    store.close()
    ends = min(AT_THE_ENDS_MIN, minutes)
    first, last = figures.part(slice(ends)), figures.part(slice(minutes - ends, None))
    return {
        "minutes": minutes,
        "first": first,
        "last": last,
        "last_to_first": {name: last[name] / first[name] for name in ("frame_median_ms", "frame_p99_ms", "look_median_ms")},
        "resident_mb": {m: round(figures.resident_mb[m - 1], 1) for m in sorted({min(k, minutes) for k in (WARM_MIN, 5, 30, 60)})},
        "grown": grown,
        "end_of_session_ms": end_ms,
        "store_problem": problem,
    }


def lines(result: dict[str, Any]) -> Iterator[str]:
    """The figures for a person."""
    yield f"{result['minutes']} min of a session at {FPS} frames/s, ms of processor time"
    yield f"{'':14s} {'median':>8s} {'p95':>8s} {'p99':>8s} {'largest':>8s}   looks beside: {'each':>6s} {'a frame':>8s}"
    for name in ("first", "last"):
        p = result[name]
        loop = f"{p['frame_median_ms']:8.3f} {p['frame_p95_ms']:8.3f} {p['frame_p99_ms']:8.3f} {p['frame_largest_ms']:8.1f}"
        yield f"{name} {AT_THE_ENDS_MIN} min".ljust(14) + f" {loop}                 {p['look_median_ms']:6.1f} {p['looks_a_frame_ms']:8.3f}"
    yield "last to first: " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in result["last_to_first"].items())
    yield "resident memory: " + ", ".join(f"{mb:.1f} MB at {minute} min" for minute, mb in result["resident_mb"].items())
    yield from (f"grown since {WARM_MIN} min: {line}" for line in result["grown"])
    yield f"closing the session: {result['end_of_session_ms']:.0f} ms"
    if result["store_problem"]:
        yield f"store: {result['store_problem']}"


def _described(view: View | None) -> SessionInfo:
    return SessionInfo("", view, None, "made poses", "soak")


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Drive an hour of a session and tell what a frame costs.")
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--trace", action="store_true", help="also tell which lines hold more memory at the end")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = soak(given.minutes, Path(folder), given.trace)
    for line in lines(result):
        print(line)
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
