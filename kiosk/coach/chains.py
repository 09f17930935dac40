"""Which fault may lead to which, and the one fault worth a cue.

The links are hypotheses for the runner to test. What must not go in: numbers, time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.coach.rules import RULE_BY_NAME
from kiosk.domain import Fault
from kiosk.words import Phrase


@dataclass(frozen=True)
class Chain:
    """One link of the body's chain; both ends are rows of `RULES`."""

    upstream: str
    downstream: str
    words: Phrase
    """A sentence with "may" for the runner who shows both faults and is cued on the upstream one."""
    both_ways: bool = False
    """True where the text says it may be the other way round; the words then say so."""


# All links: COACHING.md, column "may come from / leads to" and section "Chains", as far as both ends are rows of `RULES`.
CHAINS: tuple[Chain, ...] = (
    Chain("head_forward", "too_upright", Phrase("May come from a low screen; may lead to a trunk that stays too upright.")),
    Chain("too_upright", "overstride", Phrase("May come from looking down; may lead to landing far ahead, which shows too.")),
    Chain(
        "little_hip_drive",
        "overstride",
        Phrase("May come from swinging the legs mostly in front; may lead to landing far ahead, which shows too."),
    ),
    Chain("low_cadence", "overstride", Phrase("May lead to landing far ahead, which shows too.")),
    Chain("low_cadence", "bounce", Phrase("May lead to more bounce, which shows too.")),
    Chain("arms_uneven", "overstride", Phrase("May lead to landing far ahead, which shows too, or may come from it."), both_ways=True),
)


def choose(faults: Sequence[Fault]) -> tuple[Fault, Phrase] | None:
    """The one fault to work on, with its "may come from" (or "may lead to") sentence; None without faults.

    The most upstream fault that has a downstream fault among `faults`, each link being seen at both ends; without such a
    link the fault furthest out of band.
    """
    if not faults:
        return None
    by_name = {fault.name: fault for fault in faults}
    links = [chain for chain in CHAINS if chain.upstream in by_name and chain.downstream in by_name]
    if links:
        first = min(links, key=lambda chain: RULE_BY_NAME[chain.upstream].rank)
        return by_name[first.upstream], first.words
    worst = max(faults, key=lambda fault: fault.excess)
    return worst, worst.may_come_from
