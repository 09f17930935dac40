"""What is measured, one row each, and one run of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from kiosk.bench import live, loops, start
from kiosk.bench.facts import facts
from kiosk.bench.plan import Plan
from kiosk.bench.results import Live, Loop, Measured, Start


@dataclass(frozen=True)
class Measure:
    """A row of what is measured."""

    name: str
    """Of the field of `Measured` that it fills."""
    what: str
    """For people."""
    run: Callable[[Plan], tuple[Loop, ...] | tuple[Live, ...] | Start | None]


MEASURES = (
    Measure("loops", "the network alone and the pipeline in turns, for each model, runtime and number of threads", loops.measure),
    Measure("live", "the station with one and with three browsers, at the clip's pace and as fast as it goes", live.measure),
    Measure("start", "the start of `kiosk run`", start.measure),
)


def run_bench(plan: Plan, measures: tuple[Measure, ...] = MEASURES) -> Measured:
    """Measure everything of the plan.

    Raises:
        BenchError, ModelError, CameraError, StoreError, WebError: something could not be measured; the message says what to do.
    """
    machine, at = facts(), datetime.now(UTC).isoformat(timespec="seconds")
    found = {measure.name: measure.run(plan) for measure in measures}
    return Measured(machine, at, plan.turns, plan.quick, **found)  # type: ignore[arg-type]
