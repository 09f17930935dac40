"""The rules table and the faults it finds. Adding a cue is adding one row of `RULES`.

What must not go in: how a metric is read (readings.py), links between faults (chains.py), time (cues.py).
"""

from collections.abc import Mapping

from kiosk.coach import bands
from kiosk.coach.readings import Rule, finite, is_trusted, limits, noise_of, reading_of, side_out, typical
from kiosk.domain import Fault, Metrics
from kiosk.words import Phrase

# Ranks run from the head down, then what the feet show (COACHING.md, "the body is one chain"). Arms stand after hip drive
# and cadence because their link to the legs is stated both ways: it says less about which came first. Our choice.
# A source of "our choice" says that no paper gives the limit; `cue_at` is of the same source as its row.
RULES: tuple[Rule, ...] = (
    Rule(
        name="head_forward",
        metric="head_forward_deg",
        band=None,
        direction="high",
        grade="D",
        source="our choice: own baseline + 8 degrees",
        label=Phrase("Head ahead of shoulders"),
        unit=Phrase("degrees"),
        scale=(-10, 60),
        rank=1,
        cue=Phrase("Chin back, eyes ahead"),
        own_margin=8,
        drill=Phrase("Tall crown posture"),
        may_come_from=Phrase("May come from a screen below eye level, or from long hours at a desk."),
    ),
    Rule(
        name="too_upright",
        metric="trunk_lean_deg",
        band=bands.TRUNK_LEAN_DEG,
        direction="low",
        grade="B",
        source="Teng & Powers 2014: 7.3 ± 3.6 degrees",
        label=Phrase("Forward lean"),
        unit=Phrase("degrees"),
        scale=(-10, 25),
        rank=2,
        cue=Phrase("Tip forward from the ankles"),
        drill=Phrase("Fall to run"),
        may_come_from=Phrase("May come from looking down; may go with sore thighs."),
    ),
    Rule(
        name="leaning_too_far",
        metric="trunk_lean_deg",
        band=bands.TRUNK_LEAN_DEG,
        direction="high",
        grade="B",
        source="Teng & Powers 2014: 7.3 ± 3.6 degrees; Carson 2024: more lean cost 8 %",
        label=Phrase("Forward lean"),
        unit=Phrase("degrees"),
        scale=(-10, 25),
        rank=3,
        cue=Phrase("Stand a touch taller"),
        cue_at=14,
        drill=Phrase("Ease back, let the foot land slightly ahead"),
        may_come_from=Phrase("May come from getting tired; may go with sore hip flexors."),
    ),
    Rule(
        name="little_hip_drive",
        metric="thigh_back_deg",
        band=bands.THIGH_BACK_DEG,
        direction="low",
        grade="A",
        source="Fukuchi 2017, our analysis; Moore 2016: more is not better",
        label=Phrase("Thigh swing behind you"),
        unit=Phrase("degrees"),
        scale=(-10, 45),
        rank=4,
        cue=Phrase("Push the ground behind"),
        drill=Phrase("Bridge, lunge, step-up"),
        may_come_from=Phrase("May come from swinging the legs mostly in front of you; may lead to landing far ahead."),
    ),
    Rule(
        name="low_cadence",
        metric="cadence_spm",
        band=bands.CADENCE_SPM,
        direction="low",
        grade="A",
        source="Fukuchi 2017, our analysis; Heiderscheit 2011: +5 % or +10 % of one's own",
        label=Phrase("Cadence"),
        unit=Phrase("steps a minute"),
        scale=(130, 220),
        rank=5,
        cue=Phrase("Quicker, lighter steps"),
        drill=Phrase("Metronome, toe taps"),
        may_come_from=Phrase("May lead to landing far ahead, and to more bounce."),
    ),
    Rule(
        name="arms_uneven",
        metric="arm_swing_deg",
        band=bands.ARM_DIFFERENCE_DEG,
        direction="high",
        grade="D",
        source="our choice: a little more than Fukuchi 2017 shows, 3 runners",
        label=Phrase("Left-right arm difference"),
        unit=Phrase("degrees"),
        scale=(0, 45),
        rank=6,
        cue=Phrase("Match both arms"),
        cue_at=20,
        uneven=True,
        drill=Phrase("High knees, arms in sync"),
        may_come_from=Phrase("May come from a twisting trunk or from uneven legs, or the other way round."),
    ),
    Rule(
        name="arms_still",
        metric="arm_swing_deg",
        band=bands.ARM_SWING_DEG,
        direction="low",
        grade="D",
        source="our choice: a little less than Fukuchi 2017 shows, 3 runners",
        label=Phrase("Arm swing"),
        unit=Phrase("degrees"),
        scale=(0, 110),
        rank=7,
        cue=Phrase("Swing from the shoulders"),
        cue_at=25,
        drill=Phrase("High knees, arms in sync"),
        may_come_from=Phrase("May come from tension; the legs may follow the arms."),
    ),
    Rule(
        name="arms_wild",
        metric="arm_swing_deg",
        band=bands.ARM_SWING_DEG,
        direction="high",
        grade="D",
        source="our choice: a little more than Fukuchi 2017 shows, 3 runners",
        label=Phrase("Arm swing"),
        unit=Phrase("degrees"),
        scale=(0, 110),
        rank=8,
        cue=Phrase("Calm the arms"),
        cue_at=85,
        drill=Phrase("High knees, arms in sync"),
        may_come_from=Phrase("May come from tension; the legs may follow the arms."),
    ),
    Rule(
        name="overstride",
        metric="overstride_ratio",
        band=bands.OVERSTRIDE_RATIO,
        direction="high",
        grade="A",
        source="Fukuchi 2017, our analysis; direction: Lieberman 2015, Souza 2016",
        label=Phrase("Foot ahead of hip"),
        unit=Phrase("leg lengths"),
        scale=(0, 0.5),
        rank=9,
        cue=Phrase("Land closer beneath you"),
        own_margin=0.04,
        drill=Phrase("Cadence +5 %, standing cycle"),
        may_come_from=Phrase("May come from slow steps, uneven arms, little hip drive or an upright trunk."),
        decimals=2,
    ),
    Rule(
        name="bounce",
        metric="bounce_ratio",
        band=bands.BOUNCE_RATIO,
        direction="high",
        grade="A",
        source="Fukuchi 2017, our analysis; Folland 2017",
        label=Phrase("Bounce"),
        unit=Phrase("leg lengths"),
        scale=(0, 0.22),
        rank=10,
        cue=Phrase("Run level, less up-down"),
        cue_at=0.15,
        drill=Phrase("Hands-together test"),
        may_come_from=Phrase("May come from slow steps."),
        decimals=3,
    ),
    Rule(
        name="long_contact",
        metric="contact_ms",
        band=bands.CONTACT_MS,
        direction="both",
        grade="A",
        source="Fukuchi 2017, our analysis; no link to economy: Van Hooren 2024",
        label=Phrase("Contact time"),
        unit=Phrase("ms"),
        scale=(130, 380),
        rank=11,
    ),
    Rule(
        name="elbows",
        metric="elbow_deg",
        band=bands.ELBOW_DEG,
        direction="both",
        grade="C",
        source="other tools' bands, which disagree",
        label=Phrase("Elbow angle"),
        unit=Phrase("degrees"),
        scale=(40, 180),
        rank=12,
    ),
    Rule(
        name="slow_heel_pull_up",
        metric="knee_swing_peak_deg",
        band=None,
        direction="low",
        grade="C",
        source="running-technique texts, no number",
        label=Phrase("Knee bend in the swing"),
        unit=Phrase("degrees"),
        scale=(40, 150),
        rank=13,
    ),
)

RULE_BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in RULES}
"""Rule name (= fault name) -> its row."""


def find_faults(metrics: Metrics, speed_kmh: float | None, baseline: Mapping[str, float] | None = None) -> tuple[Fault, ...]:
    """Every metric that is beyond its limit by more than its own noise, in the order of `RULES`.

    Args:
        metrics: name -> value; a missing name, no value, low quality, fewer than 7 strides or an unknown spread is no fault.
        speed_kmh: belt speed; None when unknown, which takes the widest band.
        baseline: metric name -> the runner's own usual value at this speed, in the metric's unit; None when there is none.
    """
    own = baseline or {}
    found = (_fault(rule, metrics, speed_kmh, finite(own.get(rule.metric))) for rule in RULES if rule.coached)
    return tuple(fault for fault in found if fault is not None)


def _fault(rule: Rule, metrics: Metrics, speed_kmh: float | None, own: float | None) -> Fault | None:
    metric = metrics.get(rule.metric)
    value, band = reading_of(rule, metric), typical(rule, speed_kmh, own)
    if metric is None or value is None or band is None or not is_trusted(metric):
        return None
    low, high = limits(rule, band, own)
    if max(low - value, value - high) <= noise_of(rule, metric):
        return None
    return Fault(
        name=rule.name,
        metric=rule.metric,
        value=value,
        low=band[0],
        high=band[1],
        excess=_excess(value, band, low, high),
        side=side_out(rule, metric, low, high),
        cue=rule.cue,
        grade=rule.grade,
        source=rule.source,
        drill=rule.drill,
        may_come_from=rule.may_come_from,
    )


def _excess(value: float, band: tuple[float, float], low: float, high: float) -> float:
    """Half-widths beyond the band's end, or beyond the limit where an own baseline puts it inside the band."""
    half = (band[1] - band[0]) / 2
    return (value - min(band[1], high) if value > high else max(band[0], low) - value) / half
