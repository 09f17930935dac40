"""Every sentence of the kiosk is said in every language, and nothing else is in the catalogues.

The patterns are read from the source: `Phrase("...")` in Python, `say("...")` in JavaScript, string literals that are added included.
"""

import string
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from kiosk.coach.rules import RULES
from kiosk.words import Language
from kiosk.words.catalogue import FOLDER, translated

ROOT = Path(__file__).parents[2]
KIOSK = ROOT / "kiosk"
WAYS = {".py": ("python", "Phrase"), ".js": ("javascript", "say")}
"""Suffix of a source file -> how babel reads it, and the call whose first argument is a pattern."""
MOST_WORDS = 6
"""A cue that is read while running (COACHING.md)."""


@cache
def patterns_in(path: Path) -> frozenset[str]:
    """The patterns of one source file."""
    method, keyword = WAYS[path.suffix]
    with path.open("rb") as file:
        found = [message for _, message, _, _ in extract(method, file, keywords={keyword: None})]
    return frozenset(text for text in found if isinstance(text, str) and text)


@cache
def catalogue_of(path: Path) -> Catalog:
    """One .po file."""
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def entries(path: Path) -> dict[str, str]:
    """English pattern -> words of one .po file."""
    return {str(message.id): str(message.string) for message in catalogue_of(path) if message.id}


def fields(pattern: str) -> set[str]:
    """Names of the values in a pattern, also of those in format specifications: {value:.{digits}f} has two."""
    names = set()
    for _, name, spec, _ in string.Formatter().parse(pattern):
        if name is not None:
            names |= {name} | fields(spec or "")
    return names


def has_words(pattern: str) -> bool:
    """False for a pattern of fields and signs alone, e.g. "{value} ± {spread}": it is the same in all languages."""
    return any(sign.isalpha() for text, *_ in string.Formatter().parse(pattern) for sign in text)


SOURCES = [path for path in sorted(KIOSK.rglob("*")) if path.suffix in WAYS and patterns_in(path)]
OTHERS = [language for language in Language if language is not Language.EN]
CATALOGUES = [path for language in OTHERS for path in sorted((FOLDER / language).glob("*.po"))]


def short(path: Path) -> str:
    """A path as the name of a test."""
    return str(path.relative_to(KIOSK))


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("source", SOURCES, ids=short)
def test_every_pattern_is_said(source: Path, language: Language) -> None:
    """Each sentence of this file has words in a catalogue of the language."""
    said = {english for path in (FOLDER / language).glob("*.po") for english, words in entries(path).items() if words}
    assert [pattern for pattern in sorted(patterns_in(source)) if has_words(pattern) and pattern not in said] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=short)
def test_no_entry_is_dead_or_unsure(path: Path) -> None:
    """What nobody says any more is not kept, and no entry is marked as a guess."""
    alive = frozenset().union(*(patterns_in(source) for source in SOURCES))
    found = catalogue_of(path)
    assert sorted(set(entries(path)) - alive) == []
    assert [str(message.id) for message in found if message.id and message.fuzzy] == []
    assert list(found.obsolete) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=short)
def test_the_values_of_a_pattern_are_in_its_translation(path: Path) -> None:
    """Every value under its own name, none left out, none invented, and it can be filled in."""
    assert {english: words for english, words in entries(path).items() if words and fields(english) != fields(words)} == {}


@pytest.mark.parametrize("language", OTHERS)
def test_one_pattern_is_said_one_way(language: Language) -> None:
    """A pattern that stands in two catalogues has the same words in both."""
    ways: dict[str, set[str]] = {}
    for path in (FOLDER / language).glob("*.po"):
        for english, words in entries(path).items():
            ways.setdefault(english, set()).add(words)
    assert {english: words for english, words in ways.items() if len(words) > 1} == {}


@pytest.mark.parametrize("language", list(Language))
def test_cues_are_short_in_every_language(language: Language) -> None:
    """At most six words, to be read at a glance while running."""
    cues = {translated(row.cue, language) for row in RULES}
    assert {cue for cue in cues if len(cue.split()) > MOST_WORDS} == set()


SAMPLE_PY = 'X = Phrase("one {a:.1f}" " and two", a=1)\nY = Phrase(\n    "three"\n)\nZ = Phrase(name)\nW = other("four")\n'
SAMPLE_JS = 'const x = say("one {a} " + "and two", { a: 1 });\nput("three");\nsay(\n  "four",\n);\n'


FOUND = [("a.py", SAMPLE_PY, {"one {a:.1f} and two", "three"}), ("a.js", SAMPLE_JS, {"one {a} and two", "four"})]


@pytest.mark.parametrize(("name", "source", "expected"), FOUND)
def test_patterns_are_found(tmp_path: Path, name: str, source: str, expected: set[str]) -> None:
    """Literals over several lines and literals that are added, in both languages of the source; names and other calls are none."""
    (tmp_path / name).write_text(source)
    assert patterns_in(tmp_path / name) == expected


def test_fields_and_words_of_a_pattern() -> None:
    """Fields inside format specifications count; signs alone are no words."""
    assert fields("{label} {value:.{digits}f}") == {"label", "value", "digits"}
    assert (has_words("{value} ± {spread}"), has_words("{value} s")) == (False, True)
