"""The report of one stored session as one HTML file: no script, nothing from elsewhere, one A4 page when printed.

What must not go in: reading the store (the session comes in), drawing (drawing.py), and any advice the session does not hold.
"""

from collections.abc import Iterable
from html import escape
from importlib import resources

from kiosk.coach.labels import digits_of
from kiosk.domain import MetricValue, Moment
from kiosk.report.drawing import figure, moment_phase, shown_side
from kiosk.report.labels import GRADES, MOMENTS, NO_ADVICE, QUALITIES, SIDES, Speech, around, ordered
from kiosk.screen import Answer, Finding, Verdict
from kiosk.stored import StoredSession
from kiosk.words import NOTHING, Language, Phrase
from kiosk.words.catalogue import translated

STYLE = resources.files("kiosk.report").joinpath("page.css").read_text(encoding="utf-8")

TITLE = Phrase("Your run report")
WHAT = Phrase("What a camera beside the treadmill measured of your running form. Treadside.")
SOURCE = Phrase("Source")
ANSWERS = {Answer.CONFIRMED: Phrase("Confirmed"), Answer.NOT_CONFIRMED: Phrase("Not confirmed"), Answer.CANNOT_TELL: Phrase("Cannot tell")}
HEADS = (Phrase("Value"), Phrase("Left"), Phrase("Right"), Phrase("Strides"), Phrase("Quality"))
STATES = {"interrupted": Phrase("This run was interrupted; what was measured until then is shown.")}


def report_html(stored: StoredSession, language: Language) -> str:
    """The page in this language.

    Args:
        stored: a session as the store gives it.
        language: of all words; numbers have its decimal sign.
    """
    return _Page(stored, language).html()


class _Page:
    """One page being written."""

    def __init__(self, stored: StoredSession, language: Language) -> None:
        self._stored, self._language = stored, language
        self._words = Speech(language)

    def html(self) -> str:
        middle = "".join(section() for section in (self._form, self._tests, self._body, self._next))
        body = f"{self._head()}{self._findings()}<div class=grid>{middle}</div>{self._metrics()}{self._foot()}"
        title = self._say(Phrase("Your run report"))
        return (
            f'<!doctype html><html lang="{self._language.value}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
            f"<title>{title}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>"
        )

    # sections ----------------------------------------------------------------------------------------------------

    def _head(self) -> str:
        s = self._stored
        facts = [Phrase("{minutes:.0f} min {seconds:.0f} s", minutes=s.duration_s // 60, seconds=s.duration_s % 60)]
        facts += [Phrase("{strides} strides", strides=s.strides)]
        facts += [Phrase("{speed:.1f} km/h", speed=s.speed_kmh)] if s.speed_kmh else []
        day = escape(self._words.day(s.started_utc))
        notes = [n for n in (STATES.get(s.state, NOTHING), s.told.reason_ended, s.refusal) if n]
        return (
            f"<header><h1>{self._say(TITLE)}</h1>"
            f"<p>{day} · {' · '.join(self._say(fact) for fact in facts)}</p>"
            f"<p>{self._say(WHAT)}</p>"
            f"{self._paragraphs(notes)}</header>"
        )

    def _findings(self) -> str:
        if not self._stored.told.findings:
            return ""
        cards = "".join(self._finding(finding) for finding in self._stored.told.findings)
        legend = self._say(Phrase("Left: whole line. Right: broken line. Marked: what the number is about."))
        return self._section(
            Phrase("What we found"), f"<div class=cards>{cards}</div>{f'<p class=small>{legend}</p>' if self._stored.stride else ''}"
        )

    def _finding(self, f: Finding) -> str:
        sign = Phrase("Good") if f.good else Phrase("Work on this")
        rows = [
            (Phrase("Why"), f.why),
            (Phrase("Possible link"), f.may_come_from),
            (Phrase("Drill"), f.drill),
            (Phrase("Since last time"), f.change),
            (Phrase("Evidence"), GRADES.get(f.grade, NOTHING)),
        ]
        facts = "".join(f"<dt>{self._say(name)}</dt><dd>{self._say(value)}</dd>" for name, value in rows if value)
        facts += f"<dt>{self._say(SOURCE)}</dt><dd>{escape(self._words.source(f.source))}</dd>" if f.source else ""
        return (
            f'<article class="{"good" if f.good else "work"}">{self._picture(f)}<div><p class=sign>{self._say(sign)}</p>'
            f"<h3>{self._say(f.text)}</h3>{self._number(f)}<dl>{facts}</dl></div></article>"
        )

    def _number(self, f: Finding) -> str:
        if f.value is None:
            return ""
        number = Phrase("{value:.{decimals}f}", value=float(f.value), decimals=f.decimals)
        spread = around(f.spread, f.decimals)
        band = NOTHING
        if f.low is not None and f.high is not None:
            ends = {"low": float(f.low), "high": float(f.high), "decimals": f.decimals}
            band = Phrase("band {low:.{decimals}f} to {high:.{decimals}f}", **ends)
        return f"<p class=number><b>{self._say(number)}</b> {self._say(spread)} {self._say(f.unit)} <span>{self._say(band)}</span></p>"

    def _picture(self, f: Finding) -> str:
        stride = self._stored.stride
        if stride is None:
            return ""
        side = shown_side(stride, f.side)
        phase = moment_phase(stride, f.moment, side)
        caption = translated((MOMENTS[f.moment] if phase is not None else MOMENTS[Moment.WHOLE]).filled(side=SIDES[side]), self._language)
        at = phase if phase is not None else stride.contact.get(side, 0.0)
        return f"<figure>{figure(stride, at, f.marks, caption)}<figcaption>{escape(caption)}</figcaption></figure>"

    def _form(self) -> str:
        score = self._stored.score
        if score is None:
            return ""
        rows = ((Phrase("With feedback"), score.with_feedback), (Phrase("Without feedback"), score.without_feedback))
        bars = "".join(self._bar(name, value) for name, value in rows if value is not None)
        return self._section(Phrase("Form with and without feedback"), f"{bars}{self._paragraphs([score.text])}")

    def _bar(self, name: Phrase, share: float) -> str:
        percent = Phrase("{percent:.0f} %", percent=100 * share)
        width = 100 * min(max(share, 0.0), 1.0)
        bar = '<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><path fill="#ddd" d="M0 0h100v8H0z"/>'
        return f'<p class=bar>{self._say(name)} <b>{self._say(percent)}</b>{bar}<path fill="#0a4f9e" d="M0 0h{width:.0f}v8H0z"/></svg></p>'

    def _tests(self) -> str:
        lines = [f"<p>{self._verdict(v)}</p>" for v in self._stored.verdicts]
        return self._section(Phrase("Your self-tests"), "".join(lines)) if lines else ""

    def _verdict(self, verdict: Verdict) -> str:
        """The sentence; after the answer where it does not itself begin with it."""
        answer = ANSWERS[verdict.answer]
        text = self._say(verdict.text)
        return text if verdict.text.startswith(answer) else f"<b>{self._say(answer)}.</b> {text}"

    def _body(self) -> str:
        told, answers = self._stored.told, self._stored.answers
        said = [Phrase("You answered: {answers}.", answers=", ".join(translated(a, self._language) for a in answers))] if answers else []
        return self._section(Phrase("How your body felt"), self._paragraphs([*said, told.advice])) if said or told.advice else ""

    def _next(self) -> str:
        told = self._stored.told
        drill = Phrase("Drill: {drill}", drill=told.drill) if told.drill else NOTHING
        lines = [line for line in (*told.drift, told.next_time, drill) if line]
        return self._section(Phrase("Within the run, and next time"), self._paragraphs(lines)) if lines else ""

    def _metrics(self) -> str:
        known = [(name, m) for name, m in ordered(self._stored.metrics) if m.value is not None]
        rows = "".join(self._row(name, m) for name, m in known)
        head = "".join(f"<th scope=col>{self._say(h)}</th>" for h in (Phrase("Measure"), *HEADS))
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if known else ""
        return self._section(Phrase("All measures"), f"{table}{self._not_known()}") if self._stored.metrics else ""

    def _not_known(self) -> str:
        """One line a reason, with the measures that have it."""
        by_reason: dict[str, list[str]] = {}
        for name, m in ordered(self._stored.metrics):
            if m.value is None:
                by_reason.setdefault(self._say(m.reason), []).append(escape(self._words.name(name)))
        return "".join(f"<p class=small>{', '.join(names)}: {why}</p>" for why, names in by_reason.items())

    def _row(self, name: str, m: MetricValue) -> str:
        digits = digits_of(name)
        quality = f"{self._say(QUALITIES[m.quality])}{f'. {self._say(m.reason)}' if m.reason else ''}"
        value, left, right = self._words.measured(name, m), self._words.digits(m.left, digits), self._words.digits(m.right, digits)
        cells = (escape(value), escape(left), escape(right), str(m.n), quality)
        named = "".join(f'<td data-head="{self._say(head)}">{cell}</td>' for head, cell in zip(HEADS, cells, strict=True))
        return f"<tr><th scope=row>{escape(self._words.name(name))}</th>{named}</tr>"

    def _foot(self) -> str:
        words = (
            NO_ADVICE,
            Phrase("Bands are typical values of other runners, not goals; grade A is measured best, D is our choice."),
            Phrase("± is the spread between your strides. No video and no name were stored."),
        )
        return f"<footer>{self._paragraphs(words)}</footer>"

    # words and numbers -------------------------------------------------------------------------------------------

    def _say(self, text: str) -> str:
        return escape(translated(text, self._language))

    def _section(self, title: Phrase, body: str) -> str:
        return f"<section><h2>{self._say(title)}</h2>{body}</section>"

    def _paragraphs(self, texts: Iterable[str]) -> str:
        return "".join(f"<p>{self._say(text)}</p>" for text in texts if text)
