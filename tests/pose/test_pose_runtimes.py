"""Loading a runtime leaves the arithmetic of the process alone."""

import importlib
import importlib.util
import platform
import sys
from pathlib import Path

import numpy as np
import pytest

from kiosk.config import PoseConfig
from kiosk.pose.movenet import RUNTIMES, Network, Runtime
from kiosk.pose.runtimes import runtime_module, same_arithmetic

SMALLEST = float.fromhex("0x1p-1074")
"""The smallest number above 0 of IEEE 754's double precision."""
FLUSH = {"x86_64": (7, 0x8040), "aarch64": (0, 1 << 24)}
"""Of glibc's fenv_t by machine: the 32-bit word and its bits that make small numbers 0 (MXCSR: FTZ and DAZ; FPCR: FZ)."""
FAST_MATH = """
import ctypes
c = ctypes.CDLL(None)
words = (ctypes.c_uint32 * 32)()
c.fegetenv(words)
words[{word}] |= {bits}
c.fesetenv(words)
"""
"""A module that does what the constructor of a library linked with -ffast-math does."""


def counts(number: float) -> bool:
    """Whether the processor takes it for more than 0."""
    return number * 1.0 > 0.0


@pytest.fixture
def fast_math(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of such a module."""
    word, bits = FLUSH[platform.machine()]
    (tmp_path / "made_fast_math.py").write_text(FAST_MATH.format(word=word, bits=bits))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "made_fast_math", raising=False)
    return "made_fast_math"


def test_a_library_with_fast_math_changes_nothing(fast_math: str) -> None:
    """Small numbers still count after it was loaded; loaded plainly, it takes them for 0."""
    runtime_module(fast_math)
    assert counts(SMALLEST)
    with same_arithmetic():
        del sys.modules[fast_math]
        importlib.import_module(fast_math)
        plain = counts(SMALLEST)
    assert not plain
    assert counts(SMALLEST)


def test_modes_come_back_when_loading_fails(fast_math: str, tmp_path: Path) -> None:
    """A library that is loaded and then refuses leaves nothing behind either."""
    module = tmp_path / f"{fast_math}.py"
    module.write_text(f"{module.read_text()}raise ImportError('no such processor')")
    with pytest.raises(ImportError, match="no such processor"):
        runtime_module(fast_math)
    assert counts(SMALLEST)


@pytest.mark.parametrize("row", RUNTIMES, ids=lambda row: row.name)
def test_no_runtime_takes_small_numbers_for_zero(row: Runtime) -> None:
    """Each installed runtime, loaded and run once. (On aarch64 tflite-runtime would; elsewhere this sees nothing.)"""
    if importlib.util.find_spec(row.module.split(".")[0]) is None:
        pytest.skip(f"{row.name} has no wheel for this Python")
    network = Network(PoseConfig(runtime=row.name, threads=1))  # type: ignore[arg-type]
    network(np.zeros((network.side_px, network.side_px, 3), np.uint8))
    assert counts(SMALLEST)
