"""Sentences that tell the owner of a kiosk to run a command, in words for the people of a clinic, who have no command line.

What must not go in: sentences that need no other words.
"""

from collections.abc import Mapping

from kiosk.words import Phrase

ASK = Phrase("Have it measured before the next bout by whoever looks after the device.")
IN_WORDS: Mapping[str, Phrase] = {
    "The camera's roll is known to ±{sd_deg:.1f}° only, and changes this with it. Run kiosk calibrate.": Phrase(
        "The camera's roll is known to ±{sd_deg:.1f}° only, and changes this with it. {ask}", ask=ASK, sd_deg=0.0
    ),
    "The camera's roll is known to ±{sd_deg:.1f}° only. Run kiosk calibrate.": Phrase(
        "The camera's roll is known to ±{sd_deg:.1f}° only. {ask}", ask=ASK, sd_deg=0.0
    ),
    "Nobody measured whether the camera stands upright. Run kiosk calibrate.": Phrase(
        "Nobody measured whether the camera stands upright. {ask}", ask=ASK
    ),
    "Nobody measured whether the camera stands upright: sideways lean and tilts are less sure. Run kiosk calibrate.": Phrase(
        "Nobody measured whether the camera stands upright: sideways lean and tilts are less sure. {ask}", ask=ASK
    ),
    "Pelvic drop, shoulder tilt and sideways lean take the camera to stand upright: nobody measured it."
    " Run kiosk calibrate, or give --roll-deg.": Phrase(
        "Pelvic drop, shoulder tilt and sideways lean take the camera to stand upright: nobody measured it. {ask}", ask=ASK
    ),
}
"""Pattern of kiosk/gait -> the phrase for a clinic."""


def for_clinic(text: str) -> str:
    """The text in words for a clinic, also where it is a value of another phrase; plain strings by the same table."""
    if not isinstance(text, Phrase):
        return IN_WORDS.get(text, text)
    values = {name: for_clinic(value) if isinstance(value, str) else value for name, value in text.values.items()}
    known = IN_WORDS.get(text.pattern)
    return known.filled(**{**values, "ask": ASK}) if known is not None else text.filled(**values)
