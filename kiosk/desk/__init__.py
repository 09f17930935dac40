"""The clinic's side of the kiosk: what its pages and the API ask for (kiosk/web/desk.py), brought together from store, tape and report.

What must not go in: pages, SQL, the bout while it runs (bouts.py), what a file says (kiosk/report).
"""

import errno
import logging
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from kiosk.clinic import (
    Assessment,
    AssessmentChange,
    Belt,
    BoutNow,
    BoutOrder,
    Consent,
    CopyNow,
    Kind,
    Paper,
    Patient,
    PatientForm,
    Refused,
    Removed,
    Stick,
    Token,
)
from kiosk.config import Config, recordings_folder
from kiosk.desk.pending import Pending
from kiosk.desk.station import Station
from kiosk.gait.retest import change_since_baseline
from kiosk.report.bundle import bundle, check_password
from kiosk.store import ClinicStore, SessionStore, UnfinishedError, session, sessions, sweep
from kiosk.stored import StoredSession
from kiosk.tape.hold import FolderTakenError, Hold
from kiosk.threads import Turn
from kiosk.treadmill import BeltNow
from kiosk.usb import Copying, sticks
from kiosk.words import NOTHING, Language, Phrase

if TYPE_CHECKING:
    from kiosk.desk.bouts import BoutDesk
    from kiosk.desk.files import AssessmentFiles

NO_FOLDER = Phrase("No bouts of the clinic can be recorded ({why}). Mend this, then start the kiosk again.")
TAKEN = Phrase("another recorder writes to {folder}")
NO_STATION = Phrase("This device takes no bouts: it is a recorder.")
GONE = Phrase("There is no such patient: it may have been deleted.")
NO_ASSESSMENT = Phrase("There is no such assessment: it may have been deleted.")
LOG = logging.getLogger(__name__)


def open_desk(
    config: Config,
    store: SessionStore,
    belt: BeltNow,
    station: Station | None = None,
    recorder: Callable[[], Mapping[str, object]] | None = None,
) -> "KioskDesk":
    """The desk over an open store.

    Args:
        config: all settings.
        store: of this process.
        belt: what is known of the belt.
        station: takes bouts where the clinic is switched on; None at a recorder.
        recorder: tells how the recorder is; None at a station.
    """
    recordings = recordings_folder(config)
    desk = KioskDesk(ClinicStore(store, recordings), belt, config, recorder)
    if station is not None and config.clinic.enabled:
        try:
            desk.take_bouts(station)
        except OSError as error:  # the gym's runs need no recordings: the station starts and says so
            taken = TAKEN.filled(folder=recordings)
            desk.problem = NO_FOLDER.filled(why=taken if isinstance(error, FolderTakenError) else f"{recordings}: {error.strerror}")
            LOG.error("%s", desk.problem)
    return desk


class KioskDesk:
    """The real desk. Every method may be called from any thread of the web server."""

    def __init__(
        self,
        store: ClinicStore,
        belt: BeltNow,
        config: Config,
        recorder: Callable[[], Mapping[str, object]] | None = None,
    ) -> None:
        """Bring the parts together.

        Args:
            store: patients and what was measured of them.
            belt: what is known of the belt.
            config: all settings.
            recorder: tells how the recorder is; None at a station.
        """
        self._store, self._belt, self._config, self._recorder = store, belt, config, recorder
        self._bouts: BoutDesk | None = None
        self._copying: Copying | None = None
        self._copy_begins = False
        self._turn = Turn()
        """Two clicks at once begin one copy; making the file takes seconds."""
        self._hold: Hold | None = None
        self._pending = Pending(store)
        self.problem: Phrase = NOTHING
        """Why the clinic's bouts cannot be recorded at this station; NOTHING when they can."""

    def take_bouts(self, station: Station) -> None:
        """Take the folder for recordings, mend what a crash left there, and be ready for bouts.

        Raises:
            FolderTakenError: another process records there.
            OSError: the folder cannot be written.
        """
        from kiosk.desk.bouts import BoutDesk  # these measure and film, a tenth of a start: only where the clinic is switched on
        from kiosk.recorder.segments import open_tape, save_recording
        from kiosk.tape.recover import recover

        recordings = self._store.recordings
        recordings.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(recordings, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "it cannot be written by this user", str(recordings))
        self._hold = Hold(recordings)
        mend = partial(recover, recordings, save_recording, LOG.info)
        mend()
        tape = open_tape(recordings, self._config.treadmill, station.made_by, on_crash=station.on_crash)
        self._bouts = BoutDesk(self._store, self._pending, tape, station, self._config.treadmill.zone, mend)

    @property
    def bouts(self) -> "BoutDesk | None":
        """Takes the bouts at the station; None where the clinic is switched off."""
        return self._bouts

    def start(self) -> None:
        """Begin to take bouts."""
        if self._bouts is not None:
            self._bouts.start_work()

    def sweep(self, today: date) -> Removed:
        """Delete what is too old. A bout that waits to be measured is not; one that was given up is kept as long as others, and goes with
        its patient."""
        waiting = frozenset(order.name for order in self._pending.to_measure())
        given_up = frozenset(order.name for order in self._pending.orders()) - waiting
        keep_days = self._config.recorder.keep_days
        removed = sweep(self._store.store, today, self._config.store, self._store.recordings, keep_days, waiting, given_up)
        return replace(removed, files=removed.files + self._without_patients())

    def _without_patients(self) -> int:
        """Forget bouts that are not stored and whose patients are gone, with their files; how many files that were."""
        gone = {order.assessment_id for order in self._pending.orders() if self._store.assessment(order.assessment_id) is None}
        count = self._store.erase_files(self._pending.names_of(gone))
        self._pending.forget(gone)
        return count

    # patients and assessments ------------------------------------------------------------------------------------
    def patients(self) -> tuple[Patient, ...]:
        """All of them."""
        return self._store.patients()

    def patient(self, patient_id: int) -> Patient | None:
        """One of them."""
        return self._store.patient(patient_id)

    def add_patient(self, form: PatientForm) -> Patient:
        """A new one."""
        return self._store.add_patient(form)

    def change_patient(self, patient_id: int, form: PatientForm) -> Patient:
        """What is typed about one."""
        return self._store.change_patient(patient_id, form)

    def delete_patient(self, patient_id: int) -> Removed:
        """All that is known of one, also of bouts that are not stored yet; not while one is measured."""
        mine = {one.id for one in self._store.assessments(patient_id)}
        names = self._bouts.names_of(mine) if self._bouts is not None else self._pending.names_of(mine)
        try:
            removed = self._store.delete_patient(patient_id, also=names)
        except UnfinishedError:
            self._forget(mine)
            raise
        self._forget(mine)
        return removed

    def _forget(self, assessments: Collection[int]) -> None:
        if self._bouts is not None:
            self._bouts.forget(assessments)
        self._pending.forget(assessments)

    def assessments(self, patient_id: int) -> tuple[Assessment, ...]:
        """Of one patient."""
        return self._store.assessments(patient_id)

    def assessment(self, assessment_id: int) -> Assessment | None:
        """One of them."""
        return self._store.assessment(assessment_id)

    def begin_assessment(self, patient_id: int, kind: Kind, consent: Consent) -> Assessment:
        """A new one, after the patient agreed."""
        return self._store.begin_assessment(patient_id, kind, consent, datetime.now(UTC).isoformat(timespec="seconds"))

    def change(self, assessment_id: int) -> AssessmentChange | None:
        """Against the newest earlier baseline of the patient that can be compared, else the newest one; None when there is none."""
        after = self._known(assessment_id)
        return change_since_baseline(self._earlier(after), after)

    # bouts -------------------------------------------------------------------------------------------------------
    def start_bout(self, order: BoutOrder) -> None:
        """Send the order to the station."""
        if self._bouts is None:
            raise Refused(self.problem or NO_STATION)
        self._bouts.order(order)

    def stop_bout(self) -> None:
        """Break the bout off."""
        if self._bouts is not None:
            self._bouts.stop()

    def bout_now(self) -> BoutNow | None:
        """Where the bout stands."""
        return self._bouts.now() if self._bouts is not None else None

    def belt(self) -> Belt:
        """Speed and incline now."""
        return self._belt.now()

    def set_belt(self, speed_kmh: float | None, incline_pct: float) -> None:
        """What somebody typed."""
        self._belt.set(speed_kmh, incline_pct)

    # reports and exports -----------------------------------------------------------------------------------------
    def report(self, assessment_id: int, form: str, paper: Paper, language: Language) -> bytes:
        """The report as "html" or "pdf"."""
        assessment = self._known(assessment_id)
        patient = self._store.patient(assessment.patient_id)
        earlier, clinic = self._earlier(assessment), self._config.clinic
        return self._files.report(patient, assessment, earlier, clinic.name, form, paper, language)

    def export_names(self, assessment_id: int) -> tuple[str, ...]:
        """Files that the assessment has."""
        return self._files.names(self._known(assessment_id))

    def export_file(self, assessment_id: int, name: str) -> bytes:
        """One of them, without the pseudonym."""
        return self._files.file(self._known(assessment_id), name)

    def bundle(self, patient_id: int, password: str) -> bytes:
        """Everything about a patient as one AES zip."""
        patient = self._store.patient(patient_id)
        if patient is None:
            raise Refused(GONE)
        check_password(password)
        files = self._files.everything(patient, self._store.assessments(patient_id), self._config.clinic)
        return bundle(files, password)

    def sticks(self) -> tuple[Stick, ...]:
        """USB sticks that can take an export."""
        return sticks(self._config.clinic.stick_folders)

    def copy_to_stick(self, patient_id: int, password: str, stick: Stick) -> None:
        """Begin to copy everything about a patient; the file's name says the day, not whose it is."""
        if stick.folder not in [one.folder for one in self.sticks()]:
            raise Refused(Phrase("The stick is not there any more: put it in again."))
        with self._turn:
            if self._copy_begins or (self._copying is not None and self._copying.running):
                raise Refused(Phrase("Another export is on its way to a stick: wait until it is done."))
            self._copy_begins = True
        try:
            data = self.bundle(patient_id, password)
            name = f"treadside-{datetime.now(UTC).strftime('%Y%m%d-%H%M%S')}.zip"
            self._copying = Copying(data, name, stick, self._config.clinic.eject_command)
        finally:
            self._copy_begins = False

    def copy_now(self) -> CopyNow | None:
        """How far the copy is."""
        return self._copying.now() if self._copying is not None else None

    # runs of the gym ---------------------------------------------------------------------------------------------
    def sessions(self, limit: int, before_id: int | None = None) -> tuple[StoredSession, ...]:
        """The newest runs, older than `before_id`."""
        return sessions(self._store.store.path.parent, limit, before_id)

    def session(self, session_id: int) -> StoredSession | None:
        """One run."""
        return session(self._store.store.path.parent, session_id)

    def delete_session(self, session_id: int) -> Removed:
        """A run with all that belongs to it."""
        return self._store.delete_session(session_id)

    def sweep_log(self) -> tuple[tuple[str, Removed], ...]:
        """What the daily sweeps removed."""
        return self._store.sweep_log()

    # recorder ----------------------------------------------------------------------------------------------------
    def recorder(self) -> Mapping[str, object] | None:
        """How the recorder is."""
        return self._recorder() if self._recorder is not None else None

    # keys --------------------------------------------------------------------------------------------------------
    def secret(self, name: str) -> str | None:
        """A value that pages keep."""
        return self._store.secret(name)

    def keep_secret(self, name: str, value: str) -> None:
        """Keep it."""
        self._store.keep_secret(name, value)

    def tokens(self) -> tuple[Token, ...]:
        """Keys for scripts."""
        return self._store.tokens()

    def add_token(self, name: str, scopes: tuple[str, ...]) -> str:
        """A new key, to be shown once."""
        return self._store.add_token(name, scopes)

    def revoke_token(self, token_id: int) -> None:
        """It opens nothing any more."""
        self._store.revoke_token(token_id)

    def scopes_of(self, key: str) -> tuple[str, ...] | None:
        """What a key may do."""
        return self._store.scopes_of(key)

    def close(self) -> None:
        """Finish the bout that is being measured, stop a copy that is on its way."""
        if self._bouts is not None:
            self._bouts.stop_work()
        if self._copying is not None:
            self._copying.stop()
        if self._hold is not None:
            self._hold.release()

    @cached_property
    def _files(self) -> "AssessmentFiles":
        from kiosk.desk.files import AssessmentFiles  # reports: no start needs them

        return AssessmentFiles(self._store.recordings)

    def _known(self, assessment_id: int) -> Assessment:
        found = self._store.assessment(assessment_id)
        if found is None:
            raise Refused(NO_ASSESSMENT)
        return found

    def _earlier(self, assessment: Assessment) -> tuple[Assessment, ...]:
        """Of the same patient, oldest first."""
        same = self._store.assessments(assessment.patient_id)
        return tuple(sorted((a for a in same if a.id < assessment.id), key=lambda a: a.id))
