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
from functools import partial
from pathlib import Path

import numpy as np

from kiosk.store import SessionStore, sessions
from kiosk.store.database import NAME
from kiosk.threads import monotonic_s
from soak_browsers import Guest, OwnScreen, guests
from soak_parts import Reader, Run, Stalled, Supervised, asked, until
from soak_table import Kill, Soak, rows, table, write

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "reliability.md"
UNIT = ROOT / "systemd" / "kiosk.service"
SHORT_S = 1.5
"""What a stored length may lack after kill -9: a commit is at most 0.25 s late, the length is told every 0.5 s (kiosk/store, kiosk/run)."""
CONTACTS_S = 10.0
"""Contacts of the last seconds are not known yet, and a moment in which nothing can be judged may be among them (our choice)."""
GIVE_UP_S = 60.0
SECONDS = {"": 1.0, "s": 1.0, "ms": 1e-3, "min": 60.0}


def restart_s() -> float:
    """RestartSec of kiosk.service, seconds; systemd's own 0.1 when the unit does not say."""
    found = re.search(r"^RestartSec=(\d+)\s*(\w*)$", UNIT.read_text() if UNIT.exists() else "", re.MULTILINE)
    return int(found[1]) * SECONDS[found[2]] if found else 0.1


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
    others = [until(partial(guest.back_s, wall_s), GIVE_UP_S) for guest in visitors]
    return Kill(what, _or_never(own_s), [_or_never(s) for s in others])


def _or_never(seconds: float | None) -> float:
    return float("inf") if seconds is None else seconds


def session_problems(folder: Path, seen: Sequence[Run]) -> list[str]:
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
