"""One process of a batch: loads the network once, measures the files it is handed, sends back what they gave.

`kiosk.many.pool` starts it and talks to it over a socket. It ends with the process that started it, at the latest a frame later.
What must not go in: anything about other files, or about what was measured before.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2

from kiosk.batch import Request, analyse_recording, bout_of, read_poses
from kiosk.cli import Failed, sentences
from kiosk.compare import Bout
from kiosk.config import Config, PoseConfig, with_values
from kiosk.many.ledger import Stamp, stamp_of
from kiosk.pose.movenet import ModelError, Network, self_test
from kiosk.results import report_lines, to_json

OOM_SCORE = Path("/proc/self/oom_score_adj")
DIE_FIRST = 500
"""As if half of the machine's memory were ours besides what is (proc(5): -1000 to 1000). Our choice."""
TELL_FRAMES = 30
"""How often a video tells how far it is (our choice: about once a second)."""


@dataclass(frozen=True)
class Order:
    """How every file is measured."""

    config: Config
    request: Request
    threads: int = 1
    """Of the network, in each process."""
    alone: bool = False
    """One process at a time: pictures are decoded beside the network."""
    lines: bool = False
    """Also the report as lines for a terminal."""
    bout: bool = False
    """Also the poses and metrics, to be compared with those of another file."""


@dataclass(frozen=True)
class Answer:
    """What one file gave."""

    stamp: Stamp | None = None
    """The file as it was before it was read; None when it could not be looked at."""
    result: dict[str, Any] | None = None
    """results.to_json of its report; None when it could not be measured."""
    failure: str = ""
    """Why not, as a sentence."""
    lines: tuple[str, ...] = ()
    """results.report_lines of its report, where the order asks for them."""
    bout: Bout | None = None
    """Where the order asks for it."""


@dataclass(frozen=True)
class Unusable:
    """The network cannot be used, so no video can be measured."""

    failure: str


READY = "ready"
"""First word of a worker: it is loaded and waits for its first file."""
Message = str | int | Answer | Unusable
"""READY, frames of a video since the last message, what a file gave, or why nothing can be measured."""


def main(socket: int, work: Callable[[Path, Order, Callable[[int], None]], Answer | Unusable] | None = None) -> None:
    """Measure what comes over the socket until its other end closes."""
    cv2.setNumThreads(1)  # every core has a worker of its own
    _die_first()
    parent = os.getppid()
    with Connection(socket) as talk:
        order: Order = talk.recv()
        talk.send(READY)

        def tell(frames: int) -> None:
            if os.getppid() != parent:  # killed: nobody waits for the answer
                sys.exit(1)
            if frames:
                talk.send(frames)

        while True:
            try:
                path = talk.recv()
            except (EOFError, ConnectionResetError):
                return
            talk.send((work or measured)(path, order, tell))


def measured(path: Path, order: Order, tell: Callable[[int], None]) -> Answer | Unusable:
    """Measure one file exactly as `kiosk analyze FILE` does; `tell` hears of the frames of a video, and 0 now and then."""
    config = with_values(order.config, "pose", threads=order.threads)
    count = Count(tell)
    stamp: Stamp | None = None
    try:
        with sentences():
            stamp = _stamp(path)
            recording = read_poses(path, config, count, network=lambda: _network(config.pose), alone=order.alone)
            report = analyse_recording(path, recording, order.request)
    except Failed as error:
        if isinstance(error.__context__, ModelError):
            return Unusable(str(error))
        return Answer(stamp, None, str(error))
    count.rest()
    lines = tuple(report_lines(report)) if order.lines else ()
    return Answer(stamp, to_json(report), "", lines, bout_of(report) if order.bout else None)


def here(paths: Iterable[Path], order: Order, tell: Callable[[int], None]) -> Iterator[tuple[Path, Answer]]:
    """What every file gave, measured in this process one after the other.

    Raises:
        Failed: the network cannot be used.
    """
    for path in paths:
        answer = measured(path, order, tell)
        if isinstance(answer, Unusable):
            raise Failed(answer.failure)
        yield path, answer


class Count:
    """Tells of a video's frames now and then."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._done = self._told = 0

    def __call__(self, done: int, expected: int) -> None:
        """`done` frames of a video are done."""
        self._done = done
        self._tell(self._new() if done - self._told >= TELL_FRAMES else 0)

    def rest(self) -> None:
        """Tell of the last ones."""
        self._tell(self._new())

    def _new(self) -> int:
        new, self._told = self._done - self._told, self._done
        return new


def _stamp(path: Path) -> Stamp | None:
    """None when the file cannot be looked at: reading it will say why."""
    try:
        return stamp_of(path)
    except OSError:
        return None


def _die_first() -> None:
    """When the memory is full, Linux shall kill us rather than the program that asks us, or a station that runs beside it."""
    with suppress(OSError):  # not told here, or not ours to write: then it decides by size alone
        OOM_SCORE.write_text(f"{max(DIE_FIRST, int(OOM_SCORE.read_text()))}\n")


@cache
def _network(settings: PoseConfig) -> Network:
    """The network of this process, tested once."""
    network = Network(settings)
    self_test(network)
    return network
