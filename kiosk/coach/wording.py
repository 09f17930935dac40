"""Sentences that send the owner of a kiosk to a command, a setting or a file, in words for the people of a clinic, who have none of them.

What must not go in: sentences that need no other words.
"""

from collections.abc import Mapping

from kiosk.words import Phrase

ASK = Phrase("Have it measured before the next bout by whoever looks after the device.")
AGAIN = Phrase("If this comes again, tell whoever looks after the device.")
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
    "The runner is seen from the {seen}, not from the {view} as set. Set the view to {seen} or auto.": Phrase(
        "The runner is seen from the {seen}, not from the {view}. Choose {seen} for the bout, or move the camera; run again."
    ),
    "This looks like the {seen} view, not the {view} view as set. Set the view to {seen} or move the camera.": Phrase(
        "This looks like the {seen} view, not the {view} view. Choose {seen} for the bout, or move the camera; run again."
    ),
    "The view cannot be told: nobody runs, or the body is not seen from one side. Film from the side, or set the view.": Phrase(
        "The view cannot be told: nobody runs, or the body is not seen from one side."
        " Place the camera straight beside, before or behind the runner."
    ),
    "This looks like slow motion (about {factor:g} times): the runner falls too slowly. Analyse the file at its true speed.": Phrase(
        "This looks like slow motion (about {factor:g} times): the runner falls too slowly. Run again. {again}", again=AGAIN, factor=1.0
    ),
    "This looks like fast forward (about {factor:g} times): the runner falls too fast. Analyse the file at its true speed.": Phrase(
        "This looks like fast forward (about {factor:g} times): the runner falls too fast. Run again. {again}", again=AGAIN, factor=1.0
    ),
    "{fps:.0f} pictures a second are too few; {least:.0f} are needed. Give more light or choose a smaller picture; run again.": Phrase(
        "{fps:.0f} pictures a second are too few; {least:.0f} are needed. Give more light and run again. {again}",
        again=AGAIN,
        fps=0.0,
        least=0.0,
    ),
}
"""Pattern of kiosk/gait -> the phrase for a clinic."""


def spelled(reason: Phrase) -> Phrase:
    """The reason with the view that it begins with as a part of a sentence, not as a bare word."""
    view = reason.values.get("view")
    return reason.filled(**{**reason.values, "view": Phrase("Seen from the {view}", view=view)}) if view else reason


def for_clinic(text: str) -> str:
    """The text in words for a clinic, also where it is a value of another phrase; plain strings by the same table."""
    if not isinstance(text, Phrase):
        return IN_WORDS.get(text, text)
    values = {name: for_clinic(value) if isinstance(value, str) else value for name, value in text.values.items()}
    known = IN_WORDS.get(text.pattern)
    return known.filled(**{**values, "ask": ASK, "again": AGAIN}) if known is not None else text.filled(**values)
