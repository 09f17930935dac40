"""What must hold for every runner and every recording, searched for counter-examples by Hypothesis.

The examples are the same on every run, so that nobody's build fails by luck; raise `max_examples` and drop `derandomize` to search on.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kiosk.domain import FloatArray, GaitReport, Metrics, PoseSeries, Quality, View
from kiosk.gait.analysis import analyse
from kiosk.gait.metrics import METRICS
from kiosk.pose.keypoints import LEFT, NOSE, RIGHT
from known_camera import Camera, Network, record
from known_cases import RUNNERS
from runner import times

SEARCH = settings(max_examples=20, deadline=None, derandomize=True, database=None)
NAMES, VIEWS, SEEDS = st.sampled_from(sorted(RUNNERS)), st.sampled_from(View), st.integers(0, 2**16)
SIGNED = ("step_symmetry_pct", "lateral_lean_deg")
"""Metrics without sides whose sign says which side."""
NO_FEWER = 1e-3
"""Equal up to the rounding of float32 pixels, in any metric's unit."""
SPREADS, SPREADS_OF_TIMES = 3.0, 5.0
"""A third of the frames less moves a median by at most this many of its own spreads: with 15 strides a median strays by
1.25/sqrt(15) = 0.3 of them by chance, 0.5 between two recordings, three times that once in hundreds of values; the same again for
what all strides share, the folded curve, and for the phases of contact and toe off, which are found once for all strides."""
TIMES = ("cadence_spm", "contact_ms", "flight_ms", "duty_ratio", "step_symmetry_pct")
WILD = st.lists(st.floats(width=32), min_size=1, max_size=8)
"""Any float32, infinite and NaN too."""


def noisy(name: str, view: View, seed: int, seconds: float = 9.0, fps: float = 30.0) -> PoseSeries:
    network = Network(noise_px=1.5, dropped=0.02, exchanged=0.05 if view.is_side else 0.0, seed=seed)
    return record(RUNNERS[name], times(seconds, fps, jitter=0.8, drop=0.05, seed=seed), Camera(view), network)


def mirrored(series: PoseSeries) -> PoseSeries:
    """The clip in a mirror: what was the left side is a right one."""
    order = [NOSE] + [own[part] for part in LEFT for own in (RIGHT, LEFT)]
    xy = series.xy_px[:, order].copy()
    xy[..., 0] = series.width - xy[..., 0]
    return replace(series, xy_px=xy, score=series.score[:, order])


def in_mirror(view: View) -> View:
    return {View.LEFT: View.RIGHT, View.RIGHT: View.LEFT}.get(view, view)


def moved(series: PoseSeries, by_px: FloatArray, scale: float, later_s: float) -> PoseSeries:
    """The runner elsewhere in a picture that is large enough for it: what lies beyond an edge would be another runner."""
    xy = (series.xy_px * scale + by_px).astype(np.float32)
    width, height = (int(scale * size + max(by, 0)) for size, by in zip((series.width, series.height), by_px, strict=True))
    return replace(series, t_s=series.t_s + later_s, xy_px=xy, width=width, height=height)


def without(series: PoseSeries, lost: NDArray[np.bool_]) -> PoseSeries:
    return replace(series, t_s=series.t_s[~lost], xy_px=series.xy_px[~lost], score=series.score[~lost])


def all_values(metrics: Metrics) -> dict[str, tuple[float | None, ...]]:
    return {name: (m.value, m.left, m.right) for name, m in metrics.items()}


def assert_alike(got: Metrics, want: Metrics) -> None:
    """The same metrics have values, and the same ones."""
    for name, numbers in all_values(want).items():
        for a, b in zip(all_values(got)[name], numbers, strict=True):
            assert (a is None) == (b is None), name
            if a is not None and b is not None:
                assert a == pytest.approx(b, abs=NO_FEWER, rel=NO_FEWER), name


def assert_honest(report: GaitReport) -> None:
    """Every metric is there, with finite numbers, or without any and with its reason."""
    assert set(report.metrics) == {row.name for row in METRICS}
    for name, metric in report.metrics.items():
        numbers = [x for x in (metric.value, metric.left, metric.right, metric.spread) if x is not None]
        assert np.isfinite(numbers).all(), name
        assert (metric.value is None) == (metric.quality is Quality.NONE), name
        assert metric.value is not None or (metric.reason and not numbers), name
    assert np.isfinite([event.t_s for event in report.events]).all()


@SEARCH
@given(NAMES, VIEWS, SEEDS)
def test_in_a_mirror_left_and_right_change_places(name: str, view: View, seed: int) -> None:
    """And nothing else, but that from the front values without sides are taken over the strides of one foot, then of the other."""
    series = noisy(name, view, seed)
    own, other = analyse(series, view).report, analyse(mirrored(series), in_mirror(view)).report
    assert (own.refusal == "") == (other.refusal == "")
    for metric, a in own.metrics.items():
        b, sign = other.metrics[metric], -1 if metric in SIGNED else 1
        assert (a.value is None, a.left is None, a.right is None) == (b.value is None, b.right is None, b.left is None), metric
        if a.value is None or b.value is None:
            continue
        assert (a.left or 0, a.right or 0) == pytest.approx((b.right or 0, b.left or 0), abs=NO_FEWER, rel=NO_FEWER), metric
        room = NO_FEWER if view.is_side or a.left is not None else max(a.spread or 0, b.spread or 0)
        assert a.value == pytest.approx(sign * b.value, abs=room, rel=NO_FEWER), metric


@SEARCH
@given(NAMES, VIEWS, SEEDS, st.floats(-500, 500), st.floats(-500, 500), st.floats(0.5, 3), st.floats(0, 1e7))
def test_place_size_and_clock_change_nothing(
    name: str, view: View, seed: int, right_px: float, down_px: float, scale: float, later_s: float
) -> None:
    """A runner elsewhere, in a larger or smaller picture, on a station that has been up for up to four months."""
    series = noisy(name, view, seed)
    elsewhere = moved(series, np.array([right_px, down_px]), scale, later_s)
    assert_alike(analyse(elsewhere, view).report.metrics, analyse(series, view).report.metrics)


@SEARCH
@given(NAMES, VIEWS, SEEDS, st.floats(0.0, 0.33))
def test_lost_frames_change_no_more_than_the_spread_says(name: str, view: View, seed: int, share: float) -> None:
    """Up to a third of the frames lost at random."""
    series = noisy(name, view, seed, seconds=12)
    lost = np.random.default_rng(seed).uniform(size=len(series.t_s)) < share
    whole, rest = analyse(series, view).report.metrics, analyse(without(series, lost), view).report.metrics
    for metric, a in whole.items():
        b = rest[metric]
        if a.value is not None and b.value is not None and a.spread is not None:
            room = a.spread * (SPREADS_OF_TIMES if metric in TIMES else SPREADS)
            assert b.value == pytest.approx(a.value, abs=room), metric


@SEARCH
@given(NAMES, VIEWS, SEEDS, st.lists(st.floats(0.008, 0.09), min_size=2, max_size=20))
def test_frames_may_come_at_any_time(name: str, view: View, seed: int, gaps_s: list[float]) -> None:
    """Frames 8 to 90 ms apart in any pattern: the cadence is right, or there is none and a reason."""
    t_s = np.cumsum(np.random.default_rng(seed).choice(gaps_s, size=4000))
    t_s = t_s[t_s < 10]
    report = analyse(record(RUNNERS[name], t_s, Camera(view)), view).report
    assert_honest(report)
    cadence = report.metrics["cadence_spm"].value
    assert cadence is None or cadence == pytest.approx(RUNNERS[name].cadence_spm, abs=1.0)


@SEARCH
@given(VIEWS, SEEDS, st.floats(0, 0.2), WILD)
@example(View.LEFT, 0, 0.01, [float("inf"), 1.0])
@example(View.RIGHT, 1, 0.1875, [-2111.0, 1000.0])  # only one foot's contacts can be told
def test_wild_points_among_good_ones_never_give_wild_numbers(view: View, seed: int, share: float, pixels: list[float]) -> None:
    """Up to a fifth of the points anywhere or nowhere, with a good score."""
    series = noisy("usual", view, seed, seconds=6)
    rng = np.random.default_rng(seed)
    wrong = rng.uniform(size=series.score.shape) < share
    xy = np.where(wrong[..., None], rng.choice(np.array(pixels, np.float32), series.xy_px.shape), series.xy_px)
    assert_honest(analyse(replace(series, xy_px=xy), view).report)


@SEARCH
@given(VIEWS, SEEDS, st.floats(0, 1), WILD)
@example(View.RIGHT, 0, 0.01, [640.0, float("inf")])
def test_wild_scores_never_give_wild_numbers(view: View, seed: int, share: float, scores: list[float]) -> None:
    """Scores that are no scores, few or all of them."""
    series = noisy("usual", view, seed, seconds=6)
    rng = np.random.default_rng(seed)
    wrong = rng.uniform(size=series.score.shape) < share
    score = np.where(wrong, rng.choice(np.array(scores, np.float32), series.score.shape), series.score)
    assert_honest(analyse(replace(series, score=score), view).report)


@SEARCH
@given(VIEWS, SEEDS, st.sets(st.integers(0, 16)), st.floats(0, 1), st.booleans())
def test_parts_never_seen_have_a_reason(view: View, seed: int, points: set[int], start: float, score_stays: bool) -> None:
    """Any joints missing from some moment on, whether or not their score says so."""
    series = noisy("usual", view, seed, seconds=6)
    gone = np.ix_(np.arange(len(series.t_s)) >= start * len(series.t_s), np.isin(np.arange(17), list(points)))
    xy, score = series.xy_px.copy(), series.score.copy()
    xy[gone] = np.nan
    score[gone] = score[gone] if score_stays else 0.0
    assert_honest(analyse(replace(series, xy_px=xy, score=score), view).report)


@SEARCH
@given(VIEWS, st.lists(st.floats(1e-6, 10), max_size=40), SEEDS, WILD)
def test_a_few_frames_of_anything_are_no_error(view: View, gaps_s: list[float], seed: int, pixels: list[float]) -> None:
    """No frame, one frame, or frames of nonsense at odd times."""
    t_s, rng = np.cumsum(np.array(gaps_s, float)), np.random.default_rng(seed)
    xy = rng.choice(np.array(pixels, np.float32), (len(t_s), 17, 2))
    assert_honest(analyse(PoseSeries(t_s, xy, np.full((len(t_s), 17), 0.9, np.float32), 640, 480), view).report)
