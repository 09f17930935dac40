"""What changed within a run, as sentences: only what is more than the run's own noise.

What must not go in: measuring a drift (kiosk/gait/drift.py), faults of the moment (rules.py).
"""

from collections.abc import Mapping
from typing import NamedTuple

from kiosk.coach.readings import Rule
from kiosk.coach.rules import FADES, RULES
from kiosk.gait.drift import Drift
from kiosk.screen import Finding
from kiosk.words import Phrase

MOST_DRIFTS = 3
"""Lines about drift (our choice: as many as findings)."""


class _Sure(NamedTuple):
    rule: Rule
    change: float
    certainty: float
    """Standard errors."""

    @property
    def outward(self) -> bool:
        """True when the change goes to the side that the row watches."""
        return self.rule.coached and (self.change > 0) == (self.rule.direction == "high")


def drift_words(drifts: Mapping[str, Drift]) -> tuple[Phrase, ...]:
    """At most three sentences for `Summary.drift`, the surest first; empty when nothing drifted surely.

    When one of them goes to the side that the coach watches, a last line says so with the cue for it.
    """
    sure = _sure(drifts)[:MOST_DRIFTS]
    lines = [_words(item) for item in sure]
    if any(item.outward for item in sure):
        lines = [*lines[: MOST_DRIFTS - 1], Phrase("Form may fade when you tire: {cue}.", cue=FADES.cue)]
    return tuple(lines)


def fade_finding(drifts: Mapping[str, Drift]) -> Finding | None:
    """The surest drift to the side that the coach watches, as a finding with its own cue and drill; None when there is none."""
    outward = [item for item in _sure(drifts) if item.outward]
    if not outward:
        return None
    rule, change, _ = outward[0]
    return Finding(
        text=Phrase("{drift} {cue}.", drift=_words(outward[0]), cue=FADES.cue),
        metric=rule.metric,
        good=False,
        drill=FADES.drill,
        may_come_from=FADES.may_come_from,
        grade=FADES.grade,
        label=rule.label,
        unit=rule.unit,
        value=change,
        decimals=rule.decimals,
        why=FADES.why,
        source=FADES.source,
        moment=rule.moment,
    )


def _sure(drifts: Mapping[str, Drift]) -> list[_Sure]:
    """Sure drifts of metrics with a row, the surest first; of several rows of a metric the one that watches this side."""
    found: dict[str, _Sure] = {}
    for rule in RULES:
        drift = drifts.get(rule.metric)
        if drift is None or not drift.sure or drift.change is None or not drift.error or rule.uneven or rule.size:
            continue
        item = _Sure(rule, drift.change, abs(drift.change) / drift.error)
        if rule.metric not in found or item.outward:
            found[rule.metric] = item
    return sorted(found.values(), key=lambda item: -item.certainty)


def _words(item: _Sure) -> Phrase:
    values = {"label": item.rule.label, "size": abs(item.change), "decimals": item.rule.decimals, "unit": item.rule.unit}
    if item.change > 0:
        return Phrase("{label}: {size:.{decimals}f} {unit} more at the end than at the start.", **values)
    return Phrase("{label}: {size:.{decimals}f} {unit} less at the end than at the start.", **values)
