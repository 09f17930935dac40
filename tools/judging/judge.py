"""The rules by which a report is judged against the truth: numbers in, errors out. No files, no network, no engine.

- A side view is judged for the metrics of side views, a front or rear view for those of front and rear views, both for timing.
- In side views a metric with sides is judged by the near leg or arm, as that is the one the camera sees.
- An event counts when one of the same foot and kind is reported within MATCH_S; the first and last EDGE_S are left out.
- A metric whose truth is None must not be reported.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from judging.cases import Case, Truth

MATCH_S = 0.06
"""An event further away than this was not found (our choice: under half a contact time)."""
EDGE_S = 1.0
"""At both ends of the truth events are not judged: the strides there are cut (our choice)."""
MOST_REFUSED = 0.25
"""A bar is missed when more than this share of the cases is refused: silence is no accuracy (our choice)."""
KINDS = ("contact", "toe_off")

SIDE, FRONT_REAR, ANY = "side", "front + rear", "any"
TIMING = ("cadence_spm", "contact_ms", "flight_ms", "duty_ratio", "step_symmetry_pct")
SIDE_METRICS = (
    *("trunk_lean_deg", "leg_lean_deg", "waist_bend_deg", "hip_over_ankle_ratio", "overstride_ratio", "shank_angle_deg"),
    *("knee_contact_deg", "knee_stance_peak_deg", "knee_swing_peak_deg", "thigh_back_deg", "thigh_front_deg", "thigh_balance_ratio"),
    *("bounce_ratio", "bounce_cm", "head_forward_deg", "arm_swing_deg", "elbow_deg", "arm_leg_phase_deg"),
)
FRONT_REAR_METRICS = (
    *("wrist_crossover_ratio", "shoulder_tilt_deg", "pelvic_drop_deg", "lateral_lean_deg", "trunk_sway_deg", "step_width_ratio"),
)
CIRCULAR = ("arm_leg_phase_deg",)
"""Metrics for which 359 degrees lie beside 1."""

Report = Mapping[str, Any]
"""What `kiosk analyze --json` writes; None stands for an input that could not be measured at all."""


@dataclass(frozen=True)
class Verdict:
    """One metric of one case."""

    case: str
    metric: str
    view: str
    """SIDE or FRONT_REAR."""
    error: float | None
    """Reported minus true, in the metric's unit; None when no value was reported."""


@dataclass(frozen=True)
class Row:
    """One metric over many cases: a line of the table."""

    metric: str
    view: str
    n: int
    """Cases with a value."""
    refused: int
    """Cases without."""
    bias: float
    """Mean error; NaN without any value, as are the next two."""
    mae: float
    worst: float
    """Largest absolute error."""
    worst_case: str


@dataclass(frozen=True)
class EventRow:
    """One kind of event over many cases."""

    kind: str
    known: int
    reported: int
    found: int
    bias_ms: float
    sd_ms: float

    @property
    def f1(self) -> float:
        """Harmonic mean of the share that was found and the share of reports that are real."""
        return 2 * self.found / (self.known + self.reported)


@dataclass(frozen=True)
class ChangeRow:
    """One metric of two bouts of one runner."""

    metric: str
    known: float
    """True change, in the metric's unit."""
    measured: float
    detectable: float
    """Smallest detectable change that the kiosk gave."""
    called: bool
    """True when the kiosk calls it a change."""


def expected(case: Case) -> dict[str, Truth]:
    """The metrics of the case that its view can show."""
    shown = {*TIMING, *(SIDE_METRICS if case.view.is_side else FRONT_REAR_METRICS)}
    return {name: truth for name, truth in case.truth.items() if name in shown}


def judge_metrics(case: Case, report: Report | None) -> list[Verdict]:
    """One verdict for every expected metric that has a true value."""
    view = SIDE if case.view.is_side else FRONT_REAR
    given = report["metrics"] if report else {}
    known = {name: truth for name, truth in expected(case).items() if truth.value is not None}
    return [Verdict(case.name, name, view, _error(case, name, truth, given.get(name) or {})) for name, truth in known.items()]


def unknowable(case: Case) -> list[str]:
    """Metrics of which nothing true can be said: nobody runs, or the camera does not show it."""
    return [name for name, truth in expected(case).items() if truth.value is None]


def reported_in_vain(case: Case, report: Report | None) -> list[str]:
    """Unknowable metrics that were reported all the same."""
    given = report["metrics"] if report else {}
    return [name for name in unknowable(case) if (given.get(name) or {}).get("value") is not None]


def _error(case: Case, metric: str, truth: Truth, given: Mapping[str, Any]) -> float | None:
    near = getattr(truth, case.view.value) if case.view.is_side else None
    got = given.get(case.view.value) if near is not None else None
    if got is None:
        got, near = given.get("value"), truth.value
    if got is None or near is None:
        return None
    error = float(got - near)
    return (error + 180.0) % 360.0 - 180.0 if metric in CIRCULAR else error


def rows(verdicts: Sequence[Verdict]) -> list[Row]:
    """One row a metric; a metric that was seen from both kinds of view has a row for each and a last one for all."""
    out = []
    for metric in (*TIMING, *SIDE_METRICS, *FRONT_REAR_METRICS):
        own = [v for v in verdicts if v.metric == metric]
        views = [view for view in (SIDE, FRONT_REAR) if any(v.view == view for v in own)]
        out += [_row(metric, view, [v for v in own if v.view == view]) for view in views]
        out += [_row(metric, ANY, own)] if len(views) > 1 else []
    return out


def _row(metric: str, view: str, own: Sequence[Verdict]) -> Row:
    errors = [(v.error, v.case) for v in own if v.error is not None]
    refused = len(own) - len(errors)
    if not errors:
        return Row(metric, view, 0, refused, float("nan"), float("nan"), float("nan"), "")
    values = np.array([e for e, _ in errors])
    worst = int(np.argmax(np.abs(values)))
    mae = float(np.abs(values).mean())
    return Row(metric, view, len(errors), refused, float(values.mean()), mae, float(np.abs(values[worst])), errors[worst][1])


def misses(row: Row, bar: float) -> bool:
    """True when the error is above the bar, or too many cases were refused to say."""
    return not row.mae <= bar or row.refused > MOST_REFUSED * (row.n + row.refused)


def judge_events(pairs: Iterable[tuple[Case, Report | None]]) -> list[EventRow]:
    """One row a kind, over all cases that have known events and could be measured."""
    judged = [(case, report["events"]) for case, report in pairs if case.events and report is not None]
    found = [_event_row(kind, [_matched(case, events, kind) for case, events in judged]) for kind in KINDS]
    return [row for row in found if row.known]


def _event_row(kind: str, cases: Sequence[tuple[int, int, list[float]]]) -> EventRow:
    errors_ms = 1e3 * np.array([e for _, _, errors in cases for e in errors])
    bias_ms, sd_ms = (float(errors_ms.mean()), float(errors_ms.std())) if errors_ms.size else (float("nan"), float("nan"))
    return EventRow(kind, sum(k for k, _, _ in cases), sum(r for _, r, _ in cases), errors_ms.size, bias_ms, sd_ms)


def _matched(case: Case, events: Sequence[Mapping[str, Any]], kind: str) -> tuple[int, int, list[float]]:
    """Known events, reported events, and the errors of those that belong together, seconds."""
    first_s, last_s = case.start_s + EDGE_S, case.end_s - EDGE_S
    known = [e for e in case.events if e.kind == kind and first_s <= e.t_s <= last_s]
    # a report just outside may belong to a known event just inside, and is then no false one
    reported = [e for e in events if e["kind"] == kind and first_s - MATCH_S <= e["t_s"] <= last_s + MATCH_S]
    left, errors = list(reported), []
    for event in known:
        nearest = min((e for e in left if e["side"] == event.side), key=lambda e: abs(e["t_s"] - event.t_s), default=None)
        if nearest is not None and abs(nearest["t_s"] - event.t_s) <= MATCH_S:
            left.remove(nearest)
            errors.append(nearest["t_s"] - event.t_s)
    return len(known), len(reported), errors


def event_misses(row: EventRow, bars: Mapping[str, float]) -> list[str]:
    """Names of the bars that this kind of event does not reach."""
    values = {f"{row.kind}_f1": -row.f1, f"{row.kind}_bias_ms": abs(row.bias_ms), f"{row.kind}_sd_ms": row.sd_ms}
    limits = {name: -bar if name.endswith("_f1") else bar for name, bar in bars.items()}
    return [name for name, value in values.items() if name in limits and not value <= limits[name]]
