"""Nouns of a visit as JSON text and back: sentences keep their pattern, so that a stored session can be read in every language.

What must not go in: SQL. A text that is not what it should be is a ValueError, whatever is wrong with it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from kiosk.domain import Moment, Side, TypicalStride, View
from kiosk.screen import Finding, Summary
from kiosk.stored import Told
from kiosk.words import Phrase

PER_LEG = 1000
"""A typical stride is stored in thousandths of a leg: a millimetre (our choice)."""


def told_text(summary: Summary) -> str:
    """The part of a summary that no column holds."""
    reasons = [[name, metric.reason] for name, metric in summary.metrics.items() if metric.reason]
    names = (field.name for field in fields(Told) if field.name != "reasons")
    return json.dumps(plain({**{name: getattr(summary, name) for name in names}, "reasons": reasons}))


def told_from(text: str) -> Told:
    """The way back; fields that an older or newer program wrote differently are left out."""
    found = known(Told, loaded(text))
    findings = tuple(_finding(row) for row in found.pop("findings", ()))
    try:
        return Told(findings=findings, **{name: _phrases(value) for name, value in found.items()})
    except TypeError as error:
        raise ValueError(str(error)) from None


def phrase_text(phrase: str) -> str:
    """One sentence."""
    return json.dumps(plain(phrase))


def phrase_from(text: str) -> Phrase:
    """The way back."""
    return _phrase(json.loads(text))


def stride_text(stride: TypicalStride) -> str:
    """A typical stride, about 10 kB."""
    points = [[None if math.isnan(v) else round(PER_LEG * float(v)) for v in row] for row in stride.xy.reshape(len(stride.xy), -1)]
    facts = {"view": stride.view, "duration_s": stride.duration_s, "strides": stride.strides}
    return json.dumps(facts | {"contact": dict(stride.contact), "toe_off": dict(stride.toe_off), "xy": points}, separators=(",", ":"))


def stride_from(text: str) -> TypicalStride:
    """The way back."""
    found = loaded(text)
    try:
        xy = np.array(found["xy"], float).reshape(-1, 17, 2) / PER_LEG
        contact, toe_off = ({Side(side): float(phase) for side, phase in found[key].items()} for key in ("contact", "toe_off"))
        return TypicalStride(View(found["view"]), xy, float(found["duration_s"]), contact, toe_off, int(found["strides"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a stride: {error}") from None


def _finding(row: Any) -> Finding:
    found = {name: back(value) for name, value in known(Finding, row).items()}
    found["side"] = Side(found["side"]) if found.get("side") else None
    found["moment"] = Moment(found.get("moment", Moment.WHOLE))
    try:
        return Finding(**found)
    except TypeError as error:
        raise ValueError(str(error)) from None


def known(noun: type, row: Any) -> dict[str, Any]:
    """The row's values that are fields of the noun."""
    if not isinstance(row, dict):
        raise ValueError(f"not a {noun.__name__}: {str(row)[:40]!r}")
    names = {field.name for field in fields(noun)}
    return {name: value for name, value in row.items() if name in names}


def plain(value: Any) -> Any:
    """The same for JSON: a phrase is its pattern and values, a noun its fields."""
    if isinstance(value, Phrase):
        return {"pattern": value.pattern, "values": {name: plain(v) for name, v in value.values.items()}}
    if isinstance(value, Mapping):
        return {str(name): plain(v) for name, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.generic):
        return value.item()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def back(value: Any) -> Any:
    """Phrases and tuples where JSON has objects and lists; every object must be a phrase."""
    if isinstance(value, dict):
        return _phrase(value)
    return tuple(back(v) for v in value) if isinstance(value, list) else value


def _phrases(value: Any) -> Any:
    """Like `back`, where every text is a sentence; the names in pairs stay names."""
    return Phrase(value) if isinstance(value, str) else back(value)


def _phrase(value: Any) -> Phrase:
    if isinstance(value, str):
        return Phrase(value)
    if not isinstance(value, dict) or not isinstance(value.get("pattern"), str) or not isinstance(value.get("values"), dict):
        raise ValueError(f"not a sentence: {str(value)[:40]!r}")
    pattern = value["pattern"]
    try:
        return Phrase(pattern, **{name: back(v) for name, v in value["values"].items()})
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"not a sentence: {error}") from None


def loaded(text: str) -> dict[str, Any]:
    """The JSON object of the text; anything else is a ValueError."""
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError(f"not an object: {text[:40]!r}")
    return found
