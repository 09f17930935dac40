"""Findings for a terminal and for programs. English, as all of the command line. Pure."""

from collections.abc import Iterator, Sequence

from kiosk.doctor import ORDER, TITLES, worst
from kiosk.health import Check, Level

SCHEMA = 1
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
    return {"schema": SCHEMA, "level": worst(checks).value, "checks": [_plain(check) for check in checks]}


def worst_first(checks: Sequence[Check]) -> tuple[Check, ...]:
    """In the order of a page: what is wrong, worth a look, fine, not there."""
    order = (Level.WRONG, Level.NOTE, Level.OK, Level.ABSENT)
    assert set(order) == set(ORDER)
    return tuple(sorted(checks, key=lambda check: order.index(check.level)))


def _plain(check: Check) -> dict[str, object]:
    value = check.value
    return {
        "name": check.name,
        "title": str(TITLES.get(check.name, check.name)),
        "level": check.level.value,
        "found": str(check.found),
        "advice": str(check.advice),
        "value": value if value is not None and abs(value) < float("inf") else None,
        "unit": check.unit,
    }


def _named(checks: Sequence[Check], level: Level) -> list[str]:
    return list(dict.fromkeys(check.name for check in checks if check.level is level))


def _one_line(text: str) -> str:
    return " ".join(text.split())
