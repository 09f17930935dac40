"""Pose recordings: written whole, read with care."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kiosk.domain import PoseSeries
from kiosk.pose.recording import Recording, RecordingError, load, save
from kiosk.pose.series import to_series
from runner import make_runner, times


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    """Times, points, scores, size, view and origin survive."""
    series = make_runner(times(2, 30))
    save(tmp_path / "a.npz", Recording(series, "right", 1.5, "treadside test"))
    back = load(tmp_path / "a.npz")
    assert np.array_equal(back.series.t_s, series.t_s)
    assert np.allclose(back.series.xy_px, series.xy_px)
    assert (back.view, back.roll_deg, back.made_by, back.series.width) == ("right", 1.5, "treadside test", 640)
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.parametrize("sd_deg", [None, 0.4])
def test_the_error_of_the_roll_comes_back(tmp_path: Path, sd_deg: float | None) -> None:
    """A measured roll keeps its error; one that nobody measured stays so."""
    save(tmp_path / "a.npz", Recording(make_runner(times(2, 30)), "right", 0.0, "test", sd_deg))
    back = load(tmp_path / "a.npz")
    assert (back.roll_sd_deg, back.roll_source) == (sd_deg, "recording" if sd_deg else "assumed")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 broken zip"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    """Empty, text and broken files are not recordings; the message names the file."""
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"x\.npz: not a pose recording"):
        load(path)


def test_missing_array_is_named(tmp_path: Path) -> None:
    """An .npz of something else says what is missing."""
    np.savez(tmp_path / "x.npz", t_s=np.zeros(3))
    with pytest.raises(RecordingError, match="xy_px, score, width, height missing"):
        load(tmp_path / "x.npz")


def test_time_must_increase(tmp_path: Path) -> None:
    """Repeated time stamps are refused."""
    series = make_runner(times(1, 30))
    t_s = series.t_s.copy()
    t_s[5] = t_s[4]
    save(tmp_path / "x.npz", Recording(PoseSeries(t_s, series.xy_px, series.score, 640, 480), "auto", 0.0, ""))
    with pytest.raises(RecordingError, match="increase"):
        load(tmp_path / "x.npz")


def test_wrong_shape_is_named(tmp_path: Path) -> None:
    """Arrays that do not fit each other are refused with their shapes."""
    series = make_runner(times(1, 30))
    save(tmp_path / "x.npz", Recording(PoseSeries(series.t_s, series.xy_px[:, :5], series.score, 640, 480), "auto", 0.0, ""))
    with pytest.raises(RecordingError, match=r"\(30, 5, 2\)"):
        load(tmp_path / "x.npz")


def test_no_poses_make_an_empty_series() -> None:
    """Nobody recorded is not an error."""
    assert len(to_series([]).t_s) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"t_s": np.array(3.0)},
        {"t_s": np.array(["a", "b"])},
        {"xy_px": np.full((30, 17, 2), "x")},
        {"width": np.array([1, 2])},
        {"roll_deg": np.array("steep")},
    ],
)
def test_arrays_of_the_wrong_kind_are_refused(tmp_path: Path, change: dict[str, np.ndarray]) -> None:
    """Words for numbers and lists for one number are no recording."""
    series = make_runner(times(1, 30))
    arrays = {"t_s": series.t_s, "xy_px": series.xy_px, "score": series.score, "width": 640, "height": 480, "roll_deg": 0.0}
    np.savez(tmp_path / "x.npz", **{**arrays, **change})
    with pytest.raises(RecordingError, match=r"x\.npz: not a pose recording"):
        load(tmp_path / "x.npz")


def test_one_array_alone_is_no_recording(tmp_path: Path) -> None:
    """An .npy that was renamed is refused."""
    with (tmp_path / "x.npz").open("wb") as file:
        np.save(file, np.zeros(5))
    with pytest.raises(RecordingError, match="missing"):
        load(tmp_path / "x.npz")


@pytest.mark.parametrize(
    ("name", "value"),
    [("width", np.nan), ("height", np.inf), ("width", -1), ("roll_deg", np.nan), ("roll_deg", 1e9), ("roll_sd_deg", -0.5)],
)
def test_impossible_facts_are_named(tmp_path: Path, name: str, value: float) -> None:
    """Sizes and rolls that no picture has."""
    series = make_runner(times(1, 30))
    arrays = {"t_s": series.t_s, "xy_px": series.xy_px, "score": series.score, "width": 640, "height": 480, name: value}
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(RecordingError, match=f"{name} = "):
        load(tmp_path / "x.npz")


def test_flipped_bytes_are_a_sentence(tmp_path: Path) -> None:
    """Wherever a compressed recording is damaged: read all the same, or refused, never a crash."""
    save(tmp_path / "a.npz", Recording(make_runner(times(2, 30)), "right", 0.0, "test"))
    whole, refused = (tmp_path / "a.npz").read_bytes(), 0
    for place in np.random.default_rng(1).integers(0, len(whole), 300):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (tmp_path / "b.npz").write_bytes(bytes(damaged))
        try:
            load(tmp_path / "b.npz")
        except RecordingError:
            refused += 1
    assert refused > 100


def test_a_full_disk_leaves_nothing_and_says_it_once(tmp_path: Path) -> None:
    """A disk that takes 1000 bytes: one OSError, no half file, and nothing on stderr when the program ends."""
    program = """
import resource, sys
from pathlib import Path
from runner import make_runner, times
from kiosk.pose.recording import Recording, save
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    save(Path(sys.argv[1]), Recording(make_runner(times(2, 30)), "right", 0.0, "test"))
except OSError as error:
    print(error.strerror)
"""
    tests = Path(__file__).parents[1]
    path = os.pathsep.join([str(tests), str(tests.parent), os.environ.get("PYTHONPATH", "")])  # packages may stand there alone
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.npz")],
        capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("File too large\n", "", 0)
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_never_replaced(tmp_path: Path) -> None:
    """What lies there stays, byte for byte."""
    (tmp_path / "a.npz").write_bytes(b"somebody's measurement")
    with pytest.raises(FileExistsError, match="already"):
        save(tmp_path / "a.npz", Recording(make_runner(times(2, 30)), "right", 0.0, "test"))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"somebody's measurement"]
