"""A camera that stalls, is missing, or whose library hangs."""

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from healing_station import Fake, measuring, until
from kiosk import filming
from kiosk.app import App
from kiosk.camera.fake_picamera2 import FakePicamera2
from kiosk.filming import CameraHungError
from kiosk.panel.rhythm import Lamp, lamp_of
from kiosk.screen import Command, LiveView, State
from kiosk.store import sessions
from kiosk.threads import Stop


def test_a_stalled_camera_is_closed_and_opened_again(station: App, fake: Fake) -> None:
    """No frame although it is open: said on page and lamp, closed, opened, and everything goes when frames come again."""
    station.start()
    until(station, measuring)
    fake.unplugged_after = 0
    lost = until(station, lambda v: "gave no frame" in v.notice and bool(v.cannot_judge))
    assert (lost.fault, lamp_of(lost), lost.pose) == (True, Lamp.FAULT, None)
    assert not fake.opened[0].is_open
    fake.unplugged_after = None
    back = until(station, measuring)
    assert (back.notice, lamp_of(back)) == ("", Lamp.IDLE)
    assert len(fake.opened) >= 2


def test_a_camera_that_opens_without_frames_keeps_its_sentence(station: App, fake: Fake) -> None:
    """Opening alone is no recovery: until the first frame the page goes on to say what is wrong."""
    station.start()
    until(station, measuring)
    fake.unplugged_after = 0
    until(station, lambda v: v.fault and bool(v.notice))
    seen: list[LiveView] = []
    end_s = time.monotonic() + 2.0
    station.wait(lambda v: seen.append(v) or time.monotonic() > end_s)  # type: ignore[func-returns-value]
    assert len(fake.opened) >= 2
    assert {bool(view.notice) for view in seen} == {True}


def test_a_station_without_a_camera_starts_and_waits_for_it(station: App, fake: Fake) -> None:
    """Not plugged in at the start: the page is there and says what to do; plugged in, the station measures."""
    fake.cameras, plugged = (), fake.cameras
    station.start()
    missing = until(station, lambda v: "No camera found" in v.notice and bool(v.cannot_judge))
    assert (missing.fault, lamp_of(missing)) == (True, Lamp.FAULT)
    with urllib.request.urlopen(f"{station.server.url}live.json", timeout=5) as answer:
        assert "No camera found" in json.load(answer)["notice"]
    fake.cameras = plugged
    until(station, measuring)


def test_a_camera_that_is_lost_in_a_run_does_not_lose_the_run(station: App, fake: Fake, tmp_path: Path) -> None:
    """The run goes on, ends by the person, and is stored."""
    station.start()
    until(station, measuring)
    station.send(Command.START)
    until(station, lambda v: v.state is State.RUNNING)
    fake.unplugged_after = 0
    lost = until(station, lambda v: bool(v.cannot_judge) and v.fault)
    assert (lost.state, lost.notice) == (State.RUNNING, "")  # the runner reads one sentence, not two
    fake.unplugged_after = None
    until(station, lambda v: v.elapsed_s > 1 and v.pose is not None)
    station.send(Command.STOP)
    until(station, lambda v: v.state is State.SUMMARY)
    station.stop()
    assert [one.state for one in sessions(tmp_path / "store")] == ["done"]


@pytest.mark.parametrize("call", ["close", "configure"])
def test_a_library_that_hangs_ends_the_process_and_keeps_the_run(
    station: App, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """libcamera does not come back from closing, or from opening again: the page lives until the end, which stores the run."""
    monkeypatch.setattr(filming, "HUNG_S", 1.5)
    free, hanging = Stop(), getattr(fake, call)

    def hang(self: FakePicamera2, *arguments: Any) -> Any:
        free.wait(30.0)
        return hanging(self, *arguments)

    station.start()
    until(station, measuring)
    station.send(Command.START)
    until(station, lambda v: v.state is State.RUNNING)
    setattr(fake, call, hang)
    fake.unplugged_after = 0
    with pytest.raises(CameraHungError, match=r"hangs.*starts again by itself"):
        until(station, lambda v: False)
    view = station.views.peek()
    assert view is not None
    assert view.fault
    station.stop()
    free.set()
    assert [one.state for one in sessions(tmp_path / "store")] == ["done"]
