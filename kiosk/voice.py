"""Speaks what a view says aloud, offline, with espeak-ng where it is installed. Without it, or without a loudspeaker, the screen stays.

One voice, no queue: what is spoken follows the newest view, and a cue that is no longer on the screen is cut off.
"""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kiosk.screen import LiveView
from kiosk.threads import Latest, Stop, Worker
from kiosk.words import NOTHING, Language, Phrase
from kiosk.words.catalogue import translated

PROGRAM = ("espeak-ng",)
RATE_WPM = 150
"""Words a minute: slower than espeak-ng's own 175, to be understood beside a running belt (our choice)."""
LONGEST_S = 15.0
"""Speech that lasts longer than this hangs, e.g. on an audio device that takes nothing: it is cut off (our choice; a cue lasts 2 s)."""
LOOK_EVERY_S = 0.1
IDLE_S = 0.5
"""Pause between two looks while something is spoken, and while nothing is."""


@dataclass(frozen=True)
class _Wanted:
    text: str
    language: Language


_SILENCE = _Wanted("", Language.EN)


class Voice:
    """One thread that owns the speaking program; `show` never waits for it."""

    def __init__(self, program: Sequence[str] = PROGRAM, on_crash: Callable[[str, Exception], None] | None = None) -> None:
        """Look for the program; nothing is spoken before the first text.

        Args:
            program: espeak-ng, or what takes its arguments, with options of its own.
            on_crash: told when the thread dies.
        """
        self.problem: Phrase = NOTHING
        """A sentence for the staff; NOTHING while all is well. Said when the voice is wanted first, not on a kiosk that is silent."""
        self._program = tuple(program)
        self._wanted: Latest[_Wanted] = Latest()
        self._shown = _SILENCE
        self._speaking: subprocess.Popen[str] | None = None
        self._left_s = 0.0
        self._worker = Worker("voice", self._run, on_crash).start()

    def show(self, view: LiveView) -> None:
        """Speak the words of this view, once for as long as they stand; "" is silence. Returns at once."""
        wanted = _Wanted(translated(view.say_aloud, view.language), view.language) if view.say_aloud else _SILENCE
        if wanted != self._shown:
            self._shown = wanted
            self._wanted.publish(wanted)

    def close(self) -> None:
        """Silent at once, and end."""
        self._wanted.close()
        self._worker.stop()

    def _run(self, stop: Stop) -> None:
        seen = 0
        try:
            while not stop.is_set:
                wait_s = LOOK_EVERY_S if self._speaking else IDLE_S
                seen, wanted = self._wanted.newer(seen, wait_s)
                if wanted is not None:
                    self._cut_off()
                    self._say(wanted)
                elif self._wanted.closed:
                    return
                elif self._speaking is not None:
                    self._listen(self._speaking, wait_s)
        finally:
            self._cut_off()

    def _say(self, wanted: _Wanted) -> None:
        if not wanted.text:
            return
        if shutil.which(self._program[0]) is None:
            self.problem = Phrase("No voice: espeak-ng is not installed. The cues stay on the screen.")
            return
        command = [*self._program, "-v", wanted.language.value, "-s", str(RATE_WPM), "--", wanted.text]
        try:
            self._speaking = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
            )
        except OSError as error:
            self._cannot(str(error))
        self._left_s = LONGEST_S

    def _listen(self, speaking: "subprocess.Popen[str]", waited_s: float) -> None:
        """Look after what is being spoken."""
        self._left_s -= waited_s
        if speaking.poll() is None:
            if self._left_s <= 0:
                self._cut_off()
                self._cannot(Phrase("no end after {seconds:.0f} s", seconds=LONGEST_S))
            return
        self._speaking = None
        said = speaking.stderr.read().strip().splitlines() if speaking.stderr is not None else []
        errors = [line for line in said if line.lower().startswith("error")]  # sound libraries chatter on stderr when all is well, too
        if speaking.returncode != 0 or errors:
            self._cannot((errors or said or ["?"])[-1][:120])
        else:
            self.problem = NOTHING
        _close(speaking)

    def _cannot(self, reason: str) -> None:
        self.problem = Phrase("The voice cannot be heard ({reason}). Is a loudspeaker connected?", reason=reason)

    def _cut_off(self) -> None:
        if self._speaking is not None:
            self._speaking.kill()
            self._speaking.wait()
            _close(self._speaking)
            self._speaking = None


def _close(done: "subprocess.Popen[str]") -> None:
    if done.stderr is not None:
        done.stderr.close()
