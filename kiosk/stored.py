"""A session as it is kept on the disk: what the store reads and the report shows. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.domain import Metrics, TypicalStride
from kiosk.screen import Finding, FormScore, Verdict
from kiosk.words import NOTHING, Phrase


@dataclass(frozen=True)
class Told:
    """What the summary said, beyond its numbers."""

    findings: tuple[Finding, ...] = ()
    refusal: Phrase = NOTHING
    reason_ended: Phrase = NOTHING
    drift: tuple[Phrase, ...] = ()
    next_time: Phrase = NOTHING
    drill: Phrase = NOTHING
    advice: Phrase = NOTHING
    reasons: tuple[tuple[str, Phrase], ...] = ()
    """Why a metric has no value or little quality, by the metric's name."""


@dataclass(frozen=True)
class StoredSession:
    """One session as it is on the disk."""

    id: int
    started_utc: str
    state: str
    """running, done, or interrupted (the kiosk ended in its middle)."""
    view: str | None
    speed_kmh: float | None
    model: str
    source: str
    duration_s: float
    strides: int
    refusal: str
    extra: Mapping[str, str]
    metrics: Metrics
    cues: tuple[str, ...]
    """Texts of the cues shown, in order."""
    language: str = "en"
    """Of the screen during the run."""
    told: Told = field(default_factory=Told)
    """What the summary said; empty for sessions that did not end."""
    skill: str = ""
    """What the run worked on; "" for nothing."""
    exposure: float | None = None
    """Share of the time in which feedback was shown, 0 to 1."""
    score: FormScore | None = None
    verdicts: tuple[Verdict, ...] = ()
    answers: tuple[str, ...] = ()
    """About soreness, in the order of the questions; empty when nobody answered."""
    stride: TypicalStride | None = None
