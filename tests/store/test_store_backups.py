"""Copies of the database: whole, while a run is stored, never without room, never with somebody who was deleted; and the way back."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from kiosk.clinic import PatientForm
from kiosk.domain import SessionInfo, Side
from kiosk.gait.metrics import StrideValue
from kiosk.store import ClinicStore, SessionStore, StoreError, TakenError, back_up, backups, copies, erase, restore
from kiosk.store.backups import ASIDE_KEPT, FOLDER, KEPT, RESERVE_BYTES, problem_of
from kiosk.store.database import MIGRATIONS, NAME
from kiosk.store.forgotten import FILE

DAY = date(2026, 11, 21)
INFO = SessionInfo("2026-11-21T10:00:00+00:00", None, None, "lightning", "camera")


def plenty(folder: Path) -> int:
    return 2 * RESERVE_BYTES


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SessionStore]:
    """A store with one run of 3000 values and one patient."""
    found = SessionStore.open(tmp_path)
    ClinicStore(found, tmp_path / "recordings").add_patient(PatientForm("P1", notes="n" * 500))
    fill(found)
    yield found
    found.close()


def fill(store: SessionStore) -> None:
    number = store.begin(INFO)
    store.strides(number, 1.0, [StrideValue("cadence_spm", Side.LEFT, i / 100, 160.0) for i in range(3000)])
    assert store.flush(5)


def rows(path: Path) -> tuple[int, int]:
    """(runs, values) of a database."""
    with closing(sqlite3.connect(path)) as database:
        counts = [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("session", "stride_metric")]
    return counts[0], counts[1]


def test_a_copy_while_a_run_is_stored(store: SessionStore, tmp_path: Path) -> None:
    """It has all that was committed, is one file that only its user can read, and the run is stored on."""
    copy = back_up(tmp_path, DAY, plenty)
    fill(store)
    assert os.listdir(tmp_path / FOLDER) == [copy.name] == ["sessions-0001-20261121.sqlite3"]
    assert (problem_of(copy), copy.stat().st_mode & 0o777, (tmp_path / FOLDER).stat().st_mode & 0o777) == ("", 0o600, 0o700)
    assert (rows(copy), rows(store.path)) == ((1, 3000), (2, 6000))


def test_the_newest_are_kept(store: SessionStore, tmp_path: Path) -> None:
    """KEPT of them, by their numbers: the clock may go back."""
    made = [back_up(tmp_path, DAY.replace(year=2030 - number), plenty) for number in range(KEPT + 2)]
    assert copies(tmp_path) == tuple(reversed(made[-KEPT:]))


def test_a_full_disk_keeps_the_older_copy(store: SessionStore, tmp_path: Path) -> None:
    """What is free and what is needed are said."""
    copy = back_up(tmp_path, DAY, plenty)
    with pytest.raises(StoreError, match=r"no room for a copy: 200 MB are free, 20\d MB are needed.*older copies stay"):
        back_up(tmp_path, DAY, lambda _: RESERVE_BYTES)
    assert os.listdir(tmp_path / FOLDER) == [copy.name]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_fills_up_meanwhile(store: SessionStore, tmp_path: Path) -> None:
    """The half copy goes, the older one stays, and the sentence says what to look at."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=320k", "tmpfs", str(folder)], check=True)
    try:
        back_up(tmp_path, DAY, plenty)
        for _ in range(3):
            fill(store)
        with pytest.raises(StoreError, match=r"full.*Check the free space; older copies stay"):
            back_up(tmp_path, DAY, plenty)
        left = os.listdir(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
    assert left == ["sessions-0001-20261121.sqlite3"]


def damage(path: Path) -> bytes:
    """A page in the middle becomes nonsense; returns the whole file."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(content)
    return bytes(content)


def test_a_damaged_database_is_not_copied(store: SessionStore, tmp_path: Path) -> None:
    """The sentence names the copy to go back to, and nothing is changed: neither the copies nor the database."""
    copy = back_up(tmp_path, DAY, plenty)
    store.close()
    damaged = damage(store.path)
    with pytest.raises(StoreError, match=rf"is damaged .*kiosk upkeep --restore {copy}"):
        back_up(tmp_path, DAY, plenty)
    assert (os.listdir(tmp_path / FOLDER), store.path.read_bytes()) == ([copy.name], damaged)


def test_a_copy_that_cannot_be_read_back_is_none(store: SessionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at before it gets its name."""
    whole = backups._write

    def failing(path: Path, part: Path, number: int) -> None:
        whole(path, part, number)
        damage(part)

    monkeypatch.setattr(backups, "_write", failing)
    with pytest.raises(StoreError, match="not what was written"):
        back_up(tmp_path, DAY, plenty)
    assert os.listdir(tmp_path / FOLDER) == []


def test_nothing_to_copy(tmp_path: Path) -> None:
    """A folder without a database is a sentence, and gets no folder for copies."""
    with pytest.raises(StoreError, match="no database yet"):
        back_up(tmp_path, DAY, plenty)
    assert os.listdir(tmp_path) == []


def test_a_deletion_takes_the_copy_that_is_being_made(store: SessionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleted after it was read and before it has its name: it is made anew, without the patient; nor does another file get its name."""
    clinic = ClinicStore(store, tmp_path / "recordings")
    number = clinic.add_patient(PatientForm("QZX-unmistakable7")).id
    whole, seen = backups._write, []

    def slow(path: Path, part: Path, file: int) -> None:
        whole(path, part, file)
        seen.append(b"QZX-unmistakable7" in part.read_bytes())
        if number in [patient.id for patient in clinic.patients()]:
            old = part.read_bytes()
            clinic.delete_patient(number)
            part.write_bytes(old)

    monkeypatch.setattr(backups, "_write", slow)
    copy = back_up(tmp_path, DAY, plenty)
    assert (seen, b"QZX-unmistakable7" in copy.read_bytes(), copies(tmp_path)) == ([True, False], False, (copy,))


COPIER = """
import sys
from datetime import date
from pathlib import Path
from kiosk.store import StoreError, back_up
print("ready", flush=True)
while True:
    try:
        back_up(Path(sys.argv[1]), date(2026, 11, 21), lambda _: 10**12)
        print("copy", flush=True)
    except StoreError as error:
        print(error, flush=True)
"""


def test_copies_and_deletions_at_once(store: SessionStore, tmp_path: Path) -> None:
    """Another process copies without a pause while patients are added and deleted: no byte of them is left, and copies were made."""
    clinic = ClinicStore(store, tmp_path / "recordings")
    clinic.recordings.mkdir()
    copier = subprocess.Popen([sys.executable, "-c", COPIER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert copier.stdout is not None
    copier.stdout.readline()
    until_s, deleted, left = time.monotonic() + 3, 0, []
    try:
        while time.monotonic() < until_s:
            code = f"QZX-unmistakable{deleted}"
            number = clinic.add_patient(PatientForm(code)).id
            time.sleep(0.01 * (deleted % 7))
            try:
                clinic.delete_patient(number)
            except erase.UnfinishedError:  # the copier was reading
                while erase.finish(store, clinic.recordings):
                    pass
            deleted += 1
        time.sleep(0.1)
    finally:
        copier.kill()
        said, _ = copier.communicate()
    for path in tmp_path.rglob("*"):
        if path.is_file() and b"QZX-unmistakable" in path.read_bytes():
            left.append(path.name)
    assert left == []
    assert deleted > 5
    assert said.splitlines().count("copy") > 3


# ---- the way back ---------------------------------------------------------------------------------------------------


def test_the_way_back(store: SessionStore, tmp_path: Path) -> None:
    """The copy is the database, with all its rows; what it replaced is kept whole, also what was only in its log."""
    copy = back_up(tmp_path, DAY, plenty)
    fill(store)
    with pytest.raises(TakenError, match="Stop it"):
        restore(tmp_path, copy, DAY)
    killed = {path: path.read_bytes() for path in (store.path, Path(f"{store.path}-wal"))}
    store.close()
    for path, content in killed.items():  # as kill -9 leaves it: the last run is in the log only
        path.write_bytes(content)
    aside = restore(tmp_path, copy, DAY).aside
    assert aside == tmp_path / FOLDER / "replaced-0002-20261121.sqlite3"
    assert not Path(f"{aside}-wal").exists()
    again = SessionStore.open(tmp_path)
    fill(again)
    again.close()
    assert (rows(again.path), rows(aside), rows(copy)) == ((2, 6000), (2, 6000), (1, 3000))
    assert again.path.stat().st_mode & 0o777 == 0o600


def test_who_was_deleted_does_not_come_back(store: SessionStore, tmp_path: Path) -> None:
    """A copy that was kept elsewhere, of before two deletions: neither the patient nor the run is in it, with all that was theirs; others
    are, also one who got the deleted patient's number since. The list beside the copies says nothing of anybody."""
    ClinicStore(store, tmp_path / "recordings").add_patient(PatientForm("P2"))
    store.close()
    store = SessionStore.open(tmp_path)  # whatever ran is over
    clinic = ClinicStore(store, tmp_path / "recordings")
    kept = Path(shutil.copy(back_up(tmp_path, DAY, plenty), tmp_path / "elsewhere"))
    gone = next(patient.id for patient in clinic.patients() if patient.form.code == "P1")
    clinic.delete_patient(gone)
    clinic.delete_session(1)
    store.close()
    done = restore(tmp_path, kept, DAY)
    again = SessionStore.open(tmp_path)
    names = [patient.form.code for patient in ClinicStore(again, tmp_path / "recordings").patients()]
    again.close()
    assert (done.deleted, done.names_known, names, rows(again.path)) == (2, True, ["P2"], (0, 0))
    assert b"P1" not in again.path.read_bytes()
    assert re.fullmatch(r"([0-9a-f-]{32,36}\n){2}", (tmp_path / FOLDER / FILE).read_text())


def test_a_number_that_was_given_again_is_somebody_else(store: SessionStore, tmp_path: Path) -> None:
    """Deleted, an older copy taken back, somebody new with the same number: this one stays in every copy."""
    empty = Path(shutil.copy(back_up(tmp_path, DAY, plenty), tmp_path / "empty"))
    first = ClinicStore(store, tmp_path / "recordings").add_patient(PatientForm("P2"))
    ClinicStore(store, tmp_path / "recordings").delete_patient(first.id)
    store.close()
    restore(tmp_path, empty, DAY)
    with closing(SessionStore.open(tmp_path)) as again:
        second = ClinicStore(again, tmp_path / "recordings").add_patient(PatientForm("P3"))
        copy = back_up(tmp_path, DAY, plenty)
    assert (second.id, restore(tmp_path, copy, DAY).deleted) == (first.id, 0)


def test_an_unfinished_deletion_goes_on_in_the_copy(store: SessionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut after the rows went: the copy that still has the patient is put in place without; the next start takes the other copies too."""
    other = back_up(tmp_path, DAY, plenty)
    copy = back_up(tmp_path, DAY, plenty)
    clinic = ClinicStore(store, tmp_path / "recordings")

    def cut(store: SessionStore, recordings: Path) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erase, "finish", cut)
        with pytest.raises(KeyboardInterrupt):
            clinic.delete_patient(1)
    store.close()
    assert restore(tmp_path, copy, DAY).deleted == 1
    with closing(SessionStore.open(tmp_path)) as again:
        assert ClinicStore(again, tmp_path / "recordings").patients() == ()
    assert (other.exists(), copy.exists(), b"P1" in again.path.read_bytes()) == (False, False, False)


def test_a_copy_of_an_older_version_knows_no_names(tmp_path: Path) -> None:
    """It is brought up to date, and it is said that nobody can be deleted in it again."""
    old = tmp_path / "old"
    with closing(sqlite3.connect(old)) as database:
        for number, sql in MIGRATIONS[:4]:
            database.executescript(f"{sql}; PRAGMA user_version = {number};")
        database.execute("INSERT INTO patient (code, incline_pct, notes, since_day) VALUES ('P1', 0, '', '2026-11-20')")
        database.commit()
    done = restore(tmp_path / "data", old, DAY)
    assert (done.aside, done.deleted, done.names_known) == (None, 0, False)
    with closing(SessionStore.open(tmp_path / "data")) as again:
        assert len(ClinicStore(again, tmp_path / "recordings").patients()) == 1


def test_what_was_replaced_does_not_stay_for_ever(store: SessionStore, tmp_path: Path) -> None:
    """After ASIDE_KEPT more copies it goes, with its log: no sweep takes what is too old out of it."""
    copy = back_up(tmp_path, DAY, plenty)
    store.close()
    store.path.write_bytes(b"no database" * 1000)
    Path(f"{store.path}-wal").write_bytes(b"a log of before")
    aside = restore(tmp_path, copy, DAY).aside
    assert aside is not None
    for _ in range(ASIDE_KEPT - 1):
        back_up(tmp_path, DAY, plenty)
    before = sorted(path.name for path in (tmp_path / FOLDER).glob("replaced-*"))
    back_up(tmp_path, DAY, plenty)
    assert before == [aside.name, f"{aside.name}-wal"]
    assert list((tmp_path / FOLDER).glob("replaced-*")) == []


def test_back_from_a_damaged_database(store: SessionStore, tmp_path: Path) -> None:
    """It cannot be opened and says what to do; the damaged file is kept byte for byte, with its log."""
    copy = back_up(tmp_path, DAY, plenty)
    store.close()
    store.path.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="kiosk upkeep --restore"):
        SessionStore.open(tmp_path)
    Path(f"{store.path}-wal").write_bytes(b"a log of before")
    aside = restore(tmp_path, copy, DAY).aside
    assert aside is not None
    assert (aside.read_bytes(), Path(f"{aside}-wal").read_bytes()) == (b"no database" * 1000, b"a log of before")
    SessionStore.open(tmp_path).close()
    assert rows(store.path) == (1, 3000)


def test_copies_that_cannot_be_used(store: SessionStore, tmp_path: Path) -> None:
    """Damaged, no database, of a newer version, not there, or not finished: one sentence each, and the database is as it was."""
    copy = back_up(tmp_path, DAY, plenty)
    store.close()
    before = store.path.read_bytes()
    kinds = {"damaged": r"damaged", "other": "no database of Treadside", "newer": "newer Treadside", "log": "no finished copy"}
    for kind in kinds:
        (tmp_path / kind).write_bytes(copy.read_bytes())
    damage(tmp_path / "damaged")
    (tmp_path / "other").write_text("a letter")
    (tmp_path / "log-wal").write_text("")
    with closing(sqlite3.connect(tmp_path / "newer")) as database:
        database.execute("PRAGMA user_version = 99")
    for kind, words in {**kinds, "missing": "no such file"}.items():
        with pytest.raises(StoreError, match=words):
            restore(tmp_path, tmp_path / kind, DAY)
    assert store.path.read_bytes() == before
    assert copies(tmp_path) == (copy,)


def test_a_cut_in_the_middle_of_the_way_back(store: SessionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without room nothing is changed, and what was begun is gone."""
    copy = back_up(tmp_path, DAY, plenty)
    fill(store)
    store.close()

    def no_room(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("kiosk.store.restoring.settle", no_room)
    with pytest.raises(StoreError, match=r"no room.*as it was"):
        restore(tmp_path, copy, DAY)
    assert rows(store.path) == (2, 6000)
    assert not (tmp_path / f"{NAME}.restoring").exists()


def test_somebody_elses_folder(store: SessionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root any command that writes would leave files that the station cannot open; nothing is made there."""
    copy = back_up(tmp_path, DAY, plenty)
    store.close()
    (tmp_path / "lock").unlink()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    if tmp_path.stat().st_uid == 0:
        os.chown(tmp_path, 12345, -1)
    with pytest.raises(StoreError, match="sudo -u"):
        restore(tmp_path, copy, DAY)
    with pytest.raises(StoreError, match="sudo -u"):
        SessionStore.open(tmp_path)
    assert not (tmp_path / "lock").exists()
