"""Bouts as JSON text and back: what was ordered, and what was measured in them.

What must not go in: SQL. A text that is not what it should be is a ValueError, whatever is wrong with it.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from kiosk.clinic import BoutOrder, BoutQuality, BoutResult
from kiosk.domain import Metrics, MetricValue, Quality, View
from kiosk.store.nouns import back, known, loaded, plain, stride_from, stride_text


def order_text(order: BoutOrder) -> str:
    """What the clinic asked for."""
    return json.dumps(asdict(order))


def order_from(text: str) -> BoutOrder:
    """The way back."""
    found = known(BoutOrder, loaded(text))
    try:
        return BoutOrder(**{**found, "view": View(found["view"])})
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an order: {error}") from None


def result_text(result: BoutResult) -> str:
    """What was measured; NaN in blocks, camera and landing is stored as null."""
    stored = {field.name: plain(getattr(result, field.name)) for field in fields(result) if field.name != "stride"}
    stored["stride"] = stride_text(result.stride) if result.stride is not None else None
    return json.dumps(_without_nan(stored), separators=(",", ":"), allow_nan=False)


def result_from(text: str) -> BoutResult:
    """The way back: null in a block is NaN, in the camera's facts None; landings without a value are left out."""
    found = known(BoutResult, loaded(text))
    try:
        read = {name: read(found[name]) for name, read in READERS.items()}
        rest = {name: back(value) for name, value in found.items() if name not in READERS}
        return BoutResult(**rest, **read)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a result: {error}") from None


def _metrics(rows: Mapping[str, Any]) -> Metrics:
    found = {name: known(MetricValue, row) for name, row in rows.items()}
    return {name: MetricValue(**{**_back(row), "quality": Quality(row["quality"])}) for name, row in found.items()}


def _back(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: back(value) for name, value in row.items()}


def _blocks(rows: Mapping[str, Any]) -> Mapping[str, tuple[float, ...]]:
    return {name: tuple(math.nan if value is None else float(value) for value in values) for name, values in rows.items()}


def _quality(row: Mapping[str, Any]) -> BoutQuality:
    return BoutQuality(**_back(known(BoutQuality, row)))


def _landing(row: Mapping[str, Any]) -> Mapping[str, float]:
    return {name: float(value) for name, value in row.items() if value is not None}


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(v) for name, v in value.items()}
    if isinstance(value, list):
        return [_without_nan(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


READERS: Mapping[str, Callable[[Any], Any]] = {
    "view": lambda text: View(text) if text is not None else None,
    "metrics": _metrics,
    "blocks": _blocks,
    "quality": _quality,
    "camera": dict,
    "landing": _landing,
    "stride": lambda text: stride_from(text) if text is not None else None,
}
"""Field of a result -> how it is read; the others are numbers and sentences."""
