"""The belt on the station's page: a person types the speed and the incline that the treadmill shows.

It changes what the kiosk knows, never the belt. What must not go in: words of the screen, anything of the treadmill itself.
"""

from collections.abc import Callable
from typing import Protocol

from flask import Blueprint, Flask, Response, jsonify

from kiosk.clinic import INCLINE_LIMITS_PCT, SPEED_LIMITS_KMH, Belt, Refused
from kiosk.web.guard import sentence

FIRST_KMH = 9.0
"""Where the first press begins when no speed is known (our choice: an easy run, half way to most others)."""
TAP, HELD = 0.1, 0.5
"""A tap is the smallest step of a treadmill's own display, a button that is held takes five at once (our choice)."""


class BeltControl(Protocol):
    """What is known of the belt, and where typed values go."""

    def now(self) -> Belt: ...  # noqa: D102
    def set(self, speed_kmh: float | None, incline_pct: float) -> None: ...  # noqa: D102
    def clear(self) -> None: ...  # noqa: D102


def _speed(belt: Belt, step: float) -> tuple[float | None, float]:
    known = belt.speed_kmh
    speed_kmh = FIRST_KMH if known is None else stepped(known, step, *SPEED_LIMITS_KMH)
    return speed_kmh, belt.incline_pct


def _incline(belt: Belt, step: float) -> tuple[float | None, float]:
    return belt.speed_kmh, stepped(belt.incline_pct, step, *INCLINE_LIMITS_PCT)


CHANGES: dict[str, tuple[Callable[[Belt, float], tuple[float | None, float]], float]] = {
    "faster": (_speed, TAP),
    "slower": (_speed, -TAP),
    "much-faster": (_speed, HELD),
    "much-slower": (_speed, -HELD),
    "steeper": (_incline, HELD),
    "flatter": (_incline, -HELD),
}
"""What a button says -> what it changes, and by how much; inclines of treadmills come in halves."""


def stepped(value: float, step: float, least: float, most: float) -> float:
    """The next multiple of the step from `value`, within what is allowed: 9.3 and +0.5 is 9.5, 9.3 and -0.5 is 9.0."""
    size = abs(step)
    count = round(value / size, 6)
    whole = int(count // 1)
    up, down = whole + 1, whole if count > whole else whole - 1
    return round(min(max((up if step > 0 else down) * size, least), most), 1)


def register_belt(app: Flask, belt: BeltControl | None) -> None:
    """Add POST /belt/<what> to the station's page; None adds nothing, and the address stays unknown."""
    if belt is None:
        return
    routes = Blueprint("belt", __name__)
    routes.add_url_rule("/belt/<what>", view_func=lambda what: _press(belt, what), methods=["POST"])
    app.register_blueprint(routes)


def _press(control: BeltControl, what: str) -> Response:
    """Change what is known of the belt; the answer is what is known now."""
    if what not in (*CHANGES, "unknown"):
        return sentence(f"There is no belt button {what!r}: use one of {', '.join((*CHANGES, 'unknown'))}.", 404)
    belt = control.now()
    if belt.source == "treadmill":
        return sentence("The treadmill tells its speed itself: change it on the treadmill.", 409)
    try:
        if what == "unknown":
            control.clear()
        else:
            change, step = CHANGES[what]
            control.set(*change(belt, step))
    except Refused as refused:
        return sentence(str(refused.sentence), 400)
    known = control.now()
    return jsonify(speed_kmh=known.speed_kmh, incline_pct=known.incline_pct, source=known.source)
