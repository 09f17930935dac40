"""The few numbers that are written into a video, in words. OpenCV draws ASCII only, so every other sign is written with such.

What must not go in: drawing (video.py), which words a metric has (kiosk/coach/labels.py).
"""

import math
import unicodedata
from collections.abc import Mapping
from textwrap import wrap

from kiosk.coach.labels import digits_of
from kiosk.domain import Metrics
from kiosk.report.labels import ORDER, Speech
from kiosk.report.trends import KEY_METRICS
from kiosk.words import Language

MOST = 6
"""Numbers that are written into a video (our choice: more hide the runner)."""
LINE = 60
"""Letters of a line (our choice: two thirds of a picture's width at the usual size)."""
ASCII: Mapping[str, str] = {
    **{"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"},
    **{
        "°": " deg",
        "±": "+/-",
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "…": "...",
        "\N{MULTIPLICATION SIGN}": "x",
        "√": "sqrt",
        "≥": ">=",
        "≤": "<=",
    },
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}", "'"),
}
"""Signs that our words have -> how they are written without them."""


def ascii_only(text: str) -> str:
    """The text in ASCII: umlauts and signs by `ASCII`, accents left out, "?" for what has no such form."""
    plain = "".join(ASCII.get(sign, sign) for sign in unicodedata.normalize("NFC", text))
    bare = (sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    return "".join(sign if sign.isascii() else "?" for sign in bare)


def lines_of(sentence: str) -> tuple[str, ...]:
    """A sentence as lines of a video, in ASCII."""
    return tuple(wrap(ascii_only(sentence), LINE))


def caption(metric: str, value: float | None, language: Language = Language.EN) -> str:
    """Name, number and unit of a metric in ASCII; "" for None and NaN."""
    if value is None or not math.isfinite(value):
        return ""
    speech = Speech(language)
    number, side = speech.without_sign(metric, value, digits_of(metric))
    return ascii_only(" ".join(part for part in (speech.name(metric), number, speech.unit(metric), side) if part))


def captions(metrics: Metrics, language: Language = Language.EN) -> tuple[str, ...]:
    """The captions of a video: what a runner can work on first (trends.py), then the order of the tables; at most `MOST`."""
    first = {name: place for place, name in enumerate(KEY_METRICS)}
    names = sorted(metrics, key=lambda name: (first.get(name, len(first)), ORDER.get(name, len(ORDER))))
    return tuple(text for name in names if (text := caption(name, metrics[name].value, language)))[:MOST]
