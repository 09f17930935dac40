"""A station that cannot start says why on its own screen and lamp, and tries again until it can.

Only under systemd: there nobody reads a terminal, and a process that ends at once and is started again for ever would leave "Starting…" on
the screen. By hand the same error is one sentence and exit code 1. What must not go in: what a part needs to start.
"""

import logging
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from kiosk.app import App
from kiosk.camera import CameraError
from kiosk.config import Config, ConfigError, PanelConfig, load
from kiosk.doctor.inside import StationDoctor, doctor_of_waiting, said
from kiosk.domain import Frame
from kiosk.filming import CameraHungError
from kiosk.notify import Watchdog, notify
from kiosk.panel import open_panel
from kiosk.pose.movenet import ModelError
from kiosk.screen import LiveView
from kiosk.store import StoreError
from kiosk.threads import Latest, Stop, monotonic_s
from kiosk.web import create_app
from kiosk.web.server import Server
from kiosk.words import Phrase

LOG = logging.getLogger(__name__)
T = TypeVar("T")
AGAIN_S = 10.0
"""Between two tries (our choice: loading the network takes a Pi some seconds)."""
SHOW_S = 1.0
"""A view at least so often: the page takes 5 s without one for a fault."""
FAULTS = (CameraError, ModelError, StoreError)
"""What a person, or time, can mend without touching the program."""
NOT_READY = Phrase("This station is not ready.")


def started(build: Callable[[], App], config: Config, stop: Stop, settings: Path | None = None) -> App | None:
    """The running station; None when somebody asked to stop before it could start.

    Args:
        build: makes the station anew for each try.
        config: of the page and the panel on which is said why it cannot start.
        stop: set by whoever asks to stop.
        settings: file that the configuration came from.

    Raises:
        CameraError, ModelError, StoreError: it cannot start, and this is no service.
        WebError: the page cannot be served, so nothing can be said there.
    """
    if not is_service():
        return build().start()
    return _tried(lambda: build().start(), FAULTS, config, stop, settings)


def settled(path: Path | None, stop: Stop, config: Config) -> Config | None:
    """The settings as soon as the file can be used, for a service; None when somebody asked to stop before.

    Args:
        path: of the file.
        stop: set by whoever asks to stop.
        config: says where the page is until then.
    """
    return _tried(lambda: load(path), (ConfigError,), config.model_copy(update={"panel": panel_of_broken(path)}), stop, path)


def panel_of_broken(path: Path | None) -> PanelConfig:
    """The panel of a file that cannot be used as a whole, so that its lamp can say so.

    Returns:
        Its [panel] section, the defaults when it has none. Switched off when that section has a mistake itself or nothing can be read:
        a pin that nobody named may have anything on it, so none is driven.
    """
    unknown = PanelConfig(enabled=False)
    if path is None:
        return unknown
    try:
        text = path.read_text(encoding="utf-8")
        return PanelConfig.model_validate(_whole_or_section(text, "panel").get("panel", {}))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError):  # the settings' own error says all of it
        return unknown


def _whole_or_section(text: str, section: str) -> dict[str, object]:
    """What the TOML text says, or, where it is none, what this section of it says."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        alone = re.search(rf"^[ \t]*\[[ \t]*{section}[ \t]*\].*?(?=^[ \t]*\[|\Z)", text, re.MULTILINE | re.DOTALL)
        return tomllib.loads(alone.group() if alone else "")


def is_service() -> bool:
    """Somebody starts us again who reads no terminal."""
    return bool(os.environ.get("NOTIFY_SOCKET"))


def _tried(step: Callable[[], T], faults: tuple[type[Exception], ...], config: Config, stop: Stop, settings: Path | None) -> T | None:
    """Do the step again and again until it goes well; meanwhile page and lamp say why it does not."""
    errors: Latest[Exception] = Latest()
    doctor = doctor_of_waiting(config, settings, errors.peek)
    try:
        while not stop.is_set:
            try:
                return step()
            except CameraHungError:
                raise  # only a new process can have the camera
            except faults as error:
                LOG.error("the station cannot start: %s", error)
                errors.publish(error)
                doctor.start()
                with _excused(config, error, doctor) as show:
                    _wait(stop, show, doctor)
    finally:
        doctor.stop()
    return None


def _wait(stop: Stop, show: Callable[[], None], doctor: StationDoctor) -> None:
    notify("READY=1", "STATUS=cannot start, tries again")
    watchdog, until_s = Watchdog(), monotonic_s() + AGAIN_S
    while monotonic_s() < until_s and not stop.wait(SHOW_S):
        if doctor.crash is not None:
            raise doctor.crash  # nobody is left to answer its page
        show()
        watchdog.alive()


@contextmanager
def _excused(config: Config, error: Exception, doctor: StationDoctor) -> Iterator[Callable[[], None]]:
    """Page and lamp say what is wrong; yields what shows it anew."""
    views: Latest[LiveView] = Latest()
    frames: Latest[Frame] = Latest()
    view = LiveView(language=config.session.language, cannot_judge=NOT_READY, notice=said(error), fault=True)
    ended = Stop()
    web = create_app(views, frames, lambda press: True, config.web, ended, doctor=doctor)
    own = ("127.0.0.1", config.web.port) if config.web.reports_only else None
    server = Server(web, config.web, None, own).start()
    panel = open_panel(config.panel, lambda press: True, monotonic_s) if config.panel.enabled else None

    def show() -> None:
        views.publish(view)
        if panel is not None:
            panel.show(view)

    show()
    try:
        yield show
    finally:
        ended.set()
        views.close()
        server.stop()
        if panel is not None:
            panel.close()
