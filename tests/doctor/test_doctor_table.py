"""The table of the doctor's checks, and how its findings are told."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

import kiosk.doctor
from kiosk.config import Config
from kiosk.doctor import (
    BROKEN,
    LATER,
    MATTERS,
    TITLES,
    Matter,
    camera_rows,
    data_rows,
    examine,
    machine_rows,
    model_rows,
    panel_rows,
    service_rows,
    worst,
)
from kiosk.doctor.case import Case, Machine, Panel, Running, Seen, Speed
from kiosk.doctor.text import as_json, lines, summary
from kiosk.health import Check, Level
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import translated

ROOT = Path(__file__).parents[2]
MODULES = (camera_rows, data_rows, machine_rows, model_rows, panel_rows, service_rows)


@pytest.fixture
def empty(tmp_path: Path) -> Case:
    """A machine on which there is nothing."""
    return Case(Config(store={"folder": str(tmp_path / "store")}), machine=Machine(tmp_path))  # type: ignore[arg-type]


def test_every_check_stands_in_the_table_once() -> None:
    """No function that takes a case is forgotten, and no name is there twice."""
    functions = [value for module in MODULES for value in vars(module).values() if inspect.isfunction(value)]
    public = [
        value for value in functions if not value.__name__.startswith("_") and value.__module__ in {module.__name__ for module in MODULES}
    ]
    looks = {value for value in public if list(inspect.signature(value).parameters) == ["case"]}
    assert {matter.look for matter in MATTERS} == looks
    assert len(TITLES) == len(MATTERS) == len(looks)


def test_every_row_answers_by_its_own_name_with_words_in_every_language(empty: Case) -> None:
    """On an empty machine too; whatever is wrong or worth a look says what to do."""
    for matter in MATTERS:
        checks = examine(empty, [matter])
        assert {check.name for check in checks} == {matter.name}
        assert all(check.found and (check.advice or check.level in (Level.OK, Level.ABSENT)) for check in checks), matter.name
        assert not any(check.found.pattern == BROKEN.pattern for check in checks), matter.name
        assert translated(matter.title, Language.DE)


def test_a_check_that_breaks_is_a_line_of_its_own_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    """Its name, the kind of error and the place, not its text, which may be private; the log has all of it."""

    def breaks(case: Case) -> Check:
        raise KeyError("Anna")

    fine = Matter("b", Phrase("B"), lambda case: Check("b", Level.OK, Phrase("fine")))
    broken, other = examine(Case(Config()), [Matter("a", Phrase("A"), breaks), fine])
    assert (broken.name, broken.level, other.level) == ("a", Level.WRONG, Level.OK)
    assert re.fullmatch(r"This check itself failed \(KeyError in test_doctor_table.py:\d+\).", broken.found)
    assert "Anna" not in broken.found + broken.advice
    assert "check a failed" in caplog.text


def test_heavy_checks_wait_while_somebody_runs() -> None:
    """They are not even begun, and the line says why."""
    begun: list[str] = []
    heavy = Matter("a", Phrase("A"), lambda case: begun.append("a") or Check("a", Level.OK, Phrase("x")), heavy=True)
    (check,) = examine(Case(Config(), busy=True), [heavy])
    assert (check.level, check.found, begun) == (Level.ABSENT, LATER, [])
    assert {matter.name for matter in MATTERS if matter.heavy} == {"camera_moved", "model", "self_test", "database"}


def row(name: str, level: Level, value: float | None = None) -> Check:
    advice = Phrase("Do this.\nThen that.") if level in (Level.NOTE, Level.WRONG) else Phrase("")
    return Check(name, level, Phrase("Found\nthis."), advice, value, "ms" if value is not None else "")


FINDINGS = [
    row("camera", Level.OK, 1.5),
    row("light", Level.WRONG, float("nan")),
    row("units", Level.NOTE),
    row("units", Level.NOTE),
    row("lamp", Level.ABSENT),
]


def test_a_finding_is_a_line_and_what_to_do_stands_below() -> None:
    """Mark, name, what was found, on one line each; at the end how it stands."""
    assert list(lines(FINDINGS)) == [
        "ok     camera  Found this.",
        "WRONG  light   Found this.",
        "               -> Do this. Then that.",
        "note   units   Found this.",
        "               -> Do this. Then that.",
        "note   units   Found this.",
        "               -> Do this. Then that.",
        "-      lamp    Found this.",
        "",
        "1 wrong: light. Worth a look: units.",
    ]
    assert summary(FINDINGS[:1]) == "Nothing is wrong."


@pytest.mark.parametrize(("first", "level"), [(0, Level.WRONG), (2, Level.NOTE), (4, Level.OK), (5, Level.OK)])
def test_the_worst_counts_and_what_is_absent_is_no_fault(first: int, level: Level) -> None:
    """Of all, of the rest, of only absent ones, of none."""
    assert worst(FINDINGS[first:]) is level


def test_json_has_the_schema_that_programs_rely_on() -> None:
    """Every key of every check, plain values, no NaN."""
    found: dict[str, Any] = json.loads(json.dumps(as_json(FINDINGS), allow_nan=False))
    assert list(found) == ["schema", "level", "checks"]
    assert (found["schema"], found["level"], len(found["checks"])) == (1, "wrong", 5)
    assert found["checks"][0] == {
        "name": "camera",
        "title": "Camera",
        "level": "ok",
        "found": "Found\nthis.",
        "advice": "",
        "value": 1.5,
        "unit": "ms",
    }
    assert found["checks"][1]["value"] is None


def test_the_document_names_every_check_in_the_order_of_the_table() -> None:
    """docs/doctor.md has a row for each, and for nothing else."""
    text = (ROOT / "docs/doctor.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \| ([^|]+?) \| [^|]+ \|$", text, re.MULTILINE) == [(matter.name, matter.title) for matter in MATTERS]


def test_looks_are_made_once_and_only_when_asked_for(empty: Case) -> None:
    """Five lines about the camera are one look at it."""
    looked: list[str] = []

    def counted(name: str, value: object) -> Any:
        return lambda: looked.append(name) or value

    case = Case(
        Config(),
        look=counted("camera", Seen("x", "gone")),
        measure=counted("network", (Speed("m", "r", 1.0),)),
        touch=counted("panel", Panel()),
    )
    assert looked == []
    for _ in range(2):
        examine(case, [matter for matter in MATTERS if matter.name in ("camera", "light", "speed", "buttons")])
    assert sorted(looked) == ["camera", "network", "panel"]
    assert Running().state == "none"
    assert kiosk.doctor.ORDER[-1] is Level.WRONG
