"""The clinic's pages around a fake desk, and a browser without a screen that knows how to send their forms."""

import re

from fake_desk import FakeDesk
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kiosk.clinic import PatientForm
from kiosk.config import ClinicConfig, WebConfig
from kiosk.screen import LiveView
from kiosk.threads import Latest, Stop
from kiosk.web import create_app

PIN, GYM_PIN = "280417", "915302"
CODE = "PSEUDONYM-77"
STRANGER = {"REMOTE_ADDR": "192.168.1.50"}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class House:
    """One application and one browser."""

    def __init__(self, desk: FakeDesk | None = None, **clinic: object) -> None:
        self.desk = desk or FakeDesk()
        self.views: Latest[LiveView] = Latest()
        self.app: Flask = create_app(
            self.views, Latest(), lambda press: True, WebConfig(lan=True), Stop(), lambda session_id, language: "<p>run</p>",
            desk=self.desk, clinic=ClinicConfig.model_validate({"enabled": True} | clinic), fingerprint="AA:BB",
        )  # fmt: skip
        self.client: FlaskClient = self.app.test_client()

    def other(self) -> FlaskClient:
        return self.app.test_client()

    def token(self, page: str = "/clinic/", client: FlaskClient | None = None) -> str:
        found = TOKEN.search((client or self.client).get(page, follow_redirects=True).text)
        assert found is not None
        return found[1]

    def post(self, path: str, client: FlaskClient | None = None, **form: str) -> TestResponse:
        """A form of the page; its token is that of the browser's session."""
        token = self.token(client=client)
        return (client or self.client).post(path, data={"csrf_token": token, **form})

    def first(self) -> "House":
        """Set the clinic's PIN and be signed in."""
        assert self.post("/clinic/first-pin", pin=PIN, again=PIN).status_code == 303
        return self

    def gym(self) -> "House":
        """Signed in with the gym's PIN."""
        self.first()
        assert self.post("/clinic/change-pin", role="gym", old=PIN, pin=GYM_PIN, again=GYM_PIN).status_code == 200
        self.post("/clinic/lock")
        assert self.post("/clinic/enter", pin=GYM_PIN).status_code == 303
        return self

    def patient(self) -> int:
        """A patient with a code that must not turn up where it should not."""
        return self.desk.add_patient(PatientForm(CODE, notes="<script>alert(1)</script>")).id
