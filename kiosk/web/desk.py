"""What the clinic's pages and the API ask for, as they see it. The app brings the real desk (kiosk/desk/).

Every method may be called from any thread of the web server and returns within seconds. What must not go in: anything that works.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

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
    Removed,
    Stick,
    Token,
)
from kiosk.stored import StoredSession
from kiosk.words import Language, Phrase


class Desk(Protocol):
    """The clinic's side of the kiosk. Methods raise `Refused` with a sentence for what a person got wrong, and `OSError` for the disk."""

    # patients and assessments ------------------------------------------------------------------------------------
    def patients(self) -> tuple[Patient, ...]: ...  # noqa: D102
    def patient(self, patient_id: int) -> Patient | None: ...  # noqa: D102
    def add_patient(self, form: PatientForm) -> Patient: ...  # noqa: D102
    def change_patient(self, patient_id: int, form: PatientForm) -> Patient: ...  # noqa: D102
    def delete_patient(self, patient_id: int) -> Removed: ...  # noqa: D102
    def assessments(self, patient_id: int) -> tuple[Assessment, ...]: ...  # noqa: D102
    def assessment(self, assessment_id: int) -> Assessment | None: ...  # noqa: D102
    def begin_assessment(self, patient_id: int, kind: Kind, consent: Consent) -> Assessment: ...  # noqa: D102
    def change(self, assessment_id: int) -> AssessmentChange | None:
        """Against the patient's newest earlier baseline; None when there is none."""

    # bouts -------------------------------------------------------------------------------------------------------
    @property
    def problem(self) -> Phrase:
        """Why no bout can be recorded at this station; no words when they can."""

    def start_bout(self, order: BoutOrder) -> None: ...  # noqa: D102
    def stop_bout(self) -> None: ...  # noqa: D102
    def bout_now(self) -> BoutNow | None: ...  # noqa: D102
    def belt(self) -> Belt: ...  # noqa: D102
    def set_belt(self, speed_kmh: float | None, incline_pct: float) -> None: ...  # noqa: D102

    # reports and exports -----------------------------------------------------------------------------------------
    def report(self, assessment_id: int, form: str, paper: Paper, language: Language) -> bytes:
        """The report; `form` is "html" or "pdf"."""

    def export_names(self, assessment_id: int) -> tuple[str, ...]:
        """Names of the files that an export of this assessment has."""

    def export_file(self, assessment_id: int, name: str) -> bytes: ...  # noqa: D102
    def bundle(self, patient_id: int, password: str) -> bytes:
        """Everything about a patient as one AES zip."""

    def sticks(self) -> tuple[Stick, ...]: ...  # noqa: D102
    def copy_to_stick(self, patient_id: int, password: str, stick: Stick) -> None:
        """Begin; `copy_now` tells how far it is."""

    def copy_now(self) -> CopyNow | None: ...  # noqa: D102

    # runs of the gym ---------------------------------------------------------------------------------------------
    def sessions(self, limit: int, before_id: int | None = None) -> tuple[StoredSession, ...]:
        """The newest sessions, newest first; with `before_id` only those with a smaller number."""

    def session(self, session_id: int) -> StoredSession | None: ...  # noqa: D102
    def delete_session(self, session_id: int) -> Removed: ...  # noqa: D102
    def sweep_log(self) -> tuple[tuple[str, Removed], ...]:
        """(day, what was removed) of the daily sweeps, newest first."""

    # recorder ----------------------------------------------------------------------------------------------------
    def recorder(self) -> Mapping[str, object] | None:
        """State of the headless recorder when this process is one; None at a station."""

    # keys --------------------------------------------------------------------------------------------------------
    def secret(self, name: str) -> str | None:
        """A value that pages keep: hashes of PINs, failed tries. Never in an export."""

    def keep_secret(self, name: str, value: str) -> None: ...  # noqa: D102
    def tokens(self) -> tuple[Token, ...]: ...  # noqa: D102
    def add_token(self, name: str, scopes: tuple[str, ...]) -> str:
        """The key itself, to be shown once."""

    def revoke_token(self, token_id: int) -> None: ...  # noqa: D102
    def scopes_of(self, key: str) -> tuple[str, ...] | None:
        """What a key may do; None when there is no such key."""


Clock = Callable[[], float]
"""Monotonic seconds."""
