"""`kiosk token`: keys for scripts that use the API. A key is shown once; the store keeps a hash.

What must not go in: how keys are made and checked (kiosk/store/clinic.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from kiosk.cli import Failed, config_option, load_config, sentences
from kiosk.clinic import LONGEST_NAME, Refused
from kiosk.config import Config, data_folder, recordings_folder

SCOPES = ("read", "control")
IN_USE = "While it runs, make and revoke keys on the clinic's page (docs/clinic.md)."


@click.group()
def token() -> None:
    """Make, list and revoke the keys of scripts (docs/api.md)."""


@token.command()
@config_option
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="What it is for; give both for both.")
def add(config_path: Path | None, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key for the script NAME and show it, once."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise click.UsageError(f"NAME says which script uses the key: 1 to {LONGEST_NAME} letters, on one line.")
    with _keys(load_config(config_path)) as keys:
        key = keys.add_token(name, tuple(scope for scope in SCOPES if scope in scopes))
    click.echo("This key is shown once; the kiosk keeps only its hash:", err=True)
    click.echo(key)


@token.command("list")
@config_option
def show(config_path: Path | None) -> None:
    """Show number, scopes, day and name of every key, never a key itself."""
    with _keys(load_config(config_path)) as keys:
        rows = keys.tokens()
    for row in rows:
        click.echo(f"{row.id:4}  {','.join(row.scopes):12}  {row.made_day}  {row.name}")
    if not rows:
        click.echo("There are no keys: `kiosk token add NAME --scope read` makes one.")


@token.command()
@config_option
@click.argument("number", type=click.IntRange(1, 2**63 - 1), metavar="ID")
def revoke(config_path: Path | None, number: int) -> None:
    """Make the key with this ID useless, at once."""
    with _keys(load_config(config_path)) as keys:
        if number not in [row.id for row in keys.tokens()]:
            raise Failed(f"there is no key {number}: `kiosk token list` shows all.")
        keys.revoke_token(number)
    click.echo(f"Key {number} is revoked.")


@contextmanager
def _keys(config: Config) -> Iterator[Any]:
    """The store of keys, held by this process alone; what can go wrong is one sentence."""
    from kiosk.store import ClinicStore, SessionStore, StoreError

    with sentences():
        try:
            store = SessionStore.open(data_folder(config.store))
        except StoreError as error:
            raise Failed(f"{error} {IN_USE}" if "another kiosk" in str(error) else str(error)) from None
        try:
            yield ClinicStore(store, recordings_folder(config))
        except Refused as refused:
            raise Failed(str(refused.sentence)) from None
        finally:
            store.close()
