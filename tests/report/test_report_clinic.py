"""The clinic's report: what it says, in two languages, as HTML and as PDF, and what it does not invent."""

import re
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any, get_args, get_type_hints

import clinic_fakes as fakes
import pypdfium2
import pytest

from kiosk.cli_report import analyze_report
from kiosk.clinic import AssessmentChange, BoutOrder, Outcome, Paper
from kiosk.coach.labels import LABELS
from kiosk.config import CameraConfig
from kiosk.domain import Side, View
from kiosk.gait.detectable import limit_of
from kiosk.gait.metrics import METRICS
from kiosk.gait.retest import compare_assessments as between
from kiosk.report.as_html import html
from kiosk.report.as_pdf import pdf
from kiosk.report.assessment import ReportFacts, assessment_report, change_lines
from kiosk.report.definitions import DEFINITIONS
from kiosk.report.document import Card, Charts, Document, Heading, PageBreak, Paragraph, Table
from kiosk.report.hands import plainly
from kiosk.report.reading import merged
from kiosk.report.trends import unlike
from kiosk.report.vectors import Words
from kiosk.screen import Finding
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import catalogue

PROGRAM = "Treadside 9.9.9"
NEWER = fakes.MODEL.replace("0.6.0", "0.7.0")


@cache
def facts(name: str) -> ReportFacts:
    first, other, last = fakes.visits()
    change = between(first, last)
    long = replace(fakes.PATIENT, form=replace(fakes.PATIENT.form, notes="Läuft. Бег. 走る\n" + "Very long note. " * 900 + "x" * 300))
    return {
        "baseline": ReportFacts(fakes.PATIENT, first, (), None, fakes.CLINIC, PROGRAM),
        "retest": ReportFacts(fakes.PATIENT, last, (first, other), change, fakes.CLINIC, PROGRAM),
        "refused": ReportFacts(fakes.PATIENT, fakes.refused(), program=PROGRAM),
        "empty": ReportFacts(None, replace(first, bouts=()), program=PROGRAM, name="run.mp4"),
        "notes": ReportFacts(long, replace(first, bouts=()), program=PROGRAM),
    }[name]


@cache
def document(name: str, language: Language = Language.EN, paper: Paper = Paper.A4) -> Document:
    return assessment_report(facts(name), language, paper)


@cache
def pages(name: str, language: Language = Language.EN, paper: Paper = Paper.A4) -> tuple[str, ...]:
    """Text of every page of the PDF, white space as one space."""
    made = pypdfium2.PdfDocument(BytesIO(pdf(document(name, language, paper), paper)))
    return tuple(" ".join(page.get_textpage().get_text_bounded().split()) for page in made)


def squeezed(text: str) -> str:
    """Without any white space: a PDF breaks lines where it likes, also inside a long word."""
    return re.sub(r"\s|-\uFFFE|\uFFFE|\x02", "", text)


def texts(made: Document) -> list[str]:
    """Every text of a document."""
    out = []
    for block in made.blocks:
        if isinstance(block, Heading | Paragraph):
            out.append(block.text)
        elif isinstance(block, Table):
            out += [*block.heads, *(cell for row in block.rows for cell in row)]
        elif isinstance(block, Card):
            out += [block.sign, block.text, block.caption, *(text for row in block.facts for text in row)]
        elif hasattr(block, "rows"):
            out += [text for row in block.rows for text in row]
    return [text for text in out if text]


@pytest.mark.parametrize("language", Language)
def test_the_patients_page_is_one_page(language: Language) -> None:
    """Code, date, kind, findings and what changed stand on the first page; what is for the physio begins on the second."""
    first, second, *_ = pages("retest", language)
    wanted = {
        Language.EN: (
            "KX-0417",
            "November 17, 2026",
            "Retest",
            "What we found",
            "What changed since September 1, 2026",
            "No medical advice",
        ),
        Language.DE: ("KX-0417", "17. November 2026", "Nachmessung", "Was wir gefunden haben", "seit dem 1. September 2026"),
    }[language]
    assert [words for words in wanted if words not in first] == []
    assert {Language.EN: "For the professional", Language.DE: "Für die Fachperson"}[language] in second


@pytest.mark.parametrize("paper", Paper)
def test_nothing_is_cut_in_the_pdf(paper: Paper) -> None:
    """Every heading, cell and paragraph of the document is in the PDF's text, in a sane number of pages, numbered on each."""
    found = pages("retest", paper=paper)
    whole = squeezed("".join(found))
    missing = [text for text in texts(document("retest", paper=paper)) if squeezed(text) not in whole]
    across = [text for text in missing if len(text) < 60]  # a long paragraph may go over a page's end
    assert across == []
    assert 4 <= len(found) <= 8
    assert all(f"Page {n} of {len(found)}" in text and "KX-0417" in text for n, text in enumerate(found, 1))


def test_everything_is_in_the_html() -> None:
    """The same texts, escaped; no script and nothing to load."""
    page = html(document("retest"))
    assert "&lt;b&gt;Ask again&lt;/b&gt; &amp; note ≥ 3/10." in page
    assert "<b>Ask" not in page
    assert re.findall(r"<script|<link|<img|url\(|@import|href=|src=", page) == []
    assert "size:A4" in page
    assert "size:letter" in html(document("baseline", paper=Paper.LETTER))


def test_numbers_stand_with_spread_sides_strides_band_source_and_limit() -> None:
    """The row of a metric in the table of its view is that of the result."""
    m = facts("baseline").assessment.bouts[0].result.metrics["overstride_ratio"]
    table = next(block for block in document("baseline").blocks if isinstance(block, Table))
    row = next(row for row in table.rows if row[0] == LABELS["overstride_ratio"][0])
    assert row[1] == f"{m.value:.3f} ± {m.spread:.3f} leg lengths"
    assert row[2:5] == (f"{m.left:.3f}", f"{m.right:.3f}", str(m.n))
    assert re.fullmatch(r"0\.16 to 0\.27 \(A\) \[\d+\]", row[6])
    assert float(row[7]) > 0
    assert any("Fukuchi 2017" in text for text in texts(document("baseline")))


def test_a_retest_tells_before_after_change_limits_and_verdict() -> None:
    """The row of a metric in the comparison is that of the change."""
    change = facts("retest").change
    assert change is not None
    lean = next(one for one in change.metrics if one.metric == "trunk_lean_deg" and one.view is View.LEFT)
    rows = [row for block in document("retest").blocks if isinstance(block, Table) and block.heads[-1] == "Verdict" for row in block.rows]
    row = next(row for row in rows if row[0] == "Forward lean, degrees")
    assert row[1:3] == (f"{lean.before:.1f}", f"{lean.after:.1f}")
    assert row[4:] == (f"{lean.own:.1f}", f"{limit_of('trunk_lean_deg').value:.1f} [5]", "not distinguishable")
    assert any(f"[5] {limit_of('trunk_lean_deg').source}" in text for text in texts(document("retest")))


def test_the_column_of_the_methods_limit_is_called_so() -> None:
    """Its number is what the method can tell, which was measured for most metrics; only some are published."""
    table = next(block for block in document("retest").blocks if isinstance(block, Table) and block.heads[-1] == "Verdict")
    assert table.heads[5] == "Limit of the method"
    assert any("the smallest change that this way of measuring can tell from its own error" in text for text in texts(document("retest")))


def test_why_a_whole_view_cannot_be_told_stands_once() -> None:
    """At another speed: the sentence of each view above the tables; the rows say that it cannot be told and nothing more."""
    first, other, _ = fakes.visits()
    made = assessment_report(
        replace(facts("retest"), assessment=other, earlier=(first,), change=between(first, other)), Language.EN, Paper.A4
    )
    body = made.blocks[made.blocks.index(next(block for block in made.blocks if isinstance(block, PageBreak))) :]
    said = [text for text in texts(replace(made, blocks=body)) if "only equal speeds can be compared" in text]
    assert [text.split(":")[0] for text in said] == ["Seen from the left", "Seen from the rear"]
    verdicts = {row[-1] for block in body if isinstance(block, Table) and block.heads[-1] == "Verdict" for row in block.rows}
    assert verdicts == {"cannot tell"}


def test_a_reason_of_all_rows_stands_above_them() -> None:
    """Too few blocks in every row of a view: said once, and the rows of the other view keep their own reasons."""
    change = facts("retest").change
    assert change is not None
    few, low = Phrase("Too few blocks could be measured to tell it from noise."), Phrase("Measured, but not well enough in both.")
    sided = tuple(replace(one, outcome=Outcome.CANNOT_TELL, reason=few) if one.view is View.LEFT else one for one in change.metrics)
    odd = tuple(replace(o, outcome=Outcome.CANNOT_TELL, reason=low) if o.metric == "trunk_sway_deg" else o for o in sided)
    made = assessment_report(replace(facts("retest"), change=replace(change, metrics=odd)), Language.EN, Paper.A4)
    assert sum(few in text for text in texts(made)) == 1
    assert f"cannot tell: {low}" in texts(made)


def test_hands_and_the_middle_are_told_in_words() -> None:
    """No number below zero: which hand is where, in the card, in the tables of values and in the comparison."""
    made = document("retest")
    said = next(block.text for block in made.blocks if isinstance(block, Card) and "hand" in block.text)
    guide = "Our guide: each hand stays on its own side; opinions differ."
    assert re.fullmatch(rf"The right hand goes 0\.05 ± 0\.\d\d shoulder widths past the middle of the body\. {guide}", said)
    rows = [row for block in made.blocks if isinstance(block, Table) for row in block.rows if row[0].startswith("Hand to the middle")]
    values, change, _ = rows
    assert values[1].endswith("shoulder widths on its own side")
    assert (values[2].split()[1:], values[3].split()[1:]) == (["on", "its", "own", "side"], ["past", "the", "middle"])
    assert values[6].startswith("0.00 to 0.50 on its own side (C)")
    assert change[1:4] == ("0.204 on its own side", "0.125 on its own side", "0.079 towards the other side")
    assert not any(cell.startswith("\N{MINUS SIGN}") for row in rows for cell in row)


@pytest.mark.parametrize(
    ("value", "good", "said"),
    [
        (-0.2, True, "The hands stay on their own side, 0.20 shoulder widths short of the middle of the body."),
        (-0.02, False, "The left hand goes past the middle of the body in more than one stride out of five."),
        (0.123, False, "The left hand goes 0.12 ± 0.04 shoulder widths past the middle of the body."),
    ],
)
def test_the_sentence_about_hands_follows_the_value(value: float, good: bool, said: str) -> None:
    """Short of the middle, past it in some strides, past it; other findings stay as they are."""
    unit, side = Phrase("shoulder widths"), None if good else Side.LEFT
    finding = Finding(Phrase("x"), "wrist_crossover_ratio", good, unit=unit, value=value, spread=0.04, decimals=2, side=side)
    assert plainly(finding).text.startswith(said)
    other = replace(finding, metric="trunk_lean_deg")
    assert plainly(other) is other


def method_rows(camera: dict[str, float | str | None]) -> dict[str, str]:
    """The table of how it was measured, of one bout with these facts about the camera."""
    whole = fakes.assessment()
    bout = replace(whole.bouts[0], result=replace(whole.bouts[0].result, camera=camera))
    made = assessment_report(ReportFacts(fakes.PATIENT, replace(whole, bouts=(bout,))), Language.EN, Paper.A4)
    return {row[0]: row[1] for block in made.blocks if isinstance(block, Table) and block.heads[0] == "Bout" for row in block.rows}


def test_the_camera_is_told_in_words() -> None:
    """Kind, size and rate in a row; where the roll comes from in words; both lengths of the leg below one another."""
    rows = method_rows(fakes.CAMERA | {"kind": "picamera"})
    assert rows["Camera"] == "Raspberry Pi camera, 1280 x 720 pixels, 59.9 pictures a second"
    assert rows["Where the roll comes from"] == "upright and level lines in the picture"
    legs = [name for name in rows if name.startswith("Length of the leg")]
    assert [rows[name] for name in legs] == ["87.4", "88.4"]  # 0.491 x 178 cm
    assert list(rows).index(legs[1]) == list(rows).index(legs[0]) + 1
    assert method_rows(fakes.CAMERA)["Camera"].startswith("kind not stored, 1280 x 720")


def test_no_names_of_the_machine_stand_in_the_report() -> None:
    """Not of a source of the roll, a network's file, or a fact that only another version of the kiosk knows."""
    rows = method_rows(fakes.CAMERA | {"roll_source": "by_gyroscope", "lens_k1": 0.1})
    assert rows["Where the roll comes from"] == "not known"
    assert [name for name in rows if "_" in name] == []
    known = [text for name in ("baseline", "retest", "refused") for text in texts(document(name))]
    assert [text for text in known if re.search(r"[a-z0-9]_[a-z0-9]", text)] == []
    assert "movenet thunder int8, checksum (SHA-256) 9a3c1f0b7e5d…, Treadside 0.6.0" in known


@pytest.mark.parametrize("source", ["given", "recording", "lines", "assumed"])
def test_every_source_of_the_roll_has_words(source: str) -> None:
    """Those that kiosk/gait/tilt.py names."""
    assert method_rows(fakes.CAMERA | {"roll_source": source})["Where the roll comes from"] != "not known"


@pytest.mark.parametrize("kind", get_args(get_type_hints(CameraConfig)["kind"]))
def test_every_kind_of_camera_has_words(kind: str) -> None:
    """Those that the configuration knows."""
    assert not method_rows(fakes.CAMERA | {"kind": kind})["Camera"].startswith("kind not stored")


def test_no_change_is_not_claimed_where_none_could_be_told() -> None:
    """Nothing compared: cannot tell, with why. All within noise: no change. Changed: at most three sentences."""
    change = facts("retest").change
    assert change is not None
    faster = Phrase("Another speed.")
    assert change_lines(AssessmentChange(1, 2, (), (faster,))) == ("It cannot be told whether something changed.", faster)
    same = tuple(replace(one, outcome=Outcome.NOT_DISTINGUISHABLE) for one in change.metrics)
    assert change_lines(replace(change, metrics=same)) == ("No change that is larger than the measuring error.",)
    told = change_lines(replace(change, metrics=tuple(replace(one, outcome=Outcome.CHANGED) for one in change.metrics)))
    assert len(told) == 3
    assert all("more than the measuring error" in line for line in told)


def test_a_refused_bout_gives_no_finding_and_its_reason() -> None:
    """Why, and what to do, are told; no card, no number of a table."""
    made = document("refused")
    assert not any(isinstance(block, Card | Charts) for block in made.blocks)
    said = " ".join(texts(made))
    assert "must not be used" in said
    assert fakes.FEET in said
    assert "Nothing could be measured well enough." in said
    assert [table.heads[0] for table in made.blocks if isinstance(table, Table)] == ["Bout", "Measure"]  # how it was measured, definitions


def test_numbers_of_an_unusable_bout_are_no_findings() -> None:
    """A bout that was measured but must not be used is left out of findings and trends."""
    whole = fakes.assessment()
    bad = replace(whole.bouts[0], result=replace(whole.bouts[0].result, quality=fakes.refused().bouts[0].result.quality))
    assert "trunk_lean_deg" not in merged(replace(whole, bouts=(bad, whole.bouts[1]))).source
    assert merged(whole).source["cadence_spm"] is whole.bouts[0]


def test_of_one_view_the_newest_bout_counts() -> None:
    """A repeated bout takes the place of the earlier one."""
    whole = fakes.assessment()
    again = replace(whole.bouts[0], id=9, started_utc="2026-09-01T09:30:00+00:00")
    assert merged(replace(whole, bouts=(*whole.bouts, again))).source["trunk_lean_deg"] is again


def test_nothing_is_invented_for_an_empty_assessment() -> None:
    """No bout: it says so, names the file, and has no measured number."""
    said = pages("empty")
    assert "Nothing was measured." in said[0]
    assert "run.mp4" in said[0]
    assert "nan" not in " ".join(said).lower().replace("nanometre", "")
    assert not any("None" in text for text in texts(document("empty")))


def test_long_notes_and_other_scripts() -> None:
    """Notes run over pages, Cyrillic is printed, signs without a letter in the font become "?" and the end says so."""
    said = pages("notes")
    whole = " ".join(said)
    assert "Läuft. Бег. ??" in whole
    assert whole.count("Very long note.") > 890  # a few are cut by the ends of pages
    assert "Signs that this file's font does not have" in said[-1]
    assert "走る" in html(document("notes"))


def test_signs_are_in_the_pdf() -> None:
    """±, the minus sign, ≥, umlauts and the degree of arc of the notes are text, not question marks."""
    whole = " ".join(pages("retest", Language.DE))
    assert [sign for sign in "±\N{MINUS SIGN}≥äöüß" if sign not in whole] == []
    assert re.search(r"\d,\d", whole)


@pytest.mark.parametrize("name", ["retest", "refused", "empty"])
def test_german_is_german(name: str) -> None:
    """No text of the English report that has German words is left in the German one."""
    english = {pattern for pattern, german in catalogue(Language.DE).items() if german != pattern and "{" not in pattern}
    assert [text for text in texts(document(name, Language.DE)) if text in english] == []


def test_every_metric_is_defined() -> None:
    """One sentence for each metric of gait, none too many."""
    assert list(DEFINITIONS) == [row.name for row in METRICS]


def test_the_pseudonym_is_not_in_the_metadata() -> None:
    """The file's title names nobody; the language is set."""
    made = pdf(document("baseline", Language.DE), Paper.A4)
    facts_ = pypdfium2.PdfDocument(BytesIO(made)).get_metadata_dict()
    assert facts_["Title"] == "Laufstil-Bericht"
    assert not any("KX-0417" in value for value in facts_.values())
    assert "<title>Laufstil-Bericht</title>" in html(document("baseline", Language.DE))
    assert b"/Lang (de)" in made


def test_trends_join_only_equal_speeds() -> None:
    """The visit at another speed is hollow and no line goes through it."""
    charts = next(block for block in document("retest").blocks if isinstance(block, Charts))
    looks = [shape.look.name for shape in charts.drawings[0].shapes if hasattr(shape, "look")]
    assert (looks.count("full"), looks.count("hollow"), looks.count("path")) == (2, 1, 1)
    assert charts.drawings[0].title.startswith("Cadence, steps a minute over 3 visits: ")
    for drawing in charts.drawings:
        ticks = [shape.text for shape in drawing.shapes if isinstance(shape, Words) and shape.anchor == "end"]
        assert len(set(ticks)) == 3
    assert not any(isinstance(block, Charts) for block in document("baseline").blocks)


def test_the_page_says_which_visits_no_line_goes_through() -> None:
    """The day and both speeds, once; nothing when all visits are at one speed."""
    said = [text for text in texts(document("retest")) if text.startswith("No line goes through")]
    assert said == ["No line goes through what was measured otherwise than at this visit: October 6, 2026 (11.0 km/h instead of 10.0)."]
    first, _, last = fakes.visits()
    alike = assessment_report(replace(facts("retest"), earlier=(first,)), Language.EN, Paper.A4)
    assert last is facts("retest").assessment
    assert not any("No line goes" in text for text in texts(alike))


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"speed_kmh": 10.2}, ""),
        ({"speed_kmh": 10.3}, "10.3 km/h instead of 10.0"),
        ({"speed_kmh": None}, "speed not known"),
        ({"incline_pct": 0.25}, ""),
        ({"incline_pct": 1.0}, "incline 1.0 % instead of 0.0"),
        ({"view": View.RIGHT}, "seen from the right"),
    ],
)
def test_points_are_joined_as_a_retest_compares(order: dict[str, Any], why: str) -> None:
    """Speeds within 0.2 km/h are one speed; an unknown one is like none, not even like another unknown one."""
    bout = fakes.assessment().bouts[0]
    other = replace(bout, order=replace(bout.order, **order))
    assert unlike(other, bout) == why
    nowhere = replace(bout, order=replace(bout.order, speed_kmh=None))
    assert unlike(nowhere, nowhere) == "speed not known"


def test_points_of_another_network_are_not_joined() -> None:
    """Networks are off in different ways; the program's version does not matter."""
    bout = fakes.assessment().bouts[0]
    found = {model: unlike(replace(bout, result=replace(bout.result, model=model)), bout) for model in (NEWER, "other net")}
    assert found == {NEWER: "", "other net": "another neural network"}


def test_the_header_cannot_break_out_of_the_style_sheet() -> None:
    """A code with quotes and tags stays text in the page's style."""
    evil = replace(fakes.PATIENT, form=replace(fakes.PATIENT.form, code='"}</style><script>x'))
    page = html(assessment_report(replace(facts("empty"), patient=evil), Language.EN, Paper.A4))
    assert "<script" not in page
    assert page.count("</style>") == 1


def test_the_report_of_one_analysed_file() -> None:
    """No patient, no consent, no date: the file's name and its numbers."""
    bout = fakes.assessment().bouts[0]
    page = analyze_report(bout.result, BoutOrder(0, View.LEFT, speed_kmh=10.0), "run.mp4", Language.EN, Paper.A4, "html").decode()
    assert "run.mp4" in page
    assert "Seen from the left" in page
    assert re.search(r"Consent|Baseline|None", page) is None
    with pytest.raises(ValueError, match=r"written as \.html or \.pdf"):
        analyze_report(bout.result, bout.order, "run.mp4", Language.EN, Paper.A4, "docx")
