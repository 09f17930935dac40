"""A process of a batch that dies over some files: what kiosk.many.pool must live with. Named by tests as `work`."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from kiosk.many import work as many_work


def work(path: Path, order: many_work.Order, tell: Callable[[int], None]) -> many_work.Answer | many_work.Unusable:
    if path.name.startswith("always"):
        os.kill(os.getpid(), signal.SIGKILL)
    if path.name.startswith("once") and not path.with_suffix(".died").exists():
        path.with_suffix(".died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if path.name.startswith("bug"):
        raise IndexError("row 7")
    return many_work.measured(path, order, tell)


def main(socket: int) -> None:
    many_work.main(socket, work)
