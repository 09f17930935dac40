"""How an assessment was measured: bouts, camera, model, consent, and what the words of the tables mean.

What must not go in: results.
"""

from collections.abc import Mapping

from kiosk.clinic import Assessment, StoredBout
from kiosk.gait.geometry import LEG_OF_HEIGHT
from kiosk.report.definitions import DEFINITIONS
from kiosk.report.document import Block, Facts, Heading, Paragraph, Table
from kiosk.report.labels import GRADES, ORDER, VIEWS, Speech
from kiosk.words import NOTHING, Phrase

STAND = {
    "roll_deg": Phrase("Camera roll, degrees"),
    "roll_sd_deg": Phrase("Standard error of the roll, degrees"),
    "yaw_deg": Phrase("Camera yaw, degrees"),
}
"""How the camera stood -> plain words."""
ROLL_SOURCES = {
    "given": Phrase("set by hand"),
    "recording": Phrase("measured when the device was set up"),
    "lines": Phrase("upright and level lines in the picture"),
    "assumed": Phrase("not measured, taken to stand upright"),
}
"""Where the roll comes from (kiosk/gait/tilt.py) -> plain words."""
CAMERAS = {
    "picamera": Phrase("Raspberry Pi camera"),
    "video": Phrase("video file"),
    "synthetic": Phrase("drawn by the program, no camera"),
}
"""Kind of camera (kiosk/config.py) -> plain words."""
CAMERA_NAME = Phrase("{kind}: {name}")
"""Kind of the camera with what it and its library call themselves."""
NETWORKS = {f"movenet_{name.lower()}_int8": f"MoveNet {name} (int8)" for name in ("Lightning", "Thunder")}
"""Stem of a shipped network's file -> its name."""
NETWORK = Phrase("{network}, checksum (SHA-256) {sha}…, {program}")
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
    facts |= _camera(bout, speech)
    facts |= {LANDING[name]: speech.digits(value, 0 if name == "n" else 1) for name, value in result.landing.items() if name in LANDING}
    return {say(name): value for name, value in facts.items() if value}


def _camera(bout: StoredBout, speech: Speech) -> dict[Phrase, str]:
    """What the stored bout knows of its camera, in words; facts that only another version of the kiosk knows are left out."""
    known, say, height_cm = bout.result.camera, speech.say, bout.order.height_cm
    leg_cm = LEG_OF_HEIGHT * height_cm if height_cm is not None else None
    source = known.get("roll_source")
    return {
        Phrase("Camera"): say(_picture(known)),
        **{words: _plain(known.get(name), speech) for name, words in STAND.items()},
        Phrase("Where the roll comes from"): say(ROLL_SOURCES.get(str(source), Phrase("not known"))) if source else "",
        Phrase("Length of the leg by the body's height (0.491 of it), cm"): speech.digits(leg_cm, 1),
        Phrase("Length of the leg by the speed of the belt, cm"): _plain(known.get("leg_by_belt_cm"), speech),
    }


def _picture(known: Mapping[str, float | str | None]) -> Phrase:
    """Kind of the camera, size and rate of its pictures; nothing when none of them was stored."""
    kind = CAMERAS.get(str(known.get("kind")), Phrase("camera of a kind that was not stored"))
    name = ", ".join(str(known[each]) for each in ("name", "library") if known.get(each))
    name = name.removeprefix("video ") if known.get("kind") == "video" else name  # as kiosk/camera/video.py calls a file
    kind = CAMERA_NAME.filled(kind=kind, name=name) if name else kind
    width, height, fps = (known.get(name) for name in ("width", "height", "fps"))
    if not (isinstance(width, int | float) and isinstance(height, int | float) and isinstance(fps, int | float)):
        return kind if known.get("kind") else NOTHING
    size = {"width": float(width), "height": float(height), "fps": float(fps)}
    return Phrase("{kind}, {width:.0f} x {height:.0f} pixels, {fps:.1f} pictures a second", kind=kind, **size)


def _plain(value: float | str | None, speech: Speech) -> str:
    return speech.digits(float(value), 1) if isinstance(value, int | float) else ""


def _model(made_by: str) -> Phrase:
    """Network, checksum and program in words, as a recording names them; as it stands when it is written otherwise."""
    words = made_by.split()
    if len(words) < 4 or words[0] != "treadside":
        return Phrase("{made_by}", made_by=made_by)
    return NETWORK.filled(network=NETWORKS.get(words[2], words[2].replace("_", " ")), sha=words[3], program=f"Treadside {words[1]}")


def _common(assessment: Assessment, bouts: tuple[StoredBout, ...], program: str, speech: Speech) -> tuple[tuple[str, str], ...]:
    say, consent = speech.say, assessment.consent
    video = Phrase("video allowed") if consent.video else Phrase("no video")
    given = Phrase("given on {day}, {video}", day=speech.day(consent.given_utc), video=video) if consent.given_utc else NOTHING
    rows = (
        (Phrase("Program"), program),
        (Phrase("Neural network"), "; ".join(dict.fromkeys(say(_model(bout.result.model)) for bout in bouts if bout.result.model))),
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
