"""The summary as plain lines that fit a QR code."""

from dataclasses import replace

import pytest

from kiosk.coach.rules import RULES
from kiosk.coach.takehome import take_home_lines
from kiosk.screen import Finding, Summary
from kiosk.web.qr import MOST_BYTES, fitting_text
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import translated

CADENCE = Finding(
    Phrase("A long sentence."),
    "cadence_spm",
    True,
    grade="A",
    label=Phrase("Cadence"),
    unit=Phrase("steps a minute"),
    value=171.2,
    spread=1.2,
    low=145.0,
    high=193.0,
)
LEG = {"label": Phrase("Foot ahead of hip"), "unit": Phrase("leg lengths"), "decimals": 2}
LANDING = replace(CADENCE, good=False, value=0.3412, low=0.2, high=0.31, **LEG)
SUMMARY = Summary(
    7,
    754.0,
    1043,
    {},
    (CADENCE, LANDING),
    (),
    next_time=Phrase("Next time: {minutes} minutes.", minutes=2),
    drill=Phrase("Toe taps"),
    advice=Phrase("Ask a professional."),
    code="471108",
)


def test_lines_in_order_of_importance() -> None:
    """What it is, how to come back, what to work on with its band, what is next, the drill, advice, then what was good."""
    assert take_home_lines(SUMMARY) == (
        "Treadside, 12:34 min. Training notes, no medical advice.",
        "Your code: 471 108",
        "Work on: Foot ahead of hip 0.34 leg lengths (typical 0.20 to 0.31)",
        "Next time: 2 minutes.",
        "Drill: Toe taps",
        "Ask a professional.",
        "Good: Cadence 171 steps a minute (typical 145 to 193)",
    )


def test_bands_of_experts_and_ours_are_a_guide() -> None:
    """Grades C and D are never told as typical."""
    lines = take_home_lines(replace(SUMMARY, findings=(replace(LANDING, grade="D"),)))
    assert lines[2] == "Work on: Foot ahead of hip 0.34 leg lengths (our guide 0.20 to 0.31)"


def test_what_to_work_on_is_in_the_code_whatever_else_there_is() -> None:
    """Advice and good lines are cut before the finding to work on, its drill and the next run."""
    full = replace(
        SUMMARY, findings=(CADENCE, CADENCE, LANDING), drill=Phrase("Seilspringen"), advice=Phrase("Stop running while it hurts. " * 6)
    )
    text = fitting_text(take_home_lines(full), Language.DE)
    assert [start in text for start in ("Daran arbeiten: ", "Seilspringen", "Next time", "471 108")] == [True] * 4


def test_german_lines_have_german_numbers() -> None:
    """Every line is a phrase of its own catalogue; numbers inside numbers as well."""
    german = [translated(line, Language.DE) for line in take_home_lines(SUMMARY)]
    assert german[1] == "Dein Code: 471 108"
    assert german[2].startswith("Daran arbeiten: ")
    assert "0,34" in german[2]
    assert "(üblich 0,20 bis 0,31)" in german[2]


def test_what_is_not_known_has_no_line() -> None:
    """Without code, focus and findings two lines are left, the second says why; a finding without numbers is its sentence."""
    bare = Summary(None, 20.0, 2, {}, (), (), refusal="The run was too short.")
    assert take_home_lines(bare)[1:] == ("The run was too short.",)
    plain = take_home_lines(replace(bare, refusal="", findings=(Finding(Phrase("Cadence was typical."), "cadence_spm", True),)))
    assert plain[1:] == ("Good: Cadence was typical.",)
    unbanded = take_home_lines(replace(bare, refusal="", findings=(replace(CADENCE, low=None),)))
    assert unbanded[1:] == ("Good: Cadence 171 steps a minute",)


@pytest.mark.parametrize("language", Language)
def test_the_usual_summary_fits(language: Language) -> None:
    """Code, next time, the longest drill and the two findings with the longest words of the rules table fit without a cut."""
    longest = sorted(RULES, key=lambda rule: -len(translated(rule.label, language)) - len(translated(rule.unit, language)))[:2]
    drill = max((rule.drill for rule in RULES), key=lambda drill: len(translated(drill, language)))
    found = tuple(replace(LANDING, label=rule.label, unit=rule.unit, decimals=rule.decimals) for rule in longest)
    lines = take_home_lines(replace(SUMMARY, findings=found, drill=drill, advice=Phrase("")))
    assert len("\n".join(translated(line, language) for line in lines).encode()) <= MOST_BYTES
