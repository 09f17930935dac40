"""Bouts from the clinic's order to the stored result: order -> station -> tape -> measured -> store.

The pipeline calls `begin`, `add` and `end`; none of them waits. Everything that takes time happens on one thread of its own. What must
not go in: the order of screens (session.py), what becomes of a recording (storing.py), SQL.
"""

import logging
import queue
import secrets
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime

from kiosk.bouts import Levels
from kiosk.clinic import BoutNow, BoutOrder, BoutState, Refused
from kiosk.desk.pending import Pending
from kiosk.desk.station import Station
from kiosk.desk.storing import LATER, STAMP, Storing
from kiosk.domain import Frame, Pose
from kiosk.screen import Command, State
from kiosk.store import BOUT_PREFIX, ClinicStore
from kiosk.tape.segment import Taped
from kiosk.tape.tape import Tape
from kiosk.threads import Stop, Turn, Worker, monotonic_s
from kiosk.words import Phrase

LOG = logging.getLogger(__name__)
RETRY_S = 60.0
"""How often a bout that the disk refused is tried again (our choice)."""
BEGIN_S = 3.0
"""The station takes an order within this time or not at all (our choice: far longer than its queue)."""
BUSY = Phrase("A bout is being measured: wait until it is done.")
IN_USE = Phrase("Somebody's run is going on at the station: end it there first.")
SET_UP = Phrase("The camera is being set up at the station: wait until that is done.")
NO_PICTURE = Phrase("The camera gives no picture: nothing can be measured now.")
NOT_TAKEN = Phrase("The station did not begin the bout. Look at its screen, then start again.")
STOPPED = Phrase("The bout was stopped before it began.")
LOST = Phrase("The bout could not be kept: {why}")
FREE = (State.IDLE, State.CHECK, State.CHOOSE, State.CODE, State.MEASURED, State.SUMMARY, State.REPLAY, State.ASK, State.TAKE_HOME)
"""States in which the station takes an order (session.py); in a run it depends on how that began."""


class BoutDesk:
    """At most one bout at a time."""

    def __init__(
        self,
        store: ClinicStore,
        pending: Pending,
        tape: Tape,
        station: Station,
        zone: tuple[float, float, float, float],
        mend: Callable[[], object],
    ) -> None:
        """Bring the parts together.

        Args:
            store: patients and what was measured of them.
            pending: bouts that wait, the same list that the desk has.
            tape: writes poses and pictures.
            station: the running station.
            zone: the treadmill's place in the picture.
            mend: makes recordings of journals that nobody writes any more (kiosk/tape/recover.py).
        """
        self._store, self._pending, self._tape = store, pending, tape
        self._storing = Storing(store, self._pending, zone, station.camera, mend)
        self._send, self._views, self._hear = station.send, station.views, station.hear
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
        if view.state is State.SETUP:
            raise Refused(SET_UP)
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
                    self._tell(self._storing.try_left(), before)
                continue
            if order is None:
                self._now = self._storing.try_left()
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
            return self._storing.keep(order, taped.recording, taped.video, self._heard(order))
        if taped.poses:  # they are in the journal
            return BoutNow(order, BoutState.FAILED, problem=LATER.filled(why=taped.problem))
        self._storing.done(order)
        return BoutNow(order, BoutState.FAILED, problem=LOST.filled(why=taped.problem or Phrase("no picture came.")))

    def _heard(self, order: BoutOrder) -> Levels | None:
        since_s = self._since_s if order.name == self._begun else None
        return self._hear(since_s) if self._hear is not None and since_s is not None else None

    def _tell(self, last: BoutNow | None, before: BoutNow | None) -> None:
        """Show how a bout ended, unless another one was ordered meanwhile."""
        if last is not None and self._now is before:
            self._now = last
