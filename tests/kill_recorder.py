"""Kill recorders at random moments and look at what is left: `python tests/kill_recorder.py --moments 200`.

Most moments kill a child that feeds the tape with made-up poses (segments of 1 s, so that their ends are hit too; every fifth with
video); --real of them kill `kiosk record` itself, with a drawn runner and the network. All clocks are this machine's monotonic one, so
what was lost is the time of the kill minus the last pose that was recovered. What must not go in: a cut of power; that needs a device.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from kiosk.domain import Frame, Pose  # noqa: E402
from kiosk.pose.recording import load  # noqa: E402
from kiosk.recorder.segments import KEY_FRAME_S, save_recording  # noqa: E402
from kiosk.report.video import VideoWriter  # noqa: E402
from kiosk.tape.journal import Facts  # noqa: E402
from kiosk.tape.recover import recover  # noqa: E402
from kiosk.tape.tape import Tape  # noqa: E402

MOST_LOST_S = 2.0
"""What the recorder promises."""
SEGMENT_S = 1.0
FPS = 30
CONFIG = '[camera]\nkind = "synthetic"\n[recorder]\nsegment_s = 5\nfree_gb = 0\n[panel]\nenabled = false\n'


@dataclass
class Found:
    """What was left after one kill."""

    kind: str
    files: int
    lost_s: float
    video_lost_s: float
    problem: str


def feed(folder: Path, video: bool) -> None:
    """The child: poses in real time until somebody kills it."""
    tape = Tape(folder, Facts("left", 0, None, "kill"), save_recording, lambda path: VideoWriter(path, KEY_FRAME_S))
    image = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    number, begun_s = 0, float("-inf")
    while True:
        t_s = time.monotonic()
        if t_s - begun_s >= SEGMENT_S:
            number, begun_s = number + 1, t_s
            tape.begin(f"20261121-120000-{number:04d}", video=video)
        pose = Pose(t_s, np.full((17, 2), t_s % 100, np.float32), np.ones(17, np.float32), 320, 240)
        tape.add(Frame(t_s, image), pose)
        time.sleep(1 / FPS)


def child_of(kind: str, folder: Path) -> subprocess.Popen[bytes]:
    """The process to be killed."""
    if kind.startswith("real"):
        (folder.parent / "kiosk.toml").write_text(CONFIG)
        command = [sys.executable, "-m", "kiosk", "record", "--config", str(folder.parent / "kiosk.toml"), "--out", str(folder)]
    else:
        command = [sys.executable, __file__, "--feed", str(folder)]
    command += ["--video"] * kind.endswith("video")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed(kind: str, after_s: float) -> Found:
    """Kill a child this long after its first file, recover, and look."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "recordings")
        folder.mkdir()
        child = child_of(kind, folder)
        began_s = time.monotonic()
        while not any(folder.iterdir()) and time.monotonic() - began_s < 120 and child.poll() is None:
            time.sleep(0.005)
        time.sleep(after_s)
        alive = child.poll() is None
        killed_s = time.monotonic()
        child.send_signal(signal.SIGKILL)
        child.wait()
        if not alive:
            return Found(kind, 0, np.nan, np.nan, f"the child ended by itself with code {child.returncode}")
        return looked_at(kind, folder, killed_s)


def looked_at(kind: str, folder: Path, killed_s: float) -> Found:
    """Every file must open; the last pose and the last picture tell what was lost."""
    recover(folder, save_recording)
    files = sorted(folder.iterdir())
    last_s, video_last_s, first_s = -np.inf, -np.inf, np.inf
    try:
        for path in files:
            if path.suffix == ".npz":
                t_s = load(path).series.t_s
                first_s, last_s = min(first_s, t_s[0]), max(last_s, t_s[-1])
                if path.with_suffix(".mp4") in files:
                    with av.open(str(path.with_suffix(".mp4"))) as video:
                        video_last_s = max(video_last_s, t_s[0] + max(float(f.pts * f.time_base) for f in video.decode(video=0)))
            elif path.suffix != ".mp4":
                return Found(kind, len(files), np.nan, np.nan, f"{path.name} is left")
    except (OSError, ValueError) as error:
        return Found(kind, len(files), np.nan, np.nan, str(error))
    begun_s = first_s if np.isfinite(first_s) else killed_s
    lost_s = killed_s - (last_s if np.isfinite(last_s) else begun_s)
    film_lost_s = killed_s - (video_last_s if np.isfinite(video_last_s) else begun_s) if kind.endswith("video") else np.nan
    return Found(kind, len(files), lost_s, film_lost_s, "")


def main() -> int:
    """Run all moments and say what was found; 1 when anything is not as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--real", type=int, default=10, help="how many of them kill `kiosk record` itself")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=4, help="children at one time; they mostly wait")
    parser.add_argument("--feed", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--video", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.feed is not None:
        feed(given.feed, given.video)
    dice = random.Random(given.seed)
    kinds = [
        ("real" if i < given.real else "tape") + (" video" if i % (2 if i < given.real else 5) == 0 else "") for i in range(given.moments)
    ]
    moments_s = [dice.uniform(0, 7) if kind.startswith("real") else dice.uniform(0, 2.5) for kind in kinds]
    found: list[Found] = []
    with ThreadPoolExecutor(given.at_once) as pool:
        for one in pool.map(killed, kinds, moments_s):
            found.append(one)
            if one.problem or len(found) % 20 == 0:
                print(f"{len(found)} of {given.moments}: {one}", flush=True)
    for kind in sorted({f.kind for f in found}):
        of = [f for f in found if f.kind == kind]
        lost, film = np.array([f.lost_s for f in of]), np.array([f.video_lost_s for f in of])
        line = f"{kind}: {len(of)} kills, {sum(f.files for f in of)} files, lost "
        line += f"median {np.nanmedian(lost):.3f} s, most {np.nanmax(lost):.3f} s"
        print(line + (f"; video median {np.nanmedian(film):.3f} s, most {np.nanmax(film):.3f} s" if kind.endswith("video") else ""))
    bad = [f for f in found if f.problem or not f.lost_s <= MOST_LOST_S or f.video_lost_s > MOST_LOST_S]
    print(f"{len(found)} kills, {len(bad)} not as promised", *bad, sep="\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
