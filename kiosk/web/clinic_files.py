"""What leaves the device: reports, files of an assessment, everything about a patient in one encrypted file or on a stick."""

from flask import Blueprint, Response, jsonify, make_response, request
from werkzeug.exceptions import NotFound

from kiosk.clinic import PASSWORD_LENGTH, Paper, Refused
from kiosk.web.clinic_room import REPORT_HEADERS, Answer, Room, download, go, language, page, said
from kiosk.words import Language, Phrase

KINDS = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}


def add(routes: Blueprint, room: Room) -> None:
    """All routes of this file."""
    views = Files(room)
    routes.add_url_rule("/assessments/<int:assessment_id>/report.<form>", view_func=views.report)
    routes.add_url_rule("/assessments/<int:assessment_id>/files/<name>", view_func=views.export_file)
    routes.add_url_rule("/patients/<int:patient_id>/export", view_func=views.export)
    routes.add_url_rule("/patients/<int:patient_id>/bundle", view_func=views.bundle, methods=["POST"])
    routes.add_url_rule("/patients/<int:patient_id>/stick", view_func=views.copy_to_stick, methods=["POST"])
    routes.add_url_rule("/copy", view_func=views.copy)
    routes.add_url_rule("/copy/now", view_func=views.copy_now)


class Files:
    """The views."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def report(self, assessment_id: int, form: str) -> Response:
        """The report of an assessment; HTML to look at, PDF to keep."""
        self._room.assessment(assessment_id)
        if form not in KINDS:
            raise NotFound
        wanted, spoken = request.args.get("paper", self._room.clinic.paper), request.args.get("language", language().value)
        paper = Paper(wanted) if wanted in set(Paper) else Paper(self._room.clinic.paper)
        data = self._room.desk.report(assessment_id, form, paper, Language(spoken) if spoken in set(Language) else language())
        if form == "pdf":
            return download(data, f"treadside-report-{assessment_id}.pdf", KINDS[form])
        answer = make_response(data)
        answer.content_type = KINDS[form]
        answer.headers.update(REPORT_HEADERS)
        return answer

    def export_file(self, assessment_id: int, name: str) -> Response:
        """One file of an assessment; only names that the desk itself gives."""
        self._room.assessment(assessment_id)
        if name not in self._room.desk.export_names(assessment_id):
            raise NotFound
        return download(self._room.desk.export_file(assessment_id, name), _plain(name, assessment_id), "application/octet-stream")

    def export(self, patient_id: int) -> Response:
        """Asks for a password and where to."""
        return page("export", patient=self._room.patient(patient_id), sticks=self._room.desk.sticks(), least=PASSWORD_LENGTH[0])

    def bundle(self, patient_id: int) -> Response:
        """Everything about a patient as one encrypted file."""
        self._room.patient(patient_id)
        data = self._room.desk.bundle(patient_id, _password())
        return download(data, f"treadside-export-{patient_id}.zip", "application/zip")

    def copy_to_stick(self, patient_id: int) -> Answer:
        """Begin to write the same to a stick."""
        self._room.patient(patient_id)
        password, folder = _password(), request.form.get("stick", "")
        stick = next((each for each in self._room.desk.sticks() if each.folder == folder), None)
        if stick is None:
            raise Refused(Phrase("This stick is not there any more: put it in, wait a moment and try again."))
        self._room.desk.copy_to_stick(patient_id, password, stick)
        return go("copy")

    def copy(self) -> Response:
        """How far the copy is."""
        return page("copy", copy=self._room.desk.copy_now())

    def copy_now(self) -> Response:
        """The same for the page's script."""
        now = self._room.desk.copy_now()
        if now is None:
            return jsonify(active=False)
        return jsonify(
            active=not now.finished and not now.problem, done=now.done_bytes, all=max(now.all_bytes, 1), problem=said(now.problem)
        )


def _password() -> str:
    """The same twice; the desk refuses one that protects nothing."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise Refused(Phrase("The two passwords are not the same: type it twice."))
    return password


def _plain(name: str, assessment_id: int) -> str:
    """A file name that no header and no system trips over."""
    return f"treadside-{assessment_id}-" + "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in name)
