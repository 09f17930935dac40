"""Rows of the clinic's part as nouns. What must not go in: changing anything."""

import sqlite3
from typing import Any

from kiosk.clinic import Assessment, Consent, Kind, Patient, PatientForm, StoredBout
from kiosk.store.bout_nouns import order_from, result_from
from kiosk.store.database import key
from kiosk.words import Language

PATIENT = "SELECT id, code, height_cm, speed_kmh, incline_pct, notes, since_day FROM patient"
ASSESSMENT = "SELECT id, patient, kind, started_utc, consent_text, consent_language, consent_video, consent_utc FROM assessment"
BOUT = "SELECT id, assessment, started_utc, ordered, result, recording, video FROM bout"


def patient(row: tuple[Any, ...]) -> Patient:
    """Of one row of PATIENT."""
    number, *values, day = row
    return Patient(number, PatientForm(*values), day)


def one_patient(database: sqlite3.Connection, number: int) -> Patient | None:
    """One patient; None when there is none of this number."""
    row = database.execute(f"{PATIENT} WHERE id = ?", (key(number),)).fetchone()
    return patient(row) if row else None


def one_assessment(database: sqlite3.Connection, number: int) -> Assessment | None:
    """One assessment with its bouts; None when there is none of this number."""
    row = database.execute(f"{ASSESSMENT} WHERE id = ?", (key(number),)).fetchone()
    return assessment(database, row) if row else None


def assessment(database: sqlite3.Connection, row: tuple[Any, ...]) -> Assessment:
    """Of one row of ASSESSMENT; its bouts are read as well."""
    number, of, kind, started, text, language, video, given = row
    bouts = database.execute(f"{BOUT} WHERE assessment = ? ORDER BY id", (number,))
    consent = Consent(text, Language(language), bool(video), given)
    return Assessment(number, of, Kind(kind), started, consent, tuple(map(bout, bouts)))


def bout(row: tuple[Any, ...]) -> StoredBout:
    """Of one row of BOUT."""
    number, of, started, ordered, result, recording, video = row
    return StoredBout(number, of, started, order_from(ordered), result_from(result), recording, video)
