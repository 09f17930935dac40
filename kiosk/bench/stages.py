"""The stages of the way from a frame to the screen, and how long each took, told by the functions that do them.

HOOKS is the one place that knows where a stage is done: when the way is cut into other functions or threads, its rows change and
nothing else. What must not go in: turns, processes, browsers.
"""

import functools
import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from kiosk.bench.results import Spread, spread


@dataclass(frozen=True)
class Hook:
    """A function of the program whose time is told."""

    stage: str
    module: str
    name: str
    """Of a function of this module, or "Class.method". A function that others import by its name is hooked in their module."""


INVOKE = "invoke"
TAKEN = "input"
"""When this stage ends, a frame was taken: the one that its call was given as the second argument's `frame`."""
POSED = "visit"
"""What has this stage is a pose that came as far as the screen's view."""
AHEAD = 2
"""Frames under way before the network has taken them: one it works on, and one that is read and cut meanwhile, so that it never waits."""
HOOKS = (
    Hook("read", "kiosk.camera.video", "VideoCamera.read"),
    Hook("crop", "kiosk.pose.movenet", "MoveNet.prepare"),
    Hook("input", "kiosk.pose.movenet", "MoveNet.infer"),
    Hook(INVOKE, "kiosk.pose.movenet", "Network.invoke"),
    Hook("decode", "kiosk.pose.movenet", "MoveNet.finish"),
    Hook("light", "kiosk.pose.light", "LightWatch.update"),
    Hook("light", "kiosk.gait.repeats", "RepeatWatch.update"),
    Hook("gait", "kiosk.run", "Run.add"),
    Hook("gait", "kiosk.run", "Run.look"),
    Hook("coach", "kiosk.run", "Run.step"),
    Hook("coach", "kiosk.coach.lesson", "Lesson.tick"),
    Hook("coach", "kiosk.coach.lesson", "Lesson.update"),
    Hook("visit", "kiosk.pipeline", "Pipeline.step_with"),
    Hook("gait", "kiosk.pipeline", "Pipeline._take_in"),
    Hook("publish", "kiosk.showing", "Showing.show"),
    Hook("SSE", "kiosk.web.encode", "ViewText.__call__"),
    Hook("JPEG", "kiosk.web.live", "jpeg"),
    Hook("look", "kiosk.gait_process", "GaitProcess.analyse"),
)
"""A stage's time is that of its functions without the stages that they call: "visit" is what is left of a pipeline's step, "input" of
asking the network. In the station a frame's "light" and "gait" come after its view, so that "coach", which has a part in both, is told
twice where there was a look. "look" is the window's analysis, at most twice a second, in a process of its own beside the frames."""
STAGES = tuple(dict.fromkeys(hook.stage for hook in HOOKS))

Spans = dict[str, float]
"""Stage -> milliseconds."""


@dataclass
class _Call:
    spans: Spans
    """Of the outermost hooked call of this thread, which all calls in it share."""
    inner_ms: float = 0.0


@dataclass
class Gauge:
    """Gathers what the hooks tell. Each outermost hooked call of a thread makes one record: what its stages took, in milliseconds.

    Args:
        ended: called with a stage's name and its call's arguments when the call ends, on the thread that made it.
        now_s: a clock.
    """

    ended: Callable[[str, tuple[Any, ...]], None] | None = None
    now_s: Callable[[], float] = perf_counter
    records: list[Spans] = field(default_factory=list)
    _current: ContextVar[_Call | None] = field(default_factory=lambda: ContextVar("call", default=None))
    """Of this thread: each has a context of its own."""

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, whose time is told."""

        @functools.wraps(function)
        def told(*args: Any, **named: Any) -> Any:
            outer = self._current.get()
            call = _Call(outer.spans if outer is not None else {})
            token = self._current.set(call)
            began_s = self.now_s()
            try:
                return function(*args, **named)
            finally:
                whole_ms = 1e3 * (self.now_s() - began_s)
                self._current.reset(token)
                self._end(stage, call, outer, whole_ms)
                if self.ended is not None:
                    self.ended(stage, args)

        return told

    def _end(self, stage: str, call: _Call, outer: _Call | None, whole_ms: float) -> None:
        call.spans[stage] = call.spans.get(stage, 0.0) + whole_ms - call.inner_ms
        if outer is None:
            self.records.append(call.spans)
        else:
            outer.inner_ms += whole_ms

    def take(self) -> list[Spans]:
        """The records since the last time."""
        found, self.records = self.records, []
        return found

    @contextmanager
    def hooked(self, hooks: tuple[Hook, ...] = HOOKS) -> Iterator[None]:
        """While this lasts the hooks tell; parts that hold a function by its name must be made within.

        Raises:
            LookupError: a row names something that is not there: the way was changed, and its row was not.
        """
        before = []
        try:
            for hook in hooks:
                owner, name = place_of(hook)
                before.append((owner, name, vars(owner)[name]))
                setattr(owner, name, self.timed(hook.stage, vars(owner)[name]))
            yield
        finally:
            for owner, name, function in reversed(before):
                setattr(owner, name, function)


def place_of(hook: Hook) -> tuple[Any, str]:
    """The module or class that holds the hook's function, and the function's name there.

    Raises:
        LookupError: it does not exist.
    """
    owner: Any = importlib.import_module(hook.module)
    *path, name = hook.name.split(".")
    for part in path:
        owner = vars(owner).get(part)
    if owner is None or not callable(vars(owner).get(name)):
        raise LookupError(f"stage {hook.stage!r}: {hook.module} has no {hook.name}; mend its row of HOOKS in kiosk/bench/stages.py")
    return owner, name


def spreads(records: list[Spans]) -> Mapping[str, Spread]:
    """Stage -> how its times lie, in the order of HOOKS; a stage that never ran is left out."""
    found = {stage: spread([r[stage] for r in records if stage in r]) for stage in STAGES}
    return {stage: value for stage, value in found.items() if value is not None}
