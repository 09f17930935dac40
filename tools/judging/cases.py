"""Cases with known truth: NAME.json beside the video or pose recording it is about. Reads them, measures nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.domain import View


class CaseError(ValueError):
    """A folder or file of cases cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Truth:
    """The known value of one metric."""

    value: float | None
    """None when the kiosk must not report it."""
    left: float | None = None
    right: float | None = None


@dataclass(frozen=True)
class KnownEvent:
    """A contact or toe off that really happened."""

    t_s: float
    """Seconds from the first frame."""
    side: str
    kind: str


@dataclass(frozen=True)
class Case:
    """One input and what is known about it."""

    name: str
    path: Path
    view: View
    height_cm: float | None
    truth: Mapping[str, Truth]
    events: tuple[KnownEvent, ...]
    start_s: float
    """The truth holds from here, seconds from the first frame..."""
    end_s: float
    """... to here."""


def read_cases(folder: Path) -> tuple[Case, ...]:
    """All cases of a set, by name; none when there is no such folder.

    Raises:
        CaseError: a case file is broken.
    """
    return tuple(_case(path) for path in sorted(folder.glob("*.json")))


def read_bars(folder: Path) -> dict[str, dict[str, float]]:
    """Bars of each set: metric -> largest mean absolute error.

    Raises:
        CaseError: bars.json is missing or broken.
    """
    bars: dict[str, dict[str, float]] = _json(folder / "bars.json")
    return bars


def _case(path: Path) -> Case:
    data = _json(path)
    try:
        start_s, end_s = data.get("interval_s", [0.0, float("inf")])
        return Case(
            name=path.stem,
            path=path.parent / data["input"],
            view=View(data["view"]),
            height_cm=data.get("height_cm"),
            truth={name: Truth(t["value"], t.get("left"), t.get("right")) for name, t in data["truth"].items()},
            events=tuple(KnownEvent(c[f"{kind}_s"], c["side"], kind) for c in data.get("contacts", ()) for kind in ("contact", "toe_off")),
            start_s=start_s,
            end_s=end_s,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CaseError(f"{path.name}: not a case: {error}.") from None


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CaseError(f"{path.name}: cannot be read: {error.strerror if isinstance(error, OSError) else error}.") from None
