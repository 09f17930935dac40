"""kiosk.toml -> frozen settings, one section per part.

Configuration holds facts about this treadmill and this room. The science (bands, gates, filters) stays in its tables.
All problems of a file are told in one message.
"""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from kiosk.clinic import INCLINE_LIMITS_PCT, SPEED_LIMITS_KMH
from kiosk.threads import cores
from kiosk.words import Language


class ConfigError(ValueError):
    """kiosk.toml cannot be used; the message lists every problem with its key, value and what is allowed."""


class Section(BaseModel):
    """Base of all sections: unknown keys are errors, values cannot change after start."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CameraConfig(Section):
    """[camera]: where frames come from."""

    kind: Literal["picamera", "video", "synthetic"] = "picamera"
    path: str = ""
    """Video file, for kind = "video"."""
    loop: bool = False
    """Start the video file again when it ends."""
    width: int = Field(640, ge=160, le=1920)
    height: int = Field(480, ge=120, le=1920)
    frames_per_s: int = Field(30, ge=8, le=120)
    shutter_us: int = Field(4000, ge=100, le=20000)
    """Longest exposure, microseconds: short enough that a swinging foot is not smeared."""
    index: int = Field(0, ge=0, le=7)
    """Which camera, when the Pi has several."""


MOST_THREADS = 8
"""The network takes no more (our choice: twice the cores of a Pi)."""


def free_cores(most: int) -> int:
    """How many cores the network may have when one is left to everything else: 1 to `most`."""
    return max(1, min(most, cores() - 1))


class PoseConfig(Section):
    """[pose]: the network."""

    model: str = "lightning"
    """"lightning", "thunder" or a path to a single-pose MoveNet .tflite file."""
    runtime: Literal["auto", "ai-edge-litert", "tflite-runtime"] = "auto"
    threads: int = Field(default_factory=lambda: free_cores(2), ge=1, le=MOST_THREADS)
    """Of the network. Unless it is given, one core is left to everything else, and no more than two are taken (docs/decisions.md, 112)."""


class TreadmillConfig(Section):
    """[treadmill]: this treadmill, this camera position."""

    view: Literal["auto", "left", "right", "front", "rear"] = "auto"
    """Which side of the runner faces the camera."""
    zone: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    """Left, top, right, bottom of the treadmill in the picture, as parts of its width and height."""

    @field_validator("zone")
    @classmethod
    def _zone_is_a_rectangle(cls, zone: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        left, top, right, bottom = zone
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):  # false for NaN as well
            raise ValueError("needed: 0 <= left < right <= 1 and 0 <= top < bottom <= 1, e.g. [0.2, 0.0, 0.8, 1.0]")
        return zone

    roll_deg: float = Field(0.0, ge=-45, le=45)
    """Camera roll, degrees: how far the picture must be turned clockwise so that gravity points down."""
    roll_sd_deg: float | None = Field(None, ge=0, le=45)
    """Standard error of the roll, degrees, as `kiosk calibrate` found it; None takes the roll as right."""
    speed_kmh: float | None = Field(None, ge=SPEED_LIMITS_KMH[0], le=SPEED_LIMITS_KMH[1])
    """Belt speed when it is always the same; None when unknown."""
    incline_pct: float = Field(0.0, ge=INCLINE_LIMITS_PCT[0], le=INCLINE_LIMITS_PCT[1])
    bluetooth: str = ""
    """Name or address of a treadmill that tells speed and incline over Bluetooth (FTMS, read only); "" uses none."""


class SessionConfig(Section):
    """[session]: the visit."""

    countdown_s: int = Field(3, ge=0, le=10)
    summary_s: float = Field(60.0, ge=3, le=3600)
    """How long the summary stays before the screen is idle again."""
    longest_min: float = Field(120.0, ge=1, le=600)
    """A forgotten session ends by itself after this time."""
    hands_free: bool = True
    """Stepping on the belt and running starts a session, stepping off ends it; False leaves both to the buttons."""
    guided: bool = True
    """After start the position is checked and the runner chooses what to work on; False counts down at once."""
    step_off_s: float = Field(10.0, ge=0, le=600)
    """A run that somebody started by a press ends this long after the runner stepped off."""
    abandoned_s: float = Field(60.0, ge=5, le=3600)
    """A visit before the run that nobody goes on with, and without hands_free an empty belt, ends after this time."""
    language: Language = Language.EN
    """What the screen speaks until a visitor changes it: "en" or "de"."""
    metronome: bool = False
    """A beat at the runner's own cadence + 5 %, switched on for every visit; visitors can switch it."""
    voice: bool = False
    """Cues are spoken as well (needs espeak-ng), switched on for every visit; visitors can switch it."""


class WebConfig(Section):
    """[web]: the page."""

    host: str = ""
    """Address to listen on; empty: this machine only (127.0.0.1), with `lan` every address. Given, all pages are open to it."""
    lan: bool = False
    """True lets a phone in the same network fetch its own report by a one-time link; all else stays with this machine."""
    port: int = Field(8080, ge=0, le=65535)
    """0 takes any free port."""
    tls_port: int = Field(8443, ge=0, le=65535)
    """With `lan`, the clinic's pages and the API are served to the network here, encrypted, by the station's own certificate."""
    picture: bool = True
    """False shows the skeleton on a plain background only; no picture ever leaves the process."""
    mirror: bool = True

    @property
    def bound_host(self) -> str:
        """The address the server listens on."""
        return self.host or ("0.0.0.0" if self.lan else "127.0.0.1")

    @property
    def reports_only(self) -> bool:
        """Other machines may fetch reports and nothing else."""
        return self.lan and not self.host


class PanelConfig(Section):
    """[panel]: the box with buttons, lamp and buzzer; BCM numbers. docs/wiring.md shows it."""

    enabled: bool = True
    start_pin: int = Field(17, ge=0, le=27)
    stop_pin: int = Field(27, ge=0, le=27)
    show_pin: int | None = Field(None, ge=0, le=27)
    """The "show me" button; None when there is none."""
    lamp_pin: int | None = Field(None, ge=0, le=27)
    buzzer_pin: int | None = Field(None, ge=0, le=27)

    @field_validator("stop_pin", "show_pin", "lamp_pin", "buzzer_pin")
    @classmethod
    def _pin_is_free(cls, pin: int | None, known: ValidationInfo) -> int | None:
        others = [name for name, value in known.data.items() if name.endswith("_pin") and value == pin]
        if pin is not None and others:
            raise ValueError(f"{others[0]} has this pin already; give each part a pin of its own, 0 to 27")
        return pin

    debounce_ms: int = Field(60, ge=0, le=1000)
    """Edges closer together than this are one press."""
    hold_s: float = Field(3.0, ge=0.5, le=10)
    """A button that is down for this long is a long press."""
    shutdown_command: tuple[str, ...] = ("systemctl", "poweroff")
    """What switches the device off, word by word, run without a shell; empty where nobody may."""

    @field_validator("shutdown_command", mode="before")
    @classmethod
    def _command_is_a_list(cls, command: object) -> object:
        if isinstance(command, str):
            raise ValueError('needed: a list of words, e.g. ["systemctl", "poweroff"], or [] where nobody may')
        return command


class StoreConfig(Section):
    """[store]: where sessions are kept."""

    folder: str = ""
    """Empty: $XDG_DATA_HOME/treadside, else ~/.local/share/treadside."""

    @field_validator("folder")
    @classmethod
    def _folder_can_be_named(cls, folder: str) -> str:
        try:
            Path(folder).expanduser()
        except RuntimeError:
            raise ValueError("there is no such user; give a folder that begins with / or ~/") from None
        if "\0" in folder:
            raise ValueError("a folder's name has no such character; give a folder that begins with / or ~/")
        return folder

    sessions_days: int = Field(365, ge=1, le=3650)
    """Runs of the gym, their answers about soreness, and recordings are deleted after so many days (our choice)."""
    patients_days: int = Field(3650, ge=1, le=36500)
    """Patients without an assessment for so many days are deleted (our choice: the ten years that clinics keep records)."""
    runners_days: int = Field(365, ge=1, le=3650)
    """Take-away codes that were not used for so many days are deleted (our choice: a gym's year)."""


class ClinicConfig(Section):
    """[clinic]: patients, assessments, reports. Off, there is no such page."""

    enabled: bool = False
    lock_min: float = Field(10.0, ge=0.1, le=240)
    """The clinic's pages lock themselves after this long without a request."""
    bout_s: float = Field(60.0, ge=10, le=600)
    """Length of a bout."""
    paper: Literal["a4", "letter"] = "a4"
    name: str = Field("", max_length=80)
    """Printed on reports."""
    stick_folders: tuple[str, ...] = ("/media", "/run/media")
    """Where USB sticks are mounted."""
    eject_command: tuple[str, ...] = ("udisksctl", "unmount", "--block-device")
    """What makes a stick safe to take out; its device is the last word."""


class RecorderConfig(Section):
    """[recorder]: `kiosk record --service`, the headless recorder."""

    folder: str = ""
    """Empty: "recordings" in the [store] folder."""
    video: bool = False
    """Also keep the picture: only with the consent of everybody in it."""
    segment_s: float = Field(60.0, ge=5, le=600)
    keep_days: int = Field(30, ge=1, le=3650)
    """Older recordings are deleted."""
    keep_gb: float = Field(8.0, gt=0, le=10000)
    """The oldest recordings are deleted beyond this."""
    free_gb: float = Field(0.5, ge=0, le=1000)
    """Recording stops when less is free on the disk."""
    autostart: bool = False
    """Record from the start; otherwise a button or the API begins."""


class SoundConfig(Section):
    """[sound]: loudness of the landings. Levels only, nothing is recorded."""

    enabled: bool = False
    device: str = ""
    """Name of the microphone; "" takes the system's own."""


class Config(Section):
    """All sections of kiosk.toml."""

    camera: CameraConfig = CameraConfig()
    pose: PoseConfig = PoseConfig()
    treadmill: TreadmillConfig = TreadmillConfig()
    session: SessionConfig = SessionConfig()
    web: WebConfig = WebConfig()
    panel: PanelConfig = PanelConfig()
    store: StoreConfig = StoreConfig()
    clinic: ClinicConfig = ClinicConfig()
    recorder: RecorderConfig = RecorderConfig()
    sound: SoundConfig = SoundConfig()


def load(path: Path | None) -> Config:
    """Read kiosk.toml; None gives the defaults.

    Raises:
        ConfigError: the file is missing, is not TOML, or has unknown keys or values; one message for all.
    """
    if path is None:
        return Config()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file. Give an existing kiosk.toml, or leave --config out for the defaults.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}).") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}.") from None
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        lines = [_sentence(e) for e in error.errors()]  # type: ignore[arg-type]
        raise ConfigError(f"{path}: {len(lines)} problem(s):\n" + "\n".join(f"  {line}" for line in lines)) from None


def with_values(config: Config, section: str, **values: object) -> Config:
    """The configuration with values of one section replaced, e.g. by the command line; they are checked like a file's.

    What nobody said stays unsaid (`model_fields_set`).
    """
    part = getattr(config, section)
    return config.model_copy(update={section: type(part)(**{**part.model_dump(exclude_unset=True), **values})})


def _sentence(problem: dict[str, object]) -> str:
    place = [str(p) for p in problem["loc"]]  # type: ignore[attr-defined]
    name = ".".join(place)
    if problem["type"] == "extra_forbidden":
        allowed = _keys(place[:-1])
        near = difflib.get_close_matches(place[-1], allowed, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return f"{name}: unknown key.{hint} Allowed here: {', '.join(allowed)}."
    return f"{name} = {problem['input']!r}: {problem['msg'][0].lower()}{str(problem['msg'])[1:]}."  # type: ignore[index]


def _keys(place: list[str]) -> list[str]:
    model: type[BaseModel] = Config
    for name in place:
        part = model.model_fields[name].annotation
        if not (isinstance(part, type) and issubclass(part, BaseModel)):
            return []
        model = part
    return list(model.model_fields)


def recordings_folder(config: Config) -> Path:
    """The folder for pose recordings: the configured one, else "recordings" beside the sessions."""
    return Path(config.recorder.folder).expanduser() if config.recorder.folder else data_folder(config.store) / "recordings"


def data_folder(store: StoreConfig) -> Path:
    """The folder for sessions: the configured one, else the user's data folder (XDG base directory specification)."""
    if store.folder:
        return Path(store.folder).expanduser()
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "treadside"
