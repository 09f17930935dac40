"""Long and broken series: nothing is invented where nothing was seen."""

from itertools import pairwise

import numpy as np
import pytest

from kiosk.domain import PoseSeries, View
from kiosk.gait.analysis import analyse
from kiosk.gait.spans import SPAN_FRAMES, spans
from kiosk.gait.view import detect_view
from runner import make_runner, times


def joined(*parts: PoseSeries) -> PoseSeries:
    return PoseSeries(
        np.concatenate([p.t_s for p in parts]), np.concatenate([p.xy_px for p in parts]), np.concatenate([p.score for p in parts]), 640, 480
    )


def test_a_hole_cuts_the_series() -> None:
    """Six seconds, a hole of half a minute, fourteen seconds: two spans that end and begin at the hole."""
    series = joined(make_runner(times(6, 30)), make_runner(times(14, 30) + 36))
    found = list(spans(series))
    assert [(round(s.t_s[0]), round(s.t_s[-1])) for s in found] == [(0, 6), (36, 50)]


def test_spans_cover_everything_and_overlap() -> None:
    """Three minutes: no frame is left out, no span is longer than a minute, neighbours share three seconds."""
    series = make_runner(times(180, 30))
    found = list(spans(series))
    assert set(np.concatenate([s.t_s for s in found])) == set(series.t_s)
    assert max(s.t_s[-1] - s.t_s[0] for s in found) <= 60
    assert all(a.t_s[-1] - b.t_s[0] == pytest.approx(3, abs=0.1) for a, b in pairwise(found))


def test_fast_cameras_do_not_fill_the_memory() -> None:
    """At 240 frames a second the spans are shorter."""
    assert max(len(s.t_s) for s in spans(make_runner(times(30, 240)))) <= SPAN_FRAMES


def test_no_events_where_the_feet_were_not_seen() -> None:
    """Seven seconds without ankles in the middle: no contact is told there."""
    series = make_runner(times(24, 30))
    hidden = (series.t_s > 8) & (series.t_s < 15)
    series.xy_px[np.ix_(hidden, [13, 14, 15, 16])] = np.nan
    report = analyse(series, View.RIGHT).report
    assert report.refusal == ""
    assert [e.t_s for e in report.events if 8.5 < e.t_s < 14.5] == []
    assert [s for s in report.strides if s.end_s - s.start_s > 1.2] == []


def test_too_few_frames_a_second_are_refused() -> None:
    """Pictures a second apart, and four a second, say so."""
    for fps in (1, 4):
        assert "Too few pictures" in analyse(make_runner(times(60, fps)), View.RIGHT).report.refusal


def test_a_standing_person_has_no_view() -> None:
    """The view is told from movement: a person who stands, legs together, gives none."""
    series = make_runner(times(3, 30), noise_px=1)
    still = np.repeat(series.xy_px[7][None], len(series.t_s), axis=0)
    still[:, 16] = still[:, 15] + [4, 2]
    assert detect_view(PoseSeries(series.t_s, still, series.score, 640, 480)) is None
    assert detect_view(series) is View.RIGHT


def test_contact_times_spread_like_the_runner() -> None:
    """Strides that last 3 % more and less give a spread, and more than those of a steady runner."""
    t_s = times(20, 60)
    uneven = t_s + 0.02 * np.sin(2 * np.pi * t_s * 0.61)
    steady = analyse(make_runner(t_s, noise_px=1), View.RIGHT).report.metrics["contact_ms"].spread
    varied = analyse(PoseSeries(t_s, make_runner(uneven, noise_px=1).xy_px, np.full((len(t_s), 17), 0.8), 640, 480), View.RIGHT)
    spread = varied.report.metrics["contact_ms"].spread
    assert steady is not None
    assert spread is not None
    assert spread > 1.5 * steady
