"""The clinic's report: what it says, in two languages, as HTML and as PDF, and what it does not invent."""

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import clinic_fakes as fakes
import pypdfium2
import pytest
from clinic_documents import document, facts, pages, squeezed, texts

from kiosk.bouts import measure_bout
from kiosk.cli.report import analyze_report
from kiosk.clinic import AssessmentChange, BoutOrder, Outcome, Paper
from kiosk.coach.labels import LABELS
from kiosk.domain import Quality, View
from kiosk.gait.detectable import limit_of
from kiosk.gait.metrics import METRICS
from kiosk.gait.retest import compare_assessments as between
from kiosk.gait.tilt import ROLL_UNKNOWN
from kiosk.pose.recording import load
from kiosk.report.as_html import html
from kiosk.report.as_pdf import pdf
from kiosk.report.assessment import assessment_report, change_lines
from kiosk.report.definitions import DEFINITIONS
from kiosk.report.document import Card, Charts, PageBreak, Table
from kiosk.report.reading import merged
from kiosk.report.vectors import Words
from kiosk.words import Language, Phrase
from kiosk.words.catalogue import catalogue


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


def test_why_a_value_is_low_stands_below_the_table() -> None:
    """A letter in the row and the reason once, however many rows it is about."""
    rear = [block for block in document("baseline").blocks if isinstance(block, Table)][1]
    low = {row[0]: row[5] for row in rear.rows}
    assert (low["Contact time"], low["Time in the air"], low["Side lean"], low["Cadence"]) == ("low (a)", "low (a)", "low (b)", "good")
    reason = "From in front and behind the moment of toe off is known to about 30 ms only."
    assert [text for text in texts(document("baseline")) if reason in text] == [f"(a) {reason}"]


def test_a_reason_of_all_rows_stands_above_them() -> None:
    """Too few blocks in every row of a view: said once, and the rows of the other view keep their own reasons."""
    change = facts("retest").change
    assert change is not None
    few, low = Phrase("Too few blocks could be measured to tell it from noise."), Phrase("Measured, but not well enough in both.")
    sided = tuple(replace(one, outcome=Outcome.CANNOT_TELL, reason=few) if one.view is View.LEFT else one for one in change.metrics)
    odd = tuple(replace(o, outcome=Outcome.CANNOT_TELL, reason=low) if o.metric == "trunk_sway_deg" else o for o in sided)
    made = assessment_report(replace(facts("retest"), change=replace(change, metrics=odd)), Language.EN, Paper.A4)
    assert sum(few in text for text in texts(made)) == 1
    assert {"cannot tell (a)", f"(a) {low}"} <= set(texts(made))
    assert sum(low in text for text in texts(made)) == 1


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
    assert "Nothing was measured in this bout." in said
    assert said.count(fakes.FEET) == 1  # once for all measures, not once more behind all their names
    assert "Nothing could be measured well enough." in said
    assert [table.heads[0] for table in made.blocks if isinstance(table, Table)] == ["Bout", "Measure"]  # how it was measured, definitions


def report_of(recording: Path, view: View) -> list[str]:
    """Texts of the report of one recorded bout, filmed as it was ordered or not."""
    whole, order = fakes.assessment(), BoutOrder(1, view, 20.0, 10.0)
    bout = replace(whole.bouts[0], order=order, result=measure_bout(load(recording), order))
    only = replace(facts("baseline"), assessment=replace(whole, bouts=(bout,)))
    return texts(assessment_report(only, Language.EN, Paper.A4))


def test_a_bout_of_another_view_says_so_once(data: Path) -> None:
    """What was ordered and what was seen; not once more in the words of the refusal, nor behind the names of the metrics."""
    said = report_of(data / "p07_front_crossover.npz", View.LEFT)
    about = [text for text in said if re.search(r"ordered|looks like|[Nn]othing (was|could be) measured in|could be measured:", text)]
    assert about == [
        "Nothing was measured in this bout.",
        "The left view was ordered, the front view was seen. Turn the camera, or order the bout in the other view.",
    ]


def test_a_camera_that_nobody_measured_is_told_once(data: Path) -> None:
    """Not in the bout's check, its warnings and a note to each metric; the metrics stay marked as low."""
    made = report_of(data / "p07_front_crossover.npz", View.FRONT)
    about = [text for text in made if "obody measured" in text]
    assert len(about) == 1
    assert about[0].startswith("Nobody measured whether the camera stands upright: sideways lean and tilts are less sure.")
    lean = made.index(LABELS["lateral_lean_deg"][0])
    assert made[lean + 3] == "low"


def test_a_reason_that_no_problem_names_stays() -> None:
    """Notes to a metric are left out only where the bout's own remarks are about the same matter."""
    whole = fakes.assessment()
    result = whole.bouts[1].result
    doubted = replace(result.metrics["lateral_lean_deg"], quality=Quality.LOW, reason=ROLL_UNKNOWN)
    bout = replace(whole.bouts[1], result=replace(result, metrics={**result.metrics, "lateral_lean_deg": doubted}))
    made = assessment_report(replace(facts("baseline"), assessment=replace(whole, bouts=(bout,))), Language.EN, Paper.A4)
    assert sum(re.match(r"\([a-z]\) Nobody measured whether the camera stands upright\.", text) is not None for text in texts(made)) == 1


def test_an_unusable_bout_with_numbers_says_so() -> None:
    """They stand in the table, and nothing is concluded from them."""
    whole = fakes.assessment()
    bad = replace(whole.bouts[0], result=replace(whole.bouts[0].result, quality=fakes.refused().bouts[0].result.quality))
    made = assessment_report(replace(facts("baseline"), assessment=replace(whole, bouts=(bad, whole.bouts[1]))), Language.EN, Paper.A4)
    said = texts(made)
    assert "This bout must not be used: its numbers are shown, but nothing is concluded from them." in said
    assert "This bout may be used." in said


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
        assert 2 <= len(set(ticks)) == len(ticks) <= 6
    assert not any(isinstance(block, Charts) for block in document("baseline").blocks)


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
