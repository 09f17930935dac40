"""The report of a stored session: what it says, in two languages, in one file, on one sheet."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from chromium import needs_chromium, open_chromium
from kiosk.coach.labels import LABELS
from kiosk.domain import Metrics, MetricValue, Moment, Quality, Side, TypicalStride, View
from kiosk.gait.metrics import METRICS, Metric
from kiosk.gait.typical import typical_stride_of
from kiosk.pose.keypoints import LEFT, RIGHT
from kiosk.report.drawing import figure, moment_phase, shown_side
from kiosk.report.page import report_html
from kiosk.screen import Answer, Finding, FormScore, Verdict
from kiosk.store.reading import StoredSession
from kiosk.stored import Told
from kiosk.words import Language, Phrase
from known_cases import series

A4_PX = (726, 1054)
"""A sheet less 9 mm of edge, at 96 pixels an inch."""


def stride(view: View = View.LEFT) -> TypicalStride:
    found = typical_stride_of(series("usual", view), view)
    assert found is not None
    return found


GOOD = Finding(
    Phrase("Cadence {value:.0f} ± {spread:.0f} steps a minute.", value=171.2, spread=1.2),
    "cadence_spm",
    True,
    grade="A",
    label=Phrase("Cadence"),
    unit=Phrase("steps a minute"),
    value=171.2,
    spread=1.2,
    low=145.0,
    high=193.0,
    source="Fukuchi 2017",
)
WORK = Finding(
    Phrase("Foot ahead of hip <{value:.2f}>: above the typical range.", value=0.34),
    "overstride_ratio",
    False,
    drill=Phrase("Standing cycle"),
    may_come_from=Phrase("May come from slow steps, uneven arms, little hip drive or an upright trunk."),
    grade="D",
    label=Phrase("Foot ahead of hip"),
    unit=Phrase("leg lengths"),
    value=0.34,
    spread=0.02,
    low=0.2,
    high=0.31,
    decimals=2,
    side=Side.RIGHT,
    why=Phrase("A foot that lands far ahead may brake."),
    source="Lieberman 2015, Souza 2016 & ours",
    change=Phrase("Changed since last time."),
    moment=Moment.CONTACT,
    marks=((12, 14), (14, 16)),
)
KNOWN = MetricValue(12.34, 12.0, 12.7, 40, 1.1, Quality.GOOD)
METRIC_VALUES: Metrics = {row.name: KNOWN for row in METRICS} | {
    "bounce_cm": MetricValue(reason="Not known without the runner's height."),
    "elbow_deg": replace(KNOWN, quality=Quality.LOW, reason="Only one side could be measured."),
}
SESSION = StoredSession(
    *(7, "2026-11-21T10:00:00+00:00", "done", "left", 10.0, "thunder", "camera", 754.0, 1043, "", {}, METRIC_VALUES, ()),
    told=Told(
        (GOOD, WORK, replace(WORK, moment=Moment.SWING)),
        reason_ended=Phrase("You stepped off."),
        drift=(Phrase("Lean: {size:.1f} more.", size=2.3),),
        next_time=Phrase("Next time: {minutes} minutes.", minutes=2),
        drill=Phrase("Toe taps"),
        advice=Phrase("Ask a professional."),
    ),
    skill="close",
    exposure=0.75,
    score=FormScore(0.82, 0.61, Phrase("It held in {n} strides.", n=61)),
    verdicts=(Verdict(Answer.CONFIRMED, Phrase("The landing moved by {value:.2f}.", value=0.05), "arm_swing_deg", "overstride_ratio"),),
    answers=(Phrase("Shin or kneecap"), Phrase("A little")),
    stride=stride(),
)


class Texts(HTMLParser):
    """Tags with their attributes, and the words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"


@pytest.fixture(scope="module")
def page() -> Texts:
    return Texts(report_html(SESSION, Language.EN))


SAID = (
    *("12 min 34 s", "1043 strides", "10.0 km/h", "You stepped off.", "November 21, 2026"),
    *("171", "± 1", "band 145 to 193", "0.34", "± 0.02", "band 0.20 to 0.31", "above the typical range"),
    *("A: measured", "D: our choice", "Standing cycle", "may brake", "Lieberman 2015, Souza 2016 & ours", "Changed since last time."),
    *("May come from slow steps", "82 %", "61 %", "It held in 61 strides.", "Confirmed", "The landing moved by 0.05."),
    *("Shin or kneecap, A little", "Lean: 2.3 more.", "Next time: 2 minutes.", "Toe taps", "Ask a professional.", "No medical advice"),
    *("12.3 ± 1.1", "Only one side could be measured.", "Not known without the runner's height.", "good", "low"),
)


@pytest.mark.parametrize("words", SAID)
def test_everything_is_said(page: Texts, words: str) -> None:
    """Facts, findings with number, spread, band, grade, why, drill and source, scores, tests, answers, measures with quality and reason."""
    assert words in page.words


def test_nothing_comes_from_elsewhere(page: Texts) -> None:
    """No script, no link, no picture file, nothing to load: the file is whole and can be kept."""
    assert {"script", "link", "img", "iframe", "object", "a", "form"} & {tag for tag, _ in page.tags} == set()
    assert [name for _, attrs in page.tags for name in attrs if name in {"src", "href", "style"} or name.startswith("on")] == []
    assert re.findall(r"url\(|@import", report_html(SESSION, Language.EN)) == []


def test_legs_differ_in_more_than_colour(page: Texts) -> None:
    """Every picture has left lines drawn whole and right lines drawn broken; the marked ones are marked; each has a caption."""
    lines = [attrs for tag, attrs in page.tags if tag == "line"]
    dashed = {attrs["class"]: attrs.get("stroke-dasharray") is not None for attrs in lines}
    assert dashed == {"left": False, "right": True, "trunk": False, "mark": False}
    pictures = [attrs for tag, attrs in page.tags if tag == "svg" and attrs.get("role") == "img"]
    assert [p["aria-label"] for p in pictures] == ["Your typical stride", "First contact, right foot", "Swing, right leg"]


def test_german_is_german() -> None:
    """The page's own words and decimal signs are German; no English heading is left."""
    german = Texts(report_html(SESSION, Language.DE)).words
    wanted = ("Dein Laufbericht", "Was wir gefunden haben", "0,34", "± 0,02", "Kein ärztlicher Rat", "Erster Kontakt, Fuß")
    unwanted = ("Your run", "What we found", "Quality", "Evidence", "0.34")
    assert [word for word in wanted if word not in german] == []
    assert [word for word in unwanted if word in german] == []


def test_words_of_others_cannot_become_markup() -> None:
    """What stands in the store is text, whatever it looks like."""
    nasty = replace(SESSION, told=replace(SESSION.told, next_time=Phrase("<script>alert(1)</script>")), answers=('"><b>',), refusal="<i>")
    tags = {tag for tag, _ in Texts(report_html(nasty, Language.EN)).tags}
    assert "script" not in tags
    assert "&lt;script&gt;" in report_html(nasty, Language.EN)
    assert "i" not in tags


@pytest.mark.parametrize("language", Language)
def test_session_with_nothing_is_a_page(language: Language) -> None:
    """A run that was interrupted at once, or stored by the first version: what it is, why, and no empty sections."""
    empty = StoredSession(1, "2026-11-21", "interrupted", None, None, "thunder", "camera", 3.0, 0, "Too short.", {}, {}, ())
    found = Texts(report_html(empty, language))
    assert "Too short." in found.words
    assert [tag for tag, _ in found.tags if tag in {"h2", "svg", "table"}] == []


def report_of(metrics: Metrics, language: Language = Language.EN, **changes: object) -> str:
    return Texts(report_html(replace(SESSION, metrics=metrics, **changes), language)).words


@pytest.mark.parametrize("row", METRICS, ids=lambda row: row.name)
def test_every_metric_has_words_and_a_unit(row: Metric) -> None:
    """No name of the program is printed; only a share and a ratio of two times need no unit."""
    label, unit = LABELS[row.name]
    assert row.name not in report_of({row.name: KNOWN})
    assert label
    assert unit or row.name == "duty_ratio"


def test_measures_stand_in_the_order_of_the_table() -> None:
    """As gait measures them, whatever the store gives first."""
    words = report_of(dict(sorted(METRIC_VALUES.items())))
    places = [
        words.index(f" {LABELS[row.name][0]} 12.3")
        for row in METRICS
        if METRIC_VALUES[row.name].value == 12.34 and "_ratio" not in row.name
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("value", "said"), [(-0.84, "0.8 ± 0.3 degrees to the left"), (0.84, "0.8 ± 0.3 degrees to the right"), (-0.04, "0.0 ± 0.3 degrees")]
)
def test_a_side_is_named_not_signed(value: float, said: str) -> None:
    """The card says how much the trunk leans, so the table must not say the opposite sign; it says whereto."""
    words = report_of({"lateral_lean_deg": MetricValue(value, n=20, spread=0.3, quality=Quality.GOOD)})
    assert f" {said} 20 " in words


def test_small_spreads_are_seen() -> None:
    """In the table and on the card one more digit, where the spread would be written as none."""
    metrics = {"contact_ms": replace(KNOWN, spread=0.04)}
    words = report_of(metrics, told=Told((replace(GOOD, spread=0.3),)))
    assert [said for said in ("± 0.04", "± 0.3") if said not in words] == []


def test_an_answer_is_said_once() -> None:
    """The verdict's sentence begins with it."""
    verdict = Verdict(Answer.CANNOT_TELL, Phrase("Cannot tell: too few strides could be measured."), "arm_swing_deg", "overstride_ratio")
    assert report_of({}, verdicts=(verdict,)).count("Cannot tell") == 1
    assert report_of({}, Language.DE, verdicts=(verdict,)).count("Unklar") == 1


def test_the_date_is_written_as_the_language_writes_it() -> None:
    """A stored label that is no date stays as it is."""
    assert "21. November 2026" in report_of({}, Language.DE)
    assert "long ago" in report_of({}, started_utc="long ago")


@needs_chromium
def test_it_prints_on_one_sheet_and_fits_a_phone(tmp_path: Path) -> None:
    """A full report in the longer language is one A4 page; on a phone of 390 pixels nothing is wider than the screen."""
    file = tmp_path / "report.html"
    file.write_text(report_html(SESSION, Language.DE), encoding="utf-8")
    with open_chromium() as browser:
        browser.get(file.as_uri())
        settings = {"printBackground": True, "preferCSSPageSize": True}
        printed = browser.execute_cdp_cmd("Page.printToPDF", settings)["data"]
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
        wide = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed))) == 1
    assert wide == [390, 390]


# ---- pictures ----


def test_moments_are_where_the_feet_are() -> None:
    """Contact, middle of the stance and toe-off follow one another; in the swing the knee is bent most; the whole has no moment."""
    typical = stride()
    for side, at in ((Side.LEFT, LEFT), (Side.RIGHT, RIGHT)):
        phases = [moment_phase(typical, m, side) for m in (Moment.CONTACT, Moment.MIDSTANCE, Moment.TOE_OFF, Moment.SWING)]
        assert all(phase is not None for phase in phases)
        after = [(phase - phases[0]) % 1 for phase in phases]  # type: ignore[operator]
        assert after == sorted(after)
        ankle = [typical.xy[round(60 * p) % 60, at["ankle"]] for p in phases]  # type: ignore[operator]
        assert ankle[0][0] < ankle[1][0] < ankle[2][0]  # it faces left: the belt takes the foot to the right
        assert ankle[3][1] < min(a[1] for a in ankle[:3]) - 0.2
    assert moment_phase(typical, Moment.WHOLE, Side.LEFT) is None
    assert moment_phase(replace(typical, contact={}), Moment.CONTACT, Side.LEFT) is None


@pytest.mark.parametrize(("view", "side"), [(View.LEFT, Side.LEFT), (View.RIGHT, Side.RIGHT), (View.FRONT, Side.LEFT)])
def test_the_near_side_is_shown(view: View, side: Side) -> None:
    """Without a side that is out, the one that faces the camera; else the one that is out."""
    typical = replace(stride(), view=view)
    assert (shown_side(typical, None), shown_side(typical, side.other)) == (side, side.other)


def test_unknown_points_are_left_out() -> None:
    """No line to a point that was not seen, no word "nan"."""
    typical = stride()
    xy = typical.xy.copy()
    xy[:, [LEFT["wrist"], *range(5)]] = np.nan
    drawn = figure(replace(typical, xy=xy), 0.0)
    assert (drawn.count("<line"), figure(typical, 0.0).count("<line"), "nan" in drawn) == (11, 13, False)
