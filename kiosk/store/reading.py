"""Reading stored sessions, on a connection that cannot write."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.domain import Metrics, MetricValue, Quality
from kiosk.store.database import DAMAGED, NAME, StoreError, reason

COLUMNS = ("id", "started_utc", "state", "view", "speed_kmh", "model", "source", "duration_s", "strides", "refusal", "extra")


@dataclass(frozen=True)
class StoredSession:
    """One session as it is on the disk."""

    id: int
    started_utc: str
    state: str
    """running, done, or interrupted (the kiosk ended in its middle)."""
    view: str | None
    speed_kmh: float | None
    model: str
    source: str
    duration_s: float
    strides: int
    refusal: str
    extra: Mapping[str, str]
    metrics: Metrics
    cues: tuple[str, ...]
    """Texts of the cues shown, in order."""


def sessions(folder: Path, limit: int = 100) -> tuple[StoredSession, ...]:
    """The newest sessions, newest first.

    Raises:
        StoreError: there is no store, or it is damaged.
    """
    return _read(folder, "ORDER BY id DESC LIMIT ?", (limit,))


def session(folder: Path, session_id: int) -> StoredSession | None:
    """One session; None when there is none of this number.

    Raises:
        StoreError: there is no store, or it is damaged.
    """
    found = _read(folder, "WHERE id = ?", (session_id,))
    return found[0] if found else None


def _read(folder: Path, where: str, values: tuple[object, ...]) -> tuple[StoredSession, ...]:
    path = folder / NAME
    if not path.exists():
        raise StoreError(f"{path}: no sessions are stored there.")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute(f"SELECT {', '.join(COLUMNS)} FROM session {where}", values).fetchall()
            return tuple(_session(database, dict(zip(COLUMNS, row, strict=True))) for row in rows)
    except DAMAGED as error:
        raise StoreError(f"{path}: cannot be read ({reason(error)}). It may be damaged: keep a copy of it and ask for help.") from None


def _session(database: sqlite3.Connection, row: dict[str, Any]) -> StoredSession:
    extra = json.loads(row.pop("extra"))
    return StoredSession(**row, extra=extra, metrics=_metrics(database, row["id"]), cues=_cues(database, row["id"]))


def _metrics(database: sqlite3.Connection, number: int) -> Metrics:
    sql = "SELECT name, value, left, right, n, spread, quality, reason FROM metric WHERE session = ? ORDER BY name"
    rows = database.execute(sql, (number,))
    return {name: MetricValue(v, lv, rv, n, spread, Quality(quality), reason) for name, v, lv, rv, n, spread, quality, reason in rows}


def _cues(database: sqlite3.Connection, number: int) -> tuple[str, ...]:
    return tuple(text for (text,) in database.execute("SELECT text FROM cue WHERE session = ? ORDER BY t_s", (number,)))
