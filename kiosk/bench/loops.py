"""The network alone and the whole pipeline in turns, in one thread: how much of a frame's time is the network's.

What must not go in: the running station (live.py).
"""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from kiosk.bench.clip_camera import clip_frames
from kiosk.bench.plan import Plan
from kiosk.bench.results import Loop, Setup, median, spread
from kiosk.bench.stages import INVOKE, Gauge, Spans, spreads
from kiosk.config import Config, PoseConfig
from kiosk.demo import demo_config
from kiosk.domain import SessionInfo
from kiosk.gait.analysis import Analysis
from kiosk.gait_process import GaitProcess
from kiosk.looking import SWITCH_S
from kiosk.parts import Parts
from kiosk.pipeline import Pipeline
from kiosk.pose.movenet import MoveNet, Network
from kiosk.pose.sturdy import SturdyNetwork
from kiosk.run import LOOK_SHARE
from kiosk.screen import Command, LiveView
from kiosk.showing import Showing
from kiosk.threads import Background, Latest, monotonic_s
from kiosk.web.encode import ViewText
from kiosk.words import Language

REST = "rest"
"""Of a frame that no stage tells."""
WARM_TURNS = 1
"""Before the first that counts: caches fill, and gait has its first seconds."""


class NoLog:
    """A store that keeps nothing: the benchmark leaves no sessions behind."""

    problem = ""

    def begin(self, info: SessionInfo, language: Language) -> None:
        """No session."""

    def strides(self, *_: Any) -> None:
        """Nothing."""

    events = cue = metrics = heartbeat = end = outcome = summary = answers = keep_runner = strides

    def runner(self, code: str) -> None:
        """Nobody has a code."""

    def knows(self, code: str) -> bool:
        """Nobody has a code."""
        return False


class Bare:
    """The network alone, with a picture set once."""

    def __init__(self, pose: PoseConfig) -> None:
        self.network = Network(pose)
        side = self.network.side_px
        self.network.set_input(np.zeros((side, side, 3), np.uint8))
        self.calls_ms: list[float] = []
        """How long each call of all turns took, until somebody empties it."""

    def turn(self, seconds: float) -> float:
        """Calls a second."""
        return calls_a_second(seconds, self._call)

    def _call(self) -> None:
        began_s = perf_counter()
        self.network.invoke()
        self.calls_ms.append(1e3 * (perf_counter() - began_s))


class Way:
    """The way of a frame as in the station, one step after the other in one thread, in the middle of a run."""

    def __init__(self, config: Config) -> None:
        self._jobs: Background[Analysis] = Background("gait", share=LOOK_SHARE)
        self._gait = GaitProcess()
        finder = MoveNet(config.pose, network=SturdyNetwork(config.pose))
        parts = Parts(finder, NoLog(), self._jobs, lambda view: SessionInfo("", view, None, "", ""), analyse=self._gait.analyse)
        settings = demo_config(config, 0)
        session = settings.session.model_copy(update={"countdown_s": 0})
        self._pipeline = Pipeline(parts, settings.model_copy(update={"session": session}))
        self._pipeline.without_frame(0.0, [Command.START])
        self._frames = clip_frames()
        self._views: Latest[LiveView] = Latest()
        self._showing, self._text = Showing(self._views), ViewText()

    def frame(self) -> None:
        """One frame from the clip to the event's text."""
        view = self._pipeline.step(next(self._frames))
        self._showing.show(view)
        self._text(view)

    def close(self) -> None:
        """End its thread and its process."""
        self._jobs.stop()
        self._gait.stop()


@dataclass
class _Row:
    """One setup while it is measured."""

    setup: Setup
    bare: Bare
    way: Way
    frame: Callable[[], None]
    bare_per_s: list[float] = field(default_factory=list)
    pipeline_per_s: list[float] = field(default_factory=list)
    records: list[Spans] = field(default_factory=list)


def measure(plan: Plan) -> tuple[Loop, ...]:
    """Every setup of the plan; within each turn of all, a setup's bare network and pipeline follow one another."""
    gauge = Gauge()
    sys.setswitchinterval(SWITCH_S)  # as in the station: a frame waits no longer for the look at the window beside it
    with ExitStack() as end, gauge.hooked():
        rows = [_opened(plan, setup, gauge) for setup in plan.setups]
        for row in rows:
            end.callback(row.way.close)
        for turn in range(WARM_TURNS + plan.turns):
            plan.say(f"network and pipeline, turn {turn} of {plan.turns}" if turn else "network and pipeline, warming up")
            for row in rows:
                _turn(row, plan.turn_s, gauge, counts=turn >= WARM_TURNS)
        return tuple(_found(row) for row in rows)


def _opened(plan: Plan, setup: Setup, gauge: Gauge) -> _Row:
    pose = plan.pose(setup)
    way = Way(plan.config.model_copy(update={"pose": pose}))
    return _Row(setup, Bare(pose), way, gauge.timed(REST, way.frame))


def _turn(row: _Row, seconds: float, gauge: Gauge, counts: bool) -> None:
    bare = row.bare.turn(seconds)
    gauge.take()
    whole = calls_a_second(seconds, row.frame)
    if counts:
        row.bare_per_s.append(bare)
        row.pipeline_per_s.append(whole)
        row.records += gauge.take()


def _found(row: _Row) -> Loop:
    frames = [r for r in row.records if REST in r]  # not the looks at the window, which another thread does
    return Loop(
        row.setup,
        median(row.bare_per_s),
        median(row.pipeline_per_s),
        median([whole / bare for whole, bare in zip(row.pipeline_per_s, row.bare_per_s, strict=True)]),
        spread([sum(r.values()) - r.get(INVOKE, 0.0) for r in frames]),
        spread([r.get("gait", 0.0) + r.get("coach", 0.0) for r in frames]),
        spreads(row.records),
    )


def calls_a_second(seconds: float, work: Callable[[], Any]) -> float:
    """How often this can be done, for so many seconds and at least once."""
    count, start_s, now_s = 0, monotonic_s(), 0.0
    while not count or now_s - start_s < seconds:
        work()
        count, now_s = count + 1, monotonic_s()
    return count / (now_s - start_s)
