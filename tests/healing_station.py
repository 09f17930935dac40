"""What the tests of healing share: a station on a fake camera whose faults are set while it runs."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.app import App
from kiosk.camera.fake_picamera2 import FakePicamera2
from kiosk.config import Config, PanelConfig, SessionConfig, StoreConfig, TreadmillConfig, WebConfig
from kiosk.screen import LiveView

Fake = type[FakePicamera2]


def settings(tmp_path: Path, **parts: Any) -> Config:
    """A station without a panel, on a port of its own, with the camera on the ribbon cable."""
    base = Config(
        store=StoreConfig(folder=str(tmp_path / "store")),
        web=WebConfig(port=0),
        panel=PanelConfig(enabled=False),
        treadmill=TreadmillConfig(view="right"),
        session=SessionConfig(guided=False, countdown_s=0, hands_free=False),
    )
    return base.model_copy(update=parts)


def until(app: App, done: Callable[[LiveView], bool], seconds: float = 15.0) -> LiveView:
    """The first view that is like this; fails when none comes."""
    end_s = time.monotonic() + seconds
    found = app.wait(lambda view: done(view) or time.monotonic() > end_s)
    assert found is not None
    assert done(found), f"did not come within {seconds} s: {found}"
    return found


def measuring(view: LiveView) -> bool:
    """Poses come, and nothing is said."""
    return view.frame_t_s is not None and view.pose is not None and not view.fault and not view.cannot_judge
