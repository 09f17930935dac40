"""Speed and memory of `kiosk analyze` over videos, an old tree against this one in turns. One command:

    python tests/bench_batch.py OLD_TREE             # all parts; OLD_TREE: a checkout of the version to compare with
    python tests/bench_batch.py                      # this tree alone
    python tests/bench_batch.py OLD_TREE one four    # only these parts: one, four, memory

one: a clip of its own. four: four clips named one by one, whose reports are all printed. memory: a clip of a minute and one of twenty,
made by repeating the demo clip. Each round runs every tree once, so a noisy machine disturbs all alike: ratios count, frames a second
are of this machine. CPU is of the command and all its processes; memory is the largest sum of their resident sizes, looked at 20 times
a second (pages that processes share count for each). Bare is `invoke()` alone, in the same rounds. "The same" compares all numbers.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median

import av

from batch_200 import bare_fps, machine, require
from kiosk.data import DEMO_CLIP
from kiosk.many import threads_of
from kiosk.threads import cores

HERE = Path(__file__).parents[1]
ROUNDS = 5
MODELS = ("lightning", "thunder")
LONG_TURNS = {"1 min": 3, "20 min": 60}
"""The demo clip lasts 20 s."""
LOOK_S = 0.05


@dataclass(frozen=True)
class Run:
    """One `kiosk analyze`."""

    seconds: float
    cpu_s: float
    peak_mb: float


def analyzed(tree: Path, clips: Sequence[Path], model: str, out: Path) -> Run:
    """Run the command of this tree."""
    command = [sys.executable, "-m", "kiosk", "analyze", *map(str, clips), "--model", model, "--json", str(out)]
    began_s, peak_mb = time.monotonic(), 0.0
    where = {**os.environ, "PYTHONPATH": str(tree)}
    run = subprocess.Popen(command, cwd=tree, env=where, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        ended, status, used = os.wait4(run.pid, os.WNOHANG)
        if ended:
            break
        peak_mb = max(peak_mb, sum(map(rss_mb, family(run.pid))))
        time.sleep(LOOK_S)
    run.returncode = os.waitstatus_to_exitcode(status)
    require(run.returncode == 0, f"{' '.join(command)} in {tree} ends well")
    return Run(time.monotonic() - began_s, used.ru_utime + used.ru_stime, peak_mb)


def family(pid: int) -> Iterator[int]:
    """The process and all below it."""
    yield pid
    try:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from family(int(child))
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return


def rss_mb(pid: int) -> float:
    """Resident size; 0 of a process that has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def repeated(out: Path, turns: int) -> int:
    """The demo clip so many times in one file, as it is encoded; its frames."""
    frames = 0
    with av.open(str(out), "w") as film:
        stream, start_s = None, Fraction(0)
        for _ in range(turns):
            with av.open(str(DEMO_CLIP)) as clip:
                source = clip.streams.video[0]
                stream = stream or film.add_stream_from_template(source)
                ticks = Fraction(start_s / source.time_base) if source.time_base else Fraction(0)
                for packet in clip.demux(source):
                    if packet.pts is None or packet.dts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + round(ticks), packet.dts + round(ticks)
                    packet.stream = stream
                    film.mux(packet)
                    frames += 1
                start_s += (source.duration or 0) * (source.time_base or 0)
    return frames


def numbers(out: Path) -> object:
    """All that was measured, without where the file lies."""
    found = json.loads(out.read_text())
    return [{k: v for k, v in one.items() if k not in ("input", "change")} for one in (found if isinstance(found, list) else [found])]


def in_turns(trees: dict[str, Path], clips: Sequence[Path], model: str, frames: int, folder: Path) -> Iterator[str]:
    """Rows of a table: every tree, then how the new one compares."""
    runs: dict[str, list[Run]] = {name: [] for name in trees}
    bare: list[float] = []
    for _ in range(ROUNDS):
        bare.append(bare_fps(model, cores(), 1, frames) if len(clips) > 1 else bare_fps(model, 1, threads_of(1), frames))
        for name, tree in trees.items():
            runs[name].append(analyzed(tree, clips, model, folder / f"{name}.json"))
    for name, found in runs.items():
        fps = [frames / run.seconds for run in found]
        part = median(f / b for f, b in zip(fps, bare, strict=True))
        cpu_ms, peak_mb = 1e3 * median(run.cpu_s for run in found) / frames, max(run.peak_mb for run in found)
        yield f"| {len(clips)} | {model} | {name} | {median(fps):.0f} | {part:.2f} | {cpu_ms:.1f} | {peak_mb:.0f} |"
    if len(trees) > 1:
        quicker = median(a.seconds / b.seconds for a, b in zip(runs["old"], runs["new"], strict=True))
        same = numbers(folder / "old.json") == numbers(folder / "new.json")
        yield f"| {len(clips)} | {model} | new against old | x {quicker:.2f} | numbers {'the same' if same else 'DIFFER'} | | |"


HEAD = ("| Clips | Network | Tree | Frames/s | of bare invoke() | CPU ms a frame | Peak MB |", "|---|---|---|---|---|---|---|")


def speed(trees: dict[str, Path], count: int, folder: Path) -> Iterator[str]:
    """The parts `one` and `four`; each clip is 600 frames."""
    yield from HEAD
    clips = [folder / f"{k}.mp4" for k in range(count)]
    frames = sum(repeated(clip, 1) for clip in clips)
    for model in MODELS:
        yield from in_turns(trees, clips, model, frames, folder)


def memory(trees: dict[str, Path], folder: Path) -> Iterator[str]:
    """The third part."""
    yield from ("| Clip | Tree | Frames | Peak MB | CPU ms a frame |", "|---|---|---|---|---|")
    for name, turns in LONG_TURNS.items():
        clip = folder / f"{turns}.mp4"
        frames = repeated(clip, turns)
        for tree, path in trees.items():
            run = analyzed(path, [clip], "lightning", folder / "o.json")
            yield f"| {name} | {tree} | {frames} | {run.peak_mb:.0f} | {1e3 * run.cpu_s / frames:.1f} |"


def main() -> None:
    said = sys.argv[1:]
    parts = [word for word in said if word in ("one", "four", "memory")] or ["one", "four", "memory"]
    old = [Path(word).resolve() for word in said if word not in ("one", "four", "memory")]
    require(all((tree / "kiosk").is_dir() for tree in old), f"{old} is a tree with kiosk/ in it")
    trees = {"old": old[0], "new": HERE} if old else {"new": HERE}
    print(f"On {machine()}; medians of {ROUNDS} rounds.", flush=True)
    for part in parts:
        with tempfile.TemporaryDirectory() as folder:
            rows = memory(trees, Path(folder)) if part == "memory" else speed(trees, {"one": 1, "four": 4}[part], Path(folder))
            print("", part, "", sep="\n")
            for row in rows:
                print(row, flush=True)


if __name__ == "__main__":
    main()
