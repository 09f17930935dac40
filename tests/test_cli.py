"""The command line: what it writes, and what it says to bad input. Never a traceback."""

import csv
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from kiosk.data import DEMO_CLIP
from pictures import turned


def kiosk(*args: object, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "kiosk", *map(str, args)], capture_output=True, text=True, timeout=timeout, check=False)


def sentence(run: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stderr + run.stdout
    for word in words:
        assert word in run.stderr, run.stderr


def film(path: Path, frames: list[np.ndarray], fps: int = 30) -> Path:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=fps)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for image in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        file.mux(stream.encode())
    return path


def first_frames(count: int) -> list[np.ndarray]:
    with av.open(str(DEMO_CLIP)) as clip:
        return [f.to_ndarray(format="bgr24") for _, f in zip(range(count), clip.decode(video=0), strict=False)]


def test_analyze_writes_json_csv_and_an_annotated_video(tmp_path: Path, data: Path) -> None:
    """The public JSON, one CSV line a metric, and a video as long as the input."""
    clip = data / "p02_side_left_overstride.mp4"
    out, table, video = tmp_path / "o.json", tmp_path / "o.csv", tmp_path / "o.mp4"
    run = kiosk("analyze", clip, "--speed-kmh", 10, "--json", out, "--csv", table, "--annotate", video)
    assert run.returncode == 0, run.stderr
    cue = next(line for line in run.stdout.splitlines() if line.startswith("  Cue: "))
    assert re.fullmatch(r"  Cue: [^.()]+ \(grade [A-D]\)\. May come from [^.]+\.", cue)
    report = json.loads(out.read_text())
    truth = json.loads((data / "p02_side_left_overstride.json").read_text())
    assert {"schema", "input", "view", "view_source", "duration_s", "frames", "fps", "model", "events", "metrics", "faults", "cue"} <= set(
        report
    )
    assert (report["schema"], report["view"], report["view_source"], report["frames"]) == (1, "left", "detected", 300)
    assert report["metrics"]["cadence_spm"]["value"] == pytest.approx(truth["truth"]["cadence_spm"]["value"], abs=1)
    assert set(report["metrics"]["cadence_spm"]) == {"value", "left", "right", "n", "spread", "quality", "reason"}
    assert {e["kind"] for e in report["events"]} == {"contact", "toe_off"}
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert {r["metric"] for r in rows} == set(report["metrics"])
    with av.open(str(video)) as back:
        times = [float(f.pts * f.time_base) for f in back.decode(video=0)]
    assert len(times) == 300
    assert times[-1] == pytest.approx(299 / 30, abs=0.01)


def test_a_recording_is_measured_like_its_clip(tmp_path: Path, data: Path) -> None:
    """record writes what analyze reads, and both give the same numbers."""
    clip = data / "p02_side_left_overstride.mp4"
    run = kiosk("record", "--clip", clip, "--out", tmp_path / "poses", "--video")
    assert run.returncode == 0, run.stderr
    (poses,) = (tmp_path / "poses").glob("*.npz")
    assert len(list((tmp_path / "poses").glob("*.mp4"))) == 1
    reports = []
    for source in (clip, poses):
        run = kiosk("analyze", source, "--view", "left", "--model", "lightning", "--json", tmp_path / "o.json")  # as the recorder
        assert run.returncode == 0, run.stderr
        reports.append(json.loads((tmp_path / "o.json").read_text())["metrics"])
    assert reports[0] == reports[1]


def test_a_rolled_clip_is_put_upright(tmp_path: Path) -> None:
    """Without --roll-deg the lines of the room tell, and the lean is that of the upright clip; --roll-deg 0 believes the picture."""
    out = tmp_path / "o.json"
    images = first_frames(260)
    clips = [film(tmp_path / f"{a}.mp4", [turned(i.astype(np.uint8), a) for i in images]) for a in (0.0, 4.0)]
    reports = []
    for args in ([clips[0]], [clips[1]], [clips[1], "--roll-deg", 0]):
        run = kiosk("analyze", *args, "--json", out)
        assert run.returncode == 0, run.stderr
        reports.append(json.loads(out.read_text()))
    upright, found, given = (r["metrics"]["trunk_lean_deg"]["value"] for r in reports)
    assert [r["camera"]["roll_source"] for r in reports] == ["lines", "lines", "given"]
    assert reports[1]["camera"]["roll_deg"] == pytest.approx(4.0, abs=0.6)
    assert found == pytest.approx(upright, abs=1.0)
    assert abs(given - upright) > 3
    assert reports[2]["camera"]["roll_sd_deg"] is None


def test_a_recording_keeps_the_roll_of_its_lines(tmp_path: Path) -> None:
    """record stores the roll that the room tells; a front view whose roll nobody measured says so."""
    clip = film(tmp_path / "rolled.mp4", [turned(i.astype(np.uint8), -5.0) for i in first_frames(60)])
    assert kiosk("record", "--clip", clip, "--out", tmp_path / "poses").returncode == 0
    (poses,) = (tmp_path / "poses").glob("*.npz")
    assert kiosk("analyze", poses, "--json", tmp_path / "o.json").returncode == 0
    camera = json.loads((tmp_path / "o.json").read_text())["camera"]
    assert (camera["roll_source"], camera["roll_deg"]) == ("recording", pytest.approx(-5.0, abs=0.6))


def test_a_front_view_with_an_assumed_roll_says_so(data: Path, tmp_path: Path) -> None:
    """Recordings without a roll: upright is assumed, and what depends on it is named."""
    run = kiosk("analyze", data / "p07_front_crossover.npz", "--json", tmp_path / "o.json")
    assert run.returncode == 0, run.stderr
    report = json.loads((tmp_path / "o.json").read_text())
    assert report["camera"] == {"roll_deg": 0.0, "roll_sd_deg": None, "roll_source": "assumed", "yaw_deg": None}
    assert "Pelvic drop" in report["warnings"][0]


def test_missing_file(tmp_path: Path) -> None:
    """A path that is not there is named."""
    sentence(kiosk("analyze", tmp_path / "none.mp4"), 1, "none.mp4", "no such file")


def test_not_a_video(tmp_path: Path) -> None:
    """A text file is no video."""
    path = tmp_path / "notes.mp4"
    path.write_text("hello " * 1000)
    sentence(kiosk("analyze", path), 1, "notes.mp4")


def test_zero_length(tmp_path: Path) -> None:
    """An empty file is named as such."""
    path = tmp_path / "empty.mp4"
    path.touch()
    sentence(kiosk("analyze", path), 1, "empty.mp4", "empty")


def test_a_folder_is_no_video(tmp_path: Path) -> None:
    """A folder in the place of a file is a sentence."""
    sentence(kiosk("analyze", tmp_path), 1, str(tmp_path))


def test_no_person(tmp_path: Path) -> None:
    """A clip without a person: exit 0, no values, the reason on the screen and in the JSON."""
    rng = np.random.default_rng(5)
    grey = [np.full((240, 320, 3), 120, np.uint8) + rng.integers(0, 9, (240, 320, 3), np.uint8) for _ in range(90)]
    run = kiosk("analyze", film(tmp_path / "wall.mp4", grey), "--json", tmp_path / "o.json")
    assert run.returncode == 0, run.stderr
    report = json.loads((tmp_path / "o.json").read_text())
    assert "No runner" in report["refusal"]
    assert all(m["value"] is None and m["reason"] for m in report["metrics"].values())


def test_too_short(tmp_path: Path) -> None:
    """One second of running is not enough, and the sentence says how much is."""
    run = kiosk("analyze", film(tmp_path / "short.mp4", first_frames(30)), "--view", "right", "--json", tmp_path / "o.json")
    assert run.returncode == 0, run.stderr
    assert "too short" in json.loads((tmp_path / "o.json").read_text())["refusal"]
    assert "too short" in run.stdout


def test_wrong_view(data: Path) -> None:
    """A runner seen from the left, given as right: no values and the way out."""
    run = kiosk("analyze", data / "p04_side_left_low_arms.npz", "--view", "right")
    assert run.returncode == 0, run.stderr
    assert "Set the view to left" in run.stdout


def test_front_view_is_detected_and_measured(tmp_path: Path, data: Path) -> None:
    """Cadence and wrist crossing of a front view; what only a side view shows has a reason."""
    run = kiosk("analyze", data / "p07_front_crossover.npz", "--json", tmp_path / "o.json")
    assert run.returncode == 0, run.stderr
    assert "front view (detected)" in run.stdout
    metrics = json.loads((tmp_path / "o.json").read_text())["metrics"]
    truth = json.loads((data / "p07_front_crossover.json").read_text())["truth"]
    assert metrics["cadence_spm"]["value"] == pytest.approx(truth["cadence_spm"]["value"], abs=0.7)
    assert metrics["wrist_crossover_ratio"]["value"] == pytest.approx(truth["wrist_crossover_ratio"]["value"], abs=0.09)
    assert metrics["contact_ms"]["quality"] == "low"
    assert "front view" in metrics["overstride_ratio"]["reason"]


def test_broken_model_file(tmp_path: Path) -> None:
    """--model with bytes that are no model."""
    path = tmp_path / "m.tflite"
    path.write_bytes(b"TFL3 no" * 500)
    sentence(kiosk("analyze", DEMO_CLIP, "--model", path), 1, "m.tflite", "cannot load")


def test_broken_recording(tmp_path: Path) -> None:
    """An .npz that is none."""
    path = tmp_path / "x.npz"
    path.write_bytes(b"PK\x03\x04 no")
    sentence(kiosk("analyze", path), 1, "x.npz", "not a pose recording")


def test_output_that_cannot_be_written(data: Path) -> None:
    """A folder that does not exist is named."""
    sentence(kiosk("analyze", data / "p04_side_left_low_arms.npz", "--json", "/nowhere/o.json"), 1, "/nowhere/o.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[camera]\nkindd = 'video'\n", ["camera.kindd", "Did you mean 'kind'"]),
        ("[web]\nport = 99999\n", ["web.port", "99999"]),
        ("[camera]\nkind = 'webcam'\n", ["camera.kind", "webcam", "picamera"]),
        ("[wep]\nport = 1\n", ["wep", "Did you mean 'web'"]),
        ("port = = 1\n", ["not valid TOML"]),
        ("[web]\nport = 99999\n[camera]\nwidth = 'wide'\n", ["2 problem(s)", "web.port", "camera.width"]),
    ],
)
def test_wrong_configuration(tmp_path: Path, text: str, words: list[str]) -> None:
    """Wrong keys and values: all in one message, exit 2."""
    path = tmp_path / "kiosk.toml"
    path.write_text(text)
    sentence(kiosk("run", "--config", path), 2, "kiosk.toml", *words)


def test_missing_configuration(tmp_path: Path) -> None:
    """--config with a path that is not there."""
    sentence(kiosk("run", "--config", tmp_path / "no.toml"), 2, "no such file")


def test_port_in_use(tmp_path: Path) -> None:
    """Another program on the port: the port is named, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        toml = tmp_path / "kiosk.toml"
        toml.write_text(f'[store]\nfolder = "{tmp_path / "s"}"\n')
        sentence(kiosk("demo", "--config", toml, "--port", port, "--no-browser"), 1, str(port), "in use")


def test_no_camera(tmp_path: Path) -> None:
    """The station without a camera or without picamera2 says what to do."""
    toml = tmp_path / "kiosk.toml"
    toml.write_text(f'[store]\nfolder = "{tmp_path / "s"}"\n[web]\nport = 0\n')
    run = kiosk("run", "--config", toml)
    sentence(run, 1)
    assert "picamera2" in run.stderr or "camera" in run.stderr


def test_wrong_use() -> None:
    """Unknown commands, options and values exit with 2."""
    sentence(kiosk("fly"), 2, "fly")
    sentence(kiosk("analyze"), 2, "INPUTS")
    sentence(kiosk("analyze", "x.mp4", "--view", "top"), 2, "top", "left")
    sentence(kiosk("analyze", "a.mp4", "b.mp4", "--annotate", "o.mp4"), 2, "--annotate")


def test_an_output_is_never_an_input(tmp_path: Path, data: Path) -> None:
    """--json, --csv or --annotate onto the input: exit 2, the input untouched."""
    clip = tmp_path / "mine.mp4"
    clip.write_bytes((data / "p02_side_left_overstride.mp4").read_bytes())
    before = clip.read_bytes()
    for option in ("--annotate", "--json", "--csv"):
        sentence(kiosk("analyze", clip, option, tmp_path / "." / "mine.mp4"), 2, "is an input")
    assert clip.read_bytes() == before


def test_full_disk_while_annotating(data: Path, tmp_path: Path) -> None:
    """A disk that takes nothing: a sentence and exit 1, not a crash of the process."""
    full = tmp_path / "full.mp4"
    full.symlink_to("/dev/full")
    short = film(tmp_path / "short.mp4", first_frames(40))
    sentence(kiosk("analyze", short, "--view", "right", "--annotate", full), 1, "full.mp4", "Free some space")


def test_annotated_video_is_an_mp4(data: Path, tmp_path: Path) -> None:
    """Another ending is refused with the one that works."""
    short = film(tmp_path / "short.mp4", first_frames(20))
    sentence(kiosk("analyze", short, "--annotate", tmp_path / "o.gif"), 1, "o.gif", ".mp4")


def test_one_bad_input_of_several(data: Path, tmp_path: Path) -> None:
    """The good ones are measured and written, the bad one is named, exit 1."""
    good = data / "p04_side_left_low_arms.npz"
    run = kiosk("analyze", good, tmp_path / "none.mp4", good, "--json", tmp_path / "o.json")
    sentence(run, 1, "none.mp4", "1 of 3 inputs")
    assert len(json.loads((tmp_path / "o.json").read_text())) == 2


def test_settings_of_the_treadmill_are_used(data: Path, tmp_path: Path) -> None:
    """analyze takes view and speed from kiosk.toml where the command line is silent."""
    toml = tmp_path / "kiosk.toml"
    toml.write_text('[treadmill]\nview = "left"\nspeed_kmh = 9.5\n')
    run = kiosk("analyze", data / "p04_side_left_low_arms.npz", "--config", toml, "--json", tmp_path / "o.json")
    assert run.returncode == 0, run.stderr
    report = json.loads((tmp_path / "o.json").read_text())
    assert (report["view_source"], report["given"]["speed_kmh"]) == ("given", 9.5)


@pytest.mark.parametrize("zone", ["[nan, nan, nan, nan]", "[1, 1, 0, 0]", "[0, 0, 5, 1]"])
def test_zone_must_be_a_rectangle_in_the_picture(tmp_path: Path, zone: str) -> None:
    """A zone that is none is refused at start."""
    toml = tmp_path / "kiosk.toml"
    toml.write_text(f"[treadmill]\nzone = {zone}\n")
    sentence(kiosk("run", "--config", toml), 2, "treadmill.zone", "left < right")


@pytest.mark.parametrize("option", ["--roll-deg", "--height-cm", "--speed-kmh", "--incline-pct"])
def test_not_a_number_is_wrong_use(data: Path, option: str) -> None:
    """NaN is no roll, height, speed or incline."""
    sentence(kiosk("analyze", data / "p07_front_crossover.npz", option, "nan"), 2, option, "not a number in the range")
