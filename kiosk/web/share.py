"""What several readers of a stream share: a limited number of seats, and one encoding per version."""

import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Generic, TypeVar

from kiosk.threads import Latest

A = TypeVar("A")
B = TypeVar("B")

TURN_TIMEOUT_S = 5.0
"""Longest wait for another reader's encoding (a few milliseconds as a rule); more is a fault and may be loud."""


class Seats:
    """At most `n` readers at once; nobody waits for a seat."""

    def __init__(self, n: int) -> None:
        self.n = n
        self._free: queue.Queue[None] = queue.Queue(n)
        for _ in range(n):
            self._free.put_nowait(None)

    @property
    def taken(self) -> int:
        """Seats in use now."""
        return self.n - self._free.qsize()

    def take(self) -> Callable[[], None] | None:
        """A seat as the function that gives it back (calling it twice is harmless); None when all are taken."""
        try:
            self._free.get_nowait()
        except queue.Empty:
            return None
        seat = ExitStack()
        seat.callback(self._free.put_nowait, None)
        return seat.close


class Shared(Generic[A, B]):
    """The newest value of a `Latest`, encoded once per version however many readers there are, and never for none."""

    def __init__(self, source: Latest[A], encode: Callable[[A], B]) -> None:
        self._source = source
        self._encode = encode
        self._turn: queue.Queue[None] = queue.Queue(1)
        self._turn.put_nowait(None)
        self._version = 0
        self._encoded: B | None = None

    @property
    def closed(self) -> bool:
        """True once nothing more will come."""
        return self._source.closed

    def newer(self, than: int, timeout_s: float) -> tuple[int, B | None]:
        """Like `Latest.newer`, with the encoded value."""
        version, value = self._source.newer(than, timeout_s)
        if value is None:
            return than, None
        with self._my_turn():
            if version > self._version:
                self._encoded = self._encode(value)
                self._version = version
            return self._version, self._encoded

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        token = self._turn.get(timeout=TURN_TIMEOUT_S)
        try:
            yield
        finally:
            self._turn.put_nowait(token)
