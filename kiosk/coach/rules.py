"""The rules table and the faults it finds. Adding a cue is adding one row to one of the four parts of `RULES`.

What must not go in: how a metric is read (readings.py), links between faults (chains.py), time (cues.py).
"""

from collections.abc import Mapping

from kiosk.coach.readings import Rule, finite, is_trusted, limits, reading_of, side_out, sure_limits, typical
from kiosk.coach.rules_arms import ARM_RULES
from kiosk.coach.rules_facing import FACING_RULES
from kiosk.coach.rules_legs import LEG_RULES
from kiosk.coach.rules_trunk import TRUNK_RULES
from kiosk.domain import Fault, Metrics, MetricValue
from kiosk.words import NOTHING, Phrase

# Ranks run from the head down, then what the feet show (COACHING.md, "the body is one chain"). Arms stand after hip drive
# and cadence because their link to the legs is stated both ways: it says less about which came first. Our choice.
# A source of "our choice" says that no paper gives the limit; `cue_at` is of the same source as its row.
RULES: tuple[Rule, ...] = tuple(sorted((*TRUNK_RULES, *LEG_RULES, *ARM_RULES, *FACING_RULES), key=lambda rule: rule.rank))
"""All rows, the most upstream first."""

FADES = Rule(
    name="fades",
    metric="",
    band=None,
    direction="both",
    grade="B",
    source="COACHING.md: beyond what the run's own noise explains (kiosk/gait/drift.py)",
    label=Phrase("Change within the run"),
    unit=NOTHING,
    scale=(-1, 1),
    rank=len(RULES) + 1,
    cue=Phrase("Reset: tall and relaxed"),
    drill=Phrase("Shake-out"),
    may_come_from=Phrase("May come from getting tired."),
    why=Phrase("What holds at the start may slip when you tire."),
)
"""The row that has no metric of its own: any metric that drifts out of its band (kiosk/coach/tiring.py)."""

RULE_BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in (*RULES, FADES)}
"""Rule name (= fault name) -> its row."""


def find_faults(metrics: Metrics, speed_kmh: float | None, baseline: Mapping[str, float] | None = None) -> tuple[Fault, ...]:
    """Every metric that is beyond its limit by more than its own noise and the network's known error, in the order of `RULES`.

    Args:
        metrics: name -> value; a missing name, no value, low quality, fewer than 7 strides or an unknown spread is no fault.
        speed_kmh: belt speed; None when unknown, which takes the widest band.
        baseline: metric name -> the runner's own usual value at this speed, in the metric's unit; None when there is none.
    """
    own = baseline or {}
    found = (_fault(rule, metrics.get(rule.metric), speed_kmh, finite(own.get(rule.metric))) for rule in RULES if rule.coached)
    return tuple(fault for fault in found if fault is not None)


def baseline_of(metrics: Metrics, speed_kmh: float | None = None) -> Mapping[str, float]:
    """The runner's own usual values that later runs are compared with: metric name -> reading, in the metric's unit.

    Of every row that looks at an own baseline, when it is trusted and not out of its band: what is to be changed is no baseline.
    """
    found = {}
    for rule in RULES:
        metric = metrics.get(rule.metric)
        value, band = reading_of(rule, metric), typical(rule, speed_kmh)
        if (rule.own_margin is None and rule.own_part is None) or value is None or not is_trusted(metric):
            continue
        if band is None or limits(rule, band)[0] <= value <= limits(rule, band)[1]:
            found[rule.metric] = value
    return found


def _fault(rule: Rule, metric: MetricValue | None, speed_kmh: float | None, own: float | None) -> Fault | None:
    value, band = reading_of(rule, metric), typical(rule, speed_kmh, own)
    if metric is None or value is None or band is None or not is_trusted(metric):
        return None
    sure_low, sure_high = sure_limits(rule, metric, band, own)
    if sure_low <= value <= sure_high:
        return None
    low, high = limits(rule, band, own)
    beyond = value - min(band[1], high) if value > sure_high else max(band[0], low) - value
    return Fault(
        name=rule.name,
        metric=rule.metric,
        value=value,
        low=band[0],
        high=band[1],
        excess=max(beyond, 0.0) / ((band[1] - band[0]) / 2),  # from the band, or from the limit where an own baseline puts it inside
        side=side_out(rule, metric, low, high),
        cue=rule.cue,
        grade=rule.grade,
        source=rule.source,
        drill=rule.drill,
        may_come_from=rule.may_come_from,
    )
