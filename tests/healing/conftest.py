"""The real App on a fake camera."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from healing_station import Fake, settings
from kiosk import filming
from kiosk.app import App
from kiosk.camera.fake_picamera2 import FakePicamera2
from kiosk.camera.picamera import PiCamera


@pytest.fixture
def fake() -> Fake:
    """A Picamera2 of this test's own, whose faults can be set while it runs."""
    return type("FakeForOneTest", (FakePicamera2,), {"opened": []})


@pytest.fixture
def station(tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The real App on the fake camera, which counts as stalled after half a second; not started."""
    monkeypatch.setattr(filming, "RETRY_S", 0.3)
    app = App(settings(tmp_path))
    app.camera = PiCamera(app.config.camera, fake, stall_s=0.5)
    yield app
    app.stop()
