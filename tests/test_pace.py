"""The belt during a run: one speed for a steady run, none for one that changed."""

import pytest

from kiosk.clinic import Belt
from kiosk.config import TreadmillConfig
from kiosk.pace import Pace


def paced(*speeds: float | None) -> Pace:
    """A run in which the belt said these speeds."""
    said = iter(speeds)
    pace = Pace(lambda: Belt(next(said), 1.5), TreadmillConfig())
    for _ in speeds[1:]:
        pace.look()
    return pace


@pytest.mark.parametrize(
    ("speeds", "speed", "change"),
    [
        ((9.0, 9.0, 9.0, 9.0), 9.0, 0.0),
        ((None, 9.0, 9.0, 9.2), 9.0, 0.2),  # somebody typed it after the start
        ((8.0,) * 10 + (12.0,) * 10, None, 4.0),  # no one speed: the bands of none hold
        ((0.0,) + (9.0,) * 9, 9.0, 9.0),  # getting up to speed does not count
        ((None, None), None, None),
    ],
)
def test_one_speed_of_a_run(speeds: tuple[float | None, ...], speed: float | None, change: float | None) -> None:
    """The median where three quarters of the looks are within half a km/h of it."""
    pace = paced(*speeds)

    assert pace.speed_kmh == pytest.approx(speed)
    assert pace.change_kmh == (pytest.approx(change) if change is not None else None)


def test_without_a_belt_the_settings_hold() -> None:
    """Speed and incline of [treadmill]."""
    pace = Pace(None, TreadmillConfig(speed_kmh=10.0, incline_pct=2.0))
    pace.look()

    assert (pace.speed_kmh, pace.now_kmh, pace.incline_pct) == (10.0, 10.0, 2.0)
