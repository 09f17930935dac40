"""`kiosk export`: what is stored of one run of the gym, as an encrypted zip."""

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from kiosk.cli import Failed, config_option, load_config, sentences
from kiosk.clinic import Refused
from kiosk.config import data_folder
from kiosk.report.cells import cells
from kiosk.stored import StoredSession

NUMBERS = ("value", "left", "right", "n", "spread", "quality", "reason")


@click.command()
@config_option
@click.option("--session", "number", required=True, type=click.IntRange(1), help="Number of the run, from `kiosk sessions`.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The zip to write.")
@click.option("--password-file", type=click.File("r", encoding="utf-8"), help="First line is the password; without it you are asked.")
def export(config_path: Path | None, number: int, out: Path, password_file: Any) -> None:
    """Write one run as an AES zip (7-Zip and WinZip open it)."""
    from kiosk.report.bundle import bundle
    from kiosk.store import session

    with sentences():
        found = session(data_folder(load_config(config_path).store), number)
    if found is None:
        raise Failed(f"There is no session {number}. `kiosk sessions` lists them.")
    if out.exists():
        raise Failed(f"{out}: there is such a file already. Name another.")
    if not out.parent.is_dir():
        raise Failed(f"{out}: there is no folder {out.parent}. Make it first or name another.")
    password = (
        password_file.readline().rstrip("\r\n") if password_file else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    try:
        data = bundle(files_of(found), password)
    except Refused as error:
        raise Failed(str(error)) from None
    with sentences():
        _write(out, data)
    click.echo(f"Session {number}: {out}")


def _write(out: Path, data: bytes) -> None:
    """Whole or not at all."""
    partial = out.with_name(out.name + ".part")
    try:
        partial.write_bytes(data)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def files_of(session: StoredSession) -> dict[str, bytes]:
    """File name -> contents of what an export of this run has."""
    name = f"session-{session.id}"
    return {f"{name}.csv": csv_of(session).encode("utf-8"), f"{name}.json": json_of(session).encode("utf-8")}


def csv_of(session: StoredSession) -> str:
    """One line a metric; an empty cell is a value that is not known."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["session", "view", "metric", *NUMBERS])
    for name, metric in session.metrics.items():
        writer.writerow(cells([session.id, session.view or "", name, *(getattr(metric, key) for key in NUMBERS)]))
    return out.getvalue()


def json_of(session: StoredSession) -> str:
    """All that is stored of the run but the picture of its typical stride; sentences in English."""
    facts = ("id", "started_utc", "state", "view", "speed_kmh", "model", "source", "duration_s", "strides", "refusal", "language")
    row = {name: getattr(session, name) for name in facts}
    row |= {"extra": dict(session.extra), "skill": session.skill, "exposure": session.exposure, "answers": session.answers}
    row |= {"metrics": {name: asdict(metric) for name, metric in session.metrics.items()}, "cues": session.cues}
    row |= {"findings": [finding.text for finding in session.told.findings], "advice": session.told.advice, "drift": session.told.drift}
    row |= {"score": asdict(session.score) if session.score else None, "verdicts": [asdict(verdict) for verdict in session.verdicts]}
    return json.dumps(row, indent=1, ensure_ascii=False) + "\n"
