"""`kiosk report`: a stored run as a file for paper, and the report that `kiosk analyze --report` writes.

What must not go in: what a report says (kiosk/report), analysing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kiosk import __version__
from kiosk.cli import Failed, config_option, load_config, sentences

if TYPE_CHECKING:  # the program starts without what only this command needs
    from kiosk.clinic import BoutOrder, BoutResult, Paper
    from kiosk.report.document import Document
    from kiosk.words import Language

PROGRAM = f"Treadside {__version__}"
FORMS = (".html", ".pdf")


def written(document: "Document", paper: "Paper", suffix: str) -> bytes:
    """The document as ".html" or ".pdf".

    Raises:
        ValueError: another suffix.
        Failed: the font of the PDF is not installed.
    """
    from kiosk.report.as_html import html
    from kiosk.report.as_pdf import FontError, pdf

    if suffix.lower() not in FORMS:
        raise ValueError(f"{suffix or 'no ending'}: a report is written as .html or .pdf. Name a file that ends so.")
    if suffix.lower() == ".html":
        return html(document).encode()
    try:
        return pdf(document, paper)
    except FontError as error:
        raise Failed(str(error)) from None


def analyze_report(result: "BoutResult", order: "BoutOrder", name: str, language: "Language", paper: "Paper", form: str = "pdf") -> bytes:
    """The report of one analysed recording that belongs to no patient.

    Args:
        result: what was measured.
        order: view, speed, incline and height as they were given.
        name: of the file, stands where the patient's code would.
        language: of the report.
        paper: of the report.
        form: "pdf" or "html".

    Raises:
        ValueError: another form.
        Failed: the font of the PDF is not installed.
    """
    from kiosk.clinic import Assessment, Consent, Kind, StoredBout
    from kiosk.report.assessment import ReportFacts, assessment_report

    bout = StoredBout(0, 0, "", order, result)
    assessment = Assessment(0, 0, Kind.BASELINE, "", Consent("", language, False, ""), (bout,))
    facts = ReportFacts(None, assessment, program=PROGRAM, name=name)
    return written(assessment_report(facts, language, paper), paper, f".{form}")


@click.command()
@config_option
@click.option("--session", "session_id", type=click.IntRange(1), required=True, help="Number of the stored run.")
@click.option("--language", type=click.Choice(["en", "de"]), default="en", show_default=True)
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="FILE.html or FILE.pdf.")
def report(config_path: Path | None, session_id: int, language: str, paper: str, out: Path) -> None:
    """Write the report of a stored run as a file for paper."""
    from kiosk.clinic import Paper
    from kiosk.config import data_folder
    from kiosk.report.run import run_report
    from kiosk.store import session
    from kiosk.words import Language

    if out.suffix.lower() not in FORMS:
        raise Failed(f"{out.name}: a report is written as .html or .pdf. Name a file that ends so.")
    folder = data_folder(load_config(config_path).store)
    with sentences():
        stored = session(folder, session_id)
        if stored is None:
            raise Failed(f"Session {session_id}: no such run is stored in {folder}. Give the number of one that is.")
        document = run_report(stored, Language(language), Paper(paper), PROGRAM)
        out.write_bytes(written(document, Paper(paper), out.suffix))
    click.echo(f"Wrote {out}.")
