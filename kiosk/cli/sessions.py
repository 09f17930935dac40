"""`kiosk sessions`: what is stored of the gym's runs, and how one is deleted."""

import json
from pathlib import Path
from typing import Any

import click

from kiosk.cli import Failed, config_option, load_config, sentences
from kiosk.clinic import Refused
from kiosk.config import data_folder, recordings_folder
from kiosk.stored import StoredSession

HEADER = ("number", "started (UTC)", "state", "view", "minutes", "strides", "km/h")


@click.group(invoke_without_command=True)
@config_option
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="At most so many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="Write a JSON list instead of the table.")
@click.pass_context
def sessions(context: click.Context, config_path: Path | None, limit: int, as_json: bool) -> None:
    """List the stored runs, newest first."""
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return
    from kiosk.store import sessions as read

    with sentences():
        found = read(data_folder(load_config(config_path).store), limit)
    if as_json:
        click.echo(json.dumps([_row(session) for session in found], indent=1))
        return
    for line in _table([HEADER, *(tuple(map(_cell, _row(session).values())) for session in found)]):
        click.echo(line)


@sessions.command()
@click.argument("number", type=click.IntRange(1))
@config_option
@click.pass_context
def delete(context: click.Context, number: int, config_path: Path | None) -> None:
    """Delete one run with all its values; the station must not be running."""
    from kiosk.store import ClinicStore, SessionStore

    config = load_config(config_path or context.obj)
    with sentences():
        store = SessionStore.open(data_folder(config.store))
        try:
            ClinicStore(store, recordings_folder(config)).delete_session(number)
        except Refused as error:
            raise Failed(str(error)) from None
        finally:
            store.close()
    click.echo(f"Session {number} is deleted.")


def _row(session: StoredSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "started_utc": session.started_utc,
        "state": session.state,
        "view": session.view,
        "minutes": round(session.duration_s / 60, 1),
        "strides": session.strides,
        "speed_kmh": session.speed_kmh,
    }


def _cell(value: Any) -> str:
    return "-" if value is None else str(value)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
