"""Reports and files of an assessment, with what they need from the disk. What must not go in: what a file says (kiosk/report)."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kiosk import __version__
from kiosk.batch import frames_of
from kiosk.clinic import Assessment, Paper, Patient, Refused, StoredBout
from kiosk.config import CameraConfig, ClinicConfig
from kiosk.domain import Frame, PoseSeries
from kiosk.gait.repair import put_right
from kiosk.gait.retest import change_since_baseline
from kiosk.pose.recording import RecordingError, load
from kiosk.report.as_html import html
from kiosk.report.assessment import ReportFacts, assessment_report
from kiosk.report.captions import captions
from kiosk.report.exports import Tools, export_file, export_names
from kiosk.report.trc import NoScale
from kiosk.words import Language, Phrase

LOG = logging.getLogger(__name__)
FORMS = ("html", "pdf")
NO_LENGTHS = Phrase("{name} cannot be made: the legs were never seen in this bout, so no lengths can be told.")
UNREADABLE = Phrase("{name} cannot be made: its recording or video cannot be read ({why}).")


class AssessmentFiles:
    """Makes them, one at a time, from the store's nouns and the folder of recordings."""

    def __init__(self, recordings: Path) -> None:
        self._tools = Tools(recordings, series=_series, video=lambda bout: _annotated(recordings, bout))

    def report(
        self,
        patient: Patient | None,
        assessment: Assessment,
        earlier: Sequence[Assessment],
        clinic_name: str,
        form: str,
        paper: Paper,
        language: Language,
    ) -> bytes:
        """The report as "html" or "pdf"; `earlier` are the patient's assessments before this one, oldest first."""
        if form not in FORMS:
            raise Refused(Phrase("There is no report of the form {form}: take html or pdf.", form=form))
        change = change_since_baseline(earlier, assessment)
        facts = ReportFacts(patient, assessment, tuple(earlier), change, clinic_name, f"Treadside {__version__}")
        document = assessment_report(facts, language, paper)
        if form == "html":
            return html(document).encode()
        from kiosk.report.as_pdf import pdf  # a fifth of the station's start, which no start needs

        return pdf(document, paper)

    def names(self, assessment: Assessment) -> tuple[str, ...]:
        """Files that it has."""
        return export_names(assessment)

    def file(self, assessment: Assessment, name: str, code: str | None = None) -> bytes:
        """One of them; with the pseudonym only where it is given."""
        if name not in export_names(assessment):
            raise Refused(Phrase("There is no such file in this assessment."))
        try:
            return export_file(assessment, name, replace(self._tools, code=code))
        except NoScale as error:
            raise Refused(NO_LENGTHS.filled(name=name)) from error
        except (RecordingError, OSError) as error:
            LOG.warning("%s cannot be made: %s", name, error)
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise Refused(UNREADABLE.filled(name=name, why=why)) from error

    def everything(self, patient: Patient, assessments: Sequence[Assessment], clinic: ClinicConfig) -> dict[str, bytes]:
        """All files of a patient by name; names say the number of the assessment. missing.txt tells of those that cannot be made."""
        ordered = sorted(assessments, key=lambda a: a.id)
        found = {"patient.txt": _about(patient).encode()}
        missing = []
        for number, assessment in enumerate(ordered, 1):
            for name in export_names(assessment):
                try:
                    found[f"{number:02d}_{name}"] = self.file(assessment, name, patient.form.code)
                except Refused as error:
                    missing.append(f"{number:02d}_{name}: {error.sentence}\n")
            if assessment.bouts:
                earlier = ordered[: number - 1]
                for language in Language:
                    facts = (patient, assessment, earlier, clinic.name)
                    found[f"{number:02d}_report_{language.value}.pdf"] = self.report(*facts, "pdf", Paper(clinic.paper), language)
        return found | ({"missing.txt": "".join(missing).encode()} if missing else {})


def _about(patient: Patient) -> str:
    """What was typed about the patient, for the person who opens the export."""
    form = patient.form
    rows = (
        ("code", form.code),
        ("height_cm", form.height_cm),
        ("speed_kmh", form.speed_kmh),
        ("incline_pct", form.incline_pct),
        ("since", patient.since_day),
        ("notes", form.notes),
    )
    return "".join(f"{name}: {'' if value is None else value}\n" for name, value in rows)


def _series(path: Path) -> PoseSeries:
    return load(path).series


def _annotated(recordings: Path, bout: StoredBout) -> bytes:
    """The bout's video with the skeleton that was measured; frames and poses are matched by the time since their first one."""
    from kiosk.camera.video import VideoCamera  # a seventh of what a start loads, which no start needs
    from kiosk.report.annotate import Annotator

    series = put_right(_series(recordings / bout.recording), bout.order.view)
    shifted = replace(series, t_s=series.t_s - series.t_s[0])
    # beside the recording and of its stem, so that what a crash leaves goes with the patient
    out = recordings / f"{Path(bout.recording).stem}.{secrets.token_hex(4)}.mp4"
    annotator = Annotator(out, captions(bout.result.metrics), shifted, bout.order.view)
    try:
        try:
            with VideoCamera(CameraConfig(kind="video", path=str(recordings / bout.video)), realtime=False) as camera:
                first_s = None
                for frame in frames_of(camera):
                    first_s = frame.t_s if first_s is None else first_s
                    annotator.add(Frame(frame.t_s - first_s, frame.image_bgr))
        finally:
            annotator.close()
        return out.read_bytes()
    finally:
        out.unlink(missing_ok=True)
