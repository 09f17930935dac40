"""Three taps after the run: where, how much, when. They feed the next choice of focus.

What must not go in: a diagnosis; anything that sounds like one.
"""

from collections.abc import Mapping

from kiosk.screen import Menu, Option
from kiosk.words import NOTHING, Phrase

SORE_NOWHERE = "nothing"
HURTS = "hurts"

# Where and the links to form: COACHING.md, end ("after the run ask three taps") and idea 8. "Nothing" stands first: it is the most
# frequent answer, and one press of start then takes it (our choice).
QUESTIONS: tuple[Menu, ...] = (
    Menu(
        "sore_where",
        Phrase("Is anything sore?"),
        (
            Option(SORE_NOWHERE, Phrase("Nothing")),
            Option("thigh_sole", Phrase("Front thigh or sole")),
            Option("hip", Phrase("Front of the hip")),
            Option("shin_knee", Phrase("Shin or kneecap")),
            Option("low_back", Phrase("Low back")),
            Option("neck", Phrase("Neck")),
        ),
        more=Phrase("It helps to choose what comes next. No diagnosis."),
    ),
    Menu(
        "sore_how",
        Phrase("How much?"),
        (Option("little", Phrase("A little")), Option("clearly", Phrase("Clearly")), Option(HURTS, Phrase("It hurts"))),
    ),
    Menu("sore_when", Phrase("When?"), (Option("during", Phrase("During the run")), Option("after", Phrase("After the run")))),
)

MAY_GO_WITH: Mapping[str, tuple[str, ...]] = {
    "thigh_sole": ("lean",),
    "hip": ("lean", "drive"),
    "shin_knee": ("close", "soft"),
    "low_back": ("spine",),
    "neck": ("straight",),
}
"""Where -> skills that may help, the likeliest first. Too little lean: thigh and sole; too much: hip flexors (COACHING.md, idea 8);
the others by the rule whose part of the body it is (our choice)."""


def question(answers: tuple[str, ...]) -> Menu | None:
    """The next question; None when all is asked, at once after "nothing".

    Raises:
        ValueError: an answer that the question does not have.
    """
    for menu, answer in zip(QUESTIONS, answers, strict=False):
        if answer not in {option.key for option in menu.options}:
            raise ValueError(f"{menu.name}: got {answer!r}, expected one of {', '.join(option.key for option in menu.options)}")
    if answers[:1] == (SORE_NOWHERE,) or len(answers) >= len(QUESTIONS):
        return None
    return QUESTIONS[len(answers)]


def said(answers: tuple[str, ...]) -> tuple[Phrase, ...]:
    """The answers in the words of their options."""
    return tuple(option.text for menu, answer in zip(QUESTIONS, answers, strict=False) for option in menu.options if option.key == answer)


def hurts(answers: tuple[str, ...]) -> bool:
    """True when the runner said that it hurts: the next run has no focus."""
    return HURTS in answers


def may_help(answers: tuple[str, ...]) -> tuple[str, ...]:
    """Skills that may go with what is sore, the likeliest first; empty when nothing is."""
    return MAY_GO_WITH.get(answers[0], ()) if answers else ()


def advice(answers: tuple[str, ...]) -> Phrase:
    """What to do, in one or two sentences; no words without answers."""
    if not answers:
        return NOTHING
    if hurts(answers):
        return Phrase("Stop running while it hurts, and ask a professional. The next run here is an easy one without a focus.")
    if answers[0] == SORE_NOWHERE:
        return Phrase("Nothing sore: go on as planned.")
    if "clearly" in answers and "during" in answers:
        return Phrase("Take it easy next time, and stop if it starts to hurt. Your answer helps to choose the next focus.")
    return Phrase("Stop if it starts to hurt. Your answer helps to choose the next focus.")
