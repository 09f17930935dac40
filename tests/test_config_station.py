"""Settings of the station that cannot be: a sentence with key, value and what is allowed."""

from pathlib import Path

import pytest

from kiosk.config import ConfigError, load


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[session]\nlanguage = "fr"', "session.language = 'fr'"),
        ('[session]\nvoice = "maybe"', "session.voice = 'maybe'"),
        ('[panel]\nshutdown_command = "poweroff"', 'a list of words, e.g. ["systemctl", "poweroff"]'),
        ('[store]\nfolder = "~nobody-of-that-name/x"', "there is no such user"),
        ('[store]\nfolder = "\\u0000"', "no such character"),
        ("[panel]\nlamp_pin = 17", "start_pin has this pin already"),
        ("[store]\nrunners_days = 0", "store.runners_days = 0"),
    ],
)
def test_wrong_values_are_named(tmp_path: Path, text: str, says: str) -> None:
    """No traceback for a user's mistake."""
    path = tmp_path / "kiosk.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load(path)
    assert says in str(error.value)
