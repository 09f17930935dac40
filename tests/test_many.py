"""Batches: which files, the journal, dying processes, interruptions, and the same numbers as one file at a time."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kiosk.batch import Request
from kiosk.cli import Failed, one_line
from kiosk.cli.batch import run_batch
from kiosk.config import Config
from kiosk.many.inputs import find_files
from kiosk.many.ledger import Ledger, Means, Stamp
from kiosk.report.annotate import MARK
from test_cli import film, first_frames, kiosk, sentence

MEANS = Means("1", "aa", {"view": "auto", "raw": False})
STAMP = Stamp("/a\udcff\n.npz", 5, 77)


@pytest.fixture
def folder(tmp_path: Path, data: Path) -> Path:
    """Three good recordings and a damaged one."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.npz", "b b.npz", "c.npz"):
        shutil.copy(data / "p04_side_left_low_arms.npz", folder / name)
    (folder / "damaged.npz").write_bytes(b"PK\x03\x04 no")
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def names(path: Path) -> list[str]:
    """Inputs of a table in its order, each once a block of lines."""
    found = [row["input"] for row in rows(path)]
    return [name for k, name in enumerate(found) if k == 0 or found[k - 1] != name]


def run(*inputs: Path, **more: Any) -> None:
    run_batch(inputs, Config(), Request(), more.pop("jobs", 2), more.pop("csv", None), more.pop("json", None), **more)


def test_a_folder_is_searched_for_recordings_and_videos(tmp_path: Path) -> None:
    """By ending, below the folder, sorted, each once; hidden, unfinished and other files are left out, loops of links end."""
    for name in ("b.npz", "A.MP4", "sub/c.mov", ".hidden.npz", ".old/d.npz", "x.npz.part", "x.csv.journal", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    (tmp_path / "same.npz").symlink_to(tmp_path / "b.npz")
    (tmp_path / "gone.npz").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "copy.mp4").write_bytes(b"\0ftyp" + MARK.encode())

    found = find_files([tmp_path, tmp_path / "sub", tmp_path / "b.npz", tmp_path / "notes.txt"])

    assert [str(p.relative_to(tmp_path)) for p in found.files] == ["A.MP4", "b.npz", "gone.npz", "notes.txt", "sub/c.mov"]


def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are still found."""
    (tmp_path / "closed").mkdir()
    (tmp_path / "a.npz").touch()
    whole = Path.iterdir

    def guarded(path: Path) -> Any:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path)

    monkeypatch.setattr(Path, "iterdir", guarded)
    found = find_files([tmp_path])
    assert [p.name for p in found.files] == ["a.npz"]
    assert [(p.name, "Permission denied" in why) for p, why in found.unreadable] == [("closed", True)]


def test_an_annotated_copy_is_left_out(tmp_path: Path, data: Path) -> None:
    """What --annotate wrote into the folder is no input of the next batch."""
    clip = film(tmp_path / "clip.mp4", first_frames(20))
    assert kiosk("analyze", clip, "--view", "right", "--model", "lightning", "--annotate", tmp_path / "out.mp4").returncode == 0
    assert find_files([tmp_path]).files == (clip,)


def test_the_journal_gives_back_what_was_added(tmp_path: Path) -> None:
    """Also for a name that is no UTF-8, and in the next run."""
    ledger = Ledger(tmp_path / "j", MEANS)
    ledger.add(STAMP, {"x": 1.25, "text": "ü"})
    assert ledger[STAMP] == {"x": 1.25, "text": "ü"}
    ledger.close()
    again = Ledger(tmp_path / "j", MEANS)
    assert (len(again), again[STAMP], again.other) == (1, {"x": 1.25, "text": "ü"}, ())
    assert Stamp(STAMP.path, 5, 78) not in again
    again.close()


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_cut_last_line_is_ignored(tmp_path: Path, cut: int) -> None:
    """What was written before it counts, and what is written after it too."""
    path = tmp_path / "j"
    ledger = Ledger(path, MEANS)
    ledger.add(STAMP, {"x": 1})
    ledger.add(Stamp("/b", 1, 1), {"x": 2})
    ledger.close()
    path.write_bytes(path.read_bytes()[:-cut])
    ledger = Ledger(path, MEANS)
    assert len(ledger) == 1
    ledger.add(Stamp("/c", 1, 1), {"x": 3})
    ledger.close()
    ledger = Ledger(path, MEANS)
    assert [ledger[s]["x"] for s in (STAMP, Stamp("/c", 1, 1))] == [1, 3]
    ledger.close()


def test_other_options_start_anew_and_destroy_nothing(tmp_path: Path) -> None:
    """The journal says what is different; with the first options again, the first results are there."""
    other = Means("1", "bb", {"view": "left", "raw": False})
    first = Ledger(tmp_path / "j", MEANS)
    first.add(STAMP, {"x": 1})
    first.close()
    second = Ledger(tmp_path / "j", other)
    assert (len(second), second.other) == (0, ("model", "view"))
    second.add(STAMP, {"x": 2})
    second.close()
    third = Ledger(tmp_path / "j", MEANS)
    assert third[STAMP] == {"x": 1}
    third.close()


def test_one_batch_at_a_time(tmp_path: Path) -> None:
    """A second one on the same output is told so; a file that is no journal is left alone."""
    first = Ledger(tmp_path / "j", MEANS)
    with pytest.raises(Failed, match="another kiosk analyze"):
        Ledger(tmp_path / "j", MEANS)
    first.close()
    (tmp_path / "mine").write_text("my notes\n")
    with pytest.raises(Failed, match="no journal"):
        Ledger(tmp_path / "mine", MEANS)
    assert (tmp_path / "mine").read_text() == "my notes\n"


def test_a_folder_gives_the_numbers_of_its_files(folder: Path, tmp_path: Path) -> None:
    """With one process and with two: the lines of the table are those of one file at a time, and a damaged file is one line."""
    clip = film(folder / "short.mp4", first_frames(75))
    for name in ("a.npz", "c.npz"):
        (folder / name).unlink()
    common = ("--model", "lightning", "--view", "auto", "--speed-kmh", 10)
    for jobs in (1, 2):
        done = kiosk("analyze", folder, *common, "--csv", tmp_path / f"{jobs}.csv", "--json", tmp_path / "o.json", "--jobs", jobs)
        sentence(done, 1, "damaged.npz", "not a pose recording", "1 of 3 inputs")
    single = []
    for path in sorted(folder.iterdir()):
        if path.name != "damaged.npz":
            assert kiosk("analyze", path, *common, "--csv", tmp_path / "one.csv").returncode == 0
            single += rows(tmp_path / "one.csv")
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    assert [row for row in rows(tmp_path / "1.csv") if not row["failure"]] == single
    assert [(r["input"], r["metric"]) for r in rows(tmp_path / "1.csv") if r["failure"]] == [("damaged.npz", "")]
    entries = json.loads((tmp_path / "o.json").read_text())
    assert [Path(e["input"]).name for e in entries] == ["b b.npz", "damaged.npz", clip.name]
    assert "not a pose recording" in entries[1]["failure"]


def test_the_same_command_measures_only_what_is_missing(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Failed and changed files are measured again, the others come from the journal; it goes when nothing is missing."""
    out, journal = tmp_path / "o.csv", tmp_path / "o.csv.journal"
    with pytest.raises(Failed, match="1 of 4 inputs"):
        run(folder, csv=out)
    assert journal.exists()
    shutil.copy(folder / "a.npz", folder / "damaged.npz")
    os.utime(folder / "c.npz", ns=(1, 1))
    run(folder, csv=out)
    assert "2 of 4 files are measured already" in capsys.readouterr().err
    assert names(out) == ["a.npz", "b b.npz", "c.npz", "damaged.npz"]
    assert not journal.exists()


def test_a_process_that_dies_takes_only_its_file(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed twice: a line with the reason. Killed once, e.g. for memory: measured. An error of ours: named."""
    for name in ("always.npz", "once.npz", "bug.npz"):
        shutil.copy(folder / "a.npz", folder / name)
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parent}:{os.environ.get('PYTHONPATH', '')}")
    with pytest.raises(Failed, match=r"3 of 7 inputs could not be measured: always.npz, bug.npz, damaged.npz"):
        run(folder, csv=tmp_path / "o.csv", work="dying_worker")
    failures = {row["input"]: row["failure"] for row in rows(tmp_path / "o.csv")}
    assert "killed (signal 9)" in failures["always.npz"]
    assert "IndexError: row 7" in failures["bug.npz"]
    assert [failures[name] for name in ("a.npz", "b b.npz", "c.npz", "once.npz")] == [""] * 4


def test_processes_that_cannot_start_end_the_batch(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, not one a file."""
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parent}:{os.environ.get('PYTHONPATH', '')}")
    with pytest.raises(Failed, match=r"No process .*no library"):
        run(folder, csv=tmp_path / "o.csv", work="unstarted_worker")


def started(folder: Path, out: Path) -> subprocess.Popen[str]:
    """A batch on its way, its first result in the journal."""
    command = [sys.executable, "-m", "kiosk", "analyze", str(folder), "--csv", str(out), "--jobs", "1"]
    batch = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    journal = out.with_name(out.name + ".journal")
    wait_for(lambda: journal.exists() and journal.read_bytes().count(b"\n") > 1)
    return batch


def wait_for(true: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 30
    while not true():
        assert time.monotonic() < until_s
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """False for a process that is gone or waits to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_batch_goes_on(folder: Path, tmp_path: Path, how: signal.Signals) -> None:
    """It ends within two seconds with all its processes, says how to go on, and the same command completes the table."""
    for k in range(12):
        shutil.copy(folder / "a.npz", folder / f"more{k}.npz")
    (folder / "damaged.npz").unlink()
    out = tmp_path / "o.csv"
    batch = started(folder, out)
    workers = children(batch.pid)
    os.killpg(batch.pid, how)  # as the terminal does on Ctrl-C
    _, said = batch.communicate(timeout=2)
    assert not out.exists()
    if how is not signal.SIGKILL:
        assert batch.returncode == 1
        assert "of 15 files are done" in said
        assert "same command again" in said
        assert "Traceback" not in said
    wait_for(lambda: not any(map(alive, workers)))
    done = kiosk("analyze", folder, "--csv", out)
    assert done.returncode == 0, done.stderr
    assert "Going on" in done.stderr
    assert len(names(out)) == 15


def test_odd_names_and_no_outputs(folder: Path) -> None:
    """One line a file on the terminal, whatever its name; bytes that are no UTF-8 and line breaks are escaped."""
    odd = os.fsdecode(b"\xff\nx.npz")
    shutil.copy(folder / "a.npz", folder / odd)
    done = kiosk("analyze", folder)
    sentence(done, 1, "--csv")
    assert len(done.stdout.splitlines()) == 4
    assert "\\xff\\nx.npz: left view, 10.0 s" in done.stdout
    assert kiosk("analyze", folder / odd).returncode == 0
    assert one_line("a\n\x1b[2Jä \udcff") == "a\\n\\x1b[2Jä \\udcff"


def test_odd_names_that_cannot_be_measured_are_rows_too(tmp_path: Path) -> None:
    """A name that is no UTF-8 and a link to itself: one result each in both tables, with the reason, and no traceback."""
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / os.fsdecode(b"\xff.npz")).write_bytes(b"no recording")
    (inside / "loop.npz").symlink_to("loop.npz")
    out = tmp_path / "o.csv"
    done = kiosk("analyze", inside, "--csv", out, "--json", tmp_path / "o.json")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    found = {row["input"]: row["failure"] for row in rows(out)}
    assert set(found) == {"loop.npz", "\\xff.npz"}
    assert "not a pose recording" in found["\\xff.npz"]
    assert [Path(one["input"]).name for one in json.loads((tmp_path / "o.json").read_text())] == ["loop.npz", "\\xff.npz"]


def test_an_output_that_is_a_link_to_itself_is_a_sentence(tmp_path: Path) -> None:
    """For one file and for many."""
    (tmp_path / "o.csv").symlink_to("o.csv")
    (tmp_path / "a.npz").write_bytes(b"no recording")
    for inputs in ((tmp_path,), (tmp_path / "a.npz",)):
        sentence(kiosk("analyze", *inputs, "--csv", tmp_path / "o.csv"), 1, "leads to itself")


def test_outputs_that_cannot_be(folder: Path, tmp_path: Path) -> None:
    """Said before any work: an empty folder, a folder as the output, the output an input, one report of many files."""
    empty = tmp_path / "empty"
    empty.mkdir()
    sentence(kiosk("analyze", empty), 1, str(empty), "no pose recording")
    sentence(kiosk("analyze", folder, "--csv", tmp_path), 2, "is a folder")
    sentence(kiosk("analyze", folder, "--csv", folder / "a.npz"), 2, "is an input")
    sentence(kiosk("analyze", folder, "--report", "o.pdf"), 2, "--report needs exactly one")
    sentence(kiosk("analyze", folder / "a.npz", "--report", "o.doc"), 2, ".pdf or .html")
    sentence(kiosk("analyze", folder, "--jobs", 0), 2, "--jobs")


def test_a_table_for_a_pipe_and_a_full_disk(folder: Path) -> None:
    """/dev/stdout takes the table as it is; a disk that takes nothing is a sentence."""
    (folder / "damaged.npz").unlink()
    done = kiosk("analyze", folder, "--csv", "/dev/stdout")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("input,view,metric")
    sentence(kiosk("analyze", folder, "--csv", "/dev/full"), 1, "free space")
    assert not list(Path("/dev").glob("*.journal"))


def test_a_pipe_is_no_input(tmp_path: Path) -> None:
    """Named itself, it is refused rather than waited for."""
    os.mkfifo(tmp_path / "x.npz")
    sentence(kiosk("analyze", tmp_path / "x.npz", timeout=20), 1, "is not a file")


def test_a_file_that_grows_is_not_measured_half(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written to while it is measured fails with the reason; what came meanwhile is counted."""
    from kiosk import many

    first = many.stamp_of

    def other(path: Path) -> Stamp:
        now = first(path)
        return Stamp(now.path, now.size + 1, now.mtime_ns) if path.name == "a.npz" else now

    monkeypatch.setattr(many, "stamp_of", other)
    with pytest.raises(Failed, match=r"2 of 4 .* a.npz, damaged.npz"):
        run(folder, csv=tmp_path / "o.csv")
    assert "changed while it was measured" in {r["input"]: r["failure"] for r in rows(tmp_path / "o.csv")}["a.npz"]


def test_a_broken_network_ends_the_batch_at_once(tmp_path: Path) -> None:
    """One sentence about the model, not one a video."""
    model = tmp_path / "m.tflite"
    model.write_bytes(b"TFL3 no" * 500)
    film(tmp_path / "a.mp4", [np.zeros((64, 64, 3), np.uint8)] * 5)
    sentence(kiosk("analyze", tmp_path, "--model", model), 1, "m.tflite", "cannot load")
