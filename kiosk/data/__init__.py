"""Files that ship with the kiosk: the bundled clip and what is known about it."""

from importlib import resources
from pathlib import Path

DEMO_CLIP = Path(str(resources.files("kiosk.data") / "demo.mp4"))
"""20 s of a rendered runner from the right side; made for Treadside, free to ship."""
DEMO_VIEW = "right"
DEMO_SPEED_KMH = 10.8
"""Belt speed of the rendered runner: 3.0 m/s."""
