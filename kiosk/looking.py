"""From the newest frame to the network's answers: the camera's thread cuts pictures out of frames, one thread only asks the network.

The network is what takes long, so it never waits for anything else: while it works on one picture the next is cut, and what is done with
the answer before (pose, gait, coach, screen) happens on the pipeline's thread. A picture is cut where its frame came, because the frame is
still in that core's memory and a thread less is to be woken. A frame that is too late is skipped here, in one place: a
newer picture replaces one that the network has not taken. Answers are not skipped: each comes out once, in the order of the frames, and
when they are not fetched the network waits. What must not go in: what a pose means, and the camera.
"""

import queue
import sys
from collections.abc import Callable
from dataclasses import dataclass

import cv2

from kiosk.domain import FloatArray, Frame, Pose
from kiosk.parts import PoseFinder
from kiosk.pose.crop import Prepared
from kiosk.pose.sturdy import GivenUpError, NoPoseError
from kiosk.threads import FIRST, Latest, Stop, Worker, monotonic_s
from kiosk.words import Phrase

WAIT_S = 0.1
"""Longest wait for another thread before one looks whether it should end."""
MOST_ANSWERS = 2
"""Answers waiting for the pipeline (our choice: one that it takes next, one so that the network can go on meanwhile). They only wait where
the pipeline is slower than the network, as in a moment of much to do: a step is a tenth of an answer."""
BUSY_S = 1.0
"""An answer that takes longer is not waited for with the buttons dead, and it is not the camera that gives nothing (our choice: several
times Thunder on a hot Pi 4)."""
HUNG_S = 10.0
"""An answer that takes longer never comes (our choice: loading the network anew takes a second or three on a Pi)."""
HANGS = Phrase("The pose network has not answered for {seconds:.0f} s. The station starts again by itself.")
SWITCH_S = 0.001
"""How long a thread may hold the interpreter while another waits for it, in the whole process. Python's own 5 ms are as long as an answer
of the network on a fast machine: its thread would wait that long after each while gait is computed (our choice: below that, and far
above what switching costs)."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A frame that the network looked at."""

    frame: Frame
    answer: tuple[PoseFinder, Prepared, FloatArray] | None
    """Who finishes the pose, of what, from which answer; None when the network gave none."""

    def pose(self) -> Pose | None:
        """The pose, finished now: to be called once, for the frames in their order. None when the network gave no answer."""
        if self.answer is None:
            return None
        finder, prepared, answer = self.answer
        return finder.finish(prepared, answer)


class Looking:
    """One worker; `look_at` is called by the one that films, `next` by the one that works on the poses. Sets the process up for frames.

    Args:
        finder: what finds poses now; asked for every frame, from the filming thread.
        wanted: True for a frame, by its stamp in seconds, that the station wants to look at; asked once a frame, on the filming thread.
        on_crash: told of an error that nobody expected.
    """

    def __init__(
        self,
        finder: Callable[[], PoseFinder],
        wanted: Callable[[float], bool] = lambda t_s: True,
        on_crash: Callable[[str, Exception], None] | None = None,
    ) -> None:
        self._finder, self._wanted = finder, wanted
        self._ready: Latest[tuple[PoseFinder, Prepared]] = Latest()
        self._answers: queue.Queue[Seen] = queue.Queue(MOST_ANSWERS)
        self._since_s: float | None = None
        self._asking = Worker("network", self._ask, on_crash, FIRST)
        sys.setswitchinterval(SWITCH_S)
        cv2.setNumThreads(1)  # its threads wait for work by asking the kernel again and again, and a cut is too small to be shared

    def start(self) -> "Looking":
        """Begin to ask the network; what was cut before is its first question."""
        self._asking.start()
        return self

    def look_at(self, frame: Frame) -> None:
        """Cut out of a frame what the network shall look at next, in place of one that it has not taken; nothing after `stop`."""
        if not self._ready.closed and self._wanted(frame.t_s):
            finder = self._finder()
            self._ready.publish((finder, finder.prepare(frame)))

    def stop(self) -> None:
        """End: a picture that is cut already still gets its answer, which `next` then gives without waiting."""
        self._ready.close()
        self._asking.stop()

    def next(self, timeout_s: float) -> Seen | None:
        """The next answer, in the order of the frames; None when none comes in this time and the network is not about to give one."""
        while True:
            busy = self._busy
            try:
                return self._answers.get(timeout=timeout_s) if timeout_s > 0 else self._answers.get_nowait()
            except queue.Empty:
                if timeout_s <= 0 or not (busy or self._busy):
                    return None

    @property
    def is_stuck(self) -> bool:
        """The network works on a picture for so long that something must be wrong: it is loaded again, or hangs."""
        since_s = self._since_s
        return since_s is not None and monotonic_s() - since_s >= BUSY_S

    @property
    def is_hung(self) -> bool:
        """The network has not come back for HUNG_S."""
        since_s = self._since_s
        return since_s is not None and monotonic_s() - since_s > HUNG_S

    @property
    def _busy(self) -> bool:
        """The network works on a picture, and not for so long."""
        return self._since_s is not None and not self.is_stuck

    def _ask(self, stop: Stop) -> None:
        seen = 0
        while True:
            seen, ready = self._ready.newer(seen, WAIT_S)
            if ready is not None:
                self._since_s = monotonic_s()
                seen_now = _looked_at(*ready)
                self._since_s = None
                self._hand_over(seen_now, stop)
            elif stop.is_set:
                return

    def _hand_over(self, seen: Seen, stop: Stop) -> None:
        while True:
            try:
                self._answers.put(seen, timeout=WAIT_S)
            except queue.Full:
                if stop.is_set:  # nobody fetches any more
                    return
            else:
                return


def hung() -> GivenUpError:
    """What to end the process with when the network hangs: only a new one has a working network."""
    return GivenUpError(HANGS.filled(seconds=HUNG_S))


def _looked_at(finder: PoseFinder, prepared: Prepared) -> Seen:
    try:
        return Seen(prepared.frame, (finder, prepared, finder.infer(prepared)))
    except NoPoseError:  # the network says on the screen what is wrong
        return Seen(prepared.frame, None)
