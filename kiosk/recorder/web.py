"""The API beside the headless recorder: for this device only, and never in the way of recording.

What must not go in: recording (service.py), routes (kiosk/web).
"""

from collections.abc import Callable

from kiosk.config import data_folder
from kiosk.desk import KioskDesk, open_desk
from kiosk.recorder.service import RecorderService
from kiosk.store import SessionStore, StoreError
from kiosk.treadmill import BeltNow
from kiosk.upkeep import Upkeep
from kiosk.web import create_app
from kiosk.web.server import Server, WebError

HERE = "127.0.0.1"


class RecorderWeb:
    """Serves the API and sweeps once a day. What cannot be had is told in a line, and the recorder goes on without it.

    Args:
        service: the recorder; asked for its state, sent start and stop.
        told: takes a line for the log.
    """

    def __init__(self, service: RecorderService, told: Callable[[str], None]) -> None:
        self._service, self._told = service, told
        self._store: SessionStore | None = None
        self._desk: KioskDesk | None = None
        self._server: Server | None = None
        self._upkeep: Upkeep | None = None

    def start(self) -> "RecorderWeb":
        """Open the store with the keys, then serve."""
        config = self._service.config
        try:
            self._store = SessionStore.open(data_folder(config.store))
        except StoreError as error:
            self._told(f"Note: no API and no daily sweep: {error}")
            return self
        self._desk = desk = open_desk(config, self._store, BeltNow(config.treadmill), recorder=self._service.state)
        self._upkeep = Upkeep(desk.sweep, self._crashed).start()
        service = self._service
        app = create_app(service.views, service.frames, service.send, config.web, service.stop_flag, desk=desk)
        try:
            self._server = Server(app, config.web, self._crashed, (HERE, config.web.port)).start()
        except WebError as error:
            self._told(f"Note: no API: {error}")
        else:
            self._told(f"recorder: API at {self._server.url}api/")
        return self

    def stop(self) -> None:
        """End what was begun."""
        if self._server is not None:
            self._server.stop()
        if self._upkeep is not None:
            self._upkeep.stop()
        if self._desk is not None:
            self._desk.close()
        if self._store is not None:
            self._store.close()

    def _crashed(self, name: str, error: Exception) -> None:
        self._service.crash = (name, error)
