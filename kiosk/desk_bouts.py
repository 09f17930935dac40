"""Bouts from the clinic's order to the stored result: order -> station -> tape -> measured -> store.

The pipeline calls `begin`, `add` and `end`; none of them waits. Everything that takes time happens on one thread of its own. What must
not go in: the order of screens (session.py), measuring (bouts.py), SQL.
"""

import json
import logging
import queue
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kiosk.bouts import Levels, measure_bout
from kiosk.clinic import BoutNow, BoutOrder, BoutState, Refused
from kiosk.domain import Frame, Pose, View
from kiosk.pose.recording import RecordingError, load
from kiosk.screen import Command, LiveView, Press, State
from kiosk.store import BOUT_PREFIX, ClinicStore, StoreError
from kiosk.tape.tape import Tape
from kiosk.threads import Latest, Stop, Worker, monotonic_s
from kiosk.words import NOTHING, Phrase

LOG = logging.getLogger(__name__)
PENDING = "bout_pending"
"""Name under which the store keeps what was ordered until its result is there: after a crash the bout is measured from its poses."""
STAMP = "%Y%m%d-%H%M%S"
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
    on_crash: Callable[[str, Exception], None] | None = None


class BoutDesk:
    """At most one bout at a time."""

    def __init__(
        self,
        store: ClinicStore,
        tape: Tape,
        station: Station,
        zone: tuple[float, float, float, float],
    ) -> None:
        self._store, self._tape, self._zone = store, tape, zone
        self._send, self._views, self._hear = station.send, station.views, station.hear
        self._now: BoutNow | None = None
        self._ordered_s = 0.0
        self._counted = False
        """The station has taken the order."""
        self._name = ""
        self._since_s: float | None = None
        """Time of the first pose, for the sound beside it."""
        self._work: queue.Queue[str] = queue.Queue()
        self._worker = Worker("bouts", self._run, station.on_crash)

    def start_work(self) -> None:
        """Begin to take bouts; one that a crash left is measured first."""
        self._worker.start()
        self._work.put_nowait(PENDING)

    def stop_work(self) -> None:
        """Finish what is being measured."""
        self._worker.stop(30.0)
        self._tape.close()

    # the clinic's page -------------------------------------------------------------------------------------------
    def order(self, order: BoutOrder) -> None:
        """Send the order to the station.

        Raises:
            Refused: the assessment is not there, video is not allowed, or the station is in use.
        """
        self._check(order)
        name = f"{BOUT_PREFIX}{datetime.now(UTC).strftime(STAMP)}"
        self._store.keep_secret(PENDING, json.dumps({"name": name, "order": asdict(order)}))
        self._name, self._ordered_s, self._counted = name, monotonic_s(), False
        self._now = BoutNow(order, BoutState.WAITING, round(order.seconds))
        if not self._send(order):
            self._now = None
            raise Refused(BUSY)

    def stop(self) -> None:
        """Break the bout off."""
        if self._is_busy():
            self._send(Command.STOP)

    def forget(self) -> None:
        """Before a patient is deleted: what was ordered last is forgotten.

        Raises:
            Refused: a bout is being measured.
        """
        if self._is_busy():
            raise Refused(BUSY)
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
        self._since_s = None
        self._now = BoutNow(order, BoutState.RUNNING, round(order.seconds))
        self._tape.begin(self._name, order.view.value, order.video)

    def add(self, frame: Frame, pose: Pose) -> None:
        """Keep a pose, and the picture where video is allowed."""
        self._since_s = pose.t_s if self._since_s is None else self._since_s
        self._tape.add(frame, pose)

    def end(self, complete: bool) -> None:
        """The station has ended the bout; what was kept is measured beside the frames."""
        if self._now is not None:
            self._now = replace(self._now, state=BoutState.MEASURING, left_s=0)
        self._tape.finish()
        self._work.put_nowait(self._name)
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
        while not (stop.is_set and self._work.empty()):
            try:
                name = self._work.get(timeout=0.2)
            except queue.Empty:
                continue
            if name == PENDING:
                self._after_a_crash()
            else:
                self._finish(name)

    def _finish(self, name: str) -> None:
        """Wait for the recording, measure it, store it."""
        now = self._now
        if now is None:
            return
        self._tape.settle()
        taped = self._tape.take()
        while taped is not None and taped.name != name:
            taped = self._tape.take()
        if taped is None or taped.recording is None:
            why = (taped.problem if taped else self._tape.problem) or Phrase("no picture came.")
            self._now = replace(now, state=BoutState.FAILED, problem=LOST.filled(why=why))
            return
        self._now = self._kept(now, taped.recording, taped.video)

    def _kept(self, now: BoutNow, recording: Path, video: Path | None) -> BoutNow:
        try:
            bout_id, seconds = self._store_bout(now.order, recording, video)
        except (RecordingError, StoreError) as error:
            return replace(now, state=BoutState.FAILED, problem=LOST.filled(why=str(error)))
        except Refused as error:
            return replace(now, state=BoutState.FAILED, problem=error.sentence)
        if bout_id is None:
            return replace(now, state=BoutState.FAILED, problem=TOO_SHORT.filled(seconds=seconds))
        return replace(now, state=BoutState.DONE, bout_id=bout_id)

    def _store_bout(self, order: BoutOrder, recording: Path, video: Path | None) -> tuple[int | None, float]:
        """Measure and store; (None, seconds) when it was too short to keep."""
        since_s = self._since_s
        hear = self._hear if since_s is not None else None
        result = measure_bout(load(recording), order, self._zone, hear(since_s) if hear is not None and since_s is not None else None)
        if result.seconds < LEAST_S:
            recording.unlink(missing_ok=True)
            if video is not None:
                video.unlink(missing_ok=True)
            self._store.keep_secret(PENDING, "")
            return None, result.seconds
        stored = self._store.add_bout(order, _started(recording), result, recording.name, video.name if video is not None else "")
        self._store.keep_secret(PENDING, "")
        return stored.id, result.seconds

    def _after_a_crash(self) -> None:
        """Measure and store the bout that was running when the kiosk ended; the tape has recovered its poses."""
        text = self._store.secret(PENDING)
        if not text:
            return
        try:
            found = json.loads(text)
            order = BoutOrder(**{**found["order"], "view": View(found["order"]["view"])})
            recording = self._store.recordings / f"{found['name']}.npz"
        except (ValueError, KeyError, TypeError) as error:
            LOG.warning("what was ordered before the last end cannot be read: %s", error)
            return
        video = recording.with_suffix(".mp4")
        if recording.exists():
            kept = self._kept(BoutNow(order, BoutState.MEASURING), recording, video if video.exists() else None)
            self._now = kept
            LOG.info("a bout that was interrupted is %s", kept.state.value)
        if not recording.exists() or self._now is None or self._now.problem is NOTHING:
            self._store.keep_secret(PENDING, "")


def _started(recording: Path) -> str:
    """When the bout was ordered, ISO 8601, from the name of its recording; now for any other name."""
    try:
        started = datetime.strptime(recording.stem, f"{BOUT_PREFIX}{STAMP}").replace(tzinfo=UTC)
    except ValueError:
        started = datetime.now(UTC)
    return started.isoformat(timespec="seconds")
