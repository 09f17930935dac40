"""Which machine this is, as far as speed goes by it. No name and no path of it."""

import math
import os
import platform
from pathlib import Path

from kiosk import __version__
from kiosk.bench.results import Facts
from kiosk.device import memory, model
from kiosk.device.files import ROOT, text_of
from kiosk.threads import cores

MB = 1024.0 * 1024.0


def facts(root: Path = ROOT) -> Facts:
    """Of this machine, now."""
    found = memory(root)
    return Facts(
        board=model(root) or _value(text_of(root / "proc/cpuinfo") or "", "model name", ":") or platform.machine(),
        cores=cores(),
        memory_mb=found.total_bytes / MB if found is not None else math.nan,
        system=f"{_value(text_of(root / 'etc/os-release') or '', 'PRETTY_NAME', '=') or platform.system()}, {platform.machine()}",
        python=platform.python_version(),
        program=__version__,
        load=os.getloadavg()[0],
    )


def _value(text: str, name: str, sign: str) -> str:
    """Of the first line "name sign value"; "" when there is none."""
    pairs = (line.partition(sign) for line in text.splitlines())
    return next((value.strip().strip('"') for key, _, value in pairs if key.strip() == name), "")
