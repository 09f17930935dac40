"""The voice follows the newest view: once for each new text, one at a time, silent at once."""

import os
import shutil
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.screen import LiveView, State
from kiosk.threads import Stop
from kiosk.voice import Voice
from kiosk.words import Language, Phrase

LONGEST_WAIT_S = 30.0


def until(done: Callable[[], bool]) -> None:
    """Wait for it; a machine that is too slow fails here and nowhere else."""
    pause = Stop()
    for _ in range(int(LONGEST_WAIT_S / 0.01)):
        if done():
            return
        pause.wait(0.01)
    raise AssertionError("did not happen")


class FakeEspeak:
    """A program called espeak-ng on PATH that writes down what it is to say, then does what the test says."""

    def __init__(self, folder: Path, then: str) -> None:
        self._log = folder / "log"
        self._log.touch()
        file = folder / "espeak-ng"
        file.write_text(f'#!/bin/sh\necho "$$ $*" >> {self._log}\n{then}\n')
        file.chmod(0o755)

    @property
    def said(self) -> list[str]:
        return [line.partition(" ")[2] for line in self._log.read_text().splitlines()]

    def alive(self) -> list[bool]:
        """Whether each one that was started still runs."""
        return [Path(f"/proc/{line.split()[0]}").exists() for line in self._log.read_text().splitlines()]


@pytest.fixture
def espeak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], FakeEspeak]:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return lambda then: FakeEspeak(tmp_path, then)


@pytest.fixture
def voice() -> Iterator[Voice]:
    made = Voice()
    yield made
    made.close()


def running(words: str, language: Language = Language.EN) -> LiveView:
    return LiveView(state=State.RUNNING, language=language, say_aloud=Phrase(words))


SPEAKS_LONG = "exec sleep 600"


def test_a_text_is_spoken_once_while_it_stands(espeak: Callable[[str], FakeEspeak], voice: Voice) -> None:
    """Thirty views with the same words are one; the same words after a silence are a new cue."""
    program = espeak("exit 0")
    for _ in range(30):
        voice.show(running("Land softly"))
    until(lambda: len(program.said) == 1)
    voice.show(running(""))
    until(lambda: voice._wanted.peek().text == "")
    voice.show(running("Land softly"))
    until(lambda: len(program.said) == 2)
    assert program.said == ["-v en -s 150 -- Land softly"] * 2


def test_german_words_are_spoken_by_the_german_voice(
    espeak: Callable[[str], FakeEspeak], voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The phrase is translated into the view's language."""
    program = espeak("exit 0")
    monkeypatch.setattr("kiosk.words.catalogue.catalogue", lambda language: {"Land softly": "Setz leise auf"})
    voice.show(running("Land softly", Language.DE))
    until(lambda: program.said == ["-v de -s 150 -- Setz leise auf"])


def test_a_new_text_cuts_off_the_old_one(espeak: Callable[[str], FakeEspeak], voice: Voice) -> None:
    """Never two voices at once: the first is ended before the second begins."""
    program = espeak(SPEAKS_LONG)
    voice.show(running("One"))
    until(lambda: len(program.said) == 1)
    voice.show(running("Two"))
    until(lambda: len(program.said) == 2)
    assert program.alive() == [False, True]


def test_silence_cuts_off(espeak: Callable[[str], FakeEspeak], voice: Voice) -> None:
    """Stop is pressed: the view has no words, the voice is silent in mid-word, and that is no problem."""
    program = espeak(SPEAKS_LONG)
    voice.show(running("One"))
    until(lambda: len(program.said) == 1)
    voice.show(LiveView(state=State.SUMMARY))
    until(lambda: program.alive() == [False])
    assert voice.problem == ""


def test_closing_ends_the_program(espeak: Callable[[str], FakeEspeak]) -> None:
    """Nothing is left behind when the kiosk ends."""
    program = espeak(SPEAKS_LONG)
    voice = Voice()
    voice.show(running("One"))
    until(lambda: len(program.said) == 1)
    voice.close()
    assert program.alive() == [False]


def test_show_does_not_wait_for_the_program(espeak: Callable[[str], FakeEspeak], voice: Voice) -> None:
    """A hundred texts while the first is still spoken: no queue, the last one is spoken, most of the others never."""
    program = espeak(SPEAKS_LONG)
    for i in range(100):
        voice.show(running(f"Cue {i}"))
    until(lambda: program.said[-1:] == ["-v en -s 150 -- Cue 99"])
    assert program.alive().count(True) == 1


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ("echo 'ALSA lib: cannot find card' >&2; echo 'error: No such device' >&2", "error: No such device"),
        ("echo 'no such voice' >&2; exit 1", "no such voice"),
        ("exit 3", "?"),
    ],
)
def test_a_voice_that_cannot_be_heard_is_a_sentence(espeak: Callable[[str], FakeEspeak], voice: Voice, then: str, reason: str) -> None:
    """espeak-ng without an audio device ends with 0 and says it on stderr; also an exit code is a reason."""
    espeak(then)
    voice.show(running("Land softly"))
    until(lambda: voice.problem != "")
    assert voice.problem == f"The voice cannot be heard ({reason}). Is a loudspeaker connected?"


def test_chatter_of_the_sound_library_is_no_problem_and_a_heard_cue_ends_one(espeak: Callable[[str], FakeEspeak], voice: Voice) -> None:
    """The loudspeaker is connected again: the sentence goes away by itself."""
    espeak("exit 3")
    voice.show(running("One"))
    until(lambda: voice.problem != "")
    espeak("echo 'ALSA lib: underrun' >&2")
    voice.show(running("Two"))
    until(lambda: voice.problem == "")


def test_without_espeak_the_first_cue_says_so(monkeypatch: pytest.MonkeyPatch, voice: Voice) -> None:
    """A kiosk that never speaks has no problem; one that is asked to has a sentence."""
    monkeypatch.setenv("PATH", "/nowhere")
    before = voice.problem
    voice.show(running("Land softly"))
    until(lambda: voice.problem != "")
    assert (before, voice.problem) == ("", "No voice: espeak-ng is not installed. The cues stay on the screen.")


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng")
@pytest.mark.parametrize("language", list(Language))
def test_the_real_program_speaks_every_language(tmp_path: Path, language: Language) -> None:
    """espeak-ng takes our arguments and makes sound of a cue, into a file: at least half a second that is not silent."""
    file = tmp_path / "said.wav"
    voice = Voice(("espeak-ng", "-w", str(file)))
    voice.show(running("-- Land softly", language))
    until(lambda: voice._speaking is None and file.exists() and file.stat().st_size > 1000)
    voice.close()
    with wave.open(str(file)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
        loud = any(sound.readframes(sound.getnframes()))
    assert (voice.problem, seconds > 0.5, loud) == ("", True, True)
