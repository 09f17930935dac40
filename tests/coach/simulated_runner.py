"""A runner made of stride values, for lessons: what it does is a function of what the screen shows and of the time."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.coach.lesson import Lesson
from kiosk.coach.modes import LessonState
from kiosk.coach.outcome import Outcome
from kiosk.domain import Metrics, MetricValue, Quality, Side
from kiosk.gait.metrics import StrideValue
from kiosk.gait.quality import robust_spread

STRIDE_S = 0.72
WINDOW_S = 12.0
TICK_S = 0.1
LOOK_S = 0.5

Values = Callable[[float, LessonState], dict[str, float]]
"""From time and screen to metric -> true value of a stride that begins now."""


@dataclass
class Ran:
    """One run, as it was seen from outside."""

    outcome: Outcome
    states: list[tuple[float, LessonState]]
    metrics: Metrics
    strides: list[StrideValue] = field(default_factory=list)


def run(lesson: Lesson, values: Values, seconds: float, presses: dict[float, str] | None = None, noise: float = 0.03, seed: int = 0) -> Ran:
    """Run for some seconds from 100 s of the clock on; `presses` is time from the start -> "show" or "test".

    `noise` is part of the value, from stride to stride.
    """
    dice, strides, newest, states = random.Random(seed), [], deque[StrideValue](), []
    fresh: list[StrideValue] = []
    state, waiting = LessonState(), sorted((presses or {}).items())
    for step in range(round(seconds / TICK_S)):
        into_s = round(step * TICK_S, 6)
        t_s = 100.0 + into_s
        if step % round(STRIDE_S / TICK_S) == 0:
            for metric, value in values(into_s, state).items():
                for side in (Side.LEFT, Side.RIGHT) if metric != "cadence_spm" else (None,):
                    fresh.append(StrideValue(metric, side, t_s, value * (1 + dice.gauss(0, noise if side else 0.005))))
        if waiting and into_s >= waiting[0][0]:
            getattr(lesson, waiting.pop(0)[1])(t_s)
        if step % round(LOOK_S / TICK_S) == 0 and into_s >= 4:
            newest.extend(fresh)
            start_s = max(t_s - WINDOW_S, state.window_from_s or 0.0)
            lesson.update(t_s, medians([v for v in newest if v.start_s >= start_s]), fresh)
            strides += fresh
            fresh = []
            while newest and newest[0].start_s < t_s - WINDOW_S:
                newest.popleft()
        state = lesson.tick(t_s)
        states.append((into_s, state))
    return Ran(lesson.finish(), states, medians(strides), strides)


def medians(values: list[StrideValue]) -> Metrics:
    """Metric -> value as gait makes it."""
    found: dict[str, dict[Side | None, list[float]]] = {}
    for v in values:
        found.setdefault(v.metric, {}).setdefault(v.side, []).append(v.value)
    return {name: _one(sides) for name, sides in found.items()}


def _one(sides: dict[Side | None, list[float]]) -> MetricValue:
    level = {side: sorted(v)[len(v) // 2] for side, v in sides.items()}
    n = min(len(v) for v in sides.values())
    spread = sum(float(robust_spread(_array(v))) for v in sides.values()) / len(sides)
    quality = Quality.GOOD if n >= 7 else Quality.LOW
    return MetricValue(sum(level.values()) / len(level), level.get(Side.LEFT), level.get(Side.RIGHT), n, spread, quality)


def _array(values: list[float]):
    import numpy as np

    return np.array(values)
