"""Patients: the list, one patient, typing and changing one, deleting one completely."""

from flask import Blueprint, Response, request, url_for

from kiosk.clinic import HEIGHT_LIMITS_CM, INCLINE_LIMITS_PCT, SPEED_LIMITS_KMH, Patient, PatientForm, Refused
from kiosk.web.clinic_room import Answer, Room, go, needed, number, page, plain
from kiosk.web.clinic_words import WORDS
from kiosk.words import NOTHING, Phrase


def add(routes: Blueprint, room: Room) -> None:
    """All routes of this file."""
    views = Patients(room)
    routes.add_url_rule("/patients", view_func=views.patients)
    routes.add_url_rule("/patients/new", view_func=views.new_patient)
    routes.add_url_rule("/patients/new", view_func=views.add_patient, methods=["POST"])
    routes.add_url_rule("/patients/<int:patient_id>", view_func=views.patient)
    routes.add_url_rule("/patients/<int:patient_id>/facts", view_func=views.edit_patient)
    routes.add_url_rule("/patients/<int:patient_id>/facts", view_func=views.change_patient, methods=["POST"])
    routes.add_url_rule("/patients/<int:patient_id>/delete", view_func=views.ask_delete)
    routes.add_url_rule("/patients/<int:patient_id>/delete", view_func=views.delete_patient, methods=["POST"])


class Patients:
    """The views. Their names are the endpoints of clinic_rights.py."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def patients(self) -> Response:
        """All patients; the search is done on the page, so that no code is in an address."""
        return page("patients", patients=self._room.desk.patients())

    def new_patient(self) -> Response:
        """An empty form."""
        return _form(None, {"incline_pct": plain(PatientForm("").incline_pct)})

    def add_patient(self) -> Answer:
        """Keep what was typed; when it cannot be used, the form again with the reason."""
        try:
            patient = self._room.desk.add_patient(_typed())
        except Refused as error:
            return _form(None, request.form.to_dict(), error.sentence)
        return go("patient", patient_id=patient.id)

    def patient(self, patient_id: int) -> Response:
        """Facts, notes, assessments, export."""
        patient = self._room.patient(patient_id)
        assessments = sorted(self._room.desk.assessments(patient_id), key=lambda each: each.started_utc, reverse=True)
        return page("patient", patient=patient, assessments=assessments, sticks=self._room.desk.sticks())

    def edit_patient(self, patient_id: int) -> Response:
        """The form with what is known."""
        patient = self._room.patient(patient_id)
        return _form(patient, _as_typed(patient.form))

    def change_patient(self, patient_id: int) -> Answer:
        """Keep the changes."""
        patient = self._room.patient(patient_id)
        try:
            self._room.desk.change_patient(patient_id, _typed())
        except Refused as error:
            return _form(patient, request.form.to_dict(), error.sentence)
        return go("patient", patient_id=patient_id)

    def ask_delete(self, patient_id: int) -> Response:
        """What deleting means; the code has to be typed."""
        return page("delete", patient=self._room.patient(patient_id), problem=NOTHING)

    def delete_patient(self, patient_id: int) -> Response:
        """Delete completely; says how much is gone."""
        patient = self._room.patient(patient_id)
        if request.form.get("code", "").strip() != patient.form.code:
            return page("delete", 400, patient=patient, problem=WORDS["other_code"])
        gone = self._room.desk.delete_patient(patient_id)
        return page("done", text=WORDS["deleted"].filled(bouts=gone.bouts, files=gone.files), back=url_for("clinic.patients"))


def _form(patient: Patient | None, typed: dict[str, str], problem: Phrase = NOTHING) -> Response:
    return page("patient_form", 400 if problem else 200, patient=patient, typed=typed, problem=problem)


def _as_typed(form: PatientForm) -> dict[str, str]:
    numbers = {"height_cm": form.height_cm, "speed_kmh": form.speed_kmh, "incline_pct": form.incline_pct}
    return {"code": form.code, "notes": form.notes} | {name: plain(value) for name, value in numbers.items()}


def _typed() -> PatientForm:
    """What was typed; the desk refuses a code or notes that cannot be kept."""
    return PatientForm(
        code=request.form.get("code", "").strip(),
        height_cm=number("height_cm", WORDS["height"], *HEIGHT_LIMITS_CM),
        speed_kmh=number("speed_kmh", WORDS["speed"], *SPEED_LIMITS_KMH),
        incline_pct=needed("incline_pct", WORDS["incline"], *INCLINE_LIMITS_PCT),
        notes=request.form.get("notes", "").replace("\r\n", "\n").strip(),
    )
