"""The box with the buttons: GPIO pins -> commands, views -> lamp and buzzer. Without it keyboard, page and HTTP stay.

gpiozero and the pin library are imported here only, when a panel is wanted. Every part reports its own problem; the others go on.
"""

import logging
import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from kiosk.config import PanelConfig
from kiosk.panel.buttons import BUTTONS, ButtonRow, Presses
from kiosk.panel.outputs import Output, Outputs, first_line
from kiosk.screen import Command, LiveView
from kiosk.words import NOTHING, Phrase

LOG = logging.getLogger(__name__)
NAMES = {
    "start": Phrase("start button"),
    "stop": Phrase("stop button"),
    "show": Phrase("“show me” button"),
    "lamp": Phrase("lamp"),
    "buzzer": Phrase("buzzer"),
}
"""The parts, as sentences for the staff name them."""
NONE: Mapping[str, Any] = MappingProxyType({})
"""No buttons."""


class Panel:
    """The parts in use, and why others are not."""

    def __init__(self, problems: tuple[Phrase, ...] = (), buttons: Mapping[str, Any] = NONE, outputs: Outputs | None = None) -> None:
        self._problems, self._buttons, self._outputs = problems, buttons, outputs

    @property
    def problems(self) -> tuple[Phrase, ...]:
        """A sentence for the staff for each part that does not work, now."""
        return self._problems + (self._outputs.problems if self._outputs is not None else ())

    @property
    def problem(self) -> Phrase:
        """The first of them; NOTHING when everything that is set up works."""
        return next(iter(self.problems), NOTHING)

    @property
    def down_s(self) -> dict[str, float]:
        """Button ("start", "stop", "show") -> for how long it has been pressed, seconds; only those that are pressed now."""
        found = {name: button.active_time for name, button in self._buttons.items()}
        return {name: down_s for name, down_s in found.items() if down_s is not None}

    def show(self, view: LiveView) -> None:
        """Let lamp and buzzer say this; returns at once, so it may be called with every view."""
        if self._outputs is not None:
            self._outputs.show(view)

    def close(self) -> None:
        """Lamp dark, pins given back."""
        for name, button in self._buttons.items():
            try:
                button.when_held = None  # closing waits for the thread that counts a long press: it must not send one any more
                button.close()
            except Exception as error:  # noqa: BLE001 - as in `open_panel`; who closes the panel may have a run to end after it
                LOG.warning("the %s could not be let go (%s)", NAMES[name], first_line(error))
        self._buttons = NONE
        if self._outputs is not None:
            self._outputs.close()


def open_panel(settings: PanelConfig, send: Callable[[Command], bool], now_s: Callable[[], float]) -> Panel:
    """Buttons between their pins and ground, lamp and buzzer between theirs and ground.

    Args:
        settings: the [panel] section.
        send: puts a command on the queue; called from the pins' threads.
        now_s: a monotonic clock, seconds.

    Returns:
        A panel; missing hardware is not an error, `problems` says so.
    """
    try:
        from gpiozero import Device
    except ImportError as error:
        if (error.name or "").startswith("kiosk"):
            raise
        return Panel((Phrase("No GPIO buttons: gpiozero is not installed. Keyboard, page and HTTP still start and stop."),))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # gpiozero warns once for every pin library that is not there; we say it in one line
            Device.ensure_pin_factory()
    except Exception as error:  # noqa: BLE001 - each pin library has errors of its own (lgpio.error, RuntimeError, a missing module)
        why = first_line(error)
        return Panel((Phrase("No GPIO buttons ({reason}). Keyboard, page and HTTP still start and stop.", reason=why),))
    return _Opening(settings).panel(send, now_s)


class _Opening:
    """Opens part by part and collects what went wrong."""

    def __init__(self, settings: PanelConfig) -> None:
        self._settings = settings
        self._problems: list[Phrase] = []

    def panel(self, send: Callable[[Command], bool], now_s: Callable[[], float]) -> Panel:
        """All parts that have a pin."""
        buttons = {row.name: self._button(row, Presses(row, send, now_s, self._settings.debounce_ms / 1e3)) for row in BUTTONS}
        lamp, buzzer = self._part("lamp", _lamp), self._part("buzzer", _buzzer)
        outputs = Outputs(
            Output(NAMES["lamp"], lamp) if lamp is not None else None,
            getattr(lamp, "frequency", None) is not None,
            Output(NAMES["buzzer"], buzzer) if buzzer is not None else None,
            now_s,
        )
        return Panel(tuple(self._problems), {name: button for name, button in buttons.items() if button is not None}, outputs)

    def _button(self, row: ButtonRow, presses: Presses) -> Any:
        """The device of a row; None without a pin or when it cannot be had."""
        button = self._part(row.name, self._contact)
        if button is not None:
            button.when_pressed, button.when_released, button.when_held = presses.pressed, presses.released, presses.held
        return button

    def _contact(self, pin: int) -> Any:
        from gpiozero import Button

        return Button(pin, hold_time=self._settings.hold_s)

    def _part(self, name: str, make: Callable[[int], Any]) -> Any:
        pin: int | None = getattr(self._settings, f"{name}_pin")
        if pin is None:
            return None
        try:
            return make(pin)
        except Exception as error:  # noqa: BLE001 - as above
            said = Phrase("The {part} on GPIO{pin} does not work ({reason}).", part=NAMES[name], pin=pin, reason=first_line(error))
            self._problems.append(said)
            return None


def _lamp(pin: int) -> Any:
    """A lamp that can be dimmed where the pin can, else one that is on or off."""
    from gpiozero import LED, PWMLED, PinPWMUnsupported

    try:
        return PWMLED(pin)
    except PinPWMUnsupported:
        return LED(pin)


def _buzzer(pin: int) -> Any:
    from gpiozero import Buzzer

    return Buzzer(pin)
