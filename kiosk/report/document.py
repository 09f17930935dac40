"""A report as nouns: blocks of finished words in one language. It is made once and written twice, by as_html.py and as_pdf.py.

What must not go in: how a block looks, where its words come from.
"""

from dataclasses import dataclass
from typing import Literal

from kiosk.clinic import Paper
from kiosk.report.vectors import Drawing
from kiosk.words import Language

Row = tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """A title: level 1 of the report, 2 of a part, 3 of a piece of it."""

    text: str
    level: Literal[1, 2, 3] = 2


@dataclass(frozen=True)
class Paragraph:
    """Running text; line breaks in it are kept."""

    text: str
    tone: Literal["plain", "small", "strong"] = "plain"


@dataclass(frozen=True)
class Facts:
    """Names with their values."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Card:
    """A finding with its picture."""

    sign: str
    """Good, or work on this."""
    good: bool
    text: str
    facts: tuple[tuple[str, str], ...] = ()
    picture: Drawing | None = None
    caption: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under heads; a row is never divided between two pages, the heads stand on each of them, and none has a row or two alone."""

    heads: Row
    rows: tuple[Row, ...]
    widths: tuple[float, ...]
    """Relative widths of the columns."""
    marked: frozenset[int] = frozenset()
    """Places of rows that stand out."""


@dataclass(frozen=True)
class Charts:
    """Small charts, two beside one another."""

    drawings: tuple[Drawing, ...]


@dataclass(frozen=True)
class PageBreak:
    """What follows begins a new page."""


Block = Heading | Paragraph | Facts | Card | Table | Charts | PageBreak


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    """Names nobody: it goes into the file's metadata."""
    header: str
    """Stands on top of every page: whose report it is, of which day."""
    language: Language
    paper: Paper
    blocks: tuple[Block, ...]
    program: str = ""
    """Name and version of what made it."""
