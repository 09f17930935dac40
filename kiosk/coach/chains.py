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
    """One link of the body's chain; both ends are coached rows of `RULES` whose metrics are seen in one view."""

    upstream: str
    downstream: str
    words: Phrase
    """A sentence with "may" for the runner who shows both faults and is cued on the upstream one."""
    both_ways: bool = False
    """True where the text says it may be the other way round; the words then say so."""


FAR_LANDING = Phrase("May lead to landing far ahead, which shows too.")
REACHING_SHIN = Phrase("May lead to a shin that reaches forward, which shows too.")
STIFF_LANDING = Phrase("May lead to a stiff landing, which shows too.")
IN_FRONT = Phrase("May come from swinging the legs mostly in front; may lead to landing far ahead, which shows too.")

# All links: COACHING.md, column "may come from / leads to" and section "Chains", as far as both ends are coached rows that one camera
# sees at once: arms that cross are seen from in front and behind, landing far ahead from the side.
CHAINS: tuple[Chain, ...] = (
    Chain("head_forward", "waist_bend", Phrase("May come from a low screen; may lead to a bend at the waist, which shows too.")),
    Chain("head_forward", "too_upright", Phrase("May come from a low screen; may lead to a trunk that stays too upright.")),
    Chain("waist_bend", "hip_behind", Phrase("May come from looking down; may lead to hips that stay behind, which shows too.")),
    Chain("too_upright", "hip_behind", Phrase("May come from looking down; may lead to hips that stay behind, which shows too.")),
    Chain("too_upright", "overstride", Phrase("May come from looking down; may lead to landing far ahead, which shows too.")),
    Chain("too_upright", "reaching_shank", REACHING_SHIN),
    Chain("leaning_too_far", "hip_ahead", Phrase("May come from getting tired; may lead to a foot that comes late, which shows too.")),
    Chain(
        "front_heavy_swing",
        "little_hip_drive",
        Phrase("May come from hip flexors that do most of the work; the other shows too."),
    ),
    Chain("front_heavy_swing", "overstride", FAR_LANDING),
    Chain("little_hip_drive", "overstride", IN_FRONT),
    Chain("little_hip_drive", "reaching_shank", REACHING_SHIN),
    Chain("hip_behind", "overstride", Phrase("May lead to landing far ahead, which shows too, or may come from it."), both_ways=True),
    Chain("low_cadence", "overstride", FAR_LANDING),
    Chain("low_cadence", "reaching_shank", REACHING_SHIN),
    Chain("low_cadence", "stiff_landing", STIFF_LANDING),
    Chain("low_cadence", "bounce", Phrase("May lead to more bounce, which shows too.")),
    Chain("arms_uneven", "overstride", Phrase("May lead to landing far ahead, which shows too, or may come from it."), both_ways=True),
    Chain("arms_uneven", "uneven_steps", Phrase("May lead to uneven steps, which show too, or may come from them."), both_ways=True),
    Chain("arms_cross", "feet_cross", Phrase("May lead to feet that cross, which shows too, or may come from it."), both_ways=True),
    Chain("arms_cross", "sway", Phrase("May go with a twisting trunk and its sway, or may come from it."), both_ways=True),
    Chain("shoulders_dip", "side_lean", Phrase("May lead to a side lean, which shows too, or may come from it."), both_ways=True),
    Chain("overstride", "reaching_shank", REACHING_SHIN),
    Chain("overstride", "stiff_landing", STIFF_LANDING),
    Chain("reaching_shank", "stiff_landing", STIFF_LANDING),
)


def choose(faults: Sequence[Fault], also_seen: Sequence[Fault] = ()) -> tuple[Fault, Phrase] | None:
    """The one fault to work on, with its "may come from" (or "may lead to") sentence; None without faults.

    The most upstream fault that has a downstream fault in the same window, each link being seen at both ends; without such a
    link the fault furthest out of band.

    Args:
        faults: what may be worked on.
        also_seen: faults that only count as the downstream end of a link, e.g. those of other skills.
    """
    if not faults:
        return None
    by_name = {fault.name: fault for fault in faults}
    seen = by_name.keys() | {fault.name for fault in also_seen}
    links = [chain for chain in CHAINS if chain.upstream in by_name and chain.downstream in seen]
    if links:
        first = min(links, key=lambda chain: RULE_BY_NAME[chain.upstream].rank)
        return by_name[first.upstream], first.words
    worst = max(faults, key=lambda fault: fault.excess)
    return worst, worst.may_come_from
