"""The kiosk on aarch64: Debian Bookworm and Trixie roots, their processor emulated. One command, as root on Debian, amd64:

    python tests/arm64.py [bookworm] [trixie] [--keep FOLDER] [--seconds 20] [--without tests,clip]

In each root: the wheels of locks/ for aarch64 and the project's own wheel, installed by this machine's pip, as pip itself takes
minutes in the emulator; then, by the root's own Python on an emulated Cortex-A72 (Pi 4, Bookworm) or Cortex-A76 (Pi 5, Trixie):

    network      both shipped networks load, pass their self-test and answer a stored picture and noise as here
    recordings   `kiosk analyze` of stored poses: every number as here
    tests        the unit tests that hold at such a speed; arm64_tests.py names them, and the others with the reason
    clip         `kiosk analyze` of the bundled clip: every metric as here, within what another processor may differ

Exit code 1 when a number differs or a test fails. The times are the emulator's and say nothing about a Raspberry Pi.
$BOOKWORM_TAR and $TRIXIE_TAR name roots to unpack, else /var/tmp/roots/SUITE-arm64.tar, else mmdebstrap makes them. The emulator is
that of Debian Trixie (qemu 10), fetched by apt and not installed. Needs Linux 6.7 or newer.
"""

import argparse
import json
import math
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np

from arm64_tests import ALL_TESTS, TESTS
from kiosk.data import DEMO_CLIP
from roots import NICE, SITE, TREE, CheckError, Target, inside, make_root, need, put_wheels, said, static_qemu

ANSWERS_OFF = 1e-5
"""Of the network's coordinates and scores on the same input. The network counts in whole numbers, alike everywhere; its last layer
is floating point, whose last digit depends on the width of the processor's registers (seen: 1.6e-6)."""
RECORDING_OFF = 1e-3
"""Relative, of numbers that are written with four digits: the same poses, another numpy and another order of sums."""
CLIP_OFF_SPREADS = 1.0
"""Of a clip's metric, in units of its spread between strides. ffmpeg turns the clip's colours into blue, green, red with other
instructions on each processor (seen: three quarters of the bytes differ, by at most 3 of 255), and the network, which counts in
whole numbers, turns that into pixels. Our choice: what stays within the spread of a runner's own strides is the same answer."""
EVENTS_OFF_S = 0.02
"""Largest difference between contacts and toe offs of the clip, in the middle of all (our choice: most of a frame at 30 a second)."""

NOT_GOOD = "pytest ended with exit code"
"""What the root's shell adds when tests failed, or when Python itself fell over."""
RECORDINGS = ("p04_side_left_low_arms.npz", "p07_front_crossover.npz")


@dataclass(frozen=True)
class Suite:
    """A kind of Raspberry Pi: the Debian that its system is made of, and its processor."""

    name: str
    python: str
    cpu: str


SUITES = (Suite("bookworm", "3.11", "cortex-a72"), Suite("trixie", "3.13", "cortex-a76"))


@dataclass
class Told:
    """What a step found in a suite."""

    suite: str
    step: str
    good: bool
    finding: str
    seconds: float
    details: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Room:
    """A root with its emulator."""

    suite: Suite
    root: Path
    emulator: Path

    def run(self, argv: list[str], tree: bool = False) -> str:
        """What a command in the root wrote; it starts in /srv, or in the project's files with those on Python's path."""
        env = {"QEMU_CPU": self.suite.cpu, "TF_CPP_MIN_LOG_LEVEL": "2", **({"PYTHONPATH": f"{TREE}:{SITE}"} if tree else {})}
        there = ["sh", "-ec", f'cd {TREE if tree else "/srv"}; exec "$@"', "there", *argv]
        return said(inside(self.root, there, env, self.emulator))

    def path(self, name: str) -> Path:
        """A file in the root's /srv."""
        return self.root / "srv" / name


# What the network answers, in the root and here: run as a script with the file to write.
NETWORK = """
import sys
import numpy as np
from kiosk.config import PoseConfig
from kiosk.pose.movenet import MODEL_FOLDER, MODELS, Network, self_test
with np.load(MODEL_FOLDER / "selftest.npz") as stored:
    picture = stored["rgb"]
answers = {}
for model in MODELS:
    network = Network(PoseConfig(model=model, threads=2))
    self_test(network)
    side = network.side_px
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    shown = np.ascontiguousarray(np.resize(picture, (max(side, len(picture)),) + picture.shape[1:])[:side, :side])
    answers[model + " picture"], answers[model + " noise"] = network(shown).copy(), network(noise).copy()
np.savez(sys.argv[1], **answers)
"""


def network(room: Room, here: Path) -> Told:
    """Both networks on the same input, in the root and here."""
    room.run(["python3", "-c", NETWORK, "/srv/network.npz"])
    with np.load(room.path("network.npz")) as there, np.load(here / "network.npz") as ours:
        off = {name: float(np.abs(there[name] - ours[name]).max()) for name in ours}
    worst = max(off.values())
    finding = f"{len(off)} answers of both networks, at most {worst:.1e} of the picture apart (allowed {ANSWERS_OFF:g})"
    return Told(room.suite.name, "network", worst <= ANSWERS_OFF, finding, 0.0)


def recordings(room: Room, here: Path) -> Told:
    """The same poses, measured in the root and here."""
    worst, details, count = 0.0, [], 0
    for name in RECORDINGS:
        out = f"{Path(name).stem}.json"
        room.run(["python3", "-m", "kiosk", "analyze", f"{TREE}/tests/data/{name}", "--json", f"/srv/{out}"])
        there, ours = _numbers(json.loads(room.path(out).read_text())), _numbers(json.loads((here / out).read_text()))
        details += [f"{name}: {path} only on one side" for path in there.keys() ^ ours.keys()]
        for path in there.keys() & ours.keys():
            off = abs(there[path] - ours[path]) / max(1.0, abs(ours[path]))
            worst, count = max(worst, off), count + 1
            if off > RECORDING_OFF:
                details.append(f"{name}: {path} {ours[path]:g} here, {there[path]:g} there")
    finding = f"{count} numbers of {len(RECORDINGS)} recordings, at most {worst:.1e} apart (allowed {RECORDING_OFF:g})"
    return Told(room.suite.name, "recordings", not details, finding, 0.0, details)


def clip(room: Room, here: Path) -> Told:
    """The bundled clip from its pixels to its metrics, in the root and here."""
    shutil.copy(here / "clip.mp4", room.path("clip.mp4"))
    room.run(
        ["python3", "-m", "kiosk", "analyze", "/srv/clip.mp4", "--model", "lightning", "--height-cm", "179", "--json", "/srv/clip.json"]
    )
    there, ours = (json.loads(path.read_text()) for path in (room.path("clip.json"), here / "clip.json"))
    rows, bad = [], 0
    for name, ours_value in ours["metrics"].items():
        a, b, spread = ours_value["value"], there["metrics"][name]["value"], ours_value["spread"]
        if a is None and b is None:
            continue
        same = a is not None and b is not None and abs(a - b) <= CLIP_OFF_SPREADS * (spread or 0.0)
        bad += not same
        rows.append(f"{name:24} {_cell(a)} here, {_cell(b)} there, spread {_cell(spread)}{'' if same else '   DIFFERS'}")
    off_s, kinds = _events_off(ours["events"], there["events"])
    good = bad == 0 and kinds and off_s <= EVENTS_OFF_S
    cadence = [_cell(one["metrics"]["cadence_spm"]["value"]) for one in (ours, there)]
    finding = (
        f"{ours['frames']} pictures, {len(rows)} metrics, {bad} beyond {CLIP_OFF_SPREADS:g} spread; cadence {cadence[0]} here,"
        f" {cadence[1]} there; {len(there['events'])} events, median {1e3 * off_s:.1f} ms apart (allowed {1e3 * EVENTS_OFF_S:g})"
    )
    return Told(room.suite.name, "clip", good, finding, 0.0, rows)


def tests(room: Room, here: Path) -> Told:
    """The unit tests, in the root; of those that fail all that pytest says, as another run takes a quarter of an hour."""
    files = [f"tests/{name}" for name in dict.fromkeys(json.loads((here / "tests.json").read_text()))]
    pytest = ["python3", "-m", "pytest", "-p", "no:cacheprovider", "--tb=short", "--durations=5", *files]
    told = room.run(["sh", "-c", f'"$@" 2>&1 || echo "{NOT_GOOD} $?"', "tests", *pytest], tree=True)
    lines = told.strip().splitlines()
    good = bool(lines) and not lines[-1].startswith(NOT_GOOD)
    closing = re.findall(r"^.*\b(?:passed|failed|error)\b.* in .*$", told, re.MULTILINE)
    finding = f"{closing[-1].strip('= ')} of {len(files)} files" if closing else "no answer of pytest"
    first = next((k for k, line in enumerate(lines) if re.match(r"=+ (FAILURES|ERRORS) =", line)), max(0, len(lines) - 60))
    return Told(room.suite.name, "tests", good, finding, 0.0, [] if good else lines[first:])


STEPS: tuple[Callable[[Room, Path], Told], ...] = (network, recordings, tests, clip)


def check(suite: Suite, keep: Path, emulator: Path, here: Path, without: tuple[str, ...]) -> Iterator[Told]:
    """All steps in one root, each told as soon as it is done."""
    began_s = time.monotonic()
    root = keep / f"{suite.name}-arm64"
    tar = Path(os.environ.get(f"{suite.name.upper()}_TAR", f"/var/tmp/roots/{suite.name}-arm64.tar"))
    made = make_root(root, suite.name, "arm64", tar, ("python3",))
    count = put_wheels(root, Target(suite.python, "aarch64"), ("station", "test"))
    room = Room(suite, root, emulator)
    version = room.run(["python3", "-c", "import platform; print(platform.machine(), platform.python_version())"]).strip()
    yield Told(suite.name, "root", True, f"{made}; {version}; {count} wheels", time.monotonic() - began_s)
    for step in STEPS:
        if step.__name__ not in without:
            began_s = time.monotonic()
            told = step(room, here)
            told.seconds = time.monotonic() - began_s
            yield told


def reference(here: Path, seconds: float) -> None:
    """The same work on this machine, and the clip's first seconds."""
    with av.open(str(DEMO_CLIP)) as whole, av.open(str(here / "clip.mp4"), "w") as part:
        stream = part.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.dts is not None and packet.pts * packet.time_base < seconds:
                packet.stream = stream
                part.mux(packet)
    kiosk = [*NICE, sys.executable, "-m", "kiosk", "analyze"]
    said([*NICE, sys.executable, "-c", NETWORK, str(here / "network.npz")])
    for name in RECORDINGS:
        said([*kiosk, str(Path(__file__).parent / "data" / name), "--json", str(here / f"{Path(name).stem}.json")])
    said([*kiosk, str(here / "clip.mp4"), "--model", "lightning", "--height-cm", "179", "--json", str(here / "clip.json")])


def _numbers(value: Any, path: str = "") -> dict[str, float]:
    """Every number of a JSON value, by its path."""
    if isinstance(value, dict):
        return {key: number for name, part in value.items() for key, number in _numbers(part, f"{path}.{name}").items()}
    if isinstance(value, list):
        return {key: number for i, part in enumerate(value) for key, number in _numbers(part, f"{path}[{i}]").items()}
    return {path: float(value)} if isinstance(value, int | float) and not isinstance(value, bool) else {}


def _events_off(ours: list[dict[str, Any]], there: list[dict[str, Any]]) -> tuple[float, bool]:
    """Median difference in seconds, and whether they are the same events in the same order."""
    kinds = [(e["side"], e["kind"]) for e in ours] == [(e["side"], e["kind"]) for e in there]
    if not kinds or not ours:
        return math.inf, False
    return float(np.median([abs(a["t_s"] - b["t_s"]) for a, b in zip(ours, there, strict=True)])), True


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def main() -> int:
    """0 when all is as here."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="bookworm, trixie; both without")
    parser.add_argument("--keep", type=Path, help="folder for roots, wheels and emulator, kept for the next time")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the clip (default: all of it)")
    parser.add_argument("--without", default="", help="steps to leave out, with commas between")
    parser.add_argument("--all-tests", action="store_true", help="also the unit tests that take hours")
    asked = parser.parse_args()
    if unknown := set(asked.suites) - {suite.name for suite in SUITES}:
        parser.error(f"no such suite: {', '.join(unknown)}")
    need("unshare", "setpriv", "chroot", "tar", "mmdebstrap", "apt-get", "dpkg-deb", NICE[0])
    wanted = [suite for suite in SUITES if not asked.suites or suite.name in asked.suites]
    with tempfile.TemporaryDirectory(prefix="treadside-arm64-", dir="/var/tmp") as made:
        keep, here = asked.keep or Path(made), Path(made) / "here"
        here.mkdir()
        (here / "tests.json").write_text(json.dumps(ALL_TESTS if asked.all_tests else TESTS))
        reference(here, asked.seconds)
        emulator = static_qemu(keep / "qemu")
        print(said([str(emulator), "--version"]).splitlines()[0], flush=True)
        without = tuple(filter(None, asked.without.split(",")))

        def one(suite: Suite) -> bool:
            found = True
            for told in check(suite, keep, emulator, here, without):
                show(told)
                found = found and told.good
            return found

        with ThreadPoolExecutor(len(wanted)) as pool:
            good = list(pool.map(one, wanted))
    print("all is as on this machine" if all(good) else "FAILED")
    return 0 if all(good) else 1


def show(told: Told) -> None:
    """A row of the table, and below it what was compared."""
    lines = [f"{told.suite:9} {told.step:11} {'ok' if told.good else 'WRONG':6} {told.seconds:7.0f} s   {told.finding}"]
    print("\n".join([*lines, *(f"    {line}" for line in told.details)]), flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CheckError as error:
        sys.exit(str(error))
