"""Patients without names, assessments, bouts and keys: kept as they were, refused with a sentence, and never half."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiosk.clinic import BoutOrder, BoutQuality, BoutResult, Consent, Kind, PatientForm, Refused, Removed
from kiosk.domain import MetricValue, Quality, SessionInfo, Side, TypicalStride, View
from kiosk.screen import Summary
from kiosk.store import ClinicStore, SessionStore, StoreError, session, sessions, writer
from kiosk.store.database import MIGRATIONS, NAME
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import translated

FORM = PatientForm("P-07_a", 172.0, 10.0, 1.5, "left knee, März")
CONSENT = Consent("Ich bin einverstanden.", Language.DE, False, "2026-11-21T09:59:00+00:00")
STARTED = "2026-11-21T10:00:00+00:00"
INFO = SessionInfo(STARTED, View.RIGHT, 10.8, "lightning", "video demo.mp4")
STRIDE = TypicalStride(View.LEFT, np.linspace(-1, 1, 60 * 17 * 2).reshape(60, 17, 2), 0.72, {Side.LEFT: 0.0}, {Side.LEFT: 0.35}, 21)
REASON = Phrase("Not known at {fps:.0f} pictures a second.", fps=8.0)
RESULT = BoutResult(
    view=View.LEFT,
    seconds=60.2,
    strides=81,
    metrics={"cadence_spm": MetricValue(171.2, n=81, spread=1.0, quality=Quality.GOOD), "contact_ms": MetricValue(reason=REASON)},
    blocks={"cadence_spm": (170.0, float("nan"), 172.0)},
    block_s=20.0,
    quality=BoutQuality(True, (Phrase("Only {count} strides.", count=81),)),
    model="treadside 1 thunder",
    camera={"roll_deg": 0.4, "roll_source": "lines", "yaw_deg": None},
    refusal="",
    warnings=("dark",),
    stride=STRIDE,
    landing={"left_db": 1.5},
)


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[ClinicStore]:
    store = SessionStore.open(tmp_path / "kiosk")
    yield ClinicStore(store, tmp_path / "kiosk" / "recordings")
    store.close()


# ---- patients ----


def test_a_patient_comes_back(clinic: ClinicStore) -> None:
    """What was typed is what is read, and a change replaces it."""
    patient = clinic.add_patient(FORM)
    assert clinic.patient(patient.id) == patient
    changed = clinic.change_patient(patient.id, replace(FORM, code="p-07_A", notes=""))
    assert clinic.patients() == (changed,)
    assert (changed.since_day, clinic.patient(99)) == (patient.since_day, None)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (PatientForm("a"), r"“a” .* 2 to 24"),
        (PatientForm("a" * 25), "2 to 24"),
        (PatientForm("Anna Meier"), "“Anna Meier” .* without spaces"),
        (PatientForm("Jörg"), "A to Z"),
        (PatientForm("ab\n"), "2 to 24"),
        (PatientForm("ok", height_cm=79.9), "79.9 cm .* 80 to 250"),
        (PatientForm("ok", height_cm=float("nan")), "nan cm .* 80 to 250"),
        (PatientForm("ok", speed_kmh=40.5), "40.5 km/h .* 1 to 40"),
        (PatientForm("ok", incline_pct=-11), "-11 % .* -10 to 40"),
        (PatientForm("ok", notes="x" * 2001), "2001 characters: at most 2000"),
    ],
)
def test_a_form_that_breaks_a_rule_is_refused(clinic: ClinicStore, form: PatientForm, says: str) -> None:
    """The sentence has the value and what is allowed, in German too; nothing is stored."""
    with pytest.raises(Refused, match=says) as refused:
        clinic.add_patient(form)
    assert translated(refused.value.sentence, Language.DE) != str(refused.value.sentence)
    assert clinic.patients() == ()


def test_the_limits_themselves_are_allowed(clinic: ClinicStore) -> None:
    """The smallest and largest values that the sentences name."""
    low, high = PatientForm("ab", 80, 1, -10, ""), PatientForm("a" * 24, 250, 40, 40, "x" * 2000)
    assert {clinic.add_patient(form).form for form in (low, high)} == {low, high}


def test_a_pseudonym_is_given_once(clinic: ClinicStore) -> None:
    """Without regard to case, when adding and when changing; a patient keeps its own."""
    first, second = clinic.add_patient(PatientForm("P07")), clinic.add_patient(PatientForm("P08"))
    with pytest.raises(Refused, match="“p07” already"):
        clinic.add_patient(PatientForm("p07"))
    with pytest.raises(Refused, match="“p07” already"):
        clinic.change_patient(second.id, PatientForm("p07"))
    assert clinic.change_patient(first.id, PatientForm("p07")).form.code == "p07"


def test_who_is_not_there_is_said(clinic: ClinicStore) -> None:
    """Numbers that nobody has: a sentence with the number."""
    calls = (
        lambda: clinic.change_patient(7, FORM),
        lambda: clinic.delete_patient(7),
        lambda: clinic.begin_assessment(7, Kind.BASELINE, CONSENT, STARTED),
        lambda: clinic.add_bout(BoutOrder(7, View.LEFT), STARTED, RESULT),
        lambda: clinic.delete_session(7),
        lambda: clinic.revoke_token(7),
    )
    for call in calls:
        with pytest.raises(Refused, match="number 7"):
            call()
    assert (clinic.assessments(7), clinic.assessment(7)) == ((), None)


# ---- assessments ----


def test_an_assessment_comes_back_with_its_bouts(clinic: ClinicStore) -> None:
    """Consent word by word; order and result with metrics, blocks, camera, quality and stride as they were."""
    patient = clinic.add_patient(FORM)
    begun = clinic.begin_assessment(patient.id, Kind.BASELINE, CONSENT, STARTED)
    order = BoutOrder(begun.id, View.LEFT, 60.0, 10.0, 1.5, 172.0, False)
    added = clinic.add_bout(order, STARTED, RESULT, "bout-20261121-100000.npz")
    (found,) = clinic.assessments(patient.id)
    (bout,) = found.bouts
    assert (found.consent, found.kind, found.started_utc) == (CONSENT, Kind.BASELINE, STARTED)
    assert (bout.id, bout.order, bout.recording, bout.video) == (added.id, order, "bout-20261121-100000.npz", "")
    back = bout.result
    same = ("view", "seconds", "strides", "metrics", "block_s", "quality", "model", "camera", "refusal", "warnings", "landing")
    assert {name for name in same if getattr(back, name) != getattr(RESULT, name)} == set()
    np.testing.assert_array_equal(back.blocks["cadence_spm"], (170.0, np.nan, 172.0))
    np.testing.assert_allclose(back.stride.xy, STRIDE.xy, atol=1e-3)  # type: ignore[union-attr]
    assert (back.quality.problems[0].pattern, back.metrics["contact_ms"].reason.pattern) == ("Only {count} strides.", REASON.pattern)  # type: ignore[attr-defined]


def test_a_result_without_anything_comes_back(clinic: ClinicStore) -> None:
    """A refused bout: no view, no metrics, no stride."""
    patient = clinic.add_patient(FORM)
    order = BoutOrder(clinic.begin_assessment(patient.id, Kind.RETEST, CONSENT, STARTED).id, View.FRONT)
    empty = BoutResult(None, 0.0, 0, {}, {}, None, BoutQuality(False), "m", refusal=Phrase("Nobody was seen."))
    clinic.add_bout(order, STARTED, empty)
    back = clinic.assessments(patient.id)[0].bouts[0].result
    assert (back.view, back.refusal, back.stride, back.quality.ok, dict(back.landing)) == (None, "Nobody was seen.", None, False, {})


def test_video_without_consent_is_never_stored(clinic: ClinicStore) -> None:
    """Refused when the assessment's consent does not allow it, kept when it does; a consent without text is none."""
    patient = clinic.add_patient(FORM)
    without = clinic.begin_assessment(patient.id, Kind.BASELINE, CONSENT, STARTED)
    allowed = clinic.begin_assessment(patient.id, Kind.RETEST, replace(CONSENT, video=True), STARTED)
    with pytest.raises(Refused, match="did not agree to video"):
        clinic.add_bout(BoutOrder(without.id, View.LEFT, video=True), STARTED, RESULT, "bout-1.npz", "bout-1.mp4")
    clinic.add_bout(BoutOrder(allowed.id, View.LEFT, video=True), STARTED, RESULT, "bout-2.npz", "bout-2.mp4")
    with pytest.raises(Refused, match="no text"):
        clinic.begin_assessment(patient.id, Kind.RETEST, replace(CONSENT, text=" \n"), STARTED)
    assert [[bout.video for bout in found.bouts] for found in clinic.assessments(patient.id)] == [[], ["bout-2.mp4"]]


@pytest.mark.parametrize("name", ["../x.npz", "a/b.npz", "/etc/passwd", "..", ".hidden"])
def test_a_file_name_has_no_folders(clinic: ClinicStore, name: str) -> None:
    """A name that leaves the folder for recordings is a bug, and is not stored."""
    with pytest.raises(ValueError, match="without folders"):
        clinic.add_bout(BoutOrder(1, View.LEFT), STARTED, RESULT, name)


# ---- keys ----


def test_keys_are_shown_once_and_kept_as_hashes(clinic: ClinicStore) -> None:
    """A key opens its scopes until it is taken back; its bytes are in no file."""
    key = clinic.add_token("script", ("read", "control"))
    (token,) = clinic.tokens()
    assert (token.name, token.scopes, clinic.scopes_of(key), clinic.scopes_of(key + "x")) == (
        "script",
        ("read", "control"),
        token.scopes,
        None,
    )
    assert len(key) >= 43
    files = b"".join(path.read_bytes() for path in clinic.store.path.parent.iterdir())
    assert b"script" in files
    assert key.encode() not in files
    clinic.revoke_token(token.id)
    assert (clinic.scopes_of(key), clinic.tokens()) == (None, ())


@pytest.mark.parametrize(("name", "scopes"), [("", ("read",)), ("x" * 41, ("read",)), ("a\nb", ("read",)), ("ok", ()), ("ok", ("root",))])
def test_keys_that_cannot_be_made(clinic: ClinicStore, name: str, scopes: tuple[str, ...]) -> None:
    """A name of 1 to 40 characters and at least one known scope."""
    with pytest.raises(Refused):
        clinic.add_token(name, scopes)
    assert clinic.tokens() == ()


def test_secrets_are_replaced_and_forgotten(clinic: ClinicStore) -> None:
    """The newest value counts; an empty one is none."""
    assert clinic.secret("pin") is None
    clinic.keep_secret("pin", "hash 1")
    clinic.keep_secret("pin", "hash 2")
    assert clinic.secret("pin") == "hash 2"
    clinic.keep_secret("pin", "")
    assert clinic.secret("pin") is None


# ---- runs of the gym ----


def test_a_run_is_deleted_but_not_while_it_runs(clinic: ClinicStore) -> None:
    """All its rows go; the page is told when it still runs."""
    number = clinic.store.begin(INFO)
    with pytest.raises(Refused, match="still running"):
        clinic.delete_session(number)
    clinic.store.end(number, Summary(number, 17.0, 44, {"cadence_spm": MetricValue(1.0)}, (), ()))
    assert clinic.delete_session(number) == Removed(sessions=1)
    with closing(sqlite3.connect(clinic.store.path)) as database:
        assert [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("session", "metric", "told")] == [0, 0, 0]


def test_a_runner_is_forgotten_at_once(clinic: ClinicStore) -> None:
    """Also what the store remembers itself."""
    clinic.store.keep_runner("ABC12", "{}", None)
    assert clinic.store.knows("ABC12") is True
    assert clinic.forget_runner("ABC12") == Removed(codes=1)
    assert clinic.store.knows("ABC12") is False
    with pytest.raises(Refused, match="ABC12"):
        clinic.forget_runner("ABC12")


def test_pages_of_sessions(clinic: ClinicStore) -> None:
    """The last id of a page gives the next page."""
    for _ in range(5):
        clinic.store.begin(INFO)
    assert clinic.store.flush(5)
    folder = clinic.store.path.parent
    pages = [[s.id for s in sessions(folder, 2, before)] for before in (None, 4, 2, 1)]
    assert pages == [[5, 4], [3, 2], [1], []]


# ---- waiting for the disk ----


def test_perform_gives_the_value_after_what_was_sent(clinic: ClinicStore) -> None:
    """Work sent before is there when the job runs, and its value is the job's."""
    clinic.store.begin(INFO)
    assert clinic.store.perform(lambda db: db.execute("SELECT count(*) FROM session").fetchone()[0]) == 1


def test_a_refusal_rolls_back(clinic: ClinicStore) -> None:
    """What the job did before it refused is undone, and the next job works."""

    def half(database: sqlite3.Connection) -> None:
        database.execute("INSERT INTO secret VALUES ('a', 'b')")
        raise Refused(Phrase("no"))

    with pytest.raises(Refused, match="no"):
        clinic.store.perform(half)
    assert clinic.secret("a") is None
    clinic.keep_secret("a", "c")
    assert clinic.secret("a") == "c"


def test_a_full_disk_is_said_at_once_and_not_done_later(clinic: ClinicStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller gets a sentence; when there is room again the refused work stays undone, new work is done."""
    monkeypatch.setattr(writer, "RETRY_S", 0.05)
    pages = clinic.store.perform_alone(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    clinic.store.perform_alone(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchall())
    with pytest.raises(StoreError, match=r"could not be stored \(database or disk is full\).*nothing was changed") as told:
        clinic.keep_secret("big", "x" * 2_000_000)
    assert "ließ sich nicht speichern" in translated(told.value.sentence, Language.DE)
    clinic.store.perform_alone(lambda db: db.execute("PRAGMA max_page_count = 100000").fetchall())
    clinic.keep_secret("small", "x")
    assert (clinic.secret("big"), clinic.secret("small")) == (None, "x")


def test_who_gave_up_waiting_is_not_served_later(clinic: ClinicStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that did not begin in time is never done; one that began is waited for a second time."""
    monkeypatch.setattr(writer, "PERFORM_WAIT_S", 0.3)
    stuck = threading.Event()
    clinic.store._writer.send(lambda db: stuck.wait(10))
    time.sleep(2 * writer.COMMIT_S)  # now the writer is in it
    started_s = time.monotonic()
    with pytest.raises(StoreError, match="within 0 seconds"):
        clinic.store.perform(lambda db: db.execute("INSERT INTO secret VALUES ('late', 'x')"))
    assert time.monotonic() - started_s < 2
    stuck.set()
    assert clinic.store.flush(5)
    clinic.keep_secret("next", "x")
    assert (clinic.secret("late"), clinic.secret("next")) == (None, "x")


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    """After the end nothing hangs."""
    store = SessionStore.open(tmp_path)
    store.close()
    with pytest.raises(StoreError, match="the store is closed"):
        store.perform(lambda db: None)


# ---- older files ----


def test_a_store_of_version_2_is_brought_up_to_date(tmp_path: Path) -> None:
    """A file made by the SQL of versions 1 and 2 keeps its runs and takes patients."""
    with closing(sqlite3.connect(tmp_path / NAME)) as old:
        for number, sql in MIGRATIONS[:2]:
            old.executescript(f"{sql}; PRAGMA user_version = {number};")
        old.execute(
            "INSERT INTO session (id, uuid, started_utc, model, source, extra, state) VALUES (3,'u','2026-01-01','m','s','{}','done')"
        )
        old.commit()
    store = SessionStore.open(tmp_path)
    ClinicStore(store, tmp_path / "recordings").add_patient(FORM)
    secure = store.perform_alone(lambda db: db.execute("PRAGMA secure_delete").fetchone()[0])
    store.close()
    assert ([s.id for s in sessions(tmp_path)], secure) == ([3], 1)


@pytest.mark.parametrize("number", [2**63, 2**64, 10**30])
def test_numbers_beyond_sqlite_are_not_there(clinic: ClinicStore, number: int) -> None:
    """Reading finds nothing, changing is refused with a sentence: no OverflowError reaches a page."""
    assert (clinic.patient(number), clinic.assessments(number), clinic.assessment(number)) == (None, (), None)
    consent = Consent("yes", Language.EN, False, "2026-11-21T10:00:00+00:00")
    for change in (
        lambda: clinic.change_patient(number, PatientForm("P1")),
        lambda: clinic.delete_patient(number),
        lambda: clinic.begin_assessment(number, Kind.BASELINE, consent, consent.given_utc),
        lambda: clinic.add_bout(BoutOrder(number, View.LEFT), consent.given_utc, RESULT),
        lambda: clinic.delete_session(number),
        lambda: clinic.revoke_token(number),
    ):
        with pytest.raises(Refused, match=str(number)):
            change()
    assert session(clinic.store.path.parent, number) is None
    assert sessions(clinic.store.path.parent, before_id=number) == ()
