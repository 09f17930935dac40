"""Bouts from their recordings into the store: measured, kept, tried again, given up.

What must not go in: the bout while it runs (bouts.py).
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kiosk.bouts import Levels, measure_bout
from kiosk.clinic import BoutNow, BoutOrder, BoutState, Refused
from kiosk.desk.pending import Pending
from kiosk.pose.recording import load
from kiosk.store import BOUT_PREFIX, ClinicStore, StoreError
from kiosk.words import Phrase

LOG = logging.getLogger(__name__)
STAMP = "%Y%m%d-%H%M%S"
STAMP_LENGTH = 15
LEAST_S = 5.0
"""A recording shorter than this holds no 4 strides of a leg: nothing is kept of it."""
TOO_SHORT = Phrase("The bout was broken off after {seconds:.0f} s: nothing is kept of it. Start it again.")
LATER = Phrase("The bout is not stored yet: {why} Its poses are kept, and it is tried again every minute.")
GIVEN_UP = Phrase("The bout cannot be measured, the log says why. Its poses stay in {name}. Start the bout again.")


@dataclass(frozen=True)
class Storing:
    """What it takes to make a stored bout of a recording."""

    store: ClinicStore
    pending: Pending
    zone: tuple[float, float, float, float]
    """The treadmill's place in the picture."""
    camera: Callable[[], Mapping[str, str]]
    """Kind, name and library of the camera."""
    mend: Callable[[], object]
    """Makes recordings of journals that nobody writes any more (kiosk/tape/recover.py)."""

    def keep(self, order: BoutOrder, recording: Path, video: Path | None, heard: Levels | None = None) -> BoutNow:
        """Store the bout. What the disk refuses is tried again, what cannot be measured is given up, what may not be kept is deleted."""
        failed = BoutNow(order, BoutState.FAILED)
        try:
            bout_id, seconds = self._stored(order, recording, video, heard)
        except OSError as error:
            LOG.warning("a bout is not stored yet: %s", error)
            return replace(failed, problem=LATER.filled(why=error.sentence if isinstance(error, StoreError) else str(error)))
        except Refused as error:
            self._drop(order, recording, video)
            return replace(failed, problem=error.sentence)
        except Exception:  # a fault of ours in one recording must not end the station, now and at every start
            LOG.exception("a bout cannot be measured; its poses stay in %s", recording.name)
            self.done(order, self.pending.give_up)
            return replace(failed, problem=GIVEN_UP.filled(name=recording.name))
        if bout_id is None:
            self._drop(order, recording, video)
            return replace(failed, problem=TOO_SHORT.filled(seconds=seconds))
        self.done(order)
        return BoutNow(order, BoutState.DONE, bout_id=bout_id)

    def _stored(self, order: BoutOrder, recording: Path, video: Path | None, heard: Levels | None) -> tuple[int | None, float]:
        """Measure and store; (None, seconds) when it was too short to keep."""
        result = measure_bout(load(recording), order, self.zone, heard, self.camera())
        if result.seconds < LEAST_S:
            return None, result.seconds
        stored = self.store.add_bout(order, _started(recording), result, recording.name, video.name if video is not None else "")
        return stored.id, result.seconds

    def _is_stored(self, order: BoutOrder) -> bool:
        assessment = self.store.assessment(order.assessment_id)
        return assessment is not None and any(bout.recording == f"{order.name}.npz" for bout in assessment.bouts)

    def _drop(self, order: BoutOrder, recording: Path, video: Path | None) -> None:
        try:
            for path in filter(None, (recording, video)):
                path.unlink(missing_ok=True)
        except OSError as error:  # it is no bout of anybody then: the sweep deletes it
            LOG.warning("what is not kept of a bout is not deleted yet: %s", error)
        self.done(order)

    def done(self, order: BoutOrder, how: Callable[[BoutOrder], None] | None = None) -> None:
        """Nothing of it is to be done; a disk that refuses is asked again, then the bout is found to be gone or stored."""
        try:
            (how or self.pending.remove)(order)
        except OSError as error:
            LOG.warning("that a bout is done is not stored yet: %s", error)

    def try_left(self) -> BoutNow | None:
        """Measure and store the bouts that a crash or a full disk left; the tape has recovered their poses. Says how the last one ended."""
        last = None
        try:
            left = self.pending.to_measure()
            if left:
                self.mend()
            for order in left:
                last = self._left(order) or last
        except OSError as error:
            LOG.warning("bouts that are left cannot be read: %s", error)
        return last

    def _left(self, order: BoutOrder) -> BoutNow | None:
        """One of them; None when there is nothing to tell."""
        recording = self.store.recordings / f"{order.name}.npz"
        video = recording.with_suffix(".mp4")
        if self._is_stored(order):
            self.done(order)
        elif recording.exists():
            kept = self.keep(order, recording, video if video.exists() else None)
            LOG.info("a bout that was left is %s", kept.state.value)
            return kept
        elif not recording.with_suffix(".journal").exists():
            self.done(order)  # it never began
        return None


def _started(recording: Path) -> str:
    """When the bout was ordered, ISO 8601, from the name of its recording; now for any other name."""
    try:
        started = datetime.strptime(recording.stem[len(BOUT_PREFIX) :][:STAMP_LENGTH], STAMP).replace(tzinfo=UTC)
    except ValueError:
        started = datetime.now(UTC)
    return started.isoformat(timespec="seconds")
