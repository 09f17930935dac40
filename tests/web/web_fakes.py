"""A whole kiosk's worth of web server around one view at a time."""

import queue

import numpy as np
from flask import Flask
from flask.testing import FlaskClient

from kiosk.config import WebConfig
from kiosk.domain import Frame
from kiosk.screen import LiveView, Press
from kiosk.threads import Latest, Stop, Worker, monotonic_s
from kiosk.web import create_app
from kiosk.web.doctor import Doctor
from kiosk.web.server import Server


def picture(level: int = 90, height: int = 480) -> Frame:
    """A frame with a soft gradient, so that it is not one colour."""
    ramp = np.linspace(level / 2, level, height, dtype=np.uint8)[:, None, None]
    return Frame(monotonic_s(), np.broadcast_to(ramp, (height, height * 4 // 3, 3)).copy())


class Parts:
    """An application and both ends of what it reads and writes."""

    def __init__(self, **settings: object) -> None:
        self.views: Latest[LiveView] = Latest()
        self.frames: Latest[Frame] = Latest()
        self.sent: queue.Queue[Press] = queue.Queue(2)
        self.stop = Stop()
        self.app: Flask = create_app(self.views, self.frames, self._send, WebConfig.model_validate(settings), self.stop)
        self.client: FlaskClient = self.app.test_client()

    def _send(self, press: Press) -> bool:
        try:
            self.sent.put_nowait(press)
        except queue.Full:
            return False
        return True


class FakeKiosk:
    """Publishes `view` and a picture ten times a second and serves the page, like the real one."""

    def __init__(self, view: LiveView, port: int = 0, doctor: Doctor | None = None, **settings: object) -> None:
        self.views: Latest[LiveView] = Latest()
        self.frames: Latest[Frame] = Latest()
        self.commands: queue.Queue[Press] = queue.Queue(8)
        self.show(view)
        config = WebConfig.model_validate({"port": port, **settings})
        app = create_app(self.views, self.frames, self._send, config, Stop(), doctor=doctor)
        self.server = Server(app, config).start()
        self._publisher = Worker("publisher", self._publish).start()

    def show(self, view: LiveView) -> None:
        """Show this view from now on."""
        self.view = view
        self.views.publish(view)

    def pause(self) -> bool:
        """Publish nothing more, but keep serving."""
        return self._publisher.stop()

    def close(self) -> None:
        """End everything; harmless the second time."""
        assert self.pause()
        assert self.server.stop()

    def _send(self, press: Press) -> bool:
        try:
            self.commands.put_nowait(press)
        except queue.Full:
            return False
        return True

    def _publish(self, stop: Stop) -> None:
        while not stop.wait(0.1):
            self.views.publish(self.view)
            self.frames.publish(picture())
