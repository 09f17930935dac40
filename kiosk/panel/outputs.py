"""Lamp and buzzer on their pins, driven by one thread of their own: nothing here ever holds up a frame.

What they say: rhythm.py.
"""

from collections.abc import Callable
from typing import Any

from kiosk.panel.rhythm import RHYTHMS, Lamp, beep_s, brightness, lamp_of
from kiosk.screen import LiveView
from kiosk.threads import Latest, Stop, Worker
from kiosk.words import NOTHING, Phrase

TICK_S = 0.05
"""Pause between two looks: 20 a second, fine enough for the shortest blink of 0.2 s."""
DIMMED_STEP = 0.02
"""A smaller change of a swelling light is not sent to the pin."""


class Output:
    """One pin that is written to. When it breaks it is let go, with a sentence, and everything else goes on."""

    def __init__(self, name: Phrase, device: Any) -> None:
        self.problem: Phrase = NOTHING
        self._name, self._device = name, device
        self._value = -1.0

    def set(self, value: float) -> None:
        """0 is off, 1 is on; between them only for a pin that can be dimmed."""
        if abs(value - self._value) < DIMMED_STEP and 0 < value < 1:
            return
        if value != self._value and not self.problem:
            self._value = value
            self._try(lambda: setattr(self._device, "value", value))

    def close(self) -> None:
        """Off, and give the pin back."""
        if self._device is not None:
            self._try(lambda: setattr(self._device, "value", 0))
            self._try(self._device.close)  # also a pin that stopped working
            self._device = None

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - each pin library has errors of its own
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """It is of no use any more, and this is why."""
        self.problem = Phrase("The {part} stopped working ({reason}).", part=self._name, reason=first_line(error))


class Outputs:
    """Lamp and buzzer, each of which may be missing."""

    def __init__(self, lamp: Output | None, dims: bool, buzzer: Output | None, now_s: Callable[[], float]) -> None:
        self._lamp, self._dims, self._buzzer, self._now_s = lamp, dims, buzzer, now_s
        self._views: Latest[LiveView] = Latest()
        self._said, self._since_s = Lamp.DARK, now_s()
        self._before: LiveView | None = None
        self._beeps_until_s = float("-inf")
        self._worker = Worker("panel", self._run, self._crashed).start() if lamp or buzzer else None

    def show(self, view: LiveView) -> None:
        """Say this from now on; returns at once."""
        self._views.publish(view)

    @property
    def problems(self) -> tuple[Phrase, ...]:
        """What broke."""
        return tuple(part.problem for part in self._parts() if part.problem)

    def close(self) -> None:
        """Dark and silent."""
        if self._worker is not None:
            self._worker.stop()
        for part in self._parts():
            part.close()

    def _crashed(self, name: str, error: Exception) -> None:
        """The thread ended by a fault of ours: lamp and buzzer say nothing any more, and the page says so."""
        for part in self._parts():
            part.fail(error)

    def _parts(self) -> tuple[Output, ...]:
        return tuple(part for part in (self._lamp, self._buzzer) if part is not None)

    def _run(self, stop: Stop) -> None:
        while not stop.wait(TICK_S):
            view = self._views.peek()
            if view is not None:
                self.update(view, self._now_s())

    def update(self, view: LiveView, t_s: float) -> None:
        """Set both pins for this view at this time, seconds on a monotonic clock."""
        if self._lamp is not None:
            self._lamp.set(self._light(lamp_of(view), t_s))
        if self._buzzer is not None:
            beep = beep_s(self._before, view) if self._before is not None else 0.0
            if beep:
                self._beeps_until_s = t_s + beep
            self._buzzer.set(float(t_s < self._beeps_until_s))
        self._before = view

    def _light(self, says: Lamp, t_s: float) -> float:
        if says is not self._said:
            self._said, self._since_s = says, t_s
        light = brightness(RHYTHMS[says], t_s - self._since_s)
        return light if self._dims else float(light >= 0.5)


def first_line(error: Exception) -> str:
    """The reason of an error for a sentence: one line, not too long."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:120]
