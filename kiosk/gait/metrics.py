"""The metrics of METRICS.md as a table: a new metric is a function and a row."""

import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from kiosk.domain import FloatArray, Metrics, MetricValue, PoseSeries, Quality, Side, View
from kiosk.gait import measures, offsets, tilt
from kiosk.gait.framing import arm_problem, head_problem
from kiosk.gait.grouped import median
from kiosk.gait.legs import head_seen
from kiosk.gait.quality import WIDEST_GAP, grade, robust_spread
from kiosk.gait.refusals import DIRECTIONS
from kiosk.gait.signals import PerStride, ask_for_all, reference_side
from kiosk.gait.strides import Gait
from kiosk.words import Phrase

ALL = tuple(View)
SIDE = (View.LEFT, View.RIGHT)
FACING = (View.FRONT, View.REAR)


NO_TOE_OFF = Phrase("From in front and behind the moment of toe off is known to about 30 ms only.")
NO_HEAD = Phrase("The head is not seen, and the network's hips move up and down too little.")


@dataclass(frozen=True)
class Metric:
    """A row of the table."""

    name: str
    """With its unit, as in METRICS.md."""
    views: tuple[View, ...]
    measure: Callable[[Gait], PerStride]
    needs_events: bool
    """True when it stands or falls with contact and toe off."""
    rough_facing: str = ""
    """Why the value is of low quality from in front and behind; "" when it is not."""
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


METRICS: tuple[Metric, ...] = (
    Metric("cadence_spm", ALL, measures.cadence, needs_events=False),
    Metric("contact_ms", ALL, measures.contact, needs_events=True, rough_facing=NO_TOE_OFF),
    Metric("flight_ms", ALL, measures.flight, needs_events=True, rough_facing=NO_TOE_OFF),
    Metric("duty_ratio", ALL, measures.duty, needs_events=True, rough_facing=NO_TOE_OFF),
    Metric("step_symmetry_pct", ALL, measures.step_symmetry, needs_events=True),
    Metric("trunk_lean_deg", SIDE, measures.trunk_lean, needs_events=False),
    Metric("leg_lean_deg", SIDE, measures.leg_lean, needs_events=True),
    Metric("waist_bend_deg", SIDE, measures.waist_bend, needs_events=True),
    Metric("hip_over_ankle_ratio", SIDE, measures.hip_over_ankle, needs_events=True),
    Metric("overstride_ratio", SIDE, measures.overstride, needs_events=True),
    Metric("shank_angle_deg", SIDE, measures.shank_angle, needs_events=True),
    Metric("knee_contact_deg", SIDE, measures.knee_contact, needs_events=True),
    Metric("knee_stance_peak_deg", SIDE, measures.knee_stance_peak, needs_events=True),
    Metric("knee_swing_peak_deg", SIDE, measures.knee_swing_peak, needs_events=True),
    Metric("thigh_back_deg", SIDE, measures.thigh_back, needs_events=True),
    Metric("thigh_front_deg", SIDE, measures.thigh_front, needs_events=False),
    Metric("thigh_balance_ratio", SIDE, measures.thigh_balance, needs_events=False),
    Metric("bounce_ratio", SIDE, measures.bounce, needs_events=False),
    Metric("bounce_cm", SIDE, measures.bounce_cm, needs_events=False),
    Metric("head_forward_deg", SIDE, measures.head_forward, needs_events=False),
    Metric("arm_swing_deg", SIDE, measures.arm_swing, needs_events=False, near_only=True),
    Metric("elbow_deg", SIDE, measures.elbow, needs_events=False, near_only=True),
    Metric("arm_leg_phase_deg", SIDE, measures.arm_leg_phase, needs_events=False, near_only=True),
    Metric("wrist_crossover_ratio", FACING, measures.wrist_crossover, needs_events=False),
    Metric("shoulder_tilt_deg", FACING, measures.shoulder_tilt, needs_events=True),
    Metric("pelvic_drop_deg", FACING, measures.pelvic_drop, needs_events=True),
    Metric("lateral_lean_deg", FACING, measures.lateral_lean, needs_events=False),
    Metric("trunk_sway_deg", FACING, measures.trunk_sway, needs_events=False),
    Metric("step_width_ratio", FACING, measures.step_width, needs_events=True),
)


NOTHING: Mapping[str, str] = MappingProxyType({})
UNCOVERED = Phrase(
    "The pictures fall on the same moments of every stride, none near contact or toe off."
    " Choose another frame rate, or change the speed a little."
)
NOT_SEEN = Phrase("The points that it needs were not seen in any whole stride.")
NO_HEIGHT = Phrase("Not known without the runner's height.")
OTHER_VIEW = Phrase("Not measured in the {view} view.")
ONE_SIDE = Phrase("Only one side could be measured.")


def reasons_against(gait: Gait) -> dict[str, str]:
    """Why each metric that cannot be measured in this span is not, as a sentence."""
    reasons = {row.name: _reason(row, gait) for row in METRICS}
    return {name: reason for name, reason in reasons.items() if reason}


def _reason(row: Metric, gait: Gait) -> str:
    if gait.body.view not in row.views:
        return OTHER_VIEW.filled(view=DIRECTIONS[gait.body.view])
    if row.needs_events and max((foot.gap for foot in gait.feet.values()), default=1.0) > WIDEST_GAP:
        return UNCOVERED
    if row.name == "bounce_cm" and gait.setting.height_cm is None:
        return NO_HEIGHT
    return tilt.reason_against(row.name, gait.setting) or offsets.reason_against(row.name, gait.setting.network)


def doubts_about(gait: Gait) -> dict[str, str]:
    """Why each metric that is measured in this span is of low quality all the same."""
    doubts = {row.name: row.rough_facing for row in METRICS if row.rough_facing and not gait.body.view.is_side}
    doubts |= {row.name: doubt for row in METRICS if (doubt := tilt.doubt_about(row.name, gait.setting, gait.body.view))}
    if gait.setting.network == offsets.MOVENET and not head_seen(gait.body):
        doubts |= dict.fromkeys(("bounce_ratio", "bounce_cm"), NO_HEAD)
    return doubts


def hidden_parts(series: PoseSeries, view: View) -> dict[str, str]:
    """Why metrics of the head and the arms cannot be known when these are not seen; the network guesses them then."""
    found = {"head_forward_deg": head_problem(series)}
    if view.is_side:
        arm = arm_problem(series, Side(view.value))
        found |= dict.fromkeys(("arm_swing_deg", "elbow_deg", "arm_leg_phase_deg"), arm)
    else:
        found["wrist_crossover_ratio"] = arm_problem(series, Side.LEFT) or arm_problem(series, Side.RIGHT)
    return {name: reason for name, reason in found.items() if reason}


def measure(gait: Gait, not_these: Container[str] = ()) -> list[StrideValue]:
    """Every metric but `not_these` of every stride in this span; strides in which a metric is not known are left out."""
    ask_for_all(gait)
    out = []
    for row in METRICS:
        if row.name in not_these:
            continue
        for side, values in row.measure(gait).items():
            pairs = zip(gait.strides[side or reference_side(gait)], values.tolist(), strict=True)
            out += [StrideValue(row.name, side, s.start_s, v) for s, v in pairs if math.isfinite(v)]
    return out


def summarise(
    values: Iterable[StrideValue],
    view: View | None,
    refusal: str = "",
    reasons: Mapping[str, str] = NOTHING,
    doubts: Mapping[str, str] = NOTHING,
) -> Metrics:
    """One value a metric from the strides of any span: median, sides, number, spread, quality, reason.

    Args:
        values: of `measure`, of one span or of a whole session.
        view: None when unknown; metrics of other views say so.
        refusal: a sentence that stands for every metric.
        reasons: of `reasons_against`, for metrics without a value.
        doubts: of `doubts_about`, for metrics of low quality.
    """
    rows: dict[str, dict[Side | None, list[float]]] = {m.name: {} for m in METRICS}
    for v in values:
        rows[v.metric].setdefault(v.side, []).append(v.value)
    return summary(rows, view, refusal, reasons, doubts)


def summary(
    found: Mapping[str, Mapping[Side | None, Sequence[float]]],
    view: View | None,
    refusal: str = "",
    reasons: Mapping[str, str] = NOTHING,
    doubts: Mapping[str, str] = NOTHING,
) -> Metrics:
    """The same from the values of each metric and side, NaN where not known: of an hour of strides it must not hold up the frames."""
    if refusal:
        return {m.name: MetricValue(reason=refusal) for m in METRICS}
    return {m.name: _one(m, found.get(m.name, {}), view, reasons.get(m.name, ""), doubts.get(m.name, "")) for m in METRICS}


def _one(row: Metric, found: Mapping[Side | None, Sequence[float]], view: View | None, reason: str, doubt: str) -> MetricValue:
    if view is not None and view not in row.views:
        return MetricValue(reason=OTHER_VIEW.filled(view=DIRECTIONS[view]))
    known = {side: _known(v) for side, v in found.items()}
    kept = {side: v for side, v in known.items() if grade(len(v))[0] is not Quality.NONE}
    if not kept:
        n = max((len(v) for v in known.values()), default=0)
        return MetricValue(n=n, reason=reason or (grade(n)[1] if n else NOT_SEEN))
    middle = {side: median(v) for side, v in kept.items()}
    n = min(len(v) for v in kept.values())
    quality, why = grade(n)
    if not row.near_only and len(kept) == 1 and None not in kept:
        quality, why = Quality.LOW, ONE_SIDE
    if doubt:
        quality, why = Quality.LOW, why or doubt
    spread = sum(robust_spread(v) for v in kept.values()) / len(kept)
    return MetricValue(sum(middle.values()) / len(middle), middle.get(Side.LEFT), middle.get(Side.RIGHT), n, spread, quality, why)


def _known(values: Sequence[float]) -> FloatArray:
    return np.array([value for value in values if math.isfinite(value)], float)
