"""What changed within a run, in words."""

from kiosk.coach.tiring import drift_words, fade_finding
from kiosk.gait.drift import Drift


def drift(change: float, error: float = 1.0, *, sure: bool = True) -> Drift:
    return Drift(change, error, 40, sure)


def test_only_sure_drifts_are_told_the_surest_first():
    """Contact drifts by 9 errors, cadence by 4; lean is not sure."""
    words = drift_words({"cadence_spm": drift(4), "contact_ms": drift(9), "trunk_lean_deg": drift(-2, sure=False)})
    assert words == (
        "Contact time: 9 ms more at the end than at the start.",
        "Cadence: 4 steps a minute more at the end than at the start.",
    )


def test_a_drift_to_the_watched_side_brings_the_reset():
    """Slower steps at the end: said, with the cue for tired form, and as a finding."""
    found = {"cadence_spm": drift(-6)}
    assert drift_words(found)[-1] == "Form may fade when you tire: Reset: tall and relaxed."
    line = fade_finding(found)
    assert line is not None
    assert (line.metric, line.good, line.drill) == ("cadence_spm", False, "Shake-out")


def test_nothing_sure_says_nothing():
    """A short run has no drift."""
    assert drift_words({"cadence_spm": Drift(reason="too short")}) == ()
    assert fade_finding({"cadence_spm": drift(6)}) is None


def test_never_more_than_three_lines():
    """Five sure drifts, one of them outward: two numbers and the reset."""
    names = ("cadence_spm", "contact_ms", "overstride_ratio", "bounce_ratio", "knee_stance_peak_deg")
    assert len(drift_words({name: drift(5) for name in names})) == 3
