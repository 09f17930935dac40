"""What the doctor's checks are given: the settings, what was seen of camera, network and panel, and a way to ask the machine.

What must not go in: judging (the files named *_rows.py), and how it was come by (outside.py looks itself, inside.py is the
running station).
"""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from kiosk.camera.background import Background
from kiosk.config import Config, ConfigError, load
from kiosk.device import model
from kiosk.domain import Frame
from kiosk.words import Phrase

COMMAND_S = 10.0
"""Longest answer of a program of the system (our choice: systemctl takes 0.1 s, on a busy Pi a second or two)."""


@dataclass(frozen=True)
class Settings:
    """The settings file, read when it is looked at."""

    path: Path | None = None
    """None: there is no file, the defaults hold."""
    problem: str = ""
    """Why it cannot be used; "" when it can."""
    changed: bool = False
    """It says something else than it did when the running station started."""


@dataclass(frozen=True)
class Seen:
    """What the camera gave while it was looked at."""

    name: str
    """What people call it."""
    problem: str = ""
    """Why it gives no picture; "" when it does."""
    warnings: tuple[str, ...] = ()
    """What it gives in place of what was asked for."""
    stamps_s: tuple[float, ...] = ()
    """Time of each frame on the camera's clock, seconds."""
    exposures_us: tuple[float, ...] = ()
    """Exposure of the frames that told it, microseconds."""
    frame: Frame | None = None
    """The newest; None when none came."""
    held: bool = False
    """Nobody looked: another Treadside program has the camera, and does not tell."""


@dataclass(frozen=True)
class Speed:
    """How long the network takes."""

    model: str
    """Its file's name, or why it does not run."""
    runtime: str
    inference_ms: float
    """Median of one inference, milliseconds."""


@dataclass(frozen=True)
class Panel:
    """Buttons and lamp as they are now."""

    problems: Mapping[str, Phrase] = field(default_factory=dict)
    """Part ("start", "stop", "show", "lamp", "buzzer", or "all") -> why it does not work."""
    down_s: Mapping[str, float] = field(default_factory=dict)
    """Button -> for how long it has been pressed, seconds; only those that are."""
    on: bool = True
    """False when nobody has looked: the running station holds the pins and does not answer."""


@dataclass(frozen=True)
class Running:
    """The station as it answers at its port."""

    state: str = "none"
    """"answers", "waits" (answers, but cannot start), "recorder" (answers, but not the doctor), "none" (nobody), "silent" (no answer),
    "stranger" (another program), "holder" (its data are in use, nobody at the port)."""
    where: str = ""
    """Address that was asked."""
    visit: str = ""
    """State of the visit, e.g. "idle"; of one that waits, why it cannot start."""
    screens: int | None = None
    """Browsers that show its page; None when it did not tell."""
    notices: Mapping[str, str] = field(default_factory=dict)
    """What its parts complain about: "treadmill", "microphone", "voice", "network", "store", "clinic"."""


def run_command(words: Sequence[str]) -> str | None:
    """What the program says on stdout; None when there is no such program, it takes too long, or says nothing because it failed."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=COMMAND_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 or done.stdout.strip() else None


@dataclass(frozen=True)
class Machine:
    """The world outside: files below `root`, programs, and the calendar. Tests give their own."""

    root: Path = Path("/")
    run: Callable[[Sequence[str]], str | None] = run_command
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def is_pi(self) -> bool:
        """A Raspberry Pi, by what the board calls itself."""
        return (model(self.root) or "").startswith("Raspberry Pi")


@dataclass
class Case:
    """Everything one look needs. What takes time is looked at when the first check asks, and once."""

    config: Config
    settings: Settings = Settings()
    machine: Machine = Machine()
    running: Running = Running()
    busy: bool = False
    """Somebody runs: nothing that would slow the station down."""
    quick: bool = False
    inside: bool = False
    """Looked at by the station itself."""
    look: Callable[[], Seen] = lambda: Seen("")
    watch: Callable[[], Background | None] = lambda: None
    measure: Callable[[], tuple[Speed, ...]] = tuple
    touch: Callable[[], Panel] = Panel

    @cached_property
    def seen(self) -> Seen:
        """Of the camera."""
        return self.look()

    @cached_property
    def background(self) -> Background | None:
        """What stood still before the camera for some seconds; None when nobody looked for so long."""
        return self.watch()

    @cached_property
    def speeds(self) -> tuple[Speed, ...]:
        """Of the configured network first, then of others that were tried."""
        return self.measure()

    @cached_property
    def panel(self) -> Panel:
        """Of buttons and lamp."""
        return self.touch()


def read_settings(path: Path | None, before: Config | None = None) -> tuple[Settings, Config]:
    """The settings file as it is now, and what it says; the defaults where it cannot be used.

    Args:
        path: of the file; None for none.
        before: what it said when the station started; None to compare with nothing.
    """
    try:
        found = load(path)
    except ConfigError as error:
        return Settings(path, str(error)), before or Config()
    return Settings(path, changed=before is not None and found != before), found
