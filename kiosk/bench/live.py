"""The running station with one and with three browsers, in turns with the bare network, during which they stand still."""

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.bench.clip_camera import CLIP_HZ
from kiosk.bench.loops import Bare
from kiosk.bench.plan import Plan
from kiosk.bench.results import Live, Setup, median, spread
from kiosk.bench.stages import Spans, spreads
from kiosk.bench.station import Station, Told
from kiosk.bench.watchers import Seen, Watcher, kind_of_watchers, watcher
from kiosk.threads import Stop, monotonic_s

BROWSERS = (1, 3)
PACES_HZ = (CLIP_HZ, None)


@dataclass
class Turns:
    """What the turns with one number of browsers gave."""

    browsers: int
    told: list[Told] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    browser_cores: list[float] = field(default_factory=list)
    watched_s: float = 0.0
    """Seconds that were counted, times browsers."""


def measure(plan: Plan) -> tuple[Live, ...]:
    """Every live setup of the plan, first at the camera's pace, then as fast as it goes."""
    kind = kind_of_watchers(plan.readers)
    with watchers_of(kind, max(BROWSERS)) as watchers:
        return tuple(
            row
            for setup in plan.live
            for pace_hz in PACES_HZ
            for row in watched(plan, setup, pace_hz, watchers, kind, Bare(plan.pose(setup)), BROWSERS)
        )


def watched(
    plan: Plan, setup: Setup, pace_hz: float | None, watchers: Sequence[Watcher], kind: str, bare: Bare, numbers: Sequence[int]
) -> Iterator[Live]:
    """One station, watched by each of these numbers of browsers in turns.

    As fast as it goes, a turn of the bare network comes before and after each turn of the station, while all else stands still: a
    processor whose clock wanders disturbs both alike. At a camera's pace that would be a gap in its frames, and gait would begin anew:
    there the bare network comes before and after all.
    """
    rows, fast = [Turns(n) for n in numbers], pace_hz is None
    bare.calls_ms.clear()
    bare_per_s = [_bare(None, watchers, bare, plan.turn_s)]
    station, there = Station(setup, pace_hz), 0
    try:
        Stop().wait(plan.warm_s)
        for turn in range(plan.turns):
            plan.say(f"station, {setup}, {f'{pace_hz:g} frames/s' if pace_hz else 'as fast as it goes'}, turn {turn + 1} of {plan.turns}")
            for row in rows if turn % 2 == 0 else reversed(rows):  # back and forth: browsers come and go half as often
                there = _gathered(station.url, watchers, there, row.browsers)
                if fast:
                    bare_per_s.append(_bare(station, watchers, bare, plan.turn_s))
                _turn(row, station, watchers[:there], plan)
                if fast:
                    bare_per_s.append(_bare(station, watchers, bare, plan.turn_s))
                    row.ratios.append(2 * row.told[-1].poses / row.told[-1].seconds / sum(bare_per_s[-2:]))
        _gathered(station.url, watchers, there, 0)
    finally:
        station.end()
    if not fast:
        bare_per_s.append(_bare(None, watchers, bare, plan.turn_s))
    yield from (_found(setup, pace_hz, kind, row, bare_per_s, bare.calls_ms) for row in rows)


@contextmanager
def watchers_of(kind: str, n: int) -> Iterator[list[Watcher]]:
    """So many watchers of this kind, closed at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as end:
        found = []
        for i in range(n):
            found.append(watcher(kind, Path(folder, str(i))))
            end.callback(found[-1].end)
        yield found


def _bare(station: Station | None, watchers: Sequence[Watcher], bare: Bare, seconds: float) -> float:
    """Calls a second of the network, alone on the machine."""
    others: list[Watcher | Station] = [*watchers, *([station] if station is not None else [])]
    for other in others:
        other.hold()
    try:
        return bare.turn(seconds)
    finally:
        for other in others:
            other.go_on()


def _gathered(url: str, watchers: Sequence[Watcher], there: int, wanted: int) -> int:
    """So many of them on the page, where `there` are."""
    for browser in watchers[there:wanted]:
        browser.open(url)
    for browser in watchers[wanted:there]:
        browser.leave()
    return wanted


def _turn(row: Turns, station: Station, here: Sequence[Watcher], plan: Plan) -> None:
    pause = Stop()
    pause.wait(plan.settle_s)
    for browser in here:
        browser.seen()
    cpu_s, began_s = sum(browser.cpu_s for browser in here), monotonic_s()
    station.begin()
    pause.wait(plan.turn_s)
    told = station.told()
    cpu_s, ended_s = sum(browser.cpu_s for browser in here) - cpu_s, monotonic_s()
    row.browser_cores.append(cpu_s / (ended_s - began_s))
    row.seen += [browser.seen() for browser in here]
    row.watched_s += len(here) * (monotonic_s() - began_s)
    row.told.append(told)


def _found(setup: Setup, pace_hz: float | None, kind: str, row: Turns, bare_per_s: Sequence[float], bare_calls_ms: Sequence[float]) -> Live:
    records: list[Spans] = [r for told in row.told for r in told.records]
    latency_ms = [ms for seen in row.seen for ms in seen.latency_ms]
    handler_ms = [ms for seen in row.seen for ms in seen.handler_ms]
    undrawn = [seen.undrawn for seen in row.seen if seen.undrawn is not None]
    return Live(
        setup,
        pace_hz,
        row.browsers,
        kind,
        median([told.poses / told.seconds for told in row.told]),
        1e3 / median(bare_per_s) if bare_per_s else math.nan,
        spread(bare_calls_ms),
        median(row.ratios) if pace_hz is None else None,
        spread(latency_ms) if pace_hz is not None else None,
        median([told.cpu_s / told.seconds for told in row.told]),
        median(row.browser_cores),
        max((told.resident_mb for told in row.told), default=math.nan),
        max((told.proportional_mb for told in row.told), default=math.nan),
        sum(seen.events for seen in row.seen) / row.watched_s,
        spread(handler_ms),
        sum(undrawn) if undrawn else None,
        spreads(records),
    )
