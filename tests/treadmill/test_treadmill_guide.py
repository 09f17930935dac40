"""What docs/treadmill.md promises is what the program does."""

import re
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

from kiosk.config import Config
from kiosk.gait import landing
from kiosk.sound import BAND_HZ, BLOCK, RATE_HZ
from kiosk.treadmill.bluetooth import FIRST_PAUSE_S, LONGEST_PAUSE_S, STALE_S
from kiosk.web import belt

GUIDE = (Path(__file__).parents[2] / "docs" / "treadmill.md").read_text(encoding="utf-8")
SETTINGS = [dedent(block) for block in re.findall(r"^ *```toml\n(.*?)```", GUIDE, re.DOTALL | re.MULTILINE)]


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings_are_valid(settings: str) -> None:
    """Each kiosk.toml that is shown is accepted as it stands."""
    Config.model_validate(tomllib.loads(settings))


NUMBERS = [
    f"not older than {STALE_S:g} s",
    f"{FIRST_PAUSE_S:g}, 2, 4 … {LONGEST_PAUSE_S:g} s",
    f"by {belt.TAP} km/h, holding the button by {belt.HELD}",
    f"begins at {belt.FIRST_KMH} km/h",
    f"{1000 * BLOCK / RATE_HZ:g} ms at a time",
    f"between {BAND_HZ[0]:g} and {BAND_HZ[1]:g} Hz",
    f"between {landing.DELAYS_S[0]:g} and {landing.DELAYS_S[-1]:.2f} s",
    f"{landing.START_STRIKES} of each foot",
    f"beyond {landing.LEAST_CHANGE_DB:g} dB",
    f"beyond {landing.LEAST_SIDE_DB:g} dB",
    f"by {landing.STAND_OUT_DB:g} dB",
    f"{100 * landing.LEAST_PART:g} %",
    f"{3 * landing.LEAST_STRIKES} strikes of each foot",
    f"{landing.SPEED_KMH} km/h",
    f"the cadence by more than {100 * landing.CADENCE_PART:g} %",
    f"more than {landing.BACKGROUND_DB:g} dB",
]


@pytest.mark.parametrize("said", NUMBERS)
def test_numbers_of_the_guide_are_the_programs(said: str) -> None:
    """A number that is changed in one place is found."""
    assert said in " ".join(GUIDE.split())


def test_every_button_of_the_address_is_named() -> None:
    """The list for scripts is complete."""
    assert [what for what in (*belt.CHANGES, "unknown") if f"`{what}`" not in GUIDE and f"/belt/{what}`" not in GUIDE] == []
