"""What the benchmark found, as values; every form (text, JSON, docs/speed.md, the choice of --tune) is made of these.

What must not go in: measuring, and judging.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

SCHEMA = 1
"""Of the JSON; a field that changes its meaning makes it 2."""


class BenchError(Exception):
    """Nothing could be measured or chosen; the message says why and what to do."""


@dataclass(frozen=True)
class Spread:
    """How values lie, in their own unit."""

    median: float
    p95: float
    p99: float
    n: int


def spread(values: Sequence[float]) -> Spread | None:
    """Of these values; None of none."""
    if not values:
        return None
    median, p95, p99 = (round(float(v), 3) for v in np.percentile(values, (50, 95, 99)))
    return Spread(median, p95, p99, len(values))


def median(values: Sequence[float]) -> float:
    """The middle of the turns; NaN of none."""
    return float(np.median(values)) if values else math.nan


@dataclass(frozen=True)
class Setup:
    """A way to run the network."""

    model: str
    """As [pose] model says it."""
    runtime: str
    """As [pose] runtime says it, never "auto"."""
    threads: int

    def __str__(self) -> str:
        """For people."""
        return f"{self.model}, {self.runtime}, {self.threads} thread{'s' if self.threads > 1 else ''}"


@dataclass(frozen=True)
class Loop:
    """Bare network and whole pipeline in turns in one thread, nobody watching."""

    setup: Setup
    bare_per_s: float
    """Calls of the network alone a second; median of the turns."""
    pipeline_per_s: float
    """Frames a second from the clip to the event's text, one after the other; median of the turns."""
    ratio: float
    """Pipeline to bare; median of the turns' own ratios."""
    other_ms: Spread | None
    """Everything of a frame but the network's call."""
    gait_coach_ms: Spread | None
    """Gait and coach of a frame."""
    stages_ms: Mapping[str, Spread] = field(default_factory=dict)
    """Stage (stages.py) -> milliseconds each time it ran."""


@dataclass(frozen=True)
class Live:
    """The station with its browsers, as processes of their own, in turns with the bare network."""

    setup: Setup
    pace_hz: float | None
    """Frames a second of its camera; None: as many as are taken."""
    browsers: int
    watchers: str
    """What watched: "chromium", or "readers" that draw nothing."""
    poses_per_s: float
    bare_ms: float
    """One call of the network alone, while station and browsers stood still: the median turn's mean; NaN when it was not measured."""
    bare_calls_ms: Spread | None
    """Its single calls, of all turns; None when it was not measured."""
    ratio: float | None
    """Poses a second to bare calls a second; None at a camera's pace."""
    latency_ms: Spread | None
    """From a frame's stamp to the arrival of its event; None where stamps are not of the clock."""
    station_cores: float
    """Processor time of the station, in cores."""
    browser_cores: float
    """Of all browsers together."""
    resident_mb: float
    """Memory of the station's process; NaN when it is not told."""
    proportional_mb: float
    """The same with shared pages counted in part (PSS)."""
    events_per_s: float
    """That reached each browser; over all turns."""
    handler_ms: Spread | None
    """Script of the page for an event; None of readers, which have no page."""
    undrawn: int | None
    """Events that had not been drawn when the next came."""
    stages_ms: Mapping[str, Spread] = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """`kiosk run`, from the start of its process; times in seconds, medians of the starts after the first, or of the only one."""

    starts: int
    page_s: float
    """Until the page was served."""
    pose_s: float
    """Until it showed a pose."""
    first_page_s: float
    """Of the first start of all, with whatever the system had in memory by then."""
    first_pose_s: float
    resident_mb: float
    """Of its process at the first pose, the largest of the starts."""
    proportional_mb: float


@dataclass(frozen=True)
class Facts:
    """The machine."""

    board: str
    cores: int
    memory_mb: float
    system: str
    python: str
    program: str
    load: float
    """Programs that wanted a core during the minute before, besides."""


@dataclass(frozen=True)
class Measured:
    """One run of the benchmark."""

    facts: Facts
    at: str
    """When, ISO 8601, UTC."""
    turns: int
    quick: bool
    loops: tuple[Loop, ...] = ()
    live: tuple[Live, ...] = ()
    start: Start | None = None


def as_json(found: object) -> object:
    """Plain values for json.dumps: dataclasses by field names, NaN and infinity as null; a `Measured` says its schema."""
    if dataclasses.is_dataclass(found) and not isinstance(found, type):
        fields = {f.name: as_json(getattr(found, f.name)) for f in dataclasses.fields(found)}
        return {"schema": SCHEMA, **fields} if isinstance(found, Measured) else fields
    if isinstance(found, float):
        return round(found, 4) if math.isfinite(found) else None
    if isinstance(found, Mapping):
        return {str(key): as_json(value) for key, value in found.items()}
    return [as_json(value) for value in found] if isinstance(found, list | tuple) else found
