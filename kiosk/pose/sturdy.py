"""A network that survives a fault of its runtime: it is loaded again, at once and after pauses, and given up when that does not help.

What must not go in: poses, and whose they are: a runner stays the same runner while the network is loaded again.
"""

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.config import PoseConfig
from kiosk.domain import FloatArray
from kiosk.pose.movenet import ModelError, Network, self_test
from kiosk.threads import monotonic_s
from kiosk.words import NOTHING, Phrase

LOG = logging.getLogger(__name__)
PAUSE_S = 5.0
"""Between two times of loading a network that failed again (our choice)."""
MOST_LOADS = 5
"""Loads within WITHIN_S that are tried; then a new process must help (our choice: with the pauses that is after about 15 s)."""
WITHIN_S = 60.0
FAULTS = (RuntimeError, ValueError, SystemError, MemoryError, OSError)
"""What runtimes raise, and what reading the model's file does."""
AGAIN = Phrase("The pose network failed ({reason}). It is loaded again every few seconds.")
FAILED = Phrase("The pose network was loaded {times} times within a minute and failed again. The station starts again by itself.")
FAR = 2.0
"""Sides of the square: keypoints further outside were not made by a network that works (our choice; MoveNet's stay within 1)."""


class NoPoseError(RuntimeError):
    """There is no pose for this frame; the next one may have one."""


class GivenUpError(ModelError):
    """Loading the network again does not help."""


class SturdyNetwork(Network):
    """The same network, made sure of: `output` is the answer to the picture that was set, never NaN and never nonsense."""

    def __init__(self, settings: PoseConfig, now_s: Callable[[], float] = monotonic_s) -> None:
        """Load it and run its self-test.

        Raises:
            ModelError: it cannot be loaded, or fails its self-test.
        """
        self._settings, self._now_s = settings, now_s
        self._become_fresh()
        self.problem: Phrase = NOTHING
        """A sentence for the staff while the network gives nothing; NOTHING when it works."""
        self._picture: NDArray[np.uint8] = np.zeros((self.side_px, self.side_px, 3), np.uint8)
        self._answer: FloatArray = np.zeros((17, 3), np.float32)
        self._loads: deque[float] = deque(maxlen=MOST_LOADS)
        self._again_s = float("-inf")

    def set_input(self, rgb: NDArray[np.uint8]) -> None:
        """Hand over the picture: (side_px, side_px, 3) uint8 RGB; it must stay as it is until `invoke`."""
        self._picture = rgb

    def invoke(self) -> None:
        """Run the network; loads it again when it fails.

        Raises:
            NoPoseError: it fails, and is tried again with a later picture.
            GivenUpError: it failed too often within a minute.
        """
        now_s = self._now_s()
        if self.problem and now_s < self._again_s:
            raise NoPoseError(self.problem)
        try:
            if self.problem:
                self._load(now_s)
            self._run()
        except GivenUpError:
            raise
        except FAULTS as error:
            self._mend(error, now_s)
        if self.problem:
            LOG.info("the pose network works again")
            self.problem = NOTHING

    def output(self) -> FloatArray:
        """(17, 3) float32: y, x as parts of the square, score."""
        return self._answer

    def _run(self) -> None:
        super().set_input(self._picture)
        super().invoke()
        answer = super().output()
        if not is_sane(answer):
            raise ModelError("its answer is not a pose")
        self._answer = answer

    def _mend(self, error: Exception, now_s: float) -> None:
        """Load it again and run it at once; when that was just done, or does not help, wait."""
        LOG.warning("the pose network failed: %r", error)
        if not self.problem:
            try:
                self._load(now_s)
                self._run()
            except GivenUpError:
                raise
            except FAULTS as second:
                error = second
            else:
                LOG.info("the pose network was loaded again and works")
                return
        self._again_s = now_s + PAUSE_S
        self.problem = AGAIN.filled(reason=first_line(error))
        raise NoPoseError(self.problem) from error

    def _load(self, now_s: float) -> None:
        """A new interpreter in place of the old one.

        Raises:
            GivenUpError: it was loaded too often within a minute.
        """
        if len(self._loads) == MOST_LOADS and now_s - self._loads[0] < WITHIN_S:
            raise GivenUpError(FAILED.filled(times=MOST_LOADS))
        self._loads.append(now_s)
        self._become_fresh()

    def _become_fresh(self) -> None:
        """Take all that a newly loaded network has, when it passes its self-test."""
        fresh = Network(self._settings)
        self_test(fresh)
        vars(self).update(vars(fresh))


def is_sane(answer: NDArray[Any]) -> bool:
    """Something that MoveNet can have said: (17, 3) finite numbers, keypoints not far outside the square, scores from 0 to 1."""
    if answer.shape != (17, 3):
        return False
    return all(-FAR <= y <= FAR and -FAR <= x <= FAR and -0.01 <= score <= 1.01 for y, x, score in answer.tolist())  # False for NaN


def first_line(error: BaseException) -> str:
    """The reason for a sentence: one line, not too long."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
