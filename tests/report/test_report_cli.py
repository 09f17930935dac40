"""`kiosk report` writes a stored run for paper."""

from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner
from test_report_page import SAID, SESSION

import kiosk.store
from kiosk.__main__ import main
from kiosk.cli import Failed
from kiosk.cli.report import written
from kiosk.clinic import Paper
from kiosk.report.as_html import html
from kiosk.report.as_pdf import FontError, pdf
from kiosk.report.document import Document
from kiosk.report.run import run_report
from kiosk.stored import StoredSession
from kiosk.words import Language


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    def session(folder: Path, session_id: int) -> StoredSession | None:
        return SESSION if session_id == SESSION.id else None

    monkeypatch.setattr(kiosk.store, "session", session)


NOT_ON_PAPER = ("band 145 to 193", "band 0.20 to 0.31", "± 0.02", "171", "± 1", "0.34")
"""The card's sentence has the number; the fakes' sentences do so only in part."""


def test_the_run_on_paper_says_what_the_page_says() -> None:
    """Every word of the page of the take-home link is in the PDF, less the bars and the card's large number."""
    made = pypdfium2.PdfDocument(BytesIO(pdf(run_report(SESSION, Language.EN, Paper.A4), Paper.A4)))
    text = " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in made)
    assert [words for words in SAID if words not in text and words not in NOT_ON_PAPER] == []
    assert 1 <= len(made) <= 3


def test_german_on_letter() -> None:
    """German words and the paper's size."""
    page = html(run_report(SESSION, Language.DE, Paper.LETTER))
    assert "Dein Laufbericht" in page
    assert "size:letter" in page
    assert "What we found" not in page


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(("name", "start"), [("run.pdf", b"%PDF-"), ("run.html", b"<!doctype html>")])
def test_the_command_writes_the_file(tmp_path: Path, name: str, start: bytes) -> None:
    """The ending says which."""
    done = CliRunner().invoke(main, ["report", "--session", "7", "--paper", "letter", "--out", str(tmp_path / name)])
    assert (done.exit_code, done.output) == (0, f"Wrote {tmp_path / name}.\n")
    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("number", "name", "said"),
    [
        ("8", "run.pdf", "Session 8: no such run"),
        ("7", "run.docx", "run.docx: a report is"),
        ("7", "no/run.pdf", "No such file"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path: Path, number: str, name: str, said: str) -> None:
    """No such run, another ending, no such folder: exit code 1, one line, no file."""
    done = CliRunner().invoke(main, ["report", "--session", number, "--out", str(tmp_path / name)])
    assert done.exit_code == 1
    assert said in done.output
    assert done.output.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("language", "paper"), [("de", "letter"), ("en", "a4"), (None, None)])
def test_analyze_and_report_take_the_same_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str | None, paper: str | None
) -> None:
    """`kiosk analyze` takes the language and paper that README names, in the letters of `kiosk report`; English on A4 without them."""
    made: list[tuple[Language, Paper]] = []
    monkeypatch.setattr("kiosk.cli.analyze._analyze_each", lambda *given: made.append(given[-1]))
    options = [*(("--language", language) if language else ()), *(("--paper", paper) if paper else ())]
    done = CliRunner().invoke(main, ["analyze", "clip.mp4", "--report", str(tmp_path / "o.pdf"), *options])
    assert (done.exit_code, done.output) == (0, "")
    assert made == [(Language(language or "en"), Paper(paper or "a4"))]
    for command in ("analyze", "report"):
        said = CliRunner().invoke(main, [command, "--help"]).output
        assert "[en|de]" in said
        assert "[a4|letter]" in said


def test_a_missing_font_is_a_sentence_for_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """`kiosk report` and `kiosk analyze --report` write by one function; the font's package may be missing."""

    def without_font(*_: object) -> bytes:
        raise FontError("The font of the PDF is missing.")

    monkeypatch.setattr("kiosk.report.as_pdf.pdf", without_font)
    with pytest.raises(Failed, match="font of the PDF"):
        written(Document("", "", Language.EN, Paper.A4, ()), Paper.A4, ".pdf")
