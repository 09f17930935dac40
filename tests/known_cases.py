"""The runners whose every metric is known, and how near the kiosk must come."""

from functools import cache

from kiosk.domain import GaitReport, PoseSeries, View
from kiosk.gait.analysis import analyse
from kiosk.gait.geometry import Setting
from known_camera import Camera, Network, record
from known_runner import KnownRunner
from known_truth import Truth, truth_of
from runner import times

RUNNERS = {
    "usual": KnownRunner(),
    "slow": KnownRunner(
        cadence_spm=156.0,
        contact_ms=(270.0, 270.0),
        trunk_lean_deg=4.0,
        overstride_ratio=(0.19, 0.19),
        knee_contact_deg=17.0,
        knee_swing_peak_deg=(82.0, 82.0),
        thigh_back_deg=17.0,
        thigh_front_deg=(36.0, 36.0),
        bounce_ratio=0.1,
        arm_swing_deg=(35.0, 35.0),
        pelvic_drop_deg=(2.0, 2.0),
        step_width_ratio=0.09,
    ),
    "fast": KnownRunner(
        cadence_spm=184.0,
        contact_ms=(195.0, 195.0),
        trunk_lean_deg=9.0,
        overstride_ratio=(0.28, 0.28),
        knee_contact_deg=16.0,
        knee_swing_peak_deg=(112.0, 112.0),
        thigh_back_deg=26.0,
        thigh_front_deg=(52.0, 52.0),
        bounce_ratio=0.087,
        arm_swing_deg=(60.0, 60.0),
        elbow_deg=(75.0, 75.0),
        arm_leg_phase_deg=(-5.0, -5.0),
        shoulder_tilt_deg=(4.0, 4.0),
        step_width_ratio=0.01,
    ),
    "asymmetric": KnownRunner(
        contact_ms=(233.0, 240.0),
        step_symmetry_pct=3.0,
        overstride_ratio=(0.21, 0.225),
        knee_contact_deg=17.0,
        knee_swing_peak_deg=(90.0, 98.0),
        thigh_back_deg=17.5,
        thigh_front_deg=(39.0, 44.0),
        arm_swing_deg=(35.0, 50.0),
        elbow_deg=(75.0, 95.0),
        arm_leg_phase_deg=(0.0, 20.0),
        wrist_crossover_ratio=(-0.3, 0.05),
        shoulder_tilt_deg=(0.0, 4.0),
        pelvic_drop_deg=(2.5, 5.5),
        lateral_lean_deg=2.0,
    ),
    "crossing": KnownRunner(
        wrist_crossover_ratio=(0.1, 0.1),
        pelvic_drop_deg=(7.0, 7.0),
        trunk_sway_deg=8.0,
        step_width_ratio=-0.06,
    ),
    "leaning": KnownRunner(
        trunk_lean_deg=16.0,
        overstride_ratio=(0.18, 0.18),
        knee_contact_deg=20.0,
        thigh_back_deg=18.0,
        bounce_ratio=0.085,
        head_forward_deg=35.0,
        elbow_deg=(110.0, 110.0),
        lateral_lean_deg=-3.0,
    ),
}
FPS, SECONDS = 30.0, 14.0
SEEN_CLEARLY = Network()
NOISY = Network(noise_px=1.5, dropped=0.03)
SEEN_BADLY = Network(noise_px=2.0, dropped=0.03, exchanged=0.1, far_arm=False)
"""Noise of 1 % of the leg, lost points, one frame in ten with exchanged legs, the hidden arm missing."""


@cache
def truth(name: str) -> dict[str, Truth]:
    """Every metric of one of RUNNERS."""
    return truth_of(RUNNERS[name])


@cache
def series(name: str, view: View, network: Network = SEEN_CLEARLY) -> PoseSeries:
    """One of RUNNERS seen for a while, frames irregular and some lost."""
    return record(RUNNERS[name], times(SECONDS, FPS, jitter=0.6, drop=0.05), Camera(view), network)


@cache
def report(name: str, view: View, network: Network = SEEN_CLEARLY) -> GaitReport:
    """What the kiosk says of it."""
    return analyse(series(name, view, network), view, Setting(height_cm=100 * RUNNERS[name].height_m)).report
