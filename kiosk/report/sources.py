"""Sources of bands and limits in the language of the report: our own sentences are translated, citations stand as they are.

What must not go in: sources that no row of kiosk/coach or kiosk/gait/detectable.py has; there they are written, here they are said.
"""

from kiosk.words import Phrase

BETWEEN = "; "
"""Stands between the parts of a source."""
PARTS = (
    Phrase("our choice: own baseline + 8 degrees"),
    Phrase("without one a wide guide from Raine & Twomey 1997"),
    Phrase("our choice: own baseline + 5 degrees"),
    Phrase("without one a wide guide from Teng & Powers 2014 and Fukuchi 2017"),
    Phrase("Teng & Powers 2014: 7.3 ± 3.6 degrees"),
    Phrase("Carson 2024: more lean cost 8 %"),
    Phrase("Fukuchi 2017, our analysis"),
    Phrase("our choice: own baseline + 20 %"),
    Phrase("Moore 2016: more is not better"),
    Phrase("Heiderscheit 2011: +5 % or +10 % of one's own"),
    Phrase("our choice: a little more than Fukuchi 2017 shows, 3 runners"),
    Phrase("experts: hands stay on their own side"),
    Phrase("our choice: a little less than Fukuchi 2017 shows, 3 runners"),
    Phrase("our choice: the other side, or the own baseline, + 4 degrees"),
    Phrase("the limits are our choice"),
    Phrase("direction: Lieberman 2015, Souza 2016"),
    Phrase("Iskandar 2023: 29.5 % of runners cross"),
    Phrase("our choice: mean + 2 SD of trained runners, Mtibaa 2023"),
    Phrase("no link to economy: Van Hooren 2024"),
    Phrase("other tools' bands, which disagree"),
    Phrase("running-technique texts, no number"),
    Phrase(
        "our arithmetic: error of the network and a stride time that varies by 1.5 %, four strides telling as much as one,"
        " bouts of 60 s, more in shorter ones"
    ),
    Phrase(
        "measured: 1.96 x sqrt(2) x spread of the mean of two legs, from how their errors differ in the rendered runners (docs/retest.md)"
    ),
    Phrase("measured: the limit of the contact time, which is the rest of the step (docs/retest.md)"),
    Phrase("measured: 1.96 x sqrt(2) x spread of the error over the rendered runners (docs/retest.md)"),
    Phrase("measured: 1.96 x the spread of the trunk's error over the moments of a stride in the rendered runners (docs/retest.md)"),
    Phrase("measured: no less than the trunk lean that is a part of it (docs/retest.md)"),
    Phrase("Dingenen 2018, doi:10.1016/j.ptsp.2018.06.009: 2-D video of treadmill running, two days a week apart"),
    Phrase("Damsted 2015, Int J Sports Phys Ther 10(2):147-154: 2-D video of treadmill running, two days"),
    Phrase("none measured, none published"),
)
"""Every part of a source that has words of ours (tests/report/test_report_words.py compares with the rows)."""
SAID = {str(part): part for part in PARTS}


def parts_of(source: str) -> tuple[Phrase, ...]:
    """The source as phrases; a part that is a mere citation is the phrase of itself."""
    return tuple(SAID.get(part, Phrase("{citation}", citation=part)) for part in source.split(BETWEEN))
