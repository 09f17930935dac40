"""The soak of an hour, cut to a minute of few frames: it really runs a session, stores it, and tells both kinds of time."""

from pathlib import Path

import pytest

import soak_hour
from kiosk.store import sessions


def test_a_minute_of_soak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session is in the store with the runner's cadence; looks come twice a second after the first 4 s."""
    monkeypatch.setattr(soak_hour, "FPS", 10)
    result = soak_hour.soak(1, tmp_path)
    (stored,) = sessions(tmp_path)
    assert stored.state == "done"
    assert stored.metrics["cadence_spm"].value == pytest.approx(165, abs=1)
    first = result["first"]
    assert first["looks_a_frame_ms"] == pytest.approx(first["look_median_ms"] * 112 / 600, rel=0.05)
    assert 0 < first["frame_median_ms"] < first["look_median_ms"]
    assert result["resident_mb"].keys() == {1}
    assert next(iter(soak_hour.lines(result))).startswith("1 min of a session at 10 frames/s")
