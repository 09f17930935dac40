"""Who visits now: what is known of the runner, the menus that are offered, and what was chosen. No name is ever known.

What must not go in: the order of screens (session.py), words and tables of skills and soreness (coach/), measuring.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from kiosk.coach.codes import NUMBERS, code_from, is_code
from kiosk.coach.focus import SURPRISE, Plan, options, plan
from kiosk.coach.progress import Progress
from kiosk.coach.soreness import question
from kiosk.config import SessionConfig
from kiosk.domain import View
from kiosk.screen import Menu, Option, State
from kiosk.visit import SessionState
from kiosk.words import NOTHING, Phrase

WRONG_CODES = 3
PAUSE_S = 30.0
"""After this many wrong codes none is taken for this long: nobody shall find a stranger's by trying (our choice)."""

TRIES = 100
"""For a free code; with half of all codes taken one in 10^30 visits gets none."""

DIGITS: tuple[Option, ...] = (
    *(Option(digit, Phrase(digit)) for digit in "1234567890"),
    Option("delete", Phrase("Delete")),
    Option("back", Phrase("Back")),
)

SWITCH_OFF = Menu(
    "shutdown",
    Phrase("Switch the station off?"),
    (Option("no", Phrase("No, go on")), Option("yes", Phrase("Yes, switch off"))),
    more=Phrase("What was measured is kept."),
)


class Runners(Protocol):
    """Where progress is kept under take-away codes (kiosk.store)."""

    def runner(self, code: str) -> str | None: ...  # noqa: D102
    def knows(self, code: str) -> bool | None: ...  # noqa: D102
    def keep_runner(self, code: str, progress: str, session_id: int | None) -> None: ...  # noqa: D102


class CodeBook:
    """Take-away codes: who comes back, and a code for who comes first. One for the whole life of the station."""

    def __init__(self, runners: Runners, number: Callable[[], int]) -> None:
        self._runners = runners
        self._number = number
        self._wrong = 0
        self._locked_until_s = float("-inf")

    def look_up(self, code: str, t_s: float) -> tuple[Progress | None, Phrase]:
        """The progress under a code, None when it opens nothing, and what to say."""
        if t_s < self._locked_until_s:
            return None, Phrase("Too many wrong codes: wait half a minute.")
        text = self._runners.runner(code) if is_code(code) else None
        if text is None:
            self._wrong += 1
            if self._wrong % WRONG_CODES == 0:
                self._locked_until_s = t_s + PAUSE_S
            return None, Phrase("This code is not known here. Look at its digits again.")
        self._wrong = 0
        try:
            progress = Progress.from_text(text)
        except ValueError:
            return None, Phrase("What is kept under this code cannot be read. Start anew without it.")
        return progress, Phrase("Welcome back! Runs so far: {n}.", n=progress.runs)

    def keep(self, code: str, progress: Progress, session_id: int | None) -> None:
        """Remember the progress under the code."""
        self._runners.keep_runner(code, progress.to_text(), session_id)

    def free_code(self) -> str:
        """A code that nobody has; "" when none was found in a hundred tries, or when it cannot be told: no second look at a dead disk."""
        tries = (code_from(self._number() % NUMBERS) for _ in range(TRIES))
        known = ((code, self._runners.knows(code)) for code in tries)
        code, taken = next(((code, taken) for code, taken in known if not taken), ("", None))
        return code if taken is False else ""


class Visitor:
    """The runner of this visit; a new one for each."""

    def __init__(self, codes: CodeBook, config: SessionConfig) -> None:
        self._codes = codes
        self.progress = Progress()
        self.code = ""
        """The take-away code: the one that was typed, or the one that was given after a run."""
        self.metronome, self.voice = config.metronome, config.voice
        self._choice = SURPRISE
        self._said = NOTHING
        """What the menu says about the code."""

    def menu(self, seen: SessionState, view: View | None) -> Menu | None:
        """The menu of this moment; None where there is none, and when all questions are answered."""
        if seen.state is State.CHOOSE:
            menu = Menu("focus", Phrase("What do you want to work on?"), self._choices(view), more=self._said)
        elif seen.state is State.CODE:
            menu = Menu("code", Phrase("Your code"), DIGITS, typed=seen.typed)
        elif seen.state is State.SHUTDOWN:
            menu = SWITCH_OFF
        elif seen.state is State.ASK and (asked := question(seen.answers)) is not None:
            menu = asked
        else:
            return None
        return replace(menu, marked=min(seen.marked, len(menu.options) - 1))

    def take(self, seen: SessionState, t_s: float) -> None:
        """Act on what was picked in this update."""
        if seen.picked == "code" and seen.typed:
            found, self._said = self._codes.look_up(seen.typed, t_s)
            if found is not None:
                self.code, self.progress = seen.typed, found
        elif seen.picked == "metronome":
            self.metronome = not self.metronome
        elif seen.picked == "voice":
            self.voice = not self.voice
        elif seen.picked and seen.state in (State.COUNTDOWN, State.RUNNING):
            self._choice = seen.picked

    def plan(self, view: View | None) -> Plan:
        """What this run works on."""
        return plan(self.progress, self._choice, view)

    def keep(self, progress: Progress, session_id: int | None) -> None:
        """Remember the progress under the code; a first visitor gets one."""
        self.progress = progress
        self.code = self.code or self._codes.free_code()
        if self.code:
            self._codes.keep(self.code, progress, session_id)

    def _choices(self, view: View | None) -> tuple[Option, ...]:
        known = () if self.code else (Option("code", Phrase("I have a code")),)
        return (
            *options(self.progress, view),
            *known,
            Option("metronome", Phrase("Metronome"), on=self.metronome),
            Option("voice", Phrase("Spoken cues"), on=self.voice),
            Option("cancel", Phrase("Cancel")),
        )
