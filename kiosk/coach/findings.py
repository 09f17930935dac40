"""The summary's lines: at most three, something good first.

Four kinds: good (well inside), fault (surely beyond its limit), remark (surely outside the typical band, not beyond the limit; or at
its edge when there is nothing else to tell). What must not go in: limits (rules.py), diagnosis, anything the numbers do not say.
"""

from collections.abc import Mapping, Sequence

from kiosk.coach import sentences
from kiosk.coach.chains import choose
from kiosk.coach.known_errors import worst_error
from kiosk.coach.readings import ACROSS, LINES, Rule, finite, is_trusted, limits, noise_of, reading_of, side_out, surely_outside, typical
from kiosk.coach.rules import RULE_BY_NAME, RULES
from kiosk.coach.since_last import change_words
from kiosk.domain import Fault, Metrics, Side
from kiosk.pose.keypoints import OF_SIDE
from kiosk.screen import Finding
from kiosk.words import NOTHING, Phrase

MOST = 3
"""Lines of a summary (DESIGN.md: at most three)."""
WELL_INSIDE = 0.25
"""A good line's value is this far from both ends of the band, in half-widths. Our choice: clearly not at the edge."""


def findings(
    metrics: Metrics,
    faults: Sequence[Fault],
    speed_kmh: float | None,
    cues_shown: Sequence[str],
    last: Metrics | None = None,
    baseline: Mapping[str, float] | None = None,
) -> tuple[Finding, ...]:
    """Good lines first, then the fault to work on, then the one furthest out of band, then remarks; at most three.

    Args:
        metrics: name -> value of the whole session.
        faults: what `find_faults` says of `metrics`.
        speed_kmh: belt speed; None when unknown.
        cues_shown: texts of the cues that were shown; what became of them is told first: a runner who was asked to change something
            must not read later that all was fine.
        last: metrics of the runner's last run; None when there is none.
        baseline: the one that `find_faults` was given.

    Returns:
        Empty when nothing could be trusted.
    """
    told = _Teller(metrics, speed_kmh, last or {}, baseline or {})
    faulty = {fault.metric for fault in faults}
    remarks = told.remarks(faulty, cues_shown)
    good = told.good(faulty, cues_shown)
    known = faulty | {line.metric for line in (*remarks, *good)}
    good = (*told.only_cued(known, cues_shown), *good)
    out = (*told.faults(faults), *remarks)
    if not out:
        praised = {line.metric for line in good}
        edge = tuple(line for line in told.edges() if line.metric not in praised)[:1]
        return (*good[: MOST - len(edge)], *edge)
    work = out[: MOST - 1 if good else MOST]
    return (*good[: MOST - len(work)], *work)


class _Teller:
    """Turns readings of one session into findings."""

    def __init__(self, metrics: Metrics, speed_kmh: float | None, last: Metrics, own: Mapping[str, float]) -> None:
        self._metrics = metrics
        self._speed_kmh = speed_kmh
        self._last = last
        self._own = own

    def faults(self, faults: Sequence[Fault]) -> tuple[Finding, ...]:
        """The chosen one first, then by how far out."""
        chosen = choose(faults)
        if chosen is None:
            return ()
        first, words = chosen
        rest = sorted((fault for fault in faults if fault is not first), key=lambda fault: -fault.excess)
        lines = [(first, words), *((fault, fault.may_come_from) for fault in rest)]
        return tuple(self._fault(fault, may_come_from) for fault, may_come_from in lines)

    def _fault(self, fault: Fault, may_come_from: Phrase) -> Finding:
        rule = RULE_BY_NAME[fault.name]
        band = (fault.low, fault.high)
        rule = sentences.told_apart(rule, fault.value, band)
        beyond_own = rule.share is None and fault.low <= fault.value <= fault.high  # inside the band, so the own usual was the limit
        own = beyond_own or (rule.personal and band != typical(rule, self._speed_kmh))
        number = sentences.number(rule, fault.value, self._metrics.get(fault.metric))
        text = sentences.fault(rule, number, fault.value, band, at_speed=self._at_speed(rule), own=own, side=fault.side)
        return self._finding(rule, text, fault.value, band, side=fault.side, may_come_from=may_come_from)

    def remarks(self, faulty: set[str], cues_shown: Sequence[str]) -> tuple[Finding, ...]:
        """Values surely outside the typical band but not beyond the limit of a fault: what had a cue, then better evidence."""
        found = [(rule, *known) for rule in RULES if rule.told and rule.metric not in faulty and (known := self._known(rule))]
        return tuple(
            self._remark(rule, value, band)
            for rule, value, band in sorted(found, key=lambda item: (item[0].cue not in cues_shown, item[0].grade))
            if self._surely_out(rule, value, band)
        )

    def _surely_out(self, rule: Rule, value: float, band: tuple[float, float]) -> bool:
        if not rule.coached:
            band = limits(rule, band)
        low, high = surely_outside(rule, self._metrics[rule.metric], *band)
        return (rule.direction != "high" and value < low) or (rule.direction != "low" and value > high)

    def _remark(self, rule: Rule, value: float, band: tuple[float, float]) -> Finding:
        metric = self._metrics[rule.metric]
        rule = sentences.told_apart(rule, value, band)
        side = side_out(rule, metric, *band)
        number = sentences.number(rule, value, metric)
        if rule.coached:
            text = sentences.remark(rule, number, value, band, at_speed=self._at_speed(rule), side=side)
        else:
            text = sentences.fault(rule, number, value, band, at_speed=self._at_speed(rule), own=False, side=side)
        return self._finding(rule, text, value, band, side=side)

    def edges(self) -> tuple[Finding, ...]:
        """Values inside the band, nearer to a watched end than what is called good; the nearest first. Inside is fine: no drill."""
        found = []
        for rule in RULES:
            known = self._known(rule) if rule.coached and not rule.uneven and not rule.size and not rule.personal else None
            if known is None:
                continue
            value, (low, high) = known
            near = min(value - low if rule.direction != "high" else high - low, high - value if rule.direction != "low" else high - low)
            part = near / ((high - low) / 2)
            if 0 <= part < WELL_INSIDE:
                found.append((part, rule, value, (low, high)))
        found = [item for item in found if self._may_be_praised(item[1], item[3])]
        return tuple(self._edge(rule, value, band) for _, rule, value, band in sorted(found, key=lambda item: item[0]))

    def _edge(self, rule: Rule, value: float, band: tuple[float, float]) -> Finding:
        number = sentences.number(rule, value, self._metrics[rule.metric])
        text = sentences.edge(rule, number, value, band, at_speed=self._at_speed(rule))
        return self._finding(rule, text, value, band, good=True)

    def good(self, faulty: set[str], cues_shown: Sequence[str]) -> tuple[Finding, ...]:
        """Values well inside: first those that had a cue, then coached ones, then the better evidence, then depth."""
        inside = [(rule, self._depth(rule)) for rule in RULES if rule.metric not in faulty and self._surely_in(rule)]
        ranked = sorted(
            ((rule, depth) for rule, depth in inside if depth >= WELL_INSIDE),
            key=lambda item: (item[0].cue not in cues_shown, not item[0].coached, item[0].grade, -item[1]),
        )
        best: dict[str, Rule] = {}
        for rule, _ in ranked:
            best.setdefault(rule.metric, rule)
        return tuple(self._good(rule, cues_shown) for rule in best.values())

    def _good(self, rule: Rule, cues_shown: Sequence[str]) -> Finding:
        known = self._known(rule)
        if known is None:
            raise ValueError(f"{rule.metric} has no reading: expected a number, got None; only known values become findings")
        value, band = known
        cue = rule.cue if rule.cue in cues_shown else NOTHING
        text = sentences.good(rule, sentences.number(rule, value), at_speed=self._at_speed(rule), after_cue=cue)
        return self._finding(rule, text, value, band, good=True)

    def only_cued(self, known: set[str], cues_shown: Sequence[str]) -> tuple[Finding, ...]:
        """Values of which a cue was shown, that are neither a fault of the whole run nor surely good: inside the band, or at its end."""
        cued = {rule.metric: rule for rule in RULES if rule.coached and rule.cue in cues_shown and rule.metric not in known}
        return tuple(self._cued(rule, *read) for rule in cued.values() if (read := self._known(rule)))

    def _cued(self, rule: Rule, value: float, band: tuple[float, float]) -> Finding:
        inside = band[0] <= value <= band[1]
        rule = sentences.told_apart(rule, value, band)
        text = sentences.cued(sentences.number(rule, value, self._metrics[rule.metric]), inside=inside)
        return self._finding(rule, text, value, band, good=inside)

    def _surely_in(self, rule: Rule) -> bool:
        """True when the value stays inside the ends that a row watches after the noise and the largest known error of the network."""
        known = self._known(rule)
        if known is None or not self._may_be_praised(rule, known[1]):
            return False
        value, (low, high) = known
        margin = noise_of(rule, self._metrics[rule.metric]) + self._error(rule)
        watched = {row.direction for row in RULES if row.metric == rule.metric and row.uneven == rule.uneven}
        low_watched = not (rule.uneven or rule.size) and bool(watched & {"low", "both"})
        return (not low_watched or value - margin >= low) and (not watched & {"high", "both"} or value + margin <= high)

    def _may_be_praised(self, rule: Rule, band: tuple[float, float]) -> bool:
        """False where the network errs by as much as the band is wide to one side: no reading shows then that all is well."""
        return self._error(rule) < (band[1] - band[0]) / 2

    def _error(self, rule: Rule) -> float:
        """The same network measured the own baseline, so that its error is in both."""
        with_own = (rule.personal or rule.band is None) and self._own.get(rule.metric) is not None
        return 0.0 if with_own else worst_error(rule.metric)

    def _depth(self, rule: Rule) -> float:
        """Distance from the nearer end of the band in half-widths, less the noise; negative when not known."""
        known = self._known(rule)
        if known is None:
            return -1.0
        value, (low, high) = known
        nearest = high - value if rule.uneven or rule.size else min(value - low, high - value)
        return (nearest - noise_of(rule, self._metrics[rule.metric])) / ((high - low) / 2)

    def _known(self, rule: Rule) -> tuple[float, tuple[float, float]] | None:
        """Reading and typical band of a row; None when one of them is not known or not to be trusted."""
        metric = self._metrics.get(rule.metric)
        value, band = reading_of(rule, metric), typical(rule, self._speed_kmh, self._own.get(rule.metric))
        return (value, band) if value is not None and band is not None and is_trusted(metric) else None

    def _at_speed(self, rule: Rule) -> bool:
        return self._speed_kmh is not None and rule.band is not None and rule.band.by_speed

    def _finding(
        self,
        rule: Rule,
        text: Phrase,
        value: float,
        band: tuple[float, float],
        *,
        good: bool = False,
        side: Side | None = None,
        may_come_from: Phrase = NOTHING,
    ) -> Finding:
        metric = self._metrics[rule.metric]
        spread = finite(metric.spread)
        return Finding(
            text=text,
            metric=rule.metric,
            good=good,
            drill=NOTHING if good else rule.drill,
            may_come_from=NOTHING if good else may_come_from or rule.may_come_from,
            grade=rule.grade,
            label=rule.label,
            unit=rule.unit,
            value=sentences.written(value, rule.decimals),
            spread=None if rule.uneven or spread is None else sentences.written_spread(spread, rule.decimals),
            low=sentences.written(band[0], rule.decimals),
            high=sentences.written(band[1], rule.decimals),
            decimals=rule.decimals,
            side=side,
            why=rule.keep if good else rule.why,
            source=rule.source,
            change=change_words(rule, self._last.get(rule.metric), metric, band),
            moment=rule.moment,
            marks=marks_of(rule, side),
        )


def marks_of(rule: Rule, side: Side | None) -> tuple[tuple[int, int], ...]:
    """The row's lines as pairs of keypoints: of one side when it alone is out, else of both."""
    sides = tuple(Side) if side is None else (side,)
    across = [(OF_SIDE[Side.LEFT][part], OF_SIDE[Side.RIGHT][part]) for name in rule.lines if (part := ACROSS.get(name))]
    along = [(OF_SIDE[s][a], OF_SIDE[s][b]) for s in sides for name in rule.lines for a, b in LINES.get(name, ())]
    return (*across, *along)
