"""The one table of the API: what can be asked, with which right, what comes back. The routes (api.py), the document (api_openapi.py)
and the page to read it are made from it, so that none can differ from another. What must not go in: doing anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from kiosk.web import api_models as models

PREFIX = "/api/v1"
READ, CONTROL = "read", "control"
SCOPES = {
    READ: "look at the live state and at stored sessions",
    CONTROL: "start and stop, set the belt, delete sessions",
}
"""What a key may be for; one does not include the other."""


@dataclass(frozen=True)
class Route:
    """One row: a method at an address."""

    name: str
    """Of the method of `Api` that answers, and `operationId` in the document."""
    method: str
    path: str
    """Below PREFIX, places in braces."""
    scope: str
    summary: str
    model: type[BaseModel] | None
    """Of the answer; None is a page of HTML."""
    status: int = 200
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    """JSON that is needed."""
    errors: Mapping[int, str] = field(default_factory=dict)
    """Besides those that every route can answer (`errors_of`)."""
    example: str = ""
    """A query or a body for the example."""

    @property
    def place(self) -> type[BaseModel] | None:
        """Model of the places in the path."""
        return models.WhichSession if "{id}" in self.path else None


GONE = {404: "There is no such session."}
BUSY = {409: "It makes no sense now; the sentence says why."}
NO_RECORDER = {404: "This device is a station, not a recorder."}

ROUTES: tuple[Route, ...] = (
    Route("state", "GET", "/state", READ, "What the station shows now", models.Live),
    Route("health", "GET", "/health", READ, "How the kiosk is, for monitoring", models.Health),
    Route(
        *("sessions", "GET", "/sessions", READ, "Stored sessions, newest first", models.SessionPage),
        query=models.PageQuery,
        example="?limit=5",
    ),
    Route("session", "GET", "/sessions/{id}", READ, "One session: metrics, findings, cues", models.Session, errors=GONE),
    Route(
        *("session_report", "GET", "/sessions/{id}/report.html", READ, "The report of a session as a page", None),
        query=models.ReportQuery,
        errors={404: "There is no such session, or no report can be made of it."},
        example="?language=en",
    ),
    Route("delete_session", "DELETE", "/sessions/{id}", CONTROL, "Delete a session for good", models.Removed, errors=GONE | BUSY),
    Route("session_start", "POST", "/session/start", CONTROL, "Start a session, like the start button", models.Accepted, 202, errors=BUSY),
    Route("session_stop", "POST", "/session/stop", CONTROL, "End what runs or is shown", models.Accepted, 202, errors=BUSY),
    Route("belt", "GET", "/belt", READ, "What is known of the belt", models.Belt),
    Route(
        *("set_belt", "PUT", "/belt", CONTROL, "Tell speed and incline of the belt; this does not move it", models.Belt),
        body=models.BeltWanted,
        errors=BUSY,
        example='{"speed_kmh": 9.5, "incline_pct": 1}',
    ),
    Route("recorder", "GET", "/recorder", READ, "State of the headless recorder", models.Recorder, errors=NO_RECORDER),
    Route(
        *("recorder_start", "POST", "/recorder/start", CONTROL, "Record from now on", models.Accepted, 202),
        errors=NO_RECORDER | BUSY,
    ),
    Route(
        *("recorder_stop", "POST", "/recorder/stop", CONTROL, "End the recording", models.Accepted, 202),
        errors=NO_RECORDER | BUSY,
    ),
)


def errors_of(route: Route) -> dict[int, str]:
    """Status -> when, of every error that the route can answer."""
    body = {413: "The body is too large.", 415: "The body is not JSON by its Content-Type."} if route.body else {}
    common = {
        400: "The request is not as it should be; the sentence says where.",
        401: "No key, or one that is not known.",
        403: f"The key is not for {route.scope!r}, or the request comes from where it may not.",
        429: "Too many wrong keys from this address.",
        503: "Starting, busy, or the disk cannot be used now: ask again.",
    }
    return dict(sorted((common | body | dict(route.errors)).items()))
