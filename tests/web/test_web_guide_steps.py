"""Every sentence and every set of choices of the guide for the camera, in a real browser: wholly seen on every screen."""

from collections.abc import Iterator

import pytest
from measures import FAINT, MISPLACED, SMALL_BUTTONS, SMALL_WORDS
from page_screen import SIZES, Screen
from web_views import POSE

from chromium import needs_chromium
from kiosk.guide import steps
from kiosk.guide.position import FRAME, POSITION, STAY, WELL
from kiosk.guide.steps import ADJUST, AGAIN, ANEW, ANYWAY, BY_LINES, BY_PERSON, CANCEL, NEXT, SAID, SAVE, SKIP, STEPS, Draft, Step
from kiosk.screen import Guide, LiveView, Menu, Option, State
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import translated

pytestmark = needs_chromium

ROLL = steps.RoomRoll(-12.34, 0.31, Phrase("{uprights} upright and {levels} level things", uprights=6, levels=5))
FOUND = Draft((0.28, 0.16, 0.72, 0.81), ROLL, "left")
BY_HAND = Phrase(
    "{path} has no plain [{section}] section that can be changed. Put in by hand: {lines}.",
    path="/etc/treadside/kiosk.toml",
    section="treadmill",
    lines='view = "right", zone = [0.28, 0.16, 0.72, 0.81], roll_deg = -12.3, roll_sd_deg = 0.3',
)
"""The longest reason why nothing is saved."""
UNNOTICED = Phrase("Saved. A move of the camera will not be noticed: the picture shows too little that stands still.")
ROLLED = (steps.TURNED, steps.AS_IT_IS, BY_PERSON, SKIP, CANCEL)
STEP: dict[str, tuple[Step, steps.Words, tuple[Option, ...], Draft]] = {
    "zone": (Step.ZONE, SAID[Step.ZONE], (steps.WHOLE_PICTURE, CANCEL), Draft()),
    "zone-not-whole": (Step.ZONE, steps.NOT_WHOLE, (steps.WHOLE_PICTURE, CANCEL), Draft()),
    "zone-found": (Step.ZONE, steps.ZONE_FOUND, (NEXT, *ADJUST, AGAIN, CANCEL), FOUND),
    "zone-lost": (Step.ZONE, steps.NO_PICTURE, (NEXT, *ADJUST, AGAIN, CANCEL), FOUND),
    "roll": (Step.ROLL, SAID[Step.ROLL], (BY_PERSON, SKIP, CANCEL), FOUND),
    "roll-silent": (Step.ROLL, steps.LINES_SILENT, (BY_PERSON, AGAIN, SKIP, CANCEL), FOUND),
    "roll-found": (Step.ROLL, steps.roll_words(ROLL), ROLLED, FOUND),
    "roll-much": (Step.ROLL, (steps.roll_words(ROLL)[0], steps.TOO_MUCH), (steps.TURNED, BY_PERSON, SKIP, CANCEL), FOUND),
    "person": (Step.PERSON, SAID[Step.PERSON], (BY_LINES, SKIP, CANCEL), FOUND),
    "view": (Step.VIEW, SAID[Step.VIEW], steps.view_options("auto"), FOUND),
    "done": (Step.DONE, SAID[Step.DONE], (SAVE, ANEW, CANCEL), FOUND),
    "not-saved": (Step.DONE, (steps.NOT_SAVED, BY_HAND), (steps.TRY_AGAIN, ANEW, CANCEL), FOUND),
    "saving": (Step.SAVING, SAID[Step.SAVING], (), FOUND),
    "saved": (Step.SAVED, (SAID[Step.SAVED][0], steps.STARTS_ANEW), (), FOUND),
    "saved-note": (Step.SAVED, (SAID[Step.SAVED][0], UNNOTICED), (), FOUND),
}
"""What is shown -> step, words, choices, what was found; as kiosk/guide puts them together."""


def guide_views(language: Language) -> Iterator[tuple[str, LiveView]]:
    def said(words: Phrase) -> Phrase:
        return Phrase(translated(words, language))

    def shown(words: steps.Words, options: tuple[Option, ...], guide: Guide) -> LiveView:
        own = tuple(Option(option.key, said(option.text), said(option.more)) for option in options)
        menu = Menu("setup", said(words[0]), own, more=said(words[1]))
        return LiveView(State.SETUP, frame_t_s=1.0, language=language, pose=POSE, menu=menu, guide=guide)

    for i, row in enumerate((*POSITION, STAY, WELL)):
        look = Guide("position", 1, STEPS, sign=row.name, frame=FRAME, width=640, height=480)
        yield f"position{i}", shown((row.text, row.more), (ANYWAY if row.name else NEXT, CANCEL), look)
    for name, (step, words, options, draft) in STEP.items():
        told = tuple(map(said, steps.facts(draft))) if step in (Step.DONE, Step.SAVING, Step.SAVED) else ()
        roll_deg = ROLL.roll_deg if name == "roll-found" else None
        look = Guide(step.value, steps.NUMBER[step], STEPS, None, None, draft.zone, name == "zone-found", roll_deg, None, told, 640, 480)
        yield name, shown(words, options, look)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("language", Language)
def test_every_step_of_the_guide_fits(one_screen: Screen, language: Language, width: int, height: int) -> None:
    """Each advice, each step, found or not, saved or not: nothing cut, nothing over anything else, letters and buttons large enough."""
    one_screen.resize(width, height)
    wrong: dict[str, object] = {}
    for name, view in guide_views(language):
        one_screen.show_view("setup", view)
        found = [one_screen.run(script) for script in (MISPLACED, SMALL_WORDS, FAINT, SMALL_BUTTONS)]
        one_screen.picture(f"guide-{name}_{language}_{width}x{height}")
        if any(found):
            wrong[name] = found
    assert (wrong, one_screen.errors()) == ({}, [])
