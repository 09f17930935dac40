"""Which network, runtime, threads and camera rate are best for a device, from rows that were measured on it. Pure.

The order of what is wanted is our choice: first accuracy, then frames, then cores left for everything else.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.bench.results import BenchError, Setup

RATES_HZ = (60, 50, 40, 30, 25, 20, 15, 12, 10, 8)
"""Camera rates that are tried: what Pi cameras give at 640x480, down to the least that [camera] frames_per_s takes (our choice)."""
GAIT_HZ = 15
"""Frames a second that gait needs for its full accuracy: with 15 the errors of docs/accuracy.md ("Fewer frames a second") are those of
30; with 10 contact and flight times, and the knee when frames come irregularly, get worse."""
KEPT = 0.95
"""Share of the camera's frames that must get a pose (our choice: the rest is the noise of a busy minute)."""
ACCURATE = ("thunder", "lightning")
"""Models from the best to the worst (docs/accuracy.md); files of people's own come last, nobody knows them."""


@dataclass(frozen=True)
class Tried:
    """The station with one setup and one camera rate, as it was measured."""

    setup: Setup
    camera_hz: int
    poses_per_s: float
    latency_ms: float
    """From a frame's stamp to the arrival of its event, p95."""

    @property
    def keeps_up(self) -> bool:
        """Nearly every frame gets its pose."""
        return self.poses_per_s >= KEPT * self.camera_hz


@dataclass(frozen=True)
class Choice:
    """The best row, and why."""

    row: Tried
    why: tuple[str, ...]


def choose(rows: Sequence[Tried], budget_ms: float) -> Choice:
    """The best of these rows within the budget.

    Of the rows that keep up with their camera and whose latency is within the budget: first those with GAIT_HZ or more, and of
    them the more accurate model; then more frames a second; then fewer threads; then the shorter latency. Below GAIT_HZ the model comes
    after frames and threads: a better network on too few frames measures worse.

    Raises:
        BenchError: no row fits.
    """
    fits = [row for row in rows if row.keeps_up and row.latency_ms <= budget_ms]
    if not fits:
        raise BenchError(_nothing(rows, budget_ms))
    best = min(fits, key=_order)
    return Choice(best, tuple(_reasons(best, fits, rows, budget_ms)))


def place(model: str) -> int:
    """In ACCURATE."""
    return ACCURATE.index(model) if model in ACCURATE else len(ACCURATE)


def _order(row: Tried) -> tuple[float, ...]:
    """Smaller is better."""
    setup, enough = row.setup, row.camera_hz >= GAIT_HZ
    model = place(setup.model)
    return (not enough, model if enough else 0, -row.camera_hz, setup.threads, 0 if enough else model, row.latency_ms)


def _reasons(best: Tried, fits: Sequence[Tried], rows: Sequence[Tried], budget_ms: float) -> list[str]:
    setup = best.setup
    said = [f"{len(fits)} of {len(rows)} rows keep up with their camera and show a frame within {budget_ms:g} ms (p95)."]
    if best.camera_hz < GAIT_HZ:
        said.append(f"None has the {GAIT_HZ} frames/s that gait needs for its full accuracy, so the frame rate came first.")
    else:
        said.append(_model_reason(best, rows))
    same = [row for row in fits if row.setup.model == setup.model]
    said.append(f"{best.camera_hz} frames/s is the most that {setup.model} keeps within this budget.")
    if any(row.camera_hz == best.camera_hz and row.setup.threads > setup.threads for row in same):
        said.append(f"More threads than {setup.threads} give no more frames, and leave less of the device to everything else.")
    return said


def _model_reason(best: Tried, rows: Sequence[Tried]) -> str:
    model = best.setup.model
    better = [m for m in ACCURATE[: place(model)] if any(row.setup.model == m for row in rows)]
    if better:
        return f"{better[0]} is more accurate, but does not keep {GAIT_HZ} frames/s within this budget."
    tried = any(row.setup.model != model for row in rows)
    return f"{model} is the most accurate model, and keeps {GAIT_HZ} frames/s or more." if tried else f"{model} was the only model tried."


def _nothing(rows: Sequence[Tried], budget_ms: float) -> str:
    if not rows:
        return "nothing was measured, so there is nothing to choose from."
    keep_up = [row for row in rows if row.keeps_up]
    if not keep_up:
        fastest = max(rows, key=lambda row: row.poses_per_s)
        least = min(row.camera_hz for row in rows)
        return (
            f"nothing keeps up with a camera of {least} frames/s: the best was {fastest.poses_per_s:.1f} poses/s with {fastest.setup}. "
            "Stop other programs, cool the device, or use a faster one; kiosk.toml was not changed."
        )
    soonest = min(keep_up, key=lambda row: row.latency_ms)
    if not math.isfinite(soonest.latency_ms):
        return f"{soonest.setup} found poses, but none of their events arrived. Try again; kiosk.toml was not changed."
    return (
        f"nothing shows a frame within {budget_ms:g} ms: the soonest was {soonest.latency_ms:.0f} ms (p95) with {soonest.setup} at "
        f"{soonest.camera_hz} frames/s. Allow that with --latency-ms {_allowed(soonest.latency_ms)}; kiosk.toml was not changed."
    )


def _allowed(latency_ms: float) -> int:
    """A round budget a little above."""
    return 10 * (int(1.1 * latency_ms) // 10 + 1)


def first_rate(call_ms: float) -> int:
    """Index in RATES_HZ of the fastest camera that a network of so many milliseconds a call can keep up with; the last when none is."""
    return next((i for i, rate in enumerate(RATES_HZ) if call_ms * rate <= 1e3), len(RATES_HZ) - 1)
