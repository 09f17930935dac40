"""docs/api.md: every curl command in it is run against the application."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from api_fakes import BOTH, RECORDER, FakeDesk, Station

from kiosk.screen import LiveView, State
from kiosk.web.api_openapi import document
from kiosk.web.api_page import page_rows
from kiosk.web.api_routes import ROUTES, errors_of

TEXT = Path(__file__).parents[2].joinpath("docs", "api.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```bash\n(.*?)```", TEXT, re.S) for line in block.splitlines()]
FROM_PAGE = [row.curl for row in page_rows(document())]
WITH_ARGUMENT = {"-X": "method", "-H": "header", "-d": "data"}


def run(command: str) -> Any:
    """The command as a request to a station, or to a recorder, where it makes sense."""
    words = shlex.split(command.replace("$KEY", BOTH))
    assert words.pop(0) == "curl"
    given: dict[str, Any] = {"method": "GET", "headers": {}}
    while len(words) > 1:
        name, value = WITH_ARGUMENT[words.pop(0)], words.pop(0)
        if name == "header":
            given["headers"].update([value.split(": ", 1)])
        else:
            given[name] = value
    (address,) = words
    path = address.removeprefix("http://127.0.0.1:8080")
    assert path.startswith("/api/v1/")
    desk = FakeDesk(recorder=RECORDER if "/recorder" in path else None)
    view = LiveView(state=State.RUNNING if path.endswith("stop") else State.IDLE)
    return Station(desk, view).client.open(path, **given)


@pytest.mark.parametrize("command", [*COMMANDS, *FROM_PAGE])
def test_every_example_works(command: str) -> None:
    """Those of the guide and those of the page at /api/."""
    assert run(command).status_code in (200, 202)


def test_the_guide_shows_every_route() -> None:
    """One example each at least, with its method."""
    said = {
        (c.split("-X ")[1].split()[0] if "-X " in c else "GET", re.split(r"[?\"]", c.split("/api/v1")[1])[0].replace("/1", "/{id}"))
        for c in COMMANDS
    }
    assert {(route.method, route.path) for route in ROUTES} == said


def test_the_guide_names_every_error() -> None:
    """Each status of the document stands in the table."""
    statuses = {str(status) for route in ROUTES for status in errors_of(route)} | {"405"}
    table = "\n".join(line.split("|")[1] for line in TEXT.splitlines() if line.startswith("|"))
    assert sorted(status for status in statuses if status not in table) == []
