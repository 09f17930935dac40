"""For the staff of the gym and whoever looks after the station: runs, settings, belt, keys for scripts."""

from flask import Blueprint, Response, make_response, request
from werkzeug.exceptions import NotFound

from kiosk.clinic import INCLINE_LIMITS_PCT, LONGEST_NAME, SPEED_LIMITS_KMH, Refused, Role
from kiosk.web.clinic_room import REPORT_HEADERS, Answer, Room, go, language, needed, number, page
from kiosk.web.clinic_words import WORDS
from kiosk.words import Phrase

MOST_RUNS = 200
"""Rows of the list, the newest (our choice: a busy week)."""
SCOPES = ("read", "control")


def add(routes: Blueprint, room: Room) -> None:
    """All routes of this file."""
    views = Runs(room)
    routes.add_url_rule("/runs", view_func=views.runs)
    routes.add_url_rule("/runs/<int:session_id>/report", view_func=views.run_report)
    routes.add_url_rule("/runs/<int:session_id>/delete", view_func=views.delete_run, methods=["POST"])
    routes.add_url_rule("/settings", view_func=views.settings)
    routes.add_url_rule("/settings/belt", view_func=views.set_belt, methods=["POST"])
    routes.add_url_rule("/keys", view_func=views.keys)
    routes.add_url_rule("/keys", view_func=views.make_key, methods=["POST"])
    routes.add_url_rule("/keys/<int:token_id>/revoke", view_func=views.revoke_key, methods=["POST"])


class Runs:
    """The views."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def runs(self) -> Response:
        """Runs of the gym, the newest first."""
        return page("runs", runs=self._room.desk.sessions(MOST_RUNS), reports=self._room.report is not None)

    def run_report(self, session_id: int) -> Response:
        """The report of a run of the gym."""
        text = self._room.report(session_id, language()) if self._room.report is not None else None
        if text is None:
            raise NotFound
        answer = make_response(text)
        answer.headers.update(REPORT_HEADERS)
        return answer

    def delete_run(self, session_id: int) -> Answer:
        """Delete a run; the page has asked whether this is meant."""
        if self._room.desk.session(session_id) is None:
            raise NotFound
        self._room.desk.delete_session(session_id)
        return go("runs")

    def settings(self) -> Response:
        """What this station keeps for how long, the belt, PINs, the certificate, the sweep's log."""
        room = self._room
        return page(
            "settings",
            room=room,
            belt=room.desk.belt(),
            sweeps=room.desk.sweep_log(),
            gym_pin=room.pins.known(Role.GYM),
            roles=tuple(Role),
        )

    def set_belt(self) -> Answer:
        """Speed and incline as somebody reads them from the treadmill."""
        speed = number("speed_kmh", WORDS["speed"], *SPEED_LIMITS_KMH)
        self._room.desk.set_belt(speed, needed("incline_pct", WORDS["incline"], *INCLINE_LIMITS_PCT))
        return go("settings")

    def keys(self) -> Response:
        """Keys for scripts."""
        return page("keys", tokens=self._room.desk.tokens(), key="", scopes=SCOPES)

    def make_key(self) -> Response:
        """A new key, shown this once."""
        name = request.form.get("name", "").strip()
        scopes = tuple(scope for scope in SCOPES if scope in request.form.getlist("scope"))
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise Refused(Phrase("A key needs a name of 1 to {most} characters: what it is for.", most=LONGEST_NAME))
        if not scopes:
            raise Refused(Phrase("Tick what the key may do: read, control, or both."))
        key = self._room.desk.add_token(name, scopes)
        return page("keys", tokens=self._room.desk.tokens(), key=key, scopes=SCOPES)

    def revoke_key(self, token_id: int) -> Answer:
        """The key is worth nothing from now on."""
        self._room.desk.revoke_token(token_id)
        return go("keys")
