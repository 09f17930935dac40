"""The clinic's report of an assessment as a document: one page for the patient, then the tables for the physio.

What must not go in: HTML, PDF, reading the store. No promise about health.
"""

from dataclasses import dataclass

from kiosk.clinic import Assessment, AssessmentChange, Kind, MetricChange, Outcome, Paper, Patient
from kiosk.coach.labels import label_of, valued
from kiosk.coach.wording import spelled
from kiosk.report import change_tables, measure_tables, method, trends
from kiosk.report.cards import LEGEND, card
from kiosk.report.document import Block, Document, Facts, Heading, PageBreak, Paragraph
from kiosk.report.hands import plainly
from kiosk.report.labels import NO_ADVICE, Speech
from kiosk.report.reading import findings_of, merged, newest_bouts
from kiosk.words import NOTHING, Language, Phrase

TITLE = Phrase("Running form report")
KINDS = {Kind.BASELINE: Phrase("Baseline"), Kind.RETEST: Phrase("Retest")}
MOST_CHANGES = 3
"""Sentences about what changed on the patient's page (our choice: the most that are remembered)."""


@dataclass(frozen=True, eq=False)
class ReportFacts:
    """All that a report is made of."""

    patient: Patient | None
    """None for a recording of nobody in particular."""
    assessment: Assessment
    earlier: tuple[Assessment, ...] = ()
    """Earlier ones of the same patient, for trends."""
    change: AssessmentChange | None = None
    clinic_name: str = ""
    program: str = ""
    """Name and version of the program."""
    name: str = ""
    """What the report is about when there is no patient: the name of a file."""


def assessment_report(facts: ReportFacts, language: Language, paper: Paper) -> Document:
    """The report in this language, for this paper; nothing is invented for what is not known."""
    report = _Report(facts, Speech(language))
    return Document(report.speech.say(TITLE), report.header(), language, paper, report.blocks(), facts.program)


@dataclass(frozen=True, eq=False)
class _Report:
    """One report being written."""

    facts: ReportFacts
    speech: Speech

    def header(self) -> str:
        parts = (self._whose(), self._day(self.facts.assessment), self.facts.clinic_name)
        return " · ".join(part for part in parts if part)

    def blocks(self) -> tuple[Block, ...]:
        facts, say = self.facts, self.speech.say
        bouts = newest_bouts(facts.assessment)
        past = (*facts.earlier, facts.assessment)
        return (
            *self._patient_page(),
            PageBreak(),
            Heading(say(Phrase("For the professional"))),
            *self._notes(),
            *(block for bout in bouts for block in measure_tables.view_part(bout, self.speech)),
            *(change_tables.change_part(facts.change, past, self.speech) if facts.change is not None else ()),
            *trends.trend_part(facts.assessment, facts.earlier, self.speech),
            *method.method_part(facts.assessment, bouts, facts.program, self.speech),
            *method.definition_part(self.speech),
        )

    # the patient's page ------------------------------------------------------------------------------------------

    def _patient_page(self) -> tuple[Block, ...]:
        say = self.speech.say
        return (
            Heading(say(TITLE), 1),
            Facts(self._who()),
            *self._findings(),
            *self._changed(),
            Paragraph(say(NO_ADVICE), "small"),
        )

    def _whose(self) -> str:
        return self.facts.patient.form.code if self.facts.patient is not None else self.facts.name

    def _day(self, assessment: Assessment) -> str:
        """The date of an assessment of this patient, with the time of day where another one is of the same date."""
        return self.speech.moment(assessment.started_utc, [one.started_utc for one in (*self.facts.earlier, self.facts.assessment)])

    def _who(self) -> tuple[tuple[str, str], ...]:
        facts, say = self.facts, self.speech.say
        kind = KINDS[facts.assessment.kind] if facts.patient is not None else NOTHING
        rows = (
            (Phrase("Code") if facts.patient is not None else Phrase("Recording"), self._whose()),
            (Phrase("Date"), self._day(facts.assessment)),
            (Phrase("Kind"), say(kind)),
            (Phrase("Clinic"), facts.clinic_name),
        )
        return tuple((say(name), value) for name, value in rows if value)

    def _findings(self) -> tuple[Block, ...]:
        say, known = self.speech.say, merged(self.facts.assessment)
        told = findings_of(known)
        if not told:
            return (Heading(say(Phrase("What we found"))), Paragraph(say(self._why_nothing())))
        cards = tuple(card(plainly(finding), known.source[finding.metric].result.stride, self.speech) for finding in told)
        legend = (Paragraph(say(LEGEND), "small"),) if any(c.picture for c in cards) else ()
        return (Heading(say(Phrase("What we found"))), *cards, *legend)

    def _why_nothing(self) -> Phrase:
        bouts = newest_bouts(self.facts.assessment)
        if not bouts:
            return Phrase("Nothing was measured.")
        if not any(bout.result.quality.ok for bout in bouts):
            return Phrase("Nothing could be measured well enough. Why is written on the next page.")
        return Phrase("Nothing is sure enough to be told in a sentence. What was measured is in the tables.")

    def _changed(self) -> tuple[Block, ...]:
        change, say = self.facts.change, self.speech.say
        if change is None:
            return ()
        before = next((one for one in self.facts.earlier if one.id == change.before_id), None)
        title = Phrase("What changed since {day}", day=self._day(before)) if before else Phrase("What changed")
        return (Heading(say(title)), *(Paragraph(say(line)) for line in change_lines(change)))

    # for the professional ----------------------------------------------------------------------------------------

    def _notes(self) -> tuple[Block, ...]:
        patient, say = self.facts.patient, self.speech.say
        if patient is None or not patient.form.notes.strip():
            return ()
        return (Heading(say(Phrase("Notes")), 3), Paragraph(patient.form.notes.strip()))


def change_lines(change: AssessmentChange) -> tuple[Phrase, ...]:
    """What changed for the patient: at most three sentences, the surest first; why nothing is told when nothing is."""
    changed = [one for one in change.metrics if one.outcome is Outcome.CHANGED and None not in (one.before, one.after, one.change)]
    if changed:
        return tuple(_change_line(one) for one in sorted(changed, key=_sureness)[:MOST_CHANGES])
    if any(one.outcome is Outcome.NOT_DISTINGUISHABLE for one in change.metrics):
        return (Phrase("No change that is larger than the measuring error."), *map(spelled, change.reasons))
    return (Phrase("It cannot be told whether something changed."), *map(spelled, change.reasons))


def _sureness(change: MetricChange) -> float:
    limit = max(change.own or 0.0, change.published or 0.0)
    return -abs(change.change or 0.0) / limit if limit else 0.0


def _change_line(one: MetricChange) -> Phrase:
    before, after = (valued(one.metric, float(value or 0)) for value in (one.before, one.after))
    values = {"label": label_of(one.metric), "before": before, "after": after}
    return Phrase("{label}: {after}, before {before}. This is more than the measuring error.", **values)
