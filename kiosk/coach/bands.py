"""Typical bands of the metrics, by belt speed.

What must not go in: when to cue, words, anything about one runner.
"""

import math
from dataclasses import dataclass
from itertools import pairwise


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
        if speed_kmh is None or math.isnan(speed_kmh):
            return min(low for _, low, _ in self.rows), max(high for _, _, high in self.rows)
        speed_m_s = min(max(speed_kmh / 3.6, self.rows[0][0]), self.rows[-1][0])
        for (before, low, high), (after, next_low, next_high) in pairwise(self.rows):
            if speed_m_s < after:
                part = (speed_m_s - before) / (after - before)
                return low + (next_low - low) * part, high + (next_high - high) * part
        _, low, high = self.rows[-1]
        return float(low), float(high)


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
HIP_OVER_ANKLE_RATIO = fixed(0.05, 0.16)  # Fukuchi 2017, all speeds: .115±.025 / .104±.028 / .092±.028, two SD of the middle rounded
SHANK_ANGLE_DEG = measured(
    (2.5, 6, 6),  # Fukuchi 2017; one half-width for the three speeds (SD 1.7 2.7 3.0)
    (3.5, 9, 6),  # Fukuchi 2017
    (4.5, 11, 6),  # Fukuchi 2017
)
KNEE_STANCE_PEAK_DEG = fixed(36, 48)  # Fukuchi 2017, all speeds: 41±3 / 43±3 / 43±2
PELVIC_DROP_DEG = fixed(0, 6)  # Fukuchi 2017: 2.2±1.2 / 3.0±1.3 / 3.6±1.1
STEP_WIDTH_RATIO = fixed(-0.02, 0.10)  # Fukuchi 2017: .053±.024 / .028±.031 / .007±.037, ends rounded
SIDE_LEAN_DEG = fixed(0, 3)  # Dingenen 2018: direction; ± 3 is our choice
TRUNK_SWAY_DEG = fixed(0, 6)  # our choice: to and fro within the ± 3 of the side lean
WRIST_CROSSOVER_RATIO = fixed(
    -0.5, 0
)  # experts: the hands stay on their own side; the lower end is half a shoulder width, the middle of the body
HEAD_FORWARD_DEG = fixed(8, 30)
"""Our choice, for runners without a baseline: 19 ± 2 x 5.7. In 160 standing people the ear lies 49 degrees above the horizontal in
front of the neck's base (C7), and that 54 degrees above and behind the shoulder (Raine & Twomey 1997); with 14 cm and 9 cm between them
the ear is 12 degrees in front of the shoulder. A runner's lean of 7 (Teng & Powers 2014) carries the head along. SD: 5 and 6 degrees
of the two angles and 3.6 of the lean."""
WAIST_BEND_DEG = fixed(-7, 9)
"""Our choice, for runners without a baseline: trunk lean 7.3 ± 3.6 (Teng & Powers 2014) less leg lean 6.0 ± 1.6, which is the measured
hip over ankle .104 ± .028 as an angle (Fukuchi 2017), ± 2 SD."""
SHOULDER_DIFFERENCE_DEG = fixed(0, 4)  # our choice: the other side serves as the runner's own baseline, + 4 degrees
STEP_SYMMETRY_PCT = fixed(0, 4)
"""Our choice: mean + 2 SD of 12 trained treadmill runners, whose symmetry angle of step frequency was 0.7 ± 0.3 % (Mtibaa 2023); 1 % of
that angle is 3.1 % here."""
