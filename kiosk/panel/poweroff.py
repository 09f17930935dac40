"""Switch the device off: the only place that does. It is called after the store is closed."""

import subprocess
from collections.abc import Sequence

from kiosk.panel.outputs import first_line
from kiosk.words import NOTHING, Phrase

LONGEST_S = 15.0
"""`systemctl poweroff` answers at once; a command that does not is given up (our choice)."""


def shut_down(command: Sequence[str], timeout_s: float = LONGEST_S) -> Phrase:
    """Run [panel] shutdown_command, without a shell.

    Returns:
        NOTHING when the command was taken, then the system is on its way down; else a sentence that says why not.
    """
    if not command:
        return Phrase("Switching off is not set up here: [panel] shutdown_command is empty.")
    try:
        done = subprocess.run(list(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        return _refused(Phrase("no answer within {seconds:.0f} s", seconds=timeout_s))
    except OSError as error:
        return _refused(first_line(error))
    if done.returncode == 0:
        return NOTHING
    said = (done.stderr or done.stdout).strip().splitlines()
    return _refused(said[0][:120] if said else Phrase("exit code {code}", code=done.returncode))


def _refused(reason: str) -> Phrase:
    return Phrase("The device could not be switched off ({reason}). Ask the staff; do not pull the plug while it works.", reason=reason)
