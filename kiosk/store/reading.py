"""Reading stored sessions, on a connection that cannot write."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from kiosk.domain import Metrics, MetricValue, Quality
from kiosk.screen import Answer, FormScore, Verdict
from kiosk.store.database import DAMAGED, LARGEST, MIGRATIONS, NAME, StoreError, key, read_only, reason
from kiosk.store.nouns import phrase_from, stride_from, told_from
from kiosk.stored import StoredSession, Told
from kiosk.words import Phrase

COLUMNS = ("id", "started_utc", "state", "view", "speed_kmh", "model", "source", "duration_s", "strides", "refusal", "language", "extra")


def sessions(folder: Path, limit: int = 100, before_id: int | None = None) -> tuple[StoredSession, ...]:
    """The newest sessions, newest first; with `before_id` only older ones: the last id of a page gives the next page.

    Raises:
        StoreError: there is no store, or it is damaged.
    """
    return _read(
        folder, "WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2", (None if before_id is None else min(before_id, LARGEST), limit)
    )


def session(folder: Path, session_id: int) -> StoredSession | None:
    """One session; None when there is none of this number.

    Raises:
        StoreError: there is no store, or it is damaged.
    """
    found = _read(folder, "WHERE id = ?", (key(session_id),))
    return found[0] if found else None


def _read(folder: Path, where: str, values: tuple[object, ...]) -> tuple[StoredSession, ...]:
    path = folder / NAME
    if not path.exists():
        raise StoreError(f"{path}: no sessions are stored there.")
    try:
        with closing(read_only(path)) as database:
            if database.execute("PRAGMA user_version").fetchone()[0] < MIGRATIONS[-1][0]:
                raise StoreError(f"{path}: made by an older Treadside. Start the kiosk once: it brings the file up to date.")
            rows = database.execute(f"SELECT {', '.join(COLUMNS)} FROM session {where}", values).fetchall()
            return tuple(_session(database, dict(zip(COLUMNS, row, strict=True))) for row in rows)
    except DAMAGED as error:
        raise StoreError(f"{path}: cannot be read ({reason(error)}). It may be damaged: keep a copy of it and ask for help.") from None


def _session(database: sqlite3.Connection, row: dict[str, Any]) -> StoredSession:
    number = row["id"]
    extra = json.loads(row.pop("extra"))
    told = _one(database, "SELECT summary FROM told WHERE session = ?", number)
    stride = _one(database, "SELECT stride FROM typical_stride WHERE session = ?", number)
    found = told_from(told[0]) if told else Told()
    return StoredSession(
        **row,
        **_outcome(database, number),
        extra=extra,
        metrics=_metrics(database, number, dict(found.reasons)),
        cues=_cues(database, number),
        told=found,
        verdicts=_verdicts(database, number),
        answers=_answers(database, number),
        stride=stride_from(stride[0]) if stride else None,
    )


def _one(database: sqlite3.Connection, sql: str, number: int) -> tuple[Any, ...] | None:
    row: tuple[Any, ...] | None = database.execute(sql, (number,)).fetchone()
    return row


def _outcome(database: sqlite3.Connection, number: int) -> dict[str, Any]:
    row = _one(database, "SELECT skill, exposure, with_feedback, without_feedback, score_text FROM outcome WHERE session = ?", number)
    if row is None:
        return {}
    skill, exposure, with_, without, text = row
    said = phrase_from(text)
    scored = said or with_ is not None or without is not None
    return {"skill": skill, "exposure": exposure, "score": FormScore(with_, without, said) if scored else None}


def _verdicts(database: sqlite3.Connection, number: int) -> tuple[Verdict, ...]:
    rows = database.execute("SELECT answer, text, upstream, downstream FROM verdict WHERE session = ? ORDER BY place", (number,))
    return tuple(Verdict(Answer(answer), phrase_from(text), up, down) for answer, text, up, down in rows)


def _answers(database: sqlite3.Connection, number: int) -> tuple[str, ...]:
    rows = database.execute("SELECT text FROM answer WHERE session = ? ORDER BY place", (number,))
    return tuple(phrase_from(text) for (text,) in rows)


def _metrics(database: sqlite3.Connection, number: int, reasons: Mapping[str, str]) -> Metrics:
    """Values by name; a reason that was stored as a sentence with its pattern is that sentence."""
    sql = "SELECT name, value, left, right, n, spread, quality, reason FROM metric WHERE session = ? ORDER BY name"
    rows = database.execute(sql, (number,))
    return {
        name: MetricValue(v, lv, rv, n, spread, Quality(quality), reasons.get(name, reason))
        for name, v, lv, rv, n, spread, quality, reason in rows
    }


def _cues(database: sqlite3.Connection, number: int) -> tuple[str, ...]:
    return tuple(Phrase(text) for (text,) in database.execute("SELECT text FROM cue WHERE session = ? ORDER BY t_s", (number,)))
