"""Does the camera still stand as it was set up? Looked at while nobody visits, after the start and every hour, beside the frames.

What must not go in: how a move is told (camera/moved.py), what the doctor says.
"""

import math
from collections.abc import Callable
from pathlib import Path

from kiosk.camera.background import Background
from kiosk.camera.moved import Moved, ReferenceFileError, load, moved
from kiosk.domain import ImageBgr
from kiosk.threads import Background as Jobs
from kiosk.words import NOTHING, Phrase

EVERY_S = 1.0
"""Between two frames that are kept (our choice)."""
FRAMES = 12
"""Frames of one look (our choice: who walks by is gone from most of them)."""
AGAIN_S = 3600.0
"""Between two looks (our choice: a camera that was knocked in the morning is told before noon, for a second of work an hour)."""
DOUBT_S = 60.0
"""A move must be seen twice, this long apart, before it is told: somebody may stand right before the camera (our choice)."""
TOLD_S = 300.0
"""Until the next look while a move is told: who put the camera back, or only stood in its way, must not read of it for an hour (our
choice)."""

FURTHER = Phrase(
    "The camera was moved since it was set up: the picture lies {shift:.0f} % further and {turn:.1f}° turned. Set it up again."
)
ELSEWHERE = Phrase("The camera looks elsewhere than when it was set up, or something stands before it. Set it up again.")


class Standing:
    """Watches the camera's place; `look` with every frame costs nothing but a copy now and then."""

    def __init__(self, folder: Path, on_crash: Callable[[str, Exception], None] | None = None) -> None:
        """`folder`: of the data, with the reference that the guide stored; without one nothing is ever looked at or told."""
        self.problem: Phrase = NOTHING
        """A sentence for the staff; NOTHING while the camera stands as it was set up, or when it cannot be told."""
        self._folder, self._on_crash = folder, on_crash
        self._jobs: Jobs[Phrase] | None = None
        self._background = Background()
        self._kept_s = self._next_s = -math.inf
        self._doubtful = False

    def look(self, t_s: float, image_bgr: ImageBgr, quiet: bool) -> None:
        """Take a frame.

        Args:
            t_s: its stamp.
            image_bgr: the picture.
            quiet: nobody visits; only then anything is looked at.
        """
        self._collect(t_s)
        if not quiet:
            self._background = Background()
            return
        if t_s < self._next_s or t_s - self._kept_s < EVERY_S:
            return
        self._kept_s = t_s
        self._background.add(image_bgr)
        if self._background.frames < FRAMES:
            return
        seen, self._background = self._background, Background()
        self._next_s = t_s + AGAIN_S
        self._jobs = self._jobs or Jobs("standing", self._on_crash)
        self._jobs.submit(lambda: self._told(seen))

    def stop(self) -> None:
        """End the thread after what it does now."""
        if self._jobs is not None:
            self._jobs.stop()

    def _collect(self, t_s: float) -> None:
        told = self._jobs.take() if self._jobs is not None else None
        if told is None:
            return
        if told and not self._doubtful and not self.problem:
            self._doubtful, self._next_s = True, t_s + DOUBT_S
            return
        self._doubtful, self.problem = False, told
        if told:
            self._next_s = t_s + TOLD_S

    def _told(self, seen: Background) -> Phrase:
        """What a look says; NOTHING when all is well, or nothing can be said."""
        try:
            then = load(self._folder)
        except ReferenceFileError as error:
            return Phrase(str(error))
        except OSError:  # the disk's own troubles are told elsewhere
            return NOTHING
        found = moved(then, seen) if then is not None else None
        return sentence(found) if found is not None and found.matters else NOTHING


def sentence(found: Moved) -> Phrase:
    """A move as the staff should read it."""
    if found.another_picture:
        return ELSEWHERE
    return FURTHER.filled(shift=100 * max(abs(found.right), abs(found.down)), turn=abs(found.turn_deg))
