"""USB sticks: which are there, and a file copied to one so that it can be taken out safely.

The system mounts sticks (udisks, or a line in fstab); this file only looks and writes. What must not go in: what is copied.
"""

import errno
import itertools
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from kiosk.clinic import CopyNow, Stick
from kiosk.durable import settle
from kiosk.threads import Latest, Stop, Worker
from kiosk.words import NOTHING, Phrase

MOUNTS = Path("/proc/self/mounts")
PIECE = 256 * 1024
"""Bytes written at once: progress is seen on slow sticks too (our choice)."""
EJECT_WAIT_S = 60.0
"""A slow stick takes its time to write what the system still holds (our choice)."""

GONE = Phrase("The stick {stick} was taken out before the copy was finished. Put it in again and start again.")
FULL = Phrase("The stick {stick} is full: {needed:.1f} MB are needed. Make room on it, or take another.")
READ_ONLY = Phrase("Nothing can be written to the stick {stick} ({error}). Look for a write lock on it, or take another.")
DIFFERENT = Phrase("What was read back from the stick {stick} is not what was written: it may be damaged. Take another.")
STUCK = Phrase("The file is on the stick {stick}, but the stick could not be released ({error}). Take it out only after switching off.")
STOPPED = Phrase("The copy to the stick {stick} was stopped. Start it again.")
CRASHED = Phrase("The copy to the stick {stick} failed ({error}). This is a fault of the program: please report it.")


class StickError(OSError):
    """The file cannot be brought to the stick; `sentence` says why and what to do."""

    def __init__(self, sentence: Phrase) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def sticks(folders: Sequence[str], mounts: Path = MOUNTS) -> tuple[Stick, ...]:
    """Mounted devices under these folders that can be written, in the order of their names.

    Args:
        folders: where the system mounts sticks, e.g. /media; a folder itself is none.
        mounts: list of the mounted file systems, as in /proc/self/mounts.
    """
    found = []
    for device, point in _mounted(mounts):
        if any(point.is_relative_to(folder) and point != Path(folder) for folder in folders):
            with suppress(OSError):  # taken out this moment: no stick
                space = os.statvfs(point)
                if os.access(point, os.W_OK):
                    found.append(Stick(point.name or Path(device).name, str(point), space.f_bavail * space.f_frsize))
    return tuple(sorted(found, key=lambda stick: (stick.name, stick.folder)))


def _mounted(mounts: Path) -> Iterator[tuple[str, Path]]:
    """(device, folder) of every device that is mounted for writing. Spaces in names are written as \\040 there."""
    for line in mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        device, point, _, options, *_ = map(_plain, line.split(" "))
        if device.startswith("/dev/") and "rw" in options.split(","):
            yield device, Path(point)


def _plain(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), word)


class Copying:
    """One file on its way to a stick: written in pieces under a partial name, read back, renamed, and the stick released."""

    def __init__(self, data: bytes, name: str, stick: Stick, eject_command: Sequence[str], mounts: Path = MOUNTS) -> None:
        """Begin at once.

        Args:
            data: what the file holds.
            name: its name, without folders; a number is added when the stick has one of this name.
            stick: from `sticks`.
            eject_command: what makes a stick safe to take out; its device is added as last word. Empty: nothing is run.
            mounts: as for `sticks`.
        """
        if Path(name).name != name or not name:
            raise ValueError(f"a name of a file without folders was expected, got {name!r}")
        self._data, self._name, self._stick = data, name, stick
        self._eject, self._mounts = tuple(eject_command), mounts
        self._state: Latest[CopyNow] = Latest()
        self._tell(0)
        self._worker = Worker("stick", self._run, self._crashed).start()

    def now(self) -> CopyNow:
        """How far it is, from any thread."""
        state = self._state.peek()
        return state if state is not None else CopyNow(self._stick.name, 0, len(self._data))

    @property
    def running(self) -> bool:
        """False once it is finished or has failed."""
        return self._worker.alive

    def stop(self) -> None:
        """Give up; nothing half-written stays on the stick."""
        self._worker.stop()

    def _tell(self, done: int, finished: bool = False, problem: Phrase = NOTHING) -> None:
        self._state.publish(CopyNow(self._stick.name, done, len(self._data), finished, problem))

    def _run(self, stop: Stop) -> None:
        folder = Path(self._stick.folder)
        partial = folder / f".{self._name}.part"
        try:
            device = self._device()
            self._write(partial, stop)
            self._compare(partial)
            self._device()  # still there: what was written did not go into an empty folder of our own disk
            partial.replace(_free(folder, self._name))
            settle(folder)
            self._release(device)
        except StickError as error:
            self._give_up(partial, error.sentence)
        except OSError as error:
            self._give_up(partial, self._sentence(error))
        else:
            self._tell(len(self._data), finished=True)

    def _device(self) -> str:
        """The stick's device; none when it was taken out."""
        for device, point in _mounted(self._mounts):
            if str(point) == self._stick.folder and point.is_dir():
                return device
        raise StickError(GONE.filled(stick=self._stick.name))

    def _write(self, partial: Path, stop: Stop) -> None:
        with partial.open("wb") as file:
            for start in range(0, len(self._data), PIECE):
                if stop.is_set:
                    raise StickError(STOPPED.filled(stick=self._stick.name))
                file.write(self._data[start : start + PIECE])
                file.flush()
                os.fsync(file.fileno())  # so that progress is the stick's, not the memory's
                self._tell(min(start + PIECE, len(self._data)))
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # so that it is read back from the stick

    def _compare(self, partial: Path) -> None:
        with partial.open("rb") as file:
            for start in range(0, len(self._data) + 1, PIECE):  # one byte more: nothing may follow
                if file.read(PIECE) != self._data[start : start + PIECE]:
                    raise StickError(DIFFERENT.filled(stick=self._stick.name))

    def _release(self, device: str) -> None:
        if not self._eject:
            return
        try:
            done = subprocess.run([*self._eject, device], capture_output=True, text=True, timeout=EJECT_WAIT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StickError(STUCK.filled(stick=self._stick.name, error=type(error).__name__)) from None
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
            raise StickError(STUCK.filled(stick=self._stick.name, error=said[-1][:200]))

    def _sentence(self, error: OSError) -> Phrase:
        """What went wrong, for a person. A stick that was taken out shows as many errors: look whether it is there."""
        with suppress(OSError):
            self._device()
            return self._of_disk(error)
        return GONE.filled(stick=self._stick.name)

    def _of_disk(self, error: OSError) -> Phrase:
        if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
            return FULL.filled(stick=self._stick.name, needed=len(self._data) / 1e6)
        return READ_ONLY.filled(stick=self._stick.name, error=error.strerror or type(error).__name__)

    def _give_up(self, partial: Path, problem: Phrase) -> None:
        with suppress(OSError):  # the stick is gone or takes nothing: its partial name begins with a dot and ends in .part
            partial.unlink(missing_ok=True)
        self._tell(self.now().done_bytes, problem=problem)

    def _crashed(self, name: str, error: Exception) -> None:
        self._tell(self.now().done_bytes, problem=CRASHED.filled(stick=self._stick.name, error=repr(error)))


def _free(folder: Path, name: str) -> Path:
    """A path in the folder that is not taken: `a.zip`, `a-2.zip`, ..."""
    stem, dot, ending = name.partition(".")
    numbered = (f"{stem}-{number}{dot}{ending}" for number in itertools.count(2))
    return next(folder / free for free in itertools.chain([name], numbered) if not (folder / free).exists())
