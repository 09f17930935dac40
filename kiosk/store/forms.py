"""What may be stored of a patient: the rules of the form, each answered with a sentence. Pure: no SQL."""

import math
import re

from kiosk.clinic import HEIGHT_LIMITS_CM, INCLINE_LIMITS_PCT, MOST_NOTES, SPEED_LIMITS_KMH, PatientForm, Refused
from kiosk.words import Phrase

CODE = re.compile(r"[A-Za-z0-9_-]{2,24}")
"""Plain letters only (our choice): such a code is the same bytes on every machine, so a search after a deletion can be trusted."""

NO_CODE = Phrase("The pseudonym “{code}” cannot be used: give 2 to 24 letters (A to Z), digits, - or _, without spaces. No real name.")
TAKEN = Phrase("There is a patient with the pseudonym “{code}” already (capital and small letters count as the same). Choose another.")
NO_HEIGHT = Phrase("The height {value:g} cm cannot be used: give {least:g} to {most:g}, or nothing.")
NO_SPEED = Phrase("The speed {value:g} km/h cannot be used: give {least:g} to {most:g}, or nothing.")
NO_INCLINE = Phrase("The incline {value:g} % cannot be used: give {least:g} to {most:g}.")
LONG_NOTES = Phrase("The notes have {count} characters: at most {most} can be kept. Shorten them.")


def check_form(form: PatientForm) -> None:
    """Refuse a form that breaks a rule.

    Raises:
        Refused: the first rule that is broken, with the value and what is allowed.
    """
    if not CODE.fullmatch(form.code):
        raise Refused(NO_CODE.filled(code=form.code[:40]))
    _check(NO_HEIGHT, form.height_cm, *HEIGHT_LIMITS_CM)
    _check(NO_SPEED, form.speed_kmh, *SPEED_LIMITS_KMH)
    _check(NO_INCLINE, form.incline_pct, *INCLINE_LIMITS_PCT)
    if len(form.notes) > MOST_NOTES:
        raise Refused(LONG_NOTES.filled(count=len(form.notes), most=MOST_NOTES))


def _check(sentence: Phrase, value: float | None, low: float, high: float) -> None:
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        raise Refused(sentence.filled(value=value, least=low, most=high))
