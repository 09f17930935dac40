"""A result for a person at a terminal. Pure; English, as all of the command line."""

import math
from collections.abc import Iterator, Mapping

from kiosk.bench.bars import verdicts
from kiosk.bench.results import Facts, Live, Loop, Measured, Spread, Start

BUSY_LOAD = 0.5
"""More than this and times are not the machine's own (our choice)."""
WATCHERS = {"chromium": "Chromium", "readers": "plain readers, which draw nothing: there is no Chromium, or none was wanted"}


def lines(found: Measured) -> Iterator[str]:
    """All of it."""
    yield machine(found.facts)
    if found.facts.load > BUSY_LOAD:
        yield f"Note: other programs were at work ({found.facts.load:.1f} of {found.facts.cores} cores): times are too long, ratios hold."
    yield f"medians of {found.turns} turns; times in milliseconds: median, p95, p99"
    for loop in found.loops:
        yield ""
        yield from _loop(loop)
    for live in found.live:
        yield ""
        yield from _live(live)
    if found.start is not None:
        yield ""
        yield from _start(found.start)
    yield from _bars(found)


def machine(facts: Facts) -> str:
    """The machine in a line."""
    return (
        f"{facts.board}, {facts.cores} cores, {facts.memory_mb / 1024:.1f} GB, {facts.system}, Python {facts.python}, "
        f"Treadside {facts.program}, load {facts.load:.1f}"
    )


def pace(row: Live) -> str:
    """How fast its camera was."""
    return f"at {row.pace_hz:g} frames/s" if row.pace_hz is not None else "as fast as it goes"


def browsers(row: Live) -> str:
    """How many, for people."""
    return "1 browser" if row.browsers == 1 else f"{row.browsers} browsers"


def number(value: float | None, digits: int = 1) -> str:
    """A number, or a dash where there is none."""
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def _loop(row: Loop) -> Iterator[str]:
    yield f"{row.setup}: nobody watches, one thread does it all"
    yield f"  bare network {row.bare_per_s:8.1f} calls/s"
    yield f"  pipeline     {row.pipeline_per_s:8.1f} frames/s, ratio {row.ratio:.3f}"
    yield from _spreads({"all but invoke": row.other_ms, "gait + coach": row.gait_coach_ms, **row.stages_ms})


def _live(row: Live) -> Iterator[str]:
    yield f"{row.setup}: station {pace(row)}, {browsers(row)} with the picture ({WATCHERS[row.watchers]})"
    ratio = f", ratio to bare {row.ratio:.3f}" if row.ratio is not None else ""
    yield f"  {row.poses_per_s:.1f} poses/s{ratio}; the network alone takes {number(row.bare_ms)} ms"
    yield (
        f"  station: {row.station_cores:.2f} cores, {number(row.resident_mb, 0)} MB resident, {number(row.proportional_mb, 0)} MB "
        f"proportional; browsers: {row.browser_cores:.2f} cores"
    )
    undrawn = f", {row.undrawn} not drawn before the next came" if row.undrawn is not None else ""
    yield f"  {number(row.events_per_s)} events/s to each browser{undrawn}"
    yield from _spreads(
        {"network alone": row.bare_calls_ms, "stamp to event": row.latency_ms, "page's script": row.handler_ms, **row.stages_ms}
    )


def _start(row: Start) -> Iterator[str]:
    yield f"kiosk run, medians of {row.starts} starts (the first one in brackets)"
    yield f"  page served after {row.page_s:.2f} s ({row.first_page_s:.2f} s)"
    yield f"  first pose after {row.pose_s:.2f} s ({row.first_pose_s:.2f} s)"
    yield f"  {number(row.resident_mb, 0)} MB resident, {number(row.proportional_mb, 0)} MB proportional"


def _spreads(rows: Mapping[str, Spread | None]) -> Iterator[str]:
    for name, value in rows.items():
        if value is not None:
            yield f"  {name:16s} {value.median:9.2f} {value.p95:9.2f} {value.p99:9.2f}"


def _bars(found: Measured) -> Iterator[str]:
    setup = None
    for verdict in verdicts(found):
        if verdict.setup != setup:
            setup = verdict.setup
            yield ""
            yield f"bars, {setup}"
        bar = verdict.bar
        yield f"  {'kept' if verdict.kept else 'MISSED':6s} {bar.what}: {verdict.value:.3g}{bar.unit}, {bar.words}"
