"""The clinic's desk on a real store and a real tape, with a station that is driven by hand."""

import errno
import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import pyzipper

from kiosk import desk as desk_module
from kiosk.batch import Request, analyse_recording
from kiosk.clinic import BoutNow, BoutOrder, BoutState, Consent, Kind, Paper, Patient, PatientForm, Refused, Stick
from kiosk.config import ClinicConfig, Config, StoreConfig
from kiosk.desk import KioskDesk, open_desk
from kiosk.desk.pending import NAME as PENDING
from kiosk.desk.pending import Pending
from kiosk.desk.station import Station
from kiosk.domain import Frame, Pose, View
from kiosk.pose.recording import load
from kiosk.screen import Command, LiveView, Press, State
from kiosk.store import ClinicStore, SessionStore, StoreError
from kiosk.tape.hold import Hold
from kiosk.tape.journal import Journal
from kiosk.tape.segment import Segment
from kiosk.threads import Latest, Stop, Worker, monotonic_s
from kiosk.treadmill import BeltNow
from kiosk.words import Language
from runner import make_runner, times

PICTURE = np.zeros((48, 64, 3), np.uint8)
CODE, PASSWORD = "Quiet-Heron-7", "a long password"
ORDER = BoutOrder(1, View.RIGHT, 12.0, 9.5, 0.0, 176.0)
RUN = make_runner(times(14, 30), noise_px=1)


class House:
    """A kiosk without a camera: what the station shows, and what it was asked."""

    def __init__(self, folder: Path, store: StoreConfig | None = None) -> None:
        self.config = Config(store=store or StoreConfig(folder=str(folder)), clinic=ClinicConfig(enabled=True))
        self.folder = folder
        self.views: Latest[LiveView] = Latest()
        self.views.publish(LiveView())
        self.asked: list[Press] = []
        self.crashes: list[Exception] = []
        self.store = SessionStore.open(folder)
        station = Station(
            *(self.send, self.views, "treadside test movenet_lightning"),
            camera=lambda: {"kind": "picamera", "name": "camera 0 (imx708)", "library": "picamera2 0.3"},
            on_crash=lambda name, error: self.crashes.append(error),
        )
        self.belt = BeltNow(self.config.treadmill)
        self.desk: KioskDesk = open_desk(self.config, self.store, self.belt, station)
        self.desk.start()

    def send(self, press: Press) -> bool:
        self.asked.append(press)
        return True

    def close(self) -> None:
        self.desk.close()
        self.store.close()
        assert self.crashes == []

    def patient(self, video: bool = False) -> Patient:
        patient = self.desk.add_patient(PatientForm(CODE, 176.0, 9.5, 0.0, "Notes about the knee"))
        self.assess(patient, video=video)
        return patient

    def assess(self, patient: Patient, kind: Kind = Kind.BASELINE, video: bool = False) -> int:
        return self.desk.begin_assessment(patient.id, kind, Consent("I agree.", Language.EN, video, "2026-11-21T10:00:00+00:00")).id

    def run(self, order: BoutOrder = ORDER, seconds: float = 12.0, lean_px: float = 0.0, unseen: bool = False) -> BoutNow:
        """A bout as the station makes it."""
        bouts = self.desk.bouts
        assert bouts is not None
        self.desk.start_bout(order)
        self.views.publish(LiveView(State.COUNTDOWN, bout_left_s=12))
        self.desk.bout_now()
        (order,) = (asked for asked in self.asked[-1:] if isinstance(asked, BoutOrder))
        bouts.begin(order)
        self.views.publish(LiveView(State.RUNNING, bout_left_s=11))
        for i, t_s in enumerate(RUN.t_s[RUN.t_s < seconds]):
            xy = RUN.xy_px[i].copy()
            xy[:11, 0] += lean_px
            bouts.add(Frame(float(t_s), PICTURE), Pose(float(t_s), xy * (not unseen), RUN.score[i] * (not unseen), 640, 480))
        self.views.publish(LiveView(State.MEASURED))
        bouts.end(complete=True)
        return self.until(lambda now: now.state in (BoutState.DONE, BoutState.FAILED))

    def until_idle(self) -> None:
        """Nothing is left to be measured."""
        end_s, pause = monotonic_s() + 20, Stop()
        while self.desk.secret(PENDING) != "[]":
            assert monotonic_s() < end_s
            pause.wait(0.05)

    def until(self, reached: Callable[[BoutNow], bool]) -> BoutNow:
        end_s, pause = monotonic_s() + 20, Stop()
        while (now := self.desk.bout_now()) is None or not reached(now):
            assert monotonic_s() < end_s, now
            pause.wait(0.05)
        return now


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data")
    yield made
    made.close()


def test_a_bout_is_kept_and_its_numbers_are_those_of_its_recording(house: House) -> None:
    """What the report shows is what `kiosk analyze` says of the exported file, digit by digit."""
    house.patient()
    now = house.run()

    assert now.state is BoutState.DONE
    (bout,) = house.desk.assessment(1).bouts  # type: ignore[union-attr]
    path = house.folder / "recordings" / bout.recording
    alone = analyse_recording(path, load(path), Request("right", 176.0, 9.5))
    measured = {name: m.value for name, m in bout.result.metrics.items()}
    assert measured == {name: m.value for name, m in alone.metrics.items()}
    assert bout.result.quality.ok, bout.result.quality.problems
    assert (bout.result.camera["name"], bout.result.camera["width"]) == ("camera 0 (imx708)", 640)
    (asked,) = house.asked
    assert isinstance(asked, BoutOrder)
    assert (replace(asked, name=""), f"{asked.name}.npz") == (ORDER, bout.recording)
    assert house.desk.secret(PENDING) == "[]"


def test_report_exports_and_bundle_of_a_real_assessment(house: House) -> None:
    """Every file that is named can be made; the report has the pseudonym, the JSON has not."""
    patient = house.patient()
    house.run()
    files = {name: house.desk.export_file(1, name) for name in house.desk.export_names(1)}

    assert {"metrics.csv", "assessment.json", "bout_1.npz", "bout_1.trc"} <= set(files)
    assert all(files.values())
    assert CODE.encode() not in b"".join(files.values())
    assert CODE in house.desk.report(1, "html", Paper.A4, Language.DE).decode()
    assert house.desk.report(1, "pdf", Paper.LETTER, Language.EN).startswith(b"%PDF")
    assert house.desk.bundle(patient.id, "a long password")[:2] == b"PK"
    with pytest.raises(Refused):
        house.desk.export_file(1, "../sessions.sqlite3")


def test_a_retest_of_the_same_run_says_nothing_changed(house: House) -> None:
    """The same poses again: no metric is called changed, and those that can be told are told."""
    patient = house.patient()
    house.run()
    again = house.assess(patient, Kind.RETEST)
    house.run(replace(ORDER, assessment_id=again))
    change = house.desk.change(again)

    assert change is not None
    outcomes = [one.outcome.value for one in change.metrics]
    assert "changed" not in outcomes
    assert outcomes.count("not_distinguishable") >= 10


def test_orders_that_cannot_be_taken_are_refused_with_a_sentence(house: House) -> None:
    """No such assessment, video without consent, a run that somebody started, a camera that gives nothing or is set up."""
    house.patient()
    wrong = {"no such assessment": replace(ORDER, assessment_id=9), "not allow video": replace(ORDER, video=True)}
    for words, order in wrong.items():
        with pytest.raises(Refused, match=words):
            house.desk.start_bout(order)
    house.views.publish(LiveView(fault=True))
    with pytest.raises(Refused, match="no picture"):
        house.desk.start_bout(ORDER)
    house.views.publish(LiveView(State.SETUP))
    with pytest.raises(Refused, match="camera is being set up"):
        house.desk.start_bout(ORDER)
    house.views.publish(LiveView(State.OFF))
    with pytest.raises(Refused, match="run is going on"):
        house.desk.start_bout(ORDER)
    house.views.publish(LiveView())
    house.desk.start_bout(ORDER)
    with pytest.raises(Refused, match="being measured"):
        house.desk.start_bout(ORDER)
    with pytest.raises(Refused, match="being measured"):
        house.desk.delete_patient(1)


def test_an_order_that_the_station_does_not_take_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """After three seconds without a countdown the page says so."""
    monkeypatch.setattr("kiosk.desk.bouts.BEGIN_S", 0.1)
    house.patient()
    house.desk.start_bout(ORDER)

    assert "did not begin" in house.until(lambda now: now.state is BoutState.FAILED).problem


def test_a_bout_that_was_stopped_in_its_countdown_is_told(house: House) -> None:
    """The countdown was seen, then the attract screen."""
    house.patient()
    house.desk.start_bout(ORDER)
    house.views.publish(LiveView(State.COUNTDOWN, bout_left_s=12))
    house.desk.bout_now()
    house.desk.stop_bout()
    house.views.publish(LiveView())

    assert "before it began" in house.until(lambda now: now.state is BoutState.FAILED).problem
    assert house.asked[-1] is Command.STOP


def test_a_bout_of_three_seconds_is_not_kept(house: House) -> None:
    """The page says for how long it ran; no file stays."""
    house.patient()
    now = house.run(seconds=3.0)

    assert (now.state, "after 3 s" in now.problem) == (BoutState.FAILED, True)
    assert list((house.folder / "recordings").iterdir()) == []


def test_deleting_a_patient_leaves_no_byte(house: House) -> None:
    """Neither pseudonym nor notes in any file of the data folder, no recording, and nothing to report."""
    patient = house.patient()
    house.run()
    removed = house.desk.delete_patient(patient.id)

    assert (removed.patients, removed.bouts) == (1, 1)
    assert list((house.folder / "recordings").iterdir()) == []
    left = b"".join(path.read_bytes() for path in house.folder.rglob("*") if path.is_file())
    assert not any(word.encode(code) in left for word in (CODE, "knee") for code in ("utf-8", "utf-16-le"))


def pending(*orders: BoutOrder) -> str:
    """What the disk says of bouts that are not stored yet."""
    return json.dumps([asdict(order) | {"given_up": False} for order in orders])


def test_a_bout_that_a_crash_left_is_measured_at_the_next_start(tmp_path: Path) -> None:
    """The tape recovered its poses; the order says what they are. It is too short for what was ordered, and says so."""
    house = House(tmp_path / "data")
    house.patient()
    house.run()
    made = house.desk.assessment(1).bouts[0]  # type: ignore[union-attr]
    left = "bout-20261121-090000-a1b2"
    (house.folder / "recordings" / made.recording).rename(house.folder / "recordings" / f"{left}.npz")
    house.desk.keep_secret(PENDING, pending(replace(ORDER, seconds=60.0, name=left)))
    house.close()
    after = House(tmp_path / "data")
    now = after.until(lambda now: now.state is BoutState.DONE)
    found = after.desk.assessment(1).bouts[-1]  # type: ignore[union-attr]
    after.close()

    assert now.bout_id == found.id
    assert (found.started_utc, found.recording) == ("2026-11-21T09:00:00+00:00", f"{left}.npz")
    assert not found.result.quality.ok


def test_a_bout_that_was_stored_before_the_crash_is_not_stored_twice(tmp_path: Path) -> None:
    """The power went between the row and the note that it is done."""
    house = House(tmp_path / "data")
    house.patient()
    house.run()
    (asked,) = house.asked
    assert isinstance(asked, BoutOrder)
    house.desk.keep_secret(PENDING, pending(asked))
    house.close()
    after = House(tmp_path / "data")
    after.until_idle()
    assert len(after.desk.assessment(1).bouts) == 1  # type: ignore[union-attr]
    assert after.desk.secret(PENDING) == "[]"
    after.close()


def test_a_recording_that_cannot_be_measured_is_given_up(tmp_path: Path) -> None:
    """It is told, the station goes on, the next start does not try again, and the file goes with its patient."""
    house = House(tmp_path / "data")
    patient = house.patient()
    left = "bout-20261121-090000-a1b2"
    (house.folder / "recordings" / f"{left}.npz").write_bytes(b"no recording")
    house.desk.keep_secret(PENDING, pending(replace(ORDER, name=left)))
    house.close()
    after = House(tmp_path / "data")
    now = after.until(lambda now: now.state is BoutState.FAILED)
    assert f"stay in {left}.npz" in now.problem
    after.close()
    again = House(tmp_path / "data")
    assert again.desk.bout_now() is None
    assert again.desk.sweep(date(2030, 1, 1)).files == 0
    assert again.desk.delete_patient(patient.id).files == 1
    assert again.desk.secret(PENDING) == "[]"
    again.close()


def test_a_bout_that_the_disk_refused_is_stored_when_there_is_room(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says that it is tried again; then it is there."""
    monkeypatch.setattr("kiosk.desk.bouts.RETRY_S", 0.5)
    house.patient()
    add = ClinicStore.add_bout

    def full(*_: object) -> None:
        raise StoreError("the disk is full.")

    monkeypatch.setattr(ClinicStore, "add_bout", full)
    now = house.run()
    assert "the disk is full. Its poses are kept" in now.problem
    monkeypatch.setattr(ClinicStore, "add_bout", add)
    house.until(lambda now: now.state is BoutState.DONE)
    assert len(house.desk.assessment(1).bouts) == 1  # type: ignore[union-attr]


def test_a_disk_that_is_full_while_the_bout_runs_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """No pose reaches the disk until there is room: the page says that it is tried again, and then the bout is there, once."""
    monkeypatch.setattr("kiosk.desk.bouts.RETRY_S", 0.3)
    house.patient()
    add = Journal.add

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Journal, "add", full)
    now = house.run()
    assert "not stored yet" in now.problem
    assert "No space left" in now.problem
    monkeypatch.setattr(Journal, "add", add)
    house.until(lambda now: now.state is BoutState.DONE)
    house.until_idle()
    assert len(house.desk.assessment(1).bouts) == 1  # type: ignore[union-attr]


def test_a_disk_that_is_full_when_the_recording_is_made_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The poses are in the journal, from which the recording is made when there is room, without a new start."""
    monkeypatch.setattr("kiosk.desk.bouts.RETRY_S", 0.3)
    house.patient()
    make = Segment._make

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Segment, "_make", full)
    assert "not stored yet" in house.run().problem
    monkeypatch.setattr(Segment, "_make", make)
    house.until(lambda now: now.state is BoutState.DONE)
    house.until_idle()
    assert len(house.desk.assessment(1).bouts) == 1  # type: ignore[union-attr]


def test_a_deletion_that_the_disk_refuses_forgets_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bout that waits to be stored is still told and still waits."""
    patient = house.patient()
    monkeypatch.setattr(ClinicStore, "add_bout", Mock(side_effect=StoreError("the disk is full.")))
    now = house.run()
    monkeypatch.setattr(ClinicStore, "delete_patient", Mock(side_effect=StoreError("the disk is full.")))
    with pytest.raises(StoreError):
        house.desk.delete_patient(patient.id)
    assert house.desk.bout_now() == now
    assert len(json.loads(house.desk.secret(PENDING) or "")) == 1


def test_what_was_given_up_is_kept_as_long_as_other_bouts_and_goes_with_its_patient(tmp_path: Path) -> None:
    """The daily sweep neither takes it for a leftover of yesterday nor leaves it behind when it deletes the patient."""
    house = House(tmp_path / "data", StoreConfig(folder=str(tmp_path / "data"), sessions_days=400, patients_days=30))
    house.patient()
    left = "bout-20261121-090000-a1b2"
    kept = house.folder / "recordings" / f"{left}.npz"
    kept.write_bytes(b"no recording")
    house.desk.keep_secret(PENDING, json.dumps([asdict(replace(ORDER, name=left)) | {"given_up": True}]))
    days = [date.today() + timedelta(days=n) for n in range(40)]
    there = [(house.desk.sweep(day).patients, kept.exists()) for day in days]
    assert there[:20] == [(0, True)] * 20
    gone = [patients for patients, _ in there].index(1)
    assert there[gone] == (1, False)
    assert house.desk.secret(PENDING) == "[]"
    house.close()


@pytest.mark.parametrize("damage", [b"", b"PK no zip", None])
def test_a_broken_recording_does_not_hold_back_the_rest_of_the_export(house: House, damage: bytes | None) -> None:
    """Its own files are refused with a sentence; the export holds everything else and says what is missing."""
    patient = house.patient()
    house.run()
    (bout,) = house.desk.assessment(1).bouts  # type: ignore[union-attr]
    path = house.folder / "recordings" / bout.recording
    path.unlink() if damage is None else path.write_bytes(damage)
    with pytest.raises(Refused, match=r"bout_1.trc cannot be made"):
        house.desk.export_file(1, "bout_1.trc")
    with pyzipper.AESZipFile(io.BytesIO(house.desk.bundle(patient.id, "a long password"))) as found:
        found.setpassword(b"a long password")
        assert {"01_metrics.csv", "01_report_en.pdf", "missing.txt"} <= set(found.namelist())
        assert b"01_bout_1.trc: bout_1.trc cannot be made" in found.read("missing.txt")


def test_a_bout_with_nobody_in_it_can_be_exported(house: House) -> None:
    """Its points have no scale, so there is no TRC file, and the export says so."""
    patient = house.patient()
    house.run(unseen=True)
    with pytest.raises(Refused, match="the legs were never seen"):
        house.desk.export_file(1, "bout_1.trc")
    assert house.desk.bundle(patient.id, "a long password")[:2] == b"PK"


def test_two_pages_that_order_at_once_get_one_bout(house: House) -> None:
    """The others are refused; a name is given once."""
    house.patient()
    refused: list[Refused] = []

    def order(_: Stop) -> None:
        try:
            house.desk.start_bout(ORDER)
        except Refused as error:
            refused.append(error)

    workers = [Worker("page", order).start() for _ in range(6)]
    for worker in workers:
        worker.stop(5)
    assert (len(house.asked), len(refused)) == (1, 5)


def test_stop_does_not_end_a_run_of_somebody_else(house: House) -> None:
    """Pressed while the order was on its way: the run that began at the station goes on."""
    house.patient()
    house.desk.start_bout(ORDER)
    house.views.publish(LiveView(State.RUNNING))
    house.desk.stop_bout()
    assert Command.STOP not in house.asked


def test_a_station_whose_folder_for_recordings_cannot_be_used_starts_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In the way of a file, or taken by a recorder: a sentence for page and log; a bout is refused with it; nothing of it is swept."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "recordings").touch()
    house = House(tmp_path / "data")
    house.patient()
    assert "File exists" in house.desk.problem
    with pytest.raises(Refused, match="recordings: File exists"):
        house.desk.start_bout(ORDER)
    house.close()
    (tmp_path / "data" / "recordings").unlink()
    (tmp_path / "data" / "recordings").mkdir()
    other = Hold(tmp_path / "data" / "recordings")
    house = House(tmp_path / "data")
    assert "another recorder" in house.desk.problem
    waiting = replace(ORDER, name="bout-20261119-100000-aaaa")
    Pending(ClinicStore(house.store, tmp_path / "data" / "recordings")).add(waiting)
    (tmp_path / "data" / "recordings" / f"{waiting.name}.npz").write_bytes(b"poses")
    house.desk.sweep(date(2026, 11, 21))
    house.desk.sweep(date(2026, 11, 25))
    assert (tmp_path / "data" / "recordings" / f"{waiting.name}.npz").exists()
    assert house.desk.delete_patient(1).files == 1
    house.close()
    other.release()
    assert [record.levelname for record in caplog.records if "can be recorded" in record.getMessage()] == ["ERROR", "ERROR"]


def test_two_clicks_at_once_write_one_copy(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one is told so, also while the first file is still being made; after a refusal the next one may begin."""
    stick, begun = Stick("STICK", str(tmp_path), 10**9), list[str]()
    monkeypatch.setattr(house.desk, "sticks", lambda: (stick,))
    patient = house.patient()

    class Copied:
        running = True

        def __init__(self, data: bytes, name: str, *_: object) -> None:
            begun.append(name)

        def stop(self) -> None:
            pass

    def second(patient_id: int, password: str) -> bytes:
        with pytest.raises(Refused, match="Another export"):
            house.desk.copy_to_stick(patient.id, PASSWORD, stick)
        return b"PK"

    monkeypatch.setattr(desk_module, "Copying", Copied)
    with pytest.raises(Refused, match="password"):
        house.desk.copy_to_stick(patient.id, "short", stick)
    monkeypatch.setattr(house.desk, "bundle", second)
    house.desk.copy_to_stick(patient.id, PASSWORD, stick)
    with pytest.raises(Refused, match="Another export"):
        house.desk.copy_to_stick(patient.id, PASSWORD, stick)
    assert len(begun) == 1


def test_the_real_desk_has_what_pages_ask_for(house: House) -> None:
    """Every method of the Protocol is there (kiosk/web/desk.py), and of the pages' double."""
    from kiosk.web.desk import Desk

    sys.path.append(str(Path(__file__).parent / "web"))
    from fake_desk import FakeDesk

    wanted = {name for name in vars(Desk) if not name.startswith("_")}
    assert {name for name in wanted if not hasattr(house.desk, name)} == set()
    assert {name for name in wanted if not hasattr(FakeDesk(), name)} == set()


def test_a_broken_baseline_does_not_hide_the_good_one(house: House) -> None:
    """Two baselines, the second broken off after eight seconds: the retest is compared with the first."""
    patient = house.patient()
    house.run()
    house.assess(patient)
    house.run(replace(ORDER, assessment_id=2, seconds=60.0), seconds=8.0)
    again = house.assess(patient, Kind.RETEST)
    house.run(replace(ORDER, assessment_id=again))
    change = house.desk.change(again)

    assert change is not None
    assert change.before_id == 1
