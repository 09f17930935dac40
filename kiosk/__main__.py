"""The command line: reads arguments, calls the parts, says what happened. No work of its own.

Exit codes: 0 done, 1 the work failed (one clear sentence on stderr), 2 wrong use.
"""

import json
import os
import sys
import webbrowser
from pathlib import Path
from typing import Any

import click

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy loads: our matrices are small, its threads would only disturb the network

from kiosk import __version__
from kiosk.cli import Failed, Number, bar, config_option, load_config, model_option, sentences, stopped_by_signal, with_model
from kiosk.config import Config, with_values

FOR_FILES = "thunder"
"""A file has time for the larger network."""
VIEWS = click.Choice(["auto", "left", "right", "front", "rear"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="treadside")
def main() -> None:
    """Treadside: a camera beside a treadmill, running form measured on the device, one cue at a time."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


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

    config = load_config(config_path)
    if port is not None:
        config = with_values(config, "web", port=port)
    if clip is not None:
        config = with_values(config, "camera", kind="video", path=str(clip))
    with sentences():
        app = App(config).start()
        click.echo(f"Treadside {__version__}: serving {app.server.url} from {app.camera.name}")
        if app.pipeline.notice:
            click.echo(f"Note: {app.pipeline.notice}")
        with stopped_by_signal(app.stop_flag.set):
            try:
                app.wait(lambda view: False)
            finally:
                app.stop()


@main.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--view", type=VIEWS, default="auto", show_default=True, help="Which side of the runner faces the camera.")
@click.option("--height-cm", type=Number(80, 250), help="Height of the runner, for values in cm.")
@click.option("--speed-kmh", type=Number(1, 40), help="Belt speed; without it the widest bands hold.")
@click.option("--incline-pct", type=Number(-10, 40), help="Incline of the belt: lean counts from its perpendicular.")
@click.option("--roll-deg", type=Number(-45, 45), help="Camera roll: turns the picture clockwise. Without it, lines tell.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write all results as JSON.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write the metrics as CSV.")
@click.option("--raw", is_flag=True, help="Points as the network gives them: no correction of where it marks the joints.")
@click.option("--annotate", type=click.Path(path_type=Path), help="Write the video with skeleton and numbers (.mp4).")
@model_option
@config_option
def analyze(inputs: tuple[Path, ...], json_path: Path | None, csv_path: Path | None, annotate: Path | None, **given: Any) -> None:
    """Measure videos or pose recordings (.npz). Of two bouts of one runner it also tells what changed and what is only noise."""
    from kiosk import batch, results
    from kiosk.compare import change_lines, compare

    config = load_config(given.pop("config_path"))
    chosen = "model" in config.pose.model_fields_set
    config = with_model(config, given.pop("model") or (None if chosen else FOR_FILES))
    if annotate is not None and (len(inputs) > 1 or inputs[0].suffix.lower() == ".npz"):
        raise click.UsageError("--annotate needs exactly one video as input.")
    _check_outputs(inputs, [p for p in (json_path, csv_path, annotate) if p is not None])
    request = batch.Request(**_from_treadmill(given, config))
    reports, failed = [], []
    for path in inputs:
        try:
            with sentences():
                reports.append(_measure(path, config, request))
        except Failed as error:
            if len(inputs) == 1:
                raise
            error.show()
            failed.append(path.name)
    comparison = compare(*map(batch.bout_of, reports)) if len(inputs) == len(reports) == 2 else None
    for line in change_lines(comparison) if comparison else ():
        click.echo(line)
    with sentences():
        if json_path and reports:
            results.write_json(json_path, reports, comparison)
        if csv_path and reports:
            with csv_path.open("w", newline="", encoding="utf-8") as file:
                results.write_csv(file, reports)
        if annotate:
            results.annotate(reports[0], annotate)
            click.echo(f"annotated video: {annotate}")
    if failed:
        raise Failed(f"{len(failed)} of {len(inputs)} inputs could not be measured: {', '.join(failed)}.")


def _check_outputs(inputs: tuple[Path, ...], outputs: list[Path]) -> None:
    """Before any work: no output may be an input, and its folder must be there."""
    for path in outputs:
        if any(path.resolve() == i.resolve() for i in inputs):
            raise click.UsageError(f"{path} is an input: give the output another name.")
        if not path.parent.is_dir():
            raise Failed(f"{path}: there is no folder {path.parent}. Make it first or name another.")


def _from_treadmill(given: dict[str, Any], config: Config) -> dict[str, Any]:
    """What the command line did not say, from [treadmill]."""
    known = config.treadmill
    view = given["view"] if given["view"] != "auto" else known.view
    speed_kmh = known.speed_kmh if given["speed_kmh"] is None else given["speed_kmh"]
    incline_pct = known.incline_pct if given["incline_pct"] is None else given["incline_pct"]
    roll = {"roll_deg": given["roll_deg"]}
    if given["roll_deg"] is None and (known.roll_deg or known.roll_sd_deg is not None):
        roll = {"roll_deg": known.roll_deg, "roll_sd_deg": known.roll_sd_deg}
    return {**given, **roll, "view": view, "speed_kmh": speed_kmh, "incline_pct": incline_pct}


def _measure(path: Path, config: Config, request: Any) -> Any:
    """Analyse one input and print its report."""
    from kiosk import batch, results

    with bar(path.name) as progress:
        recording = batch.read_poses(path, config, progress)
    report = batch.analyse_recording(path, recording, request)
    for line in results.report_lines(report):
        click.echo(line)
    return report


@main.command()
@config_option
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the recordings.")
@click.option("--video", is_flag=True, help="Also store the picture: only with the consent of everybody in it.")
@click.option("--minutes", type=Number(0.01, 24 * 60), help="Stop after this long.")
@click.option("--clip", type=click.Path(path_type=Path), help="Read this file instead of the camera.")
@model_option
def record(config_path: Path | None, out: Path, video: bool, minutes: float | None, clip: Path | None, model: str | None) -> None:
    """Record poses without a screen."""
    from kiosk.recorder import record as run_record
    from kiosk.threads import Stop

    config = with_model(load_config(config_path), model)
    if clip is not None:
        config = with_values(config, "camera", kind="video", path=str(clip))
    stop = Stop()
    with sentences(), stopped_by_signal(stop.set):
        for path in run_record(config, out, video, minutes, stop, click.echo):
            click.echo(f"recorded {path}")


@main.command()
@config_option
@click.option("--source", type=click.Path(path_type=Path), help="Look at this video file instead of the camera.")
@click.option("--seconds", type=Number(1, 60), default=6.0, show_default=True, help="How long to look.")
@click.option("--person", is_flag=True, help="Use somebody who stands still and faces the camera instead of the lines of the room.")
@click.option("--write", "wanted", is_flag=True, help="Put the roll into the file of --config.")
def calibrate(config_path: Path | None, source: Path | None, seconds: float, person: bool, wanted: bool) -> None:
    """Find the camera's roll and say what to do about it."""
    from kiosk.calibrate import calibrate as look

    if wanted and config_path is None:
        raise click.UsageError("--write needs --config with the kiosk.toml to write into.")
    config = load_config(config_path)
    with sentences():
        for line in look(config, source, seconds, person, config_path if wanted else None):
            click.echo(line)


@main.command()
@config_option
@click.option("--quick", is_flag=True, help="Shorter turns, under 30 s in all.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures as JSON.")
@model_option
def bench(config_path: Path | None, quick: bool, json_path: Path | None, model: str | None) -> None:
    """Measure speed against the bare network, side by side."""
    from kiosk.bench import lines, run_bench

    with sentences():
        result = run_bench(with_model(load_config(config_path), model), rounds=3 if quick else 7, seconds=1.0 if quick else 2.0)
        for line in lines(result):
            click.echo(line)
        if json_path:
            json_path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


from kiosk.cli_token import token  # noqa: E402

main.add_command(token)


if __name__ == "__main__":
    main()
