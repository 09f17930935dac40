"""The processes of a batch: one file each at a time; one that dies takes only its file with it.

Processes of our own rather than concurrent.futures: there the death of one ends the whole pool and does not say whose file it was.
They get a session of their own, so that Ctrl-C reaches only us and we end them in good order.
What must not go in: what a result means, and where it is kept.
"""

import socket
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import connection
from pathlib import Path
from typing import cast

from kiosk.cli import Failed
from kiosk.many.work import READY, Answer, Message, Order, Unusable

LOOK_S = 0.2
"""How often we look whether we shall stop (our choice: well under the second in which a person expects it)."""
END_S = 1.0
"""How long a process may take to end before it is killed (our choice)."""
TRIES = 2
"""A file whose process died is tried once more, alone: with all the memory for itself."""
WORK = "kiosk.many.work"
"""Module whose `main` a process runs; tests name one that dies."""


class Worker:
    """One process, from our side."""

    def __init__(self, order: Order, work: str) -> None:
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"from {work} import main; main({theirs.fileno()})"],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                start_new_session=True,
            )
        self.talk = connection.Connection(ours.detach())
        self.ready = False
        self.path: Path | None = None
        """The file it works on."""
        self.talk.send(order)

    def give(self, path: Path) -> None:
        """Hand it a file."""
        self.path = path
        self.talk.send(path)

    def hear(self) -> Message | None:
        """Its next word; None when it died."""
        try:
            return cast(Message, self.talk.recv())
        except (EOFError, ConnectionResetError):
            return None

    def death(self) -> str:
        """Why it died, as a sentence."""
        code = self._process.wait()
        if code < 0:
            return f"its process was killed (signal {-code}), most often because the memory is full. Try it with --jobs 1, or cut the file."
        self._errors.seek(0)
        last = (self._errors.read().decode("utf-8", "backslashreplace").strip().splitlines() or ["no word"])[-1]
        return f"its process ended with exit code {code} ({last}). This is an error of Treadside: please report it."

    def end(self) -> None:
        """Ask it to end."""
        self.talk.close()
        self._process.terminate()

    def ended(self) -> None:
        """Wait until it has ended, and see to it."""
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


class Pool:
    """At most `jobs` processes that measure files; use in a `with`."""

    def __init__(self, order: Order, jobs: int, work: str = WORK) -> None:
        self._order, self._jobs, self._work = order, jobs, work
        self._workers: list[Worker] = []
        self._waiting: deque[Path] = deque()
        self._again: deque[Path] = deque()
        self._tries: dict[Path, int] = {}

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()
        for worker in self._workers:
            worker.ended()

    def run(self, paths: Iterable[Path], stop: Callable[[], bool], tell: Callable[[int], None]) -> Iterator[tuple[Path, Answer]]:
        """What every file gave, in the order in which they finish; ends early when `stop` says so.

        Args:
            paths: the files.
            stop: asked about five times a second.
            tell: hears of the frames of videos, as they are done.

        Raises:
            Failed: the network cannot be used, or no process can be started.
        """
        self._waiting.extend(paths)
        while not stop() and (self._waiting or self._again or self._busy()):
            self._hand_out()
            talking = connection.wait([w.talk for w in self._workers], LOOK_S)
            for worker in [w for w in self._workers if w.talk in talking]:
                word = worker.hear()
                if isinstance(word, int):
                    tell(word)
                elif word == READY:
                    worker.ready = True
                elif answer := self._answer(worker, word):
                    yield answer

    def _busy(self) -> list[Worker]:
        return [w for w in self._workers if w.path is not None]

    def _hand_out(self) -> None:
        """A file for every process that has none; a file that is tried again gets the machine for itself."""
        while len(self._workers) < min(self._jobs, len(self._waiting) + len(self._busy())) or not self._workers:
            self._workers.append(Worker(self._order, self._work))
        for worker in self._workers:
            if not worker.ready or worker.path is not None:
                continue
            if self._waiting:
                self._give(worker, self._waiting)
            elif self._again and not self._busy():
                self._give(worker, self._again)

    def _give(self, worker: Worker, queue: deque[Path]) -> None:
        try:
            worker.give(queue[0])
        except BrokenPipeError:  # it died while it waited: that is no fault of the file, and we hear of it next
            worker.path = None
            return
        queue.popleft()

    def _answer(self, worker: Worker, word: Message | None) -> tuple[Path, Answer] | None:
        path, worker.path = worker.path, None
        if isinstance(word, Unusable):
            raise Failed(word.failure)
        if word is None:
            return self._died(worker, path)
        assert path is not None
        assert isinstance(word, Answer)
        return path, word

    def _died(self, worker: Worker, path: Path | None) -> tuple[Path, Answer] | None:
        self._workers.remove(worker)
        why = worker.death()
        worker.end()
        worker.ended()
        if path is None and not worker.ready:
            raise Failed(f"No process for the work can be started: {why}")
        if path is None:
            return None
        self._tries[path] = self._tries.get(path, 1) + 1
        if self._tries[path] <= TRIES:
            self._again.append(path)
            return None
        return path, Answer(failure=f"{path}: {why}")
