"""The clinic's door: first PIN, PIN, lock, language. What must not go in: how PINs are kept (pin.py)."""

import math

from flask import Blueprint, Response, g, jsonify, redirect, request, session, url_for

from kiosk.clinic import Refused, Role
from kiosk.web.clinic_room import AFTER, BACK, LANGUAGE, SITTING, Answer, Room, go, page, place, problem, role
from kiosk.web.clinic_words import WORDS
from kiosk.web.pin import Tried
from kiosk.words import NOTHING, Language, Phrase


def add(routes: Blueprint, room: Room) -> None:
    """All routes of this file."""
    door = Door(room)
    routes.add_url_rule("/", view_func=door.door)
    routes.add_url_rule("/enter", view_func=door.enter, methods=["POST"])
    routes.add_url_rule("/first-pin", view_func=door.first_pin, methods=["POST"])
    routes.add_url_rule("/change-pin", view_func=door.change_pin, methods=["POST"])
    routes.add_url_rule("/lock", view_func=door.lock, methods=["POST"])
    routes.add_url_rule("/speak", view_func=door.speak, methods=["POST"])
    routes.add_url_rule("/here", view_func=door.here)
    routes.add_url_rule("/awake", view_func=door.awake)


class Door:
    """The views."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def door(self) -> Answer:
        """The PIN is asked for; who is signed in goes on to their first page."""
        if role() is not None:
            return go("patients" if role() is Role.CLINIC else "runs")
        return self._door()

    def _door(self, text: Phrase = NOTHING, status: int = 200) -> Response:
        room, first = self._room, self._room.pins.none_yet
        shown = room.fingerprint if g.at_station else ""  # elsewhere it proves nothing: a false station would show its own
        return page("door", status, first=first, station=g.at_station, problem=text, fingerprint=shown, address=room.address)

    def enter(self) -> Answer:
        """Check the PIN; a new sitting when it is right."""
        tried = self._room.pins.check(request.form.get("pin", ""), place())
        if tried.role is None:
            return self._slowed(tried)
        after = session.pop(AFTER, "")
        self._sit(tried.role)
        return redirect(after, 303) if BACK.fullmatch(after) else go("door")

    def first_pin(self) -> Answer:
        """Set the first PIN, at the station's own screen only."""
        if not g.at_station:
            return problem(WORDS["pin_at_station"], 403)
        try:
            self._room.pins.first(_twice())
        except Refused as error:
            return self._door(error.sentence, 400)
        self._sit(Role.CLINIC)
        return go("door")

    def change_pin(self) -> Answer:
        """A new PIN for a role; the clinic's own is asked for, and other browsers of that role have to sign in again."""
        wanted = Role(request.form["role"]) if request.form.get("role") in set(Role) else Role.CLINIC
        pin = _twice()
        tried = self._room.pins.check(request.form.get("old", ""), place())
        if tried.role is not Role.CLINIC:
            return self._slowed(tried)
        self._room.pins.change(wanted, pin)
        self._room.sittings.close_others(wanted, session.get(SITTING, ""))
        return page("done", text=WORDS["pin_changed"], back=url_for("clinic.settings"))

    def lock(self) -> Answer:
        """Sign out."""
        self._room.sittings.close(session.get(SITTING, ""))
        self._forget()
        return go("door")

    def speak(self) -> Answer:
        """The pages in another language."""
        chosen = request.form.get("language")
        if chosen in set(Language):
            session[LANGUAGE] = chosen
        back = request.form.get("back", "")
        return redirect(back if BACK.fullmatch(back) else url_for("clinic.door"), 303)

    def here(self) -> Response:
        """Is the page still unlocked? 401 when not."""
        return jsonify(here=True)

    def awake(self) -> Response:
        """Somebody types or taps on the page."""
        return jsonify(here=True)

    def _sit(self, mine: Role) -> None:
        self._room.sittings.close(session.get(SITTING, ""))
        self._forget()
        session[SITTING] = self._room.sittings.open(mine)

    def _forget(self) -> None:
        """Nothing of the cookie's session is carried over but the language: a planted one is worth nothing."""
        spoken = session.get(LANGUAGE)
        session.clear()
        if spoken:
            session[LANGUAGE] = spoken

    def _slowed(self, tried: Tried) -> Response:
        text = _refusal(tried)
        answer = problem(text, 429) if role() is not None else self._door(text, 429)
        answer.headers["Retry-After"] = str(_seconds(tried.wait_s))
        return answer


def _refusal(tried: Tried) -> Phrase:
    """Why nobody is signed in, and when a PIN is looked at again."""
    wait, gym = _seconds(tried.wait_s), _seconds(tried.gym_wait_s or 0.0)
    if tried.gym_wait_s is None or gym == wait:
        if tried.checked:
            return Phrase("This PIN is wrong. The next try is possible in {wait} s.", wait=wait)
        return Phrase("This PIN was not checked: after wrong tries one has to wait. The next try is possible in {wait} s.", wait=wait)
    if tried.checked:
        return Phrase("This PIN is wrong. The clinic's can be tried in {wait} s, the gym's in {gym} s.", wait=wait, gym=gym)
    return Phrase(
        "It was not checked whether this is the clinic's PIN: after wrong tries one has to wait. "
        "The clinic's can be tried in {wait} s, the gym's in {gym} s.",
        wait=wait,
        gym=gym,
    )


def _seconds(wait_s: float) -> int:
    return max(1, math.ceil(wait_s))


def _twice() -> str:
    pin = request.form.get("pin", "")
    if pin != request.form.get("again", ""):
        raise Refused(Phrase("The two PINs are not the same: type the new one twice."))
    return pin
