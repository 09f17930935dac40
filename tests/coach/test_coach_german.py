"""Everything the coach's tables and summary say can be said in German."""

import ast
from pathlib import Path

import pytest

from kiosk.coach.rules import RULE_BY_NAME, RULES, find_faults
from kiosk.coach.sentences import number
from kiosk.domain import MetricValue, Quality
from kiosk.words import Language
from kiosk.words.catalogue import catalogue, translated

COACH = Path(__file__).parents[2] / "kiosk" / "coach"
FILES = (
    *("rules.py", "rules_trunk.py", "rules_legs.py", "rules_arms.py", "rules_facing.py"),
    *("chains.py", "findings.py", "sentences.py", "since_last.py", "tiring.py"),
)


def patterns(file: str) -> set[str]:
    calls = (node for node in ast.walk(ast.parse((COACH / file).read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    named = (call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Phrase" and call.args)
    return {str(arg.value) for arg in named if isinstance(arg, ast.Constant)}


@pytest.mark.parametrize("file", FILES)
def test_every_sentence_is_in_the_catalogue(file: str):
    """A new phrase needs its German words."""
    assert patterns(file) - set(catalogue(Language.DE)) == set()


@pytest.mark.parametrize("rule", [rule for rule in (*RULES, RULE_BY_NAME["fades"]) if rule.coached], ids=lambda rule: rule.name)
def test_german_cues_are_short_too(rule):
    """At most six words, and not the English ones."""
    said = translated(rule.cue, Language.DE)
    assert len(said.split()) <= 6
    assert said != rule.cue


def test_german_cues_differ():
    """No two rows share a cue in German either."""
    said = [translated(rule.cue, Language.DE) for rule in RULES if rule.coached]
    assert len(set(said)) == len(said)


def test_a_number_in_german():
    """Words, decimal comma and unit."""
    metric = MetricValue(0.31, n=20, spread=0.01, quality=Quality.GOOD)
    (fault,) = find_faults({"overstride_ratio": metric}, 10.8)
    text = number(RULE_BY_NAME[fault.name], fault.value, metric)
    assert translated(text, Language.DE) == "Fuß vor der Hüfte 0,31 ± 0,01 Beinlängen"
