"""`kiosk doctor`: a line a matter, what to do below it, exit code 1 when something is wrong. What must not go in: checks (kiosk/doctor)."""

import json
from pathlib import Path

import click

from kiosk.cli import Failed


@click.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="kiosk.toml; without it /etc/treadside/kiosk.toml where it is there, else the defaults.",
)
@click.option("--json", "json_path", type=click.Path(path_type=Path, allow_dash=True), help="Write the findings as JSON; - for stdout.")
@click.option("--quick", is_flag=True, help="Look for a second only, and time one network only.")
def doctor(config_path: Path | None, json_path: Path | None, quick: bool) -> None:
    """Look at everything the station needs and say what to do. Exit code 1 when something is wrong."""
    from kiosk.doctor import worst
    from kiosk.doctor.outside import examine_station, settings_file
    from kiosk.doctor.text import as_json, lines
    from kiosk.health import Level

    checks = examine_station(settings_file(config_path), quick)
    text = json.dumps(as_json(checks), indent=1, ensure_ascii=False) + "\n"
    if str(json_path) == "-":
        click.echo(text, nl=False)
    else:
        for line in lines(checks):
            click.echo(line)
        if json_path is not None:
            try:
                json_path.write_text(text, encoding="utf-8")
            except OSError as error:
                raise Failed(f"{json_path}: cannot be written ({error.strerror}). Check the path and the free space.") from None
    if worst(checks) is Level.WRONG:
        raise SystemExit(1)
