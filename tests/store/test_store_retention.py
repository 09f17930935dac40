"""The daily sweep deletes what is too old, nothing else, and nothing because of a clock that starts in the wrong year."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.clinic import BoutOrder, BoutQuality, BoutResult, Consent, Kind, PatientForm, Removed
from kiosk.config import StoreConfig
from kiosk.domain import SessionInfo, View
from kiosk.screen import Summary
from kiosk.store import ClinicStore, SessionStore, sweep
from kiosk.words import Language

TODAY = date(2026, 11, 21)
DAYS = StoreConfig(sessions_days=30, patients_days=100, runners_days=10)
RESULT = BoutResult(View.LEFT, 60.0, 80, {}, {}, None, BoutQuality(True), "m")


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[ClinicStore]:
    store = SessionStore.open(tmp_path / "kiosk")
    found = ClinicStore(store, tmp_path / "kiosk" / "recordings")
    found.recordings.mkdir()
    yield found
    store.close()


def day(ago: int) -> str:
    return (TODAY - timedelta(days=ago)).isoformat()


def run(clinic: ClinicStore, ago: int) -> int:
    """A run of so many days ago."""
    number = clinic.store.begin(SessionInfo(f"{day(ago)}T10:00:00+00:00", View.RIGHT, 10.8, "lightning", "clip"))
    clinic.store.end(number, Summary(number, 17.0, 44, {}, (), ()))
    return number


def file(clinic: ClinicStore, name: str, ago: float) -> str:
    """A file that was changed so many days ago."""
    path = clinic.recordings / name
    path.write_bytes(b"x")
    changed = (datetime(2026, 11, 21, 12, tzinfo=UTC) - timedelta(days=ago)).timestamp()
    os.utime(path, (changed, changed))
    return name


def assessed(clinic: ClinicStore, code: str, ago: int, recording: str = "") -> int:
    """A patient whose last assessment was so many days ago."""
    patient = clinic.add_patient(PatientForm(code))
    started = f"{day(ago)}T10:00:00+00:00"
    begun = clinic.begin_assessment(patient.id, Kind.BASELINE, Consent("yes", Language.EN, True, started), started)
    clinic.add_bout(BoutOrder(begun.id, View.LEFT), started, RESULT, recording)
    return patient.id


def swept(clinic: ClinicStore, today: date = TODAY) -> Removed:
    return sweep(clinic.store, today, DAYS, clinic.recordings, recorder_days=20)


def ids(clinic: ClinicStore) -> list[int]:
    with closing(sqlite3.connect(clinic.store.path)) as database:
        return [row[0] for row in database.execute("SELECT id FROM session ORDER BY id")]


def test_only_what_is_too_old_goes(clinic: ClinicStore, caplog: pytest.LogCaptureFixture) -> None:
    """The last day that is kept is kept, the day before goes: runs, patients with their files, codes, recordings; counts tell it."""
    run(clinic, 31)
    kept = [run(clinic, 30), run(clinic, 0)]
    clinic.store.keep_runner("OLD11", "{}", kept[0])
    clinic.store.keep_runner("NEW11", "{}", kept[1])
    old = assessed(clinic, "secret-old", 101, file(clinic, "bout-20260812-100000.npz", 5))
    new = assessed(clinic, "secret-new", 100, file(clinic, "bout-20260813-100000.npz", 5))
    file(clinic, "20261030-100000-01.npz", 22)
    file(clinic, "20261102-100000-01.npz", 19)
    file(clinic, "notes of the clinic.txt", 400)
    with caplog.at_level(logging.INFO):
        removed = swept(clinic)
    assert removed == Removed(patients=1, sessions=1, bouts=1, files=2, codes=1)
    assert (ids(clinic), clinic.patient(old), clinic.store.knows("NEW11")) == (kept, None, True)
    assert clinic.patient(new) is not None
    left = sorted(path.name for path in clinic.recordings.iterdir())
    assert left == ["20261102-100000-01.npz", "bout-20260813-100000.npz", "notes of the clinic.txt"]
    assert clinic.sweep_log() == ((TODAY.isoformat(), removed),)
    assert "1 patients, 1 sessions, 1 bouts, 2 files, 1 codes" in caplog.text
    assert "secret" not in caplog.text


def test_the_recording_of_a_bout_goes_before_its_numbers(clinic: ClinicStore) -> None:
    """After the days for runs the file goes; the bout stays and names no file any more."""
    run(clinic, 0)
    patient = assessed(clinic, "P1", 50, file(clinic, "bout-20261001-100000.npz", 51))
    assert swept(clinic) == Removed(files=1)
    assert clinic.assessments(patient)[0].bouts[0].recording == ""


def test_leftovers_of_bouts_go_after_a_day(clinic: ClinicStore) -> None:
    """A file of a bout that no bout knows stays while it may be on its way into the store."""
    for name, ago in (("bout-20261121-100000.npz", 0), ("bout-20261120-100000.journal", 1), ("bout-20261119-100000.journal", 2)):
        file(clinic, name, ago)
    assert swept(clinic) == Removed(files=1)
    assert sorted(path.name for path in clinic.recordings.iterdir()) == ["bout-20261120-100000.journal", "bout-20261121-100000.npz"]


def settled(clinic: ClinicStore) -> list[int]:
    """A store with all kinds of young things, swept on two days."""
    kept = [run(clinic, 3), run(clinic, 0)]
    clinic.store.keep_runner("CODE1", "{}", kept[0])
    assessed(clinic, "P1", 2, file(clinic, "bout-20261119-100000.npz", 2))
    file(clinic, "20261119-100000-01.npz", 2)
    swept(clinic, TODAY - timedelta(days=1))
    assert swept(clinic) == Removed()
    return kept


def everything(clinic: ClinicStore) -> tuple[int, int, int, bool]:
    return len(ids(clinic)), len(clinic.patients()), len(list(clinic.recordings.iterdir())), clinic.store.knows("CODE1")


def test_a_clock_that_jumps_to_2099_deletes_nothing_then_or_later(clinic: ClinicStore) -> None:
    """Nor does a run that is stamped so: while the clock is wrong, and when it is right again."""
    settled(clinic)
    for wrong in (date(2099, 1, 1), date(2099, 1, 2), date(1970, 1, 1)):
        number = clinic.store.begin(SessionInfo(f"{wrong}T10:00:00+00:00", View.RIGHT, 10.8, "lightning", "clip"))
        clinic.store.end(number, Summary(number, 17.0, 44, {}, (), ()))
        assert swept(clinic, wrong) == Removed()
    for ahead in range(1, 8):
        assert swept(clinic, TODAY + timedelta(days=ahead)) == Removed()
    assert everything(clinic) == (5, 1, 2, True)


@pytest.mark.parametrize("stamp", ["1970-01-01", "2026-04-30", "2099-01-01"])
def test_what_a_wrong_clock_stamped_lives_as_long_as_anything_else(clinic: ClinicStore, stamp: str) -> None:
    """Made now with a clock in 1970, months behind or ahead, and the clock comes right before the sweep: counted from that sweep."""
    settled(clinic)
    number = clinic.store.begin(SessionInfo(f"{stamp}T10:00:00+00:00", View.RIGHT, 10.8, "lightning", "clip"))
    clinic.store.end(number, Summary(number, 17.0, 44, {}, (), ()))
    name = file(clinic, f"{stamp.replace('-', '')}-100000-01.npz", (TODAY - date.fromisoformat(stamp)).days)
    for ahead in range(1, 40):
        swept(clinic, TODAY + timedelta(days=ahead))
        assert (number in ids(clinic)) == (ahead <= 31), ahead
        assert (clinic.recordings / name).exists() == (ahead <= 21), ahead


def test_days_under_a_wrong_clock_count_once(clinic: ClinicStore) -> None:
    """Ten days in 2099, then the right clock, ten days later: ten days have gone by, not twenty."""
    (oldest, newest) = settled(clinic)
    for k in range(11):
        swept(clinic, date(2099, 1, 1) + timedelta(days=k))
    swept(clinic, TODAY + timedelta(days=10))
    swept(clinic, TODAY + timedelta(days=27))
    assert ids(clinic) == [oldest, newest]
    swept(clinic, TODAY + timedelta(days=28))
    assert ids(clinic) == [newest]


def test_a_station_that_only_knows_a_wrong_year_keeps_nothing_for_ever(clinic: ClinicStore) -> None:
    """Its days count as days; no run has to come for that."""
    settled(clinic)
    for k in range(32):
        swept(clinic, date(1970, 1, 1) + timedelta(days=k))
    codes = clinic.store.perform(lambda db: db.execute("SELECT code FROM runner").fetchall())
    assert (ids(clinic), codes, list(clinic.recordings.iterdir())) == ([], [], [])


def test_half_a_year_in_a_cupboard_counts(clinic: ClinicStore) -> None:
    """What became too old while the device was switched off goes at the first sweep after it."""
    settled(clinic)
    assert swept(clinic, TODAY + timedelta(days=180)) == Removed(patients=1, sessions=2, bouts=1, files=2, codes=1)


def test_a_file_of_an_unplugged_disk_is_as_old_as_before(clinic: ClinicStore) -> None:
    """It is not counted anew when it comes back."""
    settled(clinic)
    hidden = clinic.recordings.rename(clinic.recordings.with_name("elsewhere"))
    swept(clinic, TODAY + timedelta(days=10))
    hidden.rename(clinic.recordings)
    assert swept(clinic, TODAY + timedelta(days=19)).files == 1


def test_a_patient_without_assessment_is_kept_from_its_first_day(clinic: ClinicStore) -> None:
    """It counts from the day it was added; a new assessment makes it young again."""
    clinic.add_patient(PatientForm("P1"))
    patient = assessed(clinic, "P2", 0)
    swept(clinic)
    clinic.begin_assessment(patient, Kind.RETEST, Consent("yes", Language.EN, True, ""), "2026-12-01T10:00:00+00:00")
    swept(clinic, TODAY + timedelta(days=10))
    assert (swept(clinic, TODAY + timedelta(days=100)).patients, len(clinic.patients())) == (0, 2)
    assert (swept(clinic, TODAY + timedelta(days=101)).patients, clinic.patients()[0].id) == (1, patient)


def test_two_sweeps_of_a_day_are_one_row(clinic: ClinicStore) -> None:
    """Their counts are added."""
    run(clinic, 40)
    swept(clinic)
    file(clinic, "bout-20261119-100000.journal", 2)
    clinic.store.perform(lambda db: db.execute("INSERT INTO erasure (files, vacuum) VALUES ('[\"bout-20261119-100000.npz\"]', 0)"))
    swept(clinic)
    assert clinic.sweep_log() == ((TODAY.isoformat(), Removed(sessions=1, files=1)),)
