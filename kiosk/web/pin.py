"""The PINs of the clinic's pages: kept as hashes, one a role, and every wrong one makes the next try wait longer.

Nothing here sleeps: who has to wait is told for how long. What must not go in: pages, and what a role may do (clinic_rights.py).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from werkzeug.security import check_password_hash, generate_password_hash

from kiosk.clinic import Refused, Role
from kiosk.threads import monotonic_s
from kiosk.web.share import Seats
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
    """To wait until a PIN is compared with the clinic's again, seconds."""
    checked: bool = True
    """False when it was not compared with the clinic's PIN, since the wait of the last wrong one is not over."""
    gym_wait_s: float | None = None
    """The same for the gym's PIN, where it is another time; None where it is the same."""


class Pins:
    """The PINs and their wrong tries.

    Wrong tries are counted apart for each role and place, and each PIN is compared only when its own wait is over. The gym's PIN ends the
    gym's count and leaves the clinic's as it is, so who knows the gym's PIN has no more tries at the clinic's than who knows none. The
    clinic's PIN ends both counts. A wrong try is written down before the PIN is looked at, so neither a restart nor a power cut nor many at
    once give tries for free. The waits run on the monotonic clock and begin anew after a restart: a Pi without a battery clock does not
    know the time.

    Args:
        desk: keeps the hashes and the numbers of wrong tries.
        clock: monotonic seconds.
    """

    def __init__(self, desk: Keeper, clock: Callable[[], float] = monotonic_s) -> None:
        self._desk, self._clock = desk, clock
        self._seat = Seats(1)
        now_s = clock()
        self._until_s = {(place, role): now_s + wait_after(self._wrong(place, role)) for place in Place for role in Role}

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
            now_s = self._clock()
            looked = [role for role in Role if self._until_s[place, role] <= now_s]
            fits = self._look(pin, place, looked)
            return Tried(fits) if fits is not None else self._refused(place, Role.CLINIC in looked)

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
        """Give a role a new PIN; the caller is signed in as the clinic, and has typed its PIN once more.

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

    def _look(self, pin: str, place: Place, looked: Sequence[Role]) -> Role | None:
        """Compare with the PINs of these roles; None when it is none of them."""
        wrong = {role: self._wrong(place, role) + 1 for role in looked}
        self._count(place, wrong)
        fits = [role for role in looked if _fits(self._desk.secret(_name(role)), pin)]
        if not fits:
            now_s = self._clock()
            self._until_s |= {(place, role): now_s + wait_after(wrong[role]) for role in looked}
            return None
        self._count(place, {role: wrong[role] - 1 for role in looked})  # one role's PIN is no guess at the other's: they differ
        self._count(place, dict.fromkeys(Role if Role.CLINIC in fits else fits, 0))
        return fits[0]

    def _count(self, place: Place, wrong: Mapping[Role, int]) -> None:
        for role, number in wrong.items():
            self._desk.keep_secret(_tries(place, role), json.dumps(number))
            if not number:
                self._until_s[place, role] = self._clock()

    def _refused(self, place: Place, checked: bool) -> Tried:
        now_s = self._clock()
        wait_s, gym_wait_s = (max(0.0, self._until_s[place, role] - now_s) for role in (Role.CLINIC, Role.GYM))
        return Tried(None, wait_s, checked, gym_wait_s if self.known(Role.GYM) and gym_wait_s != wait_s else None)

    def _wrong(self, place: Place, role: Role) -> int:
        kept = self._desk.secret(_tries(place, role))
        return int(json.loads(kept)) if kept else 0

    @contextmanager
    def _my_turn(self) -> Iterator[bool]:
        """True for one request at a time; the others are not made to wait."""
        leave = self._seat.take()
        try:
            yield leave is not None
        finally:
            if leave is not None:
                leave()


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


def _tries(place: Place, role: Role) -> str:
    return f"pin_tries_{place}" if role is Role.CLINIC else f"pin_tries_{place}_{role}"
