"""Listening to a simulated treadmill: what is known when, what is said when it is not, and that nothing is ever written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.clinic import Belt, Refused
from kiosk.config import TreadmillConfig
from kiosk.threads import Stop, monotonic_s
from kiosk.treadmill import BeltNow, bluetooth
from kiosk.treadmill.bluetooth import Listener
from kiosk.treadmill.ftms import CONTROL_POINT, TREADMILL_DATA, Told
from kiosk.treadmill.simulated import SimulatedError, SimulatedTreadmill

STEADY = ((0.0, 9.0, 1.5), (1.0, 9.0, 1.5))


def until(reached: Callable[[], object], patience_s: float = 5.0) -> None:
    """Wait for something that another thread does."""
    end_s, pause = monotonic_s() + patience_s, Stop()
    while not reached():
        assert monotonic_s() < end_s, "waited in vain"
        pause.wait(0.01)


@contextmanager
def listening(treadmill: SimulatedTreadmill, wanted: str = "simulated", clock: Callable[[], float] = monotonic_s) -> Iterator[Listener]:
    """A listener at work."""
    listener = Listener(wanted, treadmill.bleak, clock, first_pause_s=0.01)
    listener.start()
    try:
        yield listener
    finally:
        assert listener.stop()


def steady(**values: object) -> SimulatedTreadmill:
    """A treadmill at 9 km/h and 1.5 % that notifies a hundred times a second."""
    return SimulatedTreadmill(ramp=STEADY, period_s=0.01, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("wanted", ["simulated", " Simulated ", "00:00:5e:00:53:01"])
def test_it_is_found_by_name_or_address(wanted: str) -> None:
    """Capitals and blanks do not matter; speed and incline come from two notifications."""
    with listening(steady(), wanted) as listener:
        until(listener.told)
        assert (listener.told(), listener.problem) == (Told(9.0, 1.5), "")


def test_another_treadmill_is_left_alone() -> None:
    """Beside us stands another machine: it is not even connected to."""
    treadmill = steady(name="Neighbour")
    with listening(treadmill) as listener:
        until(lambda: "not found" in listener.problem)
    assert (treadmill.actions, treadmill.connected) == ([], False)


def test_nothing_is_ever_written() -> None:
    """The whole of what a treadmill sees of us, over dropouts, broken bytes and the end: subscriptions to its data."""
    treadmill = steady()
    with listening(treadmill) as listener:
        until(listener.told)
        treadmill.connected = False
        until(lambda: len(treadmill.actions) >= 2)
        treadmill.raw = (b"\x00",)
        treadmill.connected = False
        until(lambda: len(treadmill.actions) >= 3)

    assert set(treadmill.actions) == {("subscribe", TREADMILL_DATA)}
    assert CONTROL_POINT not in dict(treadmill.actions).values()


def test_the_source_has_no_call_that_could_write() -> None:
    """Not one line of the listener names bleak's ways to write, nor the control point."""
    source = Path(bluetooth.__file__).read_text(encoding="utf-8")

    assert [word for word in ("write_gatt", "CONTROL_POINT", "2ad9", "2AD9") if word in source] == []


def test_a_lost_treadmill_comes_back() -> None:
    """The connection drops, the problem says so, and the next search finds it again."""
    treadmill = steady()
    with listening(treadmill) as listener:
        until(listener.told)
        treadmill.there = treadmill.connected = False
        until(lambda: "not found" in listener._trouble)
        treadmill.there = True
        until(lambda: treadmill.connected)
        assert len(treadmill.actions) == 2


def test_an_old_word_is_no_word() -> None:
    """5 s after the last notification the speed is unknown, and why is said."""
    now = [100.0]
    treadmill = steady()
    with listening(treadmill, clock=lambda: now[0]) as listener:
        until(listener.told)
        treadmill.silent = True
        Stop().wait(0.05)
        now[0] += 4.9
        assert listener.told() == Told(9.0, 1.5)
        now[0] += 0.2
        assert (listener.told(), "says nothing" in listener.problem) == (None, True)


def test_a_silent_connection_is_made_anew() -> None:
    """A connection that has died without a word is given up."""
    now = [100.0]
    treadmill = steady(silent=True)
    with listening(treadmill, clock=lambda: now[0]):
        until(lambda: len(treadmill.actions) == 1)
        now[0] += 31.0
        until(lambda: len(treadmill.actions) == 2)


def test_a_device_without_the_service_is_named() -> None:
    """Headphones of the same name are no treadmill."""
    treadmill = steady(plain=True)
    with listening(treadmill) as listener:
        until(lambda: "no FTMS" in listener.problem)
    assert treadmill.actions == []


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (FileNotFoundError(2, "No such file or directory"), "no Bluetooth that works"),
        (SimulatedError("No Bluetooth adapters found."), "no Bluetooth that works"),
        (SimulatedError("[org.bluez.Error.NotReady] Resource Not Ready"), "no Bluetooth that works"),
        (SimulatedError("ATT error 0x0e"), "cannot be reached"),
        (EOFError(), "cannot be reached"),
        (TimeoutError(), "cannot be reached"),
    ],
)
def test_what_a_broken_radio_says(failure: Exception, said: str) -> None:
    """One sentence for the staff, no crash, and it is tried again."""
    treadmill = steady(failure=failure)
    with listening(treadmill) as listener:
        until(lambda: said in listener.problem)
        treadmill.failure = None
        until(listener.told)


def test_a_fault_of_our_own_is_not_hidden() -> None:
    """What nobody expected ends the listening and is told, and the kiosk goes on."""
    treadmill = steady(failure=ZeroDivisionError("planted"))
    with listening(treadmill) as listener:
        until(lambda: "fault of the kiosk" in listener.problem)


def test_pauses_grow() -> None:
    """A treadmill that is off is searched less and less often: 1, 2, 4 ... 60 s."""
    pauses: list[float] = []
    pause_s = bluetooth.FIRST_PAUSE_S
    for _ in range(8):
        pause_s = bluetooth.longer(pause_s)
        pauses.append(pause_s)

    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]


def test_the_treadmill_counts_before_the_page_and_the_page_before_the_file() -> None:
    """Three sources, in this order; a treadmill that is gone gives way."""
    treadmill = steady()
    belt = BeltNow(TreadmillConfig(speed_kmh=8.0, incline_pct=1.0, bluetooth="simulated"), treadmill.bleak)
    seen = [belt.now()]
    belt.set(10.5, 2.0)
    seen.append(belt.now())
    belt.start()
    until(lambda: belt.now().source == "treadmill")
    seen.append(belt.now())
    assert belt.stop()

    assert seen == [Belt(8.0, 1.0, "config"), Belt(10.5, 2.0, "page"), Belt(9.0, 1.5, "treadmill")]


def test_a_treadmill_without_incline_leaves_it_to_the_page() -> None:
    """Flags 0x0000 tell the speed alone."""
    belt = BeltNow(TreadmillConfig(bluetooth="simulated"), steady(raw=(bytes.fromhex("0000 8403"),)).bleak)
    belt.set(None, 4.0)
    belt.start()
    until(lambda: belt.now().source == "treadmill")
    assert belt.stop()

    assert belt.now() == Belt(9.0, 4.0, "treadmill")


def test_typed_values_are_forgotten() -> None:
    """The next visitor does not inherit the speed; "unknown" counts before the file until then."""
    belt = BeltNow(TreadmillConfig(speed_kmh=8.0))
    belt.clear()
    cleared = belt.now()
    belt.set(12.0, 0.0)
    belt.forget()

    assert (cleared, belt.now(), belt.problem) == (Belt(None, 0.0, ""), Belt(8.0, 0.0, "config"), "")


@pytest.mark.parametrize(("speed_kmh", "incline_pct"), [(0.0, 0.0), (41.0, 0.0), (float("nan"), 0.0), (9.0, 41.0), (9.0, -11.0)])
def test_what_no_treadmill_does_is_refused(speed_kmh: float, incline_pct: float) -> None:
    """The sentence names the value and what is allowed."""
    with pytest.raises(Refused, match="is not possible: type"):
        BeltNow(TreadmillConfig()).set(speed_kmh, incline_pct)


def test_the_simulated_treadmill_speeds_up() -> None:
    """It stands for 5 s and is at 9 km/h and 1 % after 15."""
    now = [0.0]
    treadmill = SimulatedTreadmill(clock=lambda: now[0])
    seen = []
    for now[0] in (0.0, 10.0, 20.0):
        seen.append(treadmill.now())

    assert seen == [(0.0, 0.0), (4.5, 0.5), (9.0, 1.0)]


def test_the_real_library_has_what_we_use() -> None:
    """The installed bleak knows the calls that the fake imitates."""
    bleak = bluetooth.real()

    assert callable(bleak.scanner.find_device_by_filter)
    assert {"start_notify", "is_connected", "services", "__aenter__"} <= set(dir(bleak.client))
