"""Text as a QR code: how much fits so that a phone reads it from the screen, and the drawing.

A screen of 800 x 480 on 7 inches has 0.19 mm a pixel. Version 12 has 65 modules, 73 with its quiet edge: drawn 300 pixels wide a
module is 4 pixels or 0.8 mm, which phones read from about 30 cm (our choice: an arm that points at the screen; the rule of thumb of ten
times the code's width gives 58 cm). Level L: nothing scratches a screen, and segno takes a better level where it costs nothing.
"""

from collections.abc import Sequence
from functools import lru_cache

import segno

from kiosk.words import Language
from kiosk.words.catalogue import translated

MOST_BYTES = 367
"""What version 12 holds at level L (ISO/IEC 18004, table 7)."""
QUIET = 4
"""Empty modules around the code (ISO/IEC 18004)."""


def fitting_text(lines: Sequence[str], language: Language, most_bytes: int = MOST_BYTES) -> str:
    """The lines in this language, as many from the front as fit; the first alone is cut."""
    said = [translated(line, language) for line in lines]
    while len(said) > 1 and len("\n".join(said).encode()) > most_bytes:
        said.pop()
    return "\n".join(said).encode()[:most_bytes].decode(errors="ignore")


@lru_cache(8)
def svg(text: str) -> bytes:
    """The code as an SVG picture that fills its place, black on white with its quiet edge.

    UTF-8 without a note of it: phones and cameras take it for that, and some stumble over the note.
    """
    code = segno.make(text, error="l", encoding="utf-8", eci=False, micro=False)
    side = code.symbol_size(border=QUIET)[0]
    rows = ((y, row) for y, row in enumerate(code.matrix, QUIET))
    squares = "".join(f"M{x} {y}h{n}v1h-{n}z" for y, row in rows for x, n in _runs(row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{squares}"/></svg>'
    ).encode()


def _runs(row: Sequence[int]) -> list[tuple[int, int]]:
    """(first, length) of each run of dark modules in a row, moved by the quiet edge."""
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(row, QUIET):
        if dark and found and sum(found[-1]) == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((x, 1))
    return found
