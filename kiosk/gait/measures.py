"""How each metric of METRICS.md is read from the folded signals: one function a metric, one value a stride."""

import numpy as np

from kiosk.domain import EventKind, FloatArray, Side
from kiosk.gait import signals
from kiosk.gait.geometry import LEG_OF_HEIGHT
from kiosk.gait.signals import PerStride, both, reference, reference_side
from kiosk.gait.strides import Gait

LONGEST_FLIGHT_S = 0.3
"""Events further apart do not belong to one flight: runners fly 0.05 to 0.2 s (Fukuchi 2017: from cadence and contact times)."""
WHOLE = (0.0, 1.0)
SWAY_PERCENT = (2, 98)
"""Percentiles between which trunk sway is taken (METRICS.md)."""


def cadence(gait: Gait) -> PerStride:
    """From the phase of both feet, which is surer than the time from contact to contact of one."""
    ends = np.array([[s.start_s, s.end_s] for s in reference(gait)]).reshape(-1, 2)
    cycles = np.diff(np.interp(ends, gait.body.t_s, gait.legs.phase), axis=1)[:, 0]
    return {None: 120.0 * cycles / (ends[:, 1] - ends[:, 0])}


def contact(gait: Gait) -> PerStride:
    """Contact to toe off, ms."""
    return both(gait, lambda side: np.array([1e3 * (s.toe_off_s - s.start_s) for s in gait.strides[side]]))


def duty(gait: Gait) -> PerStride:
    """Contact over stride time."""
    return both(gait, lambda side: np.array([(s.toe_off_s - s.start_s) / (s.end_s - s.start_s) for s in gait.strides[side]]))


def flight(gait: Gait) -> PerStride:
    """Toe off of a foot to the contact of the other: the mean of both flights of a stride, ms."""
    side = reference_side(gait)
    other = [e for e in gait.events if e.side is side.other]
    contacts = np.array([e.t_s for e in other if e.kind is EventKind.CONTACT])
    leaves = np.array([e.t_s for e in other if e.kind is EventKind.TOE_OFF])
    touched, left = np.array([s.end_s for s in reference(gait)]), np.array([s.toe_off_s for s in reference(gait)])
    flights = np.stack([_nearest(contacts, left) - left, touched - _nearest(leaves, touched)])
    known = np.abs(flights).max(axis=0) < LONGEST_FLIGHT_S
    return {None: np.where(known, 1e3 * np.where(known, flights, 0.0).mean(axis=0), np.nan)}


def _nearest(times: FloatArray, to_s: FloatArray) -> FloatArray:
    """(n,) of these times the one nearest to each; infinite when there is none."""
    if not times.size:
        return np.full(len(to_s), np.inf)
    return np.asarray(times[np.argmin(np.abs(times - to_s[:, None]), axis=1)])


def step_symmetry(gait: Gait) -> PerStride:
    """200 (right - left) / (right + left) of the step times."""
    return {None: np.array([200 * (right - left) / (right + left) for right, left in signals.steps_of(gait)])}


def trunk_lean(gait: Gait) -> PerStride:
    """Mean over whole strides, from the belt's perpendicular when an incline is given."""
    return {None: signals.trunk(gait).mean(reference_side(gait)) + gait.incline_deg}


def head_forward(gait: Gait) -> PerStride:
    """Mean over whole strides."""
    return {None: signals.head(gait).mean(reference_side(gait))}


def leg_lean(gait: Gait) -> PerStride:
    """At midstance, from the belt's perpendicular when an incline is given."""
    return both(gait, lambda side: signals.leg_line(gait, side).at(gait.feet[side].midstance, side) + gait.incline_deg)


def waist_bend(gait: Gait) -> PerStride:
    """Trunk lean less leg lean, both at midstance."""

    def bend(side: Side) -> FloatArray:
        middle = gait.feet[side].midstance
        return signals.trunk(gait).at(middle, side) - signals.leg_line(gait, side).at(middle, side)

    return both(gait, bend)


def hip_over_ankle(gait: Gait) -> PerStride:
    """At midstance, leg lengths."""
    return both(gait, lambda side: -signals.ankle_ahead(gait, side).at(gait.feet[side].midstance, side))


def overstride(gait: Gait) -> PerStride:
    """At contact, leg lengths."""
    return both(gait, lambda side: signals.ankle_ahead(gait, side).at(gait.feet[side].contact, side))


def shank_angle(gait: Gait) -> PerStride:
    """At contact."""
    return both(gait, lambda side: signals.shank(gait, side).at(gait.feet[side].contact, side))


def knee_contact(gait: Gait) -> PerStride:
    """At contact."""
    return both(gait, lambda side: signals.knee(gait, side).at(gait.feet[side].contact, side))


def knee_stance_peak(gait: Gait) -> PerStride:
    """Largest from contact to toe off."""
    return both(gait, lambda side: signals.knee(gait, side).largest(side, gait.feet[side].contact, gait.feet[side].leaves))


def knee_swing_peak(gait: Gait) -> PerStride:
    """Largest from toe off to contact."""
    return both(gait, lambda side: signals.knee(gait, side).largest(side, gait.feet[side].leaves, gait.feet[side].contact + 1.0))


def thigh_back(gait: Gait) -> PerStride:
    """At toe off, positive behind."""
    return both(gait, lambda side: -signals.thigh(gait, side).at(gait.feet[side].toe_off, side))


def thigh_front(gait: Gait) -> PerStride:
    """Largest in the stride."""
    return both(gait, lambda side: signals.thigh(gait, side).largest(side, *WHOLE))


def thigh_balance(gait: Gait) -> PerStride:
    """Largest ahead over largest behind; NaN when the thigh does not come behind vertical."""

    def balance(side: Side) -> FloatArray:
        behind = -signals.thigh(gait, side).smallest(side, *WHOLE)
        return np.asarray(signals.thigh(gait, side).largest(side, *WHOLE) / np.where(behind > 0, behind, np.nan))

    return both(gait, balance)


def bounce(gait: Gait) -> PerStride:
    """From hip and head together: the network's hip follows the shirt and moves too little, the head is bare."""
    return {None: signals.level(gait).range(reference_side(gait))}


def bounce_cm(gait: Gait) -> PerStride:
    """Bounce in cm of a runner whose height is known; NaN otherwise."""
    leg_cm = LEG_OF_HEIGHT * (gait.setting.height_cm or float("nan"))
    return {None: bounce(gait)[None] * leg_cm}


def arm_swing(gait: Gait) -> PerStride:
    """Range within a stride."""
    return {side: signals.arm(gait, side).range(side) for side in signals.near_side(gait)}


def elbow(gait: Gait) -> PerStride:
    """Mean over whole strides."""
    return {side: signals.elbow(gait, side).mean(side) for side in signals.near_side(gait)}


def arm_leg_phase(gait: Gait) -> PerStride:
    """Phase of the arm less phase of the opposite thigh at stride frequency, -180 to 180 degrees around the folded one."""

    def phase(side: Side) -> FloatArray:
        own, opposite = signals.arm(gait, side), signals.thigh(gait, side.other)  # the other leg is measured even when its foot is not
        typical = _wrapped(own.turn_deg() - opposite.turn_deg())
        return typical + _wrapped(own.turns_deg(side) - opposite.turns_deg(side) - typical)

    return {side: phase(side) for side in signals.near_side(gait)}


def _wrapped(degrees: FloatArray | float) -> FloatArray:
    return np.asarray((degrees + 180.0) % 360.0 - 180.0)


def wrist_crossover(gait: Gait) -> PerStride:
    """Largest in the stride, shoulder widths."""
    return both(gait, lambda side: signals.wrist_past_middle(gait, side).largest(side, *WHOLE))


def shoulder_tilt(gait: Gait) -> PerStride:
    """At midstance, positive when the stance side is lower."""
    return both(gait, lambda side: _stance_low(side) * signals.line_tilt(gait, "shoulder").at(gait.feet[side].midstance, side))


def pelvic_drop(gait: Gait) -> PerStride:
    """At midstance, positive when the swing side is lower."""
    return both(gait, lambda side: -_stance_low(side) * signals.line_tilt(gait, "hip").at(gait.feet[side].midstance, side))


def _stance_low(side: Side) -> int:
    """The line's tilt counts the left end up: with the right foot down that is the stance side low."""
    return 1 if side is Side.RIGHT else -1


def lateral_lean(gait: Gait) -> PerStride:
    """Mean over whole strides, positive to the runner's right."""
    return {None: signals.trunk(gait).mean(reference_side(gait))}


def trunk_sway(gait: Gait) -> PerStride:
    """Range between two percentiles of the same angle."""
    return {None: signals.trunk(gait).range(reference_side(gait), SWAY_PERCENT)}


def step_width(gait: Gait) -> PerStride:
    """Right ankle at its midstance less left ankle at its midstance, against mid-hip, leg lengths."""
    at = {side: signals.ankle_ahead(gait, side).at(foot.midstance, side) for side, foot in gait.feet.items()}
    if len(at) < 2:
        return {}
    pairs = [(i, _same_stride(gait, s.start_s)) for i, s in enumerate(gait.strides[Side.RIGHT])]
    return {None: np.array([at[Side.RIGHT][i] - at[Side.LEFT][j] if j is not None else np.nan for i, j in pairs])}


def _same_stride(gait: Gait, start_s: float) -> int | None:
    """Index of the left stride that contains the start of a right one."""
    found = [j for j, s in enumerate(gait.strides[Side.LEFT]) if s.start_s <= start_s < s.end_s]
    return found[0] if found else None
