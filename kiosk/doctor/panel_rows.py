"""Checks of the box: pins of buttons and lamp are to be had, no button is stuck."""

from kiosk.doctor.case import Case
from kiosk.health import Check, Level
from kiosk.panel import NAMES
from kiosk.words import Phrase

BUTTON_NAMES = ("start", "stop", "show")
LAMP_NAMES = ("lamp", "buzzer")
STUCK_S = 30.0
"""In a running station: nobody presses for so long; the longest press that means something takes [panel] hold_s, at most 10 s (our
choice)."""
TOUCHED_S = 0.4
"""When the doctor looks by itself: down from the first moment to the last of a look of half a second (looks.py)."""

OFF = Phrase("The box with buttons is switched off ([panel] enabled = false). Keyboard, page and HTTP start and stop.")
NO_PINS = Phrase("This machine has no pins for buttons. Keyboard, page and HTTP start and stop.")
HELD = Phrase("Not looked at: another Treadside program holds the pins.")
WIRES = Phrase("Look at docs/wiring.md: is the pin right, does another program use it? Then switch the device off and on again.")


def buttons(case: Case) -> Check:
    """Each button's pin can be read, and none is pressed all the time."""
    if (nothing := _nothing(case, "buttons")) is not None:
        return nothing
    for name in ("all", *BUTTON_NAMES):
        if name in case.panel.problems:
            return Check("buttons", Level.WRONG, case.panel.problems[name], WIRES)
    limit_s = STUCK_S if case.inside else TOUCHED_S
    stuck = [name for name, down_s in case.panel.down_s.items() if down_s >= limit_s]
    if stuck:
        found = Phrase("The {part} is pressed all the time.", part=NAMES[stuck[0]])
        help_ = Phrase("If nobody presses it, the button is stuck or its two wires touch. Pull it off its pin and look again.")
        return Check("buttons", Level.WRONG, found, help_)
    pins = ", ".join(f"GPIO{pin}" for pin in _pins(case, BUTTON_NAMES))
    return Check("buttons", Level.OK, Phrase("The buttons on {pins} can be read; none is pressed all the time.", pins=pins))


def lamp(case: Case) -> Check:
    """Lamp and buzzer, where they are set up."""
    pins = _pins(case, LAMP_NAMES)
    if case.config.panel.enabled and not pins:
        return Check("lamp", Level.ABSENT, Phrase("No lamp and no buzzer is set up ([panel] lamp_pin, buzzer_pin)."))
    if (nothing := _nothing(case, "lamp")) is not None:
        return nothing
    for name in ("all", *LAMP_NAMES):
        if name in case.panel.problems:
            return Check("lamp", Level.WRONG, case.panel.problems[name], WIRES)
    said = ", ".join(f"GPIO{pin}" for pin in pins)
    return Check("lamp", Level.OK, Phrase("{pins} can be switched. Whether it shines, only a person can see.", pins=said))


def _nothing(case: Case, name: str) -> Check | None:
    """Why there is nothing to judge; None when there is."""
    if not case.config.panel.enabled:
        return Check(name, Level.ABSENT, OFF)
    if not case.panel.on:
        return Check(name, Level.ABSENT, HELD)
    if "all" in case.panel.problems and not case.machine.is_pi:
        return Check(name, Level.ABSENT, NO_PINS)
    return None


def _pins(case: Case, names: tuple[str, ...]) -> list[int]:
    found = (getattr(case.config.panel, f"{name}_pin") for name in names)
    return [pin for pin in found if pin is not None]
