"""Every fault that the station mends, played against the real App; tests/play_faults.py plays them in a real process and measures."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin

from kiosk import device, filming, watch
from kiosk.app import App
from kiosk.camera.fake_picamera2 import FakePicamera2
from kiosk.camera.picamera import PiCamera
from kiosk.config import CameraConfig, Config, PanelConfig, PoseConfig, SessionConfig, StoreConfig, TreadmillConfig, WebConfig
from kiosk.domain import SessionInfo
from kiosk.filming import CameraHungError
from kiosk.panel import mending
from kiosk.panel.rhythm import Lamp, lamp_of
from kiosk.pose import sturdy
from kiosk.pose.movenet import Network
from kiosk.pose.sturdy import GivenUpError, NoPoseError, SturdyNetwork, is_sane
from kiosk.screen import Command, LiveView, State
from kiosk.store import SessionStore, sessions
from kiosk.threads import Stop
from kiosk.watch import LASTS_S, Jumps, Notes, Reading, Watch, judged

Fake = type[FakePicamera2]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


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


# ---- camera -----------------------------------------------------------------------------------------------------------


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


# ---- network ----------------------------------------------------------------------------------------------------------


def unbound(method: Callable[..., Any]) -> Callable[..., Any]:
    """A plain function, which Python gives the network that it is called on."""

    def call(network: Network, *rest: Any) -> Any:
        return method(network, *rest)

    return call


class Broken:
    """Makes the real network fail: `how` for the interpreters that are loaded before `until` loads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, how: str, until: int) -> None:
        self.loads, self.how, self.until = 0, how, until
        self._invoke, self._output, self._init = Network.invoke, Network.output, Network.__init__
        for name, method in (("invoke", self.invoke), ("output", self.output), ("__init__", self.load)):
            monkeypatch.setattr(Network, name, unbound(method))

    @property
    def fails(self) -> bool:
        return self.loads < self.until

    def load(self, network: Network, given: PoseConfig) -> None:
        self._init(network, given)
        self.loads += 1

    def invoke(self, network: Network) -> None:
        if self.fails and self.how == "raises":
            raise RuntimeError("Node number 3 (DELEGATE) failed to invoke.")
        self._invoke(network)

    def output(self, network: Network) -> Any:
        found = self._output(network)
        return np.full_like(found, {"nan": np.nan, "far": 40.0}[self.how]) if self.fails and self.how != "raises" else found


@pytest.mark.parametrize("how", ["raises", "nan", "far"])
def test_a_network_that_fails_once_is_loaded_again_within_the_frame(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """An exception, NaN or nonsense: the same picture has its answer all the same, and nobody is told."""
    network = SturdyNetwork(PoseConfig())
    picture = np.random.default_rng(1).integers(0, 255, (network.side_px, network.side_px, 3), dtype=np.uint8)
    wanted = network(picture)
    broken = Broken(monkeypatch, how, until=1)
    assert np.array_equal(network(picture), wanted)
    assert (broken.loads, network.problem) == (1, "")


def test_a_network_that_fails_again_waits_and_is_given_up_after_a_minute_of_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is loaded once at once, then every 5 s, and after the fifth time a new process has to help."""
    now = [100.0]
    network = SturdyNetwork(PoseConfig(), now_s=lambda: now[0])
    broken = Broken(monkeypatch, "raises", until=99)
    with pytest.raises(NoPoseError, match="failed to invoke"):
        network.invoke()
    for _ in range(40):
        now[0] += 0.1
        with pytest.raises(NoPoseError):
            network.invoke()
    assert broken.loads == 1
    loads = []
    for _ in range(4):
        now[0] += sturdy.PAUSE_S
        with pytest.raises(NoPoseError):
            network.invoke()
        loads.append(broken.loads)
    assert loads == [2, 3, 4, 5]
    now[0] += sturdy.PAUSE_S
    with pytest.raises(GivenUpError, match="5 times within a minute"):
        network.invoke()


def test_a_failing_network_is_said_and_comes_back(station: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is loaded again page and lamp say so and buttons work; then poses go on as if nothing had been."""
    monkeypatch.setattr(sturdy, "PAUSE_S", 2.5)
    station.start()
    until(station, measuring)
    broken = Broken(monkeypatch, "raises", until=2)
    lost = until(station, lambda v: "pose network failed" in v.notice and bool(v.cannot_judge))
    assert (lost.fault, lamp_of(lost), str(lost.cannot_judge)) == (True, Lamp.FAULT, "The station is mending itself.")
    until(station, measuring)
    assert broken.loads == 2


def test_a_network_that_stays_broken_ends_the_process(station: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Systemd starts the station again: the error that ends it says what was tried."""
    monkeypatch.setattr(sturdy, "PAUSE_S", 0.1)
    station.start()
    until(station, measuring)
    Broken(monkeypatch, "nan", until=99)
    with pytest.raises(GivenUpError, match="starts again by itself"):
        until(station, lambda v: False)


SANE = np.full((17, 3), 0.5, np.float32)


@pytest.mark.parametrize(
    ("change", "sane"),
    [
        ({}, True),
        ({(3, 0): np.nan}, False),
        ({(3, 2): np.inf}, False),
        ({(0, 0): -0.2}, True),
        ({(0, 1): 9.0}, False),
        ({(5, 2): 1.5}, False),
    ],
)
def test_what_a_network_can_have_said(change: Mapping[tuple[int, int], float], sane: bool) -> None:
    """Keypoints a little outside the square are its business; NaN, far away and scores above 1 are not."""
    answer = SANE.copy()
    for place, value in change.items():
        answer[place] = value
    assert is_sane(answer) is sane
    assert not is_sane(answer[:5])


# ---- threads ----------------------------------------------------------------------------------------------------------


def test_a_crashed_pipeline_does_not_leave_a_dead_page(station: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that draws the page dies: the error reaches the main thread within a second, which ends the process."""
    station.start()
    until(station, measuring)
    began_s = time.monotonic()
    monkeypatch.setattr(station.pipeline, "step", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError) as raised:
        until(station, lambda v: False)
    assert time.monotonic() - began_s < 2
    assert "in the pipeline thread" in raised.value.__notes__


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


# ---- disk -------------------------------------------------------------------------------------------------------------


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


# ---- clock ------------------------------------------------------------------------------------------------------------


def test_a_clock_that_jumps_in_a_run_moves_its_date_and_nothing_else(station: App, tmp_path: Path) -> None:
    """Set forward by nine years while somebody runs: the run's length is right, its date is that of the new clock."""
    at = [NOW - timedelta(days=9 * 365)]
    station.watch._look = lambda folder: Reading(clock=device.Clock(at[0], True, True, False))
    station.start()
    until(station, measuring)
    station.watch.update(station.watch._look(tmp_path), time.monotonic())
    began_s = time.monotonic()
    station.send(Command.START)
    until(station, lambda v: v.state is State.RUNNING and v.elapsed_s > 1)
    at[0] = NOW
    station.watch.update(station.watch._look(tmp_path), time.monotonic())
    seconds = until(station, lambda v: v.elapsed_s > 1.5).elapsed_s
    assert seconds == pytest.approx(time.monotonic() - began_s, abs=0.7)
    station.send(Command.STOP)
    until(station, lambda v: v.state is State.SUMMARY)
    station.stop()
    (stored,) = sessions(tmp_path / "store")
    assert stored.duration_s == pytest.approx(seconds, abs=1.0)
    age_s = (NOW - datetime.fromisoformat(stored.started_utc)).total_seconds()
    assert 0 <= age_s <= 4


INFO = SessionInfo("2031-01-01T00:00:00+00:00", None, None, "network", "camera", {})


def test_a_date_that_fits_already_is_left(tmp_path: Path) -> None:
    """A run that began after the jump, before the station noticed it, keeps its date to the second; older runs are not touched."""
    store = SessionStore.open(tmp_path)
    store.begin(INFO)
    assert store.flush(5)
    store.close()
    store = SessionStore.open(tmp_path)
    today = datetime.now(UTC)
    store.begin(SessionInfo((today + timedelta(seconds=2)).isoformat(timespec="seconds"), None, None, "network", "camera", {}))
    store.move_dates(today)
    assert store.flush(5)
    store.close()
    assert [one.started_utc for one in sessions(tmp_path)] == [
        (today + timedelta(seconds=2)).isoformat(timespec="seconds"),
        INFO.started_utc,
    ]


def test_jumps_are_told_from_drift() -> None:
    """Half a second of correction is none; a year back and forth are two."""
    jumps = Jumps()
    steps = [jumps.update(wall_s, t_s) for wall_s, t_s in [(1000, 0), (1005.5, 5), (-31e6, 10), (-31e6 + 5, 15), (1020, 20)]]
    assert steps == [0, 0, pytest.approx(-31e6 - 1010.5), 0, pytest.approx(31e6 + 1010)]


# ---- machine ----------------------------------------------------------------------------------------------------------

SLOW = device.Throttling(False, False, True, False)
WEAK = device.Throttling(True, False, False, False)
SEEN = {
    "nothing to read": (Reading(), []),
    "all is well": (Reading(61.0, device.Throttling(False, False, False, False), device.Memory(8, 4, 1), device.Disk(9, 10**10)), []),
    "weak supply": (Reading(61.0, WEAK), ["power"]),
    "hot": (Reading(82.4, SLOW, frames_per_s=14.2), ["heat"]),
    "hot, not yet slow": (Reading(80.0), ["heat"]),
    "warm": (Reading(79.9), []),
    "weak and slow": (Reading(50.0, device.Throttling(True, True, False, False)), ["power", "heat"]),
    "full": (Reading(disk=device.Disk(10**11, 499_000_000)), ["disk"]),
    "no memory": (Reading(memory=device.Memory(1000, 49, 1)), ["memory"]),
    "1970": (Reading(clock=device.Clock(datetime(1970, 1, 1, tzinfo=UTC), False, None, False)), ["clock"]),
}


@pytest.mark.parametrize(("seen", "names"), SEEN.values(), ids=SEEN)
def test_what_the_machine_says_is_judged(seen: Reading, names: list[str]) -> None:
    """Each matter by its own limit, the most urgent first."""
    assert [check.name for check in judged(seen)] == names


def test_a_hot_station_says_how_fast_it_still_is() -> None:
    """Temperature and rate are in the sentence."""
    (check,) = judged(SEEN["hot"][0])
    assert check.found == "The device is hot (82 °C) and runs slower. It takes 14 pictures a second."


def test_notes_do_not_flicker_and_are_told_once() -> None:
    """A supply that drops for a moment every ten seconds is one note and one line, and half a minute later it is over."""
    notes, lines = Notes(), []
    for second in range(0, 100, 5):
        weak = second % 10 == 0 and second <= 50
        lines.append(notes.update(judged(Reading(61.0, WEAK)) if weak else (), float(second)))
    told = [(5 * i, text.split(":")[0]) for i, line in enumerate(lines) for text in line]
    assert told == [(0, "power"), (50 + LASTS_S, "power")]
    assert notes.checks == ()


def test_a_hot_station_is_noted_for_the_staff_and_never_for_a_runner(station: App) -> None:
    """Amber on the idle screen, no fault, the lamp as always; nothing while somebody runs; gone when it is cool."""
    seen = [Reading(83.0, SLOW)]
    station.watch._look = lambda folder: seen[0]
    station.start()
    noted = until(station, lambda v: "hot (83 °C)" in v.notice)
    assert (noted.fault, noted.cannot_judge, lamp_of(noted)) == (False, "", Lamp.IDLE)
    station.send(Command.START)
    assert until(station, lambda v: v.elapsed_s > 1).notice == ""
    station.send(Command.STOP)
    until(station, lambda v: v.state is State.SUMMARY and "hot" in v.notice)
    seen[0] = Reading(60.0)
    station.watch.update(seen[0], time.monotonic() + LASTS_S + 1)
    until(station, lambda v: v.notice == "")


def test_this_machine_is_read_by_the_running_watch(tmp_path: Path) -> None:
    """The real readings of this machine go through without an error."""
    looked = Watch(tmp_path, lambda: 30.0, lambda now: None)
    looked.update(watch.read_machine(tmp_path), 0.0)
    assert {check.name for check in looked.checks} <= {"power", "heat", "disk", "memory", "clock"}


# ---- panel ------------------------------------------------------------------------------------------------------------


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
