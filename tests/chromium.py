"""Headless Chromium for tests of pages, one profile a browser, and the processes of any Chromium."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from selenium import webdriver

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
needs_chromium = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver")

FLAGS = """
--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --hide-scrollbars
--disable-background-networking --disable-component-update --disable-sync --disable-quic
"""


@contextmanager
def open_chromium(*more_flags: str) -> Iterator[webdriver.Chrome]:
    """A browser that keeps its console's messages and does not wait for streams to end."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.page_load_strategy = "eager"  # a page with a picture stream never finishes loading
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for flag in [*FLAGS.split(), *more_flags, f"--user-data-dir={folder}"]:
            options.add_argument(flag)
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        try:
            yield browser
        finally:
            browser.quit()


def renderer(pid: int) -> int:
    """The process of this Chromium that draws the page: of its renderers, that which worked most (one waits for a second page)."""
    found = {}
    for number in processes(pid):
        with suppress(OSError):
            if "--type=renderer" in Path(f"/proc/{number}/cmdline").read_text():
                state = _state(number)
                found[number] = int(state[11]) + int(state[12])
    return max(found, key=lambda each: found[each])


def processes(pid: int) -> list[int]:
    """Every process of this Chromium that is not a zombie; it was started as the leader of a group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state = _state(int(folder.name))
            if int(state[2]) == pid and state[0] != "Z":
                found.append(int(folder.name))
    return found


def _state(number: int) -> list[str]:
    """Of /proc/NUMBER/stat what follows the name of the program: state, parent, group ..."""
    return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()
