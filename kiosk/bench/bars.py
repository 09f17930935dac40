"""What a result must show, one row each: the bar, what was found, whether it is kept. Pure.

The bars hold for this machine in this run, nobody promises them elsewhere. "The network and 6 ms at p95" is two of them: against the mean
of the bare network's calls, and against their own p95 (docs/decisions.md, 120).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kiosk.bench.results import Live, Loop, Measured, Setup, Spread, as_json


@dataclass(frozen=True)
class Bar:
    """A row: a number of one result, and what it may be at most, or must be at least."""

    what: str
    found: Callable[["Case"], float]
    """NaN where it was not measured."""
    most: float = math.inf
    least: float = -math.inf
    unit: str = ""

    def kept(self, value: float) -> bool:
        """True when the number is within."""
        return self.least <= value <= self.most

    @property
    def words(self) -> str:
        """The bar for people."""
        return f"at least {self.least:g}{self.unit}" if math.isinf(self.most) else f"at most {self.most:g}{self.unit}"


@dataclass(frozen=True)
class Case:
    """All that was measured of one setup."""

    measured: Measured
    setup: Setup

    @property
    def loop(self) -> Loop | None:
        """Of this setup."""
        return next((row for row in self.measured.loops if row.setup == self.setup), None)

    def live(self, browsers: int, fast: bool) -> Live | None:
        """Of this setup, with so many browsers, as fast as it goes or at the clip's pace."""
        rows = (row for row in self.measured.live if row.setup == self.setup and row.browsers == browsers)
        return next((row for row in rows if (row.pace_hz is None) == fast), None)


@dataclass(frozen=True)
class Verdict:
    """One bar of one setup."""

    setup: Setup
    bar: Bar
    value: float
    kept: bool


def _ratio(browsers: int) -> Callable[[Case], float]:
    def found(case: Case) -> float:
        row = case.live(browsers, fast=True)
        return _or_nan(row.ratio if row is not None else None)

    return found


def _beyond(alone_ms: Callable[[Live], float], browsers: int) -> Callable[[Case], float]:
    """The slow twentieth of events against this figure of the bare network."""

    def found(case: Case) -> float:
        row = case.live(browsers, fast=False)
        return row.latency_ms.p95 - alone_ms(row) if row is not None and row.latency_ms is not None else math.nan

    return found


def _mean(row: Live) -> float:
    return row.bare_ms


def _p95(row: Live) -> float:
    return row.bare_calls_ms.p95 if row.bare_calls_ms is not None else math.nan


def _of(part: Callable[[Case], Spread | None], which: str) -> Callable[[Case], float]:
    def found(case: Case) -> float:
        values = part(case)
        return math.nan if values is None else float(getattr(values, which))

    return found


def _other(case: Case) -> Spread | None:
    return case.loop.other_ms if case.loop is not None else None


def _gait_coach(case: Case) -> Spread | None:
    return case.loop.gait_coach_ms if case.loop is not None else None


def _handler(case: Case) -> Spread | None:
    row = case.live(1, fast=False)
    return row.handler_ms if row is not None else None


def _undrawn(case: Case) -> float:
    row = case.live(1, fast=False)
    return _or_nan(row.undrawn if row is not None else None)


def _events(case: Case) -> float:
    row = case.live(1, fast=False)
    return _or_nan(row.events_per_s if row is not None else None)


def _resident(case: Case) -> float:
    """Of Lightning; at the clip's pace, because as fast as it goes the benchmark's own notes take some megabytes."""
    row = case.live(3, fast=False) if case.setup.model == "lightning" else None
    return _or_nan(row.resident_mb if row is not None else None)


def _start(name: str) -> Callable[[Case], float]:
    return lambda case: _or_nan(getattr(case.measured.start, name, None) if _is_first(case) else None)


def _is_first(case: Case) -> bool:
    """The start is measured with the first of the live setups."""
    return bool(case.measured.live) and case.setup == case.measured.live[0].setup


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


BARS = (
    Bar("station to bare network, one browser", _ratio(1), least=0.93),
    Bar("station to bare network, three browsers", _ratio(3), least=0.88),
    Bar("a frame without the network's call, median", _of(_other, "median"), most=3.0, unit=" ms"),
    Bar("gait and coach a frame, median", _of(_gait_coach, "median"), most=0.6, unit=" ms"),
    Bar("gait and coach a frame, p99", _of(_gait_coach, "p99"), most=3.0, unit=" ms"),
    Bar("frame stamp to event, p95, beyond p95 of the network alone, one browser", _beyond(_p95, 1), most=6.0, unit=" ms"),
    Bar("the same, beyond p95, three browsers", _beyond(_p95, 3), most=6.0, unit=" ms"),
    Bar("frame stamp to event, p95, beyond the mean of the network alone, one browser", _beyond(_mean, 1), most=6.0, unit=" ms"),
    Bar("the same, beyond the mean, three browsers", _beyond(_mean, 3), most=6.0, unit=" ms"),
    Bar("page's script an event, p95", _of(_handler, "p95"), most=4.0, unit=" ms"),
    Bar("events a second at the clip's pace of 30, one browser", _events, least=28.5),  # 30, but for the edges of a turn (our choice)
    Bar("events at the clip's pace that were not drawn", _undrawn, most=0.0),
    Bar("kiosk run until its page is served", _start("page_s"), most=2.5, unit=" s"),
    Bar("kiosk run until its first pose", _start("pose_s"), most=3.5, unit=" s"),
    Bar("resident memory of kiosk run", _start("resident_mb"), most=220.0, unit=" MB"),
    Bar("resident memory of the station, three browsers", _resident, most=220.0, unit=" MB"),
)


def verdicts(measured: Measured) -> Iterator[Verdict]:
    """Every bar of every setup that was measured in the station; what was not measured is left out."""
    for setup in dict.fromkeys(row.setup for row in measured.live):
        case = Case(measured, setup)
        for bar in BARS:
            value = bar.found(case)
            if not math.isnan(value):
                yield Verdict(setup, bar, value, bar.kept(value))


def judged_json(measured: Measured) -> object:
    """The result and its verdicts for programs: `as_json`, and under "bars" each bar, what was found, and whether it is kept."""
    bars = [
        {"setup": as_json(v.setup), "what": v.bar.what, "found": as_json(v.value), "bar": v.bar.words, "kept": v.kept}
        for v in verdicts(measured)
    ]
    found = as_json(measured)
    return {**found, "bars": bars} if isinstance(found, dict) else found
