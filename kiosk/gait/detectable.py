"""How large a change of a metric must be before the method can tell it from its own error: published, or measured on our runners.

A runner who stands differently changes the network's systematic errors, and no spread within a bout shows that. So beside the
patient's own noise (drift.py) a change must pass this limit. Where the numbers come from and what they cost: docs/retest.md.
What must not go in: the patient's own noise, what is compared (retest.py).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

DINGENEN = "Dingenen 2018, doi:10.1016/j.ptsp.2018.06.009: 2-D video of treadmill running, two days a week apart"
"""Smallest detectable differences of the abstract, the largest of the range that names the angle."""
DAMSTED = "Damsted 2015, Int J Sports Phys Ther 10(2):147-154: 2-D video of treadmill running, two days"
"""95 % prediction interval of the knee at foot strike between days, 9 to 14 degrees from end to end: half of the widest."""
BODIES = "measured: 1.96 x sqrt(2) x spread of the error over the rendered runners (docs/retest.md)"
LEGS = "measured: 1.96 x sqrt(2) x spread of the mean of two legs, from how their errors differ in the rendered runners (docs/retest.md)"
PHASES = "measured: 1.96 x the spread of the trunk's error over the moments of a stride in the rendered runners (docs/retest.md)"
WAIST = "measured: no less than the trunk lean that is a part of it (docs/retest.md)"
CONTACT = "measured: the limit of the contact time, which is the rest of the step (docs/retest.md)"
WANDERS = (
    "our arithmetic: error of the network and a stride time that varies by 1.5 %, four strides telling as much as one,"
    " bouts of 60 s, more in shorter ones"
)
WHOLE_S = 60.0
"""Length of the bouts that `Limit.wanders` holds for, seconds."""
OTHERS = "none measured, none published"


@dataclass(frozen=True)
class Limit:
    """A row: the smallest change of one metric that the method can tell."""

    published: float | None = None
    """Smallest detectable change of a paper on 2-D video of running that measured the same thing, in the metric's unit."""
    paper: str = ""
    measured: float | None = None
    """From the error of our two networks, the worse of them, in the metric's unit; cause in `cause`."""
    cause: str = ""
    wanders: float = 0.0
    """The part of `measured` by which the runner wanders between two bouts of `WHOLE_S`: fewer strides hold more of it."""

    @property
    def value(self) -> float | None:
        """The larger of the two: the paper's holds the runner's day and a human eye, ours the network; None without either."""
        return max((v for v in (self.published, self.measured) if v is not None), default=None)

    @property
    def source(self) -> str:
        """Where `value` comes from."""
        if self.value is None:
            return OTHERS
        return self.paper if self.value == self.published else self.cause


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        "cadence_spm": Limit(measured=1.8, cause=WANDERS, wanders=1.5),
        "contact_ms": Limit(measured=17.4, cause=LEGS),
        "flight_ms": Limit(measured=17.4, cause=CONTACT),
        "duty_ratio": Limit(measured=0.025, cause=CONTACT),  # 17.4 ms of a stride of 700 ms (172 steps a minute)
        "step_symmetry_pct": Limit(measured=6.53, cause=BODIES),
        "trunk_lean_deg": Limit(measured=2.5, cause=PHASES),
        "leg_lean_deg": Limit(measured=1.64, cause=LEGS),
        "waist_bend_deg": Limit(measured=2.5, cause=WAIST),
        "hip_over_ankle_ratio": Limit(measured=0.026, cause=LEGS),
        "overstride_ratio": Limit(measured=0.021, cause=LEGS),
        "shank_angle_deg": Limit(4.8, DINGENEN, 3.2, LEGS),  # "tibia inclination", 2.2 to 4.8 together with the ankle
        "knee_contact_deg": Limit(7.0, DAMSTED, 4.55, LEGS),
        "knee_stance_peak_deg": Limit(3.8, DINGENEN, 7.0, BODIES),  # their knee flexion at midstance, near its peak
        "knee_swing_peak_deg": Limit(measured=6.0, cause=LEGS),
        "thigh_back_deg": Limit(measured=3.68, cause=LEGS),
        "thigh_front_deg": Limit(measured=2.05, cause=LEGS),
        "thigh_balance_ratio": Limit(measured=1.8, cause=BODIES),
        "bounce_ratio": Limit(measured=0.015, cause=BODIES),
        "bounce_cm": Limit(measured=1.29, cause=BODIES),
        "head_forward_deg": Limit(measured=5.52, cause=BODIES),
        "arm_swing_deg": Limit(measured=19.2, cause=BODIES),
        "elbow_deg": Limit(measured=7.75, cause=BODIES),
        "arm_leg_phase_deg": Limit(measured=10.6, cause=BODIES),
        "wrist_crossover_ratio": Limit(measured=0.061, cause=LEGS),
        "shoulder_tilt_deg": Limit(measured=1.65, cause=LEGS),
        "pelvic_drop_deg": Limit(2.8, DINGENEN),
        "lateral_lean_deg": Limit(2.3, DINGENEN, 2.03, BODIES),  # their lateral trunk position, an angle from vertical too
        "trunk_sway_deg": Limit(measured=3.29, cause=BODIES),
        "step_width_ratio": Limit(measured=0.113, cause=BODIES),
    }
)
"""Every metric of METRICS.md. BODIES is the worst case: a change of posture counts like another body in other clothes. LEGS is allowed
for what is measured on both legs: they share body, clothes, shoes, room and camera, and differ in posture, moment and how well they
are seen, which is more than two bouts of one runner differ in; half the difference of their errors is the error of their mean.
The smaller of the two stands, as each is a bound. For the trunk lean PHASES: over one stride every limb takes every posture, and
the lean's error moves with it; a mean over the stride holds two steps that look different, so its error moves by 1 / sqrt(2) of that.
`tools/retest.py` computes them again and tests/gait/test_gait_detectable.py compares."""

NONE = Limit()


def limit_of(metric: str, seconds: tuple[float, float] = (WHOLE_S, WHOLE_S)) -> Limit:
    """The row of this metric; one without values for a metric that has none: it is then never called changed.

    Args:
        metric: its name.
        seconds: lengths of the two bouts. The variance of a mean grows as its strides get fewer, so `wanders` grows in shorter bouts;
            in longer ones it does not shrink, as nobody measured that slow wandering does.
    """
    row = LIMITS.get(metric, NONE)
    if row.measured is None or not row.wanders:
        return row
    shorter = max(1.0, sum(WHOLE_S / max(each, 1.0) for each in seconds) / 2)
    return replace(row, measured=math.sqrt(row.measured**2 + row.wanders**2 * (shorter - 1)))
