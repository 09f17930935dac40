"""idle -> countdown -> running -> summary -> idle: a visit as a state machine over commands and time.

What must not go in: a clock, a thread, measuring or storing. The pipeline owns the one `Session` and tells it the time.

Hands free, a person who steps on and runs starts the countdown, not the run: whoever does not want to be measured has its seconds
to press stop, and nothing is stored. Stepping off ends the run. After any start the belt must have been empty before the next
one comes by itself, so a press of stop holds for as long as the person runs on.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk.config import SessionConfig
from kiosk.pose.presence import Belt
from kiosk.screen import Command, State

QUIET_S = 0.5
"""After a command changed the state, presses are ignored this long, seconds; our choice: longer than the pause between
two taps of an impatient finger (0.1 to 0.2 s), shorter than changing one's mind."""

ON_COMMAND: Mapping[tuple[State, Command], State] = {
    (State.IDLE, Command.START): State.COUNTDOWN,
    (State.IDLE, Command.TOGGLE): State.COUNTDOWN,
    (State.COUNTDOWN, Command.STOP): State.IDLE,
    (State.COUNTDOWN, Command.TOGGLE): State.IDLE,
    (State.RUNNING, Command.STOP): State.SUMMARY,
    (State.RUNNING, Command.TOGGLE): State.SUMMARY,
    (State.SUMMARY, Command.START): State.COUNTDOWN,
    (State.SUMMARY, Command.TOGGLE): State.COUNTDOWN,
    (State.SUMMARY, Command.STOP): State.IDLE,
}
"""What each command does in each state; a pair that is not here does nothing."""

ON_TIME: Mapping[State, State] = {
    State.COUNTDOWN: State.RUNNING,
    State.RUNNING: State.SUMMARY,
    State.SUMMARY: State.IDLE,
}
"""What follows when a state has lasted its time; idle lasts for ever."""


class Ending(StrEnum):
    """Why a run ended."""

    STOPPED = "stopped"
    STEPPED_OFF = "stepped off"
    """The runner left the belt."""
    LONGEST = "longest"
    """Nobody stopped it, so it ended by itself after [session] longest_min."""


@dataclass(frozen=True)
class SessionState:
    """Where the visit stands after one update."""

    state: State
    countdown_s: int | None
    """Whole seconds still to count (3, 2, 1); None outside the countdown."""
    elapsed_s: float
    """Running time, seconds: growing while running, kept during the summary, else 0."""
    started: bool
    """True in the one update in which running began."""
    stopped: bool
    """True in the one update in which running ended; never together with `started`."""
    reason_ended: Ending | None
    """Why the run ended, from the update that ended it to the end of the summary; else None."""


class Session:
    """The visit of one runner after the other; `update` with every frame, or about ten times a second without frames."""

    def __init__(self, config: SessionConfig) -> None:
        self._lasts_s = {
            State.IDLE: math.inf,
            State.COUNTDOWN: float(config.countdown_s),
            State.RUNNING: config.longest_min * 60,
            State.SUMMARY: config.summary_s,
        }
        self._state = State.IDLE
        self._since_s = 0.0
        self._now_s = -math.inf
        self._quiet_until_s = -math.inf
        self._last_change: Command | None = None
        self._elapsed_s = 0.0
        self._ending: Ending | None = None
        self._hands_free = config.hands_free
        self._by_itself = False
        """The countdown was started by the belt, not by a press."""
        self._was_on = False
        """Somebody has been on the belt in this run."""
        self._may_start = True
        """Whoever runs on the belt has stepped on since the last start, or since the kiosk was switched on."""

    def update(self, t_s: float, commands: Sequence[Command] = (), belt: Belt = Belt.UNKNOWN) -> SessionState:
        """Move to `t_s` with the commands that came since the last update, in their order.

        The state changes at most once per update. A command counts for the state that the person saw, so commands go
        before the belt and the belt before time: STOP in the update in which the countdown ends still means "do not
        start". A gap between two updates counts as one step: what nobody saw is not skipped, so each state is shown for
        its time from `t_s` on.

        Args:
            t_s: seconds on the frames' clock; may stand still or jump ahead.
            commands: what was pressed.
            belt: what the newest frame says about it; UNKNOWN without a frame.

        Raises:
            ValueError: `t_s` is not finite or lies before the last update.
        """
        if not (math.isfinite(t_s) and t_s >= self._now_s):
            raise ValueError(f"t_s = {t_s}: expected a finite time not before the last update ({self._now_s}); pass the frames' clock.")
        self._now_s = t_s
        before = self._state
        for command in commands:
            self._command(command)
        if self._state is before and self._hands_free:
            self._look(belt)
        if t_s - self._since_s >= self._lasts_s[self._state]:  # not after a command: its state began now, and none lasts 0 s
            self._enter(ON_TIME[self._state], Ending.LONGEST)
        return self._view(before)

    def _command(self, command: Command) -> None:
        """Act on one press."""
        if self._now_s < self._quiet_until_s:
            if command is self._last_change:  # a burst of the same press is one press, however long it goes on
                self._quiet_until_s = self._now_s + QUIET_S
            return
        after = ON_COMMAND.get((self._state, command))
        if after is None:
            return
        self._enter(after, Ending.STOPPED)
        self._quiet_until_s = self._now_s + QUIET_S
        self._last_change = command

    def _look(self, belt: Belt) -> None:
        """Act on what happens on the belt."""
        if self._state is State.RUNNING:
            if belt is Belt.EMPTY and self._was_on:
                self._enter(State.SUMMARY, Ending.STEPPED_OFF)
            self._was_on |= belt in (Belt.TAKEN, Belt.MOVING)
        elif self._state is State.COUNTDOWN and self._by_itself and belt is Belt.EMPTY:
            self._enter(State.IDLE, Ending.STEPPED_OFF)
        elif belt is Belt.EMPTY:
            self._may_start = True
        elif self._state is not State.COUNTDOWN and belt is Belt.MOVING and self._may_start:
            self._enter(State.COUNTDOWN, Ending.STOPPED)
            self._by_itself = True

    def _enter(self, state: State, ending: Ending) -> None:
        if state is State.COUNTDOWN and self._lasts_s[State.COUNTDOWN] == 0:
            state = State.RUNNING
        if state is State.SUMMARY:
            self._elapsed_s = self._running_s()
            self._ending = ending
        else:
            self._elapsed_s = 0.0
            self._ending = None
        if state in (State.COUNTDOWN, State.RUNNING):
            self._by_itself = self._was_on = self._may_start = False
        self._state = state
        self._since_s = self._now_s

    def _running_s(self) -> float:
        return min(self._now_s - self._since_s, self._lasts_s[State.RUNNING])

    def _view(self, before: State) -> SessionState:
        left_s = self._lasts_s[State.COUNTDOWN] - (self._now_s - self._since_s)
        return SessionState(
            state=self._state,
            countdown_s=math.ceil(left_s) if self._state is State.COUNTDOWN else None,
            elapsed_s=self._running_s() if self._state is State.RUNNING else self._elapsed_s,
            started=self._state is State.RUNNING and before is not State.RUNNING,
            stopped=before is State.RUNNING and self._state is not State.RUNNING,
            reason_ended=self._ending,
        )
