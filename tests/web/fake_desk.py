"""A desk in memory that passes for the real one: patients, bouts by the clock it is given, keys, secrets."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace

from kiosk.clinic import (
    Assessment,
    AssessmentChange,
    Belt,
    BoutNow,
    BoutOrder,
    BoutQuality,
    BoutResult,
    BoutState,
    Consent,
    CopyNow,
    Kind,
    MetricChange,
    Outcome,
    Paper,
    Patient,
    PatientForm,
    Refused,
    Removed,
    Stick,
    StoredBout,
    Token,
)
from kiosk.domain import View
from kiosk.gait import retest
from kiosk.gait.retest import LOW_QUALITY
from kiosk.report.bundle import check_password
from kiosk.store.forms import check_form
from kiosk.stored import StoredSession
from kiosk.threads import monotonic_s
from kiosk.words import NOTHING, Language, Phrase

DAY = "2026-11-21"
STARTED = "2026-11-21T10:00:00+00:00"
NO_HEIGHT = Phrase("Not known without the runner's height.")
OTHER_SPEED = retest.OTHER_SPEED.filled(view=Phrase("front"), before=9.5, after=11.0)
RUN = StoredSession(7, "2026-11-21T10:00:00+00:00", "done", "left", 10.0, "model", "camera", 300.0, 400, "", {}, {}, ())


class FakeDesk:
    """See kiosk/web/desk.py. A bout counts down for `wait_s`, runs for `run_s` and is measured for `measure_s`."""

    problem: Phrase = NOTHING

    def __init__(self, clock: Callable[[], float] = monotonic_s, wait_s: float = 0.3, run_s: float = 0.6, measure_s: float = 0.3) -> None:
        self._clock, self._times = clock, (wait_s, run_s, measure_s)
        self.people: dict[int, Patient] = {}
        self.visits: dict[int, Assessment] = {}
        self.runs: dict[int, StoredSession] = {RUN.id: RUN}
        self.secrets: dict[str, str] = {}
        self.made: dict[str, Token] = {}
        self.order: BoutOrder | None = None
        self.began_s = 0.0
        self.ended: BoutNow | None = None
        self.quality = BoutQuality(True)
        self.typed = Belt()
        self.plugged: tuple[Stick, ...] = ()
        self.copied: CopyNow | None = None

    def patients(self) -> tuple[Patient, ...]:
        return tuple(self.people.values())

    def patient(self, patient_id: int) -> Patient | None:
        return self.people.get(patient_id)

    def add_patient(self, form: PatientForm) -> Patient:
        check_form(form)
        self._free(form.code, 0)
        patient = Patient(max(self.people, default=0) + 1, form, DAY)
        self.people[patient.id] = patient
        return patient

    def change_patient(self, patient_id: int, form: PatientForm) -> Patient:
        check_form(form)
        self._free(form.code, patient_id)
        self.people[patient_id] = replace(self.people[patient_id], form=form)
        return self.people[patient_id]

    def _free(self, code: str, patient_id: int) -> None:
        if any(other.form.code == code and other.id != patient_id for other in self.people.values()):
            raise Refused(Phrase("There is a patient with this code already."))

    def delete_patient(self, patient_id: int) -> Removed:
        gone = [each for each in self.visits.values() if each.patient_id == patient_id]
        self.visits = {key: each for key, each in self.visits.items() if each.patient_id != patient_id}
        bouts = sum(len(each.bouts) for each in gone)
        return Removed(patients=int(self.people.pop(patient_id, None) is not None), bouts=bouts, files=bouts)

    def assessments(self, patient_id: int) -> tuple[Assessment, ...]:
        self.bout_now()
        return tuple(each for each in self.visits.values() if each.patient_id == patient_id)

    def assessment(self, assessment_id: int) -> Assessment | None:
        self.bout_now()
        return self.visits.get(assessment_id)

    def begin_assessment(self, patient_id: int, kind: Kind, consent: Consent) -> Assessment:
        visit = Assessment(max(self.visits, default=0) + 1, patient_id, kind, consent.given_utc, consent)
        self.visits[visit.id] = visit
        return visit

    def change(self, assessment_id: int) -> AssessmentChange | None:
        visit = self.visits[assessment_id]
        if visit.kind is not Kind.RETEST:
            return None
        lean = MetricChange("trunk_lean_deg", View.LEFT, 4.04, 8.16, 4.12, 1.2, 2.0, "", Outcome.CHANGED)
        pace = MetricChange("cadence_spm", View.LEFT, 170.0, 171.0, 1.0, 2.5, 3.0, "", Outcome.NOT_DISTINGUISHABLE)
        bounce = MetricChange("bounce_ratio", View.LEFT, 0.0712, None, None, None, 0.01, "", Outcome.CANNOT_TELL, LOW_QUALITY)
        lost = MetricChange("bounce_cm", View.LEFT, None, None, None, None, None, "", Outcome.CANNOT_TELL, NO_HEIGHT)
        drop = MetricChange("pelvic_drop_deg", View.FRONT, 3.0, -4.2, -7.2, None, None, "", Outcome.CANNOT_TELL, OTHER_SPEED)
        width = MetricChange("step_width_ratio", View.FRONT, 0.1, 0.2, 0.1, None, None, "", Outcome.CANNOT_TELL, OTHER_SPEED)
        return AssessmentChange(1, assessment_id, (lean, pace, bounce, lost, drop, width), (OTHER_SPEED,))

    def start_bout(self, order: BoutOrder) -> None:
        now = self.bout_now()
        if now is not None and now.state not in (BoutState.DONE, BoutState.FAILED):
            raise Refused(Phrase("A bout is running already."))
        self.order, self.began_s, self.ended = order, self._clock(), None

    def stop_bout(self) -> None:
        if self.order is not None and self.ended is None:
            self.ended = BoutNow(self.order, BoutState.FAILED)

    def bout_now(self) -> BoutNow | None:
        if self.order is None or self.ended is not None:
            return self.ended
        since_s, (wait_s, run_s, measure_s) = self._clock() - self.began_s, self._times
        if since_s < wait_s:
            return BoutNow(self.order, BoutState.WAITING)
        if since_s < wait_s + run_s:
            return BoutNow(self.order, BoutState.RUNNING, left_s=42)
        if since_s < wait_s + run_s + measure_s:
            return BoutNow(self.order, BoutState.MEASURING)
        self.ended = BoutNow(self.order, BoutState.DONE, bout_id=self._stored(self.order))
        return self.ended

    def _stored(self, order: BoutOrder) -> int:
        visit = self.visits[order.assessment_id]
        result = BoutResult(order.view, order.seconds, 80, {}, {}, None, self.quality, "model")
        bout = StoredBout(sum(len(each.bouts) for each in self.visits.values()) + 1, visit.id, STARTED, order, result)
        self.visits[visit.id] = replace(visit, bouts=(*visit.bouts, bout))
        return bout.id

    def belt(self) -> Belt:
        return self.typed

    def set_belt(self, speed_kmh: float | None, incline_pct: float) -> None:
        self.typed = Belt(speed_kmh, incline_pct, "page")

    def report(self, assessment_id: int, form: str, paper: Paper, language: Language) -> bytes:
        text = f"<!doctype html><html lang={language}><title>Report</title><h1>Report {assessment_id}</h1>{paper}"
        return b"%PDF-1.7" if form == "pdf" else text.encode()

    def export_names(self, assessment_id: int) -> tuple[str, ...]:
        return ("side.csv", "side.trc") if self.visits[assessment_id].bouts else ()

    def export_file(self, assessment_id: int, name: str) -> bytes:
        return name.encode()

    def bundle(self, patient_id: int, password: str) -> bytes:
        check_password(password)
        return b"PK"

    def sticks(self) -> tuple[Stick, ...]:
        return self.plugged

    def copy_to_stick(self, patient_id: int, password: str, stick: Stick) -> None:
        check_password(password)
        self.copied = CopyNow(stick.name, 10, 100)

    def copy_now(self) -> CopyNow | None:
        return self.copied

    def sessions(self, limit: int, before_id: int | None = None) -> tuple[StoredSession, ...]:
        return tuple(self.runs.values())[:limit]

    def session(self, session_id: int) -> StoredSession | None:
        return self.runs.get(session_id)

    def delete_session(self, session_id: int) -> Removed:
        return Removed(sessions=int(self.runs.pop(session_id, None) is not None))

    def sweep_log(self) -> tuple[tuple[str, Removed], ...]:
        return ((DAY, Removed(sessions=2, files=1)),)

    def recorder(self) -> Mapping[str, object] | None:
        return None

    def secret(self, name: str) -> str | None:
        return self.secrets.get(name)

    def keep_secret(self, name: str, value: str) -> None:
        self.secrets[name] = value

    def tokens(self) -> tuple[Token, ...]:
        return tuple(self.made.values())

    def add_token(self, name: str, scopes: tuple[str, ...]) -> str:
        key = secrets.token_urlsafe(24)
        self.made[key] = Token(len(self.made) + 1, name, scopes, DAY)
        return key

    def revoke_token(self, token_id: int) -> None:
        self.made = {key: token for key, token in self.made.items() if token.id != token_id}

    def scopes_of(self, key: str) -> tuple[str, ...] | None:
        token = self.made.get(key)
        return token.scopes if token else None
