"""What a lesson may show, and what it says at one moment: values only.

What must not go in: deciding (lesson.py).
"""

from dataclasses import dataclass
from enum import Enum, auto

from kiosk.domain import Cue
from kiosk.screen import Focus, Gauge, SelfTest, Strip
from kiosk.words import NOTHING, Phrase


class Mode(Enum):
    """What the screen does now."""

    OPEN = auto()
    """No focus: any cue."""
    FEEDBACK = auto()
    """Focus, with cues and gauge of the skill."""
    SILENT = auto()
    """Focus, nothing is shown; the form is scored."""
    FREE = auto()
    """Before and after the focus minutes, or an easy run: calm."""
    TEST = auto()
    """A self-test or its verdict."""


@dataclass(frozen=True)
class LessonState:
    """What the screen says now; the fields are those of LiveView."""

    cue: Cue | None = None
    praise: Phrase = NOTHING
    asked_for: bool = False
    focus: Focus | None = None
    test: SelfTest | None = None
    can_test: bool = False
    gauge: Gauge | None = None
    strip: Strip | None = None
    say_aloud: Phrase = NOTHING
    metronome_spm: float | None = None
    """What the metronome should beat when it is on; None before the own cadence is known."""
    window_from_s: float | None = None
    """Poses before this time must not be analysed with later ones: a window must not span two parts of a self-test."""
