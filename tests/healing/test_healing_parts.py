"""Threads that die, a disk that is full, a lamp that breaks."""

import time
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin

from healing_station import Fake, measuring, settings, until
from kiosk.app import App
from kiosk.camera.picamera import PiCamera
from kiosk.config import CameraConfig, PanelConfig
from kiosk.panel import mending
from kiosk.panel.rhythm import Lamp, lamp_of
from kiosk.screen import Command, State
from kiosk.store import sessions


def test_a_crashed_pipeline_does_not_leave_a_dead_page(station: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that draws the page dies: the error reaches the main thread within a second, which ends the process."""
    station.start()
    until(station, measuring)
    began_s = time.monotonic()
    monkeypatch.setattr(station.pipeline, "step_with", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError) as raised:
        until(station, lambda v: False)
    assert time.monotonic() - began_s < 2
    assert "in the pipeline thread" in raised.value.__notes__


def test_a_frame_that_cannot_be_cut_ends_the_process(station: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cut on the camera's thread, which dies of it: not unseen."""
    station.start()
    until(station, measuring)
    monkeypatch.setattr(station.finder, "prepare", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError) as raised:
        until(station, lambda v: False)
    assert "in the camera thread" in raised.value.__notes__


def test_a_store_that_is_dead_for_good_ends_the_process(station: App) -> None:
    """Two faults of the program in the writing thread: a new process goes on with what is on the disk."""
    station.start()
    until(station, measuring)
    station.store._writer.send(lambda db: {}["first"])
    noted = until(station, lambda v: "could not be stored" in v.notice)
    assert lamp_of(noted) is Lamp.FAULT
    station.store._writer.send(lambda db: {}["second"])
    with pytest.raises(KeyError, match="second"):
        until(station, lambda v: False)


def test_a_full_disk_in_a_run_loses_nothing(station: App, tmp_path: Path) -> None:
    """SQLite has no page left: the run goes on and ends with its summary, the page says so; with room again all of it is stored."""
    station.start()
    until(station, measuring)
    (pages,) = station.store.perform(lambda db: db.execute("PRAGMA page_count").fetchone())
    station.store.perform_alone(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchall())
    blob = "x" * 100_000
    station.send(Command.START)
    until(station, lambda v: v.state is State.RUNNING)
    station.store._writer.send(lambda db: db.execute("INSERT INTO told VALUES (1, ?)", (blob,)))  # what no page is left for
    until(station, lambda v: v.fault and v.elapsed_s > 1 and not v.notice)
    station.send(Command.STOP)
    said = until(station, lambda v: v.state is State.SUMMARY and "nothing is lost yet" in v.notice)
    assert lamp_of(said) is Lamp.FAULT
    station.store._database.execute("PRAGMA max_page_count = 1000000").fetchall()
    until(station, lambda v: not v.fault and not v.notice)
    station.stop()
    assert [one.state for one in sessions(tmp_path / "store")] == ["done"]


def test_a_lamp_that_breaks_is_said_and_opened_again(tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pin raises: the page says so, and when the pin works again it shines."""
    monkeypatch.setattr(mending, "AGAIN_S", 0.5)
    before, Device.pin_factory = Device.pin_factory, MockFactory(pin_class=MockPWMPin)
    pin = Device.pin_factory.pin(23)
    app = App(settings(tmp_path, panel=PanelConfig(lamp_pin=23)))
    app.camera = PiCamera(CameraConfig(), fake)
    app.start()
    try:
        until(app, lambda v: measuring(v) and v.notice == "")

        def broken(self: MockPWMPin, value: float) -> None:
            raise OSError("Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(MockPWMPin, "_set_state", broken)
            until(app, lambda v: "lamp" in v.notice and "Input/output error" in v.notice)
        until(app, lambda v: v.notice == "")
        pin.clear_states()
        time.sleep(1.0)
        assert len(pin.states) > 3
    finally:
        app.stop()
        Device.pin_factory.reset()
        Device.pin_factory = before
