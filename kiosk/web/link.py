"""The one-time link to a report, and the station's own address in the network.

What must not go in: routes (take_home.py), and what a report says (kiosk/report).
"""

import fcntl
import secrets
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.config import WebConfig
from kiosk.threads import Turn, monotonic_s
from kiosk.web.guard import is_loopback
from kiosk.words import NOTHING, Language, Phrase

EXPIRES_S = 15 * 60.0
"""Time to take a phone out and scan the code (our choice)."""
TOKEN_BYTES = 16
"""128 bits: cannot be guessed."""
ELSEWHERE = ("198.51.100.1", 9)
"""An address that nobody has (RFC 5737): the system says from which of its own it would send there; nothing is sent."""
SIOCGIFADDR = 0x8915
"""Linux: address of a network interface."""


@dataclass(frozen=True)
class Link:
    """What a token opens."""

    token: str
    session_id: int
    language: Language
    until_s: float
    """On the monotonic clock."""


class Links:
    """At most one link at a time, of the last session; good for one use."""

    def __init__(self, clock: Callable[[], float] = monotonic_s) -> None:
        self._clock = clock
        self._link: Link | None = None
        self._turn = Turn()
        """Two requests at once cannot both use the link."""

    def offer(self, session_id: int, language: Language) -> str:
        """The token for this session: the one that was offered before while it is good, else a new one; others become worthless."""
        with self._turn:
            old = self._link
            if old is None or (old.session_id, old.language) != (session_id, language) or self._clock() >= old.until_s:
                self._link = Link(secrets.token_urlsafe(TOKEN_BYTES), session_id, language, self._clock() + EXPIRES_S)
            assert self._link is not None
            return self._link.token

    def look(self, token: str) -> Link | None:
        """The link of this token; None when it was used, is too old or never was. Looking does not use it."""
        with self._turn:
            return self._opened(token)

    def take(self, token: str) -> Link | None:
        """The same, and the token is used."""
        with self._turn:
            link = self._opened(token)
            if link is not None:
                self._link = None
            return link

    def _opened(self, token: str) -> Link | None:
        link = self._link
        same = secrets.compare_digest(token.encode(), (link.token if link else "").encode())
        return link if link is not None and same and self._clock() < link.until_s else None


def link_host(settings: WebConfig) -> str | None:
    """The address by which phones reach this station; None when they may not or it has none."""
    if not settings.lan or is_loopback(settings.bound_host):
        return None
    return lan_address() if settings.bound_host in {"0.0.0.0", "::"} else settings.bound_host


def lan_notice(settings: WebConfig) -> Phrase:
    """What the staff should know about the link; empty when all is well or no link is wanted."""
    if not settings.lan or link_host(settings):
        return NOTHING
    if is_loopback(settings.bound_host):
        return Phrase("No link to reports: [web] host keeps this station to itself. Leave host out of kiosk.toml.")
    return Phrase("No link to reports: this station is in no network.")


def lan_address() -> str | None:
    """This machine's address in its network, found without sending anything; None when it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
            found = [probe.getsockname()[0]]
        except OSError:  # no way out of this network: ask the interfaces
            found = [address for _, name in socket.if_nameindex() if (address := _address_of(probe, name))]
    return next((address for address in found if not is_loopback(address) and address != "0.0.0.0"), None)


def _address_of(probe: socket.socket, interface: str) -> str | None:
    try:
        answer = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, struct.pack("256s", interface[:15].encode()))
    except OSError:  # it has none
        return None
    return socket.inet_ntoa(answer[20:24])
