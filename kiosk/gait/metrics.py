"""The metrics of METRICS.md as a table: a new metric is a function and a row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kiosk.domain import EventKind, FloatArray, Metrics, MetricValue, Quality, Side, Stride, View
from kiosk.gait.geometry import FORWARD, UP, flexion_deg, from_vertical_deg, thigh_deg
from kiosk.gait.quality import WIDEST_GAP, grade, robust_spread
from kiosk.gait.strides import Folded, Gait

PerStride = dict[Side | None, FloatArray]
"""Values of one metric, one a stride; key None for metrics without sides (then strides of the reference foot)."""

LONGEST_FLIGHT_S = 0.3
"""Events further apart do not belong to one flight: runners fly 0.05 to 0.2 s (Fukuchi 2017: from cadence and contact times)."""
MOSTLY = 0.8
"""Share of the frames in which the head must be seen to be used (our choice)."""
SIDE_VIEWS = (View.LEFT, View.RIGHT)
ANY_VIEW = tuple(View)


@dataclass(frozen=True)
class Metric:
    """A row of the table."""

    name: str
    """With its unit, as in METRICS.md."""
    views: tuple[View, ...]
    measure: Callable[[Gait], PerStride]
    needs_events: bool
    """True when it stands or falls with contact and toe off."""
    near_only: bool = False
    """True when only the side that faces the camera can be measured: the trunk hides the other arm."""


@dataclass(frozen=True)
class StrideValue:
    """One metric of one stride: what a session stores and a summary is made of."""

    metric: str
    side: Side | None
    start_s: float
    """Start of the stride, seconds."""
    value: float


def _cadence(gait: Gait) -> PerStride:
    """From the phase of both feet, which is surer than the time from contact to contact of one."""
    ends = np.array([[s.start_s, s.end_s] for s in _reference(gait)]).reshape(-1, 2)
    cycles = np.diff(np.interp(ends, gait.body.t_s, gait.legs.phase), axis=1)[:, 0]
    return {None: 120.0 * cycles / (ends[:, 1] - ends[:, 0])}


def _contact(gait: Gait) -> PerStride:
    return {side: np.array([1e3 * (s.toe_off_s - s.start_s) for s in strides]) for side, strides in gait.strides.items()}


def _flight(gait: Gait) -> PerStride:
    """Toe off of a foot to the contact of the other: the mean of both flights of a stride."""
    side = _reference_side(gait)
    other = [e for e in gait.events if e.side is side.other]
    contacts = np.array([e.t_s for e in other if e.kind is EventKind.CONTACT])
    leaves = np.array([e.t_s for e in other if e.kind is EventKind.TOE_OFF])
    pairs = [(_nearest(contacts, s.toe_off_s) - s.toe_off_s, s.end_s - _nearest(leaves, s.end_s)) for s in gait.strides[side]]
    return {None: np.array([1e3 * float(np.mean(p)) if max(np.abs(p)) < LONGEST_FLIGHT_S else np.nan for p in pairs])}


def _nearest(times: FloatArray, t_s: float) -> float:
    """The time nearest to `t_s`; infinite when there is none."""
    return float(times[np.argmin(np.abs(times - t_s))]) if times.size else float("inf")


def _trunk_lean(gait: Gait) -> PerStride:
    return _mean_over_strides(gait, from_vertical_deg(gait.body.mid("hip"), gait.body.mid("shoulder")))


def _head_forward(gait: Gait) -> PerStride:
    return _mean_over_strides(gait, from_vertical_deg(gait.body.mid("shoulder"), gait.body.mid("ear")))


def _arm_swing(gait: Gait) -> PerStride:
    trunk = from_vertical_deg(gait.body.mid("hip"), gait.body.mid("shoulder"))
    return {
        side: Folded(gait, thigh_deg(gait.points(side, "shoulder"), gait.points(side, "elbow")) + trunk, harmonics=4).range(side)
        for side in gait.feet
    }


def _elbow(gait: Gait) -> PerStride:
    return {side: Folded(gait, 180.0 - flexion_deg(*_joint(gait, side, "shoulder", "elbow", "wrist"))).mean(side) for side in gait.feet}


def _overstride(gait: Gait) -> PerStride:
    return _at_event(gait, "contact", lambda side: (gait.points(side, "ankle") - gait.body.mid("hip"))[:, FORWARD] / gait.leg_px)


def _bounce(gait: Gait) -> PerStride:
    """From hip and head together: the network's hip follows the shirt and moves too little, the head is bare.

    On ideal keypoints of runners both travel alike, within 0.002 L (docs/metrics.md).
    """
    hip, head = gait.body.mid("hip")[:, UP], gait.body.mid("ear")[:, UP]
    level = (hip + head) / 2 if np.isfinite(head).mean() > MOSTLY else hip
    level = level / gait.leg_px
    return {None: Folded(gait, level, harmonics=3, per_step=True).range(_reference_side(gait))}


def _knee_contact(gait: Gait) -> PerStride:
    return _at_event(gait, "contact", lambda side: flexion_deg(*_joint(gait, side, "hip", "knee", "ankle")))


def _knee_swing_peak(gait: Gait) -> PerStride:
    out: PerStride = {}
    for side, foot in gait.feet.items():
        knee = Folded(gait, flexion_deg(*_joint(gait, side, "hip", "knee", "ankle")))
        out[side] = knee.largest(side, foot.contact + foot.stance, foot.contact + 1.0)
    return out


def _thigh_back(gait: Gait) -> PerStride:
    return _at_event(gait, "toe_off", lambda side: -thigh_deg(gait.points(side, "hip"), gait.points(side, "knee")))


METRICS: tuple[Metric, ...] = (
    Metric("cadence_spm", ANY_VIEW, _cadence, needs_events=False),
    Metric("contact_ms", ANY_VIEW, _contact, needs_events=True),
    Metric("flight_ms", ANY_VIEW, _flight, needs_events=True),
    Metric("trunk_lean_deg", SIDE_VIEWS, _trunk_lean, needs_events=False),
    Metric("head_forward_deg", SIDE_VIEWS, _head_forward, needs_events=False),
    Metric("arm_swing_deg", SIDE_VIEWS, _arm_swing, needs_events=False, near_only=True),
    Metric("elbow_deg", SIDE_VIEWS, _elbow, needs_events=False, near_only=True),
    Metric("overstride_ratio", SIDE_VIEWS, _overstride, needs_events=True),
    Metric("bounce_ratio", SIDE_VIEWS, _bounce, needs_events=False),
    Metric("knee_contact_deg", SIDE_VIEWS, _knee_contact, needs_events=True),
    Metric("knee_swing_peak_deg", SIDE_VIEWS, _knee_swing_peak, needs_events=True),
    Metric("thigh_back_deg", SIDE_VIEWS, _thigh_back, needs_events=True),
)


def measure(gait: Gait) -> list[StrideValue]:
    """Every metric of every stride in this span; strides in which a metric is not known are left out."""
    out = []
    uncovered = max((foot.gap for foot in gait.feet.values()), default=1.0) > WIDEST_GAP
    for row in METRICS:
        if gait.body.view not in row.views or (row.needs_events and uncovered):
            continue
        for side, values in row.measure(gait).items():
            if row.near_only and side is not _reference_side(gait):
                continue
            pairs = zip(gait.strides[side or _reference_side(gait)], values, strict=True)
            out += [StrideValue(row.name, side, s.start_s, float(v)) for s, v in pairs if np.isfinite(v)]
    return out


def summarise(values: Iterable[StrideValue], view: View | None, refusal: str = "") -> Metrics:
    """One value a metric from the strides of any span: median, sides, number, spread, quality, reason.

    Args:
        values: of `measure`, of one span or of a whole session.
        view: None when unknown; metrics of other views say so.
        refusal: a sentence that stands for every metric without a value.
    """
    rows: dict[str, dict[Side | None, list[float]]] = {m.name: {} for m in METRICS}
    for v in values:
        rows[v.metric].setdefault(v.side, []).append(v.value)
    return summary(rows, view, refusal)


def summary(found: Mapping[str, Mapping[Side | None, Sequence[float]]], view: View | None, refusal: str = "") -> Metrics:
    """The same from the values of each metric and side: of an hour of strides it must not hold up the frames."""
    return {m.name: _one(m, found.get(m.name, {}), view, refusal) for m in METRICS}


def _one(row: Metric, found: Mapping[Side | None, Sequence[float]], view: View | None, refusal: str) -> MetricValue:
    if refusal:
        return MetricValue(reason=refusal)
    if view is not None and view not in row.views:
        return MetricValue(reason=f"Not measured in the {view.value} view.")
    kept = {side: np.array(v) for side, v in found.items() if grade(len(v))[0] is not Quality.NONE}
    if not kept:
        n = max((len(v) for v in found.values()), default=0)
        reason = "The frames do not cover the stride around contact and toe off." if n == 0 and row.needs_events else grade(n)[1]
        return MetricValue(n=n, reason=reason)
    median = {side: float(np.median(v)) for side, v in kept.items()}
    n = min(len(v) for v in kept.values())
    quality, reason = grade(n)
    if not row.near_only and len(kept) == 1 and None not in kept:
        quality, reason = Quality.LOW, "Only one side could be measured."
    spread = float(np.mean([robust_spread(v) for v in kept.values()]))
    return MetricValue(float(np.mean(list(median.values()))), median.get(Side.LEFT), median.get(Side.RIGHT), n, spread, quality, reason)


def _reference_side(gait: Gait) -> Side:
    """The foot whose strides cut signals without sides: the near one in side views."""
    near = Side.LEFT if gait.body.view is View.LEFT else Side.RIGHT
    return near if near in gait.feet else near.other


def _reference(gait: Gait) -> tuple[Stride, ...]:
    return gait.strides[_reference_side(gait)]


def _mean_over_strides(gait: Gait, samples: FloatArray) -> PerStride:
    return {None: Folded(gait, samples).mean(_reference_side(gait))}


def _at_event(gait: Gait, event: str, samples: Callable[[Side], FloatArray]) -> PerStride:
    return {side: Folded(gait, samples(side)).at(getattr(foot, event), side) for side, foot in gait.feet.items()}


def _joint(gait: Gait, side: Side, a: str, joint: str, b: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    return gait.points(side, a), gait.points(side, joint), gait.points(side, b)
