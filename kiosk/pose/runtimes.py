"""Loading a runtime of the network without a change to the arithmetic of everything else.

tflite-runtime 2.14.0 for aarch64 is linked with -ffast-math. Its shared library therefore has a constructor that puts FPCR to 2**24,
"flush to zero": from then on, in the thread that loaded it and all that this one starts, numbers below 2.2e-308 count as 0. numpy
notices and warns; what else computes with them is silently another program than on x86. The network needs none of that.
"""

import ctypes
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

ENVIRONMENT_BYTES = 128
"""Room for C's fenv_t: 8 bytes in glibc on aarch64, 32 on x86_64 (its fenv.h); the rest is reserve, our choice."""


def runtime_module(name: str) -> ModuleType:
    """Import a runtime; how this thread rounds and what it takes for zero stay as they were.

    Raises:
        ImportError: it is not installed.
    """
    with same_arithmetic():
        return importlib.import_module(name)


@contextmanager
def same_arithmetic() -> Iterator[None]:
    """The processor's floating-point modes of this thread are afterwards what they were before, also after an exception.

    Raises:
        OSError: the C library cannot tell or set them.
    """
    c = ctypes.CDLL(None)  # of this process, with C's mathematics: Python itself is linked with it
    modes = (ctypes.c_uint64 * (ENVIRONMENT_BYTES // 8))()
    if c.fegetenv(modes) != 0:
        raise OSError("the C library does not tell the floating-point modes (fegetenv)")
    try:
        yield
    finally:
        if c.fesetenv(modes) != 0:
            raise OSError("the C library does not set the floating-point modes (fesetenv)")
