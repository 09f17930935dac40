"""The command line: reads arguments, calls the parts, says what happened. No work of its own.

Exit codes: 0 done, 1 the work failed (one clear sentence on stderr), 2 wrong use.
"""

import gc
import os
import sys
import webbrowser
from pathlib import Path

import click

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy loads: our matrices are small, its threads would only disturb the network

from kiosk import __version__
from kiosk.cli import Number, config_option, load_config, sentences, stopped_by_signal
from kiosk.cli.analyze import analyze
from kiosk.cli.bench import bench
from kiosk.cli.doctor import doctor
from kiosk.cli.export import export
from kiosk.cli.guided import guided
from kiosk.cli.record import record
from kiosk.cli.report import report
from kiosk.cli.screen import screen
from kiosk.cli.sessions import sessions
from kiosk.cli.token import token
from kiosk.cli.upkeep import upkeep
from kiosk.config import Config, with_values
from kiosk.threads import pool_memory


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="treadside")
def main() -> None:
    """Treadside: a camera beside a treadmill, running form measured on the device, one cue at a time."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    pool_memory()


@main.command()
@config_option
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the page instead of [web] port; 0 takes any free one.")
@click.option("--keep-serving", is_flag=True, help="Serve on after the summary, until Ctrl-C.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
def demo(config_path: Path | None, port: int | None, keep_serving: bool, no_browser: bool) -> None:
    """Run the station on the bundled clip: no camera needed."""
    from kiosk.app import App
    from kiosk.demo import demo_config, run_demo, summary_lines

    config = demo_config(load_config(config_path), port)
    with sentences():
        app = App(config).start()
        click.echo(f"Treadside {__version__}: open {app.server.url}")
        if not no_browser and sys.stdout.isatty():
            webbrowser.open(app.server.url)
        with stopped_by_signal(app.stop_flag.set):
            try:
                summary = run_demo(app, click.echo)
                for line in summary_lines(summary) if summary else ():
                    click.echo(line)
                if keep_serving and summary:
                    click.echo("Still serving; Ctrl-C ends.")
                    app.wait(lambda view: False)
            finally:
                app.stop()


@main.command()
@config_option
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the page instead of [web] port; 0 takes any free one.")
@click.option("--video", "clip", type=click.Path(path_type=Path), help="Play this file as if it were the camera.")
def run(config_path: Path | None, port: int | None, clip: Path | None) -> None:
    """Run the station: camera, page and panel, until it is stopped."""
    from kiosk.app import App
    from kiosk.threads import Stop
    from kiosk.waiting import is_service, settled, started

    with sentences():
        asked = Stop()
        with stopped_by_signal(asked.set):
            place = {} if port is None else {"port": port}
            config = settled(config_path, asked, with_values(Config(), "web", **place)) if is_service() else load_config(config_path)
            if config is None:
                return
            config = with_values(config, "web", **place)
            if clip is not None:
                config = with_values(config, "camera", kind="video", path=str(clip))
            app = started(lambda: App(config, config_path), config, asked, config_path)
            if app is None:
                return
            gc.collect()  # what tries that failed left behind must not be kept for ever by the next line
            gc.freeze()  # what a start loaded stays: looking through its 80 000 objects for garbage would stop a frame now and then
            click.echo(f"Treadside {__version__}: serving {app.server.url} from {app.camera.name}")
            if app.pipeline.notice:
                click.echo(f"Note: {app.pipeline.notice}")
            with stopped_by_signal(app.stop_flag.set):
                try:
                    if not asked.is_set:
                        app.wait(lambda view: False)
                finally:
                    app.stop()
            if app.anew:
                click.echo(f"{config_path} was changed on the screen: start kiosk run again (systemd does it by itself).")


@main.command()
@config_option
@click.option("--source", type=click.Path(path_type=Path), help="Look at this video file instead of the camera.")
@click.option("--seconds", type=Number(1, 60), default=6.0, show_default=True, help="How long to look.")
@click.option("--person", is_flag=True, help="Use somebody who stands still and faces the camera instead of the lines of the room.")
@click.option("--write", "wanted", is_flag=True, help="Put the roll into the file of --config.")
@click.option("--guide", is_flag=True, help="Set up the whole camera on the page, step by step, while no station runs.")
def calibrate(config_path: Path | None, source: Path | None, seconds: float, person: bool, wanted: bool, guide: bool) -> None:
    """Find the camera's roll and say what to do about it."""
    from kiosk.calibrate import calibrate as look

    if guide:
        if config_path is None:
            raise click.UsageError("--guide needs --config with the kiosk.toml to write into.")
        with sentences():
            guided(load_config(config_path), config_path, source)
        return
    if wanted and config_path is None:
        raise click.UsageError("--write needs --config with the kiosk.toml to write into.")
    config = load_config(config_path)
    with sentences():
        for line in look(config, source, seconds, person, config_path if wanted else None):
            click.echo(line)


for command in (analyze, bench, record, report, screen, sessions, export, token, upkeep, doctor):
    main.add_command(command)

if __name__ == "__main__":
    main()
