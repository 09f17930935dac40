"""The clinic's part of the store: patients without names, their assessments and bouts, keys, and what was deleted.

Every change waits for the disk (`SessionStore.perform`), every reading uses a connection that cannot write. What must not go in: measuring.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from kiosk.clinic import Assessment, BoutOrder, BoutResult, Consent, Kind, Patient, PatientForm, Refused, Removed, StoredBout, Token
from kiosk.store import erase, keys, rows
from kiosk.store.bout_nouns import order_text, result_text
from kiosk.store.database import DAMAGED, StoreError, key, read_only, reason
from kiosk.store.files import check_name
from kiosk.store.forms import TAKEN, check_form
from kiosk.store.writing import SessionStore
from kiosk.words import Phrase

T = TypeVar("T")
LOG = logging.getLogger(__name__)

NO_ASSESSMENT = Phrase("There is no assessment number {number}. Its patient may have been deleted.")
NO_VIDEO = Phrase("The video of this bout cannot be kept: the patient did not agree to video in assessment {number}.")
NO_TEXT = Phrase("The consent has no text: show the text and let the patient agree to it first.")
NO_SESSION = Phrase("There is no session number {number}. It may have been deleted already.")
RUNNING = Phrase("Session {number} is still running: stop it first, then delete it.")
NO_RUNNER = Phrase("Nobody has the take-away code {code}. Check the letters and digits; codes that are not used for long are deleted.")
COPIES_LEFT = Phrase(
    "This is deleted, but a copy of the database that still has it cannot be deleted yet. "
    "This is finished by itself at the next start or in the daily sweep; nothing else is to be done."
)
UNREADABLE = Phrase("The clinic's data cannot be read ({error}). The file may be damaged: keep a copy of it and ask for help.")


class ClinicStore:
    """Patients and what was measured of them. Methods raise `Refused` with a sentence for people's mistakes, `StoreError` for the disk."""

    def __init__(self, store: SessionStore, recordings: Path) -> None:
        """Open the clinic's part; deletions that were interrupted are finished first.

        Args:
            store: the open store of this process.
            recordings: folder of the bouts' recordings and videos; need not exist yet.
        """
        self.store = store
        self.recordings = recordings
        try:
            erase.finish(store, recordings)
        except StoreError as error:  # told, not raised: the station must start; the sweep tries again
            LOG.warning("an earlier deletion is not finished yet: %s", error)

    # patients ----------------------------------------------------------------------------------------------------
    def patients(self) -> tuple[Patient, ...]:
        """All, in the order of their pseudonyms."""
        return self._read(lambda db: tuple(map(rows.patient, db.execute(f"{rows.PATIENT} ORDER BY code"))))

    def patient(self, patient_id: int) -> Patient | None:
        """One patient; None when there is none of this number."""
        return self._read(lambda db: rows.one_patient(db, patient_id))

    def add_patient(self, form: PatientForm) -> Patient:
        """Keep a new patient.

        Raises:
            Refused: a value breaks a rule, or the pseudonym is taken.
        """
        check_form(form)
        columns = "code, height_cm, speed_kmh, incline_pct, notes, since_day, key"
        add_row = f"INSERT INTO patient ({columns}) VALUES (?,?,?,?,?,?,lower(hex(randomblob(16))))"

        def add(database: sqlite3.Connection) -> Patient:
            _check_free(database, form.code, None)
            day = _now()[:10]
            number = database.execute(add_row, (*_row(form), day)).lastrowid
            return Patient(int(number or 0), form, day)

        return self.store.perform(add)

    def change_patient(self, patient_id: int, form: PatientForm) -> Patient:
        """Keep other values of a patient.

        Raises:
            Refused: a value breaks a rule, the pseudonym is taken, or there is no such patient.
        """
        check_form(form)
        sql = "UPDATE patient SET code = ?, height_cm = ?, speed_kmh = ?, incline_pct = ?, notes = ? WHERE id = ?"

        def change(database: sqlite3.Connection) -> Patient:
            before = rows.one_patient(database, patient_id)
            if before is None:
                raise Refused(erase.NO_PATIENT.filled(number=patient_id))
            _check_free(database, form.code, patient_id)
            database.execute(sql, (*_row(form), key(patient_id)))
            return Patient(patient_id, form, before.since_day)

        return self.store.perform(change)

    def delete_patient(self, patient_id: int, also: Sequence[str] = ()) -> Removed:
        """Everything about a patient, to the last byte (erase.py).

        Args:
            patient_id: of the patient.
            also: names of files that are the patient's though no bout names them: what is being measured, or waits for it.

        Raises:
            Refused: there is no such patient.
            UnfinishedError: deleted, but the last step waits for a reader or the disk; the sweep or the next start does it.
            ValueError: a name has folders in it.
        """
        return erase.delete_patient(self.store, self.recordings, patient_id, also)

    # assessments and bouts ---------------------------------------------------------------------------------------
    def assessments(self, patient_id: int) -> tuple[Assessment, ...]:
        """Of one patient, oldest first, with their bouts."""
        where = "WHERE patient = ? ORDER BY id"
        return self._read(
            lambda db: tuple(rows.assessment(db, row) for row in db.execute(f"{rows.ASSESSMENT} {where}", (key(patient_id),)).fetchall())
        )

    def assessment(self, assessment_id: int) -> Assessment | None:
        """One assessment with its bouts; None when there is none of this number."""
        return self._read(lambda db: rows.one_assessment(db, assessment_id))

    def patient_of(self, assessment_id: int) -> int | None:
        """Number of the patient of an assessment; None when there is none of this number."""
        found = self.assessment(assessment_id)
        return found.patient_id if found is not None else None

    def begin_assessment(self, patient_id: int, kind: Kind, consent: Consent, started_utc: str) -> Assessment:
        """Begin a visit with what the patient agreed to, word by word.

        Raises:
            Refused: there is no such patient, or the consent has no text.
        """
        if not consent.text.strip():
            raise Refused(NO_TEXT)
        columns = "patient, kind, started_utc, consent_text, consent_language, consent_video, consent_utc"
        row = (patient_id, kind, started_utc, consent.text, consent.language, consent.video, consent.given_utc)

        def begin(database: sqlite3.Connection) -> Assessment:
            if rows.one_patient(database, patient_id) is None:
                raise Refused(erase.NO_PATIENT.filled(number=patient_id))
            number = database.execute(f"INSERT INTO assessment ({columns}) VALUES (?,?,?,?,?,?,?)", row).lastrowid
            return Assessment(int(number or 0), patient_id, kind, started_utc, consent)

        return self.store.perform(begin)

    def add_bout(self, order: BoutOrder, started_utc: str, result: BoutResult, recording: str = "", video: str = "") -> StoredBout:
        """Keep what was measured; `recording` and `video` are names of files in the folder for recordings.

        Raises:
            Refused: there is no such assessment, or its consent does not allow the video: the caller must delete the file then.
            ValueError: a name has folders in it.
        """
        check_name(recording)
        check_name(video)
        row = (order.assessment_id, started_utc, order_text(order), result_text(result), recording, video)
        columns = "assessment, started_utc, ordered, result, recording, video"

        def add(database: sqlite3.Connection) -> StoredBout:
            allowed = database.execute("SELECT consent_video FROM assessment WHERE id = ?", (key(order.assessment_id),)).fetchone()
            if allowed is None:
                raise Refused(NO_ASSESSMENT.filled(number=order.assessment_id))
            if video and not allowed[0]:
                raise Refused(NO_VIDEO.filled(number=order.assessment_id))
            number = database.execute(f"INSERT INTO bout ({columns}) VALUES (?,?,?,?,?,?)", row).lastrowid
            return StoredBout(int(number or 0), order.assessment_id, started_utc, order, result, recording, video)

        return self.store.perform(add)

    def erase_files(self, names: Sequence[str]) -> int:
        """Files in the folder of recordings, with what lies beside them; how many there were. What is in the way goes with a later sweep.

        Raises:
            UnfinishedError: they are marked and not gone yet.
            ValueError: a name has folders in it.
        """
        for name in names:
            check_name(name)
        if not names:
            return 0
        self.store.perform(lambda db: erase.mark(db, names))
        return erase.finish(self.store, self.recordings)

    # runs of the gym ---------------------------------------------------------------------------------------------
    def delete_session(self, session_id: int) -> Removed:
        """One run with all its values and answers.

        Raises:
            Refused: there is no such session, or it is still running.
            UnfinishedError: deleted, but copies of the database cannot be deleted yet; the sweep or the next start does it.
        """

        def delete(database: sqlite3.Connection) -> None:
            row = database.execute("SELECT state, uuid FROM session WHERE id = ?", (key(session_id),)).fetchone()
            if row is None:
                raise Refused(NO_SESSION.filled(number=session_id))
            if row[0] == "running":
                raise Refused(RUNNING.filled(number=session_id))
            database.execute("DELETE FROM session WHERE id = ?", (key(session_id),))
            erase.mark(database, (), vacuum=False, keys=[row[1]])

        self.store.perform(delete)
        self._forget_copies()
        return Removed(sessions=1)

    def forget_runner(self, code: str) -> Removed:
        """What a runner with this take-away code comes back to.

        Raises:
            Refused: nobody has it.
            UnfinishedError: as for `delete_session`.
        """
        if not self.store.forget_runner(code, lambda db: erase.mark(db, (), vacuum=False)):
            raise Refused(NO_RUNNER.filled(code=code[:20]))
        self._forget_copies()
        return Removed(codes=1)

    def _forget_copies(self) -> None:
        try:
            erase.finish(self.store, self.recordings)
        except erase.UnfinishedError as error:
            raise erase.UnfinishedError(COPIES_LEFT) from error

    def sweep_log(self) -> tuple[tuple[str, Removed], ...]:
        """(day, what was removed) of the daily sweeps, newest first."""
        sql = "SELECT day, patients, sessions, bouts, files, codes FROM sweep ORDER BY day DESC"
        return self._read(lambda db: tuple((day, Removed(*counts)) for day, *counts in db.execute(sql)))

    # keys --------------------------------------------------------------------------------------------------------
    def secret(self, name: str) -> str | None:
        """A value that pages keep; None when there is none."""
        return self._read(lambda db: keys.secret(db, name))

    def keep_secret(self, name: str, value: str) -> None:
        """Keep a value in place of the last one of this name; "" forgets it."""
        self.store.perform(lambda db: keys.keep_secret(db, name, value))

    def tokens(self) -> tuple[Token, ...]:
        """All keys by their names, oldest first; not the keys themselves."""
        return self._read(keys.tokens)

    def add_token(self, name: str, scopes: tuple[str, ...]) -> str:
        """Make a key; it is returned once and stored as a hash.

        Raises:
            Refused: the name or a scope cannot be used.
        """
        return self.store.perform(lambda db: keys.add_token(db, name, scopes, datetime.now(UTC).date()))

    def revoke_token(self, token_id: int) -> None:
        """Take a key back.

        Raises:
            Refused: there is no such key.
        """
        self.store.perform(lambda db: keys.revoke_token(db, token_id))

    def scopes_of(self, key: str) -> tuple[str, ...] | None:
        """What a key may do; None when there is no such key."""
        return self._read(lambda db: keys.scopes_of(db, key))

    def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with closing(read_only(self.store.path)) as database:
                database.execute("BEGIN")  # all of one answer is of one moment
                return job(database)
        except DAMAGED as error:
            raise StoreError(UNREADABLE.filled(error=reason(error))) from None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _row(form: PatientForm) -> tuple[object, ...]:
    return form.code, form.height_cm, form.speed_kmh, form.incline_pct, form.notes


def _check_free(database: sqlite3.Connection, code: str, own_id: int | None) -> None:
    row = database.execute("SELECT id FROM patient WHERE code = ?", (code,)).fetchone()
    if row is not None and row[0] != own_id:
        raise Refused(TAKEN.filled(code=code))
