"""What the lamp and the buzzer say about a view of the screen: tables and functions of a view, no pins.

The lamp speaks by rhythm, never by colour: one lamp of any colour does, and people who see no colours read it too. No rhythm
flashes more than three times a second (WCAG 2.2, success criterion 2.3.1).
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from kiosk.screen import LiveView, State


class Lamp(StrEnum):
    """What the lamp can say, the most urgent last."""

    DARK = "dark"
    IDLE = "idle"
    """Come and try: breathes."""
    MENU = "menu"
    """A question, or something to read, waits for a press."""
    COUNTDOWN = "countdown"
    RUNNING = "running"
    CANNOT_JUDGE = "cannot_judge"
    """The runner or the picture is not as it should be; the screen says why."""
    FAULT = "fault"
    """Something is broken that a person must mend."""


@dataclass(frozen=True)
class Rhythm:
    """How bright the lamp is over time; all times are our choice, made to be told apart at a glance."""

    period_s: float
    on: tuple[tuple[float, float], ...]
    """Spans [start_s, end_s) of the period in which the lamp is lit."""
    breathes: bool = False
    """The light swells and sinks once a period instead of switching."""


RHYTHMS: dict[Lamp, Rhythm] = {
    Lamp.DARK: Rhythm(1.0, ()),
    Lamp.IDLE: Rhythm(4.0, (), breathes=True),
    Lamp.MENU: Rhythm(2.0, ((0.0, 1.0),)),
    Lamp.COUNTDOWN: Rhythm(1.0, ((0.0, 0.2),)),
    Lamp.RUNNING: Rhythm(1.0, ((0.0, 1.0),)),
    Lamp.CANNOT_JUDGE: Rhythm(1.6, ((0.0, 0.2), (0.4, 0.6))),
    Lamp.FAULT: Rhythm(0.4, ((0.0, 0.2),)),
}

LAMP_OF_STATE = {
    State.IDLE: Lamp.IDLE,
    State.COUNTDOWN: Lamp.COUNTDOWN,
    State.RUNNING: Lamp.RUNNING,
    State.OFF: Lamp.DARK,
}
"""All other states are menus or wait for a press."""

TICK_BEEP_S = 0.06
CHANGE_BEEP_S = 0.25
"""A second of the countdown; a run begins or ends (our choice)."""


def lamp_of(view: LiveView) -> Lamp:
    """What the lamp says while this view is on the screen."""
    if view.state is State.OFF:
        return Lamp.DARK
    if view.fault:
        return Lamp.FAULT
    if view.cannot_judge or (view.check is not None and not view.check.ok):
        return Lamp.CANNOT_JUDGE
    return LAMP_OF_STATE.get(view.state, Lamp.MENU)


def brightness(rhythm: Rhythm, since_s: float) -> float:
    """Light of the lamp, 0 to 1, this long after the rhythm began."""
    phase_s = since_s % rhythm.period_s
    if rhythm.breathes:
        return 0.5 - 0.5 * math.cos(2 * math.pi * phase_s / rhythm.period_s)
    return float(any(start_s <= phase_s < end_s for start_s, end_s in rhythm.on))


def beep_s(before: LiveView, view: LiveView) -> float:
    """How long to beep when the screen goes from one view to the next, seconds; 0 for silence."""
    if (before.state is State.RUNNING) is not (view.state is State.RUNNING):
        return CHANGE_BEEP_S
    return TICK_BEEP_S if view.countdown_s is not None and view.countdown_s != before.countdown_s else 0.0
