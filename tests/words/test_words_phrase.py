"""A phrase is its English text, and remembers enough to be said in another language."""

import copy
import pickle

import pytest

from kiosk.words import Language, Phrase
from kiosk.words import catalogue as catalogues
from kiosk.words.catalogue import translated


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"{label} {value:.{digits}f} {unit}": "{label} {value:.{digits}f} {unit}", "Bounce": "Hub", "legs": "Beinlängen"}
    monkeypatch.setattr(catalogues, "catalogue", lambda language: words)


def test_a_phrase_is_its_english_text() -> None:
    """With values filled in it equals the plain string; without values braces stay."""
    assert Phrase("Cadence {value:.0f}", value=171.2) == "Cadence 171"
    assert Phrase("{side} foot") == "{side} foot"
    assert Phrase("{side} foot").filled(side="left") == "left foot"


def test_phrases_among_the_values_are_translated_and_numbers_get_the_decimal_comma(german: None) -> None:
    """German: the pattern, the phrases in it and the decimal sign; a plain string and an integer stay."""
    text = Phrase("{label} {value:.{digits}f} {unit}", label=Phrase("Bounce"), value=0.125, digits=2, unit=Phrase("legs"))
    assert text == "Bounce 0.12 legs"
    assert translated(text, Language.DE) == "Hub 0,12 Beinlängen"
    assert translated(text, Language.EN) == "Bounce 0.12 legs"


def test_numbers_below_zero_have_a_minus_sign(german: None) -> None:
    """In every language, and no other hyphen becomes one."""
    text = Phrase("run-up {change:+.{digits}f}", change=-0.5, digits=1)
    assert (translated(text, Language.DE), translated(text, Language.EN)) == ("run-up \N{MINUS SIGN}0,5", "run-up \N{MINUS SIGN}0.5")


def test_a_phrase_survives_copies() -> None:
    """Copied and pickled phrases keep pattern and values, also with braces in them."""
    text = Phrase("{a} of {b}", a="{x}", b=2)
    for other in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
        assert (other, other.pattern, other.values) == ("{x} of 2", "{a} of {b}", {"a": "{x}", "b": 2})
