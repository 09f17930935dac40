"""The folder of these tests on the path, for tape_poses.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
