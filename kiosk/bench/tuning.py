"""`kiosk bench --tune`: measures every setup in the station at camera rates that it may keep, chooses, and writes kiosk.toml.

What must not go in: the choice (tune.py).
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kiosk.bench.live import watched, watchers_of
from kiosk.bench.loops import Bare
from kiosk.bench.plan import Plan
from kiosk.bench.results import BenchError, Setup, as_json
from kiosk.bench.tune import RATES_HZ, Choice, Tried, choose, first_rate
from kiosk.bench.watchers import Watcher
from kiosk.settings import BEFORE, SettingsError, change_section, write_whole

STEPS = 4
"""Rates that are tried for a setup, from the fastest that its network alone allows downwards (our choice)."""
TURN_S = 3.0
"""Of the station at one rate (our choice: ninety frames at 30 a second, p95 is then of the worst four)."""
WARM_S = 6.0
"""Before that: gait looks at some strides then (our choice)."""
QUICK = 0.3
"""Of these lengths with --quick."""


def tuned(plan: Plan, budget_ms: float, toml: Path, rows_to: Path | None = None) -> Iterator[str]:
    """Measure, choose, write.

    Args:
        plan: its setups are compared.
        budget_ms: longest time from a frame's stamp to its event, p95.
        toml: kiosk.toml that gets the choice.
        rows_to: file for the rows, as JSON; None for none.

    Yields:
        Lines for people.

    Raises:
        BenchError: nothing fits, or it cannot be written; kiosk.toml is as it was.
    """
    if not toml.is_file():
        raise BenchError(f"{toml}: no such file. Give an existing kiosk.toml with --config.")
    rows = try_all(plan, budget_ms)
    yield from table(rows, budget_ms)
    if rows_to is not None:
        rows_to.write_text(json.dumps({"schema": 1, "latency_ms": budget_ms, "rows": as_json(rows)}, indent=1) + "\n", encoding="utf-8")
    choice = choose(rows, budget_ms)
    write(toml, choice)
    yield from said(choice)
    yield f"written: {toml} ([pose] model, runtime, threads; [camera] frames_per_s). The camera's own delay is not in these numbers."


def try_all(plan: Plan, budget_ms: float) -> list[Tried]:
    """Every setup at the fastest camera rate that it keeps within the budget, and the rates above that it was tried with."""
    long = QUICK if plan.quick else 1.0
    live = replace(plan, turns=1, turn_s=TURN_S * long, warm_s=WARM_S * long)
    with watchers_of("readers", 1) as watchers:
        return [row for setup in plan.setups for row in _tries(live, setup, watchers, budget_ms)]


def _tries(plan: Plan, setup: Setup, watchers: Sequence[Watcher], budget_ms: float) -> list[Tried]:
    bare, rows = Bare(plan.pose(setup)), list[Tried]()
    call_ms = 1e3 / bare.turn(plan.turn_s)
    start = first_rate(call_ms)  # all else of a frame is done beside the network
    steps = STEPS if call_ms <= budget_ms else 1  # where the call alone takes longer, no camera rate helps: a row to tell is enough
    for rate in RATES_HZ[start : start + steps]:
        (live,) = watched(plan, setup, float(rate), watchers, "readers", bare, (1,))
        rows.append(Tried(setup, rate, live.poses_per_s, live.latency_ms.p95 if live.latency_ms is not None else math.inf))
        if rows[-1].keeps_up and rows[-1].latency_ms <= budget_ms:
            break
    return rows


def write(toml: Path, choice: Choice) -> None:
    """Put the choice into kiosk.toml; every other line stays.

    Raises:
        BenchError: it cannot be written; it is as it was.
    """
    toml = toml.resolve()  # a link stays a link
    setup = choice.row.setup
    before = toml.read_bytes()
    try:
        change_section(toml, "pose", {"model": setup.model, "runtime": setup.runtime, "threads": setup.threads})
        change_section(toml, "camera", {"frames_per_s": choice.row.camera_hz})
    except SettingsError as error:
        if toml.read_bytes() != before:
            write_whole(toml, before)  # half a choice is none
        raise BenchError(f"{error} Chosen was: {setup} at {choice.row.camera_hz} frames/s.") from None
    write_whole(toml.with_name(toml.name + BEFORE), before)  # of both changes, not of the second


def said(choice: Choice) -> Iterator[str]:
    """The choice and its reasons for people."""
    row = choice.row
    yield ""
    yield f"chosen: {row.setup}, camera {row.camera_hz} frames/s ({row.poses_per_s:.1f} poses/s, {row.latency_ms:.0f} ms p95)"
    for reason in choice.why:
        yield f"  {reason}"


def table(rows: Sequence[Tried], budget_ms: float) -> Iterator[str]:
    """The rows for people."""
    width = max((len(str(row.setup)) for row in rows), default=0)
    yield f"{'':{width}}  camera/s  poses/s  p95 ms"
    for row in rows:
        why = "" if row.keeps_up else "  too slow" if row.latency_ms <= budget_ms else "  too slow, too late"
        why = why or ("" if row.latency_ms <= budget_ms else "  too late")
        yield f"{row.setup!s:{width}}  {row.camera_hz:8d}  {row.poses_per_s:7.1f}  {row.latency_ms:6.0f}{why}"
