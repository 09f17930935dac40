"""Bouts from the clinic's order to the stored result: order -> station -> tape -> measured -> store.

The pipeline calls `begin`, `add` and `end`; none of them waits. Everything that takes time happens on one thread of its own. What must
not go in: the order of screens (session.py), measuring (bouts.py), SQL.
"""

import logging
import queue
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kiosk.bouts import Levels, measure_bout
from kiosk.clinic import BoutNow, BoutOrder, BoutState, Refused
from kiosk.desk.pending import Pending
from kiosk.domain import Frame, Pose
from kiosk.pose.recording import load
from kiosk.screen import Command, LiveView, Press, State
from kiosk.store import BOUT_PREFIX, ClinicStore, StoreError
from kiosk.tape.segment import Taped
from kiosk.tape.tape import Tape
from kiosk.threads import Latest, Stop, Turn, Worker, monotonic_s
from kiosk.words import Phrase

LOG = logging.getLogger(__name__)
RETRY_S = 60.0
"""How often a bout that the disk refused is tried again (our choice)."""
STAMP = "%Y%m%d-%H%M%S"
STAMP_LENGTH = 15
BEGIN_S = 3.0
"""The station takes an order within this time or not at all (our choice: far longer than its queue)."""
LEAST_S = 5.0
"""A recording shorter than this holds no 4 strides of a leg: nothing is kept of it."""
BUSY = Phrase("A bout is being measured: wait until it is done.")
IN_USE = Phrase("Somebody's run is going on at the station: end it there first.")
NO_PICTURE = Phrase("The camera gives no picture: nothing can be measured now.")
NOT_TAKEN = Phrase("The station did not begin the bout. Look at its screen, then start again.")
STOPPED = Phrase("The bout was stopped before it began.")
TOO_SHORT = Phrase("The bout was broken off after {seconds:.0f} s: nothing is kept of it. Start it again.")
LOST = Phrase("The bout could not be kept: {why}")
LATER = Phrase("The bout is not stored yet: {why} Its poses are kept, and it is tried again every minute.")
GIVEN_UP = Phrase("The bout cannot be measured, the log says why. Its poses stay in {name}. Start the bout again.")
FREE = (State.IDLE, State.CHECK, State.CHOOSE, State.CODE, State.MEASURED, State.SUMMARY, State.REPLAY, State.ASK, State.TAKE_HOME)
"""States in which the station takes an order (session.py); in a run it depends on how that began."""


@dataclass(frozen=True)
class Station:
    """What the desk needs of the running station."""

    send: Callable[[Press], bool]
    """Puts a press on the one queue; False when it is full."""
    views: Latest[LiveView]
    made_by: str
    """Program and network, for recordings."""
    hear: Callable[[float], Levels] | None = None
    """Levels of the microphone since a time; None without one."""
    camera: Callable[[], Mapping[str, str]] = dict
    """Kind, name and library of the camera, for reports; its sensor is known once it is open."""
    on_crash: Callable[[str, Exception], None] | None = None


class BoutDesk:
    """At most one bout at a time."""

    def __init__(
        self,
        store: ClinicStore,
        tape: Tape,
        station: Station,
        zone: tuple[float, float, float, float],
        mend: Callable[[], object],
    ) -> None:
        """Bring the parts together.

        Args:
            store: patients and what was measured of them.
            tape: writes poses and pictures.
            station: the running station.
            zone: the treadmill's place in the picture.
            mend: makes recordings of journals that nobody writes any more (kiosk/tape/recover.py).
        """
        self._store, self._tape, self._zone, self._mend, self._pending = store, tape, zone, mend, Pending(store)
        self._send, self._views, self._hear = station.send, station.views, station.hear
        self._camera = station.camera
        self._now: BoutNow | None = None
        self._ordered_s = 0.0
        self._counted = False
        """The station has taken the order."""
        self._turn = Turn()
        """Two pages that order at once: one is refused."""
        self._begun = ""
        """Name of the bout that began last; the microphone is asked for no other."""
        self._since_s: float | None = None
        """Time of its first pose, for the sound beside it."""
        self._awaited: dict[str, BoutOrder] = {}
        """Bouts that ended and whose recordings the tape has not finished, by name; touched by the worker only."""
        self._work: queue.Queue[BoutOrder | None] = queue.Queue()
        """Bouts that ended; None: those that are left from before."""
        self._worker = Worker("bouts", self._run, station.on_crash)

    def start_work(self) -> None:
        """Begin to take bouts; those that a crash left are measured first, and until then the desk is busy."""
        left = self._pending.to_measure()
        if left:
            self._now = BoutNow(left[-1], BoutState.MEASURING)
            self._work.put_nowait(None)
        self._worker.start()

    def stop_work(self) -> None:
        """Finish what is being measured."""
        self._worker.stop(30.0)
        self._tape.close()

    # the clinic's page -------------------------------------------------------------------------------------------
    def order(self, order: BoutOrder) -> None:
        """Send the order to the station.

        Raises:
            Refused: the assessment is not there, video is not allowed, or the station is in use.
            StoreError: the disk refuses.
        """
        with self._turn:
            self._check(order)
            stamp = datetime.now(UTC).strftime(STAMP)
            named = replace(order, name=f"{BOUT_PREFIX}{stamp}-{secrets.token_hex(2)}")
            self._pending.add(named)
            self._ordered_s, self._counted = monotonic_s(), False
            self._now = BoutNow(named, BoutState.WAITING, round(order.seconds))
            if not self._send(named):
                self._now = None
                self._pending.remove(named)
                raise Refused(BUSY)

    def stop(self) -> None:
        """Break the bout off; never a run that somebody started at the station while the order was on its way."""
        view = self._views.peek()
        if self._is_busy() and view is not None and view.bout_left_s is not None:
            self._send(Command.STOP)

    def names_of(self, assessments: Collection[int]) -> tuple[str, ...]:
        """Before a patient is deleted: recordings of these assessments that are not stored as bouts yet.

        Raises:
            Refused: a bout is being measured.
        """
        with self._turn:
            if self._is_busy():
                raise Refused(BUSY)
        return self._pending.names_of(assessments)

    def forget(self, assessments: Collection[int]) -> None:
        """After it was deleted."""
        now = self._now
        if now is not None and now.order.assessment_id in assessments:
            self._now = None

    def now(self) -> BoutNow | None:
        """Where the bout stands."""
        now, view = self._now, self._views.peek()
        if now is None or view is None or now.state not in (BoutState.WAITING, BoutState.RUNNING):
            return now
        self._counted |= view.state is State.COUNTDOWN and view.bout_left_s is not None
        left_s = view.bout_left_s if view.bout_left_s is not None else now.left_s
        if now.state is BoutState.RUNNING:
            return replace(now, left_s=left_s, cannot_judge=view.cannot_judge)
        if view.bout_left_s is None and self._now is now and (self._counted or monotonic_s() - self._ordered_s > BEGIN_S):
            self._now = replace(now, state=BoutState.FAILED, problem=STOPPED if self._counted else NOT_TAKEN)
        return self._now

    # the pipeline ------------------------------------------------------------------------------------------------
    def begin(self, order: BoutOrder) -> None:
        """The station begins to measure."""
        self._begun, self._since_s = order.name, None
        self._now = BoutNow(order, BoutState.RUNNING, round(order.seconds))
        self._tape.begin(order.name, order.view.value, order.video)

    def add(self, frame: Frame, pose: Pose) -> None:
        """Keep a pose, and the picture where video is allowed."""
        self._since_s = pose.t_s if self._since_s is None else self._since_s
        self._tape.add(frame, pose)

    def end(self, complete: bool) -> None:
        """The station has ended the bout; what was kept is measured beside the frames."""
        now = self._now
        if now is None:
            return
        self._now = replace(now, state=BoutState.MEASURING, left_s=0)
        self._tape.finish()
        self._work.put_nowait(now.order)
        LOG.info("a bout ended%s", "" if complete else ", broken off")

    # the work ----------------------------------------------------------------------------------------------------
    def _check(self, order: BoutOrder) -> None:
        assessment = self._store.assessment(order.assessment_id)
        if assessment is None:
            raise Refused(Phrase("There is no such assessment: it may have been deleted."))
        if order.video and not assessment.consent.video:
            raise Refused(Phrase("The patient did not allow video: start the bout without it."))
        if self._is_busy():
            raise Refused(BUSY)
        view = self._views.peek()
        if view is None or view.fault:
            raise Refused(NO_PICTURE)
        if view.state not in (*FREE, State.COUNTDOWN, State.RUNNING):
            raise Refused(IN_USE)

    def _is_busy(self) -> bool:
        now = self.now()
        return now is not None and now.state in (BoutState.WAITING, BoutState.RUNNING, BoutState.MEASURING)

    def _run(self, stop: Stop) -> None:
        tried_s = monotonic_s()
        while not (stop.is_set and self._work.empty()):
            try:
                order = self._work.get(timeout=0.2)
            except queue.Empty:
                self._take_taped()
                if monotonic_s() - tried_s >= RETRY_S and not self._is_busy() and not self._awaited:
                    tried_s, before = monotonic_s(), self._now
                    self._tell(self._try_left(), before)
                continue
            if order is None:
                self._now = self._try_left()
            else:
                self._finish(order)

    def _finish(self, order: BoutOrder) -> None:
        """Wait for the recording, measure it, store it."""
        self._awaited[order.name] = order
        self._tape.settle()
        self._take_taped()
        if order.name in self._awaited:
            why = self._tape.problem or Phrase("The recording was not finished in time.")
            self._now = BoutNow(order, BoutState.FAILED, problem=LATER.filled(why=why))

    def _take_taped(self) -> None:
        """Measure what the tape has finished: as a rule at once, after a full disk much later."""
        while (taped := self._tape.take()) is not None:
            order = self._awaited.pop(taped.name, None)
            if order is not None:
                before = self._now
                self._tell(self._taped(order, taped), before)

    def _taped(self, order: BoutOrder, taped: Taped) -> BoutNow:
        if taped.recording is not None:
            return self._kept(order, taped.recording, taped.video)
        if taped.poses:  # they are in the journal
            return BoutNow(order, BoutState.FAILED, problem=LATER.filled(why=taped.problem))
        self._done(order)
        return BoutNow(order, BoutState.FAILED, problem=LOST.filled(why=taped.problem or Phrase("no picture came.")))

    def _tell(self, last: BoutNow | None, before: BoutNow | None) -> None:
        """Show how a bout ended, unless another one was ordered meanwhile."""
        if last is not None and self._now is before:
            self._now = last

    def _kept(self, order: BoutOrder, recording: Path, video: Path | None) -> BoutNow:
        """Store the bout. What the disk refuses is tried again, what cannot be measured is given up, what may not be kept is deleted."""
        failed = BoutNow(order, BoutState.FAILED)
        try:
            bout_id, seconds = self._store_bout(order, recording, video)
        except OSError as error:
            LOG.warning("a bout is not stored yet: %s", error)
            return replace(failed, problem=LATER.filled(why=error.sentence if isinstance(error, StoreError) else str(error)))
        except Refused as error:
            self._drop(order, recording, video)
            return replace(failed, problem=error.sentence)
        except Exception:  # a fault of ours in one recording must not end the station, now and at every start
            LOG.exception("a bout cannot be measured; its poses stay in %s", recording.name)
            self._done(order, self._pending.give_up)
            return replace(failed, problem=GIVEN_UP.filled(name=recording.name))
        if bout_id is None:
            self._drop(order, recording, video)
            return replace(failed, problem=TOO_SHORT.filled(seconds=seconds))
        self._done(order)
        return BoutNow(order, BoutState.DONE, bout_id=bout_id)

    def _store_bout(self, order: BoutOrder, recording: Path, video: Path | None) -> tuple[int | None, float]:
        """Measure and store; (None, seconds) when it was too short to keep."""
        since_s = self._since_s if order.name == self._begun else None
        heard = self._hear(since_s) if self._hear is not None and since_s is not None else None
        result = measure_bout(load(recording), order, self._zone, heard, self._camera())
        if result.seconds < LEAST_S:
            return None, result.seconds
        stored = self._store.add_bout(order, _started(recording), result, recording.name, video.name if video is not None else "")
        return stored.id, result.seconds

    def _is_stored(self, order: BoutOrder) -> bool:
        assessment = self._store.assessment(order.assessment_id)
        return assessment is not None and any(bout.recording == f"{order.name}.npz" for bout in assessment.bouts)

    def _drop(self, order: BoutOrder, recording: Path, video: Path | None) -> None:
        recording.unlink(missing_ok=True)
        if video is not None:
            video.unlink(missing_ok=True)
        self._done(order)

    def _done(self, order: BoutOrder, how: Callable[[BoutOrder], None] | None = None) -> None:
        """Nothing of it is to be done; a disk that refuses is asked again, then the bout is found to be gone or stored."""
        try:
            (how or self._pending.remove)(order)
        except OSError as error:
            LOG.warning("that a bout is done is not stored yet: %s", error)

    def _try_left(self) -> BoutNow | None:
        """Measure and store the bouts that a crash or a full disk left; the tape has recovered their poses. Says how the last one ended."""
        last = None
        try:
            left = self._pending.to_measure()
            if left:
                self._mend()
        except OSError as error:
            LOG.warning("bouts that are left cannot be read: %s", error)
            return None
        for order in left:
            recording = self._store.recordings / f"{order.name}.npz"
            video = recording.with_suffix(".mp4")
            if self._is_stored(order):
                self._done(order)
            elif recording.exists():
                last = self._kept(order, recording, video if video.exists() else None)
                LOG.info("a bout that was left is %s", last.state.value)
            elif not recording.with_suffix(".journal").exists():
                self._done(order)  # it never began
        return last


def _started(recording: Path) -> str:
    """When the bout was ordered, ISO 8601, from the name of its recording; now for any other name."""
    try:
        started = datetime.strptime(recording.stem[len(BOUT_PREFIX) :][:STAMP_LENGTH], STAMP).replace(tzinfo=UTC)
    except ValueError:
        started = datetime.now(UTC)
    return started.isoformat(timespec="seconds")
