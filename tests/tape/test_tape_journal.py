"""The journal: cut or damaged anywhere, all whole records are read."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from tape_poses import poses, same

from kiosk.domain import Pose
from kiosk.tape.journal import RECORD, Facts, Journal, JournalError, is_locked, packed, read

FACTS = Facts("left", 1.5, 0.4, "treadside test")


def written(path: Path, recorded: list[Pose]) -> bytes:
    """The bytes of a journal of these poses."""
    journal = Journal(path, FACTS, 640, 480)
    for pose in recorded:
        journal.add(pose)
    journal.close()
    return path.read_bytes()


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    """Facts, size and all poses, missing points included."""
    recorded = poses(1)
    recorded[3] = Pose(recorded[3].t_s, np.full((17, 2), np.nan, np.float32), np.zeros(17, np.float32), 640, 480)
    written(tmp_path / "a.journal", recorded)
    facts, series = read(tmp_path / "a.journal")
    assert (facts, series.width, series.height, same(series, recorded)) == (FACTS, 640, 480, True)


def test_a_cut_at_every_byte_leaves_all_whole_records_before_it(tmp_path: Path) -> None:
    """The last three records, cut after each of their bytes."""
    recorded, path = poses(0.3), tmp_path / "a.journal"
    data = written(path, recorded)
    head = len(data) - len(recorded) * RECORD.itemsize
    for cut in range(len(data) - 3 * RECORD.itemsize, len(data) + 1):
        path.write_bytes(data[:cut])
        assert same(read(path)[1], recorded[: (cut - head) // RECORD.itemsize])


@pytest.mark.parametrize("tail", [b"\0" * 500, b"\xff" * 216, b"x"])
def test_a_damaged_tail_is_ignored(tmp_path: Path, tail: bytes) -> None:
    """Zeros that a cut of power leaves where a file had grown, and rubbish, are no poses."""
    recorded, path = poses(0.3), tmp_path / "a.journal"
    path.write_bytes(written(path, recorded) + tail)
    assert same(read(path)[1], recorded)


def test_a_damaged_record_in_the_middle_is_left_out(tmp_path: Path) -> None:
    """One flipped bit costs one pose."""
    recorded, path = poses(0.3), tmp_path / "a.journal"
    data = bytearray(written(path, recorded))
    data[-5 * RECORD.itemsize + 20] ^= 1
    path.write_bytes(data)
    assert same(read(path)[1], recorded[:-5] + recorded[-4:])


def test_a_record_that_goes_back_in_time_is_left_out(tmp_path: Path) -> None:
    """A recording's time increases; a whole record that does not is not believed."""
    recorded, path = poses(0.3), tmp_path / "a.journal"
    path.write_bytes(written(path, recorded) + packed(recorded[2]))
    assert same(read(path)[1], recorded)


@pytest.mark.parametrize("data", [b"", b'{"version": 1', b"{}\n", b"\xff\xfe\n", b'{"version": 2}\n', b"[]\n"])
def test_a_first_line_that_cannot_be_read_is_said(tmp_path: Path, data: bytes) -> None:
    """The message names the file."""
    (tmp_path / "a.journal").write_bytes(data)
    with pytest.raises(JournalError, match=r"a\.journal"):
        read(tmp_path / "a.journal")


def test_half_a_record_on_a_full_disk_is_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk takes only a part, what comes later stands in its place and is read."""
    recorded, path = poses(0.3), tmp_path / "a.journal"
    journal = Journal(path, FACTS, 640, 480)
    journal.add(recorded[0])
    write, calls = os.pwrite, []

    def full(file: int, data: bytes, at: int) -> int:
        calls.append(at)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data[:100], at)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space"):
        journal.add(recorded[1])
    monkeypatch.undo()
    journal.add(recorded[2])
    journal.close()
    assert same(read(path)[1], [recorded[0], recorded[2]])


def test_an_open_journal_is_locked(tmp_path: Path) -> None:
    """Nobody takes a journal that is being written for one that a crash left."""
    journal = Journal(tmp_path / "a.journal", FACTS, 640, 480)
    locked = is_locked(journal.path)
    journal.close()
    assert (locked, is_locked(journal.path)) == (True, False)
