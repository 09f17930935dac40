"""The served document drives the API in process (schemathesis): what it says is what happens."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from api_fakes import BOTH, RECORDER, FakeDesk, Station
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode

from kiosk.web import api_answers
from kiosk.web.api_openapi import document
from kiosk.web.api_routes import PREFIX, ROUTES, Route

EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,  # the same requests in every run; tests/fuzz_web.py takes others
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Endless(FakeDesk):
    """Sessions that are always there, and a recorder in every second answer, so that both sides of each route are seen."""

    turn = 0

    def session(self, session_id: int) -> Any:
        return self.rows[1] if session_id < 2**40 else None

    def delete_session(self, session_id: int) -> Any:
        return api_answers.clinic.Removed(sessions=1)

    def recorder(self) -> Any:
        self.turn += 1
        return RECORDER if self.turn % 2 else None


@pytest.fixture(scope="module")
def station() -> Iterator[Station]:
    """Guessing is not slowed here: schemathesis tries wrong keys too and wants 401 for each.

    Its requests name no sender; those of a station's own browser do.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kiosk.web.api_keys.WINDOW_S", 0.0)
        station = Station(Endless(), places=0)
        inner = station.app.wsgi_app
        patch.setattr(station.app, "wsgi_app", lambda environ, start: inner({"REMOTE_ADDR": "127.0.0.1", **environ}, start))
        yield station


@pytest.fixture(scope="module")
def api(station: Station) -> Any:
    config = SchemathesisConfig.from_dict({"generation": {"allow-x00": True}})
    return schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", station.app, config=config)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_the_api_is_as_its_document_says(api: Any, route: Route, mode: GenerationMode) -> None:
    """Status, content type and schema of every answer are in the document; wrong values are refused, right ones taken; never a 500."""
    operation = api[route.path][route.method]

    @EXAMPLES
    @given(operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        case.call_and_validate(headers=good_key(case))

    check()


def good_key(case: Any) -> dict[str, str]:
    """The header of a good key, unless wrong headers are what this request is about."""
    headers = case.meta.components.get(ParameterLocation.HEADER)
    wrong = headers is not None and headers.mode is GenerationMode.NEGATIVE
    return {} if wrong else {"Authorization": f"Bearer {BOTH}"}


def test_the_document_and_the_app_name_the_same_routes(station: Station) -> None:
    """Everything under /api/v1 but the document itself, with its methods, is in the document, and nothing else is."""
    served = {
        (rule.rule.replace("<", "{").replace(">", "}"), method)
        for rule in station.app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    written = {(PREFIX + path, method.upper()) for path, row in document()["paths"].items() for method in row}
    assert served == written == {(PREFIX + route.path, route.method) for route in ROUTES}


def test_the_document_is_openapi_3_1_and_whole(station: Station) -> None:
    """Version, unique names, and no pointer into nothing."""
    written = station.client.get(f"{PREFIX}/openapi.json").json
    text = station.client.get(f"{PREFIX}/openapi.json").text
    pointed = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert (written["openapi"], pointed - set(written["components"]["schemas"])) == ("3.1.0", set())
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_an_answer_that_is_not_as_written_is_seen(api: Any, station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is seen to fail: a belt whose speed is a text breaks the schema of the document."""
    fast = station.app.response_class('{"speed_kmh": "fast"}', 200, content_type="application/json")
    monkeypatch.setattr("kiosk.web.api._response", lambda route, found: fast)
    case = api["/belt"]["GET"].Case(headers={"Authorization": f"Bearer {BOTH}"})
    with pytest.raises(FailureGroup, match="Response violates schema"):
        case.call_and_validate()
