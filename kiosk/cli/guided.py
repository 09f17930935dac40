"""`kiosk calibrate --guide`: the guide for the camera on the page, without a station."""

from pathlib import Path

import click

from kiosk.cli import stopped_by_signal
from kiosk.config import Config, with_values
from kiosk.screen import Command, LiveView, State


def guided(config: Config, config_path: Path, source: Path | None) -> None:
    """Serve the page with the guide until it is saved or cancelled.

    Raises:
        ModelError, CameraError, StoreError, WebError: a part cannot be used, e.g. because the station runs.
    """
    from kiosk.app import App

    if source is not None:
        config = with_values(config, "camera", kind="video", path=str(source), loop=True)
    app = App(with_values(config, "session", hands_free=False), config_path).start()
    click.echo(f"Open {app.server.url} and follow the steps; Ctrl-C ends without a change.")
    with stopped_by_signal(app.stop_flag.set):
        try:
            app.send(Command.SETUP)
            app.wait(lambda view: view.state is State.SETUP)
            app.wait(_left)
        finally:
            app.stop()
    click.echo(f"{config_path}: written. Start the station: kiosk run --config {config_path}" if app.anew else "Nothing was changed.")


def _left(view: LiveView) -> bool:
    return view.state not in (State.SETUP, State.SHUTDOWN)
