"""One run of the benchmark: all that is measured, one after the other."""

from datetime import UTC, datetime

from kiosk.bench import live, loops, start
from kiosk.bench.facts import facts
from kiosk.bench.plan import Plan
from kiosk.bench.results import Measured


def run_bench(plan: Plan) -> Measured:
    """Measure everything of the plan.

    Raises:
        BenchError, ModelError, CameraError, StoreError, WebError: something could not be measured; the message says what to do.
    """
    machine, at = facts(), datetime.now(UTC).isoformat(timespec="seconds")
    return Measured(machine, at, plan.turns, plan.quick, loops.measure(plan), live.measure(plan), start.measure(plan))
