"""Several files named one by one: reports in the order asked, whatever ends first; a process that dies; cores shared."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kiosk import batch, many
from kiosk.__main__ import main
from kiosk.batch import Request
from kiosk.camera import CameraError
from kiosk.cli import Failed, several
from kiosk.cli.several import FEW, InTurn, processes_for, run_several
from kiosk.config import Config, with_values
from kiosk.many import work
from kiosk.many.ledger import Ledger, Means
from kiosk.many.work import Answer, Order
from test_cli import film, first_frames

A, B, C = Path("a.mp4"), Path("b.mp4"), Path("c.mp4")


def test_reports_are_printed_in_the_order_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """A report waits for those before it; one that failed holds nobody up; asked twice is printed twice."""
    turn = InTurn((A, B, C, A))
    turn.show(C, Answer(lines=("report c",)))
    assert capsys.readouterr().out == ""
    turn.show(A, Answer(lines=("report a", "  more")))
    assert capsys.readouterr().out == "report a\n  more\n"
    turn.show(B, Answer(failure="b.mp4: no"))
    assert capsys.readouterr().out == "report c\nreport a\n  more\n"


def test_processes_are_started_where_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """For two videos or many recordings; a few recordings are done before a process has started."""
    monkeypatch.setattr(several, "cores", lambda: 4)
    recordings = [Path(f"{k}.npz") for k in range(FEW)]
    assert [processes_for(files) for files in ([A, B], [A, recordings[0]], recordings, [*recordings, Path("x.npz")])] == [4, 0, 0, 4]


class Listed:
    """In the place of the processes: remembers what they were given."""

    given: list[tuple[list[str], int, Order]]

    def __init__(self, order: Order, jobs: int, work: str) -> None:
        self._order, self._jobs = order, jobs

    def __enter__(self) -> "Listed":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, paths: list[Path], *_: Any) -> Iterator[tuple[Path, Answer]]:
        Listed.given.append(([path.name for path in paths], self._jobs, self._order))
        return iter(())


@pytest.mark.parametrize(("jobs", "threads", "alone"), [(1, 4, True), (2, 2, False), (3, 1, False), (4, 1, False), (9, 1, False)])
def test_the_biggest_come_first_and_processes_share_the_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int, threads: int, alone: bool
) -> None:
    """Four cores: processes times threads of the network are never more; more processes than files are none."""
    monkeypatch.setattr(many, "Pool", Listed)
    monkeypatch.setattr(many, "cores", lambda: 4)
    Listed.given = []
    files = [tmp_path / name for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4")]
    for path, size in zip(files, (10, 30, 20, 30), strict=True):
        path.write_bytes(bytes(size))
    batch, ledger = many.Batch(tuple(files)), Ledger(None, Means("1", "", {}))
    heard = many.Listener(lambda frames: None, lambda path, answer: None, lambda: False)
    many.measure(batch, Order(Config(), Request()), jobs, ledger, heard)
    ledger.close()
    ((names, _, order),) = Listed.given
    assert names == ["b.mp4", "d.mp4", "c.mp4", "a.mp4"]
    assert (order.threads, order.alone) == (threads, alone)


def test_processes_and_this_one_say_the_same(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of two recordings: reports, comparison, JSON and CSV, byte by byte."""
    files = [tmp_path / "b.npz", tmp_path / "a.npz"]
    for path in files:
        shutil.copy(data / "p04_side_left_low_arms.npz", path)
    seen = []
    for processes in (0, 2):
        monkeypatch.setattr(several, "processes_for", lambda paths, n=processes: n)
        run_several(files, Config(), Request(), tmp_path / f"{processes}.csv", tmp_path / f"{processes}.json")
        out = capsys.readouterr().out
        seen.append((out, *((tmp_path / f"{processes}.{kind}").read_bytes() for kind in ("csv", "json"))))
    assert seen[0] == seen[1]
    out, _, text = seen[0]
    assert out.index("b.npz: 300 frames") < out.index("a.npz: 300 frames") < out.index("a.npz", out.index("a.npz: 300") + 5)
    first, second = json.loads(text)
    assert (Path(first["input"]).name, "change" in first) == ("b.npz", False)
    assert second["change"]["from"] == "b.npz"


def test_a_process_that_dies_is_a_sentence_and_the_others_are_reported(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed as when the memory is full: its file is named with the reason, the others come in the order asked."""
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parent}:{os.environ.get('PYTHONPATH', '')}")
    dies = film(tmp_path / "always.mp4", first_frames(6))
    clip = film(tmp_path / "clip.mp4", first_frames(6))
    good = tmp_path / "good.npz"
    shutil.copy(data / "p04_side_left_low_arms.npz", good)
    config = with_values(Config(), "pose", model="lightning")
    with pytest.raises(Failed, match=r"1 of 3 inputs could not be measured: always\.mp4\."):
        run_several((clip, dies, good), config, Request(), None, tmp_path / "o.json", work="dying_worker")
    said = capsys.readouterr()
    assert "always.mp4: its process was killed (signal 9), most often because the memory is full" in said.err
    assert said.out.index("clip.mp4: 6 frames") < said.out.index("good.npz: 300 frames")
    assert [Path(one["input"]).name for one in json.loads((tmp_path / "o.json").read_text())] == ["clip.mp4", "good.npz"]


def test_memory_does_not_keep_the_poses_of_many(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: Path) -> None:
    """Poses come along only where two are compared; results go to the disk at once."""
    orders: list[Order] = []

    def here(paths: list[Path], order: Order, tell: object) -> Iterator[tuple[Path, Answer]]:
        orders.append(order)
        return iter((path, Answer(failure="no")) for path in paths)

    monkeypatch.setattr(many, "here", here)
    for count in (2, 3):
        files = [tmp_path / f"{k}.npz" for k in range(count)]
        with pytest.raises(Failed):
            run_several(files, Config(), Request(), None, None)
    assert [order.bout for order in orders] == [True, False]


@pytest.mark.parametrize(("toml", "threads"), [("", 4), ('[pose]\nmodel = "thunder"\n', 4), ("[pose]\nthreads = 3\n", 3)])
@pytest.mark.parametrize("model", [[], ["--model", "lightning"]])
def test_a_single_video_has_the_network_on_all_cores(
    model: list[str], toml: str, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of four, whichever network is asked for and wherever; the settings' own number goes before."""
    asked: list[int] = []

    def read_poses(path: Path, config: Config, progress: object) -> object:
        asked.append(config.pose.threads)
        raise CameraError("enough")

    monkeypatch.setattr(batch, "read_poses", read_poses)
    monkeypatch.setattr(many, "cores", lambda: 4)
    settings = tmp_path / "kiosk.toml"
    settings.write_text(toml)
    CliRunner().invoke(main, ["analyze", "a.mp4", "--config", str(settings), *model])
    assert asked == [threads]


@pytest.mark.parametrize(("before", "after"), [("0", "500"), ("800", "800")])
def test_a_process_of_a_batch_dies_before_others(before: str, after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never later than it would have; where that may not be written it measures all the same."""
    score = tmp_path / "oom_score_adj"
    score.write_text(f"{before}\n")
    monkeypatch.setattr(work, "OOM_SCORE", score)
    work._die_first()
    assert score.read_text() == f"{after}\n"
    monkeypatch.setattr(work, "OOM_SCORE", tmp_path)  # a folder: neither read nor written
    work._die_first()


COUNTING = """
import re, sys
from pathlib import Path
import cv2
from kiosk.batch import Request
from kiosk.config import Config
from kiosk.many.work import Order, measured
cv2.setNumThreads(1)  # as main does
seen = set()
threads = lambda: re.search("Threads:(.*)", Path("/proc/self/status").read_text())[1].strip()
answer = measured(Path(sys.argv[1]), Order(Config(), Request()), lambda frames: seen.add(threads()))
print(answer.result["frames"], *seen)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells how many threads there are")
def test_a_process_of_a_batch_has_one_thread(tmp_path: Path) -> None:
    """Network, FFmpeg, OpenCV, OpenBLAS and our own together: so as many processes as cores do not disturb one another."""
    clip = film(tmp_path / "a.mp4", first_frames(6))
    known = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as the command line sets it for itself and for those it starts
    run = subprocess.run([sys.executable, "-c", COUNTING, str(clip)], capture_output=True, text=True, timeout=60, env=known, check=False)
    assert run.stdout.split() == ["6", "1"], run.stderr
