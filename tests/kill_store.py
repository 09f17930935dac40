"""kill -9 at random moments of writing, and disks that fill up: what is still there afterwards. One command:

    python tests/kill_store.py --moments 200 --full 40

A child writes a run (strides, heartbeats), patients, assessments and bouts, deletes patients, copies the database now and then, and prints
what it wrote with the time. It is killed at a random moment; then the file and its copies must be whole, nothing that a call waited for
may be missing, and of what was only sent at most the last second. Exit code 1 when anything is lost.
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

MOST_LOST_S = 1.0
STRETCH = 100
"""Turns of about 20 ms in which only a run is written, or patients too."""


def child(folder: Path, limit_pages: int, phase: int) -> None:
    """Write until killed; a line of JSON for all that was done. Told a limit, the database can grow to so many pages only."""
    from kiosk.clinic import BoutOrder, BoutQuality, BoutResult, Consent, Kind, PatientForm
    from kiosk.domain import SessionInfo, Side, View
    from kiosk.gait.metrics import StrideValue
    from kiosk.store import ClinicStore, SessionStore, back_up, writer
    from kiosk.words import Language

    writer.RETRY_S = 0.1

    def say(what: str, value: object) -> None:
        print(json.dumps([what, value, time.monotonic()]), flush=True)

    say("ready", 0)
    sys.stdin.readline()
    store = SessionStore.open(folder / "data")
    clinic = ClinicStore(store, folder / "recordings")
    (folder / "recordings").mkdir(exist_ok=True)
    if limit_pages:
        store.perform_alone(lambda db: db.execute(f"PRAGMA max_page_count = {limit_pages}").fetchall())
    info = SessionInfo("2026-11-21T10:00:00+00:00", View.RIGHT, 10.8, "lightning", "kill")
    session = store.begin(info)
    tag = f"{os.getpid()}-{random.randrange(10**6)}"
    result = BoutResult(View.LEFT, 60.0, 80, {}, {"cadence_spm": (170.0,) * 30}, 20.0, BoutQuality(True), "kill")
    for number in range(10**6):
        before = time.monotonic()
        store.strides(session, float(number), [StrideValue("cadence_spm", Side.LEFT, number + i / 100, 160.0) for i in range(60)])
        store.heartbeat(session, float(number))
        print(json.dumps(["stride", [session, number], before]), flush=True)  # from before: what was sent later counts as sent then
        try:
            if number % 10 == 5:
                back_up(folder / "data", date(2026, 11, 21), lambda _: 10**12)
                say("copy", number)
            if number % 3 == 0 and (number // STRETCH + phase) % 2:  # what waits commits all before it: stretches without it too
                patient = clinic.add_patient(PatientForm(f"P{number}-{tag}"[:24], notes="N" * 500))
                say("patient", patient.form.code)
                consent = Consent("I agree.", Language.EN, True, "now")
                assessment = clinic.begin_assessment(patient.id, Kind.BASELINE, consent, "2026-11-21T10:00:00+00:00")
                say("assessment", assessment.id)
                name = f"bout-20261121-100000-{patient.id}.npz"
                (folder / "recordings" / name).write_bytes(b"poses")
                bout = clinic.add_bout(BoutOrder(assessment.id, View.LEFT), "2026-11-21T10:00:00+00:00", result, name)
                say("bout", bout.id)
                if number % 9 == 6:
                    say("deleting", [patient.form.code, bout.id, assessment.id])
                    clinic.delete_patient(patient.id)
                    say("deleted", patient.form.code)
        except OSError as error:  # StoreError, or the recording itself
            say("refused", str(error))
        if store.problem:
            say("problem", str(store.problem))
        time.sleep(0.02)


@dataclass
class Tally:
    """What was seen over all moments."""

    moments: int = 0
    written: int = 0
    told: int = 0
    """Children that were told that the disk refuses."""
    longest_lost_s: float = 0.0
    copies: int = 0
    faults: list[str] = field(default_factory=list)


class Child:
    """A child that is ready to write into a folder of its own."""

    def __init__(self, folder: Path, limit_pages: int = 0, phase: int = 1) -> None:
        self.folder = folder
        code = [sys.executable, __file__, "--child", str(folder), "--pages", str(limit_pages), "--phase", str(phase)]
        self.process = subprocess.Popen(code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment())
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def run_and_kill(self, after_s: float) -> tuple[list[tuple[str, object, float]], float]:
        """Let it write for so long; what it said, and when it was killed."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        said: list[str] = []
        time.sleep(after_s)
        killed_s = time.monotonic()
        os.kill(self.process.pid, signal.SIGKILL)
        out, _ = self.process.communicate()
        said = out.splitlines(keepends=True)
        return [tuple(json.loads(line)) for line in said if line.endswith("\n")], killed_s


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "OPENBLAS_NUM_THREADS": "1"}


def check(folder: Path, said: list[tuple[str, object, float]], killed_s: float, tally: Tally, full: bool) -> None:
    """Start again on the folder and compare; `full`: what the disk refused may be missing, what was confirmed may not."""
    from kiosk.store import ClinicStore, SessionStore, copies
    from kiosk.store.backups import problem_of

    tally.moments += 1
    if not (folder / "data" / "sessions.sqlite3").exists():
        return  # killed before the first byte
    store = SessionStore.open(folder / "data")
    ClinicStore(store, folder / "recordings")
    store.close()
    tally.copies += sum(what == "copy" for what, *_ in said)
    tally.faults += [f"a copy that cannot be used: {problem}" for copy in copies(folder / "data") if (problem := problem_of(copy))]
    with closing(sqlite3.connect(store.path)) as database:
        if (whole := database.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            tally.faults.append(f"integrity: {whole[:3]}")
        if database.execute("PRAGMA foreign_key_check").fetchall():
            tally.faults.append("a row without its parent")
        if left := database.execute("SELECT count(*) FROM erasure").fetchone()[0]:
            tally.faults.append(f"{left} deletions are not finished by the start")
        _compare(database, said, killed_s, tally, full)
        _bytes_of_deleted(folder, said, tally)


def _compare(database: sqlite3.Connection, said: list[tuple[str, object, float]], killed_s: float, tally: Tally, full: bool) -> None:
    codes, bouts, assessments = (
        {row[0] for row in database.execute(f"SELECT {column} FROM {table}")}
        for column, table in (("code", "patient"), ("id", "bout"), ("id", "assessment"))
    )
    deleting = [value for what, value, _ in said if what == "deleting"]
    may_miss = {code for code, *_ in deleting} | {bout for _, bout, _ in deleting}
    gone = {assessment for *_, assessment in deleting}
    tally.told += any(what in ("problem", "refused") for what, *_ in said)
    for what, value, at_s in said:
        tally.written += what in ("patient", "assessment", "bout", "stride")
        there = {"patient": codes, "bout": bouts}.get(what)
        if there is not None and value not in there and value not in may_miss:
            tally.faults.append(f"lost {what} {value}, confirmed {killed_s - at_s:.2f} s before the kill")
        if what == "assessment" and value not in assessments and value not in gone:
            tally.faults.append(f"lost assessment {value}")
        if what == "deleted" and value in codes:
            tally.faults.append("a deleted patient is back")
    _strides(database, said, killed_s, tally, full)


def _strides(database: sqlite3.Connection, said: list[tuple[str, object, float]], killed_s: float, tally: Tally, full: bool) -> None:
    """Of what was only sent, everything older than a second is there; on a full disk what was sent before the first refusal."""
    refused_s = min((at_s for what, _, at_s in said if what in ("problem", "refused")), default=killed_s)
    for what, value, at_s in said:
        if what != "stride":
            continue
        session, number = value  # type: ignore[misc]
        sql = "SELECT count(*) FROM stride_metric WHERE session = ? AND start_s >= ? AND start_s < ? + 0.9"
        if database.execute(sql, (session, number, number)).fetchone()[0] != 60:
            lost_s = (refused_s if full else killed_s) - at_s
            tally.longest_lost_s = max(tally.longest_lost_s, lost_s)
            if lost_s > MOST_LOST_S:
                tally.faults.append(f"stride {number} lost, sent {lost_s:.2f} s before")


def _bytes_of_deleted(folder: Path, said: list[tuple[str, object, float]], tally: Tally) -> None:
    """No byte of a pseudonym whose deletion was confirmed, or whose row is gone, is in a file."""
    contents = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for what, value, _ in said:
        if what == "deleted" and (str(value).encode() in contents or str(value).encode("utf-16-le") in contents):
            tally.faults.append(f"bytes of the deleted {value} are left")


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[bool]:
    """A file system of this size; False when none can be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def one_kill(base: Path, number: int, tally: Tally, longest_s: float = 2.2, shortest_s: float = 0.0) -> None:
    """One random moment of writing."""
    folder = base / f"kill-{number}"
    folder.mkdir()
    said, killed_s = Child(folder, phase=number % 2).run_and_kill(random.uniform(shortest_s, longest_s))
    check(folder, said, killed_s, tally, full=False)


def one_full(base: Path, number: int, tally: Tally) -> None:
    """One disk that fills up at a random moment: a small file system, or where none can be mounted a database that may not grow."""
    folder = base / f"full-{number}"
    with small_disk(folder, random.randrange(330, 900)) as mounted:
        said, killed_s = Child(folder, 0 if mounted else random.randrange(70, 160)).run_and_kill(3.0)
        if mounted:  # there is room again, as after somebody has cleaned up
            subprocess.run(["mount", "-o", "remount,size=40m", str(folder)], check=True)
        check(folder, said, killed_s, tally, full=True)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--moments", type=int, default=200)
    arguments.add_argument("--full", type=int, default=40)
    arguments.add_argument("--seed", type=int, default=5)
    arguments.add_argument("--child", type=Path)
    arguments.add_argument("--pages", type=int, default=0)
    arguments.add_argument("--phase", type=int, default=1)
    given = arguments.parse_args()
    if given.child:
        child(given.child, given.pages, given.phase)
    random.seed(given.seed)
    tally, full = Tally(), Tally()
    with tempfile.TemporaryDirectory() as base:
        for number in range(given.moments):
            one_kill(Path(base), number, tally)
        for number in range(given.full):
            one_full(Path(base), number, full)
    lost = f"longest lost {tally.longest_lost_s:.2f} s"
    print(f"kill -9: {tally.moments} moments, {tally.written} pieces written, {tally.copies} copies, {lost}, {len(tally.faults)} faults")
    told = f"told in {full.told}, {full.written} pieces written, {full.copies} copies"
    print(f"full disk: {full.moments} moments, {told}, {len(full.faults)} faults")
    for fault in (tally.faults + full.faults)[:20]:
        print(f"  {fault}")
    return 1 if tally.faults or full.faults else 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(main())
