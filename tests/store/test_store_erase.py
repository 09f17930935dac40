"""Deleting a patient leaves no byte, also in no copy of the database. An interruption, a reader, a disk that refuses only put it off."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from kiosk.clinic import BoutOrder, BoutQuality, BoutResult, Consent, Kind, PatientForm, Removed
from kiosk.domain import SessionInfo, View
from kiosk.screen import Summary
from kiosk.store import ClinicStore, SessionStore, StoreError, UnfinishedError, back_up, copies, erase, restore
from kiosk.store.backups import FOLDER, RESERVE_BYTES, locked
from kiosk.store.database import read_only
from kiosk.store.forgotten import FILE
from kiosk.words import Language

CODE, NOTE = "QZX-unmistakable7", "knee-note-QQWWEE"
STARTED = "2026-11-21T10:00:00+00:00"
RESULT = BoutResult(View.LEFT, 60.0, 80, {}, {}, None, BoutQuality(True), "m")
NAME = "bout-20261121-100000"


def filled(folder: Path) -> tuple[ClinicStore, int]:
    """A store with one patient of CODE among others, with files, two copies and half a one."""
    clinic = ClinicStore(SessionStore.open(folder), folder / "recordings")
    clinic.recordings.mkdir(exist_ok=True)
    for number in range(30):
        clinic.add_patient(PatientForm(f"other-{number}", notes="n" * 300))
    patient = clinic.add_patient(PatientForm(CODE, notes=(NOTE + " ") * 100))
    clinic.change_patient(patient.id, PatientForm(CODE, notes=NOTE))  # an older copy in another place
    begun = clinic.begin_assessment(patient.id, Kind.BASELINE, Consent("yes", Language.EN, True, STARTED), STARTED)
    for ending in (".npz", ".mp4", ".journal"):
        (clinic.recordings / f"{NAME}{ending}").write_bytes(b"x")
    (clinic.recordings / "bout-20261121-110000.npz").write_bytes(b"another's")
    clinic.add_bout(BoutOrder(begun.id, View.LEFT, video=True), STARTED, RESULT, f"{NAME}.npz", f"{NAME}.mp4")
    for _ in range(2):
        assert CODE.encode() in back_up(folder, date(2026, 11, 21), lambda _: 2 * RESERVE_BYTES).read_bytes()
    (folder / FOLDER / "sessions.part").write_text(CODE)
    (folder / FOLDER / "a-note.txt").write_text("not ours")
    return clinic, patient.id


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[ClinicStore]:
    found, _ = filled(tmp_path)
    yield found
    found.store.close()


def files_with(folder: Path, text: str) -> list[str]:
    """Names of all files under the folder that have the text, in UTF-8 or UTF-16, in small or capital letters."""
    wanted = [word.encode(way) for word in (text, text.lower(), text.upper()) for way in ("utf-8", "utf-16-le", "utf-16-be")]
    return [path.name for path in sorted(folder.rglob("*")) if path.is_file() and any(word in path.read_bytes() for word in wanted)]


def patient_id(clinic: ClinicStore) -> int:
    return next(patient.id for patient in clinic.patients() if patient.form.code == CODE)


def test_no_byte_is_left(clinic: ClinicStore, tmp_path: Path) -> None:
    """Before, database or log have the pseudonym; afterwards no file has it, nor the notes, and the others are all there."""
    assert files_with(tmp_path, CODE)
    assert files_with(tmp_path, NOTE)
    assert clinic.delete_patient(patient_id(clinic)) == Removed(patients=1, bouts=1, files=3)
    assert (files_with(tmp_path, CODE), files_with(tmp_path, NOTE)) == ([], [])
    assert [path.name for path in clinic.recordings.iterdir()] == ["bout-20261121-110000.npz"]
    assert sorted(os.listdir(tmp_path / FOLDER)) == ["a-note.txt", FILE]
    assert len(clinic.patients()) == 30


def test_bytes_that_were_deleted_without_being_overwritten_go_too(clinic: ClinicStore, tmp_path: Path) -> None:
    """Writing the database anew leaves no free page, so nothing hangs on SQLite overwriting what it frees."""
    clinic.store.perform_alone(lambda db: db.execute("PRAGMA secure_delete = OFF").fetchone())
    clinic.delete_patient(patient_id(clinic))
    free = clinic.store.perform_alone(lambda db: db.execute("PRAGMA freelist_count").fetchone()[0])
    assert (files_with(tmp_path, CODE), files_with(tmp_path, NOTE), free) == ([], [], 0)


def test_a_reader_only_puts_it_off(clinic: ClinicStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody reads the old state this is said; the next try after the reader has gone leaves no byte."""
    monkeypatch.setattr(erase, "TRIES", 2)
    with closing(read_only(clinic.store.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM patient").fetchone()
        with pytest.raises(UnfinishedError, match="another program is reading") as told:
            clinic.delete_patient(patient_id(clinic))
        assert CODE not in str(told.value)
        assert (len(clinic.patients()), files_with(clinic.recordings, CODE)) == (30, [])
        assert clinic.store.path.name in "".join(files_with(tmp_path, CODE))
    assert erase.finish(clinic.store, clinic.recordings) == 0
    assert (files_with(tmp_path, CODE), files_with(tmp_path, NOTE)) == ([], [])


def test_a_reader_that_goes_in_time_is_waited_for(clinic: ClinicStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step is tried again until the reader has gone."""
    reader = read_only(clinic.store.path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM patient").fetchone()
    pauses = []

    class Leaving:
        """In the pause between two tries the reader goes."""

        def wait(self, timeout_s: float) -> None:
            pauses.append(timeout_s)
            reader.close()

    monkeypatch.setattr(erase, "Stop", Leaving)
    clinic.delete_patient(patient_id(clinic))
    assert (files_with(tmp_path, CODE), pauses) == ([], [erase.TRY_S])


def test_a_file_that_cannot_be_deleted_keeps_the_mark(clinic: ClinicStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are gone, the sentence says why the rest waits, and the next sweep finishes it."""

    def refusing(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refusing)
        with pytest.raises(UnfinishedError, match=r"Permission denied.*by itself"):
            clinic.delete_patient(patient_id(clinic))
    assert erase.finish(clinic.store, clinic.recordings) == 3
    assert files_with(tmp_path, CODE) == []


def test_an_unplugged_disk_keeps_the_mark_of_its_files(clinic: ClinicStore, tmp_path: Path) -> None:
    """No byte is left in the database, the person is told, and the files go when the disk is back."""
    hidden = clinic.recordings.rename(tmp_path / "elsewhere")
    with pytest.raises(UnfinishedError, match=r"not there.*by itself"):
        clinic.delete_patient(patient_id(clinic))
    assert files_with(tmp_path, CODE) == []
    ClinicStore(clinic.store, clinic.recordings)
    hidden.rename(clinic.recordings)
    assert erase.finish(clinic.store, clinic.recordings) == 3
    assert os.listdir(clinic.recordings) == ["bout-20261121-110000.npz"]
    assert erase.finish(clinic.store, clinic.recordings) == 0


def test_a_patient_without_files_needs_no_folder(clinic: ClinicStore) -> None:
    """Nothing was ever recorded: nothing is left to be done."""
    number = clinic.add_patient(PatientForm("no-bouts")).id
    clinic.recordings.rename(clinic.recordings.with_name("elsewhere"))
    assert clinic.delete_patient(number) == Removed(patients=1)


CHILD = """
import os, signal, sys
from pathlib import Path
from kiosk.store import ClinicStore, SessionStore, erase, retention
folder = Path(sys.argv[1])
clinic = ClinicStore(SessionStore.open(folder), folder / "recordings")
def die(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "backups":
    erase.backups.forget = die
else:
    setattr(erase, sys.argv[2], die)
clinic.delete_patient(int(sys.argv[3]))
"""


@pytest.mark.parametrize("step", ["remove", "backups", "_empty_log"])
def test_kill_in_the_middle_is_finished_by_the_next_start(tmp_path: Path, step: str) -> None:
    """Killed before the files went, or before the log was emptied: the start does the rest."""
    clinic, number = filled(tmp_path)
    clinic.store.close()
    child = subprocess.run([sys.executable, "-c", CHILD, str(tmp_path), step, str(number)], check=False, timeout=60)
    assert child.returncode == -signal.SIGKILL
    assert files_with(tmp_path, CODE) or (tmp_path / "recordings" / f"{NAME}.npz").exists()
    again = ClinicStore(SessionStore.open(tmp_path), tmp_path / "recordings")
    again.store.close()
    assert (files_with(tmp_path, CODE), files_with(tmp_path, NOTE)) == ([], [])
    assert os.listdir(tmp_path / "recordings") == ["bout-20261121-110000.npz"]


def test_a_disk_that_refuses_the_deletion_deletes_nothing(clinic: ClinicStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing half: an error in the transaction leaves patient, bouts and files."""

    def failing(*given: object, **named: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(erase, "mark", failing)
    with pytest.raises(StoreError, match=r"disk I/O error.*nothing was changed"):
        clinic.delete_patient(patient_id(clinic))
    assert len(clinic.assessments(patient_id(clinic))[0].bouts) == 1
    assert (clinic.recordings / f"{NAME}.npz").exists()


def test_files_that_no_bout_names_go_with_their_patient(clinic: ClinicStore) -> None:
    """What was being measured, with its journal and halves; a name with folders is refused before anything is deleted."""
    for ending in (".npz", ".npz.part", ".journal", ".mp4.part"):
        (clinic.recordings / f"bout-20261121-120000{ending}").write_bytes(b"x")
    with pytest.raises(ValueError, match="without folders"):
        clinic.delete_patient(patient_id(clinic), also=("../sessions.sqlite3",))
    removed = clinic.delete_patient(patient_id(clinic), also=("bout-20261121-120000.npz", f"{NAME}.npz"))
    assert removed == Removed(patients=1, bouts=1, files=7)
    assert os.listdir(clinic.recordings) == ["bout-20261121-110000.npz"]


def test_an_assessment_tells_its_patient(clinic: ClinicStore) -> None:
    """Its number; None for one that is not there."""
    number = patient_id(clinic)
    assert [clinic.patient_of(each) for each in (1, 2, 2**70)] == [number, None, None]


def test_a_replaced_database_goes_too(clinic: ClinicStore, tmp_path: Path) -> None:
    """What a restore put aside, or left half-way, has everybody in it."""
    number = patient_id(clinic)
    clinic.store.close()
    restore(tmp_path, copies(tmp_path)[0], date(2026, 11, 21))
    (tmp_path / "sessions.sqlite3.restoring").write_text(CODE)
    again = ClinicStore(SessionStore.open(tmp_path), tmp_path / "recordings")
    assert any(name.startswith("replaced-") for name in files_with(tmp_path, CODE))
    again.delete_patient(number)
    again.store.close()
    assert files_with(tmp_path, CODE) == []


def test_a_run_that_is_deleted_goes_from_the_copies(clinic: ClinicStore, tmp_path: Path) -> None:
    """A run and a code of a runner: the copies that have them go; while their folder is held, this is said and done later."""
    runs = [clinic.store.begin(SessionInfo(STARTED, None, None, "m", f"camera-{number}")) for number in range(2)]
    for number in runs:
        clinic.store.end(number, Summary(number, 17.0, 44, {}, (), ()))
    clinic.store.keep_runner("ABCD", "progress", None)
    clinic.store.flush(5)

    def deleted(what: str) -> bool:
        back_up(tmp_path, date(2026, 11, 21), lambda _: 2 * RESERVE_BYTES)
        if what == "run":
            clinic.delete_session(runs[0])
        else:
            clinic.forget_runner("ABCD")
        return copies(tmp_path) == ()

    assert [deleted("run"), deleted("code")] == [True, True]
    back_up(tmp_path, date(2026, 11, 21), lambda _: 2 * RESERVE_BYTES)
    with locked(tmp_path / FOLDER), pytest.MonkeyPatch.context() as patch:
        patch.setattr("kiosk.store.backups.LOCK_S", 0.1)
        with pytest.raises(UnfinishedError, match="a copy of the database that still has it"):
            clinic.delete_session(runs[1])
    assert len(copies(tmp_path)) == 1
    ClinicStore(clinic.store, clinic.recordings)
    assert copies(tmp_path) == ()


def test_a_mark_that_waits_for_a_disk_leaves_new_copies_alone(clinic: ClinicStore, tmp_path: Path) -> None:
    """The recordings' disk is away for weeks: the copies of these weeks, which no longer have the patient, stay."""
    clinic.recordings.rename(tmp_path / "elsewhere")
    with pytest.raises(UnfinishedError):
        clinic.delete_patient(patient_id(clinic))
    copy = back_up(tmp_path, date(2026, 11, 22), lambda _: 2 * RESERVE_BYTES)
    ClinicStore(clinic.store, clinic.recordings)
    assert (copies(tmp_path), CODE.encode() in copy.read_bytes()) == ((copy,), False)
