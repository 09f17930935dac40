"""A network that raises, answers nonsense, or stays broken."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from healing_station import measuring, until
from kiosk.app import App
from kiosk.config import PoseConfig
from kiosk.panel.rhythm import Lamp, lamp_of
from kiosk.pose import sturdy
from kiosk.pose.movenet import Network
from kiosk.pose.sturdy import GivenUpError, NoPoseError, SturdyNetwork, is_sane
from kiosk.threads import Stop


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


def test_a_network_that_does_not_come_back_is_no_lost_camera(station: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """It hangs, or a slow device loads it again: page and lamp go on, and nobody is sent to look at the camera's cable."""
    invoke, go_on = Network.invoke, Stop()
    station.start()
    until(station, measuring)
    monkeypatch.setattr(Network, "invoke", lambda network: (go_on.wait(60), invoke(network)))
    try:
        lost = until(station, lambda v: bool(v.cannot_judge))
    finally:
        go_on.set()
    assert (lost.fault, lamp_of(lost), str(lost.cannot_judge)) == (True, Lamp.FAULT, "The station is mending itself.")
    until(station, measuring)


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
