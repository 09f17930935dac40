"""docs/wiring.md and its drawing say what the settings say."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kiosk.config import PanelConfig, load

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "wiring.md").read_text(encoding="utf-8")
ROWS = re.findall(r"\| `(\w+_pin)` \| GPIO(\d+) \| (\d+) \| .*?GND, pin (\d+) \| (?:GPIO(\d+)|not used) \|", PAGE)
HEADER = {17: 11, 27: 13, 22: 15, 23: 16, 24: 18}
"""GPIO number -> place on the 40-pin header, of those used (Raspberry Pi documentation, GPIO pinout)."""
GROUNDS = {6, 9, 14, 20, 25, 30, 34, 39}
"""Places of GND on the header (same source)."""


def test_every_pin_of_the_settings_is_on_the_page() -> None:
    """All five, in the order of the settings, with the defaults that the settings have."""
    pins = {name: field.default for name, field in PanelConfig.model_fields.items() if name.endswith("_pin")}
    assert {name: int(default) if default else None for name, _, _, _, default in ROWS} == pins


def test_pins_are_where_the_page_says() -> None:
    """GPIO numbers and places on the header fit, other ends are grounds, no two parts share a pin."""
    assert [(int(gpio), int(place)) for _, gpio, place, _, _ in ROWS] == list(HEADER.items())
    assert {int(ground) for *_, ground, _ in ROWS} <= GROUNDS


def test_the_drawing_shows_the_pins_of_the_page() -> None:
    """Each signal and its ground by name and place."""
    words = {element.text for element in ElementTree.parse(DOCS / "wiring.svg").iter() if element.text}
    wanted = {f"GPIO{gpio} = pin {place}" for _, gpio, place, _, _ in ROWS} | {f"GND = pin {ground}" for *_, ground, _ in ROWS}
    assert wanted - words == set()


def test_the_settings_of_the_page_can_be_used(tmp_path: Path) -> None:
    """The TOML of the page is taken as it stands and sets what the table shows."""
    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "kiosk.toml").write_text(toml, encoding="utf-8")
    panel = load(tmp_path / "kiosk.toml").panel
    assert [getattr(panel, name) for name, *_ in ROWS] == [int(gpio) for _, gpio, *_ in ROWS]


@pytest.mark.parametrize("name", ["hold_s", "debounce_ms", "shutdown_command"])
def test_the_page_shows_the_defaults(tmp_path: Path, name: str) -> None:
    """Numbers and the command of the page are those that hold without a file."""
    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "kiosk.toml").write_text(toml, encoding="utf-8")
    assert getattr(load(tmp_path / "kiosk.toml").panel, name) == getattr(PanelConfig(), name)
