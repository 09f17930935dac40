"""Threads share the C library's pools of memory: what one frees another takes."""

import platform
import re
import subprocess
import sys

import pytest

THREADS = 8
SCRIPT = f"""
import ctypes, sys
from kiosk.threads import Latest, Worker, pool_memory

if sys.argv[1] == "pooled":
    pool_memory()
held, ready = [], [Latest() for _ in range({THREADS})]

def work(stop, i):
    held.append(bytearray(100_000))
    ready[i].publish(True)
    stop.wait(30.0)

workers = [Worker("one", lambda stop, i=i: work(stop, i)).start() for i in range({THREADS})]
assert all(each.newer(0, 20.0)[1] for each in ready)
ctypes.CDLL(None).malloc_stats()
for worker in workers:
    worker.stop()
"""


def pools(how: str) -> int:
    """Of a process whose threads all hold memory at once."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, check=True)
    return len(re.findall(r"^Arena \d+:", done.stderr, re.MULTILINE))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="pools for each thread are glibc's")
def test_all_threads_share_two_pools() -> None:
    """Eight threads that hold memory at once: two pools; without us more."""
    assert pools("pooled") <= 2 < pools("alone")
