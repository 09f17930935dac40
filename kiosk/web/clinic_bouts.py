"""The protocol: consent, two bouts, what they gave. What must not go in: how a bout is run (kiosk/bouts.py)."""

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
    Refused,
    StoredBout,
)
from kiosk.coach.labels import label_of, unit_of
from kiosk.coach.rules import RULES
from kiosk.domain import View
from kiosk.web.clinic_room import Answer, Room, go, language, number, page, said
from kiosk.web.clinic_words import CONSENT, STATES, WORDS
from kiosk.words import Phrase

SIDE, FACING, RESULT = 1, 2, 3
"""The steps of the protocol."""
VIEWS = {SIDE: (View.LEFT, View.RIGHT), FACING: (View.FRONT, View.REAR)}
ACTIVE = (BoutState.WAITING, BoutState.RUNNING, BoutState.MEASURING)
RETEST_DECIMALS = 2


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
        step = _step(found, mine)
        return page(
            "assessment",
            patient=patient,
            assessment=found,
            step=step,
            newest={each: _newest(found, each) for each in VIEWS},
            now=mine if mine is not None and mine.state in ACTIVE else None,
            failed=mine if mine is not None and mine.state is BoutState.FAILED and _step_of(mine.order.view) == step else None,
            busy=now is not None and now is not mine and now.state in ACTIVE,
            views=VIEWS.get(step, ()),
            states=STATES,
            start=self._start_values(found, patient.form.speed_kmh, patient.form.incline_pct, patient.form.height_cm),
            bout_s=self._room.clinic.bout_s,
            **self._results(found, step),
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
                incline_pct=number("incline_pct", WORDS["incline"], *INCLINE_LIMITS_PCT) or 0.0,
                height_cm=number("height_cm", WORDS["height"], *HEIGHT_LIMITS_CM),
                video=found.consent.video,
            )
        )
        return go("assessment", assessment_id=found.id, step=_step_of(View(view)))

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
            left=f"{now.left_s // 60}:{now.left_s % 60:02d}" if now.state is BoutState.RUNNING else "",
            problem=said(now.problem or now.cannot_judge),
        )

    def _consent(self) -> list[str]:
        years = max(1, round(self._room.patients_days / 365))
        return [said(line.filled(years=years) if "{" in line.pattern else line) for line in CONSENT]

    def _start_values(self, found: Assessment, speed: float | None, incline: float, height: float | None) -> dict[str, str]:
        """What the fields hold at first: the treadmill's own word, else the last bout, else what is usual for the patient."""
        belt = self._room.desk.belt()
        if belt.source == "treadmill" and belt.speed_kmh is not None:
            speed, incline = belt.speed_kmh, belt.incline_pct
        elif found.bouts:
            speed, incline = found.bouts[-1].order.speed_kmh, found.bouts[-1].order.incline_pct
        elif speed is None:
            speed, incline = belt.speed_kmh, belt.incline_pct
        known = {"speed_kmh": speed, "incline_pct": incline, "height_cm": height}
        return {name: "" if value is None else f"{value:g}" for name, value in known.items()} | {"source": belt.source}

    def _results(self, found: Assessment, step: int) -> dict[str, Any]:
        if step != RESULT:
            return {"change": None, "names": (), "label": label_of, "unit": unit_of, "decimals": decimals_of}
        change = self._room.desk.change(found.id) if found.bouts else None
        names = self._room.desk.export_names(found.id) if found.bouts else ()
        return {"change": change, "names": names, "label": label_of, "unit": unit_of, "decimals": decimals_of}


def decimals_of(metric: str) -> int:
    """Digits after the point: one more than the coach shows, so that small changes are seen."""
    return next((rule.decimals + 1 for rule in RULES if rule.metric == metric), RETEST_DECIMALS)


def _step_of(view: View) -> int:
    return SIDE if view.is_side else FACING


def _newest(found: Assessment, step: int) -> StoredBout | None:
    fitting = [bout for bout in found.bouts if bout.order.view in VIEWS[step]]
    return max(fitting, key=lambda bout: bout.id) if fitting else None


def _step(found: Assessment, now: BoutNow | None) -> int:
    """A running bout is shown; else what was asked for; else the first step without a bout."""
    if now is not None and now.state in ACTIVE:
        return _step_of(now.order.view)
    wanted = request.args.get("step", "")
    if wanted in {"1", "2", "3"}:
        return int(wanted)
    return next((step for step in VIEWS if _newest(found, step) is None), RESULT)
