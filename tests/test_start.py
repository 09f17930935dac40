"""A start of the station does only what a start needs: the page must be back within five seconds of kill -9, on a Pi too."""

import subprocess
import sys

UNNEEDED = (
    *("av", "cryptography", "fpdf", "pyzipper", "sounddevice", "bleak", "gpiozero", "scipy", "babel", "asyncio", "cheroot", "flask_wtf"),
    *("kiosk.report.page", "kiosk.report.as_html", "kiosk.batch", "kiosk.bouts", "kiosk.desk.files", "kiosk.web.clinic"),
)
"""What belongs to reading and writing video, certificates, PDF, zip, sound, Bluetooth, pins, the clinic, reports."""


def test_a_start_loads_no_library_that_it_does_not_need() -> None:
    """Together they took a third of the time that a start needs to load its libraries, with what `kiosk run` does around it."""
    loaded = "import sys, kiosk.__main__, kiosk.app, kiosk.waiting"
    script = f"{loaded}\nwith kiosk.__main__.sentences(): print([name for name in {UNNEEDED} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
