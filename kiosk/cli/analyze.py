"""`kiosk analyze`: one or two files with their whole report, or whole folders as a batch.

What must not go in: measuring; that is `kiosk/batch.py` for a file and `kiosk/many/` for a batch.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kiosk.cli import Failed, Number, bar, config_option, links_to_itself, load_config, model_option, real_path, sentences, with_model
from kiosk.clinic import HEIGHT_LIMITS_CM, INCLINE_LIMITS_PCT, SPEED_LIMITS_KMH, BoutOrder, Paper
from kiosk.config import Config, with_values
from kiosk.words import Language

FOR_FILES = "thunder"
"""A file has time for the larger network."""
VIEWS = click.Choice(["auto", "left", "right", "front", "rear"])
LANGUAGES = click.Choice([one.value for one in Language])
PAPERS = click.Choice([one.value for one in Paper])
"""By value: of an enum, newer versions of click take the names ("DE")."""
REPORTS = (".pdf", ".html")
MOST_JOBS = 256
"""Our choice: more processes than any board has cores is a slip of the finger."""


@dataclass(frozen=True)
class Outputs:
    """What shall be written."""

    json: Path | None
    csv: Path | None
    annotate: Path | None
    report: Path | None

    @property
    def all(self) -> list[Path]:
        """Those that are wanted."""
        return [path for path in (self.json, self.csv, self.annotate, self.report) if path is not None]


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--view", type=VIEWS, default="auto", show_default=True, help="Which side of the runner faces the camera.")
@click.option("--height-cm", type=Number(*HEIGHT_LIMITS_CM), help="Height of the runner, for values in cm.")
@click.option("--speed-kmh", type=Number(*SPEED_LIMITS_KMH), help="Belt speed; without it the widest bands hold.")
@click.option("--incline-pct", type=Number(*INCLINE_LIMITS_PCT), help="Incline of the belt: lean counts from its perpendicular.")
@click.option("--roll-deg", type=Number(-45, 45), help="Camera roll: turns the picture clockwise. Without it, lines tell.")
@click.option("--json", type=click.Path(path_type=Path), help="Write all results as JSON.")
@click.option("--csv", type=click.Path(path_type=Path), help="Write the metrics as CSV.")
@click.option("--raw", is_flag=True, help="Points as the network gives them: no correction of where it marks the joints.")
@click.option("--annotate", type=click.Path(path_type=Path), help="Write the video with skeleton and numbers (.mp4).")
@click.option("--report", type=click.Path(path_type=Path), help="Write the report for a person (.pdf or .html) of one input.")
@click.option("--language", type=LANGUAGES, default="en", show_default=True, help="Language of --report.")
@click.option("--paper", type=PAPERS, default="a4", show_default=True, help="Paper of --report.")
@click.option("--jobs", type=click.IntRange(1, MOST_JOBS), help="Files measured at once in a batch; without it one a core.")
@model_option
@config_option
def analyze(inputs: tuple[Path, ...], jobs: int | None, language: str, paper: str, **given: Any) -> None:
    """Measure videos or pose recordings (.npz). Of two bouts of one runner it also tells what changed and what is only noise.

    Reports come in the order asked. A folder is searched for both and measured as a batch, on all cores; so are files with --jobs.
    A batch with --csv or --json goes on where it was interrupted when the same command is given again.
    """
    outputs = Outputs(*(given.pop(name) for name in ("json", "csv", "annotate", "report")))
    many = jobs is not None or any(path.is_dir() for path in inputs)
    _check_use(inputs, outputs, many)
    from kiosk import batch
    from kiosk.cli.batch import run_batch

    config = load_config(given.pop("config_path"))
    chosen = "model" in config.pose.model_fields_set
    config = with_model(config, given.pop("model") or (None if chosen else FOR_FILES))
    request = batch.Request(**_from_treadmill(given, config))
    if many:
        run_batch(inputs, config, request, jobs, outputs.csv, outputs.json)
    else:
        _analyze_each(inputs, config, request, outputs, (Language(language), Paper(paper)))


def _check_use(inputs: tuple[Path, ...], outputs: Outputs, many: bool) -> None:
    """Before any work: outputs that one input is needed for, that are inputs themselves, or that have no folder."""
    single = None if many or len(inputs) > 1 else inputs[0]
    if outputs.annotate is not None and (single is None or single.suffix.lower() == ".npz"):
        raise click.UsageError("--annotate needs exactly one video as input.")
    if outputs.report is not None and single is None:
        raise click.UsageError("--report needs exactly one video or pose recording as input.")
    if outputs.report is not None and outputs.report.suffix.lower() not in REPORTS:
        raise click.UsageError(f"--report {outputs.report}: the name must end in {' or '.join(REPORTS)}.")
    for path in outputs.all:
        if links_to_itself(path):
            raise Failed(f"{path}: this link leads to itself. Remove it or name another file.")
        if any(real_path(path) == real_path(i) for i in inputs):
            raise click.UsageError(f"{path} is an input: give the output another name.")
        if path.is_dir():
            raise click.UsageError(f"{path} is a folder: name a file in it.")
        if not path.parent.is_dir():
            raise Failed(f"{path}: there is no folder {path.parent}. Make it first or name another.")


def _analyze_each(inputs: tuple[Path, ...], config: Config, request: Any, outputs: Outputs, printed: tuple[Language, Paper]) -> None:
    """Print the whole report of each input and write what is wanted."""
    if len(inputs) > 1:
        from kiosk.cli.several import run_several

        run_several(inputs, config, request, outputs.csv, outputs.json)
    else:
        with sentences():
            _analyze_one(inputs[0], config, request, outputs, printed)


def _analyze_one(path: Path, config: Config, request: Any, outputs: Outputs, printed: tuple[Language, Paper]) -> None:
    from kiosk import results

    report = _measure(path, config, request)
    if outputs.json:
        with outputs.json.open("w", encoding="utf-8") as file:
            results.write_one(file, results.to_json(report))
    if outputs.csv:
        with outputs.csv.open("w", newline="", encoding="utf-8") as file:
            results.write_table(file, [results.to_json(report)])
    if outputs.annotate:
        results.annotate(report, outputs.annotate)
        click.echo(f"annotated video: {outputs.annotate}")
    if outputs.report:
        _write_report(report, outputs.report, *printed)
        click.echo(f"report: {outputs.report}")


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
    """Analyse one input and print its report; the network has all cores, where the settings do not say how many."""
    from kiosk import batch, results
    from kiosk.many import threads_of

    if "threads" not in config.pose.model_fields_set:
        config = with_values(config, "pose", threads=threads_of(1))
    with bar(path.name) as progress:
        recording = batch.read_poses(path, config, progress)
    report = batch.analyse_recording(path, recording, request)
    for line in results.report_lines(report):
        click.echo(line)
    return report


def _write_report(report: Any, out: Path, language: Language, paper: Paper) -> None:
    """The report for a person; the ending of `out` says whether as PDF or as HTML."""
    if report.view is None:
        raise Failed(f"{report.path}: no report, because it is not known which side of the runner is seen. Say it with --view.")
    from kiosk.bouts import bout_of_report
    from kiosk.cli.report import analyze_report

    result = bout_of_report(report)
    asked = report.request
    order = BoutOrder(0, report.view, result.seconds, asked.speed_kmh, asked.incline_pct, asked.height_cm)
    made = analyze_report(result, order, report.path.name, language, paper, out.suffix.lower().lstrip("."))
    out.write_bytes(made)
