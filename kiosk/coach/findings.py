"""The summary's lines: at most three, something good first.

What must not go in: limits (rules.py), diagnosis, anything the numbers do not say.
"""

from collections.abc import Sequence

from kiosk.coach.chains import choose
from kiosk.coach.readings import Rule, is_trusted, noise_of, reading_of, typical
from kiosk.coach.rules import RULE_BY_NAME, RULES
from kiosk.domain import Fault, Metrics, MetricValue
from kiosk.screen import Finding
from kiosk.words import Phrase

MOST = 3
"""Lines of a summary (DESIGN.md: at most three)."""
WELL_INSIDE = 0.25
"""A good line's value is this far from both ends of the band, in half-widths. Our choice: clearly not at the edge."""
FACT_GRADES = "AB"
"""Grades whose bands are stated as typical; the others are named as our guide (COACHING.md)."""


def findings(metrics: Metrics, faults: Sequence[Fault], speed_kmh: float | None, cues_shown: Sequence[str]) -> tuple[Finding, ...]:
    """Good lines first, then the fault to work on, then the one furthest out of band; at most three.

    Args:
        metrics: name -> value of the whole session.
        faults: what `find_faults` says of `metrics`.
        speed_kmh: belt speed; None when unknown.
        cues_shown: texts of the cues that were shown; a good value after its own cue is told first.

    Returns:
        Empty when nothing could be trusted.
    """
    good = _good(metrics, faults, speed_kmh, cues_shown)
    work = _work(metrics, faults, speed_kmh)[: MOST - 1 if good else MOST]
    return good[: MOST - len(work)] + work


def _work(metrics: Metrics, faults: Sequence[Fault], speed_kmh: float | None) -> tuple[Finding, ...]:
    chosen = choose(faults)
    if chosen is None:
        return ()
    first, words = chosen
    rest = sorted((fault for fault in faults if fault is not first), key=lambda fault: -fault.excess)
    lines = [(first, words)] + [(fault, fault.may_come_from) for fault in rest]
    return tuple(
        Finding(Phrase(_fault_text(fault, metrics, speed_kmh)), fault.metric, False, fault.drill, may_come_from, fault.grade)
        for fault, may_come_from in lines
    )


def _fault_text(fault: Fault, metrics: Metrics, speed_kmh: float | None) -> str:
    rule = RULE_BY_NAME[fault.name]
    number = _number(rule, fault.value, metrics.get(fault.metric))
    side = f", on the {fault.side} side only" if fault.side else ""
    where = "above" if fault.value > fault.high else "below"
    if rule.band is None or fault.low <= fault.value <= fault.high:
        return f"{number}: above your own usual{side}."
    ends = f"{fault.low:.{rule.decimals}f} to {fault.high:.{rule.decimals}f}"
    if fault.grade in FACT_GRADES:
        return f"{number}: {where} the typical {ends}{_at_speed(rule, speed_kmh)}{side}."
    return f"{number}: {where} our guide of {ends}{side}; opinions differ."


def _good(metrics: Metrics, faults: Sequence[Fault], speed_kmh: float | None, cues_shown: Sequence[str]) -> tuple[Finding, ...]:
    """Values well inside their band: first those that had a cue, then coached ones, then the better evidence, then depth."""
    faulty = {fault.metric for fault in faults}
    inside = [(rule, _depth(rule, metrics.get(rule.metric), speed_kmh)) for rule in RULES if rule.metric not in faulty]
    ranked = sorted(
        ((rule, depth) for rule, depth in inside if depth >= WELL_INSIDE),
        key=lambda item: (item[0].cue not in cues_shown, not item[0].coached, item[0].grade, -item[1]),
    )
    best: dict[str, Rule] = {}
    for rule, _ in ranked:
        best.setdefault(rule.metric, rule)
    return tuple(_good_finding(rule, metrics[rule.metric], speed_kmh, cues_shown) for rule in best.values())


def _good_finding(rule: Rule, metric: MetricValue, speed_kmh: float | None, cues_shown: Sequence[str]) -> Finding:
    number = _number(rule, reading_of(rule, metric))
    after = f' after the cue "{rule.cue}"' if rule.cue in cues_shown else ""
    if rule.grade in FACT_GRADES:
        text = f"{number}: typical{_at_speed(rule, speed_kmh)}{after}."
    else:
        text = f"{number}: inside our guide{after}; opinions differ."
    return Finding(Phrase(text), rule.metric, True, grade=rule.grade)


def _depth(rule: Rule, metric: MetricValue | None, speed_kmh: float | None) -> float:
    """Distance from the nearer end of the band in half-widths, less the noise; negative when not known."""
    value, band = reading_of(rule, metric), typical(rule, speed_kmh)
    if metric is None or value is None or band is None or not is_trusted(metric):
        return -1.0
    half = (band[1] - band[0]) / 2
    return (min(value - band[0], band[1] - value) - noise_of(rule, metric)) / half


def _number(rule: Rule, value: float | None, metric: MetricValue | None = None) -> str:
    """Label, number and unit; with ± the spread between strides when `metric` has one and the reading is its value."""
    if value is None:
        raise ValueError(f"{rule.metric} has no reading: expected a number, got None; only known values become findings")
    spread = None if metric is None or rule.uneven else metric.spread
    around = "" if spread is None else f" ± {spread:.{rule.decimals}f}"
    return f"{rule.label} {value:.{rule.decimals}f}{around} {rule.unit}"


def _at_speed(rule: Rule, speed_kmh: float | None) -> str:
    return " for this speed" if speed_kmh is not None and rule.band is not None and rule.band.by_speed else ""
