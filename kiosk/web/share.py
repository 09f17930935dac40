"""What several readers of a stream share: a limited number of seats, and one encoding per version."""

import queue
from collections.abc import Callable
from contextlib import ExitStack
from typing import Generic, TypeVar

from kiosk.threads import Latest, Turn

A = TypeVar("A")
B = TypeVar("B")


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
        self._turn = Turn()
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
        with self._turn:
            if version > self._version:
                self._encoded = self._encode(value)
                self._version = version
            return self._version, self._encoded
