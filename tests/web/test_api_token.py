"""`kiosk token`, over a double of the store's keys (kiosk/store/clinic.py) and the real folder with its lock."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kiosk.__main__ import main
from kiosk.clinic import Token
from kiosk.store import SessionStore

MADE: dict[int, Token] = {}


class FakeClinicStore:
    """Keys in memory, by the signature that the store has."""

    def __init__(self, store: SessionStore, recordings: Path) -> None:
        assert recordings.parent == store.path.parent

    def tokens(self) -> tuple[Token, ...]:
        return tuple(MADE.values())

    def add_token(self, name: str, scopes: tuple[str, ...]) -> str:
        MADE[len(MADE) + 1] = Token(len(MADE) + 1, name, scopes, "2026-01-02")
        return "a-key-of-the-test"

    def revoke_token(self, token_id: int) -> None:
        del MADE[token_id]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    MADE.clear()
    monkeypatch.setattr("kiosk.store.ClinicStore", FakeClinicStore)
    path = tmp_path / "kiosk.toml"
    path.write_text(f'[store]\nfolder = "{tmp_path / "data"}"\n', encoding="utf-8")
    return path


def kiosk(config: Path, *words: Any) -> Result:
    return CliRunner().invoke(main, ["token", words[0], "--config", str(config), *map(str, words[1:])])


def test_a_key_is_shown_once_and_alone_on_stdout(config: Path) -> None:
    """So that a script can keep it; the list never shows it again; revoked it is gone."""
    made = kiosk(config, "add", "my script", "--scope", "control", "--scope", "read")
    assert (made.exit_code, made.stdout) == (0, "a-key-of-the-test\n")
    assert kiosk(config, "list").output == "   1  read,control  2026-01-02  my script\n"
    assert kiosk(config, "revoke", 1).output == "Key 1 is revoked.\n"
    assert kiosk(config, "list").output.startswith("There are no keys")


@pytest.mark.parametrize(
    "words", [["x"], ["x", "--scope", "all"], ["", "--scope", "read"], ["a\nb", "--scope", "read"], ["x" * 61, "--scope", "read"]]
)
def test_wrong_use_makes_no_key(config: Path, words: list[str]) -> None:
    """No scope, an unknown scope, a name that cannot be read in a list: exit code 2 and a sentence."""
    found = kiosk(config, "add", *words)
    assert (found.exit_code, MADE, "Traceback" in found.output) == (2, {}, False)


def test_a_key_that_is_not_there_cannot_be_revoked(config: Path) -> None:
    """Exit code 1 and where to look."""
    found = kiosk(config, "revoke", 7)
    assert (found.exit_code, found.output) == (1, "kiosk: there is no key 7: `kiosk token list` shows all.\n")


def test_while_a_kiosk_runs_the_clinics_page_is_named(config: Path, tmp_path: Path) -> None:
    """The folder is locked: nothing is made, and the sentence says where to go."""
    running = SessionStore.open(tmp_path / "data")
    try:
        found = kiosk(config, "add", "x", "--scope", "read")
    finally:
        running.close()
    assert (found.exit_code, MADE) == (1, {})
    assert "another kiosk" in found.output
    assert "the clinic's page" in found.output
