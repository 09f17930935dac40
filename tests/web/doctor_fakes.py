"""A doctor for the page: findings of every level, long ones among them, and what the page asked of it."""

from kiosk.doctor import MATTERS, TITLES
from kiosk.doctor.camera_rows import CABLE, NO_PICTURES
from kiosk.doctor.machine_rows import SUPPLY
from kiosk.health import Check, Level
from kiosk.words import Phrase

GONE = Phrase("No camera found. {look}", look=Phrase("Check the ribbon cable (power off first) and run: rpicam-hello --list-cameras"))
STUCK = Phrase("The {part} is pressed all the time.", part=Phrase("stop button"))
STUCK_HELP = Phrase("If nobody presses it, the button is stuck or its two wires touch. Pull it off its pin and look again.")
WRITTEN = Phrase(
    "{file} can be read, has no unknown keys, and can be written.",
    file="/etc/treadside/a-folder-with-a-very-long-name/of-this-gym/kiosk.toml",
)
FOUND = {
    "camera": Check("camera", Level.WRONG, GONE, CABLE),
    "buttons": Check("buttons", Level.WRONG, STUCK, STUCK_HELP),
    "power": Check("power", Level.NOTE, Phrase("The power supply was too weak at least once since the device was started."), SUPPLY),
    "settings": Check("settings", Level.OK, WRITTEN),
    **{name: Check(name, Level.ABSENT, NO_PICTURES) for name in ("frame_rate", "frame_gaps", "shutter", "light", "camera_moved")},
}


class FakeDoctor:
    """Says what it is given."""

    settings = "/etc/treadside/kiosk.toml"

    def __init__(self) -> None:
        self.busy = False
        self.report: tuple[Check, ...] | None = sick()
        self.asked: list[tuple[int, bool]] = []

    def title(self, name: str) -> Phrase:
        return TITLES[name]

    def checks(self, screens: int, again: bool = False) -> tuple[Check, ...] | None:
        self.asked.append((screens, again))
        return self.report


def well() -> tuple[Check, ...]:
    """Every matter as it should be."""
    fine = Phrase("Power is enough, and nothing slows the device down.")
    return tuple(Check(matter.name, Level.OK, fine) for matter in MATTERS)


def sick() -> tuple[Check, ...]:
    """Two faults, a note, and the rest."""
    return tuple(FOUND.get(check.name, check) for check in well())
