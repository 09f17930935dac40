"""The report as a web page in a real browser: nothing sticks out, no word is cut."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clinic_documents import document
from selenium import webdriver

from chromium import needs_chromium, open_chromium
from kiosk.report.as_html import html
from kiosk.words import Language

WIDTHS_PX = (360, 800, 1280)
"""A phone, a narrow window, a screen."""
CUT = """
const style = document.createElement("style");
style.textContent = "* { overflow-wrap: normal !important; hyphens: none !important }";
document.head.append(style);
const cells = [...document.querySelectorAll("td, th, dt, h1, h2, h3, p")];
return cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent);
"""
"""Texts with a word that is wider than its place: it could stay inside only in two pieces."""


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """One browser for all pages."""
    with open_chromium() as opened:
        yield opened


@needs_chromium
@pytest.mark.parametrize("width_px", WIDTHS_PX)
@pytest.mark.parametrize("language", Language)
def test_no_word_is_cut(browser: webdriver.Chrome, tmp_path: Path, language: Language, width_px: int) -> None:
    """The longest report, in both languages: every word fits into its cell, and the page is no wider than the window."""
    page = tmp_path / "report.html"
    page.write_text(html(document("retest", language)), encoding="utf-8")
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width_px, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    browser.get(page.as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width_px
    assert browser.execute_script(CUT) == []
