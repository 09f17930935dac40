"""The station for an hour as a station lives: three browsers, one stalled client, and kill -9 of the process and of the browser in turn.

    python tests/soak_station.py --minutes 60 --kills 50
    python tests/soak_station.py --minutes 60 --kills 0      (endurance: one process from begin to end)
    python tests/soak_station.py --minutes 3 --kills 4       (a quick try)

`kiosk run` plays the bundled clip at 30 frames/s for ever and is started again as systemd/kiosk.service says (RestartSec). One browser is
the station's own (`kiosk screen`), two are guests. Exit code 1 when a bar is missed. A soak of 30 minutes or more writes its table into
docs/reliability.md.
"""

import argparse
import os
import re
import secrets
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.store import SessionStore, sessions
from kiosk.store.database import NAME
from kiosk.threads import monotonic_s
from soak_parts import FPS, Guest, Life, OwnScreen, Reader, Stalled, Supervised, asked, guests, until

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "reliability.md"
UNIT = ROOT / "systemd" / "kiosk.service"
BACK_S = 5.0
"""The issue's bar: the page is back within 5 s."""
GROWN_MB = 20.0
"""Of one process from its second minute to its end (our choice: a day at this rate would not fill a Pi of 2 GB)."""
GROWN = 3
"""Threads, and file handles (our choice: readers come and go)."""
SLOWER = 2.0
"""p95 latency of the last minutes against the first (our choice)."""
SHORT_S = 1.5
"""What a stored length may lack after kill -9: a commit is at most 0.25 s late, the length is told every 0.5 s (kiosk/store, kiosk/run)."""
CONTACTS_S = 10.0
"""Contacts of the last seconds are not known yet, and a moment in which nothing can be judged may be among them (our choice)."""
WARM_S = 60.0
"""A process's figures at its start are taken after this long: caches are full then."""
GIVE_UP_S = 60.0
SECONDS = {"": 1.0, "s": 1.0, "ms": 1e-3, "min": 60.0}


def restart_s() -> float:
    """RestartSec of kiosk.service, seconds; systemd's own 0.1 when the unit does not say."""
    found = re.search(r"^RestartSec=(\d+)\s*(\w*)$", UNIT.read_text() if UNIT.exists() else "", re.MULTILINE)
    return int(found[1]) * SECONDS[found[2]] if found else 0.1


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


def kill(what: str, station: Supervised, screen: OwnScreen, visitors: Sequence[Guest]) -> Kill:
    """kill -9, and wait until all pages are back."""
    pid = station.pid if what == "process" else screen.pid
    assert pid is not None
    wall_s, at_s = time.time(), monotonic_s()
    os.kill(pid, signal.SIGKILL)

    def back() -> float | None:
        found = screen.drawn_s()
        gone = what == "browser" and found is not None and found[0] == pid
        return None if found is None or gone or found[1] <= at_s else found[1] - at_s

    if what == "process":
        until(lambda: station.pid != pid, GIVE_UP_S)
    own_s = until(back, GIVE_UP_S)
    others = [until(lambda guest=guest: guest.back_s(wall_s), GIVE_UP_S) for guest in visitors]
    return Kill(what, _or_never(own_s), [_or_never(s) for s in others])


def _or_never(seconds: float | None) -> float:
    return float("inf") if seconds is None else seconds


def session_problems(folder: Path, seen: Sequence[Any]) -> list[str]:
    """What is wrong with the stored sessions, given the runs that a reader saw."""
    SessionStore.open(folder).close()  # marks what the last kill left running
    stored = sessions(folder, limit=10**6)[::-1]
    problems = [] if len(stored) == len(seen) else [f"{len(seen)} runs were seen, {len(stored)} are stored"]
    for i, (run, kept) in enumerate(zip(seen, stored, strict=False)):
        wanted = "done" if i == len(seen) - 1 else "interrupted"
        if kept.state != wanted:
            problems.append(f"session {kept.id} is {kept.state}, not {wanted}")
        if not run.elapsed_s - SHORT_S <= kept.duration_s <= run.elapsed_s + 1.0:
            problems.append(f"session {kept.id} has {kept.duration_s:.1f} s of {run.elapsed_s:.1f} s")
    return [*problems, *_contact_problems(folder)]


def _contact_problems(folder: Path) -> list[str]:
    """Whether the file is whole, and whether the contacts of each session reach to its end."""
    with closing(sqlite3.connect(folder / NAME)) as database:
        whole = database.execute("PRAGMA integrity_check").fetchone()[0]
        last = "SELECT id, duration_s, (SELECT max(t_s) FROM event WHERE session = id) FROM session"
        ends = [row for row in database.execute(last) if row[1] > CONTACTS_S and row[1] - (row[2] or 0.0) > CONTACTS_S]
    problems = [] if whole == "ok" else [f"the database is damaged: {whole}"]
    return problems + [f"session {i}: the last contact is at {t_s} s of {length_s:.1f} s" for i, length_s, t_s in ends]


def soak(minutes: float, kills: int, folder: Path, say: Callable[[str], object]) -> Soak:
    """Run it all and return what was seen."""
    found = Soak(minutes, ends_min=min(5.0, minutes / 3))
    loads = [os.getloadavg()[0]]
    station = Supervised(folder, restart_s())
    with ExitStack() as ends:
        ends.callback(station.end)
        screen = OwnScreen(station.toml, station.port, folder)
        ends.callback(screen.end)
        reader = Reader(station.port, secrets.token_hex(16))
        ends.callback(reader.end)
        if until(screen.drawn_s, GIVE_UP_S) is None:
            raise SystemExit(f"The page did not come within {GIVE_UP_S:.0f} s:\n{(folder / 'screen.log').read_text()}")
        visitors = ends.enter_context(guests(2, f"http://127.0.0.1:{station.port}/"))
        stalled = Stalled(station.port)
        ends.callback(stalled.end)
        begin_s = monotonic_s()
        for i in range(kills):
            _sleep_until(begin_s + minutes * 60 * (i + 0.5) / kills)
            found.kills.append(kill("browser" if i % 2 else "process", station, screen, visitors))
            say(f"{(monotonic_s() - begin_s) / 60:5.1f} min  {found.kills[-1]}")
        _sleep_until(begin_s + minutes * 60)
        end_s = monotonic_s()
        reader.keep_running = False
        _press_stop(station, reader)
    found.problems = session_problems(station.store, reader.runs)
    found.lives, found.runs = station.lives, len(reader.runs)
    found.frames, found.lost, found.stalled = reader.frames, reader.lost, stalled.came
    found.reloads, found.ended_pages = sum(guest.reloads for guest in visitors), screen.restarts
    found.latency_ms = _latencies(reader, begin_s, end_s, found.ends_min * 60)
    found.load = (loads[0], os.getloadavg()[0])
    return found


def _sleep_until(at_s: float) -> None:
    while monotonic_s() < at_s:
        time.sleep(min(0.5, max(0.0, at_s - monotonic_s())))


def _press_stop(station: Supervised, reader: Reader) -> None:
    until(lambda: reader.state == "running" or None, 20)
    asked(station.port, "/command/stop", "POST")
    if until(lambda: reader.state == "summary" or None, 20) is None:
        raise SystemExit(f"The last run did not end: the station is {reader.state!r}.")


def _latencies(reader: Reader, begin_s: float, end_s: float, length_s: float) -> tuple[float, float]:
    at_s, ms = np.array(reader.at_s), 1e3 * np.array(reader.latency_s)
    first = ms[(at_s >= begin_s) & (at_s < begin_s + length_s)]
    last = ms[(at_s >= end_s - length_s) & (at_s < end_s)]
    return float(np.percentile(first, 95)), float(np.percentile(last, 95))


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
        Row("load of the machine (2 cores), at the start and end", f"{seen.load[0]:.1f}, {seen.load[1]:.1f}"),
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


def main() -> None:
    """Soak, tell, write."""
    parser = argparse.ArgumentParser(description="Let the station run for long and kill it often.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--keep", type=Path, help="keep logs and store in this folder")
    parser.add_argument(
        "--write", type=Path, help="write the table here, however short the soak (default: docs/reliability.md from 30 min on)"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = given.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        seen = soak(given.minutes, given.kills, folder, lambda line: print(line, file=sys.stderr, flush=True))
    found = rows(seen)
    command = f"`python tests/soak_station.py --minutes {given.minutes:g} --kills {given.kills}`, {time.strftime('%d %B %Y')}:"
    text = f"{command}\n\n{table(found)}"
    print(text)
    document = given.write or (DOCUMENT if given.minutes >= 30 else None)
    if document:
        write(document, "with kills" if given.kills else "without kills", text)
    sys.exit(0 if all(row.kept for row in found) else 1)


if __name__ == "__main__":
    main()
