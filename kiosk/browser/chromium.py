"""Chromium as a process: where it is, how it is told to show one page and nothing else, where it draws, its profile, its end.

What must not go in: when it is started and ended (kiosk/browser).
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

NAMES = ("chromium", "chromium-browser")
"""Both are on Bookworm, only the first on Trixie (PLATFORM.md 5)."""

FLAGS = """
--kiosk --noerrdialogs --no-first-run --no-default-browser-check --disable-infobars --disable-session-crashed-bubble
--hide-crash-restore-bubble --password-store=basic --disable-pinch --overscroll-history-navigation=0
--autoplay-policy=no-user-gesture-required --disable-features=Translate,MediaRouter --disable-component-update --disable-sync
--disable-background-networking --disable-background-timer-throttling --disable-breakpad --disk-cache-size=8388608 --log-level=3
"""
"""One page and nothing else: no bubbles, questions, gestures, updates; sound without a touch (PLATFORM.md 5). The cache is in memory."""

NICE = 15
"""Niceness of the browser: where cores are few the station looks first and the browser draws with what is left (our choice: nicer than
the station's own threads, kiosk/threads.py)."""
CAP_SETPCAP = 8
"""Its bit (capabilities(7))."""
END_S = 3.0
"""What Chromium gets to end by itself."""
LOG_BYTES = 256 * 1024
"""A longer log is emptied (our choice: a driver that complains with every picture writes this within an hour)."""
SPEAKS = "treadside-screen-"


class BrowserError(OSError):
    """There is no screen to be had here; the message says why and what to do."""


def chromium() -> str:
    """The browser's path.

    Raises:
        BrowserError: there is none.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise BrowserError("Chromium is not installed: sudo apt install chromium chromium-sandbox.")
    return found


def modest(command: Sequence[str]) -> list[str]:
    """The command, made to give way to the station, as far as this system has the programs for it."""
    nice, setpriv = shutil.which("nice"), shutil.which("setpriv")
    found = [nice, "-n", str(NICE), *command] if nice else [*command]
    if not _may_drop() or setpriv is None:
        return found
    return [setpriv, "--bounding-set=-sys_nice", "--inh-caps=-sys_nice", *found]  # root's Chromium puts itself before everybody


def _may_drop() -> bool:
    """This process has rights of root, and the right to start others without them."""
    status = Path("/proc/self/status").read_text() if os.geteuid() == 0 else ""
    return any(line.startswith("CapEff:") and int(line.split()[1], 16) >> CAP_SETPCAP & 1 for line in status.splitlines())


def display(environment: Mapping[str, str], more: Sequence[str]) -> list[str]:
    """The flags that tell Chromium where to draw.

    Raises:
        BrowserError: there is nothing to draw on.
    """
    if any(flag.startswith(("--headless", "--ozone-platform")) for flag in more):
        return []
    if environment.get("WAYLAND_DISPLAY"):
        return ["--ozone-platform=wayland"]
    if environment.get("DISPLAY"):
        return ["--ozone-platform=x11"]
    raise BrowserError(
        "There is no screen to draw on: neither WAYLAND_DISPLAY nor DISPLAY is set. Start it by kiosk-screen.service, "
        "by `cage -- kiosk screen`, or from the desktop's autostart (docs/screen.md)."
    )


def compositor(environment: Mapping[str, str], flags: Sequence[str]) -> Path | None:
    """The Wayland socket on which the flags let Chromium draw; None where it draws elsewhere."""
    name = environment.get("WAYLAND_DISPLAY", "")
    return Path(environment.get("XDG_RUNTIME_DIR", "/"), name) if "--ozone-platform=wayland" in flags and name else None


def draws(compositor: Path | None) -> bool:
    """False when nobody listens there any more: cage has ended, or the desktop."""
    if compositor is None:
        return True
    with socket.socket(socket.AF_UNIX) as asked:
        try:
            asked.connect(str(compositor))
        except OSError:
            return False
    return True


class Chromium:
    """One running Chromium with all its processes.

    Args:
        command: the browser and its flags.
        log: its words, from this start only.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._log = log
        log.write_bytes(b"")
        with log.open("ab") as words:  # appended, so that it can be emptied while Chromium writes
            self._process = subprocess.Popen(modest(command), stdin=subprocess.DEVNULL, stdout=words, stderr=words, start_new_session=True)
        self.pid = self._process.pid
        with suppress(OSError):  # a kernel without groups of sessions, or one that compares them by weights
            Path(f"/proc/{self.pid}/autogroup").write_text(str(NICE))  # where there are, niceness counts within a session only

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    @property
    def last_words(self) -> str:
        """The last line it wrote."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def forget_old_words(self) -> None:
        """Empty the log when it is long: it lies in memory, and Chromium runs for months."""
        if self._log.stat().st_size > LOG_BYTES:
            os.truncate(self._log, 0)

    def end(self) -> None:
        """Chromium and every process it started."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


@contextmanager
def profile() -> Iterator[Path]:
    """A folder in memory for the browser's profile; what an earlier one left there when it was killed is removed.

    The places in order: systemd's RuntimeDirectory, the user's own, the folder for temporary files.
    """
    base = Path(os.environ.get("RUNTIME_DIRECTORY") or os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    for left in base.glob(f"{SPEAKS}*"):
        if not _runs(left.name.removeprefix(SPEAKS)):
            shutil.rmtree(left, ignore_errors=True)
    folder = base / f"{SPEAKS}{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: str) -> bool:
    """Another one; with our own number it is one of an earlier start: in a container each may get the same."""
    return not pid.isdecimal() or (int(pid) != os.getpid() and Path("/proc", pid).exists())
