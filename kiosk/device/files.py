"""Small files of the kernel: read whole, or not there. What must not go in: what their text means."""

from pathlib import Path

ROOT = Path("/")


def text_of(path: Path) -> str | None:
    """The text without spaces and NULs at its ends; None when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip(" \t\r\n\0")
    except OSError:  # not on this machine, or its driver has no value now
        return None


def number_of(path: Path) -> float | None:
    """The number in the file; None when it cannot be read or is none."""
    text = text_of(path)
    try:
        return float(text) if text else None
    except ValueError:
        return None
