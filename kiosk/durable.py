"""What must be on the disk itself after a cut of power. What must not go in: what is written, and how it is made whole."""

import os
from pathlib import Path


def settle(path: Path) -> None:
    """A file's content, or the names in a folder, to the disk itself: a new name is lost in a cut of power without this.

    Raises:
        OSError: the disk refuses.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
