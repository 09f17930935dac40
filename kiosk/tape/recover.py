"""What a crash or a cut of power left: journals become recordings, videos end after their last whole fragment, rests go."""

import itertools
from collections.abc import Callable
from pathlib import Path

from kiosk.durable import settle
from kiosk.tape.film import mend, reason_of
from kiosk.tape.journal import SUFFIX, JournalError, is_locked, read
from kiosk.tape.segment import Save

DAMAGED = ".damaged"
"""Added to the name of a journal that nobody can read: it is kept for a person to look at."""
SMALLEST_VIDEO = 200_000
"""A lone video below this may be one that was cut in its first second; a larger one is not looked at (our choice)."""


def recover(folder: Path, save: Save, told: Callable[[str], None] = lambda line: None) -> tuple[Path, ...]:
    """Make recordings of all journals that nobody writes any more, and mend the videos beside them.

    A file that the disk refuses stays as it is, for the next time.

    Args:
        folder: where a tape wrote; a folder that is not there holds nothing.
        save: writes a recording, as for the tape.
        told: takes a line for the log about each file.

    Returns:
        The recordings that were made.
    """
    made = []
    for journal in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            if is_locked(journal):  # another recorder is at work
                continue
            recording = _recording_of(journal, save, told)
            _mend(journal.with_suffix(".mp4"), told)
        except OSError as error:
            told(f"{journal.name}: not recovered ({reason_of(error)}); it is tried again at the next start.")
            continue
        if recording is not None:
            made.append(recording)
    _remove_rests(folder, told)
    return tuple(made)


def _recording_of(journal: Path, save: Save, told: Callable[[str], None]) -> Path | None:
    """The recording of a journal; None when there is no pose in it."""
    try:
        facts, series = read(journal)
    except JournalError as error:
        _set_aside(journal, error, told)
        return None
    target = journal.with_suffix(".npz") if len(series.t_s) else None
    if target is not None and not _is_made(target, journal):
        target = _free(target)
        save(target, series, facts)
        settle(journal.parent)
        told(f"{target.name}: recovered, {len(series.t_s)} poses.")
    journal.unlink()
    return target


def _is_made(target: Path, journal: Path) -> bool:
    """True when only the removal of the journal is missing: recordings are written whole, and this one is newer."""
    return target.exists() and target.stat().st_mtime >= journal.stat().st_mtime


def _free(path: Path) -> Path:
    """The path, or with a number when somebody else's file has this name: `a.npz`, `a-2.npz`, ..."""
    numbered = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))
    return next(free for free in itertools.chain([path], numbered) if not free.exists())


def _set_aside(journal: Path, error: JournalError, told: Callable[[str], None]) -> None:
    """An empty beginning goes; anything more is kept under another name."""
    if b"\n" not in journal.read_bytes():
        journal.unlink()
        return
    journal.rename(journal.with_name(journal.name + DAMAGED))
    told(f"{error} It is kept as {journal.name}{DAMAGED}.")


def _mend(video: Path, told: Callable[[str], None]) -> None:
    if video.exists() and not mend(video):
        video.unlink()
        told(f"{video.name}: removed, no picture had reached the disk.")


def _remove_rests(folder: Path, told: Callable[[str], None]) -> None:
    """Halves of recordings, and videos that were cut before their first whole fragment."""
    for rest in sorted(folder.glob("*.npz.part")):
        rest.unlink(missing_ok=True)
    for video in sorted(folder.glob("*.mp4")):
        alone = not any(video.with_suffix(suffix).exists() for suffix in (".npz", SUFFIX))
        if alone and video.stat().st_size < SMALLEST_VIDEO and _is_a_beginning(video.read_bytes()):
            _mend(video, told)


def _is_a_beginning(data: bytes) -> bool:
    """True for what our writer has made in its first second: a header for fragments ("mvex"), or less. Other people's videos hold data."""
    return b"mvex" in data or b"mdat" not in data
