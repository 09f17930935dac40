"""The catalogues (gettext .po files beside this one) and what they make of a phrase. Babel reads them and knows the numbers.

A folder a language, a file a room: de/coach.po holds what kiosk/coach says. English needs none.
"""

import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kiosk.words import Language, Phrase

FOLDER = Path(__file__).parent
MINUS = "\N{MINUS SIGN}"


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """English pattern -> pattern in the language; empty for English.

    Raises:
        ValueError: a file of the language cannot be read or says one pattern in two ways.
    """
    from babel.messages.pofile import read_po  # slow to load, and an English station never needs it

    found: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language.value, abort_invalid=True):
                english, said = str(message.id), str(message.string)
                if english and said and found.setdefault(english, said) != said:
                    raise ValueError(f"{path}: {english!r} is {said!r} here and {found[english]!r} in another file; say it one way.")
    return found


def translated(text: str, language: Language) -> str:
    """The text in the language; English where the catalogue has no such pattern, and for plain strings. Numbers below zero get a minus
    sign, which a hyphen is too short to be seen as.
    """
    if not isinstance(text, Phrase):
        return str(text)
    pattern = text.pattern if language is Language.EN else catalogue(language).get(text.pattern, text.pattern)
    return _Numbers(language).vformat(pattern, (), text.values) if text.values else pattern


@cache
def _decimal_sign(language: Language) -> str:
    if language is Language.EN:
        return "."
    from babel.numbers import get_decimal_symbol  # slow to load, and an English station never needs it

    return get_decimal_symbol(language.value)


class _Numbers(string.Formatter):
    """`str.format` with the language's decimal sign and with phrases among the values."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._sign = _decimal_sign(language)

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Phrase):
            value = translated(value, self._language)
        text = str(super().format_field(value, format_spec))
        return text.replace(".", self._sign).replace("-", MINUS) if isinstance(value, float) else text
