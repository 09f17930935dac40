"""Checks of what is kept: the settings file, room on the disk, the data folder, the database, its backups."""

import errno
import os
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from kiosk.config import data_folder
from kiosk.device import LOW_DISK_BYTES
from kiosk.device import disk as space
from kiosk.doctor.case import Case
from kiosk.health import Check, Level
from kiosk.store.backups import COPY, FOLDER
from kiosk.store.database import DAMAGED, MIGRATIONS, NAME, reason
from kiosk.words import Phrase

GB = 1e9
MB = 1e6
SHORT_GB = 0.2
"""Below it a run may not be stored; a note comes before it, by kiosk/device/room.py (our choice: a session takes about a megabyte)."""
TIMER = "etc/systemd/system/kiosk-daily.timer"
OLD_DAYS = 3.0
"""The timer makes one a day; after three a day off is no excuse (our choice)."""
CLOSED = Phrase("{folder} belongs to the station; this user may not look into it.")
AS_ROOT = Phrase("Look with more rights: sudo kiosk doctor")
ROOM = Phrase("Make room: delete old recordings, or set keep_days or keep_gb under [recorder] in kiosk.toml lower.")
ROOM_OR_RESTART = Phrase("Look at the line about the disk and make room. If there is enough, switch the device off and on again.")
WORN = Phrase("A worn SD card is switched to reading only by the system. Restart the device; if it happens again, replace the card.")
RIGHTS = Phrase("Give the folder to the station's user: sudo chown -R kiosk: {folder}")
RESTORE = Phrase("Stop the station and put a backup in its place, or move the file away to start a new one; nothing is deleted.")


def settings(case: Case) -> Check:
    """kiosk.toml can be read, knows all its keys, and can be written by `kiosk calibrate`."""
    path = case.settings.path
    if case.settings.problem:
        lines = " ".join(case.settings.problem.split())
        help_ = Phrase("Mend the file: until then the station does not start, and what depends on it is not looked at.")
        return Check("settings", Level.WRONG, Phrase("{said}", said=lines), help_)
    if path is None:
        return Check("settings", Level.ABSENT, Phrase("No settings file, the defaults hold (kiosk doctor --config FILE looks at one)."))
    if case.settings.changed:
        found = Phrase("{file} was changed after the station started.", file=path)
        return Check(
            "settings",
            Level.NOTE,
            found,
            Phrase("It holds from the next start on: switch the device off and on (or: sudo systemctl restart kiosk)."),
        )
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        found = Phrase("{file} is right, but cannot be written by this user.", file=path)
        help_ = Phrase("Only needed for calibrating: run it as the user who owns {folder}.", folder=path.parent)
        return Check("settings", Level.NOTE, found, help_)
    return Check("settings", Level.OK, Phrase("{file} can be read, has no unknown keys, and can be written.", file=path))


def disk(case: Case) -> Check:
    """Room for the next weeks, and whether the disk takes anything at all."""
    folder = _existing(data_folder(case.config.store))
    told = space(folder)
    if told is None:
        return Check("disk", Level.WRONG, Phrase("The disk of {folder} does not answer.", folder=folder), WORN)
    read_only = bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    free_gb = told.free_bytes / GB
    found = Phrase("{free_gb:.1f} GB are free where {folder} is.", free_gb=free_gb, folder=folder)
    if read_only:
        return Check("disk", Level.WRONG, Phrase("The disk of {folder} can only be read.", folder=folder), WORN, free_gb, "GB")
    if free_gb < SHORT_GB:
        return Check("disk", Level.WRONG, found, ROOM, free_gb, "GB")
    if told.free_bytes < LOW_DISK_BYTES:
        return Check("disk", Level.NOTE, found, ROOM, free_gb, "GB")
    return Check("disk", Level.OK, found, value=free_gb, unit="GB")


def data(case: Case) -> Check:
    """A file can really be written into the data folder; who may read it; how much is there."""
    folder = data_folder(case.config.store)
    if trouble := case.running.notices.get("store") or case.running.notices.get("clinic"):
        found = trouble if isinstance(trouble, Phrase) else Phrase("{said}", said=trouble)
        return Check("data", Level.WRONG, found, ROOM_OR_RESTART)
    if not folder.exists():
        return _not_yet(folder)
    if is_closed(folder):
        return Check("data", Level.NOTE, CLOSED.filled(folder=folder), AS_ROOT)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as probe:
            probe.write(b"x" * 4096)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        help_ = {errno.ENOSPC: ROOM, errno.EROFS: WORN}.get(error.errno or 0, RIGHTS.filled(folder=folder))
        found = Phrase("Nothing can be written to {folder} ({reason}).", folder=folder, reason=error.strerror or str(error))
        return Check("data", Level.WRONG, found, help_)
    used_mb = _size(folder) / MB
    found = Phrase("{folder} can be written; it holds {used_mb:.1f} MB.", folder=folder, used_mb=used_mb)
    if folder.stat().st_mode & 0o077:
        help_ = Phrase("Other users of this device can look into it. Close it: sudo chmod 700 {folder}", folder=folder)
        return Check("data", Level.NOTE, found, help_, used_mb, "MB")
    return Check("data", Level.OK, found, value=used_mb, unit="MB")


def database(case: Case) -> Check:
    """SQLite's own quick check of the file, and its version."""
    path = data_folder(case.config.store) / NAME
    if is_closed(path.parent):
        return Check("database", Level.ABSENT, CLOSED.filled(folder=path.parent))
    if not path.exists():
        return Check("database", Level.ABSENT, Phrase("Nothing is stored yet."))
    try:
        with closing(_opened(path)) as connection:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            count = int(connection.execute("SELECT count(*) FROM session").fetchone()[0]) if version and said == "ok" else 0
    except DAMAGED as error:
        found = Phrase("{file} cannot be read ({reason}).", file=path, reason=reason(error))
        return Check("database", Level.WRONG, found, RESTORE)
    if said != "ok":
        return Check("database", Level.WRONG, Phrase("{file} is damaged.", file=path), RESTORE)
    if version > MIGRATIONS[-1][0]:
        found = Phrase("{file} was made by a newer Treadside.", file=path)
        return Check("database", Level.WRONG, found, Phrase("Install the newer version again."))
    return Check("database", Level.OK, Phrase("The database is whole; runs stored: {count}.", count=count), value=count)


def backups(case: Case) -> Check:
    """The newest copy of the database."""
    folder = data_folder(case.config.store)
    if is_closed(folder):
        return Check("backups", Level.ABSENT, CLOSED.filled(folder=folder))
    try:
        found = [path.stat().st_mtime for path in (folder / FOLDER).iterdir() if COPY.fullmatch(path.name)]
    except OSError:
        found = []
    if not found:
        if not (folder / NAME).exists():
            return Check("backups", Level.ABSENT, Phrase("There is nothing to copy yet."))
        if not (case.machine.root / TIMER).exists():
            return Check("backups", Level.ABSENT, Phrase("There is no backup: this is no installed station, whose timer makes one a day."))
        help_ = Phrase("The daily timer makes one: sudo systemctl enable --now kiosk-daily.timer")
        return Check("backups", Level.NOTE, Phrase("There is no backup of the database."), help_)
    days = (case.machine.now() - datetime.fromtimestamp(max(found), UTC)).total_seconds() / 86400
    said = Phrase("The newest of {count} backups is {days:.1f} days old.", count=len(found), days=days)
    if days > OLD_DAYS:
        help_ = Phrase("The daily timer makes one: sudo systemctl enable --now kiosk-daily.timer")
        return Check("backups", Level.NOTE, said, help_, days, "days")
    return Check("backups", Level.OK, said, value=days, unit="days")


def is_closed(folder: Path) -> bool:
    """It is there, and this user may not look into it."""
    return os.path.isdir(folder) and not os.access(folder, os.R_OK | os.X_OK)


def _not_yet(folder: Path) -> Check:
    parent = _existing(folder)
    if os.access(parent, os.W_OK):
        return Check("data", Level.ABSENT, Phrase("{folder} is not there yet: the station makes it.", folder=folder))
    found = Phrase("{folder} is not there, and this user cannot make it.", folder=folder)
    return Check("data", Level.WRONG, found, Phrase("Set [store] folder in kiosk.toml to a folder that the station's user can write."))


def _opened(path: Path) -> sqlite3.Connection:
    """Without leaving anything behind: beside a file that nobody uses, SQLite would make files of its own, owned by whoever looks."""
    used = path.with_name(path.name + "-wal").exists()
    return sqlite3.connect(f"{path.resolve().as_uri()}?{'mode=ro' if used else 'immutable=1'}", uri=True, timeout=5.0)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir())


def _size(folder: Path) -> int:
    """Bytes of all files below; what cannot be looked at, or goes away meanwhile, counts nothing."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(base, name)).st_size
            except OSError:
                continue
    return total
