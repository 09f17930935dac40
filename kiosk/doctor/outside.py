"""`kiosk doctor`: asks the running station, which owns camera, pins and data; looks itself where nothing runs."""

import fcntl
import http.client
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.asking import asked
from kiosk.config import Config, data_folder, with_values
from kiosk.doctor import MATTERS, TITLES, examine
from kiosk.doctor.case import Case, Machine, Panel, Running, Seen, Settings, read_settings
from kiosk.doctor.looks import Look, measure, touch_panel
from kiosk.health import Check, Level
from kiosk.threads import Stop
from kiosk.words import NOTHING, Phrase

INSTALLED = Path("/etc/treadside/kiosk.toml")
"""Where setup.sh puts the settings: looked at when no file is named."""
INSTALLED_DATA = Path("/var/lib/treadside")
"""Where the service keeps its data when the settings name no folder (systemd/kiosk.service sets XDG_DATA_HOME)."""
KNOCK_S = 5.0
"""Longest answer of a station that is well (our choice: /health takes milliseconds)."""
REPORT_S = 60.0
"""Longest wait for its report: a slow Pi runs the self-test and reads the whole database for it (our choice)."""
TRIES, AGAIN_S = 10, 2.0
"""A station that cannot start is away while it tries again, some seconds every ten (waiting.py); so it is found within twenty."""
ANYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True)
class Answer:
    """What was found at the station's port."""

    running: Running
    checks: tuple[Check, ...] = ()
    """Of the station itself; () when it gave none."""
    settings: str = ""
    """Path of its settings file; "" for none."""


def settings_file(given: Path | None, installed: Path = INSTALLED) -> Path | None:
    """The file to look at: the one that was named, else that of an installed station, else none."""
    return given if given is not None or not installed.exists() else installed


def examine_station(path: Path | None, quick: bool, machine: Machine | None = None) -> tuple[Check, ...]:
    """Every check of this machine's station, running or not."""
    settings, config = read_settings(path)
    if path == INSTALLED and not config.store.folder:
        config = with_values(config, "store", folder=str(INSTALLED_DATA))
    answer = ask(config)
    if answer.checks:
        return _with_own_settings(answer, settings, config)
    look = Look(config.camera, quick)
    held = answer.running.state in ("silent", "holder", "recorder")
    case = Case(
        config,
        settings,
        machine or Machine(),
        answer.running,
        quick=quick,
        look=lambda: Seen("", held=True) if held else look.seen(),
        watch=look.background,
        measure=lambda: measure(config.pose, quick),
        touch=lambda: Panel(on=False) if held else touch_panel(config.panel),
    )
    return examine(case)


def _with_own_settings(answer: Answer, settings: Settings, config: Config) -> tuple[Check, ...]:
    """The station's report; about the settings file that was named here, when it is another one, also our own line."""
    if settings.path is None or str(settings.path.absolute()) == answer.settings:
        return answer.checks
    row = next(matter for matter in MATTERS if matter.name == "settings")
    return (*examine(Case(config, settings), [row]), *answer.checks)


def ask(config: Config) -> Answer:
    """Who is at the station's port, and what it says."""
    host, port = ANYWHERE.get(config.web.host, config.web.host), config.web.port
    where = f"http://{host}:{port}/"
    if port == 0:
        return _nobody(config, where)
    try:
        health = asked(host, port, "/health", KNOCK_S)
    except TimeoutError:
        return Answer(Running("silent", where))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _nobody(config, where) if isinstance(error, OSError) else Answer(Running("stranger", where))
    if not {"server", "version", "status"} <= health.keys():
        return Answer(Running("stranger", where))
    return _report(host, port, where)


def _report(host: str, port: int, where: str) -> Answer:
    """Its report. A station that cannot start goes away for some seconds at each try: it is asked again."""
    for left in reversed(range(TRIES)):
        try:
            told = asked(host, port, "/doctor.json", REPORT_S)
            return Answer(Running("answers", where), tuple(_check(row) for row in told["checks"]), str(told.get("settings", "")))
        except TimeoutError:
            break
        except (OSError, http.client.HTTPException):
            if left:
                Stop().wait(AGAIN_S)
        except (ValueError, KeyError, TypeError):  # it has no such page, or one of another version
            return Answer(Running("recorder", where))
    return Answer(Running("silent", where))


def _nobody(config: Config, where: str) -> Answer:
    return Answer(Running("holder" if is_held(data_folder(config.store)) else "none", where))


def is_held(folder: Path) -> bool:
    """Another process has the store of this folder open. The lock is shared for a moment, and only looked at: nothing is made."""
    try:
        with (folder / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no such folder, or not ours to read: the check of the data folder says so
        return False
    return False


def _check(row: dict[str, Any]) -> Check:
    """A check as it was told; plain sentences, which know no other language."""
    name, value = str(row["name"]), row["value"]
    if name not in TITLES:
        raise ValueError(f"{name!r} is no check of this version")
    advice = Phrase("{said}", said=str(row["advice"])) if row["advice"] else NOTHING
    return Check(name, Level(row["level"]), Phrase("{said}", said=str(row["found"])), advice, value, str(row["unit"]))
