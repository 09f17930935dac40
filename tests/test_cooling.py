"""A device that grows hot looks at fewer pictures, in steps that do not swing."""

from itertools import pairwise
from pathlib import Path

import pytest

from kiosk.cooling import BACK_C, STEPS, Cooling
from kiosk.device import HOT_C, Throttling
from kiosk.watch import LASTS_S, Reading, Watch, judged

COURSES = {
    "cool": ([50, 70, 76.9], [None, None, None]),
    "warmer and warmer": ([70, 77, 80, 83, 90], [None, 24, 20, 15, 15]),
    "two steps at once": ([70, 84], [None, 15]),
    "swings about the limit": ([77, 76, 74.5, 77, 75], [24, 24, 24, 24, 24]),
    "cools slowly": ([83, 81, 80, 78, 77, 75, 74, 73], [15, 15, 20, 20, 24, 24, None, None]),
    "cools at once": ([90, 40], [15, None]),
    "does not tell any more": ([90, None], [15, None]),
}


@pytest.mark.parametrize(("celsius", "limits"), COURSES.values(), ids=COURSES)
def test_the_limit_follows_the_heat(celsius: list[float | None], limits: list[float | None]) -> None:
    """Up at each row's own temperature, down BACK_C below it; a machine that does not tell is not limited."""
    cooling, seen = Cooling(), []
    for value in celsius:
        cooling.update(value)
        seen.append(cooling.frames_per_s)
    assert seen == limits


def test_the_table_is_in_order_and_never_below_what_gait_needs() -> None:
    """Hotter is slower, the first row holds before the firmware's limit, and 15 a second is what the accuracy is known for."""
    assert all(a.from_c < b.from_c and a.frames_per_s > b.frames_per_s for a, b in pairwise(STEPS))
    assert STEPS[0].from_c < HOT_C
    assert STEPS[-1].frames_per_s >= 15
    assert BACK_C > 0


@pytest.mark.parametrize("camera", [15, 20, 25, 30, 50, 60, 90])
@pytest.mark.parametrize(("celsius", "limit"), [(None, 1000), (77, 24), (80, 20), (83, 15)])
def test_pictures_are_left_out_evenly(camera: int, celsius: float | None, limit: int) -> None:
    """So many a second as the limit says, or as the camera gives; no gap is longer than one more picture of the camera, jitter or not."""
    cooling = Cooling()
    cooling.update(celsius)
    stamps = [5.0 + i / camera + 0.002 * (i % 3 - 1) for i in range(20 * camera)]
    taken = [t_s for t_s in stamps if cooling.wanted(t_s)]
    assert len(taken) / 20 == pytest.approx(min(camera, limit), rel=0.02)
    assert max(b - a for a, b in pairwise(taken)) < 1 / min(camera, limit) + 1 / camera + 0.005


def test_a_pause_and_a_clock_that_goes_back_stop_nothing() -> None:
    """After an hour without pictures, and after a clip that begins again, the next picture is taken, and then one in two."""
    cooling = Cooling()
    cooling.update(90.0)
    for start_s in (0.0, 3600.0, 2.0):
        taken = [i for i in range(60) if cooling.wanted(start_s + i / 30)]
        assert taken[0] == 0
        assert 30 <= len(taken) <= 31


def test_the_staff_is_told_before_the_firmware_slows_the_device() -> None:
    """The note says why the rate is lower and what it is."""
    (check,) = judged(Reading(78.2, frames_per_s=23.7, limit_per_s=24.0))
    assert check.name == "heat"
    assert check.found == "The device is warm (78 °C) and looks at fewer pictures, so that it cools. It takes 24 pictures a second."


def test_the_watch_sets_the_limit_and_says_so(tmp_path: Path) -> None:
    """One reading limits the rate and tells the staff; a cool one ends both, the note after its time. A computer whose firmware tells
    nothing of throttling is no Pi, and has other limits."""
    watch = Watch(tmp_path, lambda: 15.0, lambda now: None)
    watch.update(Reading(84.0, frames_per_s=30.0), 0.0)
    assert watch.cooling.frames_per_s is None
    watch.update(Reading(84.0, Throttling(False, False, False, False), frames_per_s=15.0), 0.0)
    assert watch.cooling.frames_per_s == 15
    assert [check.name for check in watch.checks] == ["heat"]
    watch.update(Reading(60.0), LASTS_S + 1)
    assert (watch.cooling.frames_per_s, watch.checks) == (None, ())
