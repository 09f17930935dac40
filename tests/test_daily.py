"""`kiosk upkeep`: what the timer starts once a day, with and without a station that runs."""

import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.__main__ import main
from kiosk.config import Config
from kiosk.daily import upkeep
from kiosk.domain import SessionInfo
from kiosk.store import SessionStore, copies, sessions

INFO = SessionInfo("2026-11-21T10:00:00+00:00", None, None, "lightning", "camera")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A kiosk.toml whose data folder is tmp_path/data; runs are kept for ten days."""
    path = tmp_path / "kiosk.toml"
    path.write_text(f'[store]\nfolder = "{tmp_path / "data"}"\nsessions_days = 10\n')
    return path


def kiosk(config: Path, *arguments: str) -> Result:
    """`kiosk upkeep`."""
    return CliRunner().invoke(main, ["upkeep", "--config", str(config), *arguments])


def stored(folder: Path) -> SessionStore:
    store = SessionStore.open(folder)
    store.begin(INFO)
    assert store.flush(5)
    return store


def test_nothing_is_stored_yet(config: Path, tmp_path: Path) -> None:
    """The day after the installation nobody has run: no error, and nothing is made."""
    done = kiosk(config)
    assert (done.exit_code, (tmp_path / "data").exists()) == (0, False)
    assert "nothing is to be done" in done.output


def test_while_a_station_runs(config: Path, tmp_path: Path) -> None:
    """It copies; sweeping is the station's."""
    store = stored(tmp_path / "data")
    done = kiosk(config)
    store.close()
    assert (done.exit_code, len(copies(tmp_path / "data"))) == (0, 1)
    assert "a station is running and deletes what is too old by itself" in done.output


def test_without_a_station(tmp_path: Path) -> None:
    """It deletes what is too old, then copies what is left, and says how much; the station can start afterwards."""
    config = Config.model_validate({"store": {"folder": str(tmp_path), "sessions_days": 10}})
    stored(tmp_path).close()
    lines = [*upkeep(config, date(2026, 11, 21)), *upkeep(config, date(2026, 12, 21))]
    assert [line.partition(",")[0] for line in lines if "deleted" in line] == ["too old and deleted: 0 patients"] * 2
    assert "1 sessions" in lines[2]
    assert sessions(tmp_path) == ()
    assert "2 copies are kept" in lines[3]
    SessionStore.open(tmp_path).close()


def test_a_damaged_database(config: Path, tmp_path: Path) -> None:
    """One sentence, exit code 1 (systemd shows the service as failed), and the way back works by what `--list` shows."""
    data = tmp_path / "data"
    stored(data).close()
    kiosk(config)
    (data / "sessions.sqlite3").write_bytes(b"x" * 9000)
    failed, listed = kiosk(config), kiosk(config, "--list")
    copy = listed.output.split()[0]
    restored = kiosk(config, "--restore", copy)
    assert (failed.exit_code, listed.exit_code, restored.exit_code) == (1, 0, 0)
    assert "is damaged" in failed.output
    assert f"--restore {copy}" in failed.output
    assert "is the database now" in restored.output
    assert "valid again: an earlier PIN, revoked keys" in restored.output
    elsewhere = Path(shutil.copy(copy, tmp_path))
    assert "elsewhere" not in restored.output
    assert "whoever was deleted there is in the database again" in kiosk(config, "--restore", str(elsewhere)).output
    assert len(sessions(data)) == 1
    assert kiosk(config).exit_code == 0


def test_root_leaves_the_stations_folder_alone(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What root wrote there the station could not open: it is told who may, before anything is swept or copied."""
    data = tmp_path / "data"
    stored(data).close()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    if data.stat().st_uid == 0:
        os.chown(data, 12345, -1)
    done = kiosk(config)
    assert (done.exit_code, copies(data)) == (1, ())
    assert f"belongs to another user, not to root. Run this as that user: sudo -u '#{data.stat().st_uid}' kiosk" in done.output


def test_wrong_use(config: Path) -> None:
    """Two wishes at once, no copies, and a copy that is not there are said."""
    both, none, missing = kiosk(config, "--list", "--restore", "x"), kiosk(config, "--list"), kiosk(config, "--restore", "x")
    assert [result.exit_code for result in (both, none, missing)] == [2, 0, 1]
    assert "there are no copies" in none.output
    assert "no such file" in missing.output
