"""Made videos and recordings through the file engine: a bad stretch has a time and a reason, the rest is measured."""

from pathlib import Path

import av
import numpy as np
import pytest

from kiosk.batch import FileReport, Request, analyse_recording, read_poses
from kiosk.config import Config
from kiosk.data import DEMO_CLIP
from kiosk.domain import ImageBgr, PoseSeries, View
from kiosk.gait.refusals import say
from kiosk.gait.stretches import SHORTEST_PART_S
from kiosk.pose.recording import Recording
from runner import make_runner, times


def report_of(*parts: PoseSeries, view: str = "auto") -> FileReport:
    """A file in which these stretches follow one another."""
    ends = np.cumsum([0.0, *(part.t_s[-1] - part.t_s[0] + 1 / 30 for part in parts)])
    t_s = np.concatenate([part.t_s - part.t_s[0] + start for part, start in zip(parts, ends, strict=False)])
    series = PoseSeries(t_s, np.concatenate([p.xy_px for p in parts]), np.concatenate([p.score for p in parts]), 640, 480)
    return analyse_recording(Path("made.npz"), Recording(series, "auto", 0.0, "made"), Request(view=view))


def run(seconds: float, **how: float) -> PoseSeries:
    return make_runner(times(seconds, 30), noise_px=1, **how)  # type: ignore[arg-type]


def unseen(series: PoseSeries, points: list[int]) -> PoseSeries:
    score = series.score.copy()
    score[:, points] = 0.05
    return PoseSeries(series.t_s, series.xy_px, score, 640, 480)


def standing(seconds: float) -> PoseSeries:
    series = run(seconds)
    together = int(np.argmin(np.abs(series.xy_px[:, 15, 0] - series.xy_px[:, 16, 0])))
    xy = series.xy_px[together] + np.random.default_rng(3).normal(0, 2, series.xy_px.shape)
    return PoseSeries(series.t_s, xy.astype(np.float32), series.score, 640, 480)


GONE = [5, 6, 11, 12]
FEET = [15, 16]


@pytest.mark.parametrize(
    ("bad", "row"),
    [
        (unseen(run(12), GONE), "nobody"),
        (unseen(run(12), FEET), "feet_hidden"),
        (standing(12), "still"),
        (run(12, cadence_spm=108, duty=0.62), "walking"),
    ],
)
@pytest.mark.parametrize("bad_first", [True, False])
def test_a_bad_half_costs_only_itself(bad: PoseSeries, row: str, bad_first: bool) -> None:
    """The good half is measured as if alone, and the note says when nothing was measured, and why."""
    good = run(20)
    alone = report_of(good).metrics
    report = report_of(*((bad, good) if bad_first else (good, bad)))
    assert report.refusal == ""
    assert report.view is View.RIGHT
    assert report.metrics["cadence_spm"].value == pytest.approx(165, abs=0.5)
    for name in ("contact_ms", "trunk_lean_deg", "bounce_ratio"):
        assert report.metrics[name].value == pytest.approx(alone[name].value, rel=0.03), name
    notes = [w for w in report.warnings if say(row) in w]
    assert len(notes) == 1
    start_s, end_s = (float(word) for word in notes[0].split(" s nothing")[0].removeprefix("From ").split(" to "))
    assert (start_s, end_s) == pytest.approx((0, 12) if bad_first else (20, 32), abs=SHORTEST_PART_S if row == "walking" else 1.1)


def test_no_events_where_nothing_was_measured() -> None:
    """Seven seconds without feet: no contact in them, and contacts before and after."""
    report = report_of(run(10), unseen(run(7), FEET), run(10))
    times_s = np.array([e.t_s for e in report.events])
    assert not ((times_s > 10.3) & (times_s < 16.7)).any()
    assert (times_s < 10).sum() > 40
    assert (times_s > 17).sum() > 40


def test_somebody_steps_off_and_another_steps_on() -> None:
    """Two runs with nobody between them are both counted, each from its own strides."""
    report = report_of(run(12, cadence_spm=160), unseen(run(6), list(range(17))), run(12, cadence_spm=180))
    assert report.metrics["cadence_spm"].n == pytest.approx(12 * (160 + 180) / 120, abs=4)
    assert any("From 12 to 18 s nothing was measured: No runner" in w for w in report.warnings)


def test_two_views_in_one_file() -> None:
    """The longer view is measured, the other one named."""
    report = report_of(run(14), make_runner(times(25, 30), noise_px=1, facing=-1))
    assert report.view is View.LEFT
    assert report.metrics["cadence_spm"].value == pytest.approx(165, abs=1)
    assert any("seen from the right, not from the left" in w for w in report.warnings)


def test_nothing_good_gives_the_main_reason() -> None:
    """Nobody for 5 s, then a person who stands for 20: the file's reason is that nobody runs."""
    report = report_of(unseen(run(5), GONE), standing(20), view="right")
    assert report.refusal == say("still")
    assert any("From 0 to 5 s" in w and "No runner" in w for w in report.warnings)


def frames(count: int = 180) -> list[ImageBgr]:
    with av.open(str(DEMO_CLIP)) as clip:
        return [np.asarray(f.to_ndarray(format="bgr24")) for _, f in zip(range(count), clip.decode(video=0), strict=False)]


def report_of_film(path: Path, pictures: list[ImageBgr], fps: int = 30) -> FileReport:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=fps)
        stream.height, stream.width = pictures[0].shape[0] // 2 * 2, pictures[0].shape[1]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            image = np.ascontiguousarray(picture[: stream.height])
            file.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        file.mux(stream.encode())
    return analyse_recording(path, read_poses(path, Config()), Request())


def test_a_film_of_ten_pictures_a_second(tmp_path: Path) -> None:
    """30 frames/s in which every picture is shown three times: told, and contact time as in the true film."""
    true = frames()
    report = report_of_film(tmp_path / "held.mp4", [true[i // 3 * 3] for i in range(len(true))])
    assert any("The file says 30 frames/s but only 10 are different" in w for w in report.warnings)
    whole = report_of_film(tmp_path / "true.mp4", true)
    assert not any("different" in w for w in whole.warnings)
    assert report.metrics["contact_ms"].value == pytest.approx(whole.metrics["contact_ms"].value, abs=15)


def test_a_dark_film(tmp_path: Path) -> None:
    """Almost black: the dark is the reason, nothing else is said."""
    rng = np.random.default_rng(1)
    dark = [np.clip(0.03 * f + rng.normal(0, 2, f.shape), 0, 255).astype(np.uint8) for f in frames(100)]
    report = report_of_film(tmp_path / "dark.mp4", dark)
    assert (report.refusal, report.warnings) == (say("too_dark"), ())


def test_a_dim_film_is_measured_with_a_note(tmp_path: Path) -> None:
    """A tenth of the light, but the body is still found: values, and the note."""
    dim = [np.asarray(0.12 * f, np.uint8) for f in frames()]
    report = report_of_film(tmp_path / "dim.mp4", dim)
    assert report.refusal == ""
    assert report.metrics["cadence_spm"].value == pytest.approx(162, abs=2)
    assert say("too_dark") in report.warnings


def test_a_film_without_feet(tmp_path: Path) -> None:
    """The picture ends at the shins."""
    report = report_of_film(tmp_path / "cut.mp4", [f[:350] for f in frames(120)])
    assert report.refusal == say("feet_cut")


def test_a_film_in_slow_motion(tmp_path: Path) -> None:
    """The clip at half its speed."""
    report = report_of_film(tmp_path / "slow.mp4", frames(240), fps=15)
    assert report.refusal == say("slow_motion", factor=2.0)
