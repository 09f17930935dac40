"""The PINs of the clinic's pages: kept as hashes, one a role, and every wrong one makes the next try wait longer.

Nothing here sleeps: who has to wait is told for how long. What must not go in: pages, and what a role may do (clinic_rights.py).
"""

import json
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from werkzeug.security import check_password_hash, generate_password_hash

from kiosk.clinic import Refused, Role
from kiosk.threads import monotonic_s
from kiosk.words import NOTHING, Phrase

FEWEST_DIGITS, MOST_DIGITS = 6, 12
"""A million PINs at 12 tries an hour are ten years (our choice); more than 12 digits nobody types."""
LOCK_AFTER = 8
"""Wrong tries in a row after which each further one costs `LOCK_S` (our choice: people mistype three or four times)."""
LOCK_S = 300.0
"""Five minutes: 12 tries an hour at most (our choice)."""
BUSY_S = 1.0
"""To wait when somebody else's PIN is being checked: one at a time, so that tries in parallel gain nothing."""
NO_PIN = f"scrypt:32768:8:1$none${'0' * 128}"
"""Checked where a role has no PIN: the answer takes as long as for one that has."""


class Place(StrEnum):
    """Where a PIN is typed. Counted apart: a stranger in the network cannot lock the station's own screen."""

    STATION = "station"
    NETWORK = "network"


class Keeper(Protocol):
    """What keeps hashes and failed tries: the desk."""

    def secret(self, name: str) -> str | None: ...  # noqa: D102
    def keep_secret(self, name: str, value: str) -> None: ...  # noqa: D102


@dataclass(frozen=True)
class Tried:
    """What a try said."""

    role: Role | None
    """Whose PIN it was; None when it was wrong or not looked at."""
    wait_s: float = 0.0
    """To wait until the next try, seconds."""
    checked: bool = True
    """False when the PIN was not looked at, since the wait of the last wrong one is not over."""


class Pins:
    """The PINs and their wrong tries.

    A wrong try is written down before the PIN is looked at, so neither a restart nor a power cut nor many at once give tries for free.
    The waits run on the monotonic clock and begin anew after a restart: a Pi without a battery clock does not know the time.

    Args:
        desk: keeps the hashes and the numbers of wrong tries.
        clock: monotonic seconds.
    """

    def __init__(self, desk: Keeper, clock: Callable[[], float] = monotonic_s) -> None:
        self._desk, self._clock = desk, clock
        self._turn: queue.Queue[None] = queue.Queue(1)
        self._turn.put_nowait(None)
        self._until_s = {place: clock() + wait_after(self._wrong(place)) for place in Place}

    def known(self, role: Role) -> bool:
        """True when this role has a PIN."""
        return self._desk.secret(_name(role)) is not None

    @property
    def none_yet(self) -> bool:
        """True before the first PIN."""
        return not any(self.known(role) for role in Role)

    def check(self, pin: str, place: Place) -> Tried:
        """Whose PIN this is."""
        with self._my_turn() as mine:
            if not mine:
                return Tried(None, BUSY_S, checked=False)
            left_s = self._until_s[place] - self._clock()
            return Tried(None, left_s, checked=False) if left_s > 0 else self._look(pin, place)

    def first(self, pin: str) -> None:
        """Set the clinic's PIN, the first of all.

        Raises:
            Refused: there is one already, or it is too easy.
        """
        with self._my_turn() as mine:
            if not mine or not self.none_yet:
                raise Refused(Phrase("There is a PIN already: type it to go on."))
            self._keep(Role.CLINIC, pin)

    def change(self, role: Role, pin: str) -> None:
        """Give a role a new PIN; the caller has checked the old one.

        Raises:
            Refused: it is too easy, or another role has it.
        """
        others = [self._desk.secret(_name(other)) for other in Role if other is not role]
        if any(check_password_hash(kept, pin) for kept in others if kept):
            raise Refused(Phrase("The gym and the clinic need different PINs: choose another one."))
        self._keep(role, pin)

    def _keep(self, role: Role, pin: str) -> None:
        reason = too_easy(pin)
        if reason:
            raise Refused(reason)
        self._desk.keep_secret(_name(role), generate_password_hash(pin, "scrypt"))

    def _look(self, pin: str, place: Place) -> Tried:
        wrong = self._wrong(place) + 1
        self._desk.keep_secret(_tries(place), json.dumps(wrong))
        fits = [role for role in Role if _fits(self._desk.secret(_name(role)), pin)]
        if not fits:
            wait_s = wait_after(wrong)
            self._until_s[place] = self._clock() + wait_s
            return Tried(None, wait_s)
        self._desk.keep_secret(_tries(place), json.dumps(0))
        return Tried(fits[0])

    def _wrong(self, place: Place) -> int:
        kept = self._desk.secret(_tries(place))
        return int(json.loads(kept)) if kept else 0

    @contextmanager
    def _my_turn(self) -> Iterator[bool]:
        """True for one request at a time; the others are not made to wait."""
        try:
            self._turn.get_nowait()
        except queue.Empty:
            yield False
            return
        try:
            yield True
        finally:
            self._turn.put_nowait(None)


def wait_after(wrong: int) -> float:
    """Seconds to wait after so many wrong tries in a row: 1, 2, 4, ... 64, then `LOCK_S`."""
    if wrong >= LOCK_AFTER:
        return LOCK_S
    return float(2 ** (wrong - 1)) if wrong > 0 else 0.0


def too_easy(pin: str) -> Phrase:
    """Why this PIN cannot be used; empty when it can."""
    if not (pin.isascii() and pin.isdigit() and FEWEST_DIGITS <= len(pin) <= MOST_DIGITS):
        return Phrase("A PIN has {few} to {most} digits and nothing else.", few=FEWEST_DIGITS, most=MOST_DIGITS)
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    repeats = any(pin == (pin[:n] * len(pin))[: len(pin)] for n in (1, 2, 3))
    if repeats or steps in ({1}, {9}):
        return Phrase("This PIN is guessed first (123456, 111111, 121212 and the like): choose another one.")
    return NOTHING


def _fits(kept: str | None, pin: str) -> bool:
    """Takes the same time whether or not there is a PIN."""
    return check_password_hash(kept or NO_PIN, pin) and kept is not None


def _name(role: Role) -> str:
    return f"pin_{role}"


def _tries(place: Place) -> str:
    return f"pin_tries_{place}"
