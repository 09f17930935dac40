"""Which board this is, and since when it runs."""

from pathlib import Path

from kiosk.device.files import ROOT, text_of


def model(root: Path = ROOT) -> str | None:
    """What the board calls itself, e.g. "Raspberry Pi 5 Model B Rev 1.0"; None on a machine without a device tree."""
    return text_of(root / "proc/device-tree/model") or None


def uptime_s(root: Path = ROOT) -> float | None:
    """Seconds since the system started; None where it does not tell."""
    words = (text_of(root / "proc/uptime") or "").split()
    try:
        return float(words[0]) if words else None
    except ValueError:
        return None
