"""What came of an assessment, ready to be read: the bouts of each step, and the comparison with the baseline as rows of words.

What must not go in: routes (clinic_bouts.py), which bout counts and what changed (kiosk/gait/retest.py).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from kiosk.clinic import Assessment, AssessmentChange, MetricChange, StoredBout
from kiosk.coach.labels import digits_of, label_of, moved, to_side, unit_of
from kiosk.coach.sentences import written
from kiosk.domain import View
from kiosk.gait.retest import newest
from kiosk.web.clinic_room import said, say
from kiosk.words import Phrase

SIDE, FACING, RESULT = 1, 2, 3
"""The steps of the protocol."""
VIEWS = {SIDE: (View.LEFT, View.RIGHT), FACING: (View.FRONT, View.REAR)}
"""Steps with bouts -> their views."""


@dataclass(frozen=True, eq=False)
class Tried:
    """One bout of a step, and whether the report and the comparison use it."""

    bout: StoredBout
    counts: bool
    """It is the bout of its view that counts, and it may be used."""


@dataclass(frozen=True, eq=False)
class Step:
    """All bouts of one step, the newest first."""

    tried: tuple[Tried, ...] = ()

    @property
    def last(self) -> StoredBout | None:
        """The newest bout, usable or not; None before the first."""
        return self.tried[0].bout if self.tried else None

    @property
    def usable(self) -> bool:
        """There is a bout that may be used."""
        return any(one.counts for one in self.tried)


def steps_of(found: Assessment) -> dict[int, Step]:
    """The bouts of both steps; which of them counts is the rule of the comparison and of the report."""
    counting = [bout.id for bout in newest(found).values() if bout.result.quality.ok]
    latest = sorted(found.bouts, key=lambda bout: -bout.id)
    return {
        step: Step(tuple(Tried(bout, bout.id in counting) for bout in latest if bout.order.view in views)) for step, views in VIEWS.items()
    }


def step_of(view: View) -> int:
    """The step that a view belongs to."""
    return SIDE if view.is_side else FACING


@dataclass(frozen=True)
class Line:
    """One metric of the comparison, as text in the page's language; "" for what is not known."""

    name: str
    unit: str
    numbers: tuple[str, str, str, str]
    """Before, after, difference, smallest change that can be seen."""
    outcome: str
    """Value of `Outcome`."""
    reason: str
    """Why it cannot be told, unless that is so for the whole view."""


@dataclass(frozen=True)
class ViewTable:
    """The comparison of one view."""

    view: View
    lines: tuple[Line, ...]
    """Metrics that were measured at least once."""
    unseen: tuple[tuple[str, str], ...]
    """(reason, names) of metrics that were measured in neither."""


def tables_of(change: AssessmentChange) -> tuple[ViewTable, ...]:
    """The comparison view by view. What holds for a whole view is in `change.reasons` and is not said again in each line."""
    metrics = sorted(change.metrics, key=lambda one: list(View).index(one.view))
    return tuple(_table(view, list(ones), change.reasons) for view, ones in groupby(metrics, lambda one: one.view))


def _table(view: View, changes: list[MetricChange], said_once: Iterable[Phrase]) -> ViewTable:
    known = [one for one in changes if one.before is not None or one.after is not None]
    why: dict[str, list[str]] = {}
    for one in changes:
        if one not in known:
            why.setdefault(_reason(one, said_once) or say("missing"), []).append(said(label_of(one.metric)))
    return ViewTable(view, tuple(_line(one, said_once) for one in known), tuple((each, ", ".join(names)) for each, names in why.items()))


def _line(one: MetricChange, said_once: Iterable[Phrase]) -> Line:
    digits = digits_of(one.metric)
    limit = max(one.own, one.published) if one.own is not None and one.published is not None else None
    before, after = (_with_side(value, to_side(one.metric, value, digits), digits) for value in (one.before, one.after))
    change = _with_side(one.change, moved(one.metric, one.change, digits), digits, "+")
    numbers = (before, after, change, digits_in(limit, digits))
    return Line(said(label_of(one.metric)), said(unit_of(one.metric)), numbers, one.outcome.value, _reason(one, said_once))


def _reason(one: MetricChange, said_once: Iterable[Phrase]) -> str:
    return "" if one.reason in said_once else said(one.reason)


def _with_side(value: float | None, side: Phrase, digits: int, sign: str = "") -> str:
    """The number; where its sign is a side, the word for that in place of the sign."""
    return f"{digits_in(abs(value), digits)} {said(side)}" if side and value is not None else digits_in(value, digits, sign)


def digits_in(value: float | None, digits: int, sign: str = "") -> str:
    """The number with the decimal sign of the page's language; "" for None and NaN.

    Args:
        value: what to write.
        digits: after the point.
        sign: "+" writes the sign of numbers above zero too.
    """
    if value is None or not math.isfinite(value):
        return ""
    return said(Phrase("{value:{sign}.{digits}f}", value=written(value, digits), sign=sign, digits=digits))
