"""What a lesson ended with, and what the runner's progress becomes by it.

What must not go in: anything during the run (lesson.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kiosk.coach.drills import earn
from kiosk.coach.progress import Progress, kept, short
from kiosk.domain import Fault, Metrics
from kiosk.screen import FormScore, Verdict
from kiosk.words import Phrase

COUNTS_FROM = 0.5
"""A run counts for its skill when at least this part of the focus minutes was run (our choice): else the next has as many minutes."""


@dataclass(frozen=True)
class Outcome:
    """The facts of one run."""

    skill: str = ""
    """Row of `SKILLS`; "" without a focus."""
    minutes: int = 0
    """Minutes of focus that were planned."""
    focus_s: float = 0.0
    """Seconds of focus that were run."""
    exposure_share: float | None = None
    """Part of them in which feedback was really on the screen, asked for or not; None without a focus."""
    asked: int = 0
    """How often feedback was asked for."""
    score: FormScore | None = None
    """None without a focus."""
    verdicts: tuple[Verdict, ...] = ()
    cues: tuple[Phrase, ...] = ()
    """Texts of the cues shown, in order."""
    suspected: str = ""
    """Row of `TRIALS` that the cues or a test were about; "" when none was."""

    @property
    def counts(self) -> bool:
        """True when the run counts for its skill."""
        return bool(self.skill) and self.focus_s >= COUNTS_FROM * 60.0 * self.minutes


def progress_after(
    progress: Progress,
    outcome: Outcome,
    metrics: Metrics,
    faults: Sequence[Fault] = (),
    baseline: Mapping[str, float] | None = None,
    speed_kmh: float | None = None,
) -> Progress:
    """The progress after a run that could be judged; one that could not (no cadence) leaves it as it was.

    Args:
        progress: before the run.
        outcome: of `Lesson.finish`.
        metrics: of the whole run.
        faults: of the whole run, the one to work on first.
        baseline: metric -> the runner's own usual value, where this run told it; what is known already stays.
        speed_kmh: of the belt; None when unknown, then the next run is not compared with this one.
    """
    cadence = metrics.get("cadence_spm")
    if cadence is None or cadence.value is None:
        return progress
    spm = short(cadence.value)
    after = replace(
        progress,
        runs=progress.runs + 1,
        soreness=(),
        baseline={name: short(value) for name, value in (baseline or {}).items()} | dict(progress.baseline),
        cadence_best_spm=max(spm, progress.cadence_best_spm or spm),
        cadence_last_spm=spm,
        last=kept(metrics),
        last_speed_kmh=None if speed_kmh is None else short(speed_kmh),
        faults=tuple(fault.name for fault in faults),
        suspected=outcome.suspected or progress.suspected,
    )
    return _practised(after, outcome) if outcome.counts else after


def _practised(progress: Progress, outcome: Outcome) -> Progress:
    runs = progress.skill_runs.get(outcome.skill, 0) + 1
    counted = replace(progress, skill=outcome.skill, skill_runs={**progress.skill_runs, outcome.skill: runs})
    return earn(counted, outcome.skill, outcome.score.without_feedback if outcome.score else None)
