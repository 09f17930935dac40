"""What changed within a session and from one bout to the next, and how large a change must be to be more than noise.

Strides that follow one another are alike: noise is judged by how many strides count as independent, not by how many there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kiosk.domain import FloatArray, Side
from kiosk.gait.quality import robust_spread
from kiosk.words import Phrase

SETTLED_S = 60.0
"""The first minute does not count: the runner is still finding the pace (docs/metrics.md)."""
PART = 0.2
"""Drift is the last part of the strides against the first part (docs/metrics.md)."""
LEAST_IN_PART = 30
"""Strides of a leg in each part: with fewer, how alike neighbours are cannot be told (our choice, by the false alarms in
tests/gait/test_gait_drift.py)."""
LEAST_SESSION_S = 180.0
"""For the sentence only: 150 strides of a leg after the first minute are about 2 minutes."""
SURE = 3.0
"""Standard errors beyond which a drift is called one (our choice): under 2 % false alarms a metric, on made noise whose neighbours
are alike by up to 0.6 (tests/gait/test_gait_drift.py)."""
BLOCK_S = 30.0
"""Length of the blocks whose spread tells what can be detected (docs/metrics.md)."""
SHORTEST_BLOCK_S = 3.5
"""Shorter blocks do not hold the 4 strides of a leg that a value needs (docs/metrics.md) of a slow runner."""
LEAST_BLOCKS = 3
"""Blocks of each bout for their spread to be used (our choice: with two it is wrong by half as often as not)."""
DETECTABLE = 1.96 * 2**0.5
"""Smallest detectable change in spreads: 95 % of the differences of two equal blocks are smaller. For the medians of two bouts of
three blocks each that is on the safe side: 3 % false alarms, fewer with more blocks (tests/gait/test_gait_drift.py)."""
MEDIAN_TO_MEAN = 1.2533
"""Standard error of a median against that of a mean, sqrt(pi / 2) for normal noise."""

Block = tuple[float, float]
"""Start of a block of strides, seconds, and the median of its values."""


@dataclass(frozen=True, eq=False)
class Track:
    """One metric of one leg, stride by stride."""

    t_s: FloatArray
    """(n,) starts of the strides, seconds, increasing."""
    value: FloatArray
    """(n,) in the metric's unit, no NaN."""


Tracks = Mapping[tuple[str, Side | None], Track]
"""Every metric of a bout; side None for metrics without sides."""


@dataclass(frozen=True)
class Drift:
    """Change of one metric within a session."""

    change: float | None = None
    """Last part minus first part, in the metric's unit; None when the session is too short."""
    error: float | None = None
    """Its standard error."""
    n: int = 0
    """Strides in each part."""
    sure: bool = False
    """True when the change is larger than SURE standard errors."""
    reason: str = ""
    """Why there is no change, as a sentence; empty when there is."""


@dataclass(frozen=True)
class Change:
    """Change of one metric from one bout to another of the same runner."""

    change: float | None = None
    """Second minus first; None when it was not measured in both."""
    detectable: float | None = None
    """Smallest change that is more than the runner's own noise, in the metric's unit."""
    real: bool = False
    """True when the change is beyond the smallest detectable one and beyond `method`."""
    reason: str = ""
    """Why one of them is missing, as a sentence; empty when none is."""
    method: float | None = None
    """Smallest change that the method can tell (detectable.py), in the metric's unit; None when nobody knows it."""


def drifts(tracks: Tracks, started_s: float, blocks: Mapping[str, Sequence[Block]]) -> dict[str, Drift]:
    """Drift of every metric of a session that started at `started_s`; of metrics with sides the mean of both.

    Both sides share the hip and the camera, so the error of the mean is the mean of their errors. `blocks` are the values of
    30 s blocks that were measured on their own.
    """
    out: dict[str, list[Drift]] = {}
    for (metric, _), track in tracks.items():
        out.setdefault(metric, []).append(drift(track, started_s, block_spread(blocks.get(metric, ()))))
    return {metric: _mean_drift(sides) for metric, sides in out.items()}


TOO_SHORT = Phrase("Drift needs {strides} strides of a leg after the first minute, a run of about {minutes:.0f} minutes.")


def drift(track: Track, started_s: float, spread_of_blocks: float = 0.0) -> Drift:
    """Last 20 % of the strides against the first 20 % after the first minute.

    The error comes from the strides, or from the blocks where these say more: strides that were folded together share the error
    of that fold, which their own spread cannot show.
    """
    values = track.value[track.t_s >= started_s + SETTLED_S]
    n = int(PART * len(values))
    if n < LEAST_IN_PART:
        least = round(LEAST_IN_PART / PART)
        return Drift(n=n, reason=TOO_SHORT.filled(strides=least, minutes=LEAST_SESSION_S / 60))
    first, last = values[:n], values[-n:]
    moved = float(np.median(last) - np.median(first))
    settled_s = float(track.t_s[-1] - track.t_s[-len(values)])
    of_blocks = spread_of_blocks * (BLOCK_S / (PART * settled_s)) ** 0.5
    error = 2**0.5 * max(standard_error((first, last)), of_blocks)
    return Drift(moved, error, n, beyond(moved, SURE * error))


def _mean_drift(sides: Sequence[Drift]) -> Drift:
    known = [d for d in sides if d.change is not None and d.error is not None]
    if not known:
        return sides[0]
    moved, error = (float(np.mean([getattr(d, name) for d in known])) for name in ("change", "error"))
    return Drift(moved, error, min(d.n for d in known), beyond(moved, SURE * error))


def standard_error(parts: Sequence[FloatArray]) -> float:
    """Standard error of the median of one of several equally long stretches of strides, each about its own level."""
    rests = [part - np.median(part) for part in parts]
    spread = robust_spread(np.concatenate(rests))
    return MEDIAN_TO_MEAN * spread * float(np.sqrt(correlation_strides(rests, spread) / len(parts[0])))


def correlation_strides(rests: Sequence[FloatArray], spread: float) -> float:
    """How many strides count as one, at least 1: one plus twice the sum of the autocorrelation up to its first zero.

    Args:
        rests: stretches of values about their own level.
        spread: of the values; single wild strides are cut at three spreads.
    """
    cut = [np.clip(rest, -3 * spread, 3 * spread) for rest in rests]
    power = sum(float((x * x).sum()) for x in cut)
    total = 1.0
    for lag in range(1, min(len(x) for x in cut) // 3):
        alike = sum(float((x[lag:] * x[:-lag]).sum()) for x in cut)
        if alike <= 0:
            break
        total += 2 * alike / power
    return total


def block_spread(bout: Sequence[Block]) -> float:
    """Spread between blocks that neither a slow drift nor a single step widens: from the median of the differences of neighbours.

    0 with too few blocks.
    """
    steps = np.diff([value for _, value in bout])
    return float(1.4826 * np.median(np.abs(steps)) / 2**0.5) if len(bout) >= LEAST_BLOCKS else 0.0


def beyond(moved: float, limit: float) -> bool:
    """True when the change is larger than the limit by more than rounding."""
    return abs(moved) > limit + 1e-9


def block_length_s(*bouts_s: float) -> float | None:
    """Length of the blocks that bouts of these lengths are cut into, seconds: 30 s, shorter where a bout has no three of those.

    None when a third of the shortest bout is too short to be measured on its own.
    """
    length_s = min(BLOCK_S, min(bouts_s) / LEAST_BLOCKS)
    return length_s if length_s >= SHORTEST_BLOCK_S else None


def detectable_change(first: Sequence[Block], second: Sequence[Block]) -> float | None:
    """Smallest detectable change from the blocks of two bouts: 1.96 x sqrt(2) x the spread between blocks of the same bout.

    The difference of the two bouts is no part of the spread: it is what is asked about. None with too few blocks. Blocks shorter
    than 30 s give a larger one, as they are noisier; it is then on the safe side for the medians of whole bouts.
    """
    if min(len(first), len(second)) < LEAST_BLOCKS:
        return None
    values = [np.array([value for _, value in bout]) for bout in (first, second)]
    rests = np.concatenate([v - v.mean() for v in values])
    return DETECTABLE * float(np.sqrt((rests**2).sum() / (len(rests) - 2)))


def own_detectable_change(bout: Sequence[Block]) -> float | None:
    """The same from the blocks of one session alone: what the next one must differ by. A drift widens it. None with too few blocks."""
    return DETECTABLE * float(np.std([value for _, value in bout], ddof=1)) if len(bout) >= LEAST_BLOCKS else None


NOT_IN_BOTH = Phrase("Not measured in both.")
FEW_BLOCKS = Phrase("Too few blocks could be measured to tell it from noise.")
NO_LIMIT = Phrase("How large a change the method can tell is not known.")


def change(before: float | None, after: float | None, detectable: float | None, method: float | None) -> Change:
    """The verdict on one metric of two bouts: real only beyond the runner's own noise and beyond what the method can tell."""
    if before is None or after is None:
        return Change(reason=NOT_IN_BOTH, method=method)
    moved = after - before
    if detectable is None:
        return Change(moved, reason=FEW_BLOCKS, method=method)
    if method is None:
        return Change(moved, detectable, reason=NO_LIMIT)
    return Change(moved, detectable, beyond(moved, detectable) and beyond(moved, method), method=method)
