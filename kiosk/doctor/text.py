"""Findings for a terminal and for programs. English, as all of the command line. Pure."""

from collections.abc import Iterator, Sequence

from kiosk.doctor import TITLES, worst
from kiosk.health import Check, Level
from kiosk.web.doctor import SCHEMA, check_row
from kiosk.words import Language

MARKS = {Level.OK: "ok", Level.ABSENT: "-", Level.NOTE: "note", Level.WRONG: "WRONG"}


def lines(checks: Sequence[Check]) -> Iterator[str]:
    """A line a check: mark, name, what was found; below it what to do; at the end how it stands."""
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        yield f"{MARKS[check.level]:5}  {check.name:{width}}  {_one_line(check.found)}"
        if check.advice and check.level in (Level.NOTE, Level.WRONG):
            yield f"{'':5}  {'':{width}}  -> {_one_line(check.advice)}"
    yield ""
    yield summary(checks)


def summary(checks: Sequence[Check]) -> str:
    """How it stands, in one sentence."""
    wrong, notes = (_named(checks, level) for level in (Level.WRONG, Level.NOTE))
    said = f"{len(wrong)} wrong: {', '.join(wrong)}." if wrong else "Nothing is wrong."
    return f"{said} Worth a look: {', '.join(notes)}." if notes else said


def as_json(checks: Sequence[Check]) -> dict[str, object]:
    """{"schema": 1, "level", "checks": [{"name", "title", "level", "found", "advice", "value", "unit"}]}; no NaN, no infinity."""
    return {
        "schema": SCHEMA,
        "level": worst(checks).value,
        "checks": [check_row(check, TITLES[check.name], Language.EN) for check in checks],
    }


def _named(checks: Sequence[Check], level: Level) -> list[str]:
    return list(dict.fromkeys(check.name for check in checks if check.level is level))


def _one_line(text: str) -> str:
    return " ".join(text.split())
