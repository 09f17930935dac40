"""One browser for all tests of the page, a fresh kiosk for each."""

from collections.abc import Iterator

import pytest
from page_screen import PATIENCE_S, Screen
from selenium import webdriver
from web_fakes import FakeKiosk, Parts
from web_views import VIEWS

from chromium import open_chromium


@pytest.fixture(scope="session")
def driver() -> Iterator[webdriver.Chrome]:
    with open_chromium() as browser:
        browser.set_script_timeout(PATIENCE_S)
        yield browser


@pytest.fixture(scope="module")
def one_screen(driver: webdriver.Chrome) -> Iterator[Screen]:
    """One page for all tests of a file: a view more is quicker than a page more."""
    kiosk = FakeKiosk(VIEWS["idle"])
    yield Screen(driver, kiosk)
    driver.get("about:blank")
    kiosk.close()


@pytest.fixture
def screen(driver: webdriver.Chrome) -> Iterator[Screen]:
    kiosk = FakeKiosk(VIEWS["idle"])
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    yield Screen(driver, kiosk)
    driver.get("about:blank")
    kiosk.close()


@pytest.fixture
def parts() -> Parts:
    return Parts()
