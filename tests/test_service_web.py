"""The API beside the headless recorder: a script's key starts and stops it; without store or port the recorder goes on."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kiosk.config import Config, StoreConfig, WebConfig
from kiosk.recorder.web import RecorderWeb
from kiosk.screen import Command, LiveView, Press
from kiosk.store import ClinicStore, SessionStore
from kiosk.threads import Latest, Stop


class Recorder:
    """What RecorderWeb needs of a RecorderService."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.config = Config(store=StoreConfig(folder=str(folder)), web=WebConfig(port=port))
        self.views: Latest[LiveView] = Latest()
        self.frames: Latest[Any] = Latest()
        self.stop_flag = Stop()
        self.crash: tuple[str, Exception] | None = None
        self.asked: list[Press] = []

    def send(self, press: Press) -> bool:
        self.asked.append(press)
        return True

    def state(self) -> Mapping[str, object]:
        facts = {"state": "idle", "since": "2026-11-21T10:00:00+00:00", "segment": "", "seconds": 0.0, "files": 0}
        return {**facts, "free_bytes": 10**9, "folder": "/somewhere", "problem": ""}


def asked(url: str, key: str, method: str = "GET") -> dict[str, Any]:
    request = urllib.request.Request(url, method=method, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.loads(answer.read()))


def test_a_script_starts_and_stops_the_recorder(tmp_path: Path) -> None:
    """State with the read scope, start and stop with control; nothing without a key."""
    store = SessionStore.open(tmp_path)
    key = ClinicStore(store, tmp_path / "recordings").add_token("test", ("read", "control"))
    store.close()
    recorder, told = Recorder(tmp_path), list[str]()
    web = RecorderWeb(recorder, told.append).start()  # type: ignore[arg-type]
    url = told[-1].split()[-1] + "v1/recorder"
    try:
        assert asked(url, key)["state"] == "idle"
        asked(f"{url}/start", key, "POST")
        asked(f"{url}/stop", key, "POST")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            asked(url, "wrong")
    finally:
        web.stop()

    assert recorder.asked == [Command.START, Command.STOP]
    assert recorder.crash is None


def test_a_store_in_use_or_a_port_in_use_is_told_and_not_the_end(tmp_path: Path) -> None:
    """One line each; start and stop do not raise."""
    told: list[str] = []
    store = SessionStore.open(tmp_path)
    web = RecorderWeb(Recorder(tmp_path), told.append).start()  # type: ignore[arg-type]
    web.stop()
    store.close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        web = RecorderWeb(Recorder(tmp_path, taken.getsockname()[1]), told.append).start()  # type: ignore[arg-type]
        web.stop()

    assert ["no API" in line for line in told] == [True, True]
