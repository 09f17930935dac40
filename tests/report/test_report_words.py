"""The words of the clinic's report: no names of the machine, no command line, no sign that means a side, German without du."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args, get_type_hints

import clinic_fakes as fakes
import pytest
from babel.messages.pofile import read_po
from clinic_documents import document, facts, texts

from kiosk.clinic import Paper
from kiosk.coach.rules import RULES
from kiosk.coach.wording import IN_WORDS
from kiosk.config import CameraConfig
from kiosk.domain import Side, View
from kiosk.gait.detectable import LIMITS, OTHERS
from kiosk.gait.tilt import Stand, warnings_of
from kiosk.report.assessment import ReportFacts, assessment_report
from kiosk.report.document import Card, Charts, Table
from kiosk.report.hands import plainly
from kiosk.report.labels import Speech
from kiosk.report.sources import BETWEEN, SAID
from kiosk.report.vectors import Words
from kiosk.screen import Finding
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import FOLDER, catalogue


def test_hands_and_the_middle_are_told_in_words() -> None:
    """No number below zero: which hand is where, in the card, in the tables of values and in the comparison."""
    made = document("retest")
    said = next(block.text for block in made.blocks if isinstance(block, Card) and "hand" in block.text)
    guide = "Our guide: each hand stays on its own side; opinions differ."
    assert re.fullmatch(rf"The right hand goes 0\.05 ± 0\.\d\d shoulder widths past the middle of the body\. {guide}", said)
    rows = [row for block in made.blocks if isinstance(block, Table) for row in block.rows if row[0].startswith("Hands to the middle")]
    values, change, _ = rows
    assert values[1].endswith("shoulder widths short of it")
    assert (values[2].split()[1:], values[3].split()[1:]) == (["short", "of", "it"], ["past", "it"])
    assert values[6].startswith("0.00 to 0.50 short of it (C)")
    assert change[1:4] == ("0.204 short of it", "0.125 short of it", "0.079 towards the other side")
    assert not any(cell.startswith("\N{MINUS SIGN}") for row in rows for cell in row)


@pytest.mark.parametrize(
    ("value", "good", "said"),
    [
        (-0.2, True, "The hands stay on their own side, 0.20 shoulder widths short of the middle of the body."),
        (-0.02, False, "The left hand goes past the middle of the body in more than one stride out of five."),
        (0.123, False, "The left hand goes 0.12 ± 0.04 shoulder widths past the middle of the body."),
    ],
)
def test_the_sentence_about_hands_follows_the_value(value: float, good: bool, said: str) -> None:
    """Short of the middle, past it in some strides, past it; other findings stay as they are."""
    unit, side = Phrase("shoulder widths"), None if good else Side.LEFT
    finding = Finding(Phrase("x"), "wrist_crossover_ratio", good, unit=unit, value=value, spread=0.04, decimals=2, side=side)
    assert plainly(finding).text.startswith(said)
    other = replace(finding, metric="trunk_lean_deg")
    assert plainly(other) is other


def test_two_assessments_of_one_day_have_their_time() -> None:
    """The time of day wherever both stand: head, date, what changed since, the comparison, the charts; nowhere else."""
    first, _, last = fakes.visits()
    later = replace(last, started_utc=f"{first.started_utc[:10]}T14:30:00+02:00")
    made = assessment_report(replace(facts("retest"), assessment=later, earlier=(first,)), Language.EN, Paper.A4)
    said = texts(made)
    assert made.header.startswith("KX-0417 · September 1, 2026, 12:30 · ")
    assert {"September 1, 2026, 12:30", "What changed since September 1, 2026, 09:00"} <= set(said)
    assert "Sep 1, 2026, 09:00 – Sep 1, 2026, 12:30" in said  # noqa: RUF001 - the dash of a span
    charts = next(block for block in made.blocks if isinstance(block, Charts))
    assert [shape.text for shape in charts.drawings[0].shapes if isinstance(shape, Words)][-2:] == ["09:00", "12:30"]
    assert not any(re.search(r"\d:\d\d|UTC", text) for text in (*texts(document("retest")), document("retest").header))


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A station in Berlin: UTC+2 in summer."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_dates_and_times_are_those_of_the_station() -> None:
    """23:30 and 22:15 UTC are half past one and a quarter past midnight of the next day, everywhere on paper; so is the consent's day."""
    first, _, last = fakes.visits()
    before, after = "2026-08-31T22:15:00+00:00", "2026-08-31T23:30:00"
    night = replace(first, started_utc=before, bouts=tuple(replace(bout, started_utc=before) for bout in first.bouts))
    bouts = tuple(replace(bout, started_utc=after) for bout in last.bouts)
    now = replace(last, started_utc=after, bouts=bouts, consent=replace(last.consent, given_utc="2026-08-31T22:01:00+00:00"))
    made = assessment_report(replace(facts("retest"), assessment=now, earlier=(night,)), Language.EN, Paper.A4)
    said = texts(made)
    assert made.header.startswith("KX-0417 · September 1, 2026, 01:30 · ")
    assert {"September 1, 2026, 01:30", "What changed since September 1, 2026, 00:15", "given on September 1, 2026, video allowed"} <= set(
        said
    )
    assert "Sep 1, 2026, 00:15 – Sep 1, 2026, 01:30" in said  # noqa: RUF001 - the dash of a span
    charts = next(block for block in made.blocks if isinstance(block, Charts))
    assert [shape.text for shape in charts.drawings[0].shapes if isinstance(shape, Words)][-4:] == ["9/1/26", "9/1/26", "00:15", "01:30"]
    assert not any("August" in text or "Aug" in text or "UTC" in text for text in said)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(("stored", "said"), [("2026-09-01", "September 1, 2026"), ("last week", "last week"), ("", "")])
def test_a_day_without_a_time_stays_that_day(stored: str, said: str) -> None:
    """No zone moves a date; what is none stands as it is stored."""
    speech = Speech(Language.EN)
    assert (speech.day(stored), speech.time(stored, [stored, f"{stored} "])) == (said, "")


@pytest.mark.usefixtures("berlin")
def test_one_utc_day_may_be_two_of_the_station() -> None:
    """Then no time is needed to tell them apart."""
    both = ("2026-09-01T10:00:00+00:00", "2026-09-01T22:30:00+00:00")
    assert [Speech(Language.EN).moment(one, both) for one in both] == ["September 1, 2026", "September 2, 2026"]


@pytest.mark.parametrize("language", Language)
def test_no_command_line_stands_in_a_report(language: Language) -> None:
    """Every sentence that kiosk/gait has about a command is said in words for a clinic, also inside another sentence, with its values."""
    speech = Speech(language)
    values = {"sd_deg": 1.234, "view": "x", "persons": "y"}
    with (FOLDER / Language.DE / "gait.po").open("rb") as rows:  # all others speak to whoever is at the station
        about_bouts = {str(row.id) for row in read_po(rows) if "kiosk calibrate" in row.id or "--roll" in row.id}
    assert len(about_bouts & set(IN_WORDS)) == len(about_bouts) == 5
    for pattern in about_bouts:
        inner = Phrase(pattern, **values)
        for said in (speech.say(inner), speech.say(Phrase("{view}: the later bout cannot be used. {why}", view="x", why=inner))):
            assert not re.search(r"kiosk|--|\{", said)
            assert ("1.2" in said or "1,2" in said) is ("sd_deg" in pattern)


def test_a_clinics_report_has_no_command_line() -> None:
    """A bout from behind whose roll nobody measured, as kiosk/gait warns of it."""
    whole = fakes.assessment()
    warned = replace(whole.bouts[1].result, warnings=warnings_of(Stand(), View.REAR))
    bouts = (whole.bouts[0], replace(whole.bouts[1], result=warned))
    made = assessment_report(replace(facts("baseline"), assessment=replace(whole, bouts=bouts)), Language.EN, Paper.A4)
    said = " ".join(texts(made))
    assert "Have it measured before the next bout" in said
    assert "kiosk" not in said
    assert "--" not in said


def test_the_physios_german_says_no_du() -> None:
    """Sentences of the measuring are neutral: the physio reads them, not the runner."""
    german = [said for path in ("gait.po", "report.po") for said in po_entries(FOLDER / "de" / path)]
    assert len(german) > 100
    assert [said for said in german if re.search(r"\b([Dd]u|[Dd]ein\w*|dich|dir)\b", said)] == []
    orders = r"(^|[.:] )(Stell|Dreh|Neig|Lass|Wähl|Nimm|Prüf|Film|Mach|Führ|Putz)\b"
    assert [said for said in german if re.search(orders, said)] == []


def test_the_german_of_a_measure_is_one_term() -> None:
    """Sentences about the camera name measures as the tables do, not "Schulterneigung" beside "Neigung der Schultern"."""
    metrics = ("pelvic_drop_deg", "shoulder_tilt_deg", "lateral_lean_deg")
    names = [Speech(Language.DE).name(metric) for metric in metrics]
    warned = [pattern for pattern in catalogue(Language.DE) if pattern.startswith("Pelvic drop, shoulder tilt and sideways lean")]
    assert len(warned) == 2
    assert [name for pattern in warned for name in names if name not in catalogue(Language.DE)[pattern]] == []


def po_entries(path: Path) -> list[str]:
    """The German of one catalogue."""
    with path.open("rb") as file:
        return [str(message.string) for message in read_po(file) if message.id]


def method_rows(camera: dict[str, float | str | None]) -> dict[str, str]:
    """The table of how it was measured, of one bout with these facts about the camera."""
    whole = fakes.assessment()
    bout = replace(whole.bouts[0], result=replace(whole.bouts[0].result, camera=camera, landing={"n": 80.0, "tone_hz": 200.0}))
    made = assessment_report(ReportFacts(fakes.PATIENT, replace(whole, bouts=(bout,))), Language.EN, Paper.A4)
    return {row[0]: row[1] for block in made.blocks if isinstance(block, Table) and block.heads[0] == "Bout" for row in block.rows}


def test_the_camera_is_told_in_words() -> None:
    """Kind, size and rate in a row; where the roll comes from in words; both lengths of the leg below one another."""
    rows = method_rows(fakes.CAMERA | {"kind": "picamera"})
    assert rows["Camera"] == "Raspberry Pi camera, 1280 x 720 pixels, 59.9 pictures a second"
    assert rows["Where the roll comes from"] == "upright and level lines in the picture"
    legs = [name for name in rows if name.startswith("Length of the leg")]
    assert [rows[name] for name in legs] == ["87.4", "88.4"]  # 0.491 x 178 cm
    assert list(rows).index(legs[1]) == list(rows).index(legs[0]) + 1
    named = method_rows(fakes.CAMERA | {"kind": "picamera", "name": "camera 0 (imx708)", "library": "picamera2 0.3.31"})
    assert named["Camera"].startswith("Raspberry Pi camera: camera 0 (imx708), picamera2 0.3.31, 1280")
    clip = method_rows(fakes.CAMERA | {"kind": "video", "name": "video video demo.mp4"})  # as kiosk/camera/video.py calls "video demo.mp4"
    assert clip["Camera"].startswith("video file: video demo.mp4, 1280")
    assert method_rows(fakes.CAMERA)["Camera"].startswith("camera of a kind that was not stored, 1280 x 720")


def test_no_names_of_the_machine_stand_in_the_report() -> None:
    """Not of a source of the roll, a network's file, or a fact that only another version of the kiosk knows."""
    rows = method_rows(fakes.CAMERA | {"roll_source": "by_gyroscope", "lens_k1": 0.1})
    assert rows["Where the roll comes from"] == "not known"
    assert [name for name in rows if "_" in name] == []
    assert rows["Landings that were heard"] == "80"
    known = [text for name in ("baseline", "retest", "refused") for text in texts(document(name))]
    assert [text for text in known if re.search(r"[a-z0-9]_[a-z0-9]", text)] == []
    assert "MoveNet Thunder (int8), checksum (SHA-256) 9a3c1f0b7e5d…, Treadside 0.6.0" in known


@pytest.mark.parametrize("source", ["given", "recording", "lines", "assumed"])
def test_every_source_of_the_roll_has_words(source: str) -> None:
    """Those that kiosk/gait/tilt.py names."""
    assert method_rows(fakes.CAMERA | {"roll_source": source})["Where the roll comes from"] != "not known"


@pytest.mark.parametrize("kind", get_args(get_type_hints(CameraConfig)["kind"]))
def test_every_kind_of_camera_has_words(kind: str) -> None:
    """Those that the configuration knows."""
    assert not method_rows(fakes.CAMERA | {"kind": kind})["Camera"].startswith("camera of a kind")


def test_our_own_words_in_sources_are_german() -> None:
    """Every part of every source of the rows either has German words, or is a citation: a name and a year."""
    sources = {rule.source for rule in RULES} | {limit.source for limit in LIMITS.values()} | {OTHERS}
    parts = {part for source in sources for part in source.split(BETWEEN)}
    assert [part for part in parts - set(SAID) if not re.fullmatch(r"[A-Z]\w+ \d{4}", part)] == []
    assert set(SAID) - parts == set()
    assert Speech(Language.DE).source("Fukuchi 2017, our analysis; Souza 2016") == "Fukuchi 2017, eigene Auswertung; Souza 2016"
    assert Speech(Language.EN).source("Fukuchi 2017, our analysis; Souza 2016") == "Fukuchi 2017, our analysis; Souza 2016"
    assert not any("our " in text or "measured:" in text for text in texts(document("retest", Language.DE)))
