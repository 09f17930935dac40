"""Files that people and the station both change: written whole or not at all, and kiosk.toml line by line, so that comments stay.

What must not go in: what a value means (kiosk.config checks it), and when something is written.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from kiosk.durable import settle
from kiosk.words import Phrase

BEFORE = ".before"
"""What the old file's name ends in after a change."""


class SettingsError(Exception):
    """A file stays as it was; `sentence` says why and what to do."""

    def __init__(self, sentence: Phrase) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def write_whole(path: Path, data: bytes, mode: int | None = None) -> None:
    """Put the data under this name on the disk; after a cut of power the old content or the new is there, never half.

    Args:
        path: may exist.
        data: the whole content.
        mode: permissions; None those of the file that exists, else the process's own.
            The owner stays, too; of a new file that root writes it is the folder's.

    Raises:
        OSError: it cannot be written; what was there is still there.
    """
    partial = path.with_name(path.name + ".part")
    owner = (path if path.exists() else path.parent).stat()
    if mode is None and path.exists():
        mode = path.stat().st_mode & 0o777
    try:
        with open(partial, "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            if os.geteuid() == 0:  # sudo kiosk calibrate --write: the station's own user must read and write it afterwards
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    settle(path.parent)


def change_section(path: Path, section: str, values: Mapping[str, object]) -> None:
    """Set keys of one section of a TOML file; every other line stays as it is, and the old file stays as `<name>.before`.

    Args:
        path: an existing kiosk.toml; a link is followed.
        section: e.g. "treadmill".
        values: key -> number, text or a tuple of numbers.

    Raises:
        SettingsError: the file is read-only, not TOML, cannot be written, or its section is not plain; nothing was changed.
    """
    path = path.resolve()
    try:
        before = path.read_bytes().decode()
        if not path.stat().st_mode & 0o222:
            raise SettingsError(Phrase("{path} is read-only. Make it writable (chmod u+w), or put the values in by hand.", path=path))
        after = with_keys(before, section, values)
        if not _is_before_with(before, after, section, values):
            raise SettingsError(_not_plain(path, section, values))
        write_whole(path.with_name(path.name + BEFORE), before.encode(), path.stat().st_mode & 0o777)
        write_whole(path, after.encode())
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsError(
            Phrase("{path} cannot be written ({reason}). Its folder must be writable and the disk not full.", path=path, reason=why)
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(Phrase("{path} is no valid TOML ({reason}). Mend it first.", path=path, reason=str(error))) from error


def _is_before_with(before: str, after: str, section: str, values: Mapping[str, object]) -> bool:
    """The changed text says what the old one said, and the new values."""
    wanted = tomllib.loads(before)
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
    if not isinstance(wanted.get(section, {}), dict):
        return False
    wanted[section] = {**wanted.get(section, {}), **plain}
    try:
        return tomllib.loads(after) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _not_plain(path: Path, section: str, values: Mapping[str, object]) -> Phrase:
    lines = ", ".join(f"{key} = {as_toml(value)}" for key, value in values.items())
    return Phrase(
        "{path} has no plain [{section}] section that can be changed. Put in by hand: {lines}.", path=path, section=section, lines=lines
    )


def as_toml(value: object) -> str:
    """A number, a plain text or a tuple of them as TOML writes it."""
    if isinstance(value, tuple):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def with_keys(text: str, section: str, values: Mapping[str, object]) -> str:
    """TOML text with the keys of one section set; comments and everything else stay. The caller checks the result."""
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end_of_line)
    heads = [i for i, line in enumerate(lines) if re.match(r"\s*\[", line)]
    start = next((i for i in heads if re.match(rf"\s*\[\s*{section}\s*\]", lines[i])), None)
    if start is None:
        while lines and not lines[-1]:
            lines.pop()
        lines += [*([""] if lines else []), f"[{section}]", ""]
        start = len(lines) - 2
    end = next((i for i in heads if i > start), len(lines))
    for key, value in values.items():
        at = next((i for i in range(start + 1, end) if re.match(rf"\s*{key}\s*=", lines[i])), None)
        if at is None:
            lines.insert(start + 1, f"{key} = {as_toml(value)}")
            end += 1
        else:
            comment = re.search(r"\s*#.*", lines[at])
            lines[at] = f"{key} = {as_toml(value)}{comment.group() if comment else ''}"
    return end_of_line.join(lines)
