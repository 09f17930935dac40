"""The rules of judging, on cases made by hand whose bias, MAE and F1 are known."""

from pathlib import Path
from typing import Any

import pytest

from judging.cases import Case, KnownEvent, Truth
from judging.judge import EventRow, Row, event_misses, judge_events, judge_metrics, misses, reported_in_vain, rows
from kiosk.domain import View


def case(name: str = "c", view: View = View.RIGHT, events: tuple[KnownEvent, ...] = (), **truth: Truth) -> Case:
    return Case(name, Path(f"{name}.mp4"), view, None, truth, events, 0.0, 10.0)


def report(events: list[dict[str, Any]] | None = None, **metrics: Any) -> dict[str, Any]:
    whole = {name: v if isinstance(v, dict) else {"value": v, "left": None, "right": None} for name, v in metrics.items()}
    return {"metrics": whole, "events": events or []}


def test_bias_mae_and_worst_of_known_errors() -> None:
    """Errors of +1, -3, +5 and one refusal: bias 1, MAE 3, worst 5 in the third case."""
    verdicts = []
    for name, got in (("a", 161.0), ("b", 157.0), ("c", 165.0), ("d", None)):
        verdicts += judge_metrics(case(name, cadence_spm=Truth(160.0)), report(cadence_spm=got))
    assert rows(verdicts) == [Row("cadence_spm", "side", 3, 1, 1.0, 3.0, 5.0, "c")]


def test_near_leg_is_judged_in_side_views() -> None:
    """Seen from the left, the left value counts; the mean of both is 4 off, the left one 0.5."""
    sides = {"overstride_ratio": {"value": 24.0, "left": 20.5, "right": 27.5}}
    (verdict,) = judge_metrics(case(view=View.LEFT, overstride_ratio=Truth(20.0, 20.0, 20.0)), report(**sides))
    assert verdict.error == pytest.approx(0.5)


def test_without_a_near_value_the_mean_of_both_counts() -> None:
    """No value of the near leg: the value against the true value."""
    sides = {"overstride_ratio": {"value": 24.0, "left": None, "right": None}}
    (verdict,) = judge_metrics(case(view=View.LEFT, overstride_ratio=Truth(21.0, 20.0, 22.0)), report(**sides))
    assert verdict.error == pytest.approx(3.0)


def test_front_views_judge_the_value() -> None:
    """In front there is no near leg."""
    sides = {"pelvic_drop_deg": {"value": 5.0, "left": 1.0, "right": 9.0}}
    (verdict,) = judge_metrics(case(view=View.FRONT, pelvic_drop_deg=Truth(4.0, 4.0, 4.0)), report(**sides))
    assert (verdict.error, verdict.view) == (1.0, "front + rear")


def test_a_view_is_only_asked_for_what_it_shows() -> None:
    """Trunk lean from the front and pelvic drop from the side are nobody's error."""
    truth = {"trunk_lean_deg": Truth(5.0), "pelvic_drop_deg": Truth(4.0), "speed_mps": Truth(3.0)}
    asked = {view: [v.metric for v in judge_metrics(case(view=view, **truth), report())] for view in (View.RIGHT, View.REAR)}
    assert asked == {View.RIGHT: ["trunk_lean_deg"], View.REAR: ["pelvic_drop_deg"]}


def test_a_metric_the_kiosk_does_not_have_is_refused() -> None:
    """Missing in the report, or no report at all: refused."""
    made = case(duty_ratio=Truth(0.3))
    assert [v.error for r in (report(), None) for v in judge_metrics(made, r)] == [None, None]


def test_phase_goes_round() -> None:
    """350 degrees against 5 is 15 too little, not 345 too much."""
    (verdict,) = judge_metrics(case(arm_leg_phase_deg=Truth(5.0)), report(arm_leg_phase_deg=350.0))
    assert verdict.error == pytest.approx(-15.0)


def test_what_cannot_be_known_must_not_be_reported() -> None:
    """A cadence of people who do not run is wrong, silence is right, and neither enters the errors."""
    walker = case(cadence_spm=Truth(None), contact_ms=Truth(None))
    said = report(cadence_spm=150.0, contact_ms=None)
    assert (reported_in_vain(walker, said), judge_metrics(walker, said)) == (["cadence_spm"], [])


def test_timing_has_a_row_for_each_kind_of_view_and_one_for_all() -> None:
    """Side +2, front -4: MAE 2, 4 and 3."""
    verdicts = judge_metrics(case("s", cadence_spm=Truth(160.0)), report(cadence_spm=162.0))
    verdicts += judge_metrics(case("f", View.FRONT, cadence_spm=Truth(160.0)), report(cadence_spm=156.0))
    assert [(r.view, r.mae) for r in rows(verdicts)] == [("side", 2.0), ("front + rear", 4.0), ("any", 3.0)]


@pytest.mark.parametrize(
    ("n", "refused", "mae", "missed"),
    [(4, 0, 1.0, False), (4, 0, 1.01, True), (3, 1, 0.5, False), (2, 1, 0.5, True), (0, 4, float("nan"), True)],
)
def test_a_bar_is_missed_by_error_or_by_silence(n: int, refused: int, mae: float, missed: bool) -> None:
    """At the bar is met; more than a quarter refused is missed."""
    assert misses(Row("m", "side", n, refused, 0.0, mae, 0.0, ""), bar=1.0) is missed


def contacts(*times_s: float, side: str = "left") -> tuple[KnownEvent, ...]:
    return tuple(KnownEvent(t, side, "contact") for t in times_s)


def said(*times_s: float, side: str = "left") -> list[dict[str, Any]]:
    return [{"t_s": t, "side": side, "kind": "contact"} for t in times_s]


def test_events_bias_sd_and_f1() -> None:
    """Two found at +10 and +30 ms, one missed, one invented: F1 2/3, bias 20 ms, SD 10 ms."""
    made = case(events=contacts(2.0, 3.0, 4.0))
    (row,) = judge_events([(made, report(said(2.01, 3.03, 5.0)))])
    assert (row.found, row.known, row.reported) == (2, 3, 3)
    assert (row.f1, row.bias_ms, row.sd_ms) == pytest.approx((2 / 3, 20.0, 10.0))


def test_events_further_than_60_ms_are_not_found() -> None:
    """59 ms is found, 61 ms is not."""
    made = case(events=contacts(2.0, 3.0))
    (row,) = judge_events([(made, report(said(2.059, 3.061)))])
    assert row.found == 1


def test_the_other_foot_is_no_match() -> None:
    """A right contact does not answer for a left one."""
    (row,) = judge_events([(case(events=contacts(2.0)), report(said(2.0, side="right")))])
    assert (row.found, row.reported) == (0, 1)


def test_one_report_answers_for_one_event() -> None:
    """Two known contacts within 60 ms of one report: only one is found."""
    (row,) = judge_events([(case(events=contacts(2.0, 2.05)), report(said(2.03)))])
    assert row.found == 1


def test_events_at_the_ends_are_left_out() -> None:
    """The first and last second are neither asked for nor held against the kiosk."""
    (row,) = judge_events([(case(events=contacts(0.5, 5.0, 9.5)), report(said(0.5, 5.0, 9.5)))])
    assert (row.known, row.reported) == (1, 1)


def test_cases_without_a_report_bring_no_events() -> None:
    """An input that cannot be read is told elsewhere; without any event there is no row."""
    assert judge_events([(case(events=contacts(2.0)), None), (case(), report(said(2.0)))]) == []


def test_bars_of_events() -> None:
    """F1 must be at least, bias and SD at most their bar."""
    row = EventRow("contact", known=100, reported=100, found=96, bias_ms=-13.0, sd_ms=9.0)
    bars = {"contact_f1": 0.97, "contact_bias_ms": 12.0, "contact_sd_ms": 20.0, "toe_off_f1": 0.99}
    assert event_misses(row, bars) == ["contact_f1", "contact_bias_ms"]
