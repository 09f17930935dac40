"""Measuring hundreds of files: what is new goes to the processes, what comes back into the journal, and at the end into one table.

What must not go in: how a file is measured (batch.py, by work.py), how processes live (pool.py), words of the command line.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from kiosk import __version__, results
from kiosk.config import MOST_THREADS
from kiosk.many.ledger import Ledger, Means, Stamp, stamp_of
from kiosk.many.pool import WORK, Pool
from kiosk.many.work import Answer, Order, here
from kiosk.pose.movenet import model_path, sha256
from kiosk.threads import cores

JOURNAL = ".journal"
"""Behind the name of the output: there the results wait for the others."""
SPECIAL = (Path("/dev"), Path("/proc"))
"""What lies here is no file that could be replaced, whatever it looks like."""
MEMORY = Path("/dev/shm")
"""Except these, which are files in memory."""


@dataclass
class Batch:
    """Where a batch stands."""

    files: tuple[Path, ...]
    stamps: dict[Path, Stamp] = field(default_factory=dict)
    """Of the files that are measured, as they were."""
    failures: dict[Path, str] = field(default_factory=dict)
    """Why the others could not be measured."""
    resumed: int = 0
    """How many results the journal had."""

    @property
    def done(self) -> int:
        """Files that have a result or a failure."""
        return len(self.stamps) + sum(path in self.failures for path in self.files)

    @property
    def todo(self) -> list[Path]:
        """Files that have neither."""
        return [path for path in self.files if path not in self.stamps and path not in self.failures]


@dataclass(frozen=True)
class Listener:
    """Who hears of what happens."""

    frames: Callable[[int], None]
    """So many frames of videos more are done."""
    file: Callable[[Path, Answer], None]
    """A file is done."""
    stop: Callable[[], bool]
    """Asked about five times a second."""


def means_of(order: Order) -> Means:
    """With what an order measures: everything that changes a number. How many cores work does not.

    Raises:
        ModelError: there is no such model.
    """
    config = order.config
    options = {**asdict(order.request), "zone": list(config.treadmill.zone), "runtime": config.pose.runtime}
    return Means(__version__, sha256(model_path(config.pose.model)), options)


def begun(files: tuple[Path, ...], unreadable: Iterable[tuple[Path, str]], ledger: Ledger) -> Batch:
    """A batch with what the journal knows already; a file that changed since is not known."""
    batch = Batch(files, failures=dict(unreadable))
    for path in files:
        try:
            now = stamp_of(path)
        except OSError:
            continue  # measuring says why
        if now in ledger:
            batch.stamps[path] = now
    batch.resumed = len(batch.stamps)
    return batch


def measure(batch: Batch, order: Order, jobs: int, ledger: Ledger, heard: Listener, work: str = WORK) -> None:
    """Measure what is left to do; returns early when `heard.stop` says so.

    Args:
        batch: gets what every file gave.
        order: how; the processes share the cores.
        jobs: processes at most, the biggest files first, so that none runs on when the others have ended. 0: in this process, one after
            the other.
        ledger: keeps the results.
        heard: hears of each file when it is done.
        work: module of the processes.

    Raises:
        Failed: the network cannot be used, or no process can be started.
        OSError: the journal cannot be written.
    """
    processes = max(1, min(jobs, len(batch.todo)))
    shared = replace(order, threads=threads_of(processes), alone=processes == 1)
    if jobs == 0:
        _keep(batch, here(batch.todo, shared, heard.frames), ledger, heard)
        return
    with Pool(shared, jobs, work) as pool:
        _keep(batch, pool.run(sorted(batch.todo, key=_bytes, reverse=True), heard.stop, heard.frames), ledger, heard)


def threads_of(processes: int) -> int:
    """Threads of the network in each of so many processes, so that together they are the cores; 1 at least."""
    return min(max(cores() // processes, 1), MOST_THREADS)


def _bytes(path: Path) -> int:
    """Size of a file, as a guess of the work in it; 0 when it cannot be looked at, and fails at once."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _keep(batch: Batch, answers: Iterable[tuple[Path, Answer]], ledger: Ledger, heard: Listener) -> None:
    for path, answer in answers:
        kept = _unchanged(path, answer)
        if kept.result is not None and kept.stamp is not None:
            ledger.add(kept.stamp, kept.result)
            batch.stamps[path] = kept.stamp
        else:
            batch.failures[path] = kept.failure
        heard.file(path, kept)


def _unchanged(path: Path, answer: Answer) -> Answer:
    """The answer, unless the file was written to while it was measured."""
    if answer.stamp is None:
        return answer if answer.failure else Answer(failure=f"{path}: cannot be looked at. Check who may read it.")
    try:
        same = stamp_of(path) == answer.stamp
    except OSError:
        same = False
    if same:
        return answer
    return Answer(answer.stamp, None, f"{path}: changed while it was measured. Run the same command again once it is complete.")


def results_of(batch: Batch, ledger: Ledger) -> Iterator[Mapping[str, Any]]:
    """One result a file, by path: of results.to_json, or of results.failed_json. Read from the journal one by one."""
    for path in sorted({*batch.files, *batch.failures}):
        if path in batch.stamps:
            # the journal may be of a run that was started in another folder
            yield {**ledger[batch.stamps[path]], "input": results.readable(path)}
        else:
            yield results.failed_json(path, batch.failures[path])


def special(path: Path) -> bool:
    """True for a pipe, a terminal, a device: it is written to as it is."""
    real, folders = path.resolve(), path.absolute().parents
    known = real.exists() and not stat.S_ISREG(real.stat().st_mode)
    return known or (any(place in folders for place in SPECIAL) and MEMORY not in folders)


def journal_of(outputs: Iterable[Path | None]) -> Path | None:
    """Beside the first output that is a file; None when there is none."""
    plain = [path.resolve() for path in outputs if path is not None and not special(path)]
    return plain[0].with_name(plain[0].name + JOURNAL) if plain else None


@contextmanager
def replaced(path: Path) -> Iterator[TextIO]:
    """A text file that has the final name only when it is complete; a pipe or device is written to directly.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    if special(path):
        with path.open("w", newline="", encoding="utf-8") as file:
            yield file
        return
    real = path.resolve()  # a link stays a link
    partial = real.with_name(real.name + ".part")
    with partial.open("w", newline="", encoding="utf-8") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    partial.replace(real)
