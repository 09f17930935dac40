"""One process of a batch: loads the network once, measures the files it is handed, sends back what they gave.

`kiosk.many.pool` starts it and talks to it over a socket. It ends with the process that started it, at the latest a frame later.
What must not go in: anything about other files, or about what was measured before.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2

from kiosk.batch import Request, analyse_recording, read_poses
from kiosk.cli import Failed, sentences
from kiosk.config import Config, PoseConfig, with_values
from kiosk.many.ledger import Stamp, stamp_of
from kiosk.pose.movenet import ModelError, Network, self_test
from kiosk.results import to_json

TELL_FRAMES = 30
"""How often a video tells how far it is (our choice: about once a second)."""


@dataclass(frozen=True)
class Order:
    """How every file is measured."""

    config: Config
    request: Request


@dataclass(frozen=True)
class Answer:
    """What one file gave."""

    stamp: Stamp | None = None
    """The file as it was before it was read; None when it could not be looked at."""
    result: dict[str, Any] | None = None
    """results.to_json of its report; None when it could not be measured."""
    failure: str = ""
    """Why not, as a sentence."""


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
    config = with_values(order.config, "pose", threads=1)
    count = Count(tell)
    stamp: Stamp | None = None
    try:
        with sentences():
            stamp = _stamp(path)
            recording = read_poses(path, config, count, network=lambda: _network(config.pose))
            result = to_json(analyse_recording(path, recording, order.request))
    except Failed as error:
        if isinstance(error.__context__, ModelError):
            return Unusable(str(error))
        return Answer(stamp, None, str(error))
    count.rest()
    return Answer(stamp, result)


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


@cache
def _network(settings: PoseConfig) -> Network:
    """The network of this process, tested once."""
    network = Network(settings)
    self_test(network)
    return network
