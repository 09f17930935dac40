"""The doctor's checks of settings, disk, data and backups: on folders made by hand, whole and broken."""

import errno
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.config import Config, StoreConfig
from kiosk.doctor import data_rows as rows
from kiosk.doctor.case import Case, Machine, Running, Settings, read_settings
from kiosk.health import Level
from kiosk.store import SessionStore
from kiosk.store.backups import FOLDER
from kiosk.store.database import NAME

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def case(tmp_path: Path, folder: Path | None = None, **parts: object) -> Case:
    config = Config(store=StoreConfig(folder=str(folder or tmp_path / "store")))
    return Case(config, machine=Machine(root=tmp_path, now=lambda: NOW), **parts)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A data folder as the station leaves it."""
    SessionStore.open(tmp_path / "store").close()
    return tmp_path / "store"


def test_settings_that_can_be_read_and_written_are_fine(tmp_path: Path) -> None:
    """And none at all is no fault."""
    path = tmp_path / "kiosk.toml"
    path.write_text("[camera]\nframes_per_s = 25\n")
    found, config = read_settings(path)
    assert config.camera.frames_per_s == 25
    assert rows.settings(Case(config, found)).level is Level.OK
    assert rows.settings(Case(Config())).level is Level.ABSENT


def test_every_problem_of_the_settings_is_said_on_one_line(tmp_path: Path) -> None:
    """Unknown keys with what is allowed, impossible values; and a file that is not there."""
    path = tmp_path / "kiosk.toml"
    path.write_text("[camera]\nframes = 25\nwidth = 1\n")
    check = rows.settings(Case(Config(), read_settings(path)[0]))
    assert check.level is Level.WRONG
    assert ["\n" in check.found, "camera.frames: unknown key" in check.found, "camera.width" in check.found] == [False, True, True]
    gone = rows.settings(Case(Config(), read_settings(tmp_path / "no.toml")[0]))
    assert (gone.level, "no such file" in gone.found) == (Level.WRONG, True)


def test_settings_that_changed_since_the_start_are_said(tmp_path: Path) -> None:
    """The running station does not know them yet."""
    path = tmp_path / "kiosk.toml"
    path.write_text("")
    at_start = read_settings(path)[1]
    assert read_settings(path, at_start)[0].changed is False
    path.write_text("[web]\nport = 8081\n")
    found = read_settings(path, at_start)[0]
    assert rows.settings(Case(Config(), found)).found == f"{path} was changed after the station started."


def test_settings_that_calibrate_cannot_write_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the station's user sees them: root may write everything, so the answer of the system is given here."""
    monkeypatch.setattr(os, "access", lambda path, how: False)
    check = rows.settings(Case(Config(), Settings(tmp_path / "kiosk.toml")))
    assert (check.level, "cannot be written" in check.found) == (Level.NOTE, True)


class Told:
    """What statvfs says."""

    def __init__(self, free_gb: float, flags: int = 0) -> None:
        self.f_flag, self.f_frsize, self.f_blocks, self.f_bavail = flags, 4096, 10**7, int(free_gb * 1e9 / 4096)


@pytest.mark.parametrize(("free_gb", "level"), [(5, Level.OK), (0.7, Level.NOTE), (0.1, Level.WRONG)])
def test_room_on_the_disk_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_gb: float, level: Level) -> None:
    """Enough, soon too little, too little; the folder itself need not be there yet."""
    monkeypatch.setattr(os, "statvfs", lambda path: Told(free_gb))
    check = rows.disk(case(tmp_path))
    assert (check.level, check.value) == (level, pytest.approx(free_gb, abs=0.01))


def test_a_disk_that_can_only_be_read_is_wrong_however_much_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system leaves a worn SD card."""
    monkeypatch.setattr(os, "statvfs", lambda path: Told(5, os.ST_RDONLY))
    check = rows.disk(case(tmp_path))
    assert (check.level, "SD card" in check.advice) == (Level.WRONG, True)


def test_a_disk_that_does_not_answer_is_wrong_and_no_fault_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a card does that was pulled out."""

    def fails(path: object) -> Told:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "statvfs", fails)
    check = rows.disk(case(tmp_path))
    assert (check.level, "does not answer" in check.found) == (Level.WRONG, True)


def test_a_data_folder_is_written_for_a_trial_and_left_as_it_was(tmp_path: Path, store: Path) -> None:
    """Fine, its size, and no file more than before."""
    before = sorted(store.iterdir())
    check = rows.data(case(tmp_path))
    assert (check.level, sorted(store.iterdir())) == (Level.OK, before)
    assert check.value == pytest.approx(sum(path.stat().st_size for path in before) / 1e6)


def test_a_data_folder_that_is_not_there_yet_is_no_fault(tmp_path: Path) -> None:
    """The station makes it."""
    assert rows.data(case(tmp_path)).level is Level.ABSENT
    assert rows.database(case(tmp_path)).level is Level.ABSENT
    assert rows.backups(case(tmp_path)).level is Level.ABSENT


def test_a_data_folder_open_to_others_is_said(tmp_path: Path, store: Path) -> None:
    """Runs of people are nobody else's business."""
    store.chmod(0o755)
    assert (rows.data(case(tmp_path)).level, "chmod 700" in rows.data(case(tmp_path)).advice) == (Level.NOTE, True)


def test_what_the_running_stations_store_complains_about_is_wrong(tmp_path: Path, store: Path) -> None:
    """The store's own sentence comes first."""
    check = rows.data(case(tmp_path, running=Running("answers", notices={"store": "Nothing can be stored now."})))
    assert (check.level, check.found) == (Level.WRONG, "Nothing can be stored now.")


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB without room."""
    place = tmp_path / "full"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(place)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        with suppress(OSError):  # that is what it is for
            (place / "filler").write_bytes(b"x" * 10**6)
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_found_by_writing(tmp_path: Path, full: Path) -> None:
    """A real one: both lines say it, with how to make room."""
    found = [rows.disk(case(tmp_path, full)), rows.data(case(tmp_path, full))]
    assert [(check.level, check.advice) for check in found] == [(Level.WRONG, rows.ROOM)] * 2
    assert "No space left" in found[1].found


def test_a_folder_of_somebody_else_is_not_called_empty(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not look is told so, and no line says that nothing is stored."""
    monkeypatch.setattr(os, "access", lambda path, how: False)
    found = [row(case(tmp_path)) for row in (rows.data, rows.database, rows.backups)]
    assert [check.level for check in found] == [Level.NOTE, Level.ABSENT, Level.ABSENT]
    assert {check.found for check in found} == {f"{store} belongs to the station; this user may not look into it."}


def test_a_whole_database_is_fine_and_nothing_is_left_beside_it(tmp_path: Path, store: Path) -> None:
    """Also while it is in use."""
    before = sorted(store.iterdir())
    check = rows.database(case(tmp_path))
    assert (check.level, check.value, sorted(store.iterdir())) == (Level.OK, 0, before)
    used = SessionStore.open(store)
    try:
        assert rows.database(case(tmp_path)).level is Level.OK
    finally:
        used.close()


def test_a_database_of_noise_is_wrong(tmp_path: Path, store: Path) -> None:
    """A file that is no database at all."""
    (store / NAME).write_bytes(b"noise" * 2000)
    check = rows.database(case(tmp_path))
    assert (check.level, check.advice) == (Level.WRONG, rows.RESTORE)


def test_a_database_with_a_damaged_page_is_wrong(tmp_path: Path, store: Path) -> None:
    """The file opens, and the quick check finds what opening does not."""
    with closing(sqlite3.connect(store / NAME)) as database:
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        root = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'session'").fetchone()[0]
    with (store / NAME).open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    assert root <= pages
    check = rows.database(case(tmp_path))
    assert (check.level, check.advice) == (Level.WRONG, rows.RESTORE)


def test_a_database_of_a_newer_version_is_said(tmp_path: Path, store: Path) -> None:
    """It is left as it is."""
    with closing(sqlite3.connect(store / NAME)) as database:
        database.execute("PRAGMA user_version = 99")
    assert "newer Treadside" in rows.database(case(tmp_path)).found


@pytest.mark.parametrize(("days", "level"), [(0.5, Level.OK), (2.9, Level.OK), (4.0, Level.NOTE)])
def test_the_age_of_the_newest_backup_is_judged(tmp_path: Path, store: Path, days: float, level: Level) -> None:
    """Older ones, half-written ones and a database that was replaced do not count."""
    folder = store / FOLDER
    folder.mkdir()
    copies = {"sessions-0001-20261101.sqlite3": days + 5, "sessions-0002-20261118.sqlite3": days, "sessions.part": 0.0}
    copies["replaced-0003-20261121.sqlite3"] = 0.0
    for name, age in copies.items():
        (folder / name).write_text("x")
        made = (NOW - timedelta(days=age)).timestamp()
        os.utime(folder / name, (made, made))
    check = rows.backups(case(tmp_path))
    assert (check.level, check.value) == (level, pytest.approx(days))


def test_no_backup_is_a_fault_of_an_installed_station_only(tmp_path: Path, store: Path) -> None:
    """Elsewhere there is no timer that would make one."""
    assert rows.backups(case(tmp_path)).level is Level.ABSENT
    timer = tmp_path / rows.TIMER
    timer.parent.mkdir(parents=True)
    timer.write_text("")
    assert rows.backups(case(tmp_path)).level is Level.NOTE
