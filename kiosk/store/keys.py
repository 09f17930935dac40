"""Keys for scripts and the secrets of the pages. A key itself is never stored, only its SHA-256."""

import hashlib
import hmac
import secrets
import sqlite3
from datetime import date

from kiosk.clinic import LONGEST_NAME, Refused, Token
from kiosk.store.database import key as key_of
from kiosk.words import Phrase

SCOPES = ("read", "control")
"""What a key may be for."""
KEY_BYTES = 32
"""256 random bits: such a key needs no slow hash, it cannot be guessed."""

NO_NAME = Phrase("The key's name “{name}” cannot be used: give 1 to {most} characters.")
NO_SCOPE = Phrase("“{scope}” is nothing a key can be for: choose read, control or both.")
NO_TOKEN = Phrase("There is no key number {number}. It may have been taken back already.")


def hashed(key: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def add_token(database: sqlite3.Connection, name: str, scopes: tuple[str, ...], day: date) -> str:
    """Store a new key; returns it, to be shown once.

    Raises:
        Refused: the name or a scope cannot be used.
    """
    if not (1 <= len(name.strip()) <= LONGEST_NAME and name.isprintable()):
        raise Refused(NO_NAME.filled(name=name[:60], most=LONGEST_NAME))
    for scope in scopes or ("",):
        if scope not in SCOPES:
            raise Refused(NO_SCOPE.filled(scope=scope[:40]))
    key = secrets.token_urlsafe(KEY_BYTES)
    row = (name.strip(), " ".join(dict.fromkeys(scopes)), hashed(key), day.isoformat())
    database.execute("INSERT INTO token (name, scopes, key_sha256, made_day) VALUES (?,?,?,?)", row)
    return key


def tokens(database: sqlite3.Connection) -> tuple[Token, ...]:
    """All keys by their names, oldest first; not the keys themselves."""
    rows = database.execute("SELECT id, name, scopes, made_day FROM token ORDER BY id")
    return tuple(Token(number, name, tuple(scopes.split()), day) for number, name, scopes, day in rows)


def revoke_token(database: sqlite3.Connection, token_id: int) -> None:
    """Take a key back.

    Raises:
        Refused: there is no such key.
    """
    if not database.execute("DELETE FROM token WHERE id = ?", (key_of(token_id),)).rowcount:
        raise Refused(NO_TOKEN.filled(number=token_id))


def scopes_of(database: sqlite3.Connection, key: str) -> tuple[str, ...] | None:
    """What a key may do; None when there is no such key. Takes as long for a wrong key as for a right one."""
    wanted, found = hashed(key), None
    for stored, scopes in database.execute("SELECT key_sha256, scopes FROM token"):
        if hmac.compare_digest(stored, wanted):
            found = tuple(scopes.split())
    return found


def secret(database: sqlite3.Connection, name: str) -> str | None:
    """A value that pages keep; None when there is none."""
    row = database.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else None


def keep_secret(database: sqlite3.Connection, name: str, value: str) -> None:
    """Keep a value in place of the last one of this name; "" forgets it."""
    if value:
        database.execute("INSERT OR REPLACE INTO secret VALUES (?,?)", (name, value))
    else:
        database.execute("DELETE FROM secret WHERE name = ?", (name,))
