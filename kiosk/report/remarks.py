"""What is to be said about a bout, each thing once: checks, refusal, warnings and reasons of metrics often mean the same.

What must not go in: the sentences themselves (kiosk/gait).
"""

from kiosk.clinic import BoutResult
from kiosk.domain import View
from kiosk.gait.bout_quality import NO_ROLL, OTHER_VIEW, REFUSED
from kiosk.gait.refusals import REFUSALS
from kiosk.gait.tilt import ROLL_UNKNOWN, Stand, warnings_of
from kiosk.words import Phrase

OTHER_VIEWS = (OTHER_VIEW, *(row.sentence for row in REFUSALS if row.name in ("wrong_side", "wrong_view")))
NO_ROLLS = (NO_ROLL, ROLL_UNKNOWN, *(said for said in warnings_of(Stand(), View.REAR) if isinstance(said, Phrase)))
SAME_MATTER = {said.pattern: row[0].pattern for row in (OTHER_VIEWS, NO_ROLLS) for said in row}
"""Pattern -> that of the sentence which says the same in other words."""


def remarks(result: BoutResult) -> tuple[str, ...]:
    """Problems of the bout, worst first, why nothing was measured, warnings; of those about one matter the first."""
    firsts: dict[str, str] = {}
    for sentence in (*result.quality.problems, result.refusal, *result.warnings):
        if sentence:
            firsts.setdefault(matter(sentence), _why(sentence))
    return tuple(firsts.values())


def matter(sentence: str) -> str:
    """What a sentence is about: equal for two that say the same in different words."""
    said = _why(sentence)
    return SAME_MATTER.get(said.pattern, said) if isinstance(said, Phrase) else said


def _why(sentence: str) -> str:
    """The cause alone, for the report has said that nothing was measured."""
    if not isinstance(sentence, Phrase) or sentence.pattern != REFUSED.pattern:
        return sentence
    why = sentence.values["why"]
    return why if isinstance(why, str) else str(why)
