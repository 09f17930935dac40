"""idle -> check -> choose -> countdown -> running -> summary -> replay -> ask -> take home -> idle: a visit as a state machine.

What must not go in: a clock, a thread, measuring, storing, words, what a menu offers. The pipeline owns the one `Session`, tells it
the time and the keys of the menu on the screen. Every step needs two buttons only: start goes on and takes, stop ends and marks the next.

Hands free, a person who steps on and runs starts the countdown, not the run: whoever does not want to be measured has its seconds
to press stop, and nothing is stored. Stepping off ends the run: at once the one that came by itself, after `step_off_s` the one that
somebody started (docs/decisions.md). After any start the belt must have been empty before the next one comes by itself, so a press of
stop holds for as long as the person runs on.

A bout that the clinic orders has a countdown and a length of its own, and ends with thanks instead of a summary. It waits for nobody's
run that was started by a press; one that came by itself gives way.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from kiosk.clinic import BoutOrder
from kiosk.config import SessionConfig
from kiosk.pose.presence import Belt
from kiosk.screen import Command, Drawn, Pick, Press, State
from kiosk.visit import (
    ADJUSTS,
    ASKED,
    CHOOSE_S,
    CODE_DIGITS,
    LONGEST_STEP_S,
    LOST_S,
    MEASURED_S,
    MENUS,
    NEXT_VISITOR,
    OFF_S,
    ON_COMMAND,
    ON_PICK,
    ON_TIME,
    QUIET_S,
    SETUP_S,
    SHUTDOWN_S,
    STOPS_ON_TOGGLE,
    TAKES_NO_ORDER,
    UNDO_S,
    Ending,
    SessionState,
)
from kiosk.words import Language


class Session:
    """The visit of one runner after the other; `update` with every frame, or about ten times a second without frames."""

    def __init__(self, config: SessionConfig, can_set_up: bool = False) -> None:
        """`can_set_up`: there is a guide for the camera, so SETUP can be entered."""
        self._config = config
        self._can_set_up = can_set_up
        self._lasts_s = {
            **dict.fromkeys(State, config.summary_s),
            State.IDLE: math.inf,
            State.OFF: OFF_S,
            State.MEASURED: MEASURED_S,
            State.CHECK: config.abandoned_s,
            State.CODE: config.abandoned_s,
            State.CHOOSE: CHOOSE_S,
            State.SETUP: SETUP_S,
            State.SHUTDOWN: SHUTDOWN_S,
            State.COUNTDOWN: float(config.countdown_s),
            State.RUNNING: config.longest_min * 60,
        }
        self._now_s = -math.inf
        self._since_s = 0.0
        self._switched_s = -math.inf  # when stop changed the language
        self._pressed_s = 0.0
        """Last press, or beginning of this state: a menu in use is not abandoned."""
        self._quiet_until_s = self._burst_until_s = -math.inf
        self._last_change: Press | None = None
        self._started_in = State.IDLE
        """Where start was pressed last: a long press on it opens the guide for the camera only when it began on the attract screen."""
        self._seen = SessionState(State.IDLE, language=config.language)
        self._before_shutdown = State.IDLE
        self._belt = Belt.UNKNOWN
        self._came = self._left = False
        """Somebody came onto the belt, and left it again, since the last press or screen: who is there now may be somebody else."""
        self._by_itself = False  # the countdown was started by the belt, not by a press
        self._was_on = False  # somebody has been on the belt in this run
        self._unseen_s = 0.0
        """How long there has been no picture; what nobody saw between two updates counts as one step."""
        self._off_s: float | None = None
        """Since when the belt has been empty in this run; a late frame in between tells nothing."""
        self._seen_s = 0.0
        self._next_order: BoutOrder | None = None
        """A bout that waits for the end of a run that came by itself."""
        self._may_start = True
        """Whoever runs on the belt has stepped on since the last start, or since the kiosk was switched on."""

    @property
    def state(self) -> State:
        """Where the visit stands now."""
        return self._seen.state

    def update(
        self,
        t_s: float,
        presses: Sequence[Press] = (),
        belt: Belt = Belt.UNKNOWN,
        options: Sequence[str] = (),
        well_placed: bool = False,
    ) -> SessionState:
        """Move to `t_s` with the presses that came since the last update, in their order.

        The state changes at most once per update. A press counts for the screen that the person saw, so presses go before the belt and
        the belt before time: STOP in the update in which the countdown ends still means "do not start". A gap between two updates
        counts as one step: what nobody saw is not skipped, so each state is shown for its time from `t_s` on.

        Args:
            t_s: seconds on the frames' clock; may jump ahead.
            presses: what was pressed.
            belt: what the newest frame says about it; UNKNOWN without a frame.
            options: keys of the menu on the screen; none in ASK means that there is nothing more to ask.
            well_placed: in CHECK, the runner has been well in the picture for long enough.

        Raises:
            ValueError: `t_s` is not finite or lies before the last update.
        """
        if not (math.isfinite(t_s) and t_s >= self._now_s):
            raise ValueError(f"t_s = {t_s}: expected a finite time not before the last update ({self._now_s}); pass the frames' clock.")
        step_s, self._now_s, self._belt = min(t_s - self._now_s, LONGEST_STEP_S), t_s, belt
        self._unseen_s = self._unseen_s + step_s if belt is Belt.UNKNOWN else 0.0
        before = self.state
        self._seen = replace(
            self._seen,
            started=False,
            stopped=False,
            picked="",
            drawn=None,
            asked=(),
            typed=self._seen.typed if before is State.CODE else "",
        )
        waiting, self._next_order = self._next_order, None
        for press in (*([waiting] if waiting else []), *presses):
            self._press(press, options)
        if self.state is before and not self._seen.picked:
            self._go_on(well_placed, options)
        if self.state is before:
            self._look(belt)
        self._left |= belt is Belt.EMPTY and self._came
        self._came |= belt in (Belt.TAKEN, Belt.MOVING)
        self._may_start |= belt is Belt.EMPTY and self.state not in (State.COUNTDOWN, State.RUNNING)
        if t_s - self._waiting_since_s() >= self._lasting_s():  # not after a press: its state began now, and none lasts 0 s
            self._time_is_up(options)
        return self._view(before)

    def _press(self, press: Press, options: Sequence[str]) -> None:
        """Act on one press."""
        burst = press == self._last_change and self._now_s < self._burst_until_s
        if burst:  # a burst of the same press is one press, however long it goes on; it must not make other buttons deaf
            self._burst_until_s = self._now_s + QUIET_S
        if (burst or self._now_s < self._quiet_until_s) and not self._is_meant(press):
            return
        self._pressed_s = self._now_s
        self._came = self._left = False
        if press in (Command.START, Command.TOGGLE):
            self._started_in = self.state
        toggled = Command.STOP if self.state in STOPS_ON_TOGGLE else Command.START
        if self._acts(toggled if press is Command.TOGGLE else press, options):
            self._quiet_until_s = self._burst_until_s = self._now_s + QUIET_S
            self._last_change = press

    def _is_meant(self, press: Press) -> bool:
        """Never a slip of the finger: the clinic's order, which its desk gives once, and the stop of its bout."""
        bout = self._seen.order is not None and self.state in (State.COUNTDOWN, State.RUNNING)
        return isinstance(press, BoutOrder) or (bout and press is Command.STOP)

    def _acts(self, press: Press, options: Sequence[str]) -> bool:
        """Do what the press means here; True when it changed the screen for good, so that a second tap must be ignored."""
        if not isinstance(press, Command):
            return self._picks(press, options) if not isinstance(press, BoutOrder) else self._order(press)
        if press is Command.SHUTDOWN:
            return self._ask_to_switch_off()
        if self.state in MENUS and press in (Command.START, Command.STOP):
            return bool(options) and self._menu(press, options)
        if self.state is State.RUNNING and press in ASKED and self._seen.order is None:
            self._seen = replace(self._seen, asked=(*self._seen.asked, ASKED[press]))
            return press is Command.TEST
        if press is Command.LANGUAGE or (self.state, press) == (State.IDLE, Command.STOP):
            self._switched_s = self._now_s if press is Command.STOP else -math.inf
            return self._next_language()
        return self._go(press)

    def _picks(self, pick: Pick | Drawn, options: Sequence[str]) -> bool:
        if isinstance(pick, Drawn):
            self._seen = replace(self._seen, drawn=pick.zone if self.state is State.SETUP else None)
            return False
        return self.state in MENUS and pick.key in options and self._take(pick.key)

    def _go(self, press: Command) -> bool:
        after = ON_COMMAND.get((self.state, press))
        if after is None or (after is State.SETUP and not self._opens_guide(press)):
            return False
        if self.state is State.IDLE and after is State.CHECK and not self._config.guided:
            after = State.COUNTDOWN
        elif self.state is State.COUNTDOWN and self._config.guided and not self._by_itself and self._seen.order is None:
            after = State.CHOOSE
        self._enter(after, Ending.STOPPED)
        self._may_start = self._may_start and press is not Command.STOP  # who gives a visit up runs on in peace
        return True

    def _opens_guide(self, press: Command) -> bool:
        """Not for a runner who is too long on the button that says "ready"."""
        held = press is Command.TEST and self.state is not State.IDLE
        return self._can_set_up and not (held and self._started_in is not State.IDLE)

    def _order(self, order: BoutOrder) -> bool:
        """Begin the clinic's bout, unless somebody is counted down or runs who asked for it; the desk says when it was not begun."""
        if self.state in (State.COUNTDOWN, State.RUNNING) and not self._by_itself:
            return False
        if self.state in TAKES_NO_ORDER:
            return False
        if self.state is State.RUNNING:  # ends here; the order is taken up in the next update
            self._enter(State.SUMMARY, Ending.STOPPED)
            self._next_order = order
            return False
        self._enter(State.COUNTDOWN, order=order)
        return True

    def _menu(self, press: Command, options: Sequence[str]) -> bool:
        marked = min(self._seen.marked, len(options) - 1)
        if press is Command.START:
            return self._take(options[marked])
        self._seen = replace(self._seen, marked=(marked + 1) % len(options))
        return False

    def _take(self, key: str) -> bool:
        """Take an option of the menu on the screen."""
        state, seen = self.state, replace(self._seen, picked=key)
        self._seen = seen
        if state is State.CODE and key != "back":
            return self._type(key)
        if state is State.ASK:
            self._seen = replace(seen, answers=(*seen.answers, key), marked=0)
        elif state is State.SHUTDOWN:
            self._enter(ON_PICK.get((state, key), self._before_shutdown))
        elif state is State.SETUP:
            self._enter(ON_PICK.get((state, key), state), keep_mark=key in ADJUSTS)
            return key not in ADJUSTS
        else:
            self._enter(ON_PICK.get((state, key), State.COUNTDOWN), keep_mark=True)
            self._may_start = self._may_start and key != "cancel"
        return True

    def _type(self, key: str) -> bool:
        """One digit more or less of the code; the last one leads back to the choice."""
        typed = self._seen.typed[:-1] if key == "delete" else self._seen.typed + key
        self._seen = replace(self._seen, typed=typed)
        if len(typed) < CODE_DIGITS:
            return False
        self._enter(State.CHOOSE)
        self._seen = replace(self._seen, picked="code", typed=typed)
        return True

    def _ask_to_switch_off(self) -> bool:
        if self.state in (State.RUNNING, State.COUNTDOWN, State.SHUTDOWN, State.OFF):
            return False
        if self.state is State.IDLE and self._now_s - self._switched_s < UNDO_S:
            self._next_language(-1)
        self._before_shutdown = self.state
        self._enter(State.SHUTDOWN)
        return True

    def _next_language(self, step: int = 1) -> bool:
        if self.state in (State.RUNNING, State.COUNTDOWN, State.OFF):
            return False
        languages = list(Language)
        self._seen = replace(self._seen, language=languages[(languages.index(self._seen.language) + step) % len(languages)])
        return True

    def _go_on(self, well_placed: bool, options: Sequence[str]) -> None:
        if self.state is State.CHECK and well_placed:
            self._enter(State.CHOOSE)
        elif self.state is State.ASK and not options:
            self._enter(State.TAKE_HOME)

    def _look(self, belt: Belt) -> None:
        """Act on what happens on the belt."""
        if self.state is State.RUNNING:
            self._watch_for_leaving(belt)
        elif not self._config.hands_free:
            return
        elif self.state is State.COUNTDOWN and self._by_itself and belt is Belt.EMPTY:
            self._enter(State.IDLE)
        elif self.state in NEXT_VISITOR and belt is Belt.MOVING and self._may_start:
            if self.state is not State.IDLE:  # somebody else: the language of the last visitor goes with him
                self._seen = replace(self._seen, language=self._config.language)
            self._enter(State.COUNTDOWN)
            self._by_itself = True

    def _watch_for_leaving(self, belt: Belt) -> None:
        """End the run that the runner left, that nobody ever stepped on for, or that no camera sees any more."""
        if belt in (Belt.TAKEN, Belt.MOVING):
            self._was_on, self._off_s = True, None
        elif belt is Belt.EMPTY:
            self._off_s = self._now_s if self._off_s is None else self._off_s
            if self._now_s - self._off_s >= self._patience_s():
                self._enter(State.SUMMARY, Ending.STEPPED_OFF if self._was_on else Ending.NOBODY, at_s=self._off_s)
        elif self._unseen_s >= LOST_S:
            self._enter(State.SUMMARY, Ending.NO_PICTURE, at_s=self._seen_s)
        if belt is not Belt.UNKNOWN:
            self._seen_s = self._now_s

    def _patience_s(self) -> float:
        """How long the belt may be empty in this run."""
        if self._seen.order is not None and self._was_on:
            return self._config.step_off_s
        if not self._was_on or not self._config.hands_free:
            return max(self._config.step_off_s, self._config.abandoned_s)
        return 0.0 if self._by_itself else self._config.step_off_s

    def _time_is_up(self, options: Sequence[str]) -> None:
        state = self.state
        if state is State.CHOOSE:
            there = self._belt is Belt.MOVING and not self._left and bool(options)
            self._seen = replace(self._seen, picked=options[0] if there else "cancel")
            self._enter(State.COUNTDOWN if there else State.IDLE)
        elif state is State.SHUTDOWN:
            self._enter(self._before_shutdown)
        else:
            self._enter(ON_TIME[state], Ending.LONGEST if self._seen.order is None else Ending.COMPLETE)

    def _waiting_since_s(self) -> float:
        """Menus and pages count from the last press, a countdown and a run from their beginning."""
        return self._since_s if self.state in (State.COUNTDOWN, State.RUNNING) else max(self._since_s, self._pressed_s)

    def _lasting_s(self) -> float:
        """How long this state lasts."""
        order = self._seen.order
        return order.seconds if order is not None and self.state is State.RUNNING else self._lasts_s[self.state]

    def _enter(
        self,
        state: State,
        ending: Ending | None = None,
        at_s: float | None = None,
        keep_mark: bool = False,
        order: BoutOrder | None = None,
    ) -> None:
        if state is State.COUNTDOWN and self._lasts_s[State.COUNTDOWN] == 0:
            state = State.RUNNING
        seen = self._seen
        if self.state is State.RUNNING:  # a run always ends in its summary
            elapsed_s = min((self._now_s if at_s is None else at_s) - self._since_s, self._lasting_s())
            seen = replace(seen, elapsed_s=elapsed_s, reason_ended=ending)
            state = State.SUMMARY if seen.order is None else State.MEASURED
        if state is State.COUNTDOWN or (state is State.RUNNING and self.state is not State.COUNTDOWN) or state is State.IDLE:
            seen = replace(seen, order=order)
        if state in (State.COUNTDOWN, State.RUNNING, State.IDLE):
            seen = replace(seen, elapsed_s=0.0, reason_ended=None, answers=())
            if not (self.state is State.COUNTDOWN and state is State.RUNNING):
                self._by_itself = False
            self._was_on, self._off_s, self._unseen_s, self._seen_s = False, None, 0.0, self._now_s
            self._may_start = self._may_start and state is State.IDLE
        if state is State.IDLE and self.state is not State.SHUTDOWN:
            seen = replace(seen, language=self._config.language)
        mark = seen.marked if keep_mark and state is self.state else 0
        self._seen = replace(seen, state=state, marked=mark, typed="")
        self._came = self._left = False
        self._since_s = self._pressed_s = self._now_s

    def _view(self, before: State) -> SessionState:
        state, seen = self.state, self._seen
        in_s = self._now_s - self._since_s
        if state is State.IDLE and self._now_s - max(self._since_s, self._pressed_s) >= self._config.abandoned_s:
            self._seen = seen = replace(seen, language=self._config.language)
        left_s = self._lasts_s[State.COUNTDOWN] - in_s
        return replace(
            seen,
            countdown_s=math.ceil(left_s) if state is State.COUNTDOWN else None,
            elapsed_s=in_s if state is State.RUNNING else seen.elapsed_s,
            started=state is State.RUNNING and before is not State.RUNNING,
            stopped=before is State.RUNNING and state is not State.RUNNING,
            seconds_in=in_s,
        )
