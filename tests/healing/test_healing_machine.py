"""A hot, slowed or starved machine is said to the staff, and to nobody who runs."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from healing_station import measuring, until
from kiosk import device, watch
from kiosk.app import App
from kiosk.panel.rhythm import Lamp, lamp_of
from kiosk.screen import Command, State
from kiosk.watch import LASTS_S, ROWS, URGENT_FIRST, Notes, Reading, Watch, judged

SLOW = device.Throttling(False, False, True, False)
WEAK = device.Throttling(True, False, False, False)
SEEN = {
    "nothing to read": (Reading(), []),
    "all is well": (
        Reading(61.0, device.Throttling(False, False, False, False), device.Memory(10**9, 150_000_000, 1), device.Disk(9, 10**10)),
        [],
    ),
    "weak supply": (Reading(61.0, WEAK), ["power"]),
    "hot": (Reading(82.4, SLOW, frames_per_s=14.2), ["heat"]),
    "hot, not yet slow": (Reading(80.0), ["heat"]),
    "warm": (Reading(79.9), []),
    "weak and slow": (Reading(50.0, device.Throttling(True, True, False, False)), ["power", "heat"]),
    "full": (Reading(disk=device.Disk(10**11, 999_000_000)), ["disk"]),
    "no memory": (Reading(memory=device.Memory(10**9, 149_000_000, 1)), ["memory"]),
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


def test_two_notes_do_not_take_turns() -> None:
    """Always hot, and a supply that drops every ten seconds: the supply stands first all the time, and no row lacks its place."""
    notes, firsts, hot = Notes(), set(), Reading(82.0)
    for second in range(0, 60, 5):
        notes.update(judged(replace(hot, throttling=WEAK) if second % 10 == 0 else hot), float(second))
        firsts.add(notes.checks[0].name)
    everything = [check.name for seen, _ in SEEN.values() for check in judged(seen)]
    assert (firsts, set(everything), len(ROWS)) == ({"power"}, set(URGENT_FIRST), len(URGENT_FIRST))


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


def test_a_hot_station_looks_at_fewer_pictures(station: App) -> None:
    """Of a camera's 30 a second it takes 15, and shows that."""
    station.watch._look = lambda folder: Reading(90.0, SLOW)
    station.start()
    began_s = until(station, measuring).frame_t_s or 0.0
    later = until(station, lambda v: (v.frame_t_s or 0.0) > began_s + 3)
    assert 0 < (later.frames_per_s or 0.0) < 17


def test_this_machine_is_read_by_the_running_watch(tmp_path: Path) -> None:
    """The real readings of this machine go through without an error."""
    looked = Watch(tmp_path, lambda: 30.0, lambda now: None)
    looked.update(watch.read_machine(tmp_path), 0.0)
    assert {check.name for check in looked.checks} <= {"power", "heat", "disk", "memory", "clock"}
