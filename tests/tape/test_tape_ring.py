"""The ring: old recordings go by age and size, nothing else ever."""

import os
from datetime import UTC, datetime
from pathlib import Path

from kiosk.tape.ring import DAY_S, NAME, Limits, name_of, sweep

NOW_S = 1_800_000_000.0
NOTHING = frozenset[str]().__contains__


def recording(folder: Path, number: int, days_old: float, size: int = 100, suffixes: tuple[str, ...] = (".npz",)) -> str:
    """A recording of `size` bytes a file; later numbers are later."""
    name = f"20261121-10{number:02d}00-{number:04d}"
    for suffix in suffixes:
        path = folder / f"{name}{suffix}"
        path.write_bytes(b"x" * size)
        os.utime(path, (NOW_S - days_old * DAY_S,) * 2)
    return name


def test_names_are_its_own_and_sort_by_time() -> None:
    """Stamp and number; the two-digit names of older versions are not of this kind."""
    name = name_of(datetime(2026, 11, 21, 14, 39, 5, tzinfo=UTC), 7)
    assert (name, bool(NAME.fullmatch(name)), NAME.fullmatch("20261121-143905-01")) == ("20261121-143905-0007", True, None)


def test_too_old_goes_with_its_video(tmp_path: Path) -> None:
    """Older than the limit: pose file and video."""
    old = recording(tmp_path, 1, 31, suffixes=(".npz", ".mp4"))
    recording(tmp_path, 2, 29)
    assert sweep(tmp_path, Limits(1e9, 30 * DAY_S), NOW_S, NOTHING, NOTHING) == (old,)
    assert len(list(tmp_path.iterdir())) == 1


def test_the_oldest_go_until_the_rest_fits(tmp_path: Path) -> None:
    """Five of 100 bytes in 250: three go."""
    names = [recording(tmp_path, i, 1) for i in range(5)]
    assert sweep(tmp_path, Limits(250, 30 * DAY_S), NOW_S, NOTHING, NOTHING) == tuple(names[:3])


def test_what_is_recorded_now_stays(tmp_path: Path) -> None:
    """The current segment, and one whose journal is still there, stay although they alone are too large and too old."""
    current, unfinished = recording(tmp_path, 1, 99), recording(tmp_path, 2, 99)
    (tmp_path / f"{unfinished}.journal").touch()
    assert sweep(tmp_path, Limits(10, DAY_S), NOW_S, {current}.__contains__, NOTHING) == ()


def test_a_clock_that_jumped_deletes_nothing_of_this_run(tmp_path: Path) -> None:
    """Made before the clock was set: young whatever the clock says; too many is still too many."""
    name = recording(tmp_path, 1, 20_000)
    spare = sweep(tmp_path, Limits(1e9, DAY_S), NOW_S, NOTHING, {name}.__contains__)
    assert (spare, sweep(tmp_path, Limits(10, DAY_S), NOW_S, NOTHING, {name}.__contains__)) == ((), (name,))


def test_files_of_others_are_never_touched(tmp_path: Path) -> None:
    """Old names, other names, folders, links and other suffixes stay, and do not count."""
    others = ["20200101-000000-01.npz", "20200101-000000.mp4", "my-20200101-000000-0001.npz", "20200101-000000-0001.txt", "a.npz"]
    for name in others:
        (tmp_path / name).write_bytes(b"x" * 1000)
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / "20200101-000000-0002.npz").mkdir()
    (tmp_path / "20200101-000000-0003.npz").symlink_to(tmp_path / "a.npz")
    recording(tmp_path, 1, 0)
    assert sweep(tmp_path, Limits(500, DAY_S), NOW_S, NOTHING, NOTHING) == ()
    assert len(list(tmp_path.iterdir())) == len(others) + 3
