"""What every command shares: sentences for errors, options, stopping in good order, a progress bar.

What must not go in: a command.
"""

import errno
import math
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from kiosk.config import Config, ConfigError, load, with_values


class Number(click.FloatRange):
    """A range that NaN and infinity are outside of; click lets NaN pass."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or wrong use with a sentence."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a number in the range {self._describe_range()}.", param, ctx)
        return number


class Failed(click.ClickException):
    """The work failed for a reason that the message says."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """One sentence on stderr."""
        click.echo(f"kiosk: {one_line(self.format_message())}", err=True)


def one_line(text: str) -> str:
    """The text as one line that every terminal can show: line breaks, control codes and bytes that are no UTF-8 are written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text.encode("utf-8", "backslashreplace").decode())


@contextmanager
def sentences() -> Iterator[None]:
    """Turn the errors a user can cause into one sentence and exit code 1; anything else stays a bug with its traceback."""
    try:
        yield
    except BrokenPipeError:  # whoever read our output has gone, e.g. `| head`
        raise
    except Exception as error:
        if isinstance(error, _of_ours()):
            raise Failed(str(error)) from None
        if not isinstance(error, OSError) or (error.filename is None and error.errno is None):
            raise
        raise Failed(
            f"{error.filename or 'disk'}: {error.strerror or error}. Check the path, its permissions and the free space."
        ) from None


def _of_ours() -> tuple[type[Exception], ...]:
    """Errors that say in one sentence what to do. Loaded when there is one: the modules that raise them are a tenth of a start."""
    from kiosk.calibrate import CalibrationError
    from kiosk.camera import CameraError
    from kiosk.pose.movenet import ModelError
    from kiosk.pose.recording import RecordingError
    from kiosk.report.video import VideoError
    from kiosk.store import StoreError
    from kiosk.web.server import WebError

    return CalibrationError, CameraError, ModelError, RecordingError, StoreError, VideoError, WebError


def load_config(path: Path | None) -> Config:
    """The settings; ends the program with exit code 2 when the file cannot be used."""
    try:
        return load(path)
    except ConfigError as error:
        click.echo(f"kiosk: {error}", err=True)
        sys.exit(2)


def real_path(path: Path) -> Path:
    """The path without links; a link that leads to itself stays as it is."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a loop of links, which Python 3.13 leaves as it is
        return path.absolute()


def links_to_itself(path: Path) -> bool:
    """True for a loop of links: nothing can be read there and nothing written."""
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


config_option = click.option("--config", "config_path", type=click.Path(path_type=Path), help="kiosk.toml; without it the defaults hold.")
model_option = click.option("--model", help="lightning, thunder, or a single-pose MoveNet .tflite file.")


def with_model(config: Config, model: str | None) -> Config:
    """The settings with another network; None changes nothing."""
    return config if model is None else with_values(config, "pose", model=model)


@contextmanager
def stopped_by_signal(stop: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM end the work in good order."""
    before = {s: signal.signal(s, lambda *_: stop()) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal; silent elsewhere."""
    from tqdm import tqdm

    with tqdm(unit=" frames", desc=one_line(name), disable=not sys.stderr.isatty(), leave=False) as shown:

        def progress(done: int, expected: int) -> None:
            shown.total = expected or None
            shown.update(done - shown.n)

        yield progress
