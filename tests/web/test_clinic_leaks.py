"""What must not leave the clinic's pages: files that no export has, and that there is a clinic at all."""

import re
from pathlib import Path

import pytest
from clinic_house import House
from fake_desk import DAY

import kiosk.web
from kiosk.clinic import BoutOrder, Consent, Kind
from kiosk.domain import View
from kiosk.words import Language


def with_bout(house: House) -> House:
    """A patient with an assessment of one bout, number 1."""
    consent = Consent("text", Language.EN, False, DAY)
    house.desk.begin_assessment(house.patient(), Kind.BASELINE, consent)
    house.desk._stored(BoutOrder(1, View.LEFT))
    return house


FOREIGN = (
    "..%2f..%2fetc%2fpasswd",
    "../../secrets",
    "%2e%2e/side.csv",
    "side.csv%00",
    "other.csv",
    "..%5cside.csv",
    "./side.csv%2f..",
    "SIDE.CSV",
)


@pytest.mark.parametrize("name", FOREIGN)
def test_only_names_of_the_export_are_given(name: str) -> None:
    """Of an assessment that has files: no path, no other name, and the desk is not even asked for it."""
    house = with_bout(House().first())
    asked: list[str] = []
    house.desk.export_file = lambda assessment_id, name: asked.append(name) or b""  # type: ignore[method-assign,func-returns-value]
    assert house.client.get(f"/clinic/assessments/1/files/{name}").status_code == 404
    assert asked == []
    assert house.client.get("/clinic/assessments/1/files/side.csv").status_code == 200
    assert asked == ["side.csv"]


def test_the_station_says_nothing_of_a_clinic() -> None:
    """Neither its page nor any style or script that it loads has the words clinic, patient or PIN in it."""
    static = Path(kiosk.web.__file__).parent / "static"
    files = [path for path in static.rglob("*") if path.is_file() and path.parent.name != "clinic"]
    texts = {path.name: path.read_text(encoding="utf-8") for path in files} | {"page": House().first().client.get("/").text}
    assert len(texts) > 20
    assert {name for name, text in texts.items() if re.search(r"clinic|patient(?!ly)|\bPIN\b|pseudonym", text, re.IGNORECASE)} == set()
