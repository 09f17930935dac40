"""Reports as files and as pictures, to be looked at: python tests/report_pictures.py FOLDER."""

import sys
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "report")]

import clinic_fakes as fakes  # noqa: E402
import pypdfium2  # noqa: E402

from kiosk.clinic import Paper  # noqa: E402
from kiosk.gait.retest import compare_assessments  # noqa: E402
from kiosk.report.as_html import html  # noqa: E402
from kiosk.report.as_pdf import pdf  # noqa: E402
from kiosk.report.assessment import ReportFacts, assessment_report  # noqa: E402
from kiosk.words import Language  # noqa: E402


def cases() -> dict[str, ReportFacts]:
    """Name -> what is reported."""
    first, other, last = fakes.visits()
    long = replace(fakes.PATIENT, form=replace(fakes.PATIENT.form, notes="Läuft seit 2019. Бег. 走る. مرحبا\n" + "Very long note. " * 500))
    change = compare_assessments(first, last)
    return {
        "baseline": ReportFacts(fakes.PATIENT, first, clinic_name=fakes.CLINIC, program="treadside 0.6.0"),
        "retest": ReportFacts(fakes.PATIENT, last, (first, other), change, fakes.CLINIC, "treadside 0.6.0"),
        "notes": ReportFacts(long, first, clinic_name=fakes.CLINIC, program="treadside 0.6.0"),
        "refused": ReportFacts(fakes.PATIENT, fakes.refused(), clinic_name=fakes.CLINIC, program="treadside 0.6.0"),
        "empty": ReportFacts(None, replace(first, bouts=()), name="run.mp4", program="treadside 0.6.0"),
    }


def main(folder: Path) -> None:
    """Every case in every language on every paper."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, facts in cases().items():
        for language in Language:
            for paper in Paper:
                document = assessment_report(facts, language, paper)
                stem = folder / f"{name}_{language.value}_{paper.value}"
                stem.with_suffix(".html").write_text(html(document), encoding="utf-8")
                stem.with_suffix(".pdf").write_bytes(pdf(document, paper))
                pages = pypdfium2.PdfDocument(stem.with_suffix(".pdf"))
                for number, page in enumerate(pages, 1):
                    page.render(scale=1.3).to_pil().save(f"{stem}_{number}.png")
                print(stem.name, len(pages), "pages")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
