"""The tables of a visit: what each press, each choice and the passing of time do in each state, and what the state machine tells.

What must not go in: the machine itself (session.py), words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kiosk.clinic import BoutOrder
from kiosk.screen import Command, State, Zone
from kiosk.words import Language

QUIET_S = 0.5
"""After a press changed the screen, presses are ignored this long, seconds; our choice: longer than the pause between
two taps of an impatient finger (0.1 to 0.2 s), shorter than changing one's mind."""
CHOOSE_S = 20.0
"""A menu before the run takes its first choice after this long when somebody is on the belt (our choice: time to read six lines)."""
SHUTDOWN_S = 20.0
"""The question whether to switch off goes away by itself (our choice)."""
LONGEST_STEP_S = 1.0
"""An update comes ten times a second; a longer pause is not counted in full (our choice)."""
LOST_S = 120.0
"""A run that no camera sees for this long ends (our choice: longer than a camera takes to come back)."""
OFF_S = 12.0
"""A system that still runs this long after it was asked to switch off did not: the attract screen comes back (our choice)."""
MEASURED_S = 20.0
"""Thanks after a bout stay this long (our choice: time to slow the belt down and look)."""
UNDO_S = 10.0
"""A long press on stop begins with a short one: on the attract screen that changed the language, which is taken back within this
time (our choice: longer than any long press)."""
SETUP_S = 300.0
"""The guide for the camera goes away after this long without a press, whatever [session] abandoned_s is (our choice: who sets up a camera
moves it, walks on the belt and comes back between two presses)."""
CODE_DIGITS = 6
"""Digits of a take-away code (kiosk/coach/codes.py)."""

ON_COMMAND: Mapping[tuple[State, Command], State] = {
    (State.IDLE, Command.START): State.CHECK,
    (State.IDLE, Command.SETUP): State.SETUP,
    (State.IDLE, Command.TEST): State.SETUP,
    (State.CHECK, Command.SETUP): State.SETUP,
    (State.CHECK, Command.TEST): State.SETUP,
    (State.CHOOSE, Command.TEST): State.SETUP,
    (State.CHECK, Command.START): State.CHOOSE,
    (State.CHECK, Command.STOP): State.IDLE,
    (State.COUNTDOWN, Command.STOP): State.IDLE,
    (State.RUNNING, Command.STOP): State.SUMMARY,
    (State.MEASURED, Command.START): State.IDLE,
    (State.MEASURED, Command.STOP): State.IDLE,
    (State.SUMMARY, Command.START): State.REPLAY,
    (State.SUMMARY, Command.STOP): State.IDLE,
    (State.REPLAY, Command.START): State.ASK,
    (State.REPLAY, Command.STOP): State.IDLE,
    (State.TAKE_HOME, Command.START): State.IDLE,
    (State.TAKE_HOME, Command.STOP): State.IDLE,
}
"""What each command does in each state that is no menu; a pair that is not here does nothing. Who is not guided goes from IDLE straight to
the countdown; who is goes back from it to the choice. A long press on start begins with a short one, which led
from IDLE to CHECK, and from there on when somebody stands on the belt; one that began later opens nothing (kiosk/session.py)."""

ASKED: Mapping[Command, Command] = {Command.START: Command.SHOW, Command.SHOW: Command.SHOW, Command.TEST: Command.TEST}
"""What a press asks of the coach while running."""

STOPS_ON_TOGGLE = (State.COUNTDOWN, State.RUNNING)
"""The space key, or a single button, is stop here and start everywhere else."""

MENUS = (State.CHOOSE, State.CODE, State.ASK, State.SHUTDOWN, State.SETUP)
"""States in which stop marks the next option and start takes it."""

ADJUSTS = ("wider", "narrower", "left", "right")
"""Choices of the guide for the camera that are taken again and again: the mark stays on them, and no tap is too early."""

ON_PICK: Mapping[tuple[State, str], State] = {
    (State.CHOOSE, "cancel"): State.IDLE,
    (State.CHOOSE, "code"): State.CODE,
    (State.CHOOSE, "metronome"): State.CHOOSE,
    (State.CHOOSE, "voice"): State.CHOOSE,
    (State.CODE, "back"): State.CHOOSE,
    (State.SHUTDOWN, "yes"): State.OFF,
    (State.SETUP, "quit"): State.IDLE,
}
"""Where a taken option leads; any other choice of CHOOSE leads to the countdown, and of SETUP nowhere: the guide has steps of its own."""

ON_TIME: Mapping[State, State] = {
    State.CHECK: State.IDLE,
    State.CODE: State.CHOOSE,
    State.COUNTDOWN: State.RUNNING,
    State.RUNNING: State.SUMMARY,
    State.MEASURED: State.IDLE,
    State.SUMMARY: State.IDLE,
    State.REPLAY: State.IDLE,
    State.ASK: State.TAKE_HOME,
    State.TAKE_HOME: State.IDLE,
    State.OFF: State.IDLE,
    State.SETUP: State.IDLE,
}
"""What follows when a state has lasted its time; idle lasts for ever, and menus say themselves."""

TAKES_NO_ORDER = (State.SETUP, State.SHUTDOWN, State.OFF)
"""States in which the clinic's order begins nothing: what somebody is setting up or saving would be lost without a word."""

NEXT_VISITOR = (State.IDLE, State.MEASURED, State.SUMMARY, State.REPLAY, State.ASK, State.TAKE_HOME)
"""States in which somebody who steps on and runs begins a new visit."""


class Ending(StrEnum):
    """Why a run ended."""

    STOPPED = "stopped"
    STEPPED_OFF = "stepped off"
    """The runner left the belt."""
    NOBODY = "nobody"
    """Start was pressed and nobody stepped on."""
    NO_PICTURE = "no picture"
    """The camera gave none for LOST_S."""
    COMPLETE = "complete"
    """A bout lasted as long as it was ordered."""
    LONGEST = "longest"
    """Nobody stopped it, so it ended by itself after [session] longest_min."""


@dataclass(frozen=True)
class SessionState:
    """Where the visit stands after one update."""

    state: State
    countdown_s: int | None = None
    """Whole seconds still to count (3, 2, 1); None outside the countdown."""
    elapsed_s: float = 0.0
    """Running time, seconds: growing while running, kept until the visit ends, else 0."""
    started: bool = False
    """True in the one update in which running began."""
    stopped: bool = False
    """True in the one update in which running ended; never together with `started`."""
    reason_ended: Ending | None = None
    """Why the run ended, from the update that ended it to the end of the visit; else None."""
    order: BoutOrder | None = None
    """The bout of the clinic that this visit is for, from its countdown to its end; None for all others."""
    marked: int = 0
    """Index of the marked option of a menu."""
    typed: str = ""
    """Digits of the code so far, or the whole code in the update in which it was complete (then `picked` is "code")."""
    picked: str = ""
    """Option that was taken in this update; "" otherwise."""
    drawn: Zone | None = None
    """Zone of the treadmill that was drawn in this update, in SETUP."""
    answers: tuple[str, ...] = ()
    """What was answered in ASK, kept until the visit ends."""
    asked: tuple[Command, ...] = ()
    """SHOW and TEST presses of this update, while running."""
    language: Language = Language.EN
    seconds_in: float = 0.0
    """How long this state has lasted, seconds."""
