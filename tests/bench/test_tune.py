"""What --tune chooses from measured rows, what it says, and what it writes."""

import stat
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from made_results import LIGHTNING, live

from kiosk.bench import tuning
from kiosk.bench.plan import Plan
from kiosk.bench.results import BenchError, Live, Setup, Spread
from kiosk.bench.tune import RATES_HZ, Choice, Tried, choose, first_rate
from kiosk.bench.tuning import said, table, try_all, write
from kiosk.config import CameraConfig, Config, PoseConfig, load


def row(model: str, threads: int, camera_hz: int, latency_ms: float, share: float = 1.0, runtime: str = "ai-edge-litert") -> Tried:
    """A row whose poses are this share of the camera's frames."""
    return Tried(Setup(model, runtime, threads), camera_hz, share * camera_hz, latency_ms)


CASES = {
    "thunder where it keeps budget and rate": ([row("lightning", 1, 60, 20), row("thunder", 2, 15, 90)], ("thunder", 2, 15)),
    "lightning where thunder is too late": ([row("lightning", 1, 60, 20), row("thunder", 2, 30, 101)], ("lightning", 1, 60)),
    "lightning where thunder has too few frames": ([row("lightning", 1, 20, 60), row("thunder", 2, 12, 90)], ("lightning", 1, 20)),
    "more frames before fewer threads": ([row("lightning", 1, 25, 60), row("lightning", 3, 30, 60)], ("lightning", 3, 30)),
    "fewer threads where frames are the same": ([row("lightning", 4, 30, 40), row("lightning", 2, 30, 60)], ("lightning", 2, 30)),
    "a row that does not keep up does not count": ([row("lightning", 1, 60, 20, 0.9), row("lightning", 1, 30, 40)], ("lightning", 1, 30)),
    "at the budget is within it": ([row("lightning", 1, 30, 100)], ("lightning", 1, 30)),
    "below what gait needs frames come first": ([row("thunder", 1, 8, 90), row("lightning", 2, 12, 90)], ("lightning", 2, 12)),
    "below it, as many frames: fewer threads, then accuracy": (
        [row("lightning", 2, 10, 50), row("lightning", 1, 10, 50), row("thunder", 1, 10, 90)],
        ("thunder", 1, 10),
    ),
    "a file of one's own comes after the shipped models": (
        [row("own.tflite", 1, 60, 10), row("lightning", 1, 15, 90)],
        ("lightning", 1, 15),
    ),
}


@pytest.mark.parametrize(("rows", "wanted"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("backwards", [False, True])
def test_the_choice(rows: list[Tried], wanted: tuple[str, int, int], backwards: bool) -> None:
    """First accuracy where gait has its frames, then frames, then threads; in whatever order the rows come."""
    best = choose(rows[::-1] if backwards else rows, 100.0).row
    assert (best.setup.model, best.setup.threads, best.camera_hz) == wanted


def test_a_tie_goes_to_the_sooner_runtime() -> None:
    """Two runtimes with the same model, rate and threads: the shorter latency."""
    rows = [row("lightning", 1, 30, 50), row("lightning", 1, 30, 40, runtime="tflite-runtime")]
    assert choose(rows, 100.0).row.setup.runtime == "tflite-runtime"


def test_nothing_fits_the_budget() -> None:
    """The sentence says which row came nearest and what budget would do, and that nothing was changed."""
    rows = [row("lightning", 1, 30, 150), row("lightning", 2, 25, 131), row("thunder", 2, 60, 70, share=0.2)]
    with pytest.raises(BenchError) as told:
        choose(rows, 100.0)
    assert str(told.value) == (
        "nothing shows a frame within 100 ms: the soonest was 131 ms (p95) with lightning, ai-edge-litert, 2 threads at 25 frames/s. "
        "Allow that with --latency-ms 150; kiosk.toml was not changed."
    )


def test_no_event_arrived() -> None:
    """Poses but no events (the page's stream broke): no budget is named that would do, for none would."""
    with pytest.raises(
        BenchError, match=r"1 thread found poses, but none of their events arrived\. Try again; kiosk\.toml was not changed"
    ):
        choose([row("lightning", 1, 30, float("inf"))], 100.0)


def test_nothing_keeps_up() -> None:
    """A device that is too slow for the slowest camera is told so, with its best."""
    rows = [row("lightning", 1, 10, 90, 0.5), row("lightning", 2, 8, 90, 0.8)]
    with pytest.raises(
        BenchError, match=r"keeps up with a camera of 8 frames/s: the best was 6\.4 poses/s with lightning, ai-edge-litert, 2"
    ):
        choose(rows, 100.0)
    with pytest.raises(BenchError, match="nothing was measured"):
        choose([], 100.0)


def test_the_reasons() -> None:
    """It says from how many rows it chose, why not the better model, and why not more threads."""
    rows = [row("lightning", 1, 30, 40), row("lightning", 2, 30, 30), row("lightning", 2, 60, 400), row("thunder", 2, 12, 90)]
    text = "\n".join(said(choose(rows, 100.0)))
    assert "chosen: lightning, ai-edge-litert, 1 thread, camera 30 frames/s (30.0 poses/s, 40 ms p95)" in text
    assert "3 of 4 rows keep up with their camera and show a frame within 100 ms (p95)." in text
    assert "thunder is more accurate, but does not keep 15 frames/s within this budget." in text
    assert "30 frames/s is the most that lightning keeps within this budget." in text
    assert "More threads than 1 give no more frames" in text
    slow = "\n".join(said(choose([row("lightning", 1, 10, 40)], 100.0)))
    assert "None has the 15 frames/s that gait needs" in slow


def test_the_rows_are_shown_with_what_is_wrong_with_them() -> None:
    """Each row that was measured is told, and why it is out."""
    rows = [row("lightning", 1, 30, 40), row("lightning", 1, 40, 140), row("thunder", 2, 60, 40, 0.5), row("thunder", 2, 50, 400, 0.5)]
    ends = [line.split("  ")[-1].strip() for line in table(rows, 100.0)]
    assert ends == ["p95 ms", "40", "too late", "too slow", "too slow, too late"]


@pytest.mark.parametrize(("frame_ms", "rate"), [(5.0, 60), (16.7, 50), (34.0, 25), (100.0, 10), (900.0, 8)])
def test_the_first_rate_is_one_that_the_frames_allow(frame_ms: float, rate: int) -> None:
    """The fastest camera whose frames come no sooner than they are worked on; the slowest of all when none is slow enough."""
    assert RATES_HZ[first_rate(frame_ms)] == rate


def test_every_rate_is_one_that_the_settings_take() -> None:
    """[camera] frames_per_s takes each of them."""
    assert [CameraConfig(frames_per_s=rate).frames_per_s for rate in RATES_HZ] == sorted(RATES_HZ, reverse=True)


class Quick:
    """In the place of the bare network: 50 calls a second."""

    def __init__(self, pose: PoseConfig) -> None:
        pass

    def turn(self, seconds: float) -> float:
        return 50.0


def test_rates_are_tried_from_what_the_network_alone_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else a frame takes is done beside the network and does not lower the rate: 50 first, then down to one that is kept."""
    asked: list[float] = []

    def watched(plan: Plan, setup: Setup, rate: float, *_: object) -> Iterator[Live]:
        asked.append(rate)
        yield live(1, rate, poses_per_s=min(rate, 41.0), latency_ms=Spread(30.0, 40.0, 50.0, 90))

    monkeypatch.setattr(tuning, "Bare", Quick)
    monkeypatch.setattr(tuning, "watched", watched)
    monkeypatch.setattr(tuning, "watchers_of", lambda kind, n: nullcontext([]))
    rows = try_all(Plan(Config(), (LIGHTNING,), (LIGHTNING,)), 100.0)
    assert asked == [50.0, 40.0]
    assert [(row.camera_hz, row.keeps_up, row.latency_ms) for row in rows] == [(50, False, 40.0), (40, True, 40.0)]


CHOICE = Choice(row("thunder", 2, 25, 80), ())
BEFORE = '# ours\n[pose]\nmodel = "lightning"   # the quick one\n\n[camera]\nshutter_us = 2000\n'


def test_the_choice_is_written_and_comments_stay(tmp_path: Path) -> None:
    """Four values are set, every other line is as it was, and the old file stays beside the new one."""
    toml = tmp_path / "kiosk.toml"
    toml.write_text(BEFORE)
    write(toml, CHOICE)
    config = load(toml)
    assert (config.pose.model, config.pose.runtime, config.pose.threads) == ("thunder", "ai-edge-litert", 2)
    assert (config.camera.frames_per_s, config.camera.shutter_us) == (25, 2000)
    assert "# ours\n[pose]\n" in toml.read_text()
    assert 'model = "thunder"   # the quick one\n' in toml.read_text()
    assert (tmp_path / "kiosk.toml.before").read_text() == BEFORE


def test_a_file_that_cannot_be_changed_is_left_whole(tmp_path: Path) -> None:
    """When the second section cannot be written the first is taken back; the sentence holds the choice for the person to put in."""
    toml = tmp_path / "kiosk.toml"
    toml.write_text('camera = { kind = "video" }\n')
    with pytest.raises(BenchError, match=r"no plain \[camera\] section.*Chosen was: thunder, ai-edge-litert, 2 threads at 25 frames/s"):
        write(toml, CHOICE)
    assert toml.read_text() == 'camera = { kind = "video" }\n'


def test_a_read_only_file_is_a_sentence(tmp_path: Path) -> None:
    """It says what to do."""
    toml = tmp_path / "kiosk.toml"
    toml.write_text(BEFORE)
    toml.chmod(stat.S_IREAD)
    with pytest.raises(BenchError, match="read-only"):
        write(toml, CHOICE)
    assert toml.read_text() == BEFORE


@pytest.mark.parametrize("text", [BEFORE, 'camera = { kind = "video" }\n'])
def test_a_link_stays_a_link(tmp_path: Path, text: str) -> None:
    """Whether the choice can be written or has to be taken back, it is the file behind the link that is written."""
    real, link = tmp_path / "real" / "kiosk.toml", tmp_path / "kiosk.toml"
    real.parent.mkdir()
    real.write_text(text)
    link.symlink_to(real)
    try:
        write(link, CHOICE)
    except BenchError:
        assert real.read_text() == text
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kiosk.toml", "real"]
