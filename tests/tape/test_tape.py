"""The tape: never waits, never raises, keeps what the disk takes; and what is made of the rest of a crash."""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from tape_poses import picture, poses, same

from kiosk.domain import PoseSeries
from kiosk.pose.recording import load
from kiosk.recorder.segments import KEY_FRAME_S, save_recording
from kiosk.report.video import VideoWriter
from kiosk.tape import film as film_module
from kiosk.tape import segment as segment_module
from kiosk.tape import tape as tape_module
from kiosk.tape.film import mend
from kiosk.tape.journal import Facts, Journal
from kiosk.tape.recover import recover
from kiosk.tape.tape import Tape

FACTS = Facts("left", 0.0, None, "treadside test")


def until(done: Callable[[], bool], seconds: float = 10.0) -> bool:
    """True as soon as it is so."""
    end_s = time.monotonic() + seconds
    while not done() and time.monotonic() < end_s:
        time.sleep(0.01)
    return done()


def make_tape(folder: Path, save: Callable[[Path, PoseSeries, Facts], None] = save_recording) -> Tape:
    return Tape(folder, FACTS, save, lambda path: VideoWriter(path, KEY_FRAME_S))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_two_recordings_one_after_the_other(tmp_path: Path) -> None:
    """Each becomes a file of its own, in a folder that was not there; nothing else stays."""
    folder, made, tape = tmp_path / "new", [poses(1), poses(1, start_s=5)], make_tape(tmp_path / "new")
    tape.begin("a")
    for pose in made[0]:
        tape.add(picture(pose.t_s), pose)
    tape.begin("b", view="rear")
    for pose in made[1]:
        tape.add(picture(pose.t_s), pose)
    taped = tape.end()
    tape.close()
    assert (taped.name, taped.recording, taped.problem, taped.poses) == ("b", folder / "b.npz", "", 30)
    assert names(folder) == ["a.npz", "b.npz"]
    assert [load(folder / n).view for n in names(folder)] == ["left", "rear"]
    assert all(same(load(folder / n).series, m) for n, m in zip(names(folder), made, strict=True))


def test_without_a_pose_there_is_no_file(tmp_path: Path) -> None:
    """Begin and end alone leave nothing, and between two recordings nothing is kept."""
    tape = make_tape(tmp_path)
    tape.add(picture(0), poses(1)[0])
    tape.begin("a", video=True)
    taped = tape.end()
    tape.close()
    assert (taped.recording, taped.video, taped.problem, names(tmp_path)) == (None, None, "", [])


def test_a_recording_that_is_not_to_be_kept_leaves_nothing(tmp_path: Path) -> None:
    """Neither journal nor video."""
    tape = make_tape(tmp_path)
    tape.begin("a", video=True)
    for pose in poses(1):
        tape.add(picture(pose.t_s), pose)
    tape.finish(keep=False)
    tape.close()
    assert names(tmp_path) == []


def test_the_roll_that_is_found_at_the_end_is_stored(tmp_path: Path) -> None:
    """In place of the one that was known at the beginning."""
    tape = make_tape(tmp_path)
    tape.begin("a")
    tape.add(picture(0), poses(1)[0])
    tape.end(level=lambda: (3.0, 0.5))
    tape.close()
    back = load(tmp_path / "a.npz")
    assert (back.roll_deg, back.roll_sd_deg) == (3.0, 0.5)


def test_the_video_has_the_pictures_at_their_times(tmp_path: Path) -> None:
    """With a key frame each second."""
    tape = make_tape(tmp_path)
    tape.begin("a", video=True)
    for pose in poses(3):
        tape.add(picture(pose.t_s), pose)
    taped = tape.end()
    tape.close()
    with av.open(str(taped.video)) as video:
        frames = [(float(f.pts * f.time_base), f.key_frame) for f in video.decode(video=0)]
    assert [t for t, key in frames if key] == pytest.approx([0, 1, 2], abs=0.05)
    assert (len(frames), frames[-1][0], taped.lost_pictures) == (90, pytest.approx(89 / 30, abs=0.001), 0)


def test_poses_reach_the_disk_at_least_twice_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For 1.2 s of running and for the 0.6 s after the last pose: a cut of power loses less than a second."""
    synced: list[float] = []
    sync = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: (synced.append(time.monotonic()), sync(file))[1])
    tape = make_tape(tmp_path)
    tape.begin("a")
    begin_s = time.monotonic()
    for pose in poses(1.2, fps=20):
        tape.add(picture(pose.t_s), pose)
        time.sleep(0.05)
    time.sleep(0.6)
    gaps_s = [b - a for a, b in zip([begin_s, *synced], [*synced, time.monotonic()], strict=True)]
    tape.close()
    assert max(gaps_s) < 0.8  # 0.4 + 0.1 asked for; the rest for a busy machine


def test_a_disk_that_refuses_is_said_and_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it refuses nothing raises and nothing waits; when it takes again, nothing is missing."""
    monkeypatch.setattr(tape_module, "RETRY_S", 0.05)
    write, refusing, made = os.pwrite, [True], poses(1)

    def maybe(file: int, data: bytes, at: int) -> int:
        if refusing[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data, at)

    monkeypatch.setattr(os, "pwrite", maybe)
    tape = make_tape(tmp_path)
    tape.begin("a")
    began_s = time.monotonic()
    for pose in made:
        tape.add(picture(pose.t_s), pose)
    took_s = time.monotonic() - began_s
    assert until(lambda: bool(tape.problem))
    assert "No space left on device" in tape.problem
    refusing[0] = False
    taped = tape.end()
    tape.close()
    assert (took_s < 0.5, tape.problem, same(load(tmp_path / "a.npz").series, made), taped.lost_poses) == (True, "", True, 0)


def test_memory_is_bounded_while_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Poses beyond the queue are counted as lost."""
    monkeypatch.setattr(tape_module, "MOST_POSES", 10)
    monkeypatch.setattr(tape_module, "RETRY_S", 0.05)
    (tmp_path / "file").write_text("no folder")
    tape = make_tape(tmp_path / "file" / "below")
    tape.begin("a")
    assert until(lambda: tape._jobs.qsize() == 0)
    for pose in poses(1):
        tape.add(picture(pose.t_s), pose)
    assert tape._jobs.qsize() <= 11
    taped = tape.end(0.3)
    tape.close(0.3)
    assert (taped.recording, "cannot be written" in taped.problem) == (None, True)


def test_a_recording_that_cannot_be_finished_waits_in_its_journal(tmp_path: Path) -> None:
    """Full at the last moment: the journal stays, and the next start makes the recording."""

    def full(path: Path, series: PoseSeries, facts: Facts) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    made, tape = poses(1), make_tape(tmp_path, full)
    tape.begin("a")
    for pose in made:
        tape.add(picture(pose.t_s), pose)
    taped = tape.end()
    tape.close()
    assert (taped.recording, "No space left" in taped.problem, names(tmp_path)) == (None, True, ["a.journal"])
    assert recover(tmp_path, save_recording) == (tmp_path / "a.npz",)
    assert (same(load(tmp_path / "a.npz").series, made), names(tmp_path)) == (True, ["a.npz"])


def test_a_video_that_the_disk_refuses_costs_no_pose(tmp_path: Path) -> None:
    """The recording goes on without it, and says so."""

    class Broken:
        def __init__(self, path: Path) -> None:
            pass

        def write(self, frame: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        sync = close = lambda self: None

    tape, made = Tape(tmp_path, FACTS, save_recording, Broken), poses(1)
    tape.begin("a", video=True)
    for pose in made:
        tape.add(picture(pose.t_s), pose)
    taped = tape.end()
    tape.close()
    assert (taped.video, "Input/output error" in taped.problem, taped.poses) == (None, True, 30)


def test_pictures_are_left_out_when_the_encoder_is_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not queued without end: `add` returns at once, and what was left out is counted and said."""
    monkeypatch.setattr(film_module, "MOST_BYTES", 5 * picture(0).image_bgr.nbytes)

    class Slow:
        def __init__(self, path: Path) -> None:
            path.touch()

        def write(self, frame: object) -> None:
            time.sleep(0.05)

        sync = close = lambda self: None

    tape = Tape(tmp_path, FACTS, save_recording, Slow)
    tape.begin("a", video=True)
    began_s = time.monotonic()
    for pose in poses(1):
        tape.add(picture(pose.t_s), pose)
    took_s = time.monotonic() - began_s
    taped = tape.end()
    tape.close()
    assert took_s < 0.5
    assert 15 <= taped.lost_pictures <= 26
    assert f"{taped.lost_pictures} pictures" in taped.problem


def test_a_cut_video_plays_up_to_its_last_whole_fragment(tmp_path: Path) -> None:
    """Cut at many places: after mending it decodes without an error and lacks less than 2 s; what has no picture yet is said."""
    writer, path = VideoWriter(tmp_path / "a.mp4", KEY_FRAME_S), tmp_path / "a.mp4"
    sizes = []
    for i in range(150):
        writer.write(picture(i / 30, 160, 120))
        sizes.append(path.stat().st_size)
    data = path.read_bytes()
    writer.close()
    for cut_at in (20, 35, 61, 100, 149):
        for cut in (sizes[cut_at], sizes[cut_at] - 7):
            path.write_bytes(data[:cut])
            playable = mend(path)
            lasts_s = 0.0
            if playable:
                with av.open(str(path)) as video:
                    lasts_s = max(float(f.pts * f.time_base) for f in video.decode(video=0))
            assert cut_at / 30 - lasts_s < 2.1


def test_a_fragment_without_its_pictures_is_cut_off(tmp_path: Path) -> None:
    """Cut exactly between the head of the last fragment and its pictures: the video ends where the one before ended."""
    writer, path = VideoWriter(tmp_path / "a.mp4", KEY_FRAME_S), tmp_path / "a.mp4"
    for i in range(80):
        writer.write(picture(i / 30, 160, 120))
    data = path.read_bytes()
    writer.close()
    last = data.rindex(b"moof") - 4
    path.write_bytes(data[: last + int.from_bytes(data[last : last + 4], "big")])
    assert (mend(path), path.read_bytes()) == (True, data[:last])


def test_what_a_crash_left_is_recovered(tmp_path: Path) -> None:
    """A journal becomes a recording, an empty one goes, a broken one is kept aside, halves go; other people's files stay."""
    made, told = poses(1), list[str]()
    for name, content in (("a", made), ("b", [])):
        journal = Journal(tmp_path / f"{name}.journal", FACTS, 640, 480)
        for pose in content:
            journal.add(pose)
        journal.close()
    (tmp_path / "c.journal").write_bytes(b"")
    (tmp_path / "d.journal").write_bytes(b"rubbish\nand more")
    (tmp_path / "e.npz.part").write_bytes(b"half")
    (tmp_path / "a.mp4").write_bytes(b"\0\0")
    (tmp_path / "holiday.mp4").write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x0cmdatabcd")
    assert recover(tmp_path, save_recording, told.append) == (tmp_path / "a.npz",)
    assert names(tmp_path) == ["a.npz", "d.journal.damaged", "holiday.mp4"]
    assert same(load(tmp_path / "a.npz").series, made)
    assert [line.split(":")[0] for line in told if "recovered" in line] == ["a.npz"]


def test_a_recovered_recording_replaces_nobodys_file(tmp_path: Path) -> None:
    """An older file of this name is not the journal's: the recording takes a number."""
    (tmp_path / "a.npz").write_bytes(b"somebody's")
    os.utime(tmp_path / "a.npz", (1, 1))
    journal = Journal(tmp_path / "a.journal", FACTS, 640, 480)
    for pose in poses(1):
        journal.add(pose)
    journal.close()
    assert recover(tmp_path, save_recording) == (tmp_path / "a-2.npz",)
    assert (tmp_path / "a.npz").read_bytes() == b"somebody's"
    assert same(load(tmp_path / "a-2.npz").series, poses(1))


def test_a_journal_in_use_is_left_alone(tmp_path: Path) -> None:
    """Two recorders in one folder do not take each other's files."""
    journal = Journal(tmp_path / "a.journal", FACTS, 640, 480)
    journal.add(poses(1)[0])
    assert (recover(tmp_path, save_recording), names(tmp_path)) == ((), ["a.journal"])
    journal.close()


def test_a_finished_recording_is_not_made_again_from_its_journal(tmp_path: Path) -> None:
    """Cut between the recording and the removal of its journal: the recording, which knows the roll, stays."""
    tape = Tape(tmp_path, FACTS, save_recording)
    tape.begin("a")
    tape.add(picture(0), poses(1)[0])
    assert until(lambda: (tmp_path / "a.journal").exists() and (tmp_path / "a.journal").stat().st_size > 300)
    journal = (tmp_path / "a.journal").read_bytes()
    tape.end(level=lambda: (3.0, 0.5))
    tape.close()
    (tmp_path / "a.journal").write_bytes(journal)
    os.utime(tmp_path / "a.journal", (0, 0))
    recover(tmp_path, save_recording)
    assert (names(tmp_path), load(tmp_path / "a.npz").roll_deg) == (["a.npz"], 3.0)


def test_slow_finishing_does_not_hold_up_the_next_recording(tmp_path: Path) -> None:
    """While one is being made into a file, poses of the next reach their journal."""
    holding = [True]

    def slow(path: Path, series: PoseSeries, facts: Facts) -> None:
        until(lambda: not holding[0])
        save_recording(path, series, facts)

    tape = make_tape(tmp_path, slow)
    tape.begin("a")
    tape.add(picture(0), poses(1)[0])
    tape.begin("b")
    for pose in poses(1):
        tape.add(picture(pose.t_s), pose)
    seen = until(lambda: (tmp_path / "b.journal").exists() and (tmp_path / "b.journal").stat().st_size > 30 * 216)
    holding[0] = False
    tape.close()
    assert (seen, names(tmp_path)) == (True, ["a.npz", "b.npz"])


def test_constants_promise_what_the_words_say() -> None:
    """Journal on the disk and looked at within half a second."""
    assert segment_module.SYNC_S + tape_module.TICK_S <= 0.5
