"""`kiosk screen`: the station's page in a browser of its own, for a screen without a desktop."""

from pathlib import Path

import click

from kiosk.cli import Failed, config_option, sentences, stopped_by_signal
from kiosk.config import Config, ConfigError, load


@click.command(context_settings={"ignore_unknown_options": True})
@config_option
@click.option("--url", help="The station's page instead of the one of [web] in kiosk.toml, e.g. http://127.0.0.1:8080/.")
@click.argument("flags", nargs=-1, type=click.UNPROCESSED, metavar="[-- CHROMIUM FLAGS]")
def screen(config_path: Path | None, url: str | None, flags: tuple[str, ...]) -> None:
    """Show the page in Chromium on this machine's own screen, and bring it back whenever it is lost."""
    from kiosk.browser import Place, Screen
    from kiosk.browser.chromium import BrowserError
    from kiosk.threads import Stop

    strange = [flag for flag in flags if not flag.startswith("--")]
    if strange:
        raise click.UsageError(f"{strange[0]!r} is no flag of Chromium: put those after --, each beginning with --.")
    settings = Reader(config_path)
    stop = Stop()
    with sentences(), stopped_by_signal(stop.set):
        try:
            Screen(lambda: Place(url or url_of(settings.now())), flags, click.echo).run(stop)
        except BrowserError as error:
            raise Failed(str(error)) from None


class Reader:
    """The settings as they are now, or without ones that can be used the defaults: there a station says what is wrong with them
    (kiosk/waiting.py). Each mistake is said once, however often they are read."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._said = ""

    def now(self) -> Config:
        """Read again: somebody may have mended the file."""
        try:
            config, mistake = load(self._path), ""
        except ConfigError as error:
            config, mistake = Config(), str(error)
        if mistake and mistake != self._said:
            click.echo(f"kiosk: {mistake}", err=True)
        self._said = mistake
        return config


def url_of(config: Config) -> str:
    """Where the settings say that the page is."""
    if config.web.port == 0:
        raise click.UsageError("[web] port = 0 takes any free port: set it to a number, or name the page with --url.")
    host = "127.0.0.1" if config.web.bound_host in ("0.0.0.0", "::") or config.web.reports_only else config.web.bound_host
    return f"http://[{host}]:{config.web.port}/" if ":" in host else f"http://{host}:{config.web.port}/"
