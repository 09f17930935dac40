"""One writer a folder: a second recorder, or a station beside a recorder, is told instead of writing between the first one's files.

The lock is the system's, on the folder itself: it needs no room on a full disk, and ends with the process, also after kill -9.
What must not go in: what is written there.
"""

import fcntl
import os
from pathlib import Path


class FolderTakenError(OSError):
    """Another process writes its recordings to this folder; the message says what to do."""


class Hold:
    """A folder held by this process until `release`, or until the process ends."""

    def __init__(self, folder: Path) -> None:
        """Take the folder.

        Raises:
            FolderTakenError: another process, or another tape of this one, has it.
            OSError: there is no such folder, or its disk knows no locks.
        """
        self._handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.release()
            if not isinstance(error, BlockingIOError):
                raise
            sentence = f"{folder}: another recorder or station writes its recordings there. Stop it, or name another folder."
            raise FolderTakenError(sentence) from None

    def release(self) -> None:
        """Let others have it; again is once."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
