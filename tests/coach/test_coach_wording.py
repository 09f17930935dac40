"""Sentences of the measuring as a clinic reads them: no command, no setting, no file."""

import re

import pytest

from kiosk.coach.wording import IN_WORDS, for_clinic
from kiosk.gait import bout_quality, refusals, tilt
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import translated

SENTENCES = {row.sentence.pattern for row in refusals.REFUSALS} | {
    value.pattern for module in (bout_quality, tilt) for value in vars(module).values() if isinstance(value, Phrase) and value
}
MACHINE = r"kiosk|--|\bauto\b|[Ss]et the view|as set|\bfile\b|smaller picture|kleineres Bild|automatisch|eingestellt|einstellen|Datei"
VALUES = {
    "fps": 9.0,
    "least": 15.0,
    "factor": 2.0,
    "seen": refusals.DIRECTIONS["rear"],
    "view": refusals.DIRECTIONS["front"],
    "side": "left",
}
VALUES |= {
    "seconds": 3.0,
    "strides": 4,
    "leg_px": 30.0,
    "n": 2,
    "good": 7,
    "sd_deg": 1.2,
    "roll_deg": 25.0,
    "most_deg": 20.0,
    "yaw_deg": 20.0,
}
VALUES |= {"ordered": 20.0, "share_pct": 50.0, "known": 1, "all": 3, "low": 2, "spm": 3.0, "why": "because"}


@pytest.mark.parametrize("language", list(Language))
def test_no_sentence_of_the_measuring_sends_a_clinic_to_a_setting(language: Language) -> None:
    """Whatever refusals.py, bout_quality.py and tilt.py can say, alone and inside a verdict; nothing stays unfilled."""
    inner = [translated(for_clinic(Phrase(each, **VALUES)), language) for each in SENTENCES]
    outer = [translated(for_clinic(bout_quality.REFUSED.filled(why=Phrase(each, **VALUES))), language) for each in SENTENCES]
    assert len(inner) > 40
    assert [text for text in inner + outer if re.search(MACHINE + r"|\{", text)] == []


def test_the_view_is_chosen_on_the_page() -> None:
    """What was seen and what was asked for are kept."""
    said = for_clinic(refusals.say("wrong_side", seen="left", view="right"))
    assert said == "The runner is seen from the left, not from the right. Choose left for the bout, or move the camera; run again."


def test_every_row_is_a_sentence_of_the_measuring() -> None:
    """A sentence that was reworded there leaves no dead row here."""
    elsewhere = {pattern for pattern in IN_WORDS if "give --roll-deg" in pattern}
    assert set(IN_WORDS) - elsewhere <= SENTENCES
