"""The coach over a recording as the live screen runs it: a look twice a second at the last 12 s, then the findings of the run."""

from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from kiosk.coach.cues import CueEngine
from kiosk.coach.findings import findings
from kiosk.coach.readings import Rule, reading_of
from kiosk.coach.rules import RULES, find_faults
from kiosk.domain import Metrics, PoseSeries, View
from kiosk.gait.analysis import analyse
from kiosk.gait.geometry import Setting
from kiosk.gait.offsets import network_of
from kiosk.gait.tally import Tally
from kiosk.pose.recording import Recording
from kiosk.run import FIRST_LOOK_S, LOOK_EVERY_S, WINDOW_S
from kiosk.screen import Finding


@dataclass(frozen=True)
class Coached:
    """What the coach said of one recording."""

    metrics: Metrics
    cues: tuple[str, ...]
    """Rows whose cue was shown, in order."""
    faults: tuple[str, ...]
    """Rows of the findings that are faults."""
    remarks: tuple[str, ...]
    """Rows of the findings that lie outside the typical band only."""
    edges: tuple[str, ...]
    """Rows of the findings that lie inside, near an end of the band."""
    lines: tuple[Finding, ...]
    refusal: str = ""


def coached(recording: Recording, view: View, speed_kmh: float | None, only: Container[str] | None = None) -> Coached:
    """Replay the recording; the camera's roll is what the picture's lines say, as after `kiosk calibrate`.

    `only` names the metrics that the coach may see, where a recording holds points that are not the runner's own; None for all.
    """
    series = recording.series
    setting = Setting(recording.roll_deg, recording.roll_sd_deg, network=network_of(recording.made_by))
    engine, tally = CueEngine(), Tally()
    cues: list[str] = []
    start_s, end_s = float(series.t_s[0]), float(series.t_s[-1])
    for t_s in np.arange(start_s + FIRST_LOOK_S, end_s, LOOK_EVERY_S):
        seen = analyse(_window(series, t_s), view, setting)
        tally.update(seen, seen.end_s)
        shown = _kept(seen.report.metrics, only)
        cue = engine.update(float(t_s), find_faults(shown, speed_kmh), shown).cue
        if cue is not None and cue.fault.name not in cues[-1:]:
            cues.append(cue.fault.name)
    last = analyse(_window(series, end_s), view, setting)
    tally.update(last, last.end_s, settle_s=0.0)
    metrics = _kept(tally.metrics(view, last.report.refusal), only)
    faults = find_faults(metrics, speed_kmh)
    lines = findings(metrics, faults, speed_kmh, engine.shown)
    rows = [(rows_of(line), line) for line in lines]
    faulty = {fault.name for fault in faults}
    return Coached(
        metrics,
        tuple(cues),
        tuple(name for names, line in rows if not line.good for name in names if name in faulty),
        tuple(name for names, line in rows if not line.good and not faulty & set(names) for name in names),
        tuple(name for names, line in rows if line.good and "near" in line.text.pattern for name in names),
        lines,
        last.report.refusal,
    )


def _kept(metrics: Metrics, only: Container[str] | None) -> Metrics:
    return metrics if only is None else {name: value for name, value in metrics.items() if name in only}


def _window(series: PoseSeries, end_s: float) -> PoseSeries:
    kept = (series.t_s <= end_s) & (series.t_s >= end_s - WINDOW_S)
    return PoseSeries(series.t_s[kept], series.xy_px[kept], series.score[kept], series.width, series.height)


def rows_of(line: Finding) -> tuple[str, ...]:
    """Rows of the table that a finding is about: of its metric, words and side of the band."""
    if line.value is None or line.low is None or line.high is None:
        return ()
    upper = line.value > (line.low + line.high) / 2
    return tuple(
        r.name for r in RULES if r.metric == line.metric and r.label == line.label and r.direction in ("both", "high" if upper else "low")
    )


def number(rule: Rule, metrics: Metrics) -> str:
    """The reading of a row as text, or why there is none."""
    metric = metrics.get(rule.metric)
    value = reading_of(rule, metric)
    if value is not None:
        return f"{value:.{max(rule.decimals, 1)}f}"
    if metric is not None and metric.value is not None:
        return "only one side seen"
    return metric.reason if metric is not None and metric.reason else "not measured"
