"""The lesson in German: every phrase of these files has one, and it says as much as the English one."""

import ast
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import kiosk.coach

FOLDER = Path(kiosk.coach.__file__).parent
FILES = (
    *("cues", "drills", "effects", "fading", "focus", "lesson", "metronome", "modes", "outcome", "progress"),
    *("selftest", "soreness", "strip"),
)


def phrases(path: Path) -> set[str]:
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    literals = (c.args[0] for c in calls if isinstance(c.func, ast.Name) and c.func.id == "Phrase" and c.args)
    return {literal.value for literal in literals if isinstance(literal, ast.Constant) and literal.value}


def fields(pattern: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name}


ENGLISH = set().union(*(phrases(FOLDER / f"{name}.py") for name in FILES))
with (FOLDER.parent / "words" / "de" / "lesson.po").open("rb") as file:
    GERMAN = {str(message.id): str(message.string) for message in read_po(file, locale="de") if message.id}


def test_the_catalogue_has_these_phrases_and_no_others():
    """A new sentence needs its German one; an old one goes with the English."""
    assert len(ENGLISH) > 100
    assert set(GERMAN) == ENGLISH


@pytest.mark.parametrize("english", sorted(ENGLISH))
def test_a_translation_keeps_its_values_and_stays_short(english: str):
    """The same values in both; buttons and instructions of up to six words stay so."""
    german = GERMAN[english]
    assert german
    assert fields(german) == fields(english)
    if len(english.split()) <= 4 and not english.endswith("."):
        assert len(german.split()) <= 6
