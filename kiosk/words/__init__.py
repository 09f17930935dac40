"""A sentence for people that still knows its pattern, so that it can be said in another language later.

Pure. English is the source: the pattern is the key of the catalogues in this folder. What must not go in: reading catalogues
(catalogue.py), the sentences themselves; they stand where their cause is seen.
"""

from collections.abc import Mapping
from enum import StrEnum


class Language(StrEnum):
    """A language that the screen speaks; adding one is a row here and a folder of catalogues."""

    EN = "en"
    DE = "de"


class Phrase(str):
    """English text that was made from a pattern and values; to all who do not translate it is a plain string.

    `Phrase("Cadence {value:.0f}", value=171.2)` is the string "Cadence 171"; `pattern` and `values` remember how it was made.
    Values that are phrases are translated too. Give the pattern as a literal: tests collect all literals for the catalogues.
    """

    pattern: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, **values: object) -> "Phrase":  # noqa: D102
        text = super().__new__(cls, pattern.format(**values) if values else pattern)
        text.pattern, text.values = pattern, values
        return text

    def filled(self, **values: object) -> "Phrase":
        """The same pattern with these values; for rows of tables whose pattern waits for them."""
        return Phrase(self.pattern, **values)


NOTHING = Phrase("")
"""No words."""
