"""How an assessment was measured: bouts, camera, model, consent, and what the words of the tables mean.

What must not go in: results.
"""

from kiosk.clinic import Assessment, StoredBout
from kiosk.report.definitions import DEFINITIONS
from kiosk.report.document import Block, Facts, Heading, Paragraph, Table
from kiosk.report.labels import GRADES, ORDER, VIEWS, Speech
from kiosk.words import NOTHING, Phrase

CAMERA = {
    "roll_deg": Phrase("Camera roll, degrees"),
    "roll_sd_deg": Phrase("Standard error of the roll, degrees"),
    "roll_source": Phrase("Where the roll comes from"),
    "yaw_deg": Phrase("Camera yaw, degrees"),
    "width": Phrase("Width of the pictures, pixels"),
    "height": Phrase("Height of the pictures, pixels"),
    "fps": Phrase("Pictures a second"),
    "leg_by_belt_cm": Phrase("Length of the leg by the speed of the belt, cm"),
}
"""Facts about the camera -> plain words; others are shown by their own names."""
LANDING = {
    "change_db": Phrase("Landing sound against the bout's own start, dB"),
    "change_limit_db": Phrase("Smallest change of the landing sound that is more than noise, dB"),
    "left_right_db": Phrase("Landing sound, right against left, dB"),
    "left_right_limit_db": Phrase("Smallest difference of left and right that is more than noise, dB"),
    "n": Phrase("Landings that were heard"),
}
"""Facts about the landing sound -> plain words."""
READING = (
    Phrase("Value: median over the strides, ± their spread (median absolute deviation x 1.4826). n: strides of the leg with fewer."),
    Phrase(
        "Quality: good may be used; low is shown but nothing is concluded from it. No value is given for what could not be seen,"
        " with the reason."
    ),
    Phrase("Others: typical values of other runners at this speed, no goals. Grade in brackets, source by number."),
    Phrase(
        "Detectable: by how much the same measure of another bout must differ to be called changed (95 %): the larger of this runner's"
        " own noise (blocks of this bout, 1.96 x √2 x their spread) and the error of the method; empty where one of them is not known."
    ),
)


def method_part(assessment: Assessment, bouts: tuple[StoredBout, ...], program: str, speech: Speech) -> tuple[Block, ...]:
    """How it was measured: a column a bout, then what holds for all."""
    say = speech.say
    columns = [_bout(bout, speech) for bout in bouts]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = tuple((name, *(column.get(name, "") for column in columns)) for name in names)
    heads = (say(Phrase("Bout")), *(say(VIEWS[bout.order.view]) for bout in bouts))
    table = (Table(heads, rows, (50.0, *(134.0 / max(len(bouts), 1) for _ in bouts))),) if rows else ()
    return (Heading(say(Phrase("How it was measured"))), *table, Facts(_common(assessment, bouts, program, speech)))


def _bout(bout: StoredBout, speech: Speech) -> dict[str, str]:
    order, result, say = bout.order, bout.result, speech.say
    facts: dict[Phrase, str] = {
        Phrase("Day"): speech.day(bout.started_utc, "medium"),
        Phrase("Speed, km/h"): speech.digits(order.speed_kmh, 1) or say(Phrase("not known")),
        Phrase("Incline, %"): speech.digits(order.incline_pct, 1),
        Phrase("Body height, cm"): speech.digits(order.height_cm, 0) or say(Phrase("not known")),
        Phrase("Length, s"): speech.digits(result.seconds, 0),
        Phrase("Strides of a leg"): str(result.strides),
        Phrase("Length of the blocks, s"): speech.digits(result.block_s, 1),
    }
    facts |= {CAMERA.get(name, Phrase(name)): _plain(value, speech) for name, value in result.camera.items()}
    facts |= {LANDING.get(name, Phrase(name)): speech.digits(value, 1) for name, value in result.landing.items()}
    return {say(name): value for name, value in facts.items() if value}


def _plain(value: float | str | None, speech: Speech) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else speech.digits(float(value), 0 if float(value).is_integer() else 1)


def _common(assessment: Assessment, bouts: tuple[StoredBout, ...], program: str, speech: Speech) -> tuple[tuple[str, str], ...]:
    say, consent = speech.say, assessment.consent
    video = Phrase("video allowed") if consent.video else Phrase("no video")
    given = Phrase("given on {day}, {video}", day=speech.day(consent.given_utc), video=video) if consent.given_utc else NOTHING
    rows = (
        (Phrase("Program"), program),
        (Phrase("Model"), "; ".join(dict.fromkeys(bout.result.model for bout in bouts if bout.result.model))),
        (Phrase("Consent"), say(given)),
    )
    return tuple((say(name), value) for name, value in rows if value)


def definition_part(speech: Speech) -> tuple[Block, ...]:
    """What the numbers mean."""
    say = speech.say
    grades = ". ".join(say(grade) for grade in GRADES.values())
    rows = tuple((speech.name(name), speech.unit(name), say(DEFINITIONS[name])) for name in ORDER)
    return (
        Heading(say(Phrase("What the numbers mean"))),
        *(Paragraph(say(text), "small") for text in READING),
        Paragraph(say(Phrase("Evidence of the typical values. {grades}.", grades=grades)), "small"),
        Table((say(Phrase("Measure")), say(Phrase("Unit")), say(Phrase("Definition"))), rows, (50.0, 30.0, 104.0)),
    )
