"""Who is signed in: a random name a browser, what it may do, and when it was last used. Kept in memory: a restart locks everything."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.clinic import Role
from kiosk.threads import monotonic_s

MOST = 32
"""Browsers at once; the one that was idle longest makes room (our choice)."""


@dataclass(frozen=True)
class Sitting:
    """One browser that typed a PIN."""

    role: Role
    used_s: float
    """Its last request that counts, on the monotonic clock."""


class Sittings:
    """All of them.

    Args:
        lock_s: a sitting that was idle for so long is over, seconds.
        clock: monotonic seconds.
    """

    def __init__(self, lock_s: float, clock: Callable[[], float] = monotonic_s) -> None:
        self.lock_s, self._clock = lock_s, clock
        self._open: dict[str, Sitting] = {}

    def open(self, role: Role) -> str:
        """A new name for who typed this role's PIN."""
        while len(self._open) >= MOST:
            self.close(min(list(self._open.items()), key=lambda row: row[1].used_s)[0])
        name = secrets.token_urlsafe(32)
        self._open[name] = Sitting(role, self._clock())
        return name

    def role(self, name: str, use: bool) -> Role | None:
        """Whose this is; None when it is unknown or was idle too long. With `use` the time of idleness begins anew."""
        sitting = self._open.get(name)
        if sitting is None:
            return None
        if self._clock() - sitting.used_s >= self.lock_s:
            self.close(name)
            return None
        if use:
            self._open[name] = replace(sitting, used_s=self._clock())
        return sitting.role

    def close(self, name: str) -> None:
        """End one; its cookie is worth nothing from now on."""
        self._open.pop(name, None)

    def close_others(self, role: Role, name: str) -> None:
        """End all of a role but this one."""
        for other, sitting in list(self._open.items()):
            if sitting.role is role and other != name:
                self.close(other)
