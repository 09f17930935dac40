"""`kiosk sessions` and `kiosk export`: the list, a deletion, an encrypted export; one sentence for each mistake."""

import csv
import io
import json
from pathlib import Path

import pytest
import pyzipper
from click.testing import CliRunner, Result

from kiosk.__main__ import main
from kiosk.domain import MetricValue, Quality, SessionInfo, View
from kiosk.screen import Summary
from kiosk.store import SessionStore

PASSWORD = "right horse 7"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A kiosk.toml whose store has two runs."""
    store = SessionStore.open(tmp_path / "data")
    for number in (1, 2):
        store.begin(SessionInfo(f"2026-11-2{number}T10:00:00+00:00", View.RIGHT, 10.8, "lightning", "clip"))
        metric = MetricValue(171.25, n=44, spread=1.0, quality=Quality.GOOD)
        store.end(number, Summary(number, 90.0, 44, {"cadence_spm": metric, "contact_ms": MetricValue(reason="few pictures")}, (), ()))
    store.close()
    path = tmp_path / "kiosk.toml"
    path.write_text(f'[store]\nfolder = "{tmp_path / "data"}"\n')
    return path


def kiosk(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_the_list(config: Path) -> None:
    """Newest first, as a table and as JSON, no more than asked for."""
    table = kiosk("sessions", "--config", config).output.splitlines()
    assert [line.split()[:3] for line in table[1:]] == [
        ["2", "2026-11-22T10:00:00+00:00", "done"],
        ["1", "2026-11-21T10:00:00+00:00", "done"],
    ]
    (row,) = json.loads(kiosk("sessions", "--config", config, "--json", "--limit", 1).output)
    assert (row["id"], row["minutes"], row["strides"], row["speed_kmh"]) == (2, 1.5, 44, 10.8)


def test_a_deletion(config: Path, tmp_path: Path) -> None:
    """Gone from the list; a second time it is said; while the station runs it is refused."""
    assert kiosk("sessions", "delete", 1, "--config", config).output == "Session 1 is deleted.\n"
    assert [row["id"] for row in json.loads(kiosk("sessions", "--config", config, "--json").output)] == [2]
    again = kiosk("sessions", "--config", config, "delete", 1)
    assert (again.exit_code, "There is no session number 1" in again.output) == (1, True)
    running = SessionStore.open(tmp_path / "data")
    busy = kiosk("sessions", "delete", 2, "--config", config)
    running.close()
    assert (busy.exit_code, "another kiosk stores its sessions there" in busy.output) == (1, True)


def test_an_export(config: Path, tmp_path: Path) -> None:
    """Numbers as CSV and JSON in an AES zip that the password opens."""
    (tmp_path / "password").write_text(PASSWORD + "\n")
    done = kiosk("export", "--config", config, "--session", 2, "--out", tmp_path / "a.zip", "--password-file", tmp_path / "password")
    assert done.exit_code == 0, done.output
    with pyzipper.AESZipFile(tmp_path / "a.zip") as archive:
        archive.setpassword(PASSWORD.encode())
        rows = list(csv.DictReader(io.StringIO(archive.read("session-2.csv").decode())))
        told = json.loads(archive.read("session-2.json"))
    assert [(row["metric"], row["value"], row["n"], row["reason"]) for row in rows] == [
        ("cadence_spm", "171.25", "44", ""),
        ("contact_ms", "", "0", "few pictures"),
    ]
    assert (told["id"], told["metrics"]["cadence_spm"]["value"], told["view"]) == (2, 171.25, "right")


def test_the_password_is_asked_twice(config: Path, tmp_path: Path) -> None:
    """Without a file; it is not shown."""
    words = ["export", "--config", str(config), "--session", "1", "--out", str(tmp_path / "a.zip")]
    done = CliRunner().invoke(main, words, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert (done.exit_code, PASSWORD in done.output, (tmp_path / "a.zip").exists()) == (0, False, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--session", 9, "--out", "a.zip"), "There is no session 9"),
        (("--session", 1, "--out", "kiosk.toml"), "there is such a file already"),
        (("--session", 1, "--out", "no/a.zip"), "there is no folder"),
        (("--session", 1, "--out", "a.zip", "--password-file", "short"), "7 characters: give 10 to 99"),
    ],
)
def test_mistakes(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], says: str) -> None:
    """One sentence, exit code 1, no file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short").write_text("x" * 7)
    done = kiosk("export", "--config", config, *words)
    assert (done.exit_code, says in done.output, len(done.output.splitlines())) == (1, True, 1)
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.parametrize("words", [("sessions", "delete", 1), ("token", "list")], ids=["sessions", "token"])
def test_a_deletion_that_was_interrupted_is_finished_in_the_folder_of_the_recordings(
    tmp_path: Path, config: Path, words: tuple[object, ...]
) -> None:
    """The one that [recorder] folder names: a mark is not taken for done because another folder has no such file."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "data" / "recordings").mkdir()
    (elsewhere / "bout-20261121-100000.npz").write_bytes(b"x")
    config.write_text(config.read_text() + f'[recorder]\nfolder = "{elsewhere}"\n')
    store = SessionStore.open(tmp_path / "data")
    store.perform(lambda db: db.execute("INSERT INTO erasure (files, vacuum) VALUES ('[\"bout-20261121-100000.npz\"]', 1)"))
    store.close()
    assert kiosk(*words, "--config", config).exit_code == 0
    assert list(elsewhere.iterdir()) == []
