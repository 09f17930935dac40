"""What the two servers refuse by themselves, before the application sees it, said as our own answers: one JSON sentence.

What must not go in: what the application refuses (guard.py).
"""

import json

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from kiosk.web.guard import HEADERS

SENTENCES = {
    400: "This is no request that can be read: send HTTP/1.1.",
    408: "The request did not come in time: send it again.",
    413: "The request is too large: it was not read. Send less.",
    414: "The address of the request is too long.",
    431: "The headers of the request are too large: send fewer cookies.",
}
"""Status -> sentence; any other is told by its number."""


def spoken(status: str) -> tuple[list[tuple[str, str]], bytes]:
    """Headers and body.

    Args:
        status: its number, with or without words after it.
    """
    number = int(status[:3])
    body = json.dumps({"error": SENTENCES.get(number, f"The request was refused: {status}.")}).encode() + b"\n"
    return [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *HEADERS.items()], body


class _SpokenTask(ErrorTask):  # type: ignore[misc]  # waitress has no types
    def execute(self) -> None:
        self.status = f"{self.request.error.code} {self.request.error.reason}"
        headers, body = spoken(self.status)
        self.response_headers.extend(headers)
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class SpokenChannel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """Connections of the station's own server."""

    error_task_class = _SpokenTask
