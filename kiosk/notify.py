"""Tell systemd how a service is (sd_notify): a datagram to the socket that it names. Without systemd nothing happens.

What must not go in: a timer. The watchdog is fed by work that was done, never by a thread that only knows the time.

The station's watchdog (`Unit`) is fed by processed frames only, with one exception: while the camera itself has answered that it cannot
be opened (no cable, another program has it), each completed attempt to open it feeds too, because a restart cannot plug in a cable and
would throw people out of the page. So nobody feeds it, and systemd starts the station again, when the network or the page's loop hangs,
when a call into the camera does not come back, and when a camera opens well again and again but gives no picture. A station that cannot
start at all has a page of its own (kiosk/waiting.py).
"""

import os
import socket
from contextlib import suppress

from kiosk.threads import Latest, monotonic_s


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


class Unit:
    """What the station tells systemd. `camera_answered` is for the camera's thread, all else for the one that works on the frames."""

    def __init__(self) -> None:
        self._watchdog = Watchdog()
        self._answers: Latest[bool] = Latest()
        self._heard = 0
        self._status = ""

    def ready(self, status: str) -> None:
        """The page is served."""
        notify("READY=1", f"STATUS={one_line(status)}")

    def frame(self) -> None:
        """A frame was processed to the end, the screen has it."""
        self._watchdog.alive()

    def camera_answered(self) -> None:
        """An attempt to open the camera ended with an answer: it cannot be opened, and the page says why."""
        self._answers.publish(True)

    def no_frame(self) -> None:
        """A round without a frame is done: it counts only when the camera has answered since the last one."""
        self._heard, answer = self._answers.newer(self._heard, 0.0)
        if answer:
            self._watchdog.alive()

    def status(self, sentence: str) -> None:
        """How it is, for `systemctl status`; sent when it is news."""
        if sentence != self._status:
            self._status = sentence
            notify(f"STATUS={one_line(sentence)}")

    def stopping(self) -> None:
        """The end has begun."""
        notify("STOPPING=1")


def one_line(text: str) -> str:
    """The text without line breaks: a line of the datagram is a message of its own."""
    return " ".join(text.split())
