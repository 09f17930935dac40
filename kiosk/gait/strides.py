"""From poses to strides: the measured span of a run, with everything a metric may need."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kiosk.domain import EventKind, FloatArray, GaitEvent, Side, Stride
from kiosk.gait.events import FootPhases
from kiosk.gait.folding import HARMONICS, Curve, fold_all
from kiosk.gait.geometry import Body, Setting, length_px
from kiosk.gait.grouped import group_medians, window_sums
from kiosk.gait.legs import Legs
from kiosk.gait.tilt import along_scale
from kiosk.pose.keypoints import LEFT, OF_SIDE, RIGHT

TIMING_SPAN = 0.12
TIMING_SD = 0.012
"""One foot's event is looked for this far around the common rhythm, and is expected to stray from it by 12 thousandths of a stride
(9 ms; contact times of treadmill runners vary by 3 to 6 ms from stride to stride): single noisy frames move it little."""
UNSEEN = 0.3
"""Events further than this part of a stride from any frame with an ankle are not told (our choice: 8 frames a second are closer)."""
LONGEST_STRIDE = 1.5
"""Two contacts further apart than this, in mean strides, have others between them that were not seen."""
NEAR_EVENT = 0.08
"""Frames within this part of a stride around an event tell how this stride differs there: two or more at 15 frames/s (our choice)."""
LEAST_FRAMES = 5
"""Fewer frames of a stride do not tell how strongly or when it swings (our choice)."""


@dataclass(frozen=True, eq=False)
class Gait:
    """A span of steady running, folded."""

    legs: Legs
    leg_px: float
    """Leg length in the picture, mean of both legs, pixels."""
    feet: dict[Side, FootPhases]
    setting: Setting = field(default_factory=Setting)
    _folded: dict[str, "Folded"] = field(default_factory=dict)
    _waiting: list["Folded"] = field(default_factory=list)

    @property
    def incline_deg(self) -> float:
        """How far the perpendicular of a rising belt leans back from vertical, degrees: lean from it is larger by as much."""
        return float(np.degrees(np.arctan(self.setting.incline_pct / 100)))

    @property
    def scale(self) -> float:
        """Leg lengths per pixel along the first axis; a side view's is stretched by the camera's yaw."""
        return (along_scale(self.setting) if self.body.view.is_side else 1.0) / self.leg_px

    def folded(self, name: str, samples: Callable[[], FloatArray], harmonics: int = HARMONICS, per_step: bool = False) -> "Folded":
        """The signal of this name; `samples` gives (n,) values, NaN where unknown.

        `per_step` folds on the step, for signals that both legs share. All signals that were asked for are folded together, when the
        first curve of one is needed: many signals cost little more than one.
        """
        if name not in self._folded:
            self._folded[name] = Folded(self, samples(), harmonics, per_step)
            self._waiting.append(self._folded[name])
        return self._folded[name]

    def fold_waiting(self) -> None:
        """Fold what was asked for since the last time."""
        for per_step, phases in ((False, self.legs.phases), (True, self.legs.phases.doubled)):
            signals = [signal for signal in self._waiting if signal.per_step is per_step]
            if signals:
                curves = fold_all(phases, np.stack([s.samples for s in signals]), harmonics=[s.harmonics for s in signals])
                for signal, curve in zip(signals, curves, strict=True):
                    signal.take(curve)
        self._waiting.clear()

    def forget_folded(self) -> None:
        """Let go of the signals when they were measured: they hold this gait, which would then wait for the search for garbage."""
        self._folded.clear()
        self._waiting.clear()

    @property
    def body(self) -> Body:
        """Keypoints in the runner's frame, legs told apart."""
        return self.legs.body

    def points(self, side: Side, part: str) -> FloatArray:
        """(n, 2) forward, up of one keypoint, pixels."""
        return np.asarray(self.body.xy[:, OF_SIDE[side][part]])

    @cached_property
    def strides(self) -> dict[Side, tuple[Stride, ...]]:
        """Whole strides of each foot, by time."""
        return {side: self._strides(side) for side in self.feet}

    def _strides(self, side: Side) -> tuple[Stride, ...]:
        starts, leaves = self._event_times[side, EventKind.CONTACT], self._event_times[side, EventKind.TOE_OFF]
        out = []
        for start, end in pairwise(starts):
            inside = leaves[(leaves > start) & (leaves < end)]
            if inside.size and (end - start) * self.legs.stride_hz < LONGEST_STRIDE:
                out.append(Stride(side, float(start), float(inside[0]), float(end)))
        return tuple(out)

    @cached_property
    def _event_times(self) -> dict[tuple[Side, EventKind], FloatArray]:
        out = {}
        for side, foot in self.feet.items():
            out[side, EventKind.CONTACT] = self._times(side, foot.contact)
            out[side, EventKind.TOE_OFF] = self._times(side, foot.toe_off)
        return out

    def _times(self, side: Side, phase: float) -> FloatArray:
        """Times of an event of one foot, seconds; none where the feet were not seen.

        The stride phase passes `phase` there; what this foot's frames around it show of being early or late is added.
        """
        track = self.legs.phase
        turns = np.arange(np.ceil(track[0] - phase), np.floor(track[-1] - phase) + 1) + phase
        turns = turns - self._early(side, turns)
        times = np.interp(turns, track, self.body.t_s)
        return times[self._away_from_frames(times) < UNSEEN / self.legs.stride_hz]

    def _early(self, side: Side, turns: FloatArray) -> FloatArray:
        """(t,) how much earlier than the folded foot this one is around each moment, cycles."""
        first, last = np.searchsorted(self.legs.phase, turns - TIMING_SPAN), np.searchsorted(self.legs.phase, turns + TIMING_SPAN)
        top, bottom = np.zeros(len(turns)), np.full(len(turns), 1.0 / TIMING_SD**2)
        for product, square in self._leads[side]:
            top += window_sums(product, first, last)
            bottom += window_sums(square, first, last)
        return np.asarray(top / bottom)

    @cached_property
    def _leads(self) -> dict[Side, list[tuple[FloatArray, FloatArray]]]:
        """What each frame says of a foot being early, forward and up: (n,) rest times slope and (n,) slope squared, 0 where unknown."""
        out: dict[Side, list[tuple[FloatArray, FloatArray]]] = {side: [] for side in self.feet}
        if not out:
            return out
        hip = self.body.mid("hip")
        paths = np.concatenate([(self.points(side, "ankle") - hip).T / self.leg_px for side in out])  # a row for each axis of each foot
        rows = zip([side for side in out for _ in range(2)], paths, fold_all(self.legs.phases, paths), strict=True)
        for side, samples, curve in rows:
            if curve is not None:
                out[side].append(self._lead(samples, curve))
        return out

    def _lead(self, samples: FloatArray, curve: Curve) -> tuple[FloatArray, FloatArray]:
        slope = self.legs.phases.waves[:, : len(curve.rising)] @ curve.rising / curve.sigma
        rest = (samples - curve.fitted) / curve.sigma
        known = np.isfinite(rest) & (np.abs(rest) < 4)
        return np.where(known, rest * slope, 0.0), np.where(known, slope**2, 0.0)

    def _away_from_frames(self, times: FloatArray) -> FloatArray:
        """How far each time is from the nearest frame in which an ankle was seen, seconds."""
        seen = np.isfinite(self.body.xy[:, [LEFT["ankle"], RIGHT["ankle"]], 0]).any(axis=1)
        known = np.concatenate([[-np.inf], self.body.t_s[seen], [np.inf]])
        after = np.searchsorted(known, times)
        return np.asarray(np.minimum(times - known[after - 1], known[after] - times))

    @cached_property
    def events(self) -> tuple[GaitEvent, ...]:
        """All contacts and toe offs, by time."""
        found = [GaitEvent(float(t), side, kind) for (side, kind), times in self._event_times.items() for t in times]
        return tuple(sorted(found, key=lambda e: e.t_s))

    @cached_property
    def stride_of(self) -> dict[Side, NDArray[np.intp]]:
        """(n,) number of the stride of this foot that each frame lies in, -1 between strides."""
        return {side: self._stride_of(strides) for side, strides in self.strides.items()}

    def _stride_of(self, strides: tuple[Stride, ...]) -> NDArray[np.intp]:
        if not strides:
            return np.full(len(self.body.t_s), -1)
        number = np.searchsorted([s.start_s for s in strides], self.body.t_s, side="right") - 1
        return np.where(self.body.t_s < np.array([s.end_s for s in strides])[number], number, -1)


LONGEST_SEEN = 95
"""Percentile of a segment's length from in front and behind: it is seen in full only when it hangs straight (our choice between the
median, which is far too short, and the longest, which is noise)."""


def leg_length_px(body: Body) -> float:
    """Hip-knee plus knee-ankle length, mean of both legs, pixels; NaN when never seen."""
    percent = 50 if body.view.is_side else LONGEST_SEEN
    segments = (("hip", "knee"), ("knee", "ankle"))
    return float(np.mean([sum(length_px(body.xy[:, p[a]], body.xy[:, p[b]], percent) for a, b in segments) for p in OF_SIDE.values()]))


class Folded:
    """One signal of the runner, (n,) samples of any unit, NaN where unknown: folded, and what each stride adds to the typical one."""

    def __init__(self, gait: Gait, samples: FloatArray, harmonics: int, per_step: bool) -> None:
        self._gait = gait
        self.samples, self.harmonics, self.per_step = samples, harmonics, per_step
        self._curve: Curve | None = None
        self._rest: FloatArray | None = None

    def take(self, curve: Curve | None) -> None:
        """The curve that was folded; None when too little was seen."""
        self._curve = curve
        self._rest = self.samples - curve.fitted if curve is not None else np.full(len(self.samples), np.nan)

    @property
    def curve(self) -> Curve | None:
        """Folded from the samples; None when too little was seen."""
        if self._rest is None:
            self._gait.fold_waiting()
        return self._curve

    @property
    def rest(self) -> FloatArray:
        """(n,) samples less the curve, NaN where unknown."""
        if self._rest is None:
            self._gait.fold_waiting()
        assert self._rest is not None
        return self._rest

    def at(self, phase: float, side: Side) -> FloatArray:
        """(strides,) value at a phase of the stride: the folded value, moved by what this stride's frames near it show."""
        if self.curve is None:
            return self._unknown(side)
        near = np.abs((self._gait.legs.phase - phase + 0.5) % 1.0 - 0.5) < NEAR_EVENT
        return self.curve.at(2 * phase if self.per_step else phase) + self._medians(side, near)

    def mean(self, side: Side) -> FloatArray:
        """(strides,) mean over each whole stride, phases weighted alike however the frames fall."""
        if self.curve is None:
            return self._unknown(side)
        return float(self.curve.coefficients[0]) + self._medians(side)

    def largest(self, side: Side, start: float, end: float) -> FloatArray:
        """(strides,) largest value between two phases of the stride, start < end."""
        return self._extreme(side, start, end, 1)

    def smallest(self, side: Side, start: float, end: float) -> FloatArray:
        """(strides,) smallest value between two phases of the stride, start < end."""
        return self._extreme(side, start, end, -1)

    def _extreme(self, side: Side, start: float, end: float, sign: int) -> FloatArray:
        if self.curve is None:
            return self._unknown(side)
        window = np.arange(start, end, 1 / 360)
        return self.at(float(window[np.argmax(sign * self.curve.along(2 * window if self.per_step else window))]), side)

    def range(self, side: Side, percent: tuple[float, float] | None = None) -> FloatArray:
        """(strides,) highest minus lowest value in the stride: the folded range times how strongly each stride swings.

        `percent` takes the range between two percentiles over time instead.
        """
        if self.curve is None:
            return self._unknown(side)
        path = self.curve.along(np.arange(0, 1, 1 / 360))
        low, high = np.percentile(path, percent) if percent is not None else (path.min(), path.max())
        return np.asarray((high - low) * self._swings(side, self.curve.fitted))

    def turn_deg(self) -> float:
        """Phase of the signal's first harmonic, degrees: 0 for a cosine that peaks at phase 0; NaN when not known."""
        if self.curve is None:
            return float("nan")
        return float(np.degrees(np.arctan2(-self.curve.coefficients[2], self.curve.coefficients[1])))

    def turns_deg(self, side: Side) -> FloatArray:
        """(strides,) the same of each stride, from what its frames add to the folded curve; a stride with too few frames adds nothing."""
        if self.curve is None:
            return self._unknown(side)
        frames, stride, n = self._frames(side, np.isfinite(self.rest))
        cos, sin = self._gait.legs.phases.waves[frames, 1], self._gait.legs.phases.waves[frames, 2]
        a, b = (2 * _sums(stride, n, self.rest[frames] * wave) for wave in (cos, sin))
        count = _sums(stride, n)
        more = [np.where(count >= LEAST_FRAMES, harmonic / np.maximum(count, 1), 0.0) for harmonic in (a, b)]
        return np.asarray(np.degrees(np.arctan2(-self.curve.coefficients[2] - more[1], self.curve.coefficients[1] + more[0])))

    def _unknown(self, side: Side) -> FloatArray:
        return np.full(len(self._gait.strides[side]), np.nan)

    def _frames(self, side: Side, chosen: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
        """Chosen frames within a stride, the number of the stride of each, and how many strides there are."""
        stride = self._gait.stride_of[side]
        frames = np.flatnonzero((stride >= 0) & chosen)
        return frames, stride[frames], len(self._gait.strides[side])

    def _medians(self, side: Side, chosen: NDArray[np.bool_] | bool = True) -> FloatArray:
        """(strides,) median of what each stride's chosen frames add to the curve, so that a single wild one does not count."""
        frames, stride, n = self._frames(side, np.isfinite(self.rest) & chosen)
        return group_medians(self.rest[frames], stride, n)

    def _swings(self, side: Side, fitted: FloatArray) -> FloatArray:
        """(strides,) slope of each stride's samples against the folded curve: 1 when it swings as usual, NaN with too few frames."""
        frames, stride, n = self._frames(side, np.isfinite(self.samples))
        count = _sums(stride, n)
        x, y = (v[frames] - (_sums(stride, n, v[frames]) / np.maximum(count, 1))[stride] for v in (fitted, self.samples))
        slope = _sums(stride, n, x * y) / np.maximum(_sums(stride, n, x * x), 1e-12)
        return np.where(count >= LEAST_FRAMES, slope, np.nan)


def _sums(group: NDArray[np.intp], groups: int, values: FloatArray | None = None) -> FloatArray:
    """(groups,) sum of the values of each group; without values how many it has."""
    return np.bincount(group, values, groups).astype(float)
