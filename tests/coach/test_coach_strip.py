"""The strip of the last minute, and the bands beside it."""

import numpy as np
import pytest

from kiosk.coach.bands import CADENCE_SPM, TRUNK_LEAN_DEG
from kiosk.coach.strip import Minute
from kiosk.screen import Strip


def test_a_strip_is_made_when_readings_come() -> None:
    """The same object for every frame until the next look; then with the new second."""
    minute = Minute()
    minute.update(10.2, {"low_cadence": 160.0}, "")
    first = minute.strip("low_cadence", "cadence_spm")
    assert minute.strip("low_cadence", "cadence_spm") is first
    assert minute.strip("overstride", "overstride_ratio") == Strip("overstride_ratio", (None,), (False,))
    minute.update(12.4, {"low_cadence": 166.0}, "cadence_spm")
    assert minute.strip("low_cadence", "cadence_spm") == Strip("cadence_spm", (160.0, None, 166.0), (False, False, True))


@pytest.mark.parametrize("speed_kmh", [0.0, 5.0, 9.0, 10.7, 12.6, 14.4, 16.2, 30.0])
def test_a_band_lies_on_the_line_between_the_measured_speeds(speed_kmh: float) -> None:
    """Linear between, the nearest beyond; floats also where the table has whole numbers."""
    speeds, lows, highs = zip(*CADENCE_SPM.rows, strict=True)
    wanted = np.interp(speed_kmh / 3.6, speeds, lows), np.interp(speed_kmh / 3.6, speeds, highs)
    assert CADENCE_SPM.at(speed_kmh) == pytest.approx(wanted, rel=1e-12)
    assert [type(end) for end in TRUNK_LEAN_DEG.at(speed_kmh)] == [float, float]
