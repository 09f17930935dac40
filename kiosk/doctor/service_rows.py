"""Checks of what runs: the station itself, its units, the screen, the network, and the parts that can be switched on."""

import importlib.util
import shutil
from collections.abc import Mapping

from kiosk.config import data_folder
from kiosk.device import uptime_s
from kiosk.doctor.case import Case
from kiosk.health import Check, Level
from kiosk.voice import PROGRAM
from kiosk.web.link import lan_notice, link_host
from kiosk.words import NOTHING, Phrase

PROPERTIES = ("Id", "LoadState", "ActiveState", "UnitFileState", "NRestarts", "Result", "ActiveEnterTimestampMonotonic")
UNITS = ("kiosk.service", "kiosk-screen.service", "kiosk-daily.timer", "kiosk-recorder.service")
OPTIONAL = ("kiosk-screen.service", "kiosk-recorder.service")
"""A station without a screen has no first one; the second one is for a device that only records."""
MANY_RESTARTS = 3
"""Since the start of the device: systemd started the program again so often because it ended by itself (our choice)."""
QUIET_S = 24 * 3600.0
"""A program that has run for a day since is no matter any more: the note goes, the count stays (our choice: a day of a gym)."""
SOON_DAYS = 30
"""Before a certificate ends the clinic should know (our choice)."""
LOG_HINT = Phrase("Why, says the log: sudo journalctl -u {unit} -n 50. Start it with: sudo systemctl restart {unit}")


STATES: Mapping[str, tuple[Level, Phrase, Phrase]] = {
    "answers": (Level.OK, Phrase("The station runs at {where} ({visit})."), NOTHING),
    "waits": (
        Level.WRONG,
        Phrase("The station cannot start: {visit}"),
        Phrase("Mend that; it tries again every few seconds. Then look again."),
    ),
    "silent": (
        Level.WRONG,
        Phrase("Something at {where} takes connections and does not answer: the station hangs, or another program is there."),
        Phrase("Switch the device off and on again (or: sudo systemctl restart kiosk)."),
    ),
    "stranger": (
        Level.WRONG,
        Phrase("Another program answers at {where}, so the station cannot start."),
        Phrase("Set [web] port in kiosk.toml to another number, or stop the other program."),
    ),
    "recorder": (
        Level.NOTE,
        Phrase("A recorder, or an older Treadside, runs at {where}; it does not tell how its camera is."),
        Phrase("To look at the camera, stop it first: sudo systemctl stop kiosk-recorder"),
    ),
    "holder": (
        Level.NOTE,
        Phrase("Another Treadside program has the data open, but nothing answers at {where}."),
        Phrase("Is it the recorder, or a station with other settings? Then give its file: kiosk doctor --config FILE"),
    ),
    "none": (Level.ABSENT, Phrase("The station does not run now."), NOTHING),
}
"""By `Running.state`."""


def station(case: Case) -> Check:
    """Who answers at its port."""
    running = case.running
    level, found, help_ = STATES[running.state]
    if running.state == "none" and _installed(case):
        level, help_ = Level.NOTE, Phrase("Start it with: sudo systemctl start kiosk (or: kiosk run)")
    return Check("station", level, found.filled(where=running.where, visit=running.visit), help_)


def units(case: Case) -> tuple[Check, ...]:
    """What systemd says of the station's services."""
    if not (case.machine.root / "run/systemd/system").is_dir():
        return (Check("units", Level.ABSENT, Phrase("This machine is not run by systemd.")),)
    told = case.machine.run(("systemctl", "show", *UNITS, f"--property={','.join(PROPERTIES)}"))
    if told is None:
        help_ = Phrase("Switch the device off and on again.")
        return (Check("units", Level.NOTE, Phrase("systemctl does not answer."), help_),)
    found = [_properties(part) for part in told.strip().split("\n\n")]
    loaded = [unit for unit in found if unit.get("LoadState") == "loaded"]
    if not loaded:
        return (Check("units", Level.ABSENT, Phrase("The station is not installed as a service (sudo ./setup.sh install does it).")),)
    now_s = uptime_s(case.machine.root)
    return tuple(_unit(unit, now_s) for unit in loaded)


def _unit(unit: Mapping[str, str], now_s: float | None) -> Check:
    name, active, enabled = unit.get("Id", "?"), unit.get("ActiveState", "?"), unit.get("UnitFileState", "?")
    restarts = int(unit["NRestarts"]) if unit.get("NRestarts", "").isdigit() else 0
    found = Phrase("{unit}: {active}, {enabled}, restarted {restarts} times.", unit=name, active=active, enabled=enabled, restarts=restarts)
    hint = LOG_HINT.filled(unit=name)
    if active == "failed" or unit.get("Result") in ("watchdog", "start-limit-hit"):
        return Check("units", Level.WRONG, found, hint, restarts)
    if enabled == "masked" or (enabled == "disabled" and name not in OPTIONAL):
        help_ = Phrase("It does not start with the device. Switch it on: sudo systemctl enable --now {unit}", unit=name)
        return Check("units", Level.NOTE, found, help_, restarts)
    if restarts >= MANY_RESTARTS and not _is_quiet(unit, now_s):
        return Check("units", Level.NOTE, found, hint, restarts)
    return Check("units", Level.OK, found, value=restarts)


def _is_quiet(unit: Mapping[str, str], now_s: float | None) -> bool:
    """It has run for QUIET_S since its last start; False when nobody can tell.

    Args:
        unit: its properties.
        now_s: seconds since the device was started, as systemd's monotonic stamps.
    """
    since = unit.get("ActiveEnterTimestampMonotonic", "")
    if now_s is None or unit.get("ActiveState") != "active" or not since.isdigit():
        return False
    return now_s - int(since) / 1e6 >= QUIET_S


def screen(case: Case) -> Check:
    """A browser shows the page."""
    count = case.running.screens
    if case.running.state not in ("answers", "waits") or count is None:
        return Check("screen", Level.ABSENT, Phrase("Not looked at: the station does not run."))
    if count:
        return Check("screen", Level.OK, Phrase("Browsers that show the page: {count}.", count=count), value=count)
    if "active" in (case.machine.run(("systemctl", "is-active", "kiosk-screen.service")) or "").split():
        return Check("screen", Level.WRONG, Phrase("No browser shows the page."), LOG_HINT.filled(unit="kiosk-screen"), 0)
    help_ = Phrase("Open {where} in a browser on this device, or: sudo systemctl enable --now kiosk-screen", where=case.running.where)
    return Check("screen", Level.NOTE, Phrase("No browser shows the page."), help_, 0)


def network(case: Case) -> Check:
    """What other machines may see, and for how long the certificate is good."""
    web = case.config.web
    if web.host:
        found = Phrase("All pages are open to the network at {host}, unencrypted.", host=web.host)
        return Check(
            "network", Level.NOTE, found, Phrase("If that is not wanted, leave host out of kiosk.toml; lan = true is the closed way.")
        )
    if not web.lan:
        return Check("network", Level.ABSENT, Phrase("This station keeps to itself ([web] lan = false)."))
    problem = case.running.notices.get("network") or lan_notice(web)
    if problem:
        return Check("network", Level.WRONG, _said(problem), Phrase("Look at the network cable or the WLAN of this device."))
    found = Phrase("Phones in the network reach this station at {host}.", host=link_host(web) or "")
    left_days = _certificate_days(case) if case.config.clinic.enabled else None
    if left_days is None:
        return Check("network", Level.OK, found)
    said = Phrase("{network} Its certificate is good for {days:.0f} more days.", network=found, days=left_days)
    if left_days < SOON_DAYS:
        help_ = Phrase("A new one is made at the first start after its end; tell those who compare the fingerprint.")
        return Check("network", Level.NOTE, said, help_, left_days, "days")
    return Check("network", Level.OK, said, value=left_days, unit="days")


def bluetooth(case: Case) -> Check:
    """The treadmill that tells its speed, where one is named."""
    name = case.config.treadmill.bluetooth.strip()
    if not name:
        return Check("bluetooth", Level.ABSENT, Phrase("No treadmill is named ([treadmill] bluetooth)."))
    typed = Phrase("Until then the speed can be typed in on the screen. See docs/treadmill.md.")
    if case.running.state == "answers":
        problem = case.running.notices.get("treadmill", "")
        if problem:
            return Check("bluetooth", Level.NOTE, _said(problem), typed)
        return Check("bluetooth", Level.OK, Phrase("The treadmill “{name}” tells its speed.", name=name))
    if importlib.util.find_spec("bleak") is None:
        return Check("bluetooth", Level.WRONG, Phrase("The library bleak is not installed."), Phrase("Run: sudo ./setup.sh install"))
    if name.casefold() != "simulated" and not any((case.machine.root / "sys/class/bluetooth").glob("hci*")):
        return Check("bluetooth", Level.WRONG, Phrase("This device has no Bluetooth that is switched on."), typed)
    return Check("bluetooth", Level.OK, Phrase("Bluetooth is there. Whether “{name}” answers, the running station says.", name=name))


def microphone(case: Case) -> Check:
    """The microphone for the sound of landings, where it is switched on."""
    if not case.config.sound.enabled:
        return Check("microphone", Level.ABSENT, Phrase("Switched off ([sound] enabled = false)."))
    plug = Phrase("Plug it in, or look at [sound] device in kiosk.toml; `arecord -l` lists what is there.")
    if case.running.state == "answers":
        problem = case.running.notices.get("microphone", "")
        return Check("microphone", Level.NOTE, _said(problem), plug) if problem else _hears()
    if importlib.util.find_spec("sounddevice") is None:
        return Check("microphone", Level.WRONG, Phrase("The library sounddevice is not installed."), Phrase("Run: sudo ./setup.sh install"))
    if not any((case.machine.root / "proc/asound").glob("card*/pcm*c")):
        return Check("microphone", Level.WRONG, Phrase("No microphone is plugged in."), plug)
    wanted = case.config.sound.device
    cards = case.machine.root / "proc/asound/cards"
    if wanted and cards.is_file() and wanted.casefold() not in cards.read_text(errors="replace").casefold():
        return Check("microphone", Level.WRONG, Phrase("No microphone is called “{name}”.", name=wanted), plug)
    return Check("microphone", Level.OK, Phrase("A microphone is plugged in."))


def voice(case: Case) -> Check:
    """The program that speaks cues."""
    problem = case.running.notices.get("voice", "")
    install = Phrase("Install it: sudo apt install espeak-ng")
    if problem:
        return Check("voice", Level.NOTE, _said(problem), install if shutil.which(PROGRAM[0]) is None else NOTHING)
    if shutil.which(PROGRAM[0]) is not None:
        return Check("voice", Level.OK, Phrase("espeak-ng is installed."))
    level = Level.WRONG if case.config.session.voice else Level.ABSENT
    return Check(
        "voice", level, Phrase("espeak-ng is not installed, so cues are not spoken."), install if level is Level.WRONG else NOTHING
    )


def _hears() -> Check:
    return Check("microphone", Level.OK, Phrase("The microphone hears."))


def _installed(case: Case) -> bool:
    return (case.machine.root / "etc/systemd/system/kiosk.service").exists()


def _certificate_days(case: Case) -> float | None:
    """Days for which the station's certificate is good; None when there is none that can be read."""
    from cryptography import x509  # only a station in the network needs it

    path = data_folder(case.config.store) / "station.crt"
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
    return (found.not_valid_after_utc - case.machine.now()).total_seconds() / 86400


def _properties(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def _said(text: str) -> Phrase:
    return text if isinstance(text, Phrase) else Phrase("{said}", said=text)
