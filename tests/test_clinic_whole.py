"""The clinic's visit with nothing faked but the camera: a real kiosk on the bundled clip, a real browser, a report on paper."""

import urllib.request
from pathlib import Path

import pypdfium2
import pytest

import clinic_protocol
from chromium import needs_chromium, open_chromium
from clinic_protocol import CODE, Bout, run_protocol
from kiosk.data import DEMO_CLIP

pytestmark = needs_chromium


def test_from_a_new_patient_to_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PIN, patient, consent, one bout of 10 s that can be used, a PDF with the code and the cadence; the station never says whose it is."""
    seen: list[str] = []
    bout = clinic_protocol.Physio.bout

    def watched(physio: clinic_protocol.Physio) -> str:
        verdict = bout(physio)
        for path in ("/", "/live.json", "/health", "/words.json", "/api/v1/openapi.json"):
            with urllib.request.urlopen(physio.url + path) as answer:
                seen.append(answer.read().decode())
        return verdict

    monkeypatch.setattr(clinic_protocol.Physio, "bout", watched)
    with open_chromium() as browser:
        browser.set_script_timeout(30)
        (verdict,), pdf = run_protocol(browser, tmp_path / "data", [Bout(DEMO_CLIP, "right")], 10.0)
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]

    assert "can be used" in verdict
    assert len(seen) == 5
    assert not any(CODE.lower() in text.lower() for text in seen)
    assert all(CODE in page for page in pages)
    assert "Cadence 16" in pages[0]
    assert "Forward lean" in pages[1]
    (recording,) = (tmp_path / "data" / "recordings").glob("bout-*.npz")
    assert CODE.encode() not in recording.read_bytes()
