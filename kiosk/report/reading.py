"""Which bout of an assessment says what: the newest of each view, the one that a metric is taken from, and the findings of both.

Pure arithmetic on nouns. What must not go in: words of the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.clinic import Assessment, StoredBout
from kiosk.coach.findings import findings
from kiosk.coach.labels import ABOUT_ITS_VALUE
from kiosk.coach.readings import Rule, typical
from kiosk.coach.rules import find_faults
from kiosk.domain import Metrics, MetricValue
from kiosk.gait.detectable import limit_of
from kiosk.gait.drift import own_detectable_change
from kiosk.gait.metrics import METRICS
from kiosk.gait.retest import blocks_of, merged_metrics, newest
from kiosk.screen import Finding


def newest_bouts(assessment: Assessment) -> tuple[StoredBout, ...]:
    """Of each view the newest bout that may be used, else the newest, side views first."""
    return tuple(sorted(newest(assessment).values(), key=lambda bout: (not bout.order.view.is_side, bout.started_utc, bout.id)))


@dataclass(frozen=True, eq=False)
class Merged:
    """Metrics of an assessment, each from one bout that may be used: side views go before front and rear."""

    metrics: Metrics
    source: Mapping[str, StoredBout]
    """Metric -> the bout it is taken from."""


def merged(assessment: Assessment) -> Merged:
    """One value of each metric; without one where no usable bout has it. Which view a metric is taken from: kiosk/gait/retest.py."""
    bouts = {bout.order.view: bout for bout in newest_bouts(assessment)}
    chosen = {name: (bouts[view], m) for name, (view, m) in merged_metrics(assessment).items()}
    nothing = {row.name: MetricValue() for row in METRICS}
    return Merged(nothing | {name: m for name, (_, m) in chosen.items()}, {name: bout for name, (bout, _) in chosen.items()})


def findings_of(known: Merged) -> tuple[Finding, ...]:
    """The coach's sentences, as after a run; the speed is that of the bout that the rhythm comes from."""
    bout = known.source.get("cadence_spm")
    speed_kmh = bout.order.speed_kmh if bout is not None else None
    return findings(known.metrics, find_faults(known.metrics, speed_kmh), speed_kmh, ())


def band_of(metric: str, speed_kmh: float | None) -> tuple[Rule, tuple[float, float]] | None:
    """Typical values of others with their row (grade, source); None where none are stated."""
    rule = ABOUT_ITS_VALUE.get(metric)
    band = typical(rule, speed_kmh) if rule is not None else None
    return (rule, band) if rule is not None and band is not None else None


def own_change(bout: StoredBout, metric: str) -> float | None:
    """What another bout must differ by to be more than noise, in the metric's unit; None with fewer than three blocks."""
    return own_detectable_change(blocks_of(bout.result, metric))


def detectable(bout: StoredBout, metric: str) -> float | None:
    """What another bout must differ by to be called changed: the larger of the patient's own limit and the method's; None without both."""
    seconds = bout.result.seconds
    own, method = own_change(bout, metric), limit_of(metric, (seconds, seconds)).value
    return max(own, method) if own is not None and method is not None else None
