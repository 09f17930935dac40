"""The live part of the page: state as events, the newest picture, commands. What must not go in: words of the screen."""

import json
import secrets
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, jsonify, render_template, request

from kiosk import __version__
from kiosk.config import WebConfig
from kiosk.domain import Frame
from kiosk.screen import Command, LiveView, Pick, Press
from kiosk.threads import Latest, Stop, monotonic_s
from kiosk.web.encode import ViewText, jpeg, view_json
from kiosk.web.guard import sentence
from kiosk.web.link import link_host
from kiosk.web.share import Seats, Shared
from kiosk.web.watched import own_screen
from kiosk.words import Language
from kiosk.words.catalogue import catalogue

READERS_MAX = 3
"""Open streams of each kind for whoever looks, so that a button always finds a thread (PLATFORM.md 7)."""

OWN_MAX = 2
"""Streams of each kind that only the station's own screen takes: one, and one for the browser that takes the place of a killed one."""

BEAT_S = 2.0
"""A sign of life this often when nothing changes, so that the page notices a silent connection."""

LOOK_S = 0.25
"""Longest wait before a stream looks at `stop` and at its reader again."""

PICTURE_PERIOD_S = 1 / 12
"""12 pictures/s look smooth behind a skeleton and leave the Pi to the network (PLATFORM.md 7)."""

RETRY_MS = 300
"""The browser asks again this long after a lost connection."""

BEAT = ": heartbeat\nevent: beat\ndata: {}\n\n"
"""A comment for people who read the stream, an event for the page: browsers do not tell a page about comments."""


class Live:
    """The routes of the live page over the two slots and the one command queue."""

    def __init__(
        self, views: Latest[LiveView], frames: Latest[Frame], send: Callable[[Press], bool], settings: WebConfig, stop: Stop
    ) -> None:
        self._views = views
        self._send = send
        self._settings = settings
        self._stop = stop
        self._texts: Shared[LiveView, str] = Shared(views, ViewText())
        self._pictures: Shared[Frame, bytes] = Shared(frames, jpeg)
        self._seats = {"screens": Seats(READERS_MAX), "pictures": Seats(READERS_MAX)}
        self._own = {kind: Seats(OWN_MAX) for kind in self._seats}
        self._server = secrets.token_hex(4)

    def blueprint(self) -> Blueprint:
        """All routes of this file."""
        routes = Blueprint("live", __name__)
        routes.add_url_rule("/", view_func=self.page)
        routes.add_url_rule("/events", view_func=self.events)
        routes.add_url_rule("/stream.mjpg", view_func=self.stream)
        routes.add_url_rule("/live.json", view_func=self.live)
        routes.add_url_rule("/health", view_func=self.health)
        routes.add_url_rule("/words.json", view_func=self.words)
        routes.add_url_rule("/command/<name>", view_func=self.command, methods=["POST"])
        routes.add_url_rule("/pick/<key>", view_func=self.pick, methods=["POST"])
        return routes

    def screens(self) -> int:
        """Browsers that show the screen now."""
        return self._seats["screens"].taken + self._own["screens"].taken

    def page(self) -> str:
        """The screen; everything that changes comes by `/events`."""
        settings = self._settings
        link = bool(link_host(settings))
        return render_template("page.html", version=__version__, picture=settings.picture, mirror=settings.mirror, link=link)

    def events(self) -> Response:
        """Server-sent events: the newest LiveView, again whenever there is a newer one."""
        return self._stream("screens", self._event_parts(_reader_gone()), "text/event-stream")

    def stream(self) -> Response:
        """Motion JPEG of the newest frame; 404 where no picture may leave the process."""
        if not self._settings.picture:
            return sentence("This kiosk shows no picture: [web] picture = false in kiosk.toml.", 404)
        return self._stream("pictures", self._picture_parts(_reader_gone()), "multipart/x-mixed-replace; boundary=frame")

    def live(self) -> Response:
        """The newest LiveView once; 503 before the first."""
        view = self._views.peek()
        if view is None:
            return sentence("The kiosk is starting: nothing has been measured yet.", 503)
        return jsonify({**self._identity(), "sent_t_s": round(monotonic_s(), 4), **view_json(view)})

    def health(self) -> Response:
        """For monitoring: which program, which state, how old the newest frame is, who looks."""
        view = self._views.peek()
        stamp = view.frame_t_s if view else None
        return jsonify(
            {
                **self._identity(),
                "status": "ok" if view else "starting",
                "state": view.state.value if view else None,
                "frame_age_s": None if stamp is None else round(monotonic_s() - stamp, 3),
                **{kind: seats.taken + self._own[kind].taken for kind, seats in self._seats.items()},
            }
        )

    def words(self) -> Response:
        """Language -> English pattern -> pattern in that language: what the page adds to the view's own sentences (static/text.js)."""
        return jsonify({language.value: dict(catalogue(language)) for language in Language})

    def command(self, name: str) -> Response:
        """Put a command on the queue."""
        known = [command.value for command in Command]
        if name not in known:
            return sentence(f"There is no command {name!r}: use one of {', '.join(known)}.", 404)
        return self._sent(Command(name), name)

    def pick(self, key: str) -> Response:
        """Put a tap on one choice of the menu on the queue; a choice that is not on the screen is refused."""
        view = self._views.peek()
        if view is None or view.menu is None or key not in [option.key for option in view.menu.options]:
            return sentence(f"There is no choice {key!r} on the screen now: look at the screen and tap again.", 404)
        return self._sent(Pick(key), key)

    def _sent(self, press: Press, name: str) -> Response:
        if not self._send(press):
            answer = sentence("The kiosk is busy and did not take the command: press again in a second.", 503)
            answer.headers["Retry-After"] = "1"
            return answer
        answer = jsonify(accepted=name)
        answer.status_code = 202
        return answer

    def _identity(self) -> dict[str, str]:
        return {"server": self._server, "version": __version__}

    def _stream(self, kind: str, parts: Iterator[str] | Iterator[bytes], mimetype: str) -> Response:
        leave = (self._own[kind].take() if own_screen() else None) or self._seats[kind].take()
        if leave is None:
            return sentence(f"All {self._seats[kind].n} places for {kind} are taken: close this page on another device.", 503)
        answer = Response(parts, content_type=mimetype)
        answer.call_on_close(leave)
        return answer

    def _ended(self, gone: Callable[[], bool]) -> bool:
        return self._stop.is_set or gone()

    def _event_parts(self, gone: Callable[[], bool]) -> Iterator[str]:
        head = json.dumps(self._identity())[1:-1]
        yield f"retry: {RETRY_MS}\n\n"
        seen, beat_s = 0, monotonic_s()
        while not self._ended(gone):
            seen, text = self._texts.newer(seen, LOOK_S)
            now_s = monotonic_s()
            if text is not None:
                yield f'data: {{{head},"sent_t_s":{now_s:.4f},{text[1:]}\n\n'
            if now_s - beat_s >= BEAT_S:
                beat_s = now_s
                yield BEAT
            if text is None and self._texts.closed:
                return

    def _picture_parts(self, gone: Callable[[], bool]) -> Iterator[bytes]:
        yield b"--frame\r\n"
        seen = 0
        while not self._ended(gone):
            seen, data = self._pictures.newer(seen, LOOK_S)
            if data is not None:
                # the boundary follows at once: browsers show a picture when they see the next boundary
                yield b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n--frame\r\n" % (len(data), data)
            elif self._pictures.closed:
                return
            # all readers wait for the same beat of the clock, so that one encoding serves them all
            self._stop.wait(PICTURE_PERIOD_S - monotonic_s() % PICTURE_PERIOD_S)


def _reader_gone() -> Callable[[], bool]:
    """Waitress knows when a reader has left (with channel_request_lookahead); other servers find out by writing."""
    gone: Callable[[], bool] = request.environ.get("waitress.client_disconnected", lambda: False)
    return gone
