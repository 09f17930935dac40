"""What all tests share: the made-up runner's module on the path, the folder of test data."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gpiozero.pins.mock import MockFactory

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does; before numpy loads
os.environ["TZ"] = "UTC"  # pages and reports show the station's time; a test that needs another zone sets it
time.tzset()

sys.path.insert(0, str(Path(__file__).parent))

from side_by_side import pytest_collection_modifyitems, pytest_runtest_protocol, pytest_xdist_make_scheduler  # noqa: E402, F401  (hooks of pytest)

DATA = Path(__file__).parent / "data"


@pytest.fixture
def data() -> Path:
    """Folder of the test clips and recordings."""
    return DATA


@pytest.fixture
def pins() -> "Iterator[MockFactory]":
    """A panel's pins that are none; whatever a test puts in their place is let go as well."""
    from gpiozero import Device  # here: few tests have a panel
    from gpiozero.pins.mock import MockFactory

    before = Device.pin_factory
    Device.pin_factory = MockFactory()
    yield Device.pin_factory
    Device.pin_factory.reset()
    Device.pin_factory = before
