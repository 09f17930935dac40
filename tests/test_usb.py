"""USB sticks, played by temporary folders, a list of mounts, and scripts that eject."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk import usb
from kiosk.clinic import CopyNow, Stick
from kiosk.usb import Copying, sticks
from kiosk.words import Language
from kiosk.words.catalogue import translated

DATA = os.urandom(700_000)


class Port:
    """A stick at /tmp/.../media/BLUE STICK, and what ejects it."""

    def __init__(self, base: Path) -> None:
        self.folder = base / "media" / "BLUE STICK"
        self.folder.mkdir(parents=True)
        self.mounts = base / "mounts"
        self.put_in()
        self.stick = Stick("BLUE STICK", str(self.folder), 10**9)
        self.ejected = base / "ejected"

    def put_in(self, options: str = "rw,nosuid") -> None:
        point = str(self.folder).replace(" ", "\\040")
        self.mounts.write_text(f"proc /proc proc rw 0 0\n/dev/sdz1 {point} vfat {options} 0 0\n")

    def pull_out(self) -> None:
        self.mounts.write_text("proc /proc proc rw 0 0\n")

    def eject(self, code: int = 0) -> tuple[str, ...]:
        return ("/bin/sh", "-c", f'echo "$1" > {self.ejected}; echo "device is busy" >&2; exit {code}', "sh")

    def copy(self, data: bytes = DATA, name: str = "export.zip", eject: tuple[str, ...] | None = None) -> CopyNow:
        return ended(Copying(data, name, self.stick, self.eject() if eject is None else eject, self.mounts))

    def names(self) -> list[str]:
        return sorted(os.listdir(self.folder)) if self.folder.exists() else []


@pytest.fixture
def port(tmp_path: Path) -> Port:
    return Port(tmp_path)


def ended(copying: Copying) -> CopyNow:
    until_s = time.monotonic() + 10
    while copying.running and time.monotonic() < until_s:
        time.sleep(0.01)
    assert not copying.running
    return copying.now()


def test_sticks_are_mounted_devices_that_can_be_written(port: Port, tmp_path: Path) -> None:
    """Under the folders, by name; not the folders themselves, nothing read-only, nothing that is no device, nothing elsewhere."""
    (found,) = sticks([str(tmp_path / "media")], port.mounts)
    assert (found.name, found.folder, found.free_bytes > 0) == ("BLUE STICK", str(port.folder), True)
    assert sticks([str(tmp_path / "elsewhere"), str(port.folder)], port.mounts) == ()
    port.put_in("ro,nosuid")
    assert sticks([str(tmp_path / "media")], port.mounts) == ()
    port.mounts.write_text(f"tmpfs {tmp_path}/media/a tmpfs rw 0 0\n/dev/sdy1 {tmp_path}/media/gone vfat rw 0 0\n")
    assert sticks([str(tmp_path / "media")], port.mounts) == ()


def test_the_mounts_of_this_machine_can_be_read() -> None:
    """Whatever is mounted here: no error."""
    assert sticks(["/no/such/folder"]) == ()


def test_a_copy_is_whole_and_the_stick_released(port: Port) -> None:
    """The file as it was, nothing beside it, the device named to the command that ejects."""
    assert port.copy() == CopyNow("BLUE STICK", len(DATA), len(DATA), finished=True)
    assert (port.names(), (port.folder / "export.zip").read_bytes() == DATA) == (["export.zip"], True)
    assert port.ejected.read_text() == "/dev/sdz1\n"


@pytest.mark.parametrize("size", [0, 1, usb.PIECE, usb.PIECE + 1])
def test_sizes_at_the_edges_of_pieces(port: Port, size: int) -> None:
    """Also an empty file and one that ends with a piece."""
    assert port.copy(DATA[:size], eject=()).finished
    assert (port.folder / "export.zip").read_bytes() == DATA[:size]


def test_an_earlier_export_stays(port: Port) -> None:
    """A second file of the name gets a number."""
    (port.folder / "export.zip").write_bytes(b"earlier")
    assert port.copy().finished
    assert (port.names(), (port.folder / "export.zip").read_bytes()) == (["export-2.zip", "export.zip"], b"earlier")


def test_progress_is_seen(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """Piece by piece."""
    seen = []
    told = Copying._tell
    monkeypatch.setattr(Copying, "_tell", lambda self, done, *rest, **named: (seen.append(done), told(self, done, *rest, **named)))
    port.copy()
    assert seen == [0, usb.PIECE, 2 * usb.PIECE, len(DATA), len(DATA)]


def refused(now: CopyNow, says: str, german: str) -> None:
    assert says in now.problem
    assert german in translated(now.problem, Language.DE)
    assert not now.finished


@pytest.mark.parametrize("piece", [1, 3])
def test_a_stick_that_is_pulled_out(port: Port, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    """In the middle or after the last piece: said, and nothing is left in the folder where it was."""
    pieces = iter(range(1, 10))

    def syncing(handle: int) -> None:
        if next(pieces) == piece:
            port.pull_out()
            if piece == 1:
                raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", syncing)
    refused(port.copy(), "was taken out", "abgezogen")
    assert (port.names(), port.ejected.exists()) == ([], False)


def test_a_stick_that_was_gone_before(port: Port) -> None:
    """The empty folder of our own disk gets nothing."""
    port.pull_out()
    refused(port.copy(), "was taken out", "abgezogen")
    assert port.names() == []


def test_a_stick_that_is_write_protected(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's reason is said."""

    opening = Path.open

    def refusing(self: Path, *given: Any, **named: Any) -> Any:
        if self.parent == port.folder:
            raise OSError(30, "Read-only file system")
        return opening(self, *given, **named)

    monkeypatch.setattr(Path, "open", refusing)
    refused(port.copy(), "Nothing can be written to the stick BLUE STICK (Read-only file system)", "Schreibschutz")


def test_a_stick_that_gives_back_something_else(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read back is compared; a damaged stick keeps nothing."""
    monkeypatch.setattr(os, "posix_fadvise", lambda *rest: next(port.folder.iterdir()).write_bytes(DATA[:-1] + b"!"))
    refused(port.copy(), "is not what was written", "beschädigt")
    assert port.names() == []


def test_a_stick_that_cannot_be_released(port: Port) -> None:
    """The file is there, but the person is told not to pull it out."""
    refused(port.copy(eject=port.eject(1)), "could not be released (device is busy)", "auswerfen")
    assert port.names() == ["export.zip"]
    refused(port.copy(eject=("/no/such/command",)), "could not be released (FileNotFoundError)", "auswerfen")


def test_a_stop_leaves_nothing(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that is given up takes its partial file along."""
    monkeypatch.setattr(os, "fsync", lambda handle: time.sleep(0.2))
    copying = Copying(DATA, "export.zip", port.stick, (), port.mounts)
    time.sleep(0.05)
    copying.stop()
    refused(copying.now(), "was stopped", "abgebrochen")
    assert port.names() == []


def test_a_name_with_folders_is_a_bug(port: Port) -> None:
    """Nothing is written outside the stick."""
    with pytest.raises(ValueError, match="without folders"):
        Copying(DATA, "../export.zip", port.stick, (), port.mounts)


@pytest.fixture
def small_stick(tmp_path: Path, port: Port) -> Iterator[Port]:
    """A real file system of 300 kB in the place of the stick."""
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", port.folder], check=False).returncode:
        pytest.skip("a small file system can be mounted by root only")
    yield port
    subprocess.run(["umount", "-l", port.folder], check=True)


def test_a_full_stick(small_stick: Port) -> None:
    """What is needed is said, and the room is given back."""
    refused(small_stick.copy(), "is full: 0.7 MB are needed", "voll")
    assert small_stick.names() == []
