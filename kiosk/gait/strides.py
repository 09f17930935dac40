"""From poses to strides: the measured span of a run, with everything a metric may need."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

from kiosk.domain import EventKind, FloatArray, GaitEvent, Side, Stride
from kiosk.gait.events import FootPhases
from kiosk.gait.folding import Curve, fold
from kiosk.gait.geometry import Body, Setting, length_px
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
"""Frames within this part of a stride around an event tell how this stride differs there from the folded one: two or more
frames at 15 frames a second (our choice)."""


@dataclass(frozen=True, eq=False)
class Gait:
    """A span of steady running, folded."""

    legs: Legs
    leg_px: float
    """Leg length in the picture, mean of both legs, pixels."""
    feet: dict[Side, FootPhases]
    setting: Setting = field(default_factory=Setting)
    _folded: dict[str, "Folded"] = field(default_factory=dict)

    @property
    def incline_deg(self) -> float:
        """How far the perpendicular of a rising belt leans back from vertical, degrees: lean from it is larger by as much."""
        return float(np.degrees(np.arctan(self.setting.incline_pct / 100)))

    @property
    def scale(self) -> float:
        """Leg lengths per pixel along the first axis; a side view's is stretched by the camera's yaw."""
        return (along_scale(self.setting) if self.body.view.is_side else 1.0) / self.leg_px

    def folded(self, name: str, samples: Callable[[], FloatArray], harmonics: int | None = None, per_step: bool = False) -> "Folded":
        """The signal of this name, folded once; `samples` gives (n,) values, NaN where unknown."""
        if name not in self._folded:
            self._folded[name] = Folded(self, samples(), harmonics, per_step)
        return self._folded[name]

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
        first, last = np.ceil(track[0] - phase), np.floor(track[-1] - phase)
        turns = np.arange(first, last + 1) + phase
        turns = turns - np.array([self._early(side, turn) for turn in turns])
        times = np.interp(turns, track, self.body.t_s)
        return times[self._away_from_frames(times) < UNSEEN / self.legs.stride_hz]

    def _early(self, side: Side, turn: float) -> float:
        """How much earlier than the folded foot this one is around a moment, cycles."""
        paths = self._paths[side]
        near = slice(*np.searchsorted(self.legs.phase, [turn - TIMING_SPAN, turn + TIMING_SPAN]))
        top, bottom = 0.0, 1.0 / TIMING_SD**2
        for curve, samples in paths:
            slope = curve.slope(self.legs.phase[near]) / curve.sigma
            rest = (samples[near] - curve(self.legs.phase[near])) / curve.sigma
            known = np.isfinite(rest) & (np.abs(rest) < 4)
            top += float((rest[known] * slope[known]).sum())
            bottom += float((slope[known] ** 2).sum())
        return top / bottom

    @cached_property
    def _paths(self) -> dict[Side, tuple[tuple[Curve, FloatArray], ...]]:
        """The folded path of each ankle from the mid-hip, forward and up, with its samples."""
        out = {}
        for side in self.feet:
            path = (self.points(side, "ankle") - self.body.mid("hip")) / self.leg_px
            curves = [(fold(self.legs.phase, path[:, axis]), path[:, axis]) for axis in (0, 1)]
            out[side] = tuple((curve, samples) for curve, samples in curves if curve is not None)
        return out

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

    def frames_of(self, stride: Stride) -> slice:
        """Frames inside the stride."""
        a, b = np.searchsorted(self.body.t_s, [stride.start_s, stride.end_s])
        return slice(int(a), int(b))


LONGEST_SEEN = 95
"""Percentile of a segment's length from in front and behind: it is seen in full only when it hangs straight (our choice between the
median, which is far too short, and the longest, which is noise)."""


def leg_length_px(body: Body) -> float:
    """Hip-knee plus knee-ankle length, mean of both legs, pixels; NaN when never seen."""
    percent = 50 if body.view.is_side else LONGEST_SEEN
    segments = (("hip", "knee"), ("knee", "ankle"))
    return float(np.mean([sum(length_px(body.xy[:, p[a]], body.xy[:, p[b]], percent) for a, b in segments) for p in OF_SIDE.values()]))


class Folded:
    """One signal of the runner, folded, and what each stride adds to the typical one."""

    def __init__(self, gait: Gait, samples: FloatArray, harmonics: int | None = None, per_step: bool = False) -> None:
        """`samples` is (n,), any unit, NaN where unknown; `per_step` folds on the step, for signals that both legs share."""
        self._gait = gait
        self._samples = samples
        self._times = 2 if per_step else 1
        phase = gait.legs.phase * self._times
        self.curve: Curve | None = fold(phase, samples) if harmonics is None else fold(phase, samples, harmonics=harmonics)
        self._rest = samples - self.curve(phase) if self.curve is not None else np.full(len(samples), np.nan)

    def at(self, phase: float, side: Side) -> FloatArray:
        """(strides,) value at a phase of the stride: the folded value, moved by what this stride's frames near it show."""
        if self.curve is None:
            return np.full(len(self._gait.strides[side]), np.nan)
        value = float(self.curve(phase * self._times)[0])
        return np.array([value + self._near(stride, phase) for stride in self._gait.strides[side]])

    def mean(self, side: Side) -> FloatArray:
        """(strides,) mean over each whole stride, phases weighted alike however the frames fall."""
        if self.curve is None:
            return np.full(len(self._gait.strides[side]), np.nan)
        rests = [self._rest[self._gait.frames_of(s)] for s in self._gait.strides[side]]
        return np.array([self.curve.coefficients[0] + _mean(rest) for rest in rests])

    def largest(self, side: Side, start: float, end: float) -> FloatArray:
        """(strides,) largest value between two phases of the stride, start < end."""
        return self._extreme(side, start, end, 1)

    def smallest(self, side: Side, start: float, end: float) -> FloatArray:
        """(strides,) smallest value between two phases of the stride, start < end."""
        return self._extreme(side, start, end, -1)

    def _extreme(self, side: Side, start: float, end: float, sign: int) -> FloatArray:
        if self.curve is None:
            return np.full(len(self._gait.strides[side]), np.nan)
        window = np.arange(start, end, 1 / 360)
        return self.at(float(window[np.argmax(sign * self.curve(window * self._times))]), side)

    def range(self, side: Side, percent: tuple[float, float] = (0, 100)) -> FloatArray:
        """(strides,) highest minus lowest value in the stride: the folded range times how strongly each stride swings.

        `percent` takes the range between two percentiles over time instead.
        """
        if self.curve is None:
            return np.full(len(self._gait.strides[side]), np.nan)
        low, high = np.percentile(self.curve(np.arange(0, 1, 1 / 360)), percent)
        swings = [self._swing(self._gait.frames_of(s)) for s in self._gait.strides[side]]
        return np.asarray((high - low) * np.array(swings))

    def turn_deg(self) -> float:
        """Phase of the signal's first harmonic, degrees: 0 for a cosine that peaks at phase 0; NaN when not known."""
        if self.curve is None:
            return float("nan")
        return float(np.degrees(np.arctan2(-self.curve.coefficients[2], self.curve.coefficients[1])))

    def turns_deg(self, side: Side) -> FloatArray:
        """(strides,) the same of each stride, from what its frames add to the folded curve."""
        if self.curve is None:
            return np.full(len(self._gait.strides[side]), np.nan)
        first = complex(self.curve.coefficients[1], -self.curve.coefficients[2])
        return np.array([np.degrees(np.angle(first + self._first_of_rest(self._gait.frames_of(s)))) for s in self._gait.strides[side]])

    def _first_of_rest(self, frames: slice) -> complex:
        """First harmonic of what this stride's frames differ by; 0 with too few of them."""
        rest, phase = self._rest[frames], self._gait.legs.phase[frames]
        known = np.isfinite(rest)
        if known.sum() < 5:  # too few frames to tell a turn (our choice)
            return 0j
        return complex(2 * np.mean(rest[known] * np.exp(-2j * np.pi * phase[known])))

    def _near(self, stride: Stride, phase: float) -> float:
        frames = self._gait.frames_of(stride)
        away = (self._gait.legs.phase[frames] - phase + 0.5) % 1.0 - 0.5
        return _mean(self._rest[frames][np.abs(away) < NEAR_EVENT])

    def _swing(self, frames: slice) -> float:
        """Slope of this stride's samples against the folded curve: 1 when it swings as usual."""
        assert self.curve is not None
        x, y = self.curve(self._gait.legs.phase[frames] * self._times), self._samples[frames]
        known = np.isfinite(y)
        if known.sum() < 5:  # too few frames to tell a swing (our choice)
            return float("nan")
        x, y = x[known] - x[known].mean(), y[known] - y[known].mean()
        return float((x * y).sum() / max((x * x).sum(), 1e-12))


def _mean(values: FloatArray) -> float:
    """Median of the known values, so that a single wild frame does not count; NaN when there is none."""
    known: list[float] = sorted(values[np.isfinite(values)].tolist())  # a handful of frames: many times faster than numpy's median
    if not known:
        return float("nan")
    middle = len(known) // 2
    return known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2
