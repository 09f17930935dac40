"""Who gets into the clinic's pages: PINs, rights, forms, machines."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from clinic_house import CODE, GYM_PIN, PIN, STRANGER, TOKEN, House
from fake_desk import FakeDesk
from flask import url_for
from web_fakes import Parts

from kiosk.clinic import Refused, Role
from kiosk.web.clinic_rights import DATA, POLLS, RIGHTS, Right
from kiosk.web.clinic_sitting import Sittings
from kiosk.web.pin import LOCK_AFTER, LOCK_S, Pins, Place, too_easy, wait_after

OVER_TLS = {"base_url": "https://localhost:8443", "environ_base": STRANGER}


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def addresses(house: House) -> list[tuple[str, str, str]]:
    """(endpoint, method, path) of every view of the clinic, from the application's own list."""
    with house.app.test_request_context():
        known = {"patient_id": 1, "assessment_id": 1, "session_id": 7, "token_id": 1, "form": "html", "name": "side.csv"}
        return [
            (rule.endpoint, method, url_for(rule.endpoint, **{name: known[name] for name in rule.arguments}))
            for rule in house.app.url_map.iter_rules()
            if rule.endpoint.startswith("clinic.")
            for method in rule.methods & {"GET", "POST"}
        ]


def test_without_the_clinic_there_is_nothing() -> None:
    """404 when it is off."""
    assert Parts().client.get("/clinic/").status_code == 404
    assert House().client.get("/clinic/").status_code == 200


def test_every_view_has_a_right_and_every_right_a_view() -> None:
    """A new endpoint without a row in the table fails here."""
    assert {endpoint for endpoint, _, _ in addresses(House())} == set(RIGHTS)
    assert POLLS <= DATA <= set(RIGHTS)


def test_nobody_signed_in_gets_nowhere() -> None:
    """Pages go to the PIN, data says 401; only what is open to anybody answers."""
    house = House()
    for endpoint, method, path in addresses(house):
        if RIGHTS[endpoint] is not Right.ANYBODY:
            answer = house.other().open(path, method=method)
            assert (answer.status_code, endpoint) == (401 if endpoint in DATA else 303, endpoint)


def test_the_gym_reaches_no_patient_and_no_key() -> None:
    """Every view that is not in its rights refuses it with 403; the others do not."""
    house = House().gym()
    house.patient()
    for endpoint, method, path in addresses(house):
        allowed = RIGHTS[endpoint] in (Right.ANYBODY, Right.SIGNED_IN, Right.RUNS)
        if method == "GET" or not allowed:
            answer = house.client.open(path, method=method)
            assert (answer.status_code == 403, endpoint) == (not allowed, endpoint)
            assert CODE not in answer.text


def test_forms_without_their_token_are_refused() -> None:
    """Missing, wrong, of another browser: 400 with a sentence, for every form."""
    house = House().first()
    house.patient()
    foreign = house.token(client=house.other())
    for endpoint, method, path in addresses(house):
        if method == "POST" and RIGHTS[endpoint] is not Right.ANYBODY:
            for form in ({}, {"csrf_token": "wrong"}, {"csrf_token": foreign}):
                answer = house.client.post(path, data=form)
                assert (answer.status_code, "did not come from this page" in answer.text, endpoint) == (400, True, endpoint)
    assert house.other().post("/clinic/enter", data={"pin": PIN}).status_code == 400


def test_other_web_pages_are_refused() -> None:
    """A foreign origin gets 403 even with the right cookie and token, also over TLS."""
    house = House().first()
    form = {"csrf_token": house.token()}
    assert house.client.post("/clinic/lock", data=form, headers={"Origin": "https://evil.example"}).status_code == 403
    assert house.client.get("/clinic/", headers={"Host": "evil.example"}).status_code == 403
    assert house.other().get("/clinic/", base_url="https://evil.example", environ_base=STRANGER).status_code == 403


@pytest.mark.parametrize("pin", ["123456", "111111", "654321", "121212", "123123", "890123", "12345", "28041a", "", "٢٨٠٤١٧", "1" * 13])
def test_easy_pins_are_refused(pin: str) -> None:
    """Rows, repeats, too short, too long, no digits."""
    assert too_easy(pin)


def test_wrong_pins_wait_longer_and_are_locked() -> None:
    """1, 2, 4 ... 64 s, then five minutes; the right PIN does not pass during the wait, and begins anew afterwards."""
    clock, desk = Clock(), FakeDesk()
    pins = Pins(desk, clock)
    pins.first(PIN)
    waits = []
    for _ in range(LOCK_AFTER):
        waits.append(pins.check("000001", Place.NETWORK).wait_s)
        assert not pins.check(PIN, Place.NETWORK).checked
        clock.now_s += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 64, LOCK_S]
    assert pins.check(PIN, Place.NETWORK).role is Role.CLINIC
    assert pins.check("000001", Place.NETWORK).wait_s == 1


def test_a_restart_gives_no_free_try_and_a_stranger_does_not_lock_the_station() -> None:
    """Wrong tries are stored; the two places are counted apart."""
    clock, desk = Clock(), FakeDesk()
    Pins(desk, clock).first(PIN)
    desk.keep_secret("pin_tries_network", "20")
    anew = Pins(desk, clock)
    assert anew.check(PIN, Place.NETWORK).wait_s == LOCK_S
    assert anew.check(PIN, Place.STATION).role is Role.CLINIC


def test_tries_at_once_gain_nothing() -> None:
    """Of twenty at the same time one is looked at."""
    desk = FakeDesk()
    pins = Pins(desk, Clock())
    pins.first(PIN)
    with ThreadPoolExecutor(20) as crowd:
        tried = list(crowd.map(lambda n: pins.check(f"{n:06}", Place.NETWORK), range(20)))
    assert sum(each.checked for each in tried) == 1
    assert desk.secret("pin_tries_network") == "1"


def test_who_knows_the_gyms_pin_has_no_more_tries_at_the_clinics() -> None:
    """In one hour: guesses with a sign-in of the gym after each one are compared with the clinic's PIN no more often than without."""
    compared = {}
    for knows in (False, True):
        clock, desk = Clock(), FakeDesk()
        pins = Pins(desk, clock)
        pins.first(PIN)
        pins.change(Role.GYM, GYM_PIN)
        compared[knows] = 0
        while clock.now_s < 3700:
            compared[knows] += pins.check("000001", Place.NETWORK).checked
            if knows:
                pins.check(GYM_PIN, Place.NETWORK)
            clock.now_s += 1
    assert compared[True] == compared[False] == 19


def test_the_gym_signs_in_while_the_clinics_pin_has_to_wait() -> None:
    """Its own mistakes end with its own PIN; the clinic's count stays, and ends both with the clinic's PIN."""
    clock, desk = Clock(), FakeDesk()
    pins = Pins(desk, clock)
    pins.first(PIN)
    pins.change(Role.GYM, GYM_PIN)
    desk.keep_secret("pin_tries_station", "20")
    assert pins.check("000001", Place.STATION).gym_wait_s == 1
    clock.now_s += 1
    assert pins.check(GYM_PIN, Place.STATION).role is Role.GYM
    refused = pins.check(PIN, Place.STATION)
    assert (refused.role, refused.checked, refused.wait_s) == (None, False, LOCK_S - 1)
    assert desk.secret("pin_tries_station") == "21"
    clock.now_s += LOCK_S
    assert pins.check(PIN, Place.STATION).role is Role.CLINIC
    assert (desk.secret("pin_tries_station"), desk.secret("pin_tries_station_gym")) == ("0", "0")


def test_the_gym_changes_no_pin() -> None:
    """Neither its own nor the clinic's: 403 before any PIN is looked at, and its settings have no such form."""
    house = House().gym()
    for role, new in (("gym", PIN), ("gym", "740218"), ("clinic", "740218")):
        assert house.post("/clinic/change-pin", role=role, old=GYM_PIN, pin=new, again=new).status_code == 403
    assert "change-pin" not in house.client.get("/clinic/settings").text
    assert house.desk.secret("pin_tries_station") == "0"


def test_the_gyms_pin_in_place_of_the_clinics_changes_nothing() -> None:
    """Somebody at a clinic's open page needs the clinic's PIN."""
    house = House().gym()
    house.post("/clinic/lock")
    house.post("/clinic/enter", pin=PIN)
    before = dict(house.desk.secrets)
    assert house.post("/clinic/change-pin", role="clinic", old=GYM_PIN, pin="740218", again="740218").status_code == 429
    assert house.desk.secrets["pin_clinic"] == before["pin_clinic"]


def test_pins_are_kept_as_hashes_and_differ() -> None:
    """scrypt, no digit of the PIN in it; the gym cannot have the clinic's."""
    desk = FakeDesk()
    pins = Pins(desk)
    pins.first(PIN)
    assert desk.secrets["pin_clinic"].startswith("scrypt:")
    assert PIN not in str(desk.secrets)
    with pytest.raises(Refused, match="different PINs"):
        pins.change(Role.GYM, PIN)
    with pytest.raises(Refused, match="already"):
        pins.first(GYM_PIN)


def test_a_wrong_pin_is_answered_with_429_and_when_to_come_back() -> None:
    """A sentence and Retry-After; the next try at once is not looked at."""
    house = House().first()
    stranger = house.other()
    first, second = (house.post("/clinic/enter", stranger, pin=pin) for pin in ("000001", PIN))
    assert (first.status_code, first.headers["Retry-After"], "wrong" in first.text) == (429, "1", True)
    assert (second.status_code, "not checked" in second.text) == (429, True)


LIES = ({}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1"})


@pytest.mark.parametrize("lie", LIES)
def test_the_first_pin_is_set_at_the_station_only(lie: dict[str, str]) -> None:
    """A stranger with a cookie and a token of his own gets a sentence and 403; nothing is kept. The same form at the station is taken."""
    house = House()
    stranger = house.other()
    page = stranger.get("/clinic/", headers=lie, **OVER_TLS)
    token = TOKEN.search(page.text)
    assert token is not None
    assert ("set at the station itself" in page.text, "first-pin" in page.text) == (True, False)
    form = {"csrf_token": token[1], "pin": PIN, "again": PIN}
    headers = {"Referer": "https://localhost:8443/clinic/", "Origin": "https://localhost:8443", **lie}
    answer = stranger.post("/clinic/first-pin", data=form, headers=headers, **OVER_TLS)
    assert (answer.status_code, "set at the station itself" in answer.text) == (403, True)
    assert house.desk.secrets == {}
    assert house.post("/clinic/first-pin", pin=PIN, again=PIN).status_code == 303
    assert "pin_clinic" in house.desk.secrets


def test_the_network_gets_the_clinic_encrypted_and_nothing_else() -> None:
    """Plain http from another machine: 403. Encrypted: the clinic and its static files, not the station's page, stream or commands."""
    house = House().first()
    other = house.other()
    assert other.get("/clinic/", environ_base=STRANGER).status_code == 403
    paths = ("/clinic/", "/static/clinic/clinic.css", "/events", "/live.json", "/")
    found = {path: other.get(path, buffered=True, **OVER_TLS).status_code for path in paths}
    assert found == {"/clinic/": 200, "/static/clinic/clinic.css": 200, "/events": 403, "/live.json": 403, "/": 303}
    assert other.post("/command/start", **OVER_TLS).status_code == 403


def test_cookies_are_closed_and_a_planted_session_is_worth_nothing() -> None:
    """HttpOnly, SameSite, for the clinic's path only, Secure over TLS; signing in gives a new session."""
    house = House().first()
    before = house.client.get_cookie("treadside_clinic", path="/clinic")
    cookie = house.other().get("/clinic/", **OVER_TLS).headers["Set-Cookie"]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/clinic"))
    house.post("/clinic/lock")
    house.post("/clinic/enter", pin=PIN)
    after = house.client.get_cookie("treadside_clinic", path="/clinic")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    house.client.set_cookie("treadside_clinic", before.value, path="/clinic")
    assert house.client.get("/clinic/patients").status_code == 303


def test_an_idle_page_locks_itself() -> None:
    """After the time without use; asking whether it is locked is no use."""
    clock = Clock()
    sittings = Sittings(60, clock)
    name = sittings.open(Role.CLINIC)
    clock.now_s += 59
    assert sittings.role(name, use=True) is Role.CLINIC
    clock.now_s += 59
    assert sittings.role(name, use=False) is Role.CLINIC
    clock.now_s += 1
    assert sittings.role(name, use=False) is None


def test_changing_the_pin_ends_other_sessions() -> None:
    """The old PIN is needed; another browser of the role is out, the one that changed it stays."""
    house = House().first()
    other = house.other()
    house.post("/clinic/enter", other, pin=PIN)
    assert other.get("/clinic/patients").status_code == 200
    assert house.post("/clinic/change-pin", role="clinic", old=GYM_PIN, pin="740218", again="740218").status_code == 429
    house.desk.secrets["pin_tries_station"] = "0"
    fresh = House(house.desk)
    fresh.post("/clinic/enter", pin=PIN)
    again = fresh.other()
    fresh.post("/clinic/enter", again, pin=PIN)
    assert fresh.post("/clinic/change-pin", role="clinic", old=PIN, pin="740218", again="740218").status_code == 200
    assert (again.get("/clinic/patients").status_code, fresh.client.get("/clinic/patients").status_code) == (303, 200)


def test_large_forms_are_refused() -> None:
    """64 kB for the clinic with a sentence; the station's commands stay at theirs."""
    house = House().first()
    data = {"csrf_token": house.token(), "code": "A", "notes": "x" * 70_000}
    answer = house.client.post("/clinic/patients/new", data=data)
    assert (answer.status_code, "too large" in answer.text) == (413, True)
    assert house.client.post("/clinic/patients/new", data=data | {"notes": "x" * 60_000}).status_code == 400


def test_no_code_in_logs_or_addresses(caplog: pytest.LogCaptureFixture) -> None:
    """Also when the desk fails with the code in its error; and notes are shown as text."""
    house = House().first()
    patient_id = house.patient()
    with caplog.at_level(logging.DEBUG):
        page = house.client.get(f"/clinic/patients/{patient_id}").text
        house.desk.assessments = lambda patient_id: 1 / len(CODE[:0])  # type: ignore[method-assign]
        house.desk.delete_patient = lambda patient_id: (_ for _ in ()).throw(OSError(5, CODE))  # type: ignore[method-assign]
        failed = house.client.get(f"/clinic/patients/{patient_id}")
        disk = house.post(f"/clinic/patients/{patient_id}/delete", code=CODE)
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert (failed.status_code, disk.status_code) == (500, 503)
    assert caplog.records
    assert CODE not in caplog.text
    assert CODE not in str([rule for _, _, rule in addresses(house)])


@pytest.mark.parametrize(("wrong", "wait_s"), [(0, 0), (1, 1), (7, 64), (8, 300), (1000, 300)])
def test_waits(wrong: int, wait_s: float) -> None:
    assert wait_after(wrong) == wait_s
