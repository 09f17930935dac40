"""Repeated pictures are found by how little changes, and left out before folding."""

import numpy as np
import pytest

from kiosk.domain import FloatArray, ImageBgr, PoseSeries, View
from kiosk.gait.analysis import analyse
from kiosk.gait.repeats import RepeatWatch, change, grey_copy, point_changes, repeated, without_repeats
from runner import make_runner, times


def held(fps: float, real_fps: float, seconds: float = 12, noise_px: float = 2, tremble_px: float = 0.0) -> PoseSeries:
    """A file of `fps` made from `real_fps` pictures a second; the points of a repeat tremble by `tremble_px`."""
    t_s = times(seconds, fps)
    first = np.unique((np.floor(t_s * real_fps + 1e-6)).astype(int), return_index=True)
    source = make_runner(t_s[first[1]], noise_px=noise_px)
    number = (np.floor(t_s * real_fps + 1e-6)).astype(int)
    xy = source.xy_px[number] + np.random.default_rng(6).normal(0, 1, (len(t_s), 17, 2)) * tremble_px
    return PoseSeries(t_s, xy.astype(np.float32), np.full((len(t_s), 17), 0.8, np.float32), 640, 480)


def changes_of(real: FloatArray) -> FloatArray:
    """Grey levels by which pictures differ: 6 to 12 for new ones, an encoder's crumbs for repeats."""
    rng = np.random.default_rng(7)
    return np.where(real, rng.uniform(6, 12, len(real)), rng.uniform(0, 0.4, len(real)))


@pytest.mark.parametrize(("fps", "real_fps"), [(30, 10), (30, 15), (30, 24), (60, 10), (25, 12)])
def test_repeated_poses_are_left_out(fps: float, real_fps: float) -> None:
    """What is left is as many a second as there were pictures, and the sentence says both."""
    kept, sentence = without_repeats(held(fps, real_fps), None)
    assert (len(kept.t_s) - 1) / (kept.t_s[-1] - kept.t_s[0]) == pytest.approx(real_fps, rel=0.03)
    assert f"says {fps:.0f} frames/s but only {real_fps:.0f} are different" in sentence


def test_pictures_tell_more_than_points() -> None:
    """A network's points tremble on equal pictures; the pictures' own change still tells every repeat."""
    series = held(30, 10, tremble_px=3)
    real = np.arange(len(series.t_s)) % 3 == 0
    kept, _ = without_repeats(series, changes_of(real))
    assert np.array_equal(kept.t_s, series.t_s[real])


def test_contact_time_is_right_after_repeats_are_left_out() -> None:
    """15 pictures a second, each shown four times: with repeats the contact time is off, without them it is that of a true 15."""
    true_ms = analyse(make_runner(times(20, 15), noise_px=2), View.RIGHT).report.metrics["contact_ms"].value
    kept, _ = without_repeats(held(60, 15, seconds=20), None)
    assert analyse(kept, View.RIGHT).report.metrics["contact_ms"].value == pytest.approx(true_ms, abs=12)


def test_too_few_real_pictures_are_refused() -> None:
    """30 frames a second of which 5 are different: nothing is measured, and both sentences say why."""
    kept, sentence = without_repeats(held(30, 5), None)
    assert "only 5 are different" in sentence
    assert "Too few pictures" in analyse(kept, View.RIGHT).report.refusal


@pytest.mark.parametrize("fps", [15, 30, 60, 120, 240])
@pytest.mark.parametrize("noise_px", [0.0, 2.0])
@pytest.mark.parametrize("cadence", [90.0, 165.0])
def test_true_recordings_are_not_touched(fps: float, noise_px: float, cadence: float) -> None:
    """Also without noise, and when a walker moves little from picture to picture."""
    series = make_runner(times(10, fps), cadence, noise_px=noise_px)
    assert without_repeats(series, None) == (series, "")


def test_still_pictures_do_not_repeat() -> None:
    """Nothing moves at all (a synthetic picture), or only the sensor's noise (an empty room): no repeat."""
    t_s = times(10, 30)
    noise = np.random.default_rng(8).uniform(1.5, 2.5, len(t_s))
    assert not repeated(t_s, np.zeros(len(t_s))).any()
    assert not repeated(t_s, noise).any()


def test_a_flash_is_no_measure() -> None:
    """One picture that differs ten times more than the others makes none of its neighbours a repeat."""
    t_s = times(5, 30)
    changes = np.random.default_rng(9).uniform(6, 12, len(t_s))
    changes[70] = 120
    assert not repeated(t_s, changes).any()


def test_change_of_pictures() -> None:
    """Grey levels, root mean square; another size or no picture before: unknown."""
    dark, light = (grey_copy(np.full((480, 640, 3), level, np.uint8)) for level in (10, 14))
    assert change(dark, light) == 4
    assert np.isnan(change(None, light))
    assert np.isnan(change(dark[:10], light))
    assert np.isnan(point_changes(make_runner(times(1, 30)))[0])


def test_a_live_camera_that_repeats_pictures() -> None:
    """After its first second every repeat is seen, and the staff is told; a camera that does not repeat is not blamed."""
    for every, told in ((3, "30 pictures a second but only 10"), (1, "")):
        watch, rng, again = RepeatWatch(), np.random.default_rng(10), []
        for number, t_s in enumerate(times(4, 30)):
            if number % every == 0:
                picture = rng.integers(0, 255, (96, 128, 3), dtype=np.uint8)
            again.append(watch.update(float(t_s), picture))
        assert again[30:] == [number % every != 0 for number in range(30, len(again))]
        assert told in watch.warning
        assert bool(told) == bool(watch.warning)


def test_the_newest_picture_alone_is_judged_like_the_last_of_many() -> None:
    """With a camera that pauses, gives a stamp twice, changes its size and flashes: what `repeated` says of the last two seconds."""
    rng, watch, told, wanted = np.random.default_rng(11), RepeatWatch(), [], []
    stamps: list[float] = []
    changes: list[float] = []
    last: ImageBgr | None = None
    grey: FloatArray | None = None
    t_s = 0.0
    for number in range(240):
        t_s += 0.0 if number % 31 == 30 else 1.2 if number % 71 == 70 else 1 / 30
        size = (96, 128, 3) if number // 100 % 2 == 0 else (120, 160, 3)
        if last is None or number % 3 == 0 or last.shape != size:
            last = np.full(size, 255, np.uint8) if number % 60 == 59 else rng.integers(0, 200, size, dtype=np.uint8)
        before, grey = grey, grey_copy(last)
        stamps, changes = [*stamps, t_s], [*changes, change(before, grey)]
        kept = np.array(stamps) >= t_s - RepeatWatch.SPAN_S - 1e-12
        wanted.append(bool(repeated(np.array(stamps)[kept], np.array(changes)[kept])[-1]))
        told.append(watch.update(t_s, last))
    assert sum(wanted) > 100
    assert told == wanted
