"""What a runner takes from one run to the next: small, frozen, written as text. No name, no date, no picture.

What must not go in: where it is kept (kiosk/store), how a plan is made of it (focus.py).
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from kiosk.coach.readings import finite
from kiosk.domain import Metrics, MetricValue, Quality
from kiosk.gait.retest import same_speed

VERSION = 1
LONGEST_TEXT = 20_000
"""Characters; what is longer was not written here (all metrics of METRICS.md take about 2000)."""
DIGITS = 5
"""Significant digits that are kept of a number."""


@dataclass(frozen=True)
class Progress:
    """One runner's way so far. A new runner is `Progress()`."""

    runs: int = 0
    """Runs that could be judged."""
    skill: str = ""
    """The skill that is worked on, a row of `SKILLS`; "" before one was chosen."""
    skill_runs: Mapping[str, int] = field(default_factory=dict)
    """Skill -> runs that worked on it."""
    mastered: tuple[str, ...] = ()
    """Drills whose gate has been passed, in the order of passing."""
    earned: Mapping[str, int] = field(default_factory=dict)
    """Drill that is open -> good runs that count for the gate after it."""
    soreness: tuple[str, ...] = ()
    """Answers after the last run (soreness.py)."""
    baseline: Mapping[str, float] = field(default_factory=dict)
    """Metric -> the runner's own usual value, in the metric's unit."""
    cadence_best_spm: float | None = None
    """Highest cadence of a run."""
    cadence_last_spm: float | None = None
    """Cadence of the last run."""
    last: Mapping[str, tuple[float, float, int]] = field(default_factory=dict)
    """Metric -> value, spread and strides of the last run; only what was measured well."""
    faults: tuple[str, ...] = ()
    """Faults of the last run, the one to work on first."""
    suspected: str = ""
    """The last link of the body's chain that was suspected, a row of `TRIALS` in selftest.py; "" when none was."""
    last_speed_kmh: float | None = None
    """Belt speed of the last run; None when nobody knew it."""

    def to_text(self) -> str:
        """Compact JSON."""
        return json.dumps({"version": VERSION} | {f.name: getattr(self, f.name) for f in fields(self)}, separators=(",", ":"))

    @staticmethod
    def from_text(text: str) -> "Progress":
        """The progress that `to_text` wrote.

        Raises:
            ValueError: anything else, with a sentence that says what.
        """
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"progress: got {len(text)} characters, at most {LONGEST_TEXT} are allowed")
        try:
            rows = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"progress is not JSON: {error}") from error
        if not isinstance(rows, dict):
            raise ValueError(f"progress: expected an object, got {type(rows).__name__}")
        if rows.pop("version", None) != VERSION:
            raise ValueError(f"progress: expected version {VERSION}; it was written by another version of the kiosk")
        rows = {**LATER, **rows}
        if set(rows) != set(READERS):
            raise ValueError(f"progress: expected the fields {sorted(READERS)}, got {sorted(rows)}")
        return Progress(**{name: _read(name, reader, rows[name]) for name, reader in READERS.items()})

    def with_mastered(self, drill: str) -> "Progress":
        """The same with a drill mastered: the next one opens. Also for a runner who says so."""
        if drill in self.mastered:
            return self
        return replace(self, mastered=(*self.mastered, drill), earned={name: n for name, n in self.earned.items() if name != drill})

    def with_earned(self, drill: str, runs: int) -> "Progress":
        """The same with this many good runs for the open drill."""
        return replace(self, earned={**self.earned, drill: runs})

    def with_soreness(self, answers: tuple[str, ...]) -> "Progress":
        """The same with the answers after this run."""
        return replace(self, soreness=answers)

    def last_at(self, speed_kmh: float | None) -> Metrics:
        """Metric -> value of the last run, for "change against last time"; empty unless both speeds are known and equal."""
        return self.last_metrics() if same_speed(self.last_speed_kmh, speed_kmh) else {}

    def last_metrics(self) -> Metrics:
        """Metric -> value of the last run, at whatever speed it was."""
        return {name: MetricValue(value, n=n, spread=spread, quality=Quality.GOOD) for name, (value, spread, n) in self.last.items()}


def kept(metrics: Metrics) -> dict[str, tuple[float, float, int]]:
    """What of a run's metrics is kept: value, spread and strides of everything measured well."""
    found = {}
    for name, metric in metrics.items():
        value, spread = finite(metric.value), finite(metric.spread)
        if metric.quality is Quality.GOOD and value is not None and spread is not None:
            found[name] = (short(value), short(spread), metric.n)
    return found


def short(number: float) -> float:
    """The number with the digits that are kept."""
    return float(f"{number:.{DIGITS}g}")


def _read(name: str, reader: Callable[[Any], Any], value: Any) -> Any:
    try:
        return reader(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"progress, field {name}: {error}") from error


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 1_000_000:
        raise ValueError(f"expected a whole number from 0, got {value!r}")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(f"expected a number, got {value!r}")
    return float(value)


def _number_or_none(value: Any) -> float | None:
    return None if value is None else _number(value)


def _name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 50 or not (value == "" or value.isidentifier()):
        raise ValueError(f"expected a name, got {value!r}")
    return value


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"expected a list of names, got {value!r}")
    return tuple(_name(entry) for entry in value)


def _one_of(reader: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError(f"expected an object, got {value!r}")
        return {_name(key): reader(entry) for key, entry in value.items()}

    return read


def _last(value: Any) -> tuple[float, float, int]:
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError(f"expected value, spread and strides, got {value!r}")
    return _number(value[0]), _number(value[1]), _count(value[2])


READERS: Mapping[str, Callable[[Any], Any]] = {
    "runs": _count,
    "skill": _name,
    "skill_runs": _one_of(_count),
    "mastered": _names,
    "earned": _one_of(_count),
    "soreness": _names,
    "baseline": _one_of(_number),
    "cadence_best_spm": _number_or_none,
    "cadence_last_spm": _number_or_none,
    "last": _one_of(_last),
    "faults": _names,
    "suspected": _name,
    "last_speed_kmh": _number_or_none,
}
"""How each field of the text is read; a name that no table knows any more is not an error: it is passed over when a plan is made."""

LATER: Mapping[str, Any] = {"last_speed_kmh": None}
"""Fields that progress written by an older kiosk does not have, with what they mean then: the speed was not known."""
