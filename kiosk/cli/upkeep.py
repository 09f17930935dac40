"""`kiosk upkeep`: what kiosk-daily.timer starts once a day, the list of copies, and the way back from one."""

from datetime import datetime
from pathlib import Path

import click

from kiosk.cli import config_option, load_config, sentences


@click.command()
@config_option
@click.option("--list", "shown", is_flag=True, help="Show the copies of the database, newest first; do nothing.")
@click.option(
    "--restore", "copy", type=click.Path(path_type=Path), help="Put this copy in the place of the database; the station must not run."
)
def upkeep(config_path: Path | None, shown: bool, copy: Path | None) -> None:
    """Delete what is too old where no station does, and copy the database (once a day)."""
    from kiosk import daily

    if shown and copy is not None:
        raise click.UsageError("--list and --restore are two things: give one of them.")
    config = load_config(config_path)
    today = datetime.now().date()
    with sentences():
        lines = daily.listed(config) if shown else daily.restored(config, copy, today) if copy is not None else daily.upkeep(config, today)
        for line in lines:
            click.echo(line)
