"""The video beside a recording, made on a thread of its own. When it cannot keep up, pictures are left out, never queued without end.

What must not go in: how a video is written; that is the writer's, which comes as a function.
"""

import queue
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from kiosk.domain import Frame
from kiosk.threads import Stop, Worker, monotonic_s
from kiosk.words import NOTHING, Phrase

MOST_BYTES = 48_000_000
"""Pictures that wait at most: 52 of 640 x 480, 7 of 1920 x 1080 (our choice; a Pi with 1 GB has room for it)."""
SYNC_S = 0.5
"""The file is brought to the disk this often: with a key frame each second a cut loses less than 2 s."""
WAIT_S = 0.1
"""Longest wait for a picture before the clock is looked at."""


class Writer(Protocol):
    """What writes a video; errors are OSError."""

    def write(self, frame: Frame) -> None: ...  # noqa: D102
    def sync(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


OpenWriter = Callable[[Path], Writer]


class Film:
    """One video file on its way to the disk.

    Args:
        patient: `add` waits for room instead of leaving the picture out; for a clip that is read as fast as possible.
    """

    def __init__(self, path: Path, open_writer: OpenWriter, *, patient: bool = False) -> None:
        self.path = path
        self.problem: Phrase = NOTHING
        self.left_out = 0
        """Pictures that were left out because the disk or the encoder was too slow."""
        self.written = 0
        self._open_writer, self._patient = open_writer, patient
        self._frames: queue.Queue[Frame | None] = queue.Queue()
        self._finished = Stop()
        self._worker = Worker("film", self._run).start()

    def add(self, frame: Frame) -> None:
        """Take a picture; returns at once, but for a patient film."""
        most = max(MOST_BYTES // max(frame.image_bgr.nbytes, 1), 2)
        while self._patient and self._frames.qsize() >= most and not self._finished.wait(WAIT_S / 10):
            pass
        if self._frames.qsize() >= most:
            self.left_out += 1
        elif not self.problem:
            self._frames.put_nowait(frame)

    def finish(self) -> None:
        """No picture comes any more; returns at once, the file is closed soon after."""
        self._frames.put_nowait(None)

    def wait(self, timeout_s: float) -> bool:
        """Wait until the file is closed; False when it is not within the time."""
        return self._finished.wait(timeout_s)

    def _run(self, stop: Stop) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._write_all(self._open_writer(self.path), stop)
        except OSError as error:
            self.problem = Phrase("The video cannot be written ({reason}). The recording goes on without it.", reason=reason_of(error))
        finally:
            self._finished.set()

    def _write_all(self, writer: Writer, stop: Stop) -> None:
        synced_s = monotonic_s()
        try:
            while not stop.is_set:
                with suppress(queue.Empty):
                    frame = self._frames.get(timeout=WAIT_S)
                    if frame is None:
                        break
                    writer.write(frame)
                    self.written += 1
                if monotonic_s() - synced_s >= SYNC_S:
                    writer.sync()
                    synced_s = monotonic_s()
        finally:
            writer.close()


def mend(path: Path) -> bool:
    """Cut a video that was not finished after its last whole fragment, in place.

    Returns:
        False when there is no whole fragment: nothing in it can be played.

    Raises:
        OSError: the file cannot be read or written.
    """
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        at = end = 0
        kind = b""
        while at + 8 <= size:
            file.seek(at)
            before, (length, kind) = kind, struct.unpack(">I4s", file.read(8))
            if length < 8 or at + length > size:  # our writer makes no box of 64-bit length or "to the end"
                break
            at += length
            if (before, kind) == (b"moof", b"mdat"):
                end = at
        if end and (at < size or kind == b"moof"):  # a finished file ends with a whole box of another kind
            file.truncate(end)
    return end > 0


def reason_of(error: OSError) -> str:
    """Why the disk refuses, in a few words."""
    return error.strerror or str(error) or type(error).__name__
