"""The look at the window in a process of its own, so that it never holds the interpreter that the frames need.

A frame passes six threads of the station. While a look computes beside them each waits up to SWITCH_S (kiosk/looking.py) for the
interpreter, and the frame comes late. From here a look costs the frames no more than poses to send and numbers to read.
What must not go in: what is measured.
"""

import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

from kiosk.domain import PoseSeries, View
from kiosk.gait.analysis import Analysis, analyse
from kiosk.gait.geometry import Setting
from kiosk.threads import NICE, Turn, give_way

ANSWER_S = 10.0
"""Longest wait for it to take poses, and for its answer (our choice: thirty times a look on a Pi, and less than the window, so that no
stride leaves it unseen)."""
TRIES = 2
"""One that died is started again once for a look: the kernel may have ended it because memory was short. After that nobody asks it."""
GONE = (EOFError, OSError)
"""What is raised by one that cannot be started, has ended, or lets us wait."""
HERE = Path(__file__).parents[1]
START = """import sys
sys.path.append({here!r})
from kiosk.gait_process import main
main({handle})"""
"""The program's folder comes last, and -P keeps the working folder out: a file of somebody's that
is called like a library must not be taken for it."""

_log = logging.getLogger(__name__)


class GaitProcessError(RuntimeError):
    """Gait itself failed, in its process."""


@dataclass(frozen=True)
class _Failed:
    """What it sends in place of an analysis."""

    words: str


@dataclass(frozen=True)
class _Child:
    """One process, from our side. Its connection is closed when the last of us forgets it: another thread may be reading."""

    process: subprocess.Popen[bytes]
    talk: Connection

    @property
    def lives(self) -> bool:
        """It has not ended."""
        return self.process.poll() is None

    def asked(self, series: PoseSeries, view: View, setting: Setting) -> Analysis | _Failed:
        """Its answer.

        Raises:
            EOFError, OSError: it has ended, or does not answer within ANSWER_S.
        """
        self.talk.send((series, view, setting))
        return cast(Analysis | _Failed, self.talk.recv())

    def end(self) -> None:
        """It keeps nothing, so it is killed."""
        self.process.kill()
        self.process.wait()


class GaitProcess:
    """`kiosk.gait.analysis.analyse` in a process that is started when it is needed first, and ended by `stop`.

    One thread at a time may ask.
    """

    def __init__(self) -> None:
        self._turn = Turn()
        self._child: _Child | None = None
        self._over = False

    @property
    def pid(self) -> int | None:
        """Of the process; None while there is none."""
        child = self._child
        return child.process.pid if child is not None else None

    def start(self) -> None:
        """Have it there; returns at once, it loads by itself. From any thread. When it cannot be had, the next look says so."""
        with suppress(*GONE):
            self._there()

    def analyse(self, series: PoseSeries, view: View, setting: Setting) -> Analysis:
        """As the function of that name; in this process when the other cannot be had or was ended by `stop`.

        Raises:
            GaitProcessError: gait itself failed.
        """
        for _ in range(TRIES):
            child = None
            try:
                child = self._there()
                if child is None:
                    return analyse(series, view, setting)
                answer = child.asked(series, view, setting)
            except GONE as error:
                why = error
                self._forget(child)
                continue
            if isinstance(answer, _Failed):
                raise GaitProcessError(f"gait failed in its process:\n{answer.words}")
            return answer
        if not self._over:
            _log.warning("the process that measures gait failed %d times (%r): gait is measured beside the frames from now on", TRIES, why)
            self._over = True
        return analyse(series, view, setting)

    def stop(self) -> None:
        """End it; a look that waits for it is done in this process."""
        with self._turn:
            self._over, child, self._child = True, self._child, None
        if child is not None:
            child.end()

    def _there(self) -> _Child | None:
        """The process, a new one when the last has ended; None when there shall be none."""
        with self._turn:
            if self._child is not None and not self._child.lives:
                self._child = None
            if self._child is None and not self._over:
                self._child = _started()
            return self._child

    def _forget(self, child: _Child | None) -> None:
        with self._turn:
            mine = child is not None and self._child is child
            self._child = None if mine else self._child
        if child is not None and mine:
            child.end()


def _started() -> _Child:
    ours, theirs = socket.socketpair()
    longest = struct.pack("ll", int(ANSWER_S), int(ANSWER_S % 1 * 1e6))
    with ours, theirs:
        for way in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):  # a timeout of Python's would not hold for a Connection
            ours.setsockopt(socket.SOL_SOCKET, way, longest)
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", START.format(here=str(HERE), handle=theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C reaches only us; not a session of its own, because niceness may count only within one
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        give_way(process.pid, NICE)  # before it has loaded anything
        return _Child(process, Connection(ours.detach()))


def main(handle: int) -> None:
    """Measure what comes over this socket until its other end closes. SIGTERM, which systemd sends to all, is for the station alone."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with Connection(handle) as talk, suppress(*GONE):  # nobody waits for an answer any more
        while True:
            talk.send(_measured(*talk.recv()))


def _measured(series: PoseSeries, view: View, setting: Setting) -> Analysis | _Failed:
    try:
        return analyse(series, view, setting)
    except Exception:  # noqa: BLE001 - told to who asked, whose thread it ends
        return _Failed(traceback.format_exc())
