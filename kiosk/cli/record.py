"""`kiosk record`: poses without a screen, until told to stop or as a service."""

from pathlib import Path

import click

from kiosk.cli import Failed, Number, config_option, load_config, model_option, sentences, stopped_by_signal, with_model
from kiosk.config import Config, with_values


@click.command()
@config_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the recordings; a service has [recorder] folder.")
@click.option("--video", is_flag=True, help="Also store the picture: only with the consent of everybody in it.")
@click.option("--minutes", type=Number(0.01, 24 * 60), help="Stop after this long.")
@click.option("--clip", type=click.Path(path_type=Path), help="Read this file instead of the camera.")
@click.option("--service", is_flag=True, help="Wait for the start button or the API, record, wait again; until it is stopped.")
@model_option
def record(
    config_path: Path | None, out: Path | None, video: bool, minutes: float | None, clip: Path | None, service: bool, model: str | None
) -> None:
    """Record poses without a screen: files of 60 s that survive a power cut, the oldest go by [recorder] keep_days and keep_gb."""
    config = with_model(load_config(config_path), model)
    if clip is not None:
        config = with_values(config, "camera", kind="video", path=str(clip))
    if service:
        if minutes is not None:
            raise click.UsageError("--minutes is for a recording without --service: a service records until stop is pressed.")
        _serve(config, out, video)
    elif out is None:
        raise click.UsageError("Missing option '--out': name a folder for the recordings, or use --service.")
    else:
        _record(config, out, video, minutes)


def _record(config: Config, out: Path, video: bool, minutes: float | None) -> None:
    from kiosk.recorder import record as run_record
    from kiosk.recorder.segments import RecorderError
    from kiosk.threads import Stop

    stop = Stop()
    with sentences(), stopped_by_signal(stop.set):
        try:
            run_record(config, out, video, minutes, stop, click.echo)
        except RecorderError as error:
            raise Failed(str(error)) from None


def _serve(config: Config, out: Path | None, video: bool) -> None:
    from kiosk.recorder.segments import RecorderError
    from kiosk.recorder.service import RecorderService
    from kiosk.recorder.web import RecorderWeb

    if out is not None:
        config = with_values(config, "recorder", folder=str(out.absolute()))
    if video:
        config = with_values(config, "recorder", video=True)
    with sentences():
        try:
            service = RecorderService(config, told=click.echo).start()
        except RecorderError as error:
            raise Failed(str(error)) from None
        web = RecorderWeb(service, click.echo)
        with stopped_by_signal(service.stop_flag.set):
            try:
                web.start()
                service.wait()
            finally:
                web.stop()
                service.stop()
