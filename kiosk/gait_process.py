"""The look at the window in a process of its own, so that it never holds the interpreter that the frames need.

A frame passes seven threads of the station. While a look computes beside them each waits up to SWITCH_S (kiosk/looking.py) for the
interpreter, and the frame comes late. From here a look costs the frames no more than poses to send and numbers to read.
What must not go in: what is measured.
"""

import os
import socket
import subprocess
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import cast

from kiosk.domain import PoseSeries, View
from kiosk.gait.analysis import Analysis, analyse
from kiosk.gait.geometry import Setting
from kiosk.threads import Turn

LAST = 19
"""Niceness of the process: everything else goes first."""
ANSWER_S = 30.0
"""A look that takes longer never ends (our choice: a hundred times one on a Pi)."""
END_S = 1.0
"""How long it may take to end before it is killed (our choice: several looks)."""
TRIES = 2
"""One that died is started again, once for each look: the kernel may have ended it because memory was short."""
GONE = (EOFError, OSError)
"""What the other end of a connection gives when this one has ended."""


class GaitProcessError(RuntimeError):
    """The process cannot measure: it failed, ended again and again, or does not answer."""


@dataclass(frozen=True)
class _Failed:
    """What it sends in place of an analysis."""

    words: str


@dataclass(frozen=True)
class _Child:
    """One process, from our side."""

    process: subprocess.Popen[bytes]
    talk: Connection

    def asked(self, series: PoseSeries, view: View, setting: Setting) -> Analysis | _Failed:
        """Its answer.

        Raises:
            EOFError, OSError: it has ended.
            TimeoutError: it does not answer.
        """
        self.talk.send((series, view, setting))
        if not self.talk.poll(ANSWER_S):
            raise TimeoutError(f"no answer within {ANSWER_S:.0f} s")
        return cast(Analysis | _Failed, self.talk.recv())

    def end(self) -> None:
        """It ends, if need be by force."""
        self.process.terminate()
        try:
            self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.talk.close()


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
        """Have it there; returns at once, it loads by itself. From any thread."""
        self._there()

    def analyse(self, series: PoseSeries, view: View, setting: Setting) -> Analysis:
        """As the function of that name; in this process when the other was ended by `stop`.

        Raises:
            GaitProcessError: it failed, or could not be had.
        """
        for _ in range(TRIES):
            child = self._there()
            if child is None:
                return analyse(series, view, setting)
            try:
                answer = child.asked(series, view, setting)
            except GONE as error:
                why = error
                self._forget(child)
                continue
            if isinstance(answer, _Failed):
                raise GaitProcessError(f"gait failed in its process:\n{answer.words}")
            return answer
        raise GaitProcessError(f"the process that measures gait ended {TRIES} times: {why!r}")

    def stop(self) -> None:
        """End it; a look that waits for it is done in this process."""
        with self._turn:
            self._over, child, self._child = True, self._child, None
        if child is not None:
            child.end()

    def _there(self) -> _Child | None:
        with self._turn:
            if self._child is None and not self._over:
                self._child = _started()
            return self._child

    def _forget(self, child: _Child) -> None:
        with self._turn:
            mine = self._child is child
            self._child = None if mine else self._child
        if mine:
            child.end()


def _started() -> _Child:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", f"from kiosk.gait_process import main; main({theirs.fileno()})"],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches only us, and we end it in good order
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
    return _Child(process, Connection(ours.detach()))


def main(handle: int) -> None:
    """Measure what comes over this socket until its other end closes."""
    with suppress(PermissionError):  # a sandbox forbids it
        os.setpriority(os.PRIO_PROCESS, 0, LAST)
    with Connection(handle) as talk, suppress(*GONE):  # nobody waits for an answer any more
        while True:
            talk.send(_measured(*talk.recv()))


def _measured(series: PoseSeries, view: View, setting: Setting) -> Analysis | _Failed:
    try:
        return analyse(series, view, setting)
    except Exception:  # noqa: BLE001 - told to who asked, whose thread it ends
        return _Failed(traceback.format_exc())
