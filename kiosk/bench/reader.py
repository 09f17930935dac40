"""A plain reader of the station's streams in a process of its own: `python -m kiosk.bench.reader`.

It answers each line of its input with one of JSON: "open URL", "leave", "seen" (milliseconds from stamp to arrival of each event since
the last time). What must not go in: anything that draws.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from kiosk.threads import Stop, Worker, monotonic_s

WAIT_S = 10.0
"""Longest silence of a stream: the station sends a sign of life every two seconds."""
PIECE_BYTES = 65536


class Streams:
    """The events and the picture of one station, each read on a thread."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._latency_ms: list[float] = []
        self._workers = [Worker("events", self._events).start(), Worker("picture", self._picture).start()]

    def seen(self) -> list[float]:
        """Of the events since the last time, milliseconds."""
        found, self._latency_ms = self._latency_ms, []
        return found

    def close(self) -> None:
        """Read no more."""
        for worker in self._workers:
            worker.stop(WAIT_S)

    def _events(self, stop: Stop) -> None:
        for line in self._opened("/events", stop):
            now_s = monotonic_s()
            if line.startswith(b"data: {") and (stamp_s := json.loads(line[6:]).get("frame_t_s")) is not None:
                self._latency_ms.append(1e3 * (now_s - stamp_s))

    def _picture(self, stop: Stop) -> None:
        for _ in self._opened("/stream.mjpg", stop):
            pass

    def _opened(self, path: str, stop: Stop) -> Iterator[bytes]:
        connection = HTTPConnection(self._host, timeout=WAIT_S)
        with suppress(OSError, HTTPException):  # the station ends a stream when it stops
            connection.request("GET", path)
            answer = connection.getresponse()
            while not stop.is_set and answer.status == 200 and (line := answer.readline(PIECE_BYTES)):
                yield line
        connection.close()


def main() -> None:
    """Until nobody asks any more."""
    streams: Streams | None = None
    for line in sys.stdin:
        word, _, url = line.strip().partition(" ")
        found = streams.seen() if streams is not None else []
        if word in ("open", "leave") and streams is not None:
            streams.close()
            streams = None
        if word == "open":
            streams = Streams(url)
        print(json.dumps(found), flush=True)
    if streams is not None:
        streams.close()


if __name__ == "__main__":
    main()
