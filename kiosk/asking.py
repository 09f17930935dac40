"""Asking a running station over HTTP, as `kiosk screen` and `kiosk doctor` do. What must not go in: what an answer means."""

import http.client
import json
from typing import Any


def asked(host: str, port: int, path: str, timeout_s: float) -> dict[str, Any]:
    """A JSON object from the station.

    Raises:
        OSError: nobody there (TimeoutError: somebody who does not answer).
        http.client.HTTPException: it is no HTTP, or was cut off.
        ValueError: it is no JSON object.
    """
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        found = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    if not isinstance(found, dict):
        raise ValueError(f"expected an object at {path}, got {type(found).__name__}")
    return found
