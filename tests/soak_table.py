"""The table of the soak (tests/soak_station.py): what was seen, the bars it must keep, and the place in docs/reliability.md.

What must not go in: running anything.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from soak_parts import FPS, Life

BACK_S = 5.0
"""The issue's bar: the page is back within 5 s."""
GROWN_MB = 20.0
"""Of one process from its second minute to its end (our choice: a day at this rate would not fill a Pi of 2 GB)."""
GROWN = 3
"""Threads, and file handles (our choice: readers come and go)."""
SLOWER = 1.5
"""p95 latency of the last minutes against the first (our choice)."""
LOST = 0.02
"""Share of the camera's frames that made no event while no page was away (our choice: no metric changes by it)."""
WARM_S = 60.0
"""A process's figures at its start are taken after this long: caches are full then."""


@dataclass
class Kill:
    """One kill -9 and how long each page was without a live view; inf: did not come back."""

    what: str
    own_s: float
    guests_s: list[float]


@dataclass
class Soak:
    """What was seen."""

    minutes: float
    kills: list[Kill] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    latency_ms: tuple[float, float] = (float("nan"), float("nan"))
    """p95 of the first and of the last minutes."""
    ends_min: float = 5.0
    frames: int = 0
    lost: int = 0
    stalled: int = 0
    reloads: int = 0
    ended_pages: int = 0
    runs: int = 0
    problems: list[str] = field(default_factory=list)
    """Of stored sessions."""
    load: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    name: str
    found: str
    bar: str = ""
    kept: bool = True


def rows(seen: Soak) -> list[Row]:
    """The table."""
    table = [_back(seen, "process"), _back(seen, "browser")] if seen.kills else []
    share = seen.lost / max(1, seen.frames + seen.lost)
    first, last = seen.latency_ms
    kept = not seen.problems
    return [
        *table,
        Row("stored runs", f"{seen.runs}, " + ("all whole" if kept else "; ".join(seen.problems)), "each there, its length right", kept),
        Row(
            f"frames lost of {seen.frames + seen.lost} at {FPS}/s, outside kills",
            f"{seen.lost} ({share:.2%})",
            f"{LOST:.0%}",
            share <= LOST,
        ),
        Row(
            f"p95 from frame stamp to event, first and last {seen.ends_min:.0f} min",
            f"{first:.0f} ms, {last:.0f} ms",
            f"last at most {SLOWER} x first",
            last <= SLOWER * first,
        ),
        *_longest(seen.lives),
        Row("stalled client came", f"{seen.stalled} times"),
        Row("guests' pages loaded again", f"{seen.reloads} times", "none", seen.reloads == 0),
        Row("own page found silent and started again", f"{seen.ended_pages} times", "none", seen.ended_pages == 0),
        Row(f"load of the machine ({os.cpu_count()} cores), at the start and end", f"{seen.load[0]:.1f}, {seen.load[1]:.1f}"),
    ]


def _back(seen: Soak, what: str) -> Row:
    own = [k.own_s for k in seen.kills if k.what == what]
    guests_s = [s for k in seen.kills if k.what == what for s in k.guests_s]
    times = own + (guests_s if what == "process" else [])
    if not times:
        return Row(f"kill -9 of the {what}", "none")
    words = f"{len(own)} times; back after {np.median(own):.1f} s (median), {max(times):.1f} s (longest)"
    return Row(f"kill -9 of the {what}: live view again", words, f"{BACK_S:.0f} s each time", max(times) <= BACK_S)


def _longest(lives: Sequence[Life]) -> list[Row]:
    """Memory, threads and files of the process that lived longest, and memory of all at their ends."""
    sampled = [life for life in lives if len(life.resident_mb) > 1]
    life = max(sampled, key=lambda each: len(each.resident_mb))
    per_sample_s = (life.end_s - life.begin_s) / len(life.resident_mb)
    warm = min(round(WARM_S / per_sample_s), len(life.resident_mb) // 2)
    mb, threads, files = life.resident_mb, life.threads, life.files
    ends = [each.resident_mb[-1] for each in sampled]
    lasted = f"{(life.end_s - life.begin_s) / 60:.1f} min"
    return [
        Row(
            f"memory of the longest life ({lasted}), warm and at its end",
            f"{mb[warm]:.0f} MB, {mb[-1]:.0f} MB",
            f"+{GROWN_MB:.0f} MB",
            mb[-1] - mb[warm] <= GROWN_MB,
        ),
        Row(f"memory at the end of each of {len(ends)} lives", f"{min(ends):.0f} to {max(ends):.0f} MB"),
        Row("threads, warm and at its end", f"{threads[warm]}, {threads[-1]}", f"+{GROWN}", threads[-1] - threads[warm] <= GROWN),
        Row("file handles, warm and at its end", f"{files[warm]}, {files[-1]}", f"+{GROWN}", files[-1] - files[warm] <= GROWN),
    ]


def table(found: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        f"| {row.name} | {row.found} | {row.bar or 'any'} | {'' if not row.bar else 'yes' if row.kept else '**no**'} |" for row in found
    ]
    return "\n".join(["| | found | bar | kept |", "|---|---|---|---|", *lines])


def write(document: Path, name: str, text: str) -> None:
    """Put the text between the markers of its section; a document without them gets the section at its end."""
    begin, end = f"<!-- soak {name} -->", f"<!-- end of soak {name} -->"
    whole = document.read_text(encoding="utf-8") if document.exists() else "# Reliability\n"
    if begin not in whole:
        whole = f"{whole.rstrip()}\n\n## Soak: {name}\n{begin}\n{end}\n"
    before, rest = whole.split(begin, maxsplit=1)
    document.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end, maxsplit=1)[1]}", encoding="utf-8")
