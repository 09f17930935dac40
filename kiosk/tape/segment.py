"""One recording while it is made: poses into its journal, and the journal into the finished file.

What must not go in: threads and retries; every method here may take its time and raises what the disk refuses.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.domain import Pose, PoseSeries
from kiosk.durable import settle
from kiosk.tape.film import Film, reason_of
from kiosk.tape.journal import SUFFIX, Facts, Journal, JournalError, read
from kiosk.threads import monotonic_s
from kiosk.words import NOTHING, Phrase

SYNC_S = 0.4
"""Poses are brought to the disk this often: a cut of power loses less than 1 s, the time of the disk itself included (our choice)."""
FILM_S = 20.0
"""Longest wait for a video to be finished: some seconds of pictures may still wait to be encoded."""

Save = Callable[[Path, PoseSeries, Facts], None]
"""Writes a finished recording, whole or not at all; OSError when the disk refuses."""
Level = Callable[[], tuple[float, float | None]]
"""Camera roll and its standard error, degrees, found after the recording; called on the tape's thread."""


@dataclass(frozen=True)
class Taped:
    """What became of one recording."""

    name: str
    recording: Path | None = None
    """The finished file; None when there was no pose or the disk refused."""
    video: Path | None = None
    problem: Phrase = NOTHING
    """Why something is missing, as a sentence. Poses that were written stay in the journal: `recover` makes the recording later."""
    poses: int = 0
    lost_poses: int = 0
    lost_pictures: int = 0


@dataclass(frozen=True)
class Begin:
    """A recording is to begin."""

    name: str
    facts: Facts
    film: Film | None


@dataclass(frozen=True)
class Finish:
    """No pose comes any more."""

    level: Level | None
    keep: bool
    lost: int
    """Poses that did not fit into the queue."""


class Segment:
    """One recording while it is made."""

    def __init__(self, folder: Path, begin: Begin) -> None:
        self._folder, self._begin = folder, begin
        self._journal: Journal | None = None
        self._poses = 0
        self._last_s = self._synced_s = float("-inf")

    def add(self, pose: Pose) -> None:
        """Write a pose; the first one makes the journal. A pose that is not later than the last is left out."""
        if pose.t_s <= self._last_s:  # a recording's time increases
            return
        if self._journal is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{self._begin.name}{SUFFIX}"
            self._journal = Journal(path, self._begin.facts, pose.width, pose.height)
        self._journal.add(pose)
        self._last_s = pose.t_s
        self._poses += 1

    def sync_if_due(self) -> None:
        """Bring everything to the disk when that was not done for SYNC_S."""
        if monotonic_s() - self._synced_s >= SYNC_S:
            self.sync()

    def sync(self) -> None:
        """Bring everything to the disk."""
        if self._journal is not None:
            self._journal.sync()
            self._synced_s = monotonic_s()

    def close(self) -> None:
        """Leave the journal to `recover`."""
        if self._journal is not None:
            self._journal.close()

    def finish(self, save: Save, job: Finish) -> Taped:
        """Journal -> recording; the journal goes only when the recording is on the disk."""
        video, problem, left_out = self._film_done()
        if self._journal is None:
            return Taped(self._begin.name, None, video, problem, lost_pictures=left_out)
        target = self._folder / f"{self._begin.name}.npz"
        try:
            self._make(target, self._journal.path, save, job.level)
        except (OSError, JournalError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else str(error)
            refused = Phrase(
                "The recording could not be finished ({reason}). Its journal is kept, and it is made from that later.", reason=reason
            )
            return Taped(self._begin.name, None, video, refused, self._poses, lost_pictures=left_out)
        finally:
            self.close()  # not before: until then nobody else may take it for the rest of a crash
        return Taped(self._begin.name, target, video, problem, self._poses, lost_pictures=left_out)

    def _make(self, target: Path, journal: Path, save: Save, level: Level | None) -> None:
        facts, series = read(journal)
        if level is not None:
            roll_deg, roll_sd_deg = level()
            facts = replace(facts, roll_deg=roll_deg, roll_sd_deg=roll_sd_deg)
        save(target, series, facts)
        settle(self._folder)
        journal.unlink()

    def drop(self) -> Taped:
        """Leave nothing."""
        video, _, _ = self._film_done()
        self.close()
        if self._journal is not None:
            self._journal.path.unlink(missing_ok=True)
        if video is not None:
            video.unlink(missing_ok=True)
        return Taped(self._begin.name)

    def _film_done(self) -> tuple[Path | None, Phrase, int]:
        film = self._begin.film
        if film is None:
            return None, NOTHING, 0
        in_time = film.wait(FILM_S)
        problem = film.problem or (NOTHING if in_time else Phrase("The video was not finished in time."))
        if not problem and film.left_out:
            problem = Phrase("{count} pictures of the video were left out: the device is too slow for it.", count=film.left_out)
        if in_time and not film.written:
            film.path.unlink(missing_ok=True)
        return (film.path if film.written else None), problem, film.left_out
