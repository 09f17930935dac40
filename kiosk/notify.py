"""Tell systemd how a service is (sd_notify): a datagram to the socket that it names. Without systemd nothing happens.

What must not go in: a timer. The watchdog is fed by work that was done, never by a thread that only knows the time.
"""

import os
import socket
from contextlib import suppress

from kiosk.threads import monotonic_s


def notify(*lines: str) -> None:
    """Send lines such as "READY=1", "WATCHDOG=1", "STATUS=recording", "STOPPING=1"; a systemd that does not listen is no error."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if not name:
        return
    address = "\0" + name[1:] if name.startswith("@") else name
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.sendto("\n".join(lines).encode(), address)


class Watchdog:
    """Feeds systemd's watchdog four times in its time, when somebody calls `alive`; without one it does nothing."""

    def __init__(self) -> None:
        given = os.environ.get("WATCHDOG_USEC", "")
        wanted = given.isdecimal() and int(given) > 0
        self._every_s = int(given) / 4e6 if wanted else float("inf")
        self._next_s = float("-inf") if wanted else float("inf")

    def alive(self) -> None:
        """Called when a frame was processed or an idle round went well; returns at once."""
        now_s = monotonic_s()
        if now_s >= self._next_s:
            self._next_s = now_s + self._every_s
            notify("WATCHDOG=1")
