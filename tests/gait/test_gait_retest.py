"""Two assessments compared: changed, not distinguishable or cannot tell, at equal speed and in the same view only."""

from dataclasses import replace

import pytest

from kiosk.clinic import Assessment, BoutOrder, BoutQuality, BoutResult, Consent, Kind, MetricChange, Outcome, StoredBout
from kiosk.domain import MetricValue, Quality, View
from kiosk.gait.retest import compare_assessments, merged_metrics
from kiosk.words import Language, Phrase

MODEL = "treadside 0.1.0 movenet_lightning_int8 abc ai-edge-litert"
NOISE = (-0.1, 0.1, 0.0)


def result(view: View = View.RIGHT, ok: bool = True, quality: Quality = Quality.GOOD, noise: float = 1.0, **values: float) -> BoutResult:
    """A bout whose blocks scatter by 0.1 times `noise`: own limit 0.277 times `noise`."""
    metrics = {name: MetricValue(value, n=80, spread=0.1, quality=quality) for name, value in values.items()}
    blocks = {name: tuple(value + noise * step for step in NOISE) for name, value in values.items()}
    problems = () if ok else (Phrase("Only {seconds:.0f} of {ordered:.0f} s were recorded. Run the bout again.", seconds=9, ordered=60),)
    return BoutResult(view, 60.0, 80, metrics, blocks, 20.0, BoutQuality(ok, problems), MODEL)


def visit(*results: BoutResult, number: int = 1, **order: float | None) -> Assessment:
    orders = [BoutOrder(number, r.view or View.RIGHT, **{"speed_kmh": 10.0, **order}) for r in results]
    bouts = [StoredBout(k, number, "", o, r) for k, (o, r) in enumerate(zip(orders, results, strict=True))]
    return Assessment(number, 1, Kind.RETEST, "", Consent("", Language.EN, False, ""), tuple(bouts))


def one(before: Assessment, after: Assessment) -> MetricChange:
    (found,) = compare_assessments(before, after).metrics
    return found


BASE = visit(result(trunk_lean_deg=5.0))


def test_beyond_both_limits_is_changed() -> None:
    """2.6 degrees: more than the patient's own 0.28 and more than the method's 2.5."""
    found = one(BASE, visit(result(trunk_lean_deg=7.6)))
    assert (found.outcome, found.reason) == (Outcome.CHANGED, "")
    assert (found.change, found.own, found.published) == (pytest.approx(2.6), pytest.approx(0.2772, abs=1e-4), 2.5)
    assert found.source.startswith("measured")


@pytest.mark.parametrize(("after", "noise"), [(7.4, 1.0), (8.5, 20.0)])
def test_within_either_limit_is_not_distinguishable(after: float, noise: float) -> None:
    """Beyond the patient's own noise but within the method's limit, and the other way round."""
    found = one(visit(result(trunk_lean_deg=5.0, noise=noise)), visit(result(trunk_lean_deg=after, noise=noise)))
    assert (found.change > found.own, found.change > found.published) == (noise == 1.0, noise != 1.0)
    assert found.outcome is Outcome.NOT_DISTINGUISHABLE


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (visit(result(trunk_lean_deg=9.0), speed_kmh=None), "Type the speed"),
        (visit(result(trunk_lean_deg=9.0), speed_kmh=10.3), "10.0 and 10.3 km/h"),
        (visit(result(trunk_lean_deg=9.0), incline_pct=1.0), "inclines of 0.0 and 1.0 %"),
        (visit(result(ok=False, trunk_lean_deg=9.0)), "right: the later bout cannot be used. Only 9 of 60 s"),
        (visit(replace(result(trunk_lean_deg=9.0), model="somebody else")), "different networks"),
        (visit(replace(result(trunk_lean_deg=9.0), block_s=10.0)), "differ too much in length"),
        (visit(replace(result(trunk_lean_deg=9.0), block_s=None, blocks={})), "too short"),
    ],
)
def test_bouts_that_do_not_compare_say_why(after: Assessment, words: str) -> None:
    """The metric cannot be told, for the reason that stands for the whole view."""
    change = compare_assessments(BASE, after)
    assert change.metrics[0].outcome is Outcome.CANNOT_TELL
    assert words in change.reasons[0] == change.metrics[0].reason


def test_speeds_a_fifth_of_a_km_an_hour_apart_are_equal() -> None:
    """10.0 against 10.2 km/h, as belts are set."""
    assert one(BASE, visit(result(trunk_lean_deg=9.0), speed_kmh=10.2)).outcome is Outcome.CHANGED


def test_values_that_are_not_good_cannot_be_told() -> None:
    """Low quality, no value, too few blocks: each with its reason."""
    low = one(BASE, visit(result(quality=Quality.LOW, trunk_lean_deg=9.0)))
    assert (low.outcome, low.reason) == (Outcome.CANNOT_TELL, "Measured, but not well enough in both.")
    why = Phrase("Not known without the runner's height.")
    none = one(BASE, visit(replace(result(trunk_lean_deg=9.0), metrics={"trunk_lean_deg": MetricValue(reason=why)})))
    assert (none.outcome, none.reason, none.change) == (Outcome.CANNOT_TELL, why, None)
    few = one(BASE, visit(replace(result(trunk_lean_deg=9.0), blocks={"trunk_lean_deg": (9.0, 9.1)})))
    assert (few.outcome, few.change) == (Outcome.CANNOT_TELL, 4.0)
    assert few.reason.startswith("Too few blocks")


def test_the_other_side_is_another_view() -> None:
    """A left baseline and a right retest: nothing is compared, and one sentence says why; the front views still are."""
    front = result(View.FRONT, lateral_lean_deg=0.0)
    found = compare_assessments(visit(result(View.LEFT, trunk_lean_deg=5.0), front), visit(result(trunk_lean_deg=9.0), front))
    assert [m.metric for m in found.metrics] == ["lateral_lean_deg"]
    (reason,) = found.reasons
    assert reason.startswith("The earlier assessment shows the left side, the later one the right side")


def test_a_view_of_one_assessment_only_is_told() -> None:
    """No comparison, a reason each way."""
    front = result(View.FRONT, lateral_lean_deg=0.0)
    side = result(trunk_lean_deg=5.0)
    assert "seen in the earlier assessment only" in compare_assessments(visit(side, front), visit(side)).reasons[0]
    assert "seen in the later assessment only" in compare_assessments(visit(side), visit(side, front)).reasons[0]


REAR, REJECTED = result(View.REAR, lateral_lean_deg=0.0), result(View.REAR, ok=False)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ((REJECTED,), (), "rear: the earlier bout cannot be used, so there is nothing to compare with. Its verdict then: Only 9 of 60 s"),
        ((REJECTED,), (REAR,), "rear: the earlier bout cannot be used, so there is nothing to compare with. Its verdict then: Only 9"),
        ((REJECTED,), (REJECTED,), "rear: the earlier bout cannot be used, so there is nothing to compare with. Its verdict then: Only 9"),
        ((), (REJECTED,), "rear: the later bout cannot be used. Only 9 of 60 s were recorded. Run the bout again."),
        ((REAR,), (REJECTED,), "rear: the later bout cannot be used. Only 9 of 60 s were recorded. Run the bout again."),
    ],
)
def test_a_view_without_a_usable_bout_is_not_said_to_be_comparable(
    before: tuple[BoutResult, ...], after: tuple[BoutResult, ...], words: str
) -> None:
    """A rejected bout from behind: running behind the camera again would compare with nothing; it says which of the two it is."""
    side = result(trunk_lean_deg=5.0)
    (reason,) = compare_assessments(visit(side, *before), visit(side, *after)).reasons
    assert reason.startswith(words)


def test_a_rejected_other_side_is_no_other_side() -> None:
    """The left baseline can be repeated; the right bout of the retest is worth nothing, so it is not told as its side."""
    reasons = compare_assessments(visit(result(View.LEFT, trunk_lean_deg=5.0)), visit(result(ok=False))).reasons
    assert [str(each).split(".")[0] for each in reasons] == [
        "left: seen in the earlier assessment only",
        "right: the later bout cannot be used",
    ]


@pytest.mark.parametrize(
    ("seconds", "limit", "outcome"),
    [((60.0, 60.0), 1.8, Outcome.CHANGED), ((20.0, 20.0), 2.782, Outcome.NOT_DISTINGUISHABLE), ((240.0, 240.0), 1.8, Outcome.CHANGED)],
)
def test_cadence_of_shorter_bouts_has_a_wider_limit(seconds: tuple[float, float], limit: float, outcome: Outcome) -> None:
    """2.5 steps a minute: a change between two bouts of a minute, none between two of 20 s, sqrt(1.8² + 1.5² x 2) = 2.782."""
    first, second = (replace(result(cadence_spm=spm), seconds=s) for spm, s in zip((170.0, 172.5), seconds, strict=True))
    found = one(visit(first), visit(second))
    assert (found.published, found.outcome) == (pytest.approx(limit, abs=0.001), outcome)


def test_the_newest_usable_bout_of_a_view_counts() -> None:
    """A bout that was run again replaces the first; one that cannot be used does not."""
    again = visit(result(trunk_lean_deg=5.0), result(trunk_lean_deg=9.0), result(ok=False, trunk_lean_deg=1.0))
    assert one(BASE, again).after == 9.0


def test_two_views_are_merged_into_one() -> None:
    """Contact from the side, symmetry from the front, and a good value before a low one."""
    side = result(contact_ms=240.0, step_symmetry_pct=1.0, cadence_spm=170.0)
    front = result(View.FRONT, contact_ms=260.0, step_symmetry_pct=2.0, cadence_spm=171.0, lateral_lean_deg=1.0)
    found = {name: (view, m.value) for name, (view, m) in merged_metrics(visit(side, front)).items()}
    assert found == {
        "cadence_spm": (View.RIGHT, 170.0),
        "contact_ms": (View.RIGHT, 240.0),
        "step_symmetry_pct": (View.FRONT, 2.0),
        "lateral_lean_deg": (View.FRONT, 1.0),
    }
    low = replace(side, metrics={"cadence_spm": MetricValue(170.0, n=5, quality=Quality.LOW)})
    assert merged_metrics(visit(low, front))["cadence_spm"][0] is View.FRONT
    assert dict(merged_metrics(visit(replace(side, quality=BoutQuality(False))))) == {}
