"""What changed between two assessments of one patient: changed, not distinguishable, or cannot tell, metric by metric.

A view is compared with the same view only, at equal speed and incline only. What must not go in: measuring a bout
(kiosk/bouts.py), whether it may be used (bout_quality.py), how large a change must be (drift.py, detectable.py).
"""

from collections.abc import Mapping, Sequence

from kiosk.clinic import Assessment, AssessmentChange, BoutOrder, BoutResult, Kind, MetricChange, Outcome, StoredBout
from kiosk.domain import MetricValue, Quality, View
from kiosk.gait.detectable import limit_of
from kiosk.gait.drift import FEW_BLOCKS, NO_LIMIT, NOT_IN_BOTH, Block, change, detectable_change
from kiosk.gait.metrics import METRICS
from kiosk.gait.refusals import DIRECTIONS
from kiosk.words import NOTHING, Phrase

SAME_SPEED_KMH = 0.2
"""Speeds no further apart count as equal (our choice: belts are set in steps of 0.1, and are off by as much). A km/h changes cadence by
2.5 steps a minute, contact by 13 ms and overstride by .015 L (Fukuchi 2017, METRICS.md): 0.2 of it is a third of the smallest limit
at most (detectable.py)."""
SAME_INCLINE_PCT = 0.25
"""The same for the incline (our choice: belts rise in steps of 0.5 %; 0.25 % is 0.14 degrees of lean)."""
LIKE_BLOCKS = 1.5
"""Blocks of two bouts this many times longer or shorter are of one kind (our choice: their noise differs by less than a quarter)."""
ROUNDING = 1e-6
"""Speeds that are typed with one decimal differ by 0.2 exactly."""
FROM_THE_FRONT = ("step_symmetry_pct",)
"""Metrics of any view that are better from in front or behind: on force plates 0.5 against 1.5 % (docs/accuracy.md, mocap60); the times
of contact, and cadence, are better from the side."""

NO_SPEED = Phrase("{view}: the belt's speed is not known for both; every metric changes with it. Type the speed of the bouts.")
OTHER_SPEED = Phrase("{view}: {before:.1f} and {after:.1f} km/h; only equal speeds can be compared. Run again at {before:.1f} km/h.")
OTHER_INCLINE = Phrase("{view}: inclines of {before:.1f} and {after:.1f} %; only equal ones can be compared. Run again at {before:.1f} %.")
ONLY_BEFORE = Phrase("{view}: seen in the earlier assessment only. Run a bout in this view to compare.")
ONLY_AFTER = Phrase("{view}: seen in the later assessment only; there is nothing to compare it with.")
OTHER_SIDE = Phrase(
    "The earlier assessment shows the {before} side, the later one the {after} side: another leg and another camera."
    " Only the same view can be compared."
)
OLD_UNUSABLE = Phrase("{view}: the earlier bout cannot be used, so there is nothing to compare with. Its verdict then: {why}")
NEW_UNUSABLE = Phrase("{view}: the later bout cannot be used. {why}")
OTHER_POINTS = Phrase("{view}: the points were found by different networks, which are off in different ways. Measure both with one.")
UNLIKE_LENGTHS = Phrase("{view}: the bouts differ too much in length to be compared. Run again for as long as the first one.")
TOO_SHORT = Phrase("{view}: a bout is too short to tell a change from noise.")
LOW_QUALITY = Phrase("Measured, but not well enough in both.")
SEE_BOUT = Phrase("See its quality.")


def newest(assessment: Assessment) -> Mapping[View, StoredBout]:
    """The bout of each view that counts: the newest usable one, or the newest when none is. Views as ordered."""
    found: dict[View, StoredBout] = {}
    for bout in assessment.bouts:
        held = found.get(bout.order.view)
        if held is None or bout.result.quality.ok or not held.result.quality.ok:
            found[bout.order.view] = bout
    return found


def usable_views(assessment: Assessment) -> frozenset[View]:
    """Views of which there is a bout that may be used."""
    return frozenset(bout.order.view for bout in assessment.bouts if bout.result.quality.ok)


def merged_metrics(assessment: Assessment) -> Mapping[str, tuple[View, MetricValue]]:
    """Every metric once, with the view whose value counts; metrics that no bout knows are missing.

    Of two views that both give it, the better quality counts; then the side view, but for `FROM_THE_FRONT`.
    """
    bouts = {view: bout for view, bout in newest(assessment).items() if bout.result.quality.ok}
    out = {}
    for row in METRICS:
        given = {view: bout.result.metrics[row.name] for view, bout in bouts.items() if row.name in bout.result.metrics}
        known = {view: value for view, value in given.items() if value.value is not None}
        if known:
            view = min(known, key=lambda v: (known[v].quality is not Quality.GOOD, v.is_side == (row.name in FROM_THE_FRONT)))
            out[row.name] = (view, known[view])
    return out


def change_since_baseline(earlier: Sequence[Assessment], after: Assessment) -> AssessmentChange | None:
    """Against the newest earlier baseline that can be compared, else the newest one; None when there is none.

    Args:
        earlier: assessments of the same patient, oldest first.
        after: the one that is looked at.
    """
    before = [a for a in earlier if a.kind is Kind.BASELINE and a.bouts]
    views = usable_views(after)
    fitting = [a for a in before if usable_views(a) & views]
    return compare_assessments((fitting or before)[-1], after) if before and after.bouts else None


def compare_assessments(before: Assessment, after: Assessment) -> AssessmentChange:
    """Each metric of each view that both assessments have.

    A metric CHANGED only beyond the patient's own smallest detectable change, from the blocks of both bouts, and beyond what the
    method can tell (detectable.py). CANNOT_TELL has a reason; `reasons` say why whole views could not be compared.
    """
    old, new = newest(before), newest(after)
    reasons = list(_other_views(old, new))
    metrics: list[MetricChange] = []
    for view in View:
        if view in old and view in new:
            why = _against(old[view], new[view])
            reasons += [why] if why else []
            metrics += _changes(view, old[view].result, new[view].result, why)
    return AssessmentChange(before.id, after.id, tuple(metrics), tuple(reasons))


def _other_views(old: Mapping[View, StoredBout], new: Mapping[View, StoredBout]) -> Sequence[Phrase]:
    """Views of one of the two only; one without a usable bout has nothing to compare with."""
    gone = [v for v in View if v not in new and v in old and old[v].result.quality.ok]
    come = [v for v in View if v not in old and v in new and new[v].result.quality.ok]
    sides = [[v for v in views if v.is_side] for views in (gone, come)]
    out = []
    if all(sides):
        names = [DIRECTIONS[side[0]] for side in sides]
        out.append(OTHER_SIDE.filled(before=names[0], after=names[1]))
        gone, come = [v for v in gone if not v.is_side], [v for v in come if not v.is_side]
    out += [ONLY_BEFORE.filled(view=DIRECTIONS[v]) for v in gone]
    out += [ONLY_AFTER.filled(view=DIRECTIONS[v]) for v in come]
    return out + [said for v in View if (v in old) is not (v in new) and (said := _unusable(old.get(v), new.get(v)))]


def _unusable(old: StoredBout | None, new: StoredBout | None) -> Phrase:
    """Which of the two bouts of a view cannot be used, and why; nothing when those that are there can."""
    for bout, said in ((old, OLD_UNUSABLE), (new, NEW_UNUSABLE)):
        if bout is not None and not bout.result.quality.ok:
            return said.filled(view=DIRECTIONS[bout.order.view], why=next(iter(bout.result.quality.problems), SEE_BOUT))
    return NOTHING


def _against(old: StoredBout, new: StoredBout) -> Phrase:
    """Why these two bouts of one view cannot be compared; nothing when they can."""
    view = DIRECTIONS[old.order.view]
    if unusable := _unusable(old, new):
        return unusable
    if network_words(old.result.model) != network_words(new.result.model):
        return OTHER_POINTS.filled(view=view)
    return _other_belt(view, old.order, new.order) or _blocks_against(view, old.result, new.result)


def network_words(made_by: str) -> list[str]:
    """Name and hash of the network in what a recording says of its making, without the program's version and what ran the network."""
    words = made_by.split()
    return words[2:4] if words[:1] == ["treadside"] else words


def _other_belt(view: Phrase, old: BoutOrder, new: BoutOrder) -> Phrase:
    speeds = (old.speed_kmh, new.speed_kmh)
    if speeds[0] is None or speeds[1] is None:
        return NO_SPEED.filled(view=view)
    if not same_speed(speeds[0], speeds[1]):
        return OTHER_SPEED.filled(view=view, before=speeds[0], after=speeds[1])
    if not same_incline(old.incline_pct, new.incline_pct):
        return OTHER_INCLINE.filled(view=view, before=old.incline_pct, after=new.incline_pct)
    return NOTHING


def same_speed(before_kmh: float | None, after_kmh: float | None) -> bool:
    """True when both are known and no further apart than SAME_SPEED_KMH."""
    return before_kmh is not None and after_kmh is not None and abs(before_kmh - after_kmh) <= SAME_SPEED_KMH + ROUNDING


def same_incline(before_pct: float, after_pct: float) -> bool:
    """True when they are no further apart than SAME_INCLINE_PCT."""
    return abs(before_pct - after_pct) <= SAME_INCLINE_PCT + ROUNDING


def _blocks_against(view: Phrase, old: BoutResult, new: BoutResult) -> Phrase:
    if old.block_s is None or new.block_s is None:
        return TOO_SHORT.filled(view=view)
    if max(old.block_s, new.block_s) > LIKE_BLOCKS * min(old.block_s, new.block_s):
        return UNLIKE_LENGTHS.filled(view=view)
    return NOTHING


def _changes(view: View, old: BoutResult, new: BoutResult, why: Phrase) -> list[MetricChange]:
    rows = [row.name for row in METRICS if view in row.views]
    return [_change(name, view, old, new, why) for name in rows if name in old.metrics and name in new.metrics]


def _change(name: str, view: View, old: BoutResult, new: BoutResult, why: Phrase) -> MetricChange:
    limit = limit_of(name, (old.seconds, new.seconds))
    before, after = old.metrics[name], new.metrics[name]
    own = None if why else detectable_change(blocks_of(old, name), blocks_of(new, name))
    found = change(before.value, after.value, own, limit.value)
    reason = why or _cannot_tell(before, after, own, limit.value)
    said = Outcome.CANNOT_TELL if reason else Outcome.CHANGED if found.real else Outcome.NOT_DISTINGUISHABLE
    return MetricChange(name, view, before.value, after.value, found.change, own, limit.value, limit.source, said, reason)


def _cannot_tell(before: MetricValue, after: MetricValue, own: float | None, method: float | None) -> Phrase:
    if before.value is None or after.value is None:
        unknown = before if before.value is None else after
        return unknown.reason if isinstance(unknown.reason, Phrase) and unknown.reason else NOT_IN_BOTH
    if not before.quality is after.quality is Quality.GOOD:
        return LOW_QUALITY
    if own is None:
        return FEW_BLOCKS
    return NO_LIMIT if method is None else NOTHING


def blocks_of(result: BoutResult, metric: str) -> list[Block]:
    """The blocks of one metric as drift.py takes them; none when the bout is too short for blocks."""
    return [(k * (result.block_s or 0.0), value) for k, value in enumerate(result.blocks.get(metric, ()))]
