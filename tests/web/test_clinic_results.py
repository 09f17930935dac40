"""What the clinic's pages say of bouts and of the comparison, and what their forms hold at first."""

import html
import re
from dataclasses import replace
from datetime import datetime

import pytest
from clinic_house import PIN, House
from fake_desk import STARTED, FakeDesk
from web_views import VIEWS

from kiosk.clinic import Assessment, Belt, BoutOrder, BoutQuality, BoutResult, BoutState, Consent, Kind, PatientForm, StoredBout
from kiosk.domain import View
from kiosk.screen import State
from kiosk.web.clinic_results import FACING, SIDE, steps_of
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import MINUS

DASH = "\N{EN DASH}"
GOOD, BAD = BoutQuality(True), BoutQuality(False, (Phrase("The runner left the picture."),))
CONSENT = Consent("text", Language.EN, False, STARTED)


def bout(number: int, view: View, quality: BoutQuality, speed_kmh: float = 10.0, incline_pct: float = 2.0) -> StoredBout:
    order = BoutOrder(1, view, 60.0, speed_kmh, incline_pct)
    return StoredBout(number, 1, STARTED, order, BoutResult(view, 60.0, 80, {}, {}, None, quality, "model"))


def visited(*bouts: StoredBout, kind: Kind = Kind.BASELINE, form: PatientForm | None = None) -> House:
    """A signed-in browser, one patient, one assessment with these bouts."""
    house = House().first()
    house.desk.add_patient(form or PatientForm("A-1", 176.0, 9.5, 3.5))
    house.desk.visits[1] = Assessment(1, 1, kind, STARTED, CONSENT, bouts)
    return house


def page(house: House, step: int | None = None) -> str:
    """The words of the assessment's page without its tags."""
    found = house.client.get("/clinic/assessments/1" + (f"?step={step}" if step else ""))
    assert found.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found.text)).split())


def field(house: House, path: str, name: str) -> str:
    """What a field of a form holds at first."""
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', house.client.get(path).text)
    assert found is not None
    return html.unescape(found[1])


def german(house: House) -> House:
    assert house.post("/clinic/speak", language="de", back="/clinic/").status_code == 303
    return house


def test_a_rejected_repeat_does_not_replace_a_usable_bout() -> None:
    """The earlier one counts, as in the comparison; a newer usable one replaces it; of rejected ones none counts."""
    first, repeat, third = bout(1, View.LEFT, GOOD), bout(2, View.LEFT, BAD), bout(3, View.LEFT, GOOD)
    visit = Assessment(1, 1, Kind.BASELINE, STARTED, CONSENT)

    def counting(*bouts: StoredBout) -> list[tuple[int, bool]]:
        return [(one.bout.id, one.counts) for one in steps_of(replace(visit, bouts=bouts))[SIDE].tried]

    assert counting(first, repeat) == [(2, False), (1, True)]
    assert counting(first, repeat, third) == [(3, True), (2, False), (1, False)]
    assert counting(repeat) == [(2, False)]
    assert steps_of(replace(visit, bouts=(first,)))[FACING].usable is False


def test_a_rejected_repeat_is_told_with_its_reason() -> None:
    """On its step and among the results; the earlier bout is offered, in words that say so."""
    house = visited(bout(1, View.LEFT, GOOD), bout(2, View.LEFT, BAD))
    side, results = page(house, 1), page(house, 3)
    assert "This bout should be repeated" in side
    assert "The runner left the picture." in side
    assert "Use the earlier bout and go on" in side
    assert "1 Side view ✓" in side
    assert "2 Front or rear ✓" not in side
    assert "is used ✓" in results
    assert "should have been repeated The runner left the picture." in results


def test_no_page_sends_a_clinic_to_the_command_line() -> None:
    """What the kiosk's owner is told by a command is said in words here."""
    upright = Phrase("Nobody measured whether the camera stands upright: sideways lean and tilts are less sure. Run kiosk calibrate.")
    text = page(visited(bout(1, View.FRONT, BoutQuality(True, (upright,)))), FACING)
    assert "Have it measured before the next bout" in text
    assert "kiosk calibrate" not in text


def test_without_a_usable_bout_nothing_is_ticked_or_offered() -> None:
    """A rejected bout alone: no ✓, no "use it", and the page comes back to its step."""
    house = visited(bout(1, View.LEFT, BAD))
    words = page(house)
    assert "This bout should be repeated" in words
    assert "✓" not in words
    assert 'id="use"' not in house.client.get("/clinic/assessments/1?step=1").text
    assert "✓" not in page(house, 3)


@pytest.mark.parametrize(
    ("language", "row"),
    [
        ("en", "Forward lean degrees 4.0 8.2 +4.1 2.0 changed"),
        ("de", "Vorlage Grad 4,0 8,2 +4,1 2,0 verändert"),
    ],
)
def test_metrics_are_written_as_in_the_report(language: str, row: str) -> None:
    """Words, unit, digits and decimal sign; the smallest change is the larger of the patient's and the method's."""
    house = visited(bout(1, View.LEFT, GOOD), kind=Kind.RETEST)
    words = page(german(house) if language == "de" else house, 3)
    assert row in words
    assert "_deg" not in words


def test_unknown_numbers_are_dashes_and_never_a_limit_alone() -> None:
    """A metric that one of the two lacks has no difference and no smallest change."""
    words = page(visited(bout(1, View.LEFT, GOOD), kind=Kind.RETEST), 3)
    assert f"Bounce leg lengths 0.071 {DASH} {DASH} {DASH} cannot tell Measured, but not well enough in both." in words


def test_why_a_view_cannot_be_told_is_said_once() -> None:
    """Not again in each of its lines; metrics that nobody measured stand in one sentence."""
    words = page(visited(bout(1, View.LEFT, GOOD), kind=Kind.RETEST), 3)
    assert words.count("only equal speeds can be compared") == 1
    assert f"Pelvis drop degrees 3.0 {MINUS}4.2 {MINUS}7.2 {DASH} cannot tell Room" in words
    assert "Bounce in centimetres: Not known without the runner's height." in words


def test_the_language_switch_keeps_the_step() -> None:
    """Also with a query; what is not a page of the clinic leads to the door."""
    house = visited(bout(1, View.LEFT, GOOD))
    found = re.search(r'name="back" value="([^"]*)"', house.client.get("/clinic/assessments/1?step=2").text)
    assert found is not None
    back = html.unescape(found[1])
    answer = house.post("/clinic/speak", language="de", back=back)
    assert (answer.status_code, answer.location) == (303, "/clinic/assessments/1?step=2")


BAD_WAYS = (
    "//[",
    "http://[",
    "//evil.example/clinic/",
    "/clinic/\r\nX: y",
    "/clinic/..//evil",
    "https://evil.example/clinic/",
    "",
    "/clinic/\\e",
)


@pytest.mark.parametrize("back", BAD_WAYS)
def test_the_language_switch_goes_to_its_own_pages_only(back: str) -> None:
    """Foreign, broken and split addresses lead to the door; none is an error."""
    answer = House().post("/clinic/speak", language="de", back=back)
    assert (answer.status_code, answer.location) == (303, "/clinic/")


def test_after_the_pin_the_step_is_shown_that_was_asked_for() -> None:
    """With its query."""
    house = visited()
    house.post("/clinic/lock")
    assert house.client.get("/clinic/assessments/1?step=2").status_code == 303
    assert house.post("/clinic/enter", pin=PIN).location == "/clinic/assessments/1?step=2"


def test_the_incline_is_the_patients_own() -> None:
    """Also when the patient's speed is not known; the last bout and the treadmill itself know better."""
    path = "/clinic/assessments/1?step=1"
    assert field(visited(), path, "incline_pct") == "3.5"
    slow = visited(form=PatientForm("A-1", None, None, 3.5))
    slow.desk.typed = Belt(8.0, 0.0, "page")
    assert (field(slow, path, "speed_kmh"), field(slow, path, "incline_pct")) == ("8", "3.5")
    assert field(visited(bout(1, View.LEFT, GOOD)), path, "incline_pct") == "2"
    told = visited(bout(1, View.LEFT, GOOD))
    told.desk.typed = Belt(9.0, 1.0, "treadmill")
    assert field(told, path, "incline_pct") == "1"


@pytest.mark.parametrize(
    "path", ["/clinic/assessments/1/bout", "/clinic/patients/1/facts", "/clinic/patients/new", "/clinic/settings/belt"]
)
def test_an_empty_incline_is_a_question(path: str) -> None:
    """400 with the sentence; nothing is stored or ordered with a nought that nobody typed."""
    house = visited()
    answer = house.post(path, code="A-2", view="left", speed_kmh="9.5", incline_pct=" ")
    assert (answer.status_code, "0 when it is level" in answer.text) == (400, True)
    assert (house.desk.order, house.desk.people[1].form.incline_pct, len(house.desk.people), house.desk.typed) == (None, 3.5, 1, Belt())


def test_a_new_patient_begins_with_a_level_belt_that_is_seen() -> None:
    """The nought stands in the field."""
    assert field(visited(), "/clinic/patients/new", "incline_pct") == "0"


def test_numbers_in_fields_are_written_and_read_in_german() -> None:
    """A comma and a minus sign go out and come back as the same numbers."""
    house = german(visited(form=PatientForm("A-1", 176.5, 9.5, -2.5)))
    values = {name: field(house, "/clinic/patients/1/facts", name) for name in ("height_cm", "speed_kmh", "incline_pct")}
    assert values == {"height_cm": "176,5", "speed_kmh": "9,5", "incline_pct": f"{MINUS}2,5"}
    assert house.post("/clinic/patients/1/facts", code="A-1", **values).status_code == 303
    assert house.desk.people[1].form == PatientForm("A-1", 176.5, 9.5, -2.5)


class Hands:
    """A clock that is set."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_while_a_bout_runs_the_page_says_what_to_do() -> None:
    """Countdown, seconds left, what the patient does, and whether it can still be stopped."""
    clock = Hands()
    house = House(FakeDesk(clock, wait_s=3.0, run_s=60.0, measure_s=5.0)).first()
    house.desk.add_patient(PatientForm("A-1", speed_kmh=9.5))
    house.desk.visits[1] = Assessment(1, 1, Kind.BASELINE, STARTED, CONSENT)
    house.views.publish(replace(VIEWS["idle"], state=State.COUNTDOWN, countdown_s=2))
    assert house.post("/clinic/assessments/1/bout", view="left", speed_kmh="9.5", incline_pct="0").status_code == 303

    def now(at_s: float) -> tuple[str, str, bool]:
        clock.now_s = at_s
        told = house.client.get("/clinic/assessments/1/now").get_json()
        return told["state"], told["left"], told["stop"]

    assert now(1.0) == ("waiting", "2", True)
    house.views.publish(VIEWS["idle"])
    assert now(1.0) == ("waiting", "", True)
    assert now(20.0) == ("running", "0:42", True)
    assert "looks ahead" in page(house)
    assert now(64.0) == ("measuring", "", False)
    assert "step off" in page(house)


def test_a_bout_can_be_stopped_from_the_page() -> None:
    """The button reaches the station."""
    house = visited()
    house.post("/clinic/assessments/1/bout", view="left", speed_kmh="9.5", incline_pct="0")
    assert house.post("/clinic/assessments/1/stop").status_code == 303
    assert house.desk.ended is not None
    assert house.desk.ended.state is BoutState.FAILED


@pytest.mark.parametrize("path", ["/clinic/patients/1", "/clinic/runs", "/clinic/assessments/1?step=3"])
@pytest.mark.parametrize(("language", "day"), [("en", "Nov 21, 2026, "), ("de", "21.11.2026, ")])
def test_lists_tell_day_and_time(path: str, language: str, day: str) -> None:
    """By the station's own clock, in the page's language."""
    house = visited(bout(1, View.LEFT, GOOD))
    text = (german(house) if language == "de" else house).client.get(path).text
    assert f"{day}{datetime.fromisoformat(STARTED).astimezone():%H:%M}" in text


def test_the_view_of_a_reason_is_said_in_words() -> None:
    """No line of the comparison begins with a bare word and a colon."""
    words = page(visited(bout(1, View.LEFT, GOOD), kind=Kind.RETEST), 3)
    assert "Seen from the front: 9.5 and 11.0 km/h" in words
    german_words = page(german(visited(bout(1, View.LEFT, GOOD), kind=Kind.RETEST)), 3)
    assert "Ansicht von vorn: 9,5 und 11,0 km/h" in german_words


def test_a_view_has_one_word() -> None:
    """The page offers what its refusals, the comparison and the report call it."""
    house = visited(bout(1, View.REAR, GOOD))
    form = house.client.get("/clinic/assessments/1?step=2").text
    assert re.findall(r'name="view" value="(\w+)"[^>]*> (\w+)<', form) == [("front", "front"), ("rear", "rear")]
    assert "back" not in page(house, 2)
    assert "rear, Nov 21, 2026" in page(house, 2)


def test_a_station_that_records_no_bouts_offers_none() -> None:
    """What is wrong stands in place of the form."""
    house = visited()
    house.desk.problem = Phrase("The disk is full.")
    text = house.client.get("/clinic/assessments/1?step=1").text
    assert ("The disk is full." in text, 'id="start"' in text) == (True, False)


@pytest.mark.parametrize("typed", ["1_76", "1e2", "1,7,6", "1.7.6", "--5", "+-5", "nan", "inf", "0x10", "\u0661\u0667\u0666", "1 76", "."])
def test_what_is_no_number_is_refused(typed: str) -> None:
    """Python's own reading of numbers takes much more than a person types."""
    house = House().first()
    answer = house.post("/clinic/patients/new", code="A-1", height_cm=typed, incline_pct="0")
    assert (answer.status_code, "cannot be used" in answer.text) == (400, True)


@pytest.mark.parametrize(("typed", "value"), [("176", 176.0), ("+176,5", 176.5), ("176.", 176.0), (" 176 ", 176.0)])
def test_numbers_are_read_as_people_type_them(typed: str, value: float) -> None:
    """Point or comma, one sign."""
    house = House().first()
    assert house.post("/clinic/patients/new", code="A-1", height_cm=typed, incline_pct=f"{MINUS}1,5").status_code == 303
    (patient,) = house.desk.patients()
    assert (patient.form.height_cm, patient.form.incline_pct) == (value, -1.5)
