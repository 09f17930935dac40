"""The protocol: consent, two bouts, what they gave. What must not go in: how a bout is run (kiosk/desk/bouts.py)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from kiosk.clinic import (
    HEIGHT_LIMITS_CM,
    INCLINE_LIMITS_PCT,
    SPEED_LIMITS_KMH,
    Assessment,
    BoutNow,
    BoutOrder,
    BoutState,
    Consent,
    Kind,
    PatientForm,
    Refused,
)
from kiosk.domain import View
from kiosk.web.clinic_results import RESULT, VIEWS, Step, step_of, steps_of, tables_of
from kiosk.web.clinic_room import Answer, Room, go, language, needed, number, page, plain, said
from kiosk.web.clinic_words import CONSENT, DOING, STATES, WORDS
from kiosk.words import NOTHING, Phrase

ACTIVE = (BoutState.WAITING, BoutState.RUNNING, BoutState.MEASURING)
STOPPABLE = (BoutState.WAITING, BoutState.RUNNING)


def add(routes: Blueprint, room: Room) -> None:
    """All routes of this file."""
    views = Bouts(room)
    routes.add_url_rule("/patients/<int:patient_id>/consent", view_func=views.ask_consent)
    routes.add_url_rule("/patients/<int:patient_id>/consent", view_func=views.begin, methods=["POST"])
    routes.add_url_rule("/assessments/<int:assessment_id>", view_func=views.assessment)
    routes.add_url_rule("/assessments/<int:assessment_id>/bout", view_func=views.start_bout, methods=["POST"])
    routes.add_url_rule("/assessments/<int:assessment_id>/stop", view_func=views.stop_bout, methods=["POST"])
    routes.add_url_rule("/assessments/<int:assessment_id>/now", view_func=views.bout_now)


class Bouts:
    """The views."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def ask_consent(self, patient_id: int) -> Response:
        """What the patient is asked before an assessment."""
        patient = self._room.patient(patient_id)
        before = any(each.kind is Kind.BASELINE and each.bouts for each in self._room.desk.assessments(patient_id))
        kind = Kind.RETEST if before else Kind.BASELINE
        wanted = request.args.get("kind")
        return page("consent", patient=patient, lines=self._consent(), kind=Kind(wanted) if wanted in set(Kind) else kind)

    def begin(self, patient_id: int) -> Answer:
        """Keep the text as it was shown, with the answer, and go to the first bout."""
        self._room.patient(patient_id)
        if request.form.get("agreed") != "yes":
            raise Refused(Phrase("Without the patient's consent nothing is measured: tick it when the patient agrees."))
        kind = request.form.get("kind")
        if kind not in set(Kind):
            raise Refused(Phrase("Choose whether this is a baseline or a retest."))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        consent = Consent("\n".join(self._consent()), language(), request.form.get("video") == "yes", now)
        return go("assessment", assessment_id=self._room.desk.begin_assessment(patient_id, Kind(kind), consent).id)

    def assessment(self, assessment_id: int) -> Response:
        """The step that comes next, or the one that was asked for."""
        found = self._room.assessment(assessment_id)
        patient = self._room.patient(found.patient_id)
        now = self._room.desk.bout_now()
        mine = now if now is not None and now.order.assessment_id == found.id else None
        steps = steps_of(found)
        step = _step(steps, mine)
        return page(
            "assessment",
            patient=patient,
            assessment=found,
            step=step,
            steps=steps,
            now=mine if mine is not None and mine.state in ACTIVE else None,
            failed=mine if mine is not None and mine.state is BoutState.FAILED and step_of(mine.order.view) == step else None,
            busy=now is not None and now is not mine and now.state in ACTIVE,
            unable=self._room.desk.problem,
            views=VIEWS.get(step, ()),
            states=STATES,
            doing=DOING,
            stoppable=STOPPABLE,
            start=self._start_values(found, patient.form),
            bout_s=self._room.clinic.bout_s,
            **(self._results(found) if step == RESULT else {}),
        )

    def start_bout(self, assessment_id: int) -> Answer:
        """Ask the station for a bout."""
        found = self._room.assessment(assessment_id)
        view = request.form.get("view")
        if view not in set(View):
            raise Refused(Phrase("Choose which side of the patient faces the camera."))
        self._room.desk.start_bout(
            BoutOrder(
                assessment_id=found.id,
                view=View(view),
                seconds=self._room.clinic.bout_s,
                speed_kmh=number("speed_kmh", WORDS["speed"], *SPEED_LIMITS_KMH),
                incline_pct=needed("incline_pct", WORDS["incline"], *INCLINE_LIMITS_PCT),
                height_cm=number("height_cm", WORDS["height"], *HEIGHT_LIMITS_CM),
                video=found.consent.video,
            )
        )
        return go("assessment", assessment_id=found.id, step=step_of(View(view)))

    def stop_bout(self, assessment_id: int) -> Answer:
        """End the bout of this assessment early."""
        found = self._room.assessment(assessment_id)
        now = self._room.desk.bout_now()
        if now is not None and now.order.assessment_id == found.id:
            self._room.desk.stop_bout()
        return go("assessment", assessment_id=found.id)

    def bout_now(self, assessment_id: int) -> Response:
        """Where the bout of this assessment stands; `active` false when there is none or it is over."""
        now = self._room.desk.bout_now()
        if now is None or now.order.assessment_id != assessment_id:
            return jsonify(active=False)
        return jsonify(
            active=now.state in ACTIVE,
            state=now.state.value,
            words=said(STATES[now.state]),
            doing=said(DOING.get(now.state, NOTHING)),
            stop=now.state in STOPPABLE,
            left=self._left(now),
            problem=said(now.problem or now.cannot_judge),
        )

    def _left(self, now: BoutNow) -> str:
        """The countdown while it counts, then minutes and seconds still to run."""
        counting = self._room.countdown_s()
        if now.state is BoutState.WAITING and counting is not None:
            return str(counting)
        return f"{now.left_s // 60}:{now.left_s % 60:02d}" if now.state is BoutState.RUNNING else ""

    def _consent(self) -> list[str]:
        years = max(1, round(self._room.patients_days / 365))
        return [said(line.filled(years=years) if "{" in line.pattern else line) for line in CONSENT]

    def _start_values(self, found: Assessment, usual: PatientForm) -> dict[str, str]:
        """What the fields hold at first: the treadmill's own word, else the last bout, else what is usual for the patient."""
        belt = self._room.desk.belt()
        speed, incline = usual.speed_kmh, usual.incline_pct
        if belt.source == "treadmill" and belt.speed_kmh is not None:
            speed, incline = belt.speed_kmh, belt.incline_pct
        elif found.bouts:
            speed, incline = found.bouts[-1].order.speed_kmh, found.bouts[-1].order.incline_pct
        elif speed is None:
            speed = belt.speed_kmh
        known = {"speed_kmh": speed, "incline_pct": incline, "height_cm": usual.height_cm}
        return {name: plain(value) for name, value in known.items()} | {"source": belt.source}

    def _results(self, found: Assessment) -> dict[str, Any]:
        change = self._room.desk.change(found.id) if found.bouts else None
        names = self._room.desk.export_names(found.id) if found.bouts else ()
        return {"change": change, "tables": tables_of(change) if change is not None else (), "names": names}


def _step(steps: Mapping[int, Step], now: BoutNow | None) -> int:
    """A running bout is shown; else what was asked for; else the first step without a bout that may be used."""
    if now is not None and now.state in ACTIVE:
        return step_of(now.order.view)
    wanted = request.args.get("step", "")
    if wanted in {"1", "2", "3"}:
        return int(wanted)
    return next((number for number, step in steps.items() if not step.usable), RESULT)
