"""What changed, as JSON and as lines: within a session, and from one bout of a runner to the next. The arithmetic is in gait.drift."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kiosk.domain import Metrics, PoseSeries, View
from kiosk.gait.analysis import analyse
from kiosk.gait.detectable import limit_of
from kiosk.gait.drift import (
    BLOCK_S,
    LEAST_BLOCKS,
    SHORTEST_BLOCK_S,
    Block,
    Change,
    Drift,
    Tracks,
    block_length_s,
    change,
    detectable_change,
    drifts,
    own_detectable_change,
)
from kiosk.gait.geometry import Setting
from kiosk.gait.spans import LONGEST_GAP_S

SHORT = f"Each bout must last at least {LEAST_BLOCKS * SHORTEST_BLOCK_S:g} s to tell a change from noise."


@dataclass(frozen=True, eq=False)
class Bout:
    """One run of a runner, measured as a whole."""

    name: str
    series: PoseSeries
    view: View | None
    setting: Setting
    metrics: Metrics

    @property
    def seconds(self) -> float:
        """Length, with the last frame's own time."""
        t_s = self.series.t_s
        return float(t_s[-1] - t_s[0]) * len(t_s) / (len(t_s) - 1) if len(t_s) > 1 else 0.0


def blocks_of(bout: Bout, length_s: float) -> dict[str, list[Block]]:
    """Value of every metric in each block, folded on its own: strides that were folded together share that fold's error.

    A last block of less than half the length is left out, and blocks in which a metric is not known.
    """
    if bout.view is None:
        return {}
    out: dict[str, list[Block]] = {}
    s = bout.series
    for k in range(round(bout.seconds / length_s)):
        start_s = s.t_s[0] + k * length_s
        here = slice(*np.searchsorted(s.t_s, [start_s, start_s + length_s]))
        t_s = s.t_s[here]
        if len(t_s) < 2 or np.diff(t_s).max() > LONGEST_GAP_S:
            continue
        piece = PoseSeries(t_s, s.xy_px[here], s.score[here], s.width, s.height)
        for metric, m in analyse(piece, bout.view, bout.setting).report.metrics.items():
            if m.value is not None:
                out.setdefault(metric, []).append((float(start_s), m.value))
    return out


@dataclass(frozen=True)
class WithinSession:
    """What changed while somebody ran."""

    drift: Mapping[str, Drift]
    """Metrics whose drift is known; none in a short session."""
    own_detectable: Mapping[str, float]
    """What another session must differ by to be more than noise, from the blocks of this one alone."""
    reason: str = ""
    """Why there is no drift, as a sentence; empty when there is."""


def within(bout: Bout, tracks: Tracks) -> WithinSession:
    """Drift of a session and what it could have detected; blocks are measured only when the session is long enough for them."""
    if not tracks:
        return WithinSession({}, {}, "No strides were measured.")
    blocks = blocks_of(bout, BLOCK_S) if bout.seconds >= LEAST_BLOCKS * BLOCK_S else {}
    found = drifts(tracks, float(bout.series.t_s[0]), blocks)
    known = {metric: d for metric, d in found.items() if d.change is not None}
    own = {metric: own_detectable_change(b) for metric, b in blocks.items()}
    reason = "" if known else max(found.values(), key=lambda d: d.n).reason
    return WithinSession(known, {metric: value for metric, value in own.items() if value is not None}, reason)


def session_json(session: WithinSession) -> dict[str, Any]:
    """The object "session" of `kiosk analyze`: empty with a reason when the session is too short."""
    return {
        "reason": session.reason,
        "drift": {metric: _drift(d) for metric, d in session.drift.items()},
        "own_detectable_change": {metric: _rounded(value) for metric, value in session.own_detectable.items()},
    }


def _drift(d: Drift) -> dict[str, Any]:
    return {"change": _rounded(d.change), "standard_error": _rounded(d.error), "n": d.n, "beyond_noise": d.sure}


def drift_lines(session: WithinSession) -> Iterator[str]:
    """The drifts that are more than noise."""
    for metric, d in session.drift.items():
        if d.sure and d.change is not None and d.error is not None:
            digits = _digits(metric)
            yield f"  Drift: {metric} {d.change:+.{digits}f} ± {d.error:.{digits}f} from the first to the last fifth of the session"


@dataclass(frozen=True)
class Comparison:
    """Two bouts of one runner, metric by metric."""

    first: str
    second: str
    block_s: float | None
    """Length of the blocks that tell what is noise; None when there is no comparison."""
    metrics: Mapping[str, Change]
    reason: str = ""
    """Why nothing can be compared, as a sentence; empty when it can."""


def compare(first: Bout, second: Bout) -> Comparison:
    """What changed from the first bout to the second, and what is only noise."""
    if first.view is not second.view or first.view is None:
        seen = [bout.view.value if bout.view else "unknown" for bout in (first, second)]
        return Comparison(first.name, second.name, None, {}, f"The views must be the same and known; they are {seen[0]} and {seen[1]}.")
    length_s = block_length_s(first.seconds, second.seconds)
    if length_s is None:
        return Comparison(first.name, second.name, None, {}, SHORT)
    blocks = [blocks_of(bout, length_s) for bout in (first, second)]
    noise = {metric: detectable_change(*(b.get(metric, []) for b in blocks)) for metric in first.metrics}
    limits = {metric: limit_of(metric, (first.seconds, second.seconds)).value for metric in first.metrics}
    found = {metric: change(m.value, second.metrics[metric].value, noise[metric], limits[metric]) for metric, m in first.metrics.items()}
    return Comparison(first.name, second.name, length_s, found)


def change_json(comparison: Comparison) -> dict[str, Any]:
    """The object "change" of the second of two inputs."""
    metrics = {metric: _change(metric, c) for metric, c in comparison.metrics.items()}
    return {"from": comparison.first, "block_s": _rounded(comparison.block_s), "reason": comparison.reason, "metrics": metrics}


def _change(metric: str, c: Change) -> dict[str, Any]:
    known = c.detectable is not None and c.method is not None
    return {
        "change": _rounded(c.change),
        "smallest_detectable": _rounded(c.detectable),
        "smallest_of_method": _rounded(c.method),
        "source": limit_of(metric).source,
        "beyond_it": c.real if known else None,
        "reason": c.reason,
    }


def change_lines(comparison: Comparison) -> Iterator[str]:
    """The change from one bout to the next for a terminal."""
    if comparison.block_s is None:
        yield f"No comparison of {comparison.first} and {comparison.second}: {comparison.reason}"
        return
    yield (
        f"Change from {comparison.first} to {comparison.second}, if both show the same runner at the same speed "
        f"(noise from blocks of {comparison.block_s:.0f} s):"
    )
    for metric, c in comparison.metrics.items():
        digits = _digits(metric)
        if c.change is None or c.detectable is None or c.method is None:
            yield f"  {metric:22s}        - {c.reason}"
        else:
            verdict = "changed" if c.real else "not more than noise"
            limits = f"smallest detectable {c.detectable:.{digits}f}, of the method {c.method:.{digits}f}"
            yield f"  {metric:22s} {c.change:+8.{digits}f}  {limits}: {verdict}"


def _digits(metric: str) -> int:
    return 3 if metric.endswith("ratio") else 1


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
