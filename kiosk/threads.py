"""The thread primitives of the kiosk. No other file imports `threading`.

`Latest` is for what may be skipped (frames, live views); a bounded `queue.Queue` is for what may not (commands, the
store); `Worker` runs something and never dies unseen; `Turn` lets one caller at a time do what must not be done by two; `ahead`
makes the next items of an iterator while the last one is used.
"""

import ctypes
import math
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """The newest value of something: publishing never waits, readers ask for newer than what they have seen."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._version = 0
        self._value: T | None = None
        self._closed = False

    def publish(self, value: T) -> None:
        """Replace the value and wake all readers."""
        with self._changed:
            self._value = value
            self._version += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more will come: every waiting and later `newer` returns at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """True once nothing more will come."""
        return self._closed

    def peek(self) -> T | None:
        """The newest value without waiting; None before the first."""
        return self._value

    def newer(self, than: int, timeout_s: float) -> tuple[int, T | None]:
        """Wait for a version above `than`.

        Returns:
            (version, value); (than, None) when nothing newer came within `timeout_s` or the slot was closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._version > than or self._closed, timeout_s)
            if self._version > than:
                return self._version, self._value
            return than, None


class Stop:
    """A flag that many threads look at; waiting on it is the kiosk's only sleep."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask everyone to end."""
        self._event.set()

    @property
    def is_set(self) -> bool:
        """True once someone asked to end."""
        return self._event.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Sleep up to `timeout_s`; True at once when set."""
        return self._event.wait(timeout_s)


class Turn:
    """One caller at a time: `with turn:`. Never waits without end.

    Args:
        timeout_s: longest wait for the caller before; then `queue.Empty` ends the second one, which no good program sees.
    """

    def __init__(self, timeout_s: float = 5.0) -> None:
        self._timeout_s = timeout_s
        self._token: queue.Queue[None] = queue.Queue(1)
        self._token.put_nowait(None)

    def __enter__(self) -> None:
        """Take the turn."""
        self._token.get(timeout=self._timeout_s)

    def __exit__(self, *problem: object) -> None:
        """Give it back."""
        self._token.put_nowait(None)


NICE = 10
"""What a worker adds to its niceness: the kernel then lets the network go on where both want a core (our choice: a tenth of its weight, so
that nobody starves)."""
FRAMES_NICE = 5
"""What those add that bring frames to the network and take its answers: it never waits for pages or files (our choice: a third of its
weight)."""
FIRST = 0
"""The network's own."""


class Worker:
    """A named thread whose target takes a `Stop`; a crash is kept for the owner to raise, and reported at once.

    Args:
        name: of the thread.
        target: its work.
        on_crash: told of an error that ended it, on the thread itself.
        nice: what it adds to the niceness of the process: who comes first where cores are few. FIRST is to be started by a thread that is
            not nice itself.
    """

    def __init__(
        self, name: str, target: Callable[[Stop], None], on_crash: Callable[[str, Exception], None] | None = None, nice: int = NICE
    ) -> None:
        self.name = name
        self._nice = nice
        self.stop_flag = Stop()
        self.crash: Exception | None = None
        self._target = target
        self._on_crash = on_crash
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def _run(self) -> None:
        if self._nice:
            give_way(threading.get_native_id(), self._nice)
        try:
            self._target(self.stop_flag)
        except Exception as error:  # noqa: BLE001 - the owner answers: nothing is swallowed, `crash` ends the process
            self.crash = error
            if self._on_crash is not None:
                self._on_crash(self.name, error)

    def start(self) -> "Worker":
        """Start the thread and return self."""
        self._thread.start()
        return self

    @property
    def alive(self) -> bool:
        """True while the target runs."""
        return self._thread.is_alive()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Ask the target to end and wait for it; False when it did not end in time."""
        self.stop_flag.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()


def give_way(task: int, by: int) -> None:
    """A thread, or a process with one thread, is nicer by this than we are: once, however nice its maker was."""
    if sys.platform != "linux":  # elsewhere niceness belongs to the process, with the network in it
        return
    with suppress(PermissionError, ProcessLookupError):  # a sandbox forbids it: all are alike then, as before; or it has just ended
        os.setpriority(os.PRIO_PROCESS, task, niceness(by))


def niceness(by: int) -> int:
    """What is nicer by this than the process."""
    return min(os.getpriority(os.PRIO_PROCESS, os.getpid()) + by, 19)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


M_ARENA_MAX = -8
"""The parameter's number (malloc.h of glibc)."""
POOLS = 2
"""Our choice: with one, every thread would wait for every other."""


def pool_memory() -> None:
    """All threads take their memory from two pools of the C library, from now on.

    It makes up to eight for each core, and what a thread frees stays in its own: thirty threads that hand pictures on kept 213 MB resident
    after nine minutes, and with two pools 182 (`kiosk run`, three readers, x86_64).
    """
    with suppress(OSError, AttributeError):  # another C library has no such pools
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, POOLS)


def offered(line: "queue.Queue[T]", item: T) -> bool:
    """Put this at the end of the queue; False when it is full. Never waits."""
    try:
        line.put_nowait(item)
    except queue.Full:
        return False
    return True


def taken(line: "queue.Queue[T]") -> list[T]:
    """Everything that is in the queue now, in its order. Never waits."""
    found: list[T] = []
    while True:
        try:
            found.append(line.get_nowait())
        except queue.Empty:
            return found


@contextmanager
def ahead(name: str, source: Callable[[], Generator[T, None, None]], room: int) -> Iterator[Iterator[T]]:
    """The items of `source`, made on a thread of their own while the last one is used: none lost, in their order.

    At most `room` items wait; one more is in the hands of the thread. Leaving the `with` ends the thread, also in the middle.

    Args:
        name: of the thread.
        source: makes the iterator; called, run and closed on the thread only. What it raises is raised where its next item would come.
        room: 1 or more.
    """
    line: queue.Queue[tuple[T] | None] = queue.Queue(room)
    worker = Worker(name, lambda stop: _fill(line, source, stop)).start()
    try:
        yield _emptied(line, worker)
    finally:
        worker.stop_flag.set()
        taken(line)  # so that a thread that waits for room goes on, and sees that it shall stop
        worker.stop()


LOOK_S = 0.5
"""How often a wait at a queue looks whether it shall stop (our choice; `ahead` wakes its thread itself)."""


def _fill(line: "queue.Queue[tuple[T] | None]", source: Callable[[], Generator[T, None, None]], stop: Stop) -> None:
    """Put all items into the queue and None behind them, also behind an error."""
    try:
        with closing(source()) as items:
            for item in items:
                if not _put(line, (item,), stop):
                    return
    finally:
        _put(line, None, stop)


def _put(line: "queue.Queue[tuple[T] | None]", item: tuple[T] | None, stop: Stop) -> bool:
    """Wait for room; False when there was none before the stop."""
    while not stop.is_set:
        try:
            line.put(item, timeout=LOOK_S)
            return True
        except queue.Full:
            continue
    return False


def _emptied(line: "queue.Queue[tuple[T] | None]", worker: Worker) -> Iterator[T]:
    """What comes out of the queue, and at its end what its thread raised."""
    while True:
        try:
            item = line.get(timeout=LOOK_S)
        except queue.Empty:  # a slow source; a wait without end could not be interrupted everywhere
            continue
        if item is None:
            break
        yield item[0]
    worker.stop()
    if worker.crash is not None:
        raise worker.crash


def monotonic_s() -> float:
    """Now on the clock of live frame stamps, seconds. Never the wall clock: a Pi without a battery clock jumps."""
    return time.monotonic()


REST_S = 2.0
"""Longest rest of a background (our choice: a look that had to wait for a core must not be followed by seconds without one)."""


class Background(Generic[T]):
    """One job at a time on a thread of its own: `submit` never waits, `take` gives each result once.

    Args:
        name: of the thread.
        on_crash: as in Worker.
        share: of the time that jobs may take, at most; after one it rests for as long as that asks for, but no longer than REST_S.
    """

    def __init__(self, name: str, on_crash: Callable[[str, Exception], None] | None = None, share: float = 1.0) -> None:
        self._rest = 1.0 / share - 1.0
        self._rested_s = -math.inf
        self._jobs: Latest[Callable[[], T]] = Latest()
        self._results: Latest[T] = Latest()
        self._taken = 0
        self._busy = False
        self._worker = Worker(name, self._run, on_crash).start()

    def submit(self, job: Callable[[], T]) -> bool:
        """Start the job; False when the last one still runs, or it rests."""
        if self._busy or monotonic_s() < self._rested_s:
            return False
        self._busy = True
        self._jobs.publish(job)
        return True

    def take(self) -> T | None:
        """The result of a finished job, once; else None."""
        self._taken, result = self._results.newer(self._taken, 0.0)
        return result

    def stop(self) -> None:
        """End the thread after the current job."""
        self._jobs.close()
        self._worker.stop()

    def _run(self, stop: Stop) -> None:
        seen = 0
        while not stop.is_set:
            seen, job = self._jobs.newer(seen, 0.5)
            if job is not None:
                began_s = monotonic_s()
                self._results.publish(job())
                ended_s = monotonic_s()
                self._rested_s = ended_s + min(self._rest * (ended_s - began_s), REST_S)
                self._busy = False
