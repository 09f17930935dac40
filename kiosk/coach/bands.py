"""Typical bands of the metrics, by belt speed.

What must not go in: when to cue, words, anything about one runner.
"""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Band:
    """Where a metric typically lies; it may move with speed."""

    rows: tuple[tuple[float, float, float], ...]
    """(speed m/s, low, high) by rising speed, low and high in the metric's unit; one row when speed does not matter."""

    @property
    def by_speed(self) -> bool:
        """True when the band moves with speed."""
        return len(self.rows) > 1

    def at(self, speed_kmh: float | None) -> tuple[float, float]:
        """Low and high end at a belt speed.

        Linear between the measured speeds, the nearest measured one outside them (our choice: nothing was measured
        there). None or NaN: the speed is unknown, and the answer is the widest band, the union over all speeds.
        """
        speeds, lows, highs = zip(*self.rows, strict=True)
        if speed_kmh is None or math.isnan(speed_kmh):
            return min(lows), max(highs)
        speed_m_s = speed_kmh / 3.6
        return float(np.interp(speed_m_s, speeds, lows)), float(np.interp(speed_m_s, speeds, highs))


def fixed(low: float, high: float) -> Band:
    """The same band at every speed."""
    return Band(((0.0, low, high),))


def measured(*rows: tuple[float, float, float]) -> Band:
    """Band from (speed m/s, mean, half-width) rows."""
    return Band(tuple((speed, mean - half, mean + half) for speed, mean, half in rows))


# "Fukuchi 2017" below: our own analysis of the 10 treadmill runners with force plates of doi:10.7717/peerj.3298, run at
# 2.5, 3.5 and 4.5 m/s; the half-width is two standard deviations.
CADENCE_SPM = measured(
    (2.5, 160, 2 * 9),  # Fukuchi 2017
    (3.5, 169, 2 * 12),  # Fukuchi 2017
    (4.5, 182, 2 * 13),  # Fukuchi 2017
)
CONTACT_MS = measured(
    (2.5, 279, 2 * 24),  # Fukuchi 2017
    (3.5, 231, 2 * 16),  # Fukuchi 2017
    (4.5, 198, 2 * 10),  # Fukuchi 2017
)
OVERSTRIDE_RATIO = measured(
    (2.5, 0.20, 0.055),  # Fukuchi 2017; one half-width for the three speeds (SD .029 .028 .024)
    (3.5, 0.25, 0.055),  # Fukuchi 2017
    (4.5, 0.30, 0.055),  # Fukuchi 2017
)
THIGH_BACK_DEG = measured(
    (2.5, 20, 5),  # Fukuchi 2017; one half-width for the three speeds (SD 2 2 3)
    (3.5, 24, 5),  # Fukuchi 2017
    (4.5, 27, 5),  # Fukuchi 2017
)
BOUNCE_RATIO = fixed(0.08, 0.145)  # Fukuchi 2017, all speeds: .111±.014 / .109±.014 / .096±.014, ends rounded
TRUNK_LEAN_DEG = fixed(0, 12)  # Teng & Powers 2014: 7.3 ± 3.6, two SD rounded
ARM_SWING_DEG = fixed(30, 75)  # Fukuchi 2017, the 3 runners with arm markers: 33-69, widened a little
ARM_DIFFERENCE_DEG = fixed(0, 17)  # Fukuchi 2017, the same 3 runners: left and right differ by 10-17
ELBOW_DEG = fixed(60, 110)  # other tools' bands, which disagree; Fukuchi 2017 (3 runners): 71-96
