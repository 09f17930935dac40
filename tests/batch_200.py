"""200 recordings in a batch, interrupted twice; and the speed of a batch against the bare network. One command:

    python tests/batch_200.py            # writes the tables of docs/batch.md
    python tests/batch_200.py speed      # only the second part; "batch": only the first

First: recordings, short videos and damaged files; the batch is stopped by SIGINT, killed by SIGKILL, then goes on; its table
must be that of a batch that nobody disturbed, with one entry a file. Second: frames a second of `kiosk analyze DIR` with a
process a core, in turns with the bare network's invoke() on the same number of frames, in one run: a noisy machine disturbs
both alike, so the ratio is what counts.
"""

import csv
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from kiosk.camera.video import probe
from kiosk.config import CameraConfig
from kiosk.data import DEMO_CLIP
from kiosk.threads import cores

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data"
PAGE = ROOT / "docs" / "batch.md"
RECORDINGS, VIDEOS, DAMAGED = 188, 4, 8
ROUNDS = 3
VIDEO_COPIES = 2
"""Clips of 600 frames a round: long enough that loading the network (a second) does not decide."""
MODELS = ("lightning", "thunder")


def command(folder: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "kiosk", "analyze", str(folder), "--csv", str(out), "--model", "lightning", *more]


def make_files(folder: Path) -> None:
    """Recordings with noise and cuts, short videos, and damaged files of several kinds."""
    rng = np.random.default_rng(200)
    sources = [dict(np.load(DATA / name)) for name in ("p04_side_left_low_arms.npz", "p07_front_crossover.npz")]
    for k in range(RECORDINGS):
        s = sources[k % 2]
        keep = slice(int(rng.integers(0, 60)), int(rng.integers(200, 300)))
        noise = rng.normal(0, 0.5, s["xy_px"][keep].shape)
        piece = {**s, "t_s": s["t_s"][keep], "xy_px": (s["xy_px"][keep] + noise).astype(np.float32), "score": s["score"][keep]}
        path = folder / f"runner {k % 10}" / f"{k:03d}.npz"
        path.parent.mkdir(exist_ok=True)
        np.savez_compressed(path, **piece)
    for k in range(VIDEOS):
        cut_video(folder / f"short{k}.mp4", 40 + 10 * k)
    whole = (folder / "runner 0" / "000.npz").read_bytes()
    film = (folder / "short0.mp4").read_bytes()
    for k in range(DAMAGED // 2):
        (folder / f"damaged{k}.npz").write_bytes(whole[: k * len(whole) // 4])
        (folder / f"damaged{k}.mp4").write_bytes(film[: k * 400])


def cut_video(out: Path, frames: int) -> None:
    """The first frames of the demo clip."""
    from kiosk.batch import frames_of
    from kiosk.camera.video import VideoCamera
    from kiosk.report.video import VideoWriter

    with VideoCamera(CameraConfig(kind="video", path=str(DEMO_CLIP)), realtime=False) as camera, VideoWriter(out) as film:
        for _, frame in zip(range(frames), frames_of(camera), strict=False):
            film.write(frame)


def journal_lines(out: Path) -> int:
    journal = out.with_name(out.name + ".journal")
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def disturbed(folder: Path, out: Path, how: signal.Signals, after_lines: int) -> tuple[int, float]:
    """Start the batch and interrupt it; results that were kept, and seconds until it had ended."""
    run = subprocess.Popen(command(folder, out), stderr=subprocess.DEVNULL)
    while journal_lines(out) < after_lines:
        if run.poll() is not None:
            raise SystemExit(f"the batch ended (exit code {run.returncode}) before it could be interrupted")
        time.sleep(0.02)
    began_s = time.monotonic()
    run.send_signal(how)
    run.wait(10)
    ended_s = time.monotonic() - began_s
    require(not out.exists(), "an interrupted batch leaves no table")
    return journal_lines(out), ended_s


def require(true: bool, what: str) -> None:
    if not true:
        raise SystemExit(f"NOT SO: {what}")


def interrupted_twice(folder: Path) -> list[str]:
    """The first part; rows of the table."""
    files = folder / "in"
    files.mkdir()
    make_files(files)
    calm, rough = folder / "calm.csv", folder / "rough.csv"
    began_s = time.monotonic()
    whole = subprocess.run(command(files, calm), stderr=subprocess.PIPE, text=True, check=False)
    calm_s = time.monotonic() - began_s
    require(whole.returncode == 1 and f"{DAMAGED} of 200 inputs" in whole.stderr, f"damaged files are counted: {whole.stderr[-300:]}")
    stopped, stop_s = disturbed(files, rough, signal.SIGINT, 60)
    killed, _ = disturbed(files, rough, signal.SIGKILL, 120)
    last = subprocess.run(command(files, rough), stderr=subprocess.PIPE, text=True, check=False)
    require("Going on" in last.stderr and last.returncode == 1, f"the third run goes on: {last.stderr[-300:]}")
    require(rough.read_bytes() == calm.read_bytes(), "the table is that of an undisturbed batch, byte by byte")
    with rough.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    each = Counter((row["path"], row["metric"]) for row in rows)
    require(len({row["path"] for row in rows}) == 200 and set(each.values()) == {1}, "one entry a file and metric")
    require(sum(bool(row["failure"]) for row in rows) == DAMAGED, "one line a damaged file")
    single_equal(files, rows, folder / "one.csv")
    return [
        f"| 200 files ({RECORDINGS} recordings of 5 to 10 s, {VIDEOS} short videos, {DAMAGED} damaged), undisturbed | {calm_s:.0f} s |",
        f"| stopped by Ctrl-C (SIGINT) with {stopped - 1} results kept; ended after | {stop_s:.1f} s |",
        f"| killed (SIGKILL) with {killed - 1} kept, then run to its end: table | the same, byte by byte |",
        "| entries a file and metric; lines of damaged files | 1; 1 each |",
        "| four of the files measured one at a time | the same lines |",
    ]


def single_equal(files: Path, rows: list[dict[str, str]], out: Path) -> None:
    """Some files on their own give the lines they have in the table; the network has other threads then."""
    for path in (files / "short0.mp4", files / "short3.mp4", files / "runner 3" / "003.npz", files / "runner 4" / "104.npz"):
        subprocess.run(command(path, out), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with out.open(newline="", encoding="utf-8") as file:
            require(list(csv.DictReader(file)) == [row for row in rows if row["path"] == str(path)], f"{path.name} alone gives the same")


BARE = """
import sys, time
from kiosk.config import PoseConfig
from kiosk.pose.movenet import Network, self_test
network = Network(PoseConfig(model=sys.argv[1], threads=int(sys.argv[2])))
self_test(network)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[3])):
    network.invoke()
print("done", flush=True)
"""


def bare_fps(model: str, processes: int, threads: int, frames: int) -> float:
    """Frames a second of invoke() alone, loading not counted."""
    order = [sys.executable, "-c", BARE, model, str(threads), str(frames // processes)]
    running = [
        subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for _ in range(processes)
    ]
    for process in running:
        process.stdout.readline()
    began_s = time.monotonic()
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        require(process.stdout.readline() == "done\n", "the bare network runs")
    seconds = time.monotonic() - began_s
    for process in running:
        process.communicate()
    return frames / seconds


def batch_fps(model: str, folder: Path, out: Path, frames: int) -> float:
    """Frames a second of the whole command, from its start to its table."""
    began_s = time.monotonic()
    subprocess.run(command(folder, out, "--model", model, "--jobs", str(cores())), check=True, stderr=subprocess.DEVNULL)
    return frames / (time.monotonic() - began_s)


def throughput(folder: Path, model: str) -> Iterator[str]:
    """The second part; rows of the table."""
    clips = folder / f"clips {model}"
    clips.mkdir()
    for k in range(VIDEO_COPIES):
        shutil.copy(DEMO_CLIP, clips / f"{k}.mp4")
    frames = VIDEO_COPIES * (probe(DEMO_CLIP).frames or 0)
    turns: dict[str, Callable[[], float]] = {
        "live": lambda: bare_fps(model, 1, cores(), frames),
        "most": lambda: bare_fps(model, cores(), 1, frames),
        "batch": lambda: batch_fps(model, clips, folder / "speed.csv", frames),
    }
    found: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(ROUNDS):
        for name, turn in turns.items():
            found[name].append(turn())
    live, most, batch = (np.array(found[name]) for name in ("live", "most", "batch"))
    numbers = " | ".join(f"{np.median(fps):.0f}" for fps in (live, most, batch))
    yield f"| {model} | {numbers} | {np.median(batch / live):.2f} | {np.median(batch / most):.2f} |"


def machine() -> str:
    system = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    return f"{cores()} cores, {system}, others' load on them {os.getloadavg()[0]:.1f}"


def write(part: str, lines: list[str]) -> None:
    """Put the lines between the part's marks in docs/batch.md."""
    begin, end = f"<!-- tests/batch_200.py {part} writes from here -->", f"<!-- {part}: to here -->"
    print(*lines, sep="\n", flush=True)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    PAGE.write_text("\n".join([before + begin, *lines, end]) + rest.partition(end)[2], encoding="utf-8")


def batch_part(folder: Path) -> None:
    about = f"Measured on {machine()}."
    write("batch", [about, "", "| What | Found |", "|---|---|", *interrupted_twice(folder)])


def speed_part(folder: Path) -> None:
    about = f"Frames a second, medians of {ROUNDS} turns over {VIDEO_COPIES} clips of 600 frames, on {machine()}:"
    bare = f"bare invoke(), {cores()} threads | bare invoke(), {cores()} processes of 1 thread"
    head = f"| Network | {bare} | `kiosk analyze DIR` | ratio to the first | ratio to the second |"
    rows = [row for model in MODELS for row in throughput(folder, model)]
    write("speed", [about, "", head, "|---|---|---|---|---|---|", *rows])


PARTS = {"batch": batch_part, "speed": speed_part}


def main() -> None:
    for name in sys.argv[1:] or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            PARTS[name](Path(folder))


if __name__ == "__main__":
    main()
