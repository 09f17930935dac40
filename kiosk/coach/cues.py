"""One cue at a time: when it appears, how long it stays, when it is praised, and the gauge beside it.

Time is the frames' clock and comes in as an argument. What must not go in: limits and words of a fault (rules.py).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.coach.chains import choose
from kiosk.coach.readings import is_trusted, reading_of, typical
from kiosk.coach.rules import RULE_BY_NAME
from kiosk.domain import Cue, Fault, Metrics
from kiosk.screen import Gauge
from kiosk.words import NOTHING, Phrase

PERSIST_S = 2.0
"""A fault must be there, and must be gone, this long before it counts. Our choice: a few strides."""
HOLD_MIN_S = 10.0
"""A shown cue stays at least this long (COACHING.md: 10-20 s)."""
HOLD_MAX_S = 20.0
"""A shown cue leaves after this long, followed or not (COACHING.md: 10-20 s)."""
CALM_S = 10.0
"""No cue for this long after a cue. Our choice: as long as the shortest cue."""
PRAISE_S = 5.0
"""Praise is shown this long. Our choice: time for two glances."""
MARGIN = 0.1
"""A fault is gone when its value is this far back inside, in half-widths of the band. Our choice: more than a flutter."""
CALM_RULE = "low_cadence"
"""The row whose metric the gauge shows while the screen is calm."""


@dataclass(frozen=True)
class CueState:
    """What the screen says now."""

    cue: Cue | None
    """The one cue; the same object for as long as it is shown. None while calm."""
    praise: Phrase
    """Shown after a cue was followed; "" otherwise, and never together with a cue."""


class CueEngine:
    """Turns the faults of each moment into a calm sequence of cues. One engine per session."""

    def __init__(self) -> None:
        self._last_t_s = -math.inf
        self._since_s: dict[str, float] = {}
        self._cue: Cue | None = None
        self._watched: Fault | None = None
        self._gone_since_s: float | None = None
        self._calm_until_s = -math.inf
        self._praise = NOTHING
        self._praise_until_s = -math.inf
        self._praised: set[str] = set()
        self._shown: list[Phrase] = []

    @property
    def shown(self) -> tuple[Phrase, ...]:
        """Texts of all cues shown so far, in order, with repeats."""
        return tuple(self._shown)

    def update(
        self, t_s: float, faults: Sequence[Fault], metrics: Metrics, until_s: float = math.inf, also_seen: Sequence[Fault] = ()
    ) -> CueState:
        """One step, for every new set of metrics.

        Args:
            t_s: seconds on the frames' clock; must not go back.
            faults: what `find_faults` says of `metrics`, as far as they may be cued.
            metrics: name -> value, to see whether a cue was followed.
            until_s: when feedback ends, same clock: no cue begins that could not stay its shortest time, and from then on there is
                neither cue nor praise.
            also_seen: faults that may not be cued, but count as what another one leads to.

        Raises:
            ValueError: when time goes back.
        """
        if t_s < self._last_t_s:
            raise ValueError(f"time went back: got {t_s} s after {self._last_t_s} s; make a new CueEngine for a new session")
        self._last_t_s = t_s
        self._since_s = {fault.name: self._since_s.get(fault.name, t_s) for fault in (*faults, *also_seen)}
        if t_s >= until_s:
            self._silence(t_s)
            return CueState(None, NOTHING)
        self._watch(t_s, faults, metrics)
        self._end(t_s, metrics)
        self._begin_praise(t_s, faults)
        if until_s - t_s >= HOLD_MIN_S:
            self._begin(t_s, faults, also_seen)
        return CueState(self._cue, self._praise if t_s < self._praise_until_s else NOTHING)

    def _silence(self, t_s: float) -> None:
        """Feedback is over: take the cue away and forget what it waited for; calm follows as after any cue."""
        if self._cue is not None:
            self._calm_until_s = t_s + CALM_S
        self._cue, self._watched = None, None
        self._praise_until_s = -math.inf

    def _watch(self, t_s: float, faults: Sequence[Fault], metrics: Metrics) -> None:
        """Since when the last cue's fault is gone; the newest fault of that name knows the limits at this speed."""
        if self._watched is None:
            return
        self._watched = next((fault for fault in faults if fault.name == self._watched.name), self._watched)
        if not is_gone(self._watched, metrics):
            self._gone_since_s = None
        elif self._gone_since_s is None:
            self._gone_since_s = t_s

    def _followed(self, t_s: float) -> bool:
        return self._gone_since_s is not None and t_s - self._gone_since_s >= PERSIST_S

    def _end(self, t_s: float, metrics: Metrics) -> None:
        """Take the cue away once it was followed, can no longer be judged, or was there long enough."""
        if self._cue is None or t_s - self._cue.since_s < HOLD_MIN_S:
            return
        judged = is_trusted(metrics.get(self._cue.fault.metric))
        if self._followed(t_s) or not judged or t_s - self._cue.since_s >= HOLD_MAX_S:
            self._cue = None
            self._calm_until_s = t_s + CALM_S

    def _begin_praise(self, t_s: float, faults: Sequence[Fault]) -> None:
        """Praise a fault that went away under its cue or in the calm after it: once, and not for overdoing it."""
        if self._cue is not None or self._watched is None:
            return
        if t_s > self._calm_until_s:
            self._watched = None
        if self._watched is None or not self._followed(t_s):
            return
        watched, self._watched = self._watched, None
        overdone = any(fault.metric == watched.metric for fault in faults)
        if watched.name not in self._praised and not overdone:
            self._praised.add(watched.name)
            self._praise = Phrase("Well done: {what}.", what=RULE_BY_NAME[watched.name].label)
            self._praise_until_s = t_s + PRAISE_S

    def _begin(self, t_s: float, faults: Sequence[Fault], also_seen: Sequence[Fault]) -> None:
        """Show a cue for the fault to work on, among those that have lasted."""
        if self._cue is not None or t_s < max(self._calm_until_s, self._praise_until_s):
            return
        lasting, evidence = ([fault for fault in some if t_s - self._since_s[fault.name] >= PERSIST_S] for some in (faults, also_seen))
        chosen = choose(lasting, evidence)
        if chosen is None:
            return
        fault, may_come_from = chosen
        self._cue = Cue(fault, fault.cue, may_come_from, since_s=t_s)
        self._watched, self._gone_since_s = fault, None
        self._shown.append(fault.cue)


def is_gone(fault: Fault, metrics: Metrics) -> bool:
    """True when the fault's metric is trusted and back inside, by `MARGIN`, at the end it was beyond."""
    rule, metric = RULE_BY_NAME[fault.name], metrics.get(fault.metric)
    value = reading_of(rule, metric)
    if value is None or not is_trusted(metric):
        return False
    half = (fault.high - fault.low) / 2
    if _was_above(fault):
        return value <= fault.value - (fault.excess + MARGIN) * half
    return value >= fault.value + (fault.excess + MARGIN) * half


def gauge_for(
    metrics: Metrics, cue: Cue | None, speed_kmh: float | None, calm_rule: str = CALM_RULE, own: Mapping[str, float] | None = None
) -> Gauge | None:
    """The bar of the cue's metric, or while calm that of a rule: cadence, or what the run works on.

    `own` is the runner's baseline, metric -> value, for bands that are made of it.

    Returns:
        None when the number is not known. Low quality is drawn: it is shown, only never coached.
    """
    rule = RULE_BY_NAME[cue.fault.name if cue else calm_rule]
    value = reading_of(rule, metrics.get(rule.metric))
    band = typical(rule, speed_kmh, (own or {}).get(rule.metric)) or ((cue.fault.low, cue.fault.high) if cue else None)
    if value is None or band is None:
        return None
    return Gauge(rule.metric, rule.label, rule.unit, value, *band, *rule.scale, decimals=rule.decimals, grade=rule.grade)


def _was_above(fault: Fault) -> bool:
    direction = RULE_BY_NAME[fault.name].direction
    return direction == "high" or (direction == "both" and fault.value > fault.high)
