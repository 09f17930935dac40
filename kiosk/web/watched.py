"""What pages say of themselves: "my screen works", once a second, and "I had an error". `kiosk screen` asks for the first.

A screen is known by a token that `kiosk screen` made and put into the page's address. It opens nothing and protects nothing: it tells
the station's own screen from other readers. What must not go in: starting or ending a browser (kiosk/browser).
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, request

from kiosk.threads import Turn, monotonic_s
from kiosk.web.guard import is_at_station, sentence

TOKEN = re.compile(r"[0-9a-f]{32}")
SCREENS_MAX = 8
"""Screens of this machine that are remembered, and as many of other machines; of each the one that was silent longest goes first
(our choice: a station has one)."""
TOLD_MAX = 10
"""Page errors that are logged in `TOLD_S`; a page that fails all day must not fill the disk (our choice)."""
TOLD_S = 60.0

_WORD = re.compile(r"[A-Za-z]{1,40}")
_FILE = re.compile(r"[a-z_/]{1,60}\.js")
_NUMBER = re.compile(r"[0-9]{1,7}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Signs:
    """When a screen last said something, seconds on the monotonic clock."""

    alive_s: float
    """Its program ran."""
    drawn_s: float | None
    """It drew a view of the station; None as long as it did not."""


class Screens:
    """The screens that say they work."""

    def __init__(self, clock: Callable[[], float] = monotonic_s) -> None:
        self._clock = clock
        self._turn = Turn()
        self._own: dict[str, Signs] = {}
        self._others: dict[str, Signs] = {}

    def beat(self, token: str, drawn: bool, own: bool = True) -> None:
        """A screen works.

        Args:
            token: its name.
            drawn: and it has drawn a view since it last said so.
            own: it is on this machine; those of others have places of their own and never take one of these.
        """
        now_s = self._clock()
        signs = self._own if own else self._others
        with self._turn:
            before = signs.pop(token, None)  # put at the end: the first is the one that was silent longest
            signs[token] = Signs(now_s, now_s if drawn else before.drawn_s if before else None)
            while len(signs) > SCREENS_MAX:
                del signs[next(iter(signs))]

    def ages(self, token: str) -> dict[str, float | None]:
        """How long ago it said that it is alive, and that it drew a view, seconds; None: never. A screen of this machine goes first."""
        with self._turn:
            signs, now_s = self._own.get(token) or self._others.get(token), self._clock()
        alive_s, drawn_s = (signs.alive_s, signs.drawn_s) if signs else (None, None)
        return {"alive_s": _age(now_s, alive_s), "drawn_s": _age(now_s, drawn_s)}


class Errors:
    """Errors of pages on their way into the log. A message may hold a person's words, so only the kind and the place are taken."""

    def __init__(self, clock: Callable[[], float] = monotonic_s) -> None:
        self._clock = clock
        self._turn = Turn()
        self._told_s: list[float] = []

    def told(self, said: dict[str, str]) -> bool:
        """Log an error; False when it is not one, or when there were too many."""
        kind, file, line = (said.get(key, "") for key in ("kind", "file", "line"))
        known = _WORD.fullmatch(kind) and _FILE.fullmatch(file) and _NUMBER.fullmatch(line)
        if not known or not self._room():
            return False
        _log.error("an error of the page: %s in %s:%s; it loads itself again", kind, file, line)
        return True

    def _room(self) -> bool:
        now_s = self._clock()
        with self._turn:
            self._told_s = [s for s in self._told_s if now_s - s < TOLD_S]
            if len(self._told_s) >= TOLD_MAX:
                return False
            self._told_s.append(now_s)
            return True


class Watched:
    """The routes of this file."""

    def __init__(self) -> None:
        self._screens, self._errors = Screens(), Errors()

    def blueprint(self) -> Blueprint:
        """GET and POST /screen/TOKEN, POST /page-error."""
        routes = Blueprint("watched", __name__)
        routes.add_url_rule("/screen/<token>", "beat", self.beat, methods=["POST"])
        routes.add_url_rule("/screen/<token>", "ages", self.ages)
        routes.add_url_rule("/page-error", "error", self.error, methods=["POST"])
        return routes

    def beat(self, token: str) -> Response:
        """A screen works; with ?drawn=1 it has drawn a view since the last time."""
        if not TOKEN.fullmatch(token):
            return _no_token()
        self._screens.beat(token, request.args.get("drawn") == "1", is_at_station())
        return Response(status=204)

    def ages(self, token: str) -> Response:
        """How long a screen has been silent, for `kiosk screen`."""
        return jsonify(self._screens.ages(token)) if TOKEN.fullmatch(token) else _no_token()

    def error(self) -> Response:
        """An error of a page: 204 when it is in the log, 429 when there were too many."""
        return Response(status=204 if self._errors.told(request.args.to_dict()) else 429)


def own_screen() -> bool:
    """True when a reader on this machine says that it is the station's own screen: it has places that nobody else takes."""
    return bool(TOKEN.fullmatch(request.args.get("screen", ""))) and is_at_station()


def _age(now_s: float, then_s: float | None) -> float | None:
    return None if then_s is None else round(now_s - then_s, 3)


def _no_token() -> Response:
    return sentence("A screen's token is 32 digits 0-9 and a-f: `kiosk screen` makes it.", 404)
