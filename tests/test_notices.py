"""What is wrong with the running station: the worst first on the screen, everything by name for the doctor."""

from dataclasses import dataclass

from kiosk.notices import FAULTS, ORDER, Notices
from kiosk.screen import LiveView, State, Summary
from kiosk.showing import Showing
from kiosk.threads import Latest


@dataclass
class Part:
    problem: str = ""


def test_the_worst_stands_on_the_screen() -> None:
    """In the order of the table, whoever was added last; without a problem nothing is said."""
    parts = {name: Part(name) for name in reversed(ORDER)}
    notices = Notices(**parts)
    said = []
    for name in ORDER:
        said.append((notices.worst, notices.fault))
        parts[name].problem = ""
    assert said == [(name, name if name in FAULTS else "") for name in ORDER]
    assert (notices.worst, notices.fault) == ("", "")


def test_the_doctor_is_told_of_each_part_that_is_there() -> None:
    """Also of one that came later, and of one that the screen does not say."""
    notices = Notices(store=Part("full"), voice=Part())
    notices.add("camera", Part("gone"))
    assert notices.by_name() == {"store": "full", "voice": "", "camera": "gone"}
    assert notices.worst == "gone"


def test_a_screen_on_which_nothing_moves_is_shown_a_few_times_a_second() -> None:
    """After the run: what is new at once, the same again only after a while. While somebody runs: every view."""
    views: Latest[LiveView] = Latest()
    showing = Showing(views)
    summary = Summary(1, 17.0, 44, {}, (), ())
    still = [LiveView(state=State.SUMMARY, summary=summary) for _ in range(3)]
    other = LiveView(state=State.SUMMARY, summary=summary, notice="The lamp stopped working.")
    shown = []
    for view in (*still, other, *(LiveView(state=State.RUNNING) for _ in range(2))):
        showing.show(view)
        shown.append(views.peek() is view)
    assert shown == [True, False, False, True, True, True]
