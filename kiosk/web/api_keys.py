"""Who may use the API: a key in `Authorization`, its scopes, and a brake on guessing. No thread ever sleeps here, no key is kept,
logged or answered.
"""

import hashlib
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable

from kiosk.threads import monotonic_s
from kiosk.web.desk import Clock

TRIES = 10
"""Wrong keys that one address may send in WINDOW_S before it is told to wait (our choice: a key has far more than 2^100 values, so the
brake only keeps the log of failures and the processor quiet)."""
WINDOW_S = 60.0
ADDRESSES = 256
"""Addresses that are remembered; who has many addresses only makes us forget others' wrong keys."""
GOOD = 64
"""Keys that worked lately and are remembered, as hashes with a secret of this process."""
LONGEST = 200
"""Characters of a key; longer ones are not ours and are not looked up."""


class Unknown(Exception):  # noqa: N818 - an answer, not a fault
    """No key, or none that is known; the message says what to do."""


class TooMany(Exception):  # noqa: N818
    """Too many wrong keys from this address; `wait_s` whole seconds help."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Too many wrong keys came from your address: wait {wait_s} s.")
        self.wait_s = wait_s


class Keys:
    """Looks up keys and slows who guesses.

    A key that worked lately is looked up even while its address must wait, so that one broken script does not stop its neighbours.
    There is no lock: two threads at the same moment may let one more try through, which is harmless.
    """

    def __init__(self, scopes_of: Callable[[str], tuple[str, ...] | None], clock: Clock = monotonic_s) -> None:
        self._scopes_of, self._clock = scopes_of, clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._good: OrderedDict[bytes, None] = OrderedDict()
        self._salt = secrets.token_bytes(16)

    def scopes(self, authorization: str, address: str) -> tuple[str, ...]:
        """What the key in the header `Authorization` is for.

        Raises:
            Unknown: there is no key in it, or nobody knows it.
            TooMany: this address must wait.
        """
        kind, _, key = authorization.partition(" ")
        key = key.strip()
        if kind.lower() != "bearer" or not key:
            raise Unknown("A key is needed, as the header Authorization: Bearer KEY; `kiosk token add` and the clinic's page make keys.")
        mark = hashlib.blake2b(key.encode("utf-8", "replace"), key=self._salt).digest()
        if mark not in self._good:
            self._check_wait(address)
        found = self._scopes_of(key) if len(key) <= LONGEST else None
        if found is None:
            self._good.pop(mark, None)
            self._note_wrong(address)
            raise Unknown("This key is not known: it was revoked or mistyped. `kiosk token add` and the clinic's page make keys.")
        self._remember(mark)
        return found

    def _check_wait(self, address: str) -> None:
        times, now_s = self._wrong.get(address, ()), self._clock()
        recent = [t for t in tuple(times) if now_s - t < WINDOW_S]
        if len(recent) >= TRIES:
            raise TooMany(max(1, round(WINDOW_S - (now_s - recent[0]))))

    def _note_wrong(self, address: str) -> None:
        self._wrong.setdefault(address, deque(maxlen=TRIES)).append(self._clock())
        while len(self._wrong) > ADDRESSES:
            self._wrong.popitem(last=False)

    def _remember(self, mark: bytes) -> None:
        self._good[mark] = None
        while len(self._good) > GOOD:
            self._good.popitem(last=False)
